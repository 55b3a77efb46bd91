//! Finding things by what people write: a whole id, or its last six characters when they are unique.

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::id::{ApprovalId, RunId, WorkspaceId};
use metel_store::ApprovalFilter;

use crate::engine::Engine;

/// Approvals looked at for a short id: the newest ones.
const APPROVALS_SEARCHED: u32 = 1_000;

fn is_short(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn bad_id(text: &str, prefix: &str) -> Fault {
    let shown: String = text.chars().take(40).collect();
    Fault::new(Code::IdInvalid).detail(
        format!("“{shown}” is not {prefix}_ and 26 letters, nor the last six of one"),
        format!("“{shown}”: {prefix}_ 뒤에 26글자이거나 그 마지막 여섯 글자여야 해요"),
    )
}

fn several(text: &str) -> Fault {
    Fault::new(Code::IdInvalid).detail(
        format!("several end in {text}; give the whole id"),
        format!("{text}(으)로 끝나는 것이 여럿이에요. 전체 id를 주세요"),
    )
}

impl Engine {
    pub async fn find_run(&self, workspace: WorkspaceId, text: &str) -> Result<RunId, Fault> {
        if let Ok(id) = text.parse::<RunId>() {
            return match self.store().header(workspace, id).await? {
                Some(_) => Ok(id),
                None => Err(Fault::new(Code::RunNotFound).about(id)),
            };
        }
        if !is_short(text) {
            return Err(bad_id(text, RunId::PREFIX));
        }
        match self.store().runs_by_short(workspace, text).await?.as_slice() {
            [] => Err(Fault::new(Code::RunNotFound).about(text)),
            [one] => Ok(*one),
            _ => Err(several(text)),
        }
    }

    pub async fn find_approval(&self, workspace: WorkspaceId, text: &str) -> Result<ApprovalId, Fault> {
        if let Ok(id) = text.parse::<ApprovalId>() {
            return Ok(id);
        }
        if !is_short(text) {
            return Err(bad_id(text, ApprovalId::PREFIX));
        }
        let filter = ApprovalFilter { limit: APPROVALS_SEARCHED, ..ApprovalFilter::default() };
        let mut found = self.store().approvals(workspace, &filter).await?;
        found.retain(|a| a.ask.id.short().eq_ignore_ascii_case(text));
        match found.as_slice() {
            [] => Err(Fault::new(Code::NotFound).about(text)),
            [one] => Ok(one.ask.id),
            _ => Err(several(text)),
        }
    }
}
