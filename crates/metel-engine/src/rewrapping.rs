//! Another master key or another data key, while work goes on: every key is opened by the one that closed it and closed
//! by the new one, each on its own and only where nobody was faster, so that nothing is ever closed to everybody.

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::id::WorkspaceId;
use metel_store::{DataKeyRow, SubjectKeyRow};
use metel_tools::vault::{DataKey, WrappedKey};

use crate::keyring::{Keyring, subject_binding};

/// What a rotation did, and what it left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rewrapped {
    /// Keys that were wrapped anew.
    pub keys: u64,
    /// Keys that no master key at hand opens; they were left as they are.
    pub shut: u64,
}

/// How often what others write meanwhile is taken up.
const ROUNDS: usize = 5;

fn read(sealed: &[u8]) -> Result<WrappedKey, Fault> {
    serde_json::from_slice(sealed).map_err(|e| Fault::new(Code::StoreCorrupt).about(e))
}

fn written(wrapped: &WrappedKey) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(wrapped).map_err(|e| Fault::new(Code::Internal).about(e))
}

impl Keyring {
    /// Every key of every workspace under the master key that wraps now.
    pub async fn rewrap(&self) -> Result<Rewrapped, Fault> {
        let mut done = Rewrapped::default();
        for _ in 0..ROUNDS {
            let mut moved = 0;
            done.shut = 0;
            for workspace in self.store.workspaces().await? {
                for row in self.store.data_keys(workspace.id).await? {
                    match self.vault.rotate(&workspace.id.to_string(), &read(&row.sealed)?) {
                        Ok(Some(wrapped)) => {
                            moved += u64::from(self.store.rewrap_data_key(&row, &written(&wrapped)?).await?)
                        }
                        Ok(None) => {}
                        Err(_) => done.shut += 1,
                    }
                }
                for row in self.store.live_subject_keys(workspace.id).await? {
                    match self.rewrapped_subject(&row) {
                        Ok(Some(sealed)) => moved += u64::from(self.store.rewrap_subject_key(&row, &sealed).await?),
                        Ok(None) => {}
                        Err(_) => done.shut += 1,
                    }
                }
            }
            done.keys += moved;
            if moved == 0 {
                break;
            }
        }
        if done.keys > 0 {
            // What earlier keys wrapped must not lie on in the database's own log.
            self.store.empty_log().await?;
        }
        Ok(done)
    }

    fn rewrapped_subject(&self, row: &SubjectKeyRow) -> Result<Option<Vec<u8>>, Fault> {
        let binding = subject_binding(row.workspace, &row.key_id);
        self.vault.rotate(&binding, &read(&row.sealed)?)?.as_ref().map(written).transpose()
    }

    /// How many keys an earlier master key still wraps.
    pub async fn behind(&self) -> Result<u64, Fault> {
        let current = self.vault.masters().current;
        let mut behind = 0;
        for workspace in self.store.workspaces().await? {
            let data = self.store.data_keys(workspace.id).await?.into_iter().map(|row| row.sealed);
            let subjects = self.store.live_subject_keys(workspace.id).await?.into_iter().map(|row| row.sealed);
            for sealed in data.chain(subjects) {
                behind += u64::from(read(&sealed)?.master != current);
            }
        }
        Ok(behind)
    }

    /// A fresh data key for what is sealed from now on. Those before it go on opening.
    pub async fn new_data_key(&self, workspace: WorkspaceId) -> Result<(String, DataKey), Fault> {
        let (key, wrapped) = self.vault.create(&workspace.to_string())?;
        let key_id = format!("dk_{}", self.ids.next().simple());
        let sealed = written(&wrapped)?;
        let row =
            DataKeyRow { workspace, key_id: key_id.clone(), sealed, created_at: self.clock.now(), retired_at: None };
        self.store.put_data_key(&row).await?;
        Ok((key_id, key))
    }
}
