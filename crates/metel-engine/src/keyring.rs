//! The keys of workspaces over the store and the vault: data keys that seal, and the notary's keys that sign.
//! Made on first use, stored sealed, opened for the moment of their use.

use std::sync::Arc;

use futures::future::BoxFuture;
use metel_model::Fault;
use metel_model::checkpoint::NotaryKey;
use metel_model::code::Code;
use metel_model::hash::Digest;
use metel_model::id::{IdSource, WorkspaceId};
use metel_model::subject::Subject;
use metel_model::time::Clock;
use metel_store::{NotaryKeyRow, Store, StoreError, SubjectKeyRow};
use metel_tools::vault::{DataKey, Sealed, Signer, Vault, WrappedKey};

use crate::keys::Keys;

pub struct Keyring {
    pub(crate) store: Store,
    pub(crate) vault: Vault,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
}

impl Keys for Keyring {
    fn signer(&self, workspace: WorkspaceId) -> BoxFuture<'_, Result<Signer, Fault>> {
        Box::pin(async move {
            for _ in 0..2 {
                if let Some(row) = self.store.notary_keys(workspace).await?.pop() {
                    return self.open_signer(&row).await;
                }
                // None: another process was faster, and its key is the one.
                if let Some((signer, _)) = self.add_signer(workspace, None).await? {
                    return Ok(signer);
                }
            }
            Err(Fault::new(Code::Internal).about("the notary's key"))
        })
    }

    fn subject<'k>(&'k self, workspace: WorkspaceId, id: &'k str) -> BoxFuture<'k, Result<Subject, Fault>> {
        Box::pin(async move {
            for _ in 0..2 {
                let keys = self.store.subject_keys(workspace, id).await?;
                if let Some(row) = keys.into_iter().find(|row| row.erased.is_none()) {
                    return Ok(Subject { id: id.to_owned(), key: row.key_id });
                }
                let key = format!("sk_{}", self.ids.next().simple());
                let (_, wrapped) = self.vault.create(&subject_binding(workspace, &key))?;
                let sealed = serde_json::to_vec(&wrapped).map_err(|e| Fault::new(Code::Internal).about(e))?;
                let (subject, created_at) = (id.to_owned(), self.clock.now());
                let row = SubjectKeyRow { workspace, key_id: key.clone(), subject, sealed, created_at, erased: None };
                match self.store.add_subject_key(&row).await {
                    Ok(()) => return Ok(Subject { id: id.to_owned(), key }),
                    // Another process was faster, and its key is the one.
                    Err(StoreError::Conflict(_)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Err(Fault::new(Code::Internal).about("the subject's key"))
        })
    }

    fn subject_key<'k>(
        &'k self,
        workspace: WorkspaceId,
        key: &'k str,
    ) -> BoxFuture<'k, Result<Option<DataKey>, Fault>> {
        Box::pin(async move {
            let mut shut = Fault::new(Code::VaultUnreadable).about(key);
            for _ in 0..=READS {
                let row = self.store.subject_key(workspace, key).await?;
                let row = row.ok_or_else(|| Fault::new(Code::VaultUnreadable).about(key))?;
                if row.erased.is_some() {
                    return Ok(None);
                }
                let wrapped: WrappedKey =
                    serde_json::from_slice(&row.sealed).map_err(|e| Fault::new(Code::StoreCorrupt).about(e))?;
                match self.vault.unwrap(&subject_binding(workspace, key), &wrapped) {
                    Ok(opened) => return Ok(Some(opened)),
                    Err(fault) => shut = fault,
                }
            }
            Err(shut)
        })
    }

    fn value_name(&self, workspace: WorkspaceId, digest: Digest) -> BoxFuture<'_, Result<Digest, Fault>> {
        Box::pin(async move {
            // Always by the first key, so that names stay what they are.
            let first = self.store.data_keys(workspace).await?.into_iter().next().map(|row| row.key_id);
            Ok(self.data_key(workspace, first.as_deref()).await?.1.name_of(&digest))
        })
    }
}

/// What the vault binds a subject's key to.
pub(crate) fn subject_binding(workspace: WorkspaceId, key: &str) -> String {
    format!("{workspace} {key}")
}

/// How often a row is read again when it does not open.
const READS: usize = 3;

impl Keyring {
    pub fn new(store: Store, vault: Vault, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self { store, vault, clock, ids }
    }

    /// The workspace's newest data key, made on first use, or the one of that name.
    pub(crate) async fn data_key(&self, workspace: WorkspaceId, id: Option<&str>) -> Result<(String, DataKey), Fault> {
        // A row that was read a moment ago may have been wrapped anew since, and the key that wrapped it before forgotten.
        for _ in 0..READS {
            match self.data_key_of_now(workspace, id).await {
                Err(fault) if fault.code == Code::VaultUnreadable => {}
                other => return other,
            }
        }
        self.data_key_of_now(workspace, id).await
    }

    async fn data_key_of_now(&self, workspace: WorkspaceId, id: Option<&str>) -> Result<(String, DataKey), Fault> {
        let rows = self.store.data_keys(workspace).await?;
        let row = match id {
            Some(id) => rows.into_iter().find(|row| row.key_id == id),
            None => rows.into_iter().rev().find(|row| row.retired_at.is_none()),
        };
        if let Some(row) = row {
            let wrapped: WrappedKey =
                serde_json::from_slice(&row.sealed).map_err(|e| Fault::new(Code::StoreCorrupt).about(e))?;
            return Ok((row.key_id, self.vault.unwrap(&workspace.to_string(), &wrapped)?));
        }
        if id.is_some() {
            return Err(Fault::new(Code::VaultUnreadable));
        }
        self.new_data_key(workspace).await
    }

    async fn open_signer(&self, row: &NotaryKeyRow) -> Result<Signer, Fault> {
        let sealed = row.sealed.clone().ok_or_else(|| Fault::new(Code::VaultUnreadable).about(row.key.public))?;
        let (_, data) = self.data_key(row.workspace, Some(&row.key_id)).await?;
        Signer::open(&data, &row.key.public, &Sealed(sealed))
    }

    /// Makes a key; the one before it signs it, and loses its private half. None where its number was taken.
    async fn add_signer(
        &self,
        workspace: WorkspaceId,
        before: Option<(&NotaryKeyRow, Signer)>,
    ) -> Result<Option<(Signer, NotaryKey)>, Fault> {
        let signer = Signer::generate()?;
        let (key_id, data) = self.data_key(workspace, None).await?;
        let mut key = NotaryKey {
            number: before.as_ref().map_or(0, |(row, _)| row.key.number) + 1,
            public: signer.public(),
            at: self.clock.now(),
            previous: before.as_ref().map(|(row, _)| row.key.public),
            signature: None,
        };
        key.signature = before.map(|(_, old)| old.sign(&key.hash(workspace)));
        let sealed = signer.seal(&data)?.0;
        let row = NotaryKeyRow { workspace, key, key_id, sealed: Some(sealed) };
        match self.store.add_notary_key(&row).await {
            Ok(()) => Ok(Some((signer, row.key))),
            Err(StoreError::Conflict(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Lets another key sign from now on. The old one vouches for it, and its private half is destroyed.
    pub async fn rotate_signer(&self, workspace: WorkspaceId) -> Result<NotaryKey, Fault> {
        // There is one to replace.
        self.signer(workspace).await?;
        let before = self.store.notary_keys(workspace).await?.pop();
        let before = before.ok_or_else(|| Fault::new(Code::StoreCorrupt).about("the notary's keys"))?;
        let old = self.open_signer(&before).await?;
        match self.add_signer(workspace, Some((&before, old))).await? {
            Some((_, key)) => Ok(key),
            None => Err(Fault::new(Code::Overloaded).about("another rotation was under way").retry_after_ms(1_000)),
        }
    }
}
