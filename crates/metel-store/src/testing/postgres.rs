//! A PostgreSQL server of the tests' own: Debian's binaries, its own data folder, loopback only.
//!
//! It ends with its last handle, and also when the test process dies: a shell waits at a pipe that
//! only this process holds open. Where PostgreSQL is not installed, starting fails; nothing is skipped.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

/// A running server.
#[derive(Debug)]
pub struct Postgres {
    bin: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
    owner: Option<(u32, u32)>,
    process: Mutex<Option<Child>>,
}

static SHARED: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());

impl Postgres {
    /// The server of this process: started by the first who asks, ended with its last handle.
    pub fn start() -> Result<Arc<Self>, String> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = shared.upgrade() {
            return Ok(server);
        }
        let server = Arc::new(Self::start_own()?);
        *shared = Arc::downgrade(&server);
        Ok(server)
    }

    /// A server that nobody else uses, to be stopped and started again.
    pub fn start_own() -> Result<Self, String> {
        let bin = binaries()?;
        let folder = tempfile::Builder::new().prefix("metel-pg-").tempdir().map_err(|error| error.to_string())?;
        let owner = owner()?;
        if let Some((user, group)) = owner {
            std::os::unix::fs::chown(folder.path(), Some(user), Some(group)).map_err(|error| error.to_string())?;
        }
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).map_err(|e| e.to_string())?;
        let server = Self { bin, folder, port: port.port(), owner, process: Mutex::new(None) };
        server.init()?;
        server.resume()?;
        Ok(server)
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C").current_dir(self.folder.path());
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn init(&self) -> Result<(), String> {
        let done = self
            .command(&self.bin.join("initdb"))
            .args(["--username=metel", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"])
            .arg("-D")
            .arg(self.data())
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("initdb: {error}"))?;
        if done.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&done.stderr).into_owned()) }
    }

    /// Starts the server (again) and waits until it answers.
    pub fn resume(&self) -> Result<(), String> {
        // The shell ends the server when its input ends: by us, or because we are gone.
        const SHELL: &str = r#""$@" >>"$LOG" 2>&1 </dev/null & pid=$!; read -r _; kill -QUIT $pid; wait $pid"#;
        let mut command = self.command(Path::new("/bin/sh"));
        command.args(["-c", SHELL, "sh"]).arg(self.bin.join("postgres")).arg("-D").arg(self.data());
        command.arg("-k").arg(self.folder.path()).args(["-p", &self.port.to_string(), "-h", "127.0.0.1"]);
        for setting in ["fsync=on", "synchronous_commit=on", "max_connections=200", "shared_buffers=128MB"] {
            command.args(["-c", setting]);
        }
        command.env("LOG", self.folder.path().join("log")).stdin(Stdio::piped());
        let child = command.spawn().map_err(|error| format!("postgres: {error}"))?;
        *self.process.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
        let until = Instant::now() + Duration::from_secs(30);
        while Instant::now() < until {
            if self.psql("postgres", "SELECT 1").is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        Err(format!("PostgreSQL did not come up:\n{log}"))
    }

    /// Ends the server at once, as a crash would; its data stays for `resume`.
    pub fn stop(&self) {
        if let Some(mut child) = self.process.lock().unwrap_or_else(PoisonError::into_inner).take() {
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }

    /// Kills the server's first process, as the kernel might; its data stays for `resume`. Waits until the
    /// processes that it leaves behind have noticed.
    pub fn crash(&self) -> Result<(), String> {
        let first = self.pid().ok_or("the server is not running")?;
        let left = children(first);
        let killed = Command::new("/bin/sh").args(["-c", &format!("kill -KILL {first}")]).status();
        if !killed.is_ok_and(|status| status.success()) {
            return Err(format!("process {first} could not be killed"));
        }
        self.stop();
        let until = Instant::now() + Duration::from_secs(30);
        while left.iter().any(|pid| Path::new(&format!("/proc/{pid}")).exists()) {
            if Instant::now() >= until {
                return Err("processes of the killed server do not end".to_owned());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// The process number of the server itself, to be frozen and thawed.
    pub fn pid(&self) -> Option<u32> {
        fs::read_to_string(self.data().join("postmaster.pid")).ok()?.lines().next()?.trim().parse().ok()
    }

    /// Runs SQL as the owner of everything; what it prints.
    pub fn psql(&self, database: &str, sql: &str) -> Result<String, String> {
        let done = self
            .command(&self.bin.join("psql"))
            .args(["-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-U", "metel", "-d", database, "-c", sql])
            .arg("-h")
            .arg(self.folder.path())
            .args(["-p", &self.port.to_string()])
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("psql: {error}"))?;
        if done.status.success() {
            Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned())
        } else {
            Err(String::from_utf8_lossy(&done.stderr).into_owned())
        }
    }

    /// Makes an empty database; its address over the loopback.
    pub fn database(&self) -> Result<String, String> {
        let name = format!("test_{}", uuid::Uuid::now_v7().simple());
        self.psql("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(self.url(&name))
    }

    /// Makes a copy of a database of this server that nobody uses any more; its address.
    pub fn database_like(&self, url: &str) -> Result<String, String> {
        let template = url.rsplit('/').next().unwrap_or_default();
        let name = format!("test_{}", uuid::Uuid::now_v7().simple());
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            match self.psql("postgres", &format!("CREATE DATABASE {name} TEMPLATE {template}")) {
                Ok(_) => return Ok(self.url(&name)),
                // Its last connections are still being closed.
                Err(error) if error.contains("being accessed") && Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The address of a database over the loopback.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://metel@127.0.0.1:{}/{database}", self.port)
    }

    /// The same database over the socket in the file system.
    pub fn socket_url(&self, url: &str) -> String {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        url.replace("127.0.0.1", &folder)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The processes that a process has started.
fn children(of: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let parent = |pid: u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // After the name, which may hold anything: state, then parent.
        stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse::<u32>().ok()
    };
    pids.filter(|pid| parent(*pid) == Some(of)).collect()
}

/// Where the server's programs are.
fn binaries() -> Result<PathBuf, String> {
    match Command::new("pg_config").arg("--bindir").output() {
        Ok(done) if done.status.success() => {
            let folder = PathBuf::from(String::from_utf8_lossy(&done.stdout).trim());
            if folder.join("initdb").exists() {
                return Ok(folder);
            }
        }
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(format!("pg_config: {error}")),
    }
    let versions = fs::read_dir("/usr/lib/postgresql").map(|found| found.flatten().collect::<Vec<_>>());
    let mut found: Vec<_> = versions.unwrap_or_default().into_iter().map(|entry| entry.path().join("bin")).collect();
    found.sort();
    let newest = found.into_iter().rev().find(|folder| folder.join("initdb").exists());
    newest.ok_or_else(|| "PostgreSQL is not installed: install the package `postgresql`".to_owned())
}

/// PostgreSQL refuses to run as root: then it runs as its own user, or as nobody.
fn owner() -> Result<Option<(u32, u32)>, String> {
    let me = std::os::unix::fs::MetadataExt::uid(&fs::metadata("/proc/self").map_err(|error| error.to_string())?);
    if me != 0 {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").map_err(|error| error.to_string())?;
    for name in ["postgres", "nobody"] {
        let line = users.lines().find(|line| line.split(':').next() == Some(name));
        let mut fields = line.into_iter().flat_map(|line| line.split(':').skip(2));
        let ids = fields.next().zip(fields.next()).map(|(user, group)| (user.parse(), group.parse()));
        if let Some((Ok(user), Ok(group))) = ids {
            return Ok(Some((user, group)));
        }
    }
    Err("there is no user to run PostgreSQL as".to_owned())
}
