//! Forgetting a person: the key is destroyed, what it sealed stays where it is, and the proofs still hold.

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::id::{RunId, WorkspaceId};
use metel_model::time::Micros;
use metel_store::SubjectKeyRow;

use super::Platform;

/// Most runs that a refusal names.
const NAMED_MAX: usize = 10;

/// What is known of a subject.
#[derive(Debug, Clone, PartialEq)]
pub struct SubjectInfo {
    pub id: String,
    pub runs: Vec<RunId>,
    /// When its newest key was destroyed, if it was.
    pub erased_at: Option<Micros>,
}

impl Platform {
    pub async fn subject_info(&self, workspace: WorkspaceId, id: &str) -> Result<SubjectInfo, Fault> {
        let store = self.store();
        let keys = store.subject_keys(workspace, id).await?;
        let Some(newest) = keys.last() else { return Err(Fault::new(Code::NotFound).about(id)) };
        let mut runs = Vec::new();
        for key in &keys {
            runs.extend(store.subject_runs(workspace, &key.key_id).await?);
        }
        runs.sort();
        let erased_at = newest.erased.as_ref().map(|(at, _)| *at);
        Ok(SubjectInfo { id: id.to_owned(), runs, erased_at })
    }

    /// Destroys a subject's key. Refused while a run of the subject is under way: it could not go on.
    pub async fn erase_subject(&self, workspace: WorkspaceId, id: &str, by: &str) -> Result<SubjectInfo, Fault> {
        let store = self.store();
        let mut keys = store.subject_keys(workspace, id).await?;
        if keys.is_empty() {
            return Err(Fault::new(Code::NotFound).about(id));
        }
        keys.retain(|key| key.erased.is_none());
        if keys.is_empty() {
            return self.subject_info(workspace, id).await;
        }
        let open = self.open_runs(workspace, &keys).await?;
        if !open.is_empty() {
            let named: Vec<String> = open.iter().take(NAMED_MAX).map(RunId::to_string).collect();
            return Err(Fault::new(Code::SubjectBusy).about(format!("{id}: {}", named.join(", "))));
        }
        self.engine().destroy_subject_keys(workspace, id, &keys, by).await?;
        self.subject_info(workspace, id).await
    }

    async fn open_runs(&self, workspace: WorkspaceId, keys: &[SubjectKeyRow]) -> Result<Vec<RunId>, Fault> {
        let mut open = Vec::new();
        for key in keys {
            for run in self.store().subject_runs(workspace, &key.key_id).await? {
                if self.store().header(workspace, run).await?.is_some_and(|header| !header.status.is_final()) {
                    open.push(run);
                }
            }
        }
        Ok(open)
    }
}
