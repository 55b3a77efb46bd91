//! What the routes share.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

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
    /// From where it may be reached; this machine only, unless somebody said otherwise.
    pub reach: Reach,
    pub patience: Patience,
    /// Names that browsers may use for this server beside loopback names, without ports.
    pub hosts: Vec<String>,
    pub answers: Answers,
    pub began: std::time::Instant,
}

/// From where a server may be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Loopback addresses only.
    #[default]
    ThisMachine,
    /// Any address: somebody asked for it by name.
    Network,
}

impl Reach {
    /// Refuses an address that other machines can reach unless that was asked for.
    pub fn allows(self, address: SocketAddr) -> Result<(), Fault> {
        if self == Self::Network || address.ip().is_loopback() {
            return Ok(());
        }
        Err(Fault::new(Code::ConfigInvalid)
            .detail(
                format!("other machines could reach {address}, and nobody allowed that"),
                format!("다른 컴퓨터에서 {address}에 닿을 수 있는데, 그렇게 하라고 한 설정이 없어요"),
            )
            .at(address)
            .hint(
                "Listen on 127.0.0.1, or allow other machines explicitly.",
                "127.0.0.1에서 듣게 하거나, 다른 컴퓨터의 접속을 분명히 허용하세요.",
            ))
    }
}

/// How long clients may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the head of a request; an idle connection stays as long.
    pub head: Duration,
    /// For a whole body.
    pub body: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { head: Duration::from_secs(20), body: Duration::from_secs(30) }
    }
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
            reach: Reach::default(),
            patience: Patience::default(),
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
