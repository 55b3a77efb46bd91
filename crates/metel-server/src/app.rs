//! What the routes share.

use std::sync::Arc;

use metel_engine::Engine;
use metel_engine::platform::Platform;
use metel_model::code::Code;
use metel_model::fault::Fault;
use metel_model::id::WorkspaceId;

use crate::idempotency::Answers;

/// Everything that a server is made of.
pub struct App {
    pub engine: Engine,
    /// What surrounds the engine; without it only what needs runs alone is answered.
    pub platform: Option<Platform>,
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
            platform: None,
            workspace,
            version: version.into(),
            sandbox: None,
            hosts: Vec::new(),
            answers: Answers::default(),
            began: std::time::Instant::now(),
        }
    }

    /// A server over a whole platform.
    pub fn of(platform: Platform, workspace: WorkspaceId, version: impl Into<String>) -> Self {
        let engine = platform.engine().clone();
        Self { platform: Some(platform), ..Self::new(engine, workspace, version) }
    }

    pub(crate) fn platform(&self) -> Result<&Platform, Fault> {
        self.platform.as_ref().ok_or_else(|| {
            Fault::new(Code::NotFound).detail("this server only carries out runs", "이 서버는 실행만 맡아요")
        })
    }
}
