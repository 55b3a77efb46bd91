//! What the routes share.

use std::sync::Arc;

use metel_engine::Engine;
use metel_model::id::WorkspaceId;

use crate::idempotency::Answers;

/// Everything that a server is made of.
pub struct App {
    pub engine: Engine,
    /// The workspace that open paths (`/health`, `/metrics`) speak of.
    pub workspace: WorkspaceId,
    pub version: String,
    pub sandbox: Option<Sandbox>,
    /// Names that browsers may use for this server beside loopback names, without ports.
    pub hosts: Vec<String>,
    pub answers: Answers,
    pub began: std::time::Instant,
}

/// The simulated services beside this server.
#[derive(Debug, Clone)]
pub struct Sandbox {
    pub url: String,
    pub services: Vec<String>,
}

pub type Shared = Arc<App>;

impl App {
    pub fn new(engine: Engine, workspace: WorkspaceId, version: impl Into<String>) -> Self {
        Self {
            engine,
            workspace,
            version: version.into(),
            sandbox: None,
            hosts: Vec::new(),
            answers: Answers::default(),
            began: std::time::Instant::now(),
        }
    }
}
