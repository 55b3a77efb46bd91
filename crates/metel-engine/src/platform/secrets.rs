//! Secrets: sealed under the workspace's data key, written, never read back.

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::effect::Outcome;
use metel_model::fault::FieldFault;
use metel_model::id::{SecretId, WorkspaceId};
use metel_store::SecretRow;
use metel_tools::vault::Sealed;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::{Platform, Shared};

/// What may be told of a secret.
#[derive(Debug, Clone, Serialize)]
pub struct SecretInfo {
    pub name: String,
    /// Its last four characters, so that people can tell it from another; none where it is short
    /// enough that four characters would give much of it away, or cannot be opened.
    pub last4: Option<String>,
    pub version: u64,
    pub updated_at: String,
}

const NAME_MAX: usize = 128;
const SECRET_BYTES_MAX: usize = 64 * 1024;
/// Shortest secret whose end is shown.
const TAIL_FROM: usize = 16;

impl Shared {
    /// Seals and stores; an existing secret of the name is replaced.
    pub async fn put_secret(
        &self,
        workspace: WorkspaceId,
        name: &str,
        secret: &SecretString,
    ) -> Result<SecretId, Fault> {
        let text = secret.expose_secret();
        let field = |pointer: &str, en: String, ko: String| {
            Err(Fault::new(Code::FieldInvalid).fields(vec![FieldFault::new(pointer, en, ko)]))
        };
        if name.is_empty() || name.len() > NAME_MAX || name.chars().any(char::is_control) {
            let (en, ko) =
                (format!("1 to {NAME_MAX} bytes of visible text"), format!("보이는 글자로 1~{NAME_MAX}바이트예요"));
            return field("name", en, ko);
        }
        if text.is_empty() || text.len() > SECRET_BYTES_MAX {
            let (en, ko) = (format!("1 to {SECRET_BYTES_MAX} bytes"), format!("1~{SECRET_BYTES_MAX}바이트예요"));
            return field("/value", en, ko);
        }
        let before = self.store.secret_by_name(workspace, name).await?;
        let version = before.as_ref().map_or(0, version_of) + 1;
        let (key_id, key) = self.keyring.data_key(workspace, None).await?;
        let mut sealed = version.to_be_bytes().to_vec();
        sealed.extend(key.seal(name, version, secret)?.0);
        let now = self.clock.now();
        let row = SecretRow {
            workspace,
            id: before.as_ref().map_or_else(|| SecretId(self.ids.next()), |row| row.id),
            name: name.to_owned(),
            key_id,
            sealed,
            created_at: before.map_or(now, |row| row.created_at),
            updated_at: now,
        };
        self.store.put_secret(&row).await?;
        Ok(row.id)
    }

    /// Opens a secret for the connector that uses it.
    pub async fn open_secret(&self, workspace: WorkspaceId, id: SecretId) -> Result<SecretString, Fault> {
        let row = self.store.secret(workspace, id).await?.ok_or_else(|| Fault::new(Code::VaultUnreadable))?;
        let (_, key) = self.keyring.data_key(workspace, Some(&row.key_id)).await?;
        let sealed = Sealed(row.sealed.get(8..).unwrap_or_default().to_vec());
        key.open(&row.name, version_of(&row), &sealed)
    }
}

impl Shared {
    /// The same secret under another data key; false when somebody has set it anew.
    pub(super) async fn reseal_secret(&self, row: &SecretRow, fresh: &str) -> Result<bool, Fault> {
        let clear = self.open_secret(row.workspace, row.id).await?;
        let version = version_of(row);
        let (_, key) = self.keyring.data_key(row.workspace, Some(fresh)).await?;
        let mut sealed = version.to_be_bytes().to_vec();
        sealed.extend(key.seal(&row.name, version, &clear)?.0);
        Ok(self.store.reseal_secret(row, fresh, &sealed).await?)
    }
}

/// The end of a secret that may be shown.
fn tail(text: &str) -> Option<String> {
    let n = text.chars().count();
    (n >= TAIL_FROM).then(|| text.chars().skip(n - 4).collect())
}

fn version_of(row: &SecretRow) -> u64 {
    row.sealed.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

impl Platform {
    pub async fn secrets(&self, workspace: WorkspaceId) -> Result<Vec<SecretInfo>, Fault> {
        let mut list = Vec::new();
        for row in self.shared.store.secrets(workspace).await? {
            let opened = self.shared.open_secret(workspace, row.id).await.ok();
            list.push(SecretInfo {
                last4: opened.and_then(|secret| tail(secret.expose_secret())),
                version: version_of(&row),
                updated_at: row.updated_at.rfc3339(),
                name: row.name,
            });
        }
        Ok(list)
    }

    pub async fn put_secret(&self, workspace: WorkspaceId, name: &str, secret: &SecretString) -> Result<(), Fault> {
        self.shared.put_secret(workspace, name, secret).await?;
        self.shared.forget_accounts(workspace);
        Ok(())
    }

    /// Replaces a secret that is there. With `test`, only after its connection's service has taken the new one.
    pub async fn rotate_secret(
        &self,
        workspace: WorkspaceId,
        name: &str,
        secret: &SecretString,
        test: bool,
    ) -> Result<SecretInfo, Fault> {
        let missing = || Fault::new(Code::NotFound).about(name);
        let row = self.shared.store.secret_by_name(workspace, name).await?.ok_or_else(missing)?;
        if test {
            let connections = self.shared.store.connections(workspace).await?;
            let connection = connections.iter().find(|one| one.secret == Some(row.id));
            let connection = connection.ok_or_else(|| {
                Fault::new(Code::NotFound).detail("no connection uses it", "이 값을 쓰는 연결이 없어요").at(name)
            })?;
            let outcome = self.try_connection(workspace, connection.id, Some(secret.clone())).await?;
            if let Some(fault) = outcome.fault {
                return Err(fault.at(name));
            }
        }
        self.put_secret(workspace, name, secret).await?;
        let info = self.secrets(workspace).await?.into_iter().find(|info| info.name == name);
        info.ok_or_else(missing)
    }

    /// Whether a secret opens, and what its connection's service says to it; `None` where no connection uses it.
    pub async fn test_secret(&self, workspace: WorkspaceId, name: &str) -> Result<Option<Outcome>, Fault> {
        let row = self.shared.store.secret_by_name(workspace, name).await?;
        let row = row.ok_or_else(|| Fault::new(Code::NotFound).about(name))?;
        self.shared.open_secret(workspace, row.id).await?;
        let connections = self.shared.store.connections(workspace).await?;
        match connections.iter().find(|one| one.secret == Some(row.id)) {
            Some(connection) => self.try_connection(workspace, connection.id, None).await.map(Some),
            None => Ok(None),
        }
    }

    pub async fn remove_secret(&self, workspace: WorkspaceId, name: &str) -> Result<bool, Fault> {
        let Some(row) = self.shared.store.secret_by_name(workspace, name).await? else { return Ok(false) };
        let gone = self.shared.store.remove_secret(workspace, row.id).await?;
        self.shared.forget_accounts(workspace);
        Ok(gone)
    }
}
