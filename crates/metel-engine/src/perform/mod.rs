//! Hands: what carries out an effect. The real ones call tools and models; tests and simulation
//! bring their own.

use std::sync::Arc;

use futures::future::BoxFuture;
use metel_model::effect::{Effect, Outcome};
use metel_model::id::WorkspaceId;
use metel_model::plan::Request;
use metel_rules::contract::Compiled;
use serde_json::Value;

use crate::library::Definitions;

/// One effect with all that is needed for it besides credentials.
#[derive(Clone)]
pub struct Job {
    pub workspace: WorkspaceId,
    pub effect: Effect,
    pub payload: Arc<Value>,
    pub contract: Option<Arc<Compiled>>,
    pub definitions: Arc<dyn Definitions>,
    pub request: Option<Request>,
    /// Carried out against simulated services only.
    pub simulated: bool,
}

/// Carries out effects. It never fails: whatever happens is an outcome.
pub trait Hands: Send + Sync {
    /// Effects that need no waiting at all are done in place.
    fn instant(&self, job: &Job) -> Option<Outcome>;
    fn perform(&self, job: Job) -> BoxFuture<'static, Outcome>;
}
