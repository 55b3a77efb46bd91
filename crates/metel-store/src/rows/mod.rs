//! Rows by noun: what can be read, and the small writes that are no transitions of a run.

pub(crate) mod approvals;
pub(crate) mod authorizations;
pub(crate) mod blobs;
pub(crate) mod checkpoints;
pub(crate) mod client_keys;
pub(crate) mod connections;
pub(crate) mod contracts;
pub(crate) mod credits;
pub(crate) mod data_keys;
pub(crate) mod dead;
pub(crate) mod decisions;
pub(crate) mod grants;
pub(crate) mod groups;
pub(crate) mod journal;
pub(crate) mod links;
pub(crate) mod messages;
pub(crate) mod notary_keys;
pub(crate) mod outbox;
pub(crate) mod plans;
pub(crate) mod policies;
pub(crate) mod runs;
pub(crate) mod secrets;
pub(crate) mod sessions;
pub(crate) mod settings;
pub(crate) mod standing;
pub(crate) mod stats;
pub(crate) mod subjects;
pub(crate) mod tasks;
pub(crate) mod tokens;
pub(crate) mod topics;
pub(crate) mod users;
pub(crate) mod webhooks;
pub(crate) mod workers;
pub(crate) mod workflows;
pub(crate) mod workspaces;

pub use approvals::ApprovalFilter;
pub use authorizations::AuthorizationRow;
pub use checkpoints::{Changes, Cursor};
pub use connections::ConnectionRow;
pub use contracts::ContractRow;
pub use credits::{BudgetRow, Draw, EntryRow, HoldRow, TransferRow, UseRow, UsedRow};
pub use data_keys::DataKeyRow;
pub use dead::DeadFilter;
pub use decisions::{DeciderRow, DecisionTotals};
pub use grants::GrantRow;
pub use groups::GroupRow;
pub use links::LinkRow;
pub use messages::{MessageFilter, MessageRow, MessageState, Parcel, Post};
pub use notary_keys::NotaryKeyRow;
pub use outbox::OutboxRow;
pub use plans::PlanRow;
pub use policies::PolicyRow;
pub use runs::{Head, Loaded, RunFilter};
pub use secrets::SecretRow;
pub use sessions::SessionRow;
pub use standing::StandingRow;
pub use stats::Stats;
pub use subjects::SubjectKeyRow;
pub use tasks::Claim;
pub use tokens::TokenRow;
pub use topics::{
    STRETCH_MAX, TopicDead, TopicLag, TopicLease, TopicMessage, TopicPost, TopicRefusal, TopicSubscription,
};
pub use users::UserRow;
pub use webhooks::WebhookRow;
pub use workers::{Quiet, WorkerRow};
pub use workflows::WorkflowRow;
pub use workspaces::WorkspaceRow;

use crate::error::StoreError;
use crate::value::Row;

/// Reads every row the same way.
fn all<T>(rows: Vec<Row>, read: fn(Row) -> Result<T, StoreError>) -> Result<Vec<T>, StoreError> {
    rows.into_iter().map(read).collect()
}
