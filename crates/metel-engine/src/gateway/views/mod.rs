//! What faces show: runs, events, approvals, plans and problems as JSON in the shapes of
//! `docs/api.md`. Made from stored state only; a view never changes anything.

mod approval;
mod event;
mod live;
mod needs;
mod plan;
mod problem;
mod run;

pub use approval::approval;
pub use event::{event, summary};
pub use live::Telling;
pub use needs::{hearing, needs, votes};
pub use plan::{Proposal, plan};
pub use problem::problem;
pub use run::run_summary;

use metel_model::lang::Text;
use serde_json::{Value, json};

pub(crate) fn both(text: &Text) -> Value {
    json!({"en": text.en, "ko": text.ko})
}
