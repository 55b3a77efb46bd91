//! What OAuth granted to connections: sealed tokens, renewed by one of all workers and processes at a time.

use metel_model::id::{ConnectionId, WorkspaceId};
use metel_model::time::Micros;

use super::all;
use crate::error::StoreError;
use crate::sql;
use crate::store::Store;
use crate::value::{Row, args};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRow {
    pub workspace: WorkspaceId,
    pub connection: ConnectionId,
    /// Where and as whom it is renewed, as JSON text; no credential.
    pub body: String,
    /// Which data key sealed the tokens.
    pub key_id: String,
    pub sealed: Vec<u8>,
    /// When the access token ends; none where the service does not say.
    pub expires_at: Option<Micros>,
    /// Grows with each set of tokens.
    pub version: u64,
    /// Who renews it now, and until when that is respected.
    pub holder: Option<String>,
    pub held_until: Option<Micros>,
    /// Why it is renewed no more, as JSON text.
    pub trouble: Option<String>,
    pub updated_at: Micros,
}

fn read(mut row: Row) -> Result<GrantRow, StoreError> {
    Ok(GrantRow {
        workspace: row.next()?,
        connection: row.next()?,
        body: row.next()?,
        key_id: row.next()?,
        sealed: row.next()?,
        expires_at: row.next()?,
        version: row.next()?,
        holder: row.next()?,
        held_until: row.next()?,
        trouble: row.next()?,
        updated_at: row.next()?,
    })
}

impl Store {
    /// Keeps a new grant; `version`, `holder` and `trouble` of the row are the database's own affair.
    pub async fn put_grant(&self, row: &GrantRow) -> Result<(), StoreError> {
        let sealed = row.sealed.as_slice();
        let args = args![row.workspace, row.connection, &row.body, &row.key_id, sealed, row.expires_at, row.updated_at];
        self.act(&sql::GRANTS_PUT, args).await?;
        Ok(())
    }

    pub async fn grant(
        &self,
        workspace: WorkspaceId,
        connection: ConnectionId,
    ) -> Result<Option<GrantRow>, StoreError> {
        self.row(&sql::GRANTS_GET, args![workspace, connection]).await?.map(read).transpose()
    }

    pub async fn grants(&self, workspace: WorkspaceId) -> Result<Vec<GrantRow>, StoreError> {
        all(self.rows(&sql::GRANTS_LIST, args![workspace]).await?, read)
    }

    /// True for the one that may renew these tokens until `until`; false while another holds them, when they were
    /// renewed already, and where there is trouble.
    pub async fn take_grant(
        &self,
        row: &GrantRow,
        holder: &str,
        until: Micros,
        now: Micros,
    ) -> Result<bool, StoreError> {
        let args = args![row.workspace, row.connection, row.version, holder, until, now];
        Ok(self.act(&sql::GRANTS_TAKE, args).await?.changed > 0)
    }

    /// The next set of tokens, by the holder of the lease; false when the lease was lost. `row` is what was taken,
    /// with what is to be kept now.
    pub async fn renew_grant(&self, row: &GrantRow, holder: &str) -> Result<bool, StoreError> {
        let sealed = row.sealed.as_slice();
        let args = args![
            row.workspace,
            row.connection,
            row.version,
            holder,
            &row.body,
            &row.key_id,
            sealed,
            row.expires_at,
            row.updated_at
        ];
        Ok(self.act(&sql::GRANTS_RENEW, args).await?.changed > 0)
    }

    /// Not renewed: others may try from `again` on, or nobody any more where there is trouble.
    pub async fn release_grant(
        &self,
        row: &GrantRow,
        holder: &str,
        again: Option<Micros>,
        trouble: Option<&str>,
        now: Micros,
    ) -> Result<bool, StoreError> {
        let args = args![row.workspace, row.connection, row.version, holder, again, trouble.map(str::to_owned), now];
        Ok(self.act(&sql::GRANTS_RELEASE, args).await?.changed > 0)
    }

    /// Tokens of this version count as over from now on.
    pub async fn age_grant(
        &self,
        workspace: WorkspaceId,
        connection: ConnectionId,
        version: u64,
    ) -> Result<(), StoreError> {
        self.act(&sql::GRANTS_AGE, args![workspace, connection, version]).await?;
        Ok(())
    }

    /// The same tokens under another data key; false when they were renewed meanwhile.
    pub async fn reseal_grant(&self, row: &GrantRow) -> Result<bool, StoreError> {
        let args = args![row.workspace, row.connection, row.version, &row.key_id, row.sealed.as_slice()];
        Ok(self.act(&sql::GRANTS_RESEAL, args).await?.changed > 0)
    }

    pub async fn remove_grant(&self, workspace: WorkspaceId, connection: ConnectionId) -> Result<bool, StoreError> {
        Ok(self.act(&sql::GRANTS_REMOVE, args![workspace, connection]).await?.changed > 0)
    }
}
