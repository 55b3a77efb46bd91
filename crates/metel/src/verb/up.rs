//! `metel up`: everything in one process. `metel worker`, `metel sandbox`: its parts alone.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use metel_engine::{Options, Platform};
use metel_model::id::{UserId, WorkspaceId};
use metel_model::{Code, Fault};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Common;
use crate::{config, deliver, home, presence, wire};

#[derive(Args)]
pub struct Up {
    /// Due tasks that wait for a worker from which on new runs are refused
    #[arg(long, value_name = "TASKS", env = "METEL_QUEUE_MAX")]
    queue_max: Option<u64>,
    /// Port of the server; the next free one is taken when it is busy
    #[arg(long, env = "METEL_PORT")]
    port: Option<u16>,
    /// PostgreSQL address instead of the embedded SQLite
    #[arg(long, env = "METEL_DB")]
    db: Option<String>,
    /// Without the simulated services
    #[arg(long)]
    no_demo: bool,
    /// Take commands but carry out no effects
    #[arg(long, env = "METEL_NO_WORKER")]
    no_worker: bool,
    /// Simulated services of another process
    #[arg(long, env = "METEL_SANDBOX_URL")]
    sandbox: Option<String>,
    /// File in which the simulated services keep what they did
    #[arg(long)]
    sandbox_ledger: Option<PathBuf>,
    /// Seconds after which a silent worker's tasks are given to others (PostgreSQL)
    #[arg(long, value_name = "SECONDS", env = "METEL_LEASE")]
    lease: Option<u64>,
    /// What this worker is able to do beyond what all are, as `ffmpeg,browser`
    #[arg(long, value_delimiter = ',', env = "METEL_CAN")]
    can: Vec<String>,
}

/// The port unless somebody says otherwise.
pub const PORT: u16 = 7171;
/// Due tasks that may wait unless somebody says otherwise.
const QUEUE_MAX: u64 = 20_000;
/// Seconds of a lease unless somebody says otherwise.
const LEASE: u64 = 10;

/// How long calls that are under way may go on once the process was told to end.
const PATIENCE: Duration = Duration::from_secs(6);
/// It ends within this time, whatever stands in the way.
const END_WITHIN: Duration = Duration::from_secs(9);

/// Words for what a worker is able to do, as contracts and nodes need them.
fn able(words: Vec<String>) -> Result<Vec<String>, Fault> {
    let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
    match words.iter().find(|word| !metel_rules::run::is_need(word)) {
        Some(odd) => Err(Fault::new(Code::Usage).about(format!("--can {odd}"))),
        None => Ok(words),
    }
}

/// Tries the wanted port and the nine after it; port 0 takes any.
async fn listen(bind: IpAddr, port: u16) -> Result<TcpListener, Fault> {
    let tries = if port == 0 { 0..=0 } else { port..=port.saturating_add(9) };
    for port in tries {
        if let Ok(listener) = TcpListener::bind(SocketAddr::from((bind, port))).await {
            return Ok(listener);
        }
    }
    Err(Fault::new(Code::PortTaken).about(port))
}

impl Up {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        init_log();
        let lang = common.lang();
        let folder = home::folder();
        home::prepare(&folder)?;
        let config = config::load(&folder)?;
        let db = self.db.or(config.db);
        let store = wire::store(&folder, db.as_deref()).await?;
        let lease = Duration::from_secs(self.lease.or(config.lease).unwrap_or(LEASE));
        let due_max = self.queue_max.or(config.queue_max).unwrap_or(QUEUE_MAX);
        let worker = !self.no_worker && config.worker.unwrap_or(true);
        let can = if self.can.is_empty() { config.can.unwrap_or_default() } else { self.can };
        let port = self.port.or(config.port).unwrap_or(PORT);
        let no_demo = self.no_demo || config.sandbox == Some(false);
        let sandbox_url = self.sandbox.or(config.sandbox_url);
        let options = Options { worker, lease, can: able(can)?, due_max, ..Options::default() };
        let platform = wire::platform(&folder, store, options)?;
        let seed = platform.seed().await?;
        sign_in(&platform, &folder, seed.workspace, seed.owner).await?;
        let listener = listen(config.bind.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)), port).await?;
        let address = listener.local_addr().map_err(|e| Fault::new(Code::PortTaken).about(e))?;
        let base = format!("http://{address}");
        let mut own_sandbox = None;
        let sandbox = match (&sandbox_url, no_demo) {
            (Some(url), _) => Some(url.clone()),
            (None, true) => None,
            (None, false) => {
                let port = if port == 0 { 0 } else { port.saturating_add(1) };
                let bind = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
                let handle = match wire::sandbox(bind, self.sandbox_ledger.as_deref()).await {
                    Ok(handle) => handle,
                    Err(_) => {
                        wire::sandbox(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), self.sandbox_ledger.as_deref())
                            .await?
                    }
                };
                let url = handle.url();
                own_sandbox = Some(handle);
                Some(url)
            }
        };
        if let Some(url) = &sandbox {
            platform.connect_sandbox(seed.workspace, url).await?;
        }
        platform.ship_pipelines(seed.workspace).await?;
        let _presence = match db.is_some() {
            true => Some(presence::enter(&folder, platform.engine()).await?),
            false => None,
        };
        platform.engine().start_caretakers(Some(deliver::of_environment()?));
        home::write_private(&folder.join("server"), &base)?;
        let code = platform.engine().new_start_code(seed.workspace, seed.owner).await?;
        let (model, is_ai) = platform.model();
        let model = model.to_owned();
        let services =
            platform.connections(seed.workspace).await?.into_iter().filter(|a| a.sandbox).map(|a| a.service).collect();
        let mut app = metel_server::App::of(platform.clone(), seed.workspace, env!("CARGO_PKG_VERSION"));
        app.sandbox = sandbox.clone().map(|url| metel_server::Sandbox { url, services });
        let stop = CancellationToken::new();
        let serving = tokio::spawn(metel_server::serve(listener, app, stop.clone()));
        eprintln!("metel {}", env!("CARGO_PKG_VERSION"));
        eprintln!("├─ {}  {base}/start?c={code}", lang.pick("page     ", "화면     "));
        eprintln!("├─ API        {base}/v1   ({base}/docs)");
        eprintln!(
            "├─ {}  {}",
            lang.pick("data     ", "데이터   "),
            db.as_deref().map_or_else(|| folder.join("metel.db").display().to_string(), |_| "PostgreSQL".to_owned())
        );
        let simulated = if is_ai { "" } else { lang.pick(" (rules, no AI)", " (규칙 기반, AI 아님)") };
        eprintln!("├─ {}  {model}{simulated}", lang.pick("model    ", "모델     "));
        if let Some(url) = &sandbox {
            eprintln!("└─ {}  {url}", lang.pick("sandbox  ", "연습용   "));
        }
        println!("metel ready {base}");
        wait_for_end().await;
        let ending = async {
            platform.engine().stop(PATIENCE).await;
            stop.cancel();
            let _ = tokio::time::timeout(Duration::from_secs(1), serving).await;
            if let Some(handle) = own_sandbox {
                handle.stop().await;
            }
        };
        let _ = tokio::time::timeout(END_WITHIN, ending).await;
        let _ = std::fs::remove_file(folder.join("server"));
        Ok(0)
    }
}

/// Leaves a token for the command line where none works.
async fn sign_in(
    platform: &Platform,
    folder: &std::path::Path,
    workspace: WorkspaceId,
    owner: UserId,
) -> Result<(), Fault> {
    if let Some(token) = home::token(folder)
        && platform.engine().access(&token).await.is_ok()
    {
        return Ok(());
    }
    let token = platform.engine().new_token(workspace, owner, "cli", "owner", None).await?;
    home::write_private(&folder.join("token"), &token.clear)
}

fn init_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("METEL_LOG").unwrap_or_else(|_| "warn".into());
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}

async fn wait_for_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut term) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term.recv() => {}
    }
}

#[derive(Args)]
pub struct Worker {
    /// PostgreSQL address
    #[arg(long, env = "METEL_DB")]
    db: Option<String>,
    /// Seconds after which a silent worker's tasks are given to others
    #[arg(long, value_name = "SECONDS", env = "METEL_LEASE")]
    lease: Option<u64>,
    /// What this worker is able to do beyond what all are, as `ffmpeg,browser`
    #[arg(long, value_delimiter = ',', env = "METEL_CAN")]
    can: Vec<String>,
}

impl Worker {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        init_log();
        let folder = home::folder();
        home::prepare(&folder)?;
        let config = config::load(&folder)?;
        let db = self.db.or(config.db).ok_or_else(|| {
            Fault::new(Code::Usage).detail("a worker needs --db postgres://…", "워커에는 --db postgres://… 가 필요해요")
        })?;
        let store = wire::store(&folder, Some(&db)).await?;
        let lease = Duration::from_secs(self.lease.or(config.lease).unwrap_or(LEASE));
        let can = if self.can.is_empty() { config.can.unwrap_or_default() } else { self.can };
        let options = Options { lease, can: able(can)?, ..Options::default() };
        let platform = wire::platform(&folder, store, options)?;
        platform.seed().await?;
        let _presence = presence::enter(&folder, platform.engine()).await?;
        platform.engine().start_caretakers(Some(deliver::of_environment()?));
        println!("{}", common.lang().pick("worker ready", "워커 준비됨"));
        wait_for_end().await;
        let _ = tokio::time::timeout(END_WITHIN, platform.engine().stop(PATIENCE)).await;
        Ok(0)
    }
}

#[derive(Args)]
pub struct SandboxVerb {
    #[arg(long, default_value_t = 7272)]
    port: u16,
    /// File that every effect is appended to and synced before its answer
    #[arg(long)]
    ledger: Option<PathBuf>,
}

impl SandboxVerb {
    pub async fn run(self) -> Result<u8, Fault> {
        let handle = wire::sandbox(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)), self.ledger.as_deref()).await?;
        println!("listening {}", handle.url());
        wait_for_end().await;
        handle.stop().await;
        Ok(0)
    }
}

/// `metel` alone says what to do next.
pub async fn hello(common: &Common) -> Result<u8, Fault> {
    let lang = common.lang();
    match common.api() {
        Ok(api) if api.get("/health/live").await.is_ok() => {
            println!("{} {}", lang.pick("metel is running at", "metel이 켜져 있어요:"), api.base());
            println!(
                "  metel ask \"{}\"",
                lang.pick(
                    "make a Notion page 'Weekly notes' and share the link in Slack #team",
                    "노션에 '주간 회의록' 페이지를 만들고 링크를 슬랙 #team 에 공유해줘"
                )
            );
        }
        _ => println!("{}", lang.pick("Start here: metel up", "여기서 시작하세요: metel up")),
    }
    Ok(0)
}
