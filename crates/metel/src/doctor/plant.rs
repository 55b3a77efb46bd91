//! Places faults, so that the doctor can be tried: each kind, with a variant by a seed, in a scratch data folder that
//! metel has used and left. What only a variable or a shell can carry is told in one line of JSON; what has to be held
//! (a lock, a port) is held until the input ends.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use metel_model::hash::Digest;
use metel_model::{Code, Fault};
use metel_store::{PolicyRow, Store};
use metel_tools::vault::MasterKey;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

/// A fault that was placed.
#[derive(Default)]
pub struct Plant {
    set: Vec<(&'static str, String)>,
    /// What the shell does before it calls metel.
    shell: Option<&'static str>,
    ports: Vec<TcpListener>,
    processes: Vec<Child>,
}

/// Every kind, and whether its command mends it here and now: no command brings back a lost key or makes an older
/// program fit, and a permission is granted by a person at the service.
const KINDS: [(&str, bool); 50] = [
    ("home.missing", true),
    ("home.file", true),
    ("home.mode", true),
    ("home.read_only", true),
    ("home.owner", true),
    ("home.relative", true),
    ("disk.low", true),
    ("token.mode", true),
    ("token.empty", true),
    ("key.missing", false),
    ("key.malformed", false),
    ("key.wrong", false),
    ("key.mode", true),
    ("key.environment", true),
    ("key.earlier", true),
    ("database.corrupt", true),
    ("database.torn_log", true),
    ("database.locked", true),
    ("database.newer", false),
    ("files.leftover", true),
    ("clock.files_ahead", true),
    ("server.stale", true),
    ("config.unreadable", true),
    ("config.syntax", true),
    ("config.unknown", true),
    ("config.value", true),
    ("config.contradiction", true),
    ("config.bind", true),
    ("config.mode", true),
    ("environment.unknown", true),
    ("environment.value", true),
    ("port.taken", true),
    ("sandbox.port", true),
    ("sandbox.unreachable", true),
    ("webhook.secret", true),
    ("webhook.refused", true),
    ("contract.broken", true),
    ("contract.clash", true),
    ("policy.broken", true),
    ("connection.scope", false),
    ("postgres.address", true),
    ("postgres.unreachable", true),
    ("postgres.password", true),
    ("model.unreachable", true),
    ("model.key", true),
    ("model.missing", true),
    ("limits.files", true),
    ("locale.encoding", true),
    ("locale.timezone", true),
    ("machine.drafts", true),
];

/// The numbers of a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn word(&mut self, all: &[&'static str]) -> &'static str {
        self.pick::<&'static str>(all)
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[(self.next() % all.len() as u64) as usize]
    }
}

impl Plant {
    /// Places one fault, tells of it, and holds what has to be held until the input ends.
    pub async fn act(code: &str, seed: u64, home: &Path) -> Result<u8, Fault> {
        if code == "list" {
            for (code, can) in KINDS {
                println!("{}", json!({"code": code, "mendable": can}));
            }
            return Ok(0);
        }
        let plant = place(code, seed, home).await?;
        let set: Value = plant
            .set
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        println!("{}", json!({"planted": code, "seed": seed, "set": set, "shell": plant.shell}));
        let _ = std::io::stdout().flush();
        if !plant.ports.is_empty() || !plant.processes.is_empty() {
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
        }
        for mut process in plant.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
        Ok(0)
    }
}

fn wrong(error: impl std::fmt::Display) -> Fault {
    Fault::new(Code::Usage).about(error)
}

fn mode(path: &Path, mode: u32) -> Result<(), Fault> {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).map_err(wrong)
}

fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<(), Fault> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(wrong)?;
    }
    std::fs::write(path, bytes).map_err(wrong)
}

/// Settings that only their owner reads.
fn settings(home: &Path, text: &str) -> Result<(), Fault> {
    let path = crate::config::path(home);
    write(&path, text)?;
    mode(&path, 0o600)
}

/// A port that is taken, and the one after it that is free.
fn taken() -> Result<(TcpListener, u16), Fault> {
    for _ in 0..100 {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(wrong)?;
        let port = listener.local_addr().map_err(wrong)?.port();
        if port < 60_000 && TcpListener::bind(("127.0.0.1", port + 1)).is_ok() {
            return Ok((listener, port));
        }
    }
    Err(wrong("no free port"))
}

/// An address where nobody answers.
fn silent() -> Result<String, Fault> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(wrong)?;
    Ok(format!("http://{}", listener.local_addr().map_err(wrong)?))
}

async fn store(home: &Path) -> Result<Store, Fault> {
    Ok(Store::open_sqlite(&home.join("metel.db"), metel_store::Options::default()).await?)
}

async fn place(code: &str, seed: u64, home: &Path) -> Result<Plant, Fault> {
    let mut dice = Dice(seed);
    let mut plant = Plant::default();
    let file = |name: &str| home.join(name);
    match code {
        "home.missing" => std::fs::remove_dir_all(home).map_err(wrong)?,
        "home.file" => {
            std::fs::remove_dir_all(home).map_err(wrong)?;
            write(home, "not a folder")?;
        }
        "home.mode" => mode(home, *dice.pick(&[0o755, 0o750, 0o711, 0o777, 0o707]))?,
        "home.read_only" => mode(home, *dice.pick(&[0o500, 0o400, 0o600]))?,
        "home.owner" => std::os::unix::fs::chown(home, Some(65_534), None).map_err(wrong)?,
        "home.relative" => {
            let name = home.file_name().unwrap_or_default().to_string_lossy().into_owned();
            plant.set.push(("METEL_HOME", name));
        }
        "disk.low" => settings(home, &format!("disk_free_mib = {}\n", 1_000_000_000 + dice.next() % 1_000_000))?,
        "token.mode" => mode(&file("token"), *dice.pick(&[0o644, 0o640, 0o604, 0o666]))?,
        "token.empty" => {
            write(&file("token"), dice.word(&["", "\n", "  \n"]))?;
        }
        "key.missing" => std::fs::remove_file(file("master.key")).map_err(wrong)?,
        "key.malformed" => write(&file("master.key"), format!("{:x}\n", dice.next()))?,
        "key.wrong" => write(&file("master.key"), MasterKey::generate()?.to_text().expose_secret())?,
        "key.mode" => mode(&file("master.key"), *dice.pick(&[0o644, 0o640, 0o660, 0o444]))?,
        "key.environment" => plant.set.push(("METEL_MASTER_KEY", dice.word(&["hunter2", "0011", "한글"]).to_owned())),
        "key.earlier" => {
            plant.set.push((
                "METEL_MASTER_KEY",
                std::fs::read_to_string(file("master.key")).map_err(wrong)?.trim().to_owned(),
            ));
            plant.set.push(("METEL_MASTER_KEY_PREVIOUS", dice.word(&["x", "00,11", "old"]).to_owned()));
        }
        "database.corrupt" => {
            // What is damaged is the database itself, not what its log would put there again.
            store(home).await?.empty_log().await?;
            damage(&file("metel.db"), &mut dice)?;
        }
        "database.torn_log" => tear(home, &mut dice).await?,
        "database.locked" => {
            let script = "exec 9>>\"$0\"; flock 9 || exit 1; echo $$ >\"$0\"; echo held; exec sleep 600";
            let mut command = Command::new("sh");
            command.args(["-c", script]).arg(file("metel.lock")).stdout(Stdio::piped()).stdin(Stdio::null());
            let mut child = command.spawn().map_err(wrong)?;
            let mut told = [0; 5];
            if let Some(out) = child.stdout.as_mut() {
                out.read_exact(&mut told).map_err(wrong)?;
            }
            plant.processes.push(child);
        }
        "database.newer" => newer(&file("metel.db")).await?,
        "files.leftover" => {
            let path = file(dice.word(&["server.4711.part", "token.99.part", "blobs/ab/cdef.12-3.part"]));
            write(&path, "half")?;
            let hours = Duration::from_secs(3_600 * (1 + dice.next() % 1_000));
            let opened = std::fs::File::open(&path).map_err(wrong)?;
            opened.set_modified(SystemTime::now() - hours).map_err(wrong)?;
        }
        "clock.files_ahead" => {
            let opened = std::fs::File::open(file(dice.word(&["metel.db", "master.key"]))).map_err(wrong)?;
            let days = Duration::from_secs(86_400 * (1 + dice.next() % 3_000));
            opened.set_modified(SystemTime::now() + days).map_err(wrong)?;
        }
        "server.stale" => write(&file("server"), silent()?)?,
        "config.unreadable" => std::fs::create_dir(crate::config::path(home)).map_err(wrong)?,
        "config.syntax" => {
            settings(home, dice.word(&["port = \n", "[[[\n", "port 7171\n", "can = [\"a\"\nlease = 5\n"]))?
        }
        "config.unknown" => settings(home, dice.word(&["prot = 7171\n", "lesae = 4\n", "quick = true\n"]))?,
        "config.value" => {
            settings(home, dice.word(&["port = 70000\n", "lease = 0\n", "worker = \"yes\"\n", "db = \"mysql://x\"\n"]))?
        }
        "config.contradiction" => {
            settings(
                home,
                dice.word(&["worker = false\n", "sandbox = false\nsandbox_url = \"http://127.0.0.1:9\"\n"]),
            )?;
            // The second one's address is not what is tried here.
            let text = std::fs::read_to_string(crate::config::path(home)).map_err(wrong)?;
            if text.contains("sandbox_url") {
                let (listener, port) = taken()?;
                settings(home, &format!("sandbox = false\nsandbox_url = \"http://127.0.0.1:{port}\"\n"))?;
                plant.ports.push(listener);
            }
        }
        "config.bind" => {
            settings(home, dice.word(&["bind = \"0.0.0.0\"\n", "bind = \"::\"\n", "bind = \"192.0.2.7\"\n"]))?
        }
        "config.mode" => {
            settings(home, "lease = 12\n")?;
            mode(&crate::config::path(home), *dice.pick(&[0o644, 0o664, 0o604]))?;
        }
        "environment.unknown" => {
            plant.set.push((dice.word(&["METEL_PROT", "METEL_HOMES", "METEL_LEESE"]), "1".to_owned()))
        }
        "environment.value" => {
            let (name, value) = *dice.pick(&[
                ("METEL_LEASE", "soon"),
                ("METEL_QUEUE_MAX", "-3"),
                ("METEL_LANG", "fr"),
                ("METEL_NO_WORKER", "maybe"),
            ]);
            plant.set.push((name, value.to_owned()));
        }
        "port.taken" => {
            let (listener, port) = taken()?;
            settings(home, &format!("port = {port}\n"))?;
            plant.ports.push(listener);
        }
        "sandbox.port" => {
            let (listener, port) = taken()?;
            drop(listener);
            plant.ports.push(TcpListener::bind(("127.0.0.1", port + 1)).map_err(wrong)?);
            settings(home, &format!("port = {port}\n"))?;
        }
        "sandbox.unreachable" => plant.set.push(("METEL_SANDBOX_URL", silent()?)),
        "webhook.secret" => {
            let (listener, port) = taken()?;
            plant.set.push(("METEL_WEBHOOK_URL", format!("http://127.0.0.1:{port}/hook")));
            plant.ports.push(listener);
        }
        "webhook.refused" => {
            plant.set.push(("METEL_WEBHOOK_URL", format!("{}/hook", silent()?)));
            plant.set.push(("METEL_WEBHOOK_SECRET", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=".to_owned()));
        }
        "contract.broken" => {
            let text = dice.word(&["id: [\n", "id: nothing\n", "{}\n", "id: notion.x\nversion: one\n"]);
            write(&file("contracts/mine.yaml"), text)?;
        }
        "contract.clash" => clash(home)?,
        "policy.broken" => {
            let store = store(home).await?;
            for workspace in store.workspaces().await? {
                let body = dice.word(&["", "{", "{\"rules\": 7}", "7"]).to_owned();
                let digest = Digest::of(body.as_bytes());
                let by = "somebody".to_owned();
                let row = PolicyRow {
                    workspace: workspace.id,
                    version: 0,
                    digest,
                    body,
                    by,
                    created_at: workspace.created_at,
                };
                store.add_policy(&row).await?;
            }
        }
        "connection.scope" => narrow(home).await?,
        "postgres.address" => {
            plant.set.push(("METEL_DB", dice.word(&["nonsense", "postgres://h:port/x", "host"]).to_owned()))
        }
        "postgres.unreachable" => {
            plant.set.push(("METEL_DB", format!("postgres://me@{}/x", silent()?.trim_start_matches("http://"))));
        }
        "postgres.password" => {
            let error = b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed\0\0";
            let mut answer = vec![b'E'];
            answer.extend((error.len() as u32 + 4).to_be_bytes());
            answer.extend(error);
            let address = plant.served(answer)?;
            plant.set.push(("METEL_DB", format!("postgres://me:secret@{address}/x")));
        }
        "model.unreachable" => plant.set.push(("METEL_MODEL_URL", format!("{}/v1", silent()?))),
        "model.key" => plant.model("401 Unauthorized", "{}")?,
        "model.missing" => {
            plant.model("200 OK", "{\"data\":[{\"id\":\"small-1\"},{\"id\":\"large-1\"}]}")?;
            plant.set.push(("METEL_MODEL", "nowhere-9".to_owned()));
        }
        "limits.files" => plant.shell = Some(dice.word(&["ulimit -S -n 64", "ulimit -S -n 256", "ulimit -S -n 1000"])),
        "locale.encoding" => {
            let (name, value) = *dice.pick(&[("LC_ALL", "C"), ("LANG", "ko_KR.EUC-KR"), ("LC_CTYPE", "POSIX")]);
            plant.set.push((name, value.to_owned()));
        }
        "locale.timezone" => plant.set.push(("TZ", dice.word(&["Mars/Olympus", "Asia/Seol", "9"]).to_owned())),
        "machine.drafts" => plant.set.push(("TMPDIR", format!("/nowhere/{:x}", dice.next()))),
        _ => return Err(wrong(format!("there is no fault `{code}`; see `--plant list`"))),
    }
    Ok(plant)
}

impl Plant {
    /// A server that says one thing to everybody, for as long as this process lives; its address.
    fn served(&mut self, answer: Vec<u8>) -> Result<String, Fault> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(wrong)?;
        let address = listener.local_addr().map_err(wrong)?.to_string();
        self.ports.push(listener.try_clone().map_err(wrong)?);
        let served = std::thread::Builder::new().name("planted".to_owned()).spawn(move || {
            for mut stream in listener.incoming().flatten() {
                if matches!(stream.read(&mut [0; 4_096]), Ok(n) if n > 0) {
                    let _ = stream.write_all(&answer);
                }
            }
        });
        // It ends with the process.
        served.map(drop).map_err(wrong)?;
        Ok(address)
    }

    fn model(&mut self, status: &str, body: &str) -> Result<(), Fault> {
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
        );
        let address = self.served(format!("{head}{body}").into_bytes())?;
        self.set.push(("METEL_MODEL_URL", format!("http://{address}/v1")));
        self.set.push(("METEL_MODEL_KEY", "key".to_owned()));
        Ok(())
    }
}

/// Bytes in the middle, or the beginning.
fn damage(path: &Path, dice: &mut Dice) -> Result<(), Fault> {
    let mut bytes = std::fs::read(path).map_err(wrong)?;
    let whole = bytes.len();
    let (from, to) = *dice.pick(&[(0, 64), (100, 4_096), (4_096, 40_960)]);
    for byte in bytes.iter_mut().take(to.min(whole)).skip(from) {
        *byte = dice.next() as u8;
    }
    for end in ["-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        let _ = std::fs::remove_file(name);
    }
    write(path, bytes)
}

/// A log whose last frame is not whole, as after a power cut: written by a process that dies before it is moved over.
async fn tear(home: &Path, dice: &mut Dice) -> Result<(), Fault> {
    let path = home.join("metel.db");
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let log = std::path::PathBuf::from(log);
    let kept = {
        let store = store(home).await?;
        let Some(workspace) = store.workspaces().await?.into_iter().next() else { return Err(wrong("no workspace")) };
        for n in 0..20 {
            store.put_setting(workspace.id, &format!("planted.{n}"), "\"x\"", workspace.created_at).await?;
        }
        (std::fs::read(&path).map_err(wrong)?, std::fs::read(&log).map_err(wrong)?)
    };
    let (database, mut frames) = kept;
    let cut = 1 + (dice.next() % 3_000) as usize;
    frames.truncate(frames.len().saturating_sub(cut));
    write(&path, database)?;
    write(&log, frames)
}

/// As a later version would leave it.
async fn newer(path: &Path) -> Result<(), Fault> {
    let path = path.to_owned();
    let done = tokio::task::spawn_blocking(move || metel_store::inspect::pretend_newer(&path)).await;
    done.map_err(wrong)?.map_err(Fault::from)
}

/// A shipped tool's name and version over other content.
fn clash(home: &Path) -> Result<(), Fault> {
    let registry = metel_tools::registry::Registry::builtin().map_err(|_| wrong("the shipped tools do not hold"))?;
    let Some(compiled) = registry.get("notion.create_page") else { return Err(wrong("no such tool")) };
    let mut contract = serde_json::to_value(&compiled.contract).map_err(wrong)?;
    contract["timeout_ms"] = json!(compiled.contract.timeout_ms + 1);
    write(&home.join("contracts/mine.json"), contract.to_string())
}

/// A connection that may do less than its tools need.
async fn narrow(home: &Path) -> Result<(), Fault> {
    use metel_model::id::{ConnectionId, FreshIds, IdSource as _};
    let store = store(home).await?;
    let Some(workspace) = store.workspaces().await?.into_iter().next() else { return Err(wrong("no workspace")) };
    let row = metel_store::ConnectionRow {
        workspace: workspace.id,
        id: ConnectionId(FreshIds.next()),
        service: "slack".to_owned(),
        name: "slack".to_owned(),
        state: "ready".to_owned(),
        body: json!({"scopes": ["channels:read"], "sandbox": true}).to_string(),
        secret: None,
        created_at: workspace.created_at,
        updated_at: workspace.created_at,
    };
    Ok(store.put_connection(&row).await?)
}
