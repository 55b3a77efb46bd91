//! Webhooks: addresses that want to be told.

use metel_model::id::{SecretId, WorkspaceId};
use metel_model::time::Micros;

use super::all;
use crate::error::StoreError;
use crate::sql;
use crate::store::Store;
use crate::value::{Row, args};

/// A receiver of notifications.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookRow {
    pub workspace: WorkspaceId,
    pub id: uuid::Uuid,
    pub url: String,
    /// JSON text: the kinds of events that it wants.
    pub kinds: String,
    /// What signs the deliveries.
    pub secret: Option<SecretId>,
    pub active: bool,
    pub created_at: Micros,
}

fn read(mut row: Row) -> Result<WebhookRow, StoreError> {
    Ok(WebhookRow {
        workspace: row.next()?,
        id: row.next()?,
        url: row.next()?,
        kinds: row.next()?,
        secret: row.next()?,
        active: row.next()?,
        created_at: row.next()?,
    })
}

impl Store {
    /// Adds a webhook or changes one.
    pub async fn put_webhook(&self, row: &WebhookRow) -> Result<(), StoreError> {
        let args = args![row.workspace, row.id, &row.url, &row.kinds, row.secret, row.active, row.created_at];
        self.act(&sql::WEBHOOKS_PUT, args).await?;
        Ok(())
    }

    /// In the order they were made.
    pub async fn webhooks(&self, workspace: WorkspaceId) -> Result<Vec<WebhookRow>, StoreError> {
        all(self.rows(&sql::WEBHOOKS_LIST, args![workspace]).await?, read)
    }

    pub async fn remove_webhook(&self, workspace: WorkspaceId, id: uuid::Uuid) -> Result<bool, StoreError> {
        Ok(self.act(&sql::WEBHOOKS_REMOVE, args![workspace, id]).await?.changed > 0)
    }
}
