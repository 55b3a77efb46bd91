//! `metel bench`: measures this machine and this metel, through the whole engine and over the real store.

mod all;
mod conversation;
mod crash;
mod gateway;
mod growth;
mod queue;
mod replay;
mod retrieval;
mod steps;
mod waits;
mod workers;

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};
use metel_engine::{Engine, Options, Platform};
use metel_llm::Model;
use metel_model::id::WorkspaceId;
use metel_model::{Code, Fault};

use super::Common;
use crate::wire;

#[derive(Args)]
pub struct Bench {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// All of the engine's, one after the other
    All(all::All),
    /// Ten sequential trivial steps a run; a step counts when it is durable
    Steps(steps::Steps),
    /// Runs that wait for an approval, then all are approved
    Waits(waits::Waits),
    /// One agent that reads page after page, and what its conversation costs in the store
    Conversation(conversation::Conversation),
    /// A process at full load is killed and started again
    Crash(crash::Crash),
    /// The same work over an empty store and one full of finished runs
    Growth(growth::Growth),
    /// Messages of a topic, published, taken and settled
    Queue(queue::Queue),
    /// OpenAI's interface through metel against the same server asked directly
    Gateway(gateway::Gateway),
    /// The server that `gateway` asks
    #[command(hide = true)]
    GatewayUpstream(gateway::Upstream),
    /// One life of the process that `crash` kills
    #[command(hide = true)]
    Life(crash::Life),
    /// One long run, replayed from its log
    Replay(replay::Replay),
    /// Ten-step runs with one, two and four worker processes over one PostgreSQL
    Workers(workers::Workers),
    /// Finding the right tools of many
    Retrieval(retrieval::Retrieval),
}

/// Where a measurement keeps its data.
#[derive(Args)]
struct Place {
    /// PostgreSQL address instead of SQLite
    #[arg(long)]
    db: Option<String>,
    /// Where the SQLite file is made; a fresh folder that is removed afterwards by default
    #[arg(long)]
    folder: Option<PathBuf>,
}

/// A metel of its own for one measurement.
struct Ground {
    platform: Platform,
    workspace: WorkspaceId,
    folder: PathBuf,
    _presence: Option<crate::presence::Presence>,
    /// The folder goes with the measurement.
    own: bool,
    sqlite: bool,
}

impl Place {
    async fn open(self) -> Result<Ground, Fault> {
        self.open_with(Options::default(), None).await
    }

    /// With options, and a model of the measurement's own.
    async fn open_with(self, options: Options, model: Option<Arc<dyn Model>>) -> Result<Ground, Fault> {
        let own = self.folder.is_none();
        let fresh = || std::env::temp_dir().join(format!("metel-bench-{}", std::process::id()));
        let folder = self.folder.unwrap_or_else(fresh);
        crate::home::prepare(&folder)?;
        let store = wire::store(&folder, self.db.as_deref()).await?;
        let platform = match model {
            Some(model) => wire::platform_with(&folder, store, options, model)?,
            None => wire::platform(&folder, store, options)?,
        };
        let workspace = platform.seed().await?.workspace;
        let presence = match self.db.is_some() {
            true => Some(crate::presence::enter(&folder, platform.engine()).await?),
            false => None,
        };
        platform.engine().start_caretakers(None);
        Ok(Ground { _presence: presence, platform, workspace, folder, own, sqlite: self.db.is_none() })
    }
}

impl Ground {
    fn engine(&self) -> &Engine {
        self.platform.engine()
    }

    /// Bytes of the database's files; none where another process keeps them.
    fn disk(&self) -> Option<u64> {
        let size = |name: &str| std::fs::metadata(self.folder.join(name)).map_or(0, |file| file.len());
        self.sqlite.then(|| size("metel.db") + size("metel.db-wal"))
    }

    async fn close(self) {
        self.engine().stop(std::time::Duration::from_secs(2)).await;
        if self.own {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// Memory of this process in bytes (`/proc/self/status`): its own, and what it has mapped of files.
fn resident() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let size = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
    };
    (size("RssAnon:"), size("RssFile:"))
}

fn lost(error: impl std::fmt::Display) -> Fault {
    Fault::new(Code::Internal).about(error)
}

impl Bench {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        match self.act {
            Act::All(bench) => bench.run(common).await,
            Act::Steps(bench) => bench.run(common).await,
            Act::Waits(bench) => bench.run(common).await,
            Act::Conversation(bench) => bench.run(common).await,
            Act::Crash(bench) => bench.run(common).await,
            Act::Growth(bench) => bench.run(common).await,
            Act::Queue(bench) => bench.run(common).await,
            Act::Gateway(bench) => bench.run(common).await,
            Act::GatewayUpstream(upstream) => upstream.run().await,
            Act::Life(life) => life.run().await,
            Act::Workers(bench) => bench.run(common).await,
            Act::Replay(bench) => bench.run(common).await,
            Act::Retrieval(bench) => bench.run(common),
        }
    }
}
