//! A task: one place in the queue, for one active step of a run.

use serde::{Deserialize, Serialize};

use crate::id::{RunId, WorkerId, WorkspaceId};
use crate::time::Micros;

/// Never by itself: the time of a task that something else will wake.
pub const PARKED: Micros = Micros(i64::MAX);

/// The queue's row for an active step. A run rewrites its rows as it goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    pub workspace: WorkspaceId,
    pub run: RunId,
    /// Place within the run; freed places are used again.
    pub slot: u16,
    pub step: String,
    /// The intention that is being carried out; 0 for none.
    pub intent: u32,
    /// When it may be taken; `PARKED` for never by itself.
    pub due: Micros,
    /// Who holds it.
    pub owner: Option<WorkerId>,
    /// Larger goes first.
    pub priority: i32,
    /// What a worker must be able to do, sorted and separated by spaces (`browser ffmpeg`); none for anyone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<String>,
}
