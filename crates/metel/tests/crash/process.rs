//! The binary as a process that can be killed: metel itself, and the simulated services beside it.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// The binary that was built with this suite, or the one that `METEL_CRASH_BINARY` names.
pub fn binary() -> Command {
    let named = std::env::var_os("METEL_CRASH_BINARY");
    let mut command = Command::new(named.unwrap_or_else(|| env!("CARGO_BIN_EXE_metel").into()));
    command.env_clear().env("PATH", "/usr/bin:/bin").env("METEL_LANG", "en");
    command
}

/// The same binary with crash points. Built here when it is not the present one; `METEL_CRASH_POINTS_BINARY`
/// names another.
pub fn binary_with_points() -> Command {
    static PATH: LazyLock<PathBuf> = LazyLock::new(|| {
        if let Some(named) = std::env::var_os("METEL_CRASH_POINTS_BINARY") {
            return named.into();
        }
        let folder = Path::new(env!("CARGO_BIN_EXE_metel")).parent().unwrap();
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--quiet", "--offline", "--locked", "--workspace", "--bin", "metel-crash-points"]);
        cargo.args(["--features", "metel/crash-points", "--target-dir"]).arg(folder.parent().unwrap());
        cargo.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
        assert!(cargo.status().unwrap().success(), "the binary with crash points was not built");
        folder.join("metel-crash-points")
    });
    let mut command = Command::new(&*PATH);
    command.env_clear().env("PATH", "/usr/bin:/bin").env("METEL_LANG", "en");
    command
}

/// A child that never outlives its owner.
pub struct Process {
    child: Child,
    out: Option<BufReader<std::process::ChildStdout>>,
    pub born: Instant,
}

impl Process {
    pub fn start(command: &mut Command, log: &Path) -> Self {
        let log = File::options().create(true).append(true).open(log).unwrap();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let out = child.stdout.take().map(BufReader::new);
        Self { child, out, born: Instant::now() }
    }

    /// The word after `words` in the line of the standard output that begins with them; none when the
    /// process ends first.
    pub async fn says(&mut self, words: &'static str) -> Option<String> {
        let mut out = self.out.take()?;
        let (out, found) = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            loop {
                line.clear();
                match out.read_line(&mut line) {
                    Ok(0) | Err(_) => return (out, None),
                    Ok(_) => {}
                }
                if let Some(rest) = line.strip_prefix(words) {
                    let word = rest.split_whitespace().next().unwrap_or_default().to_owned();
                    return (out, Some(word));
                }
            }
        })
        .await
        .unwrap();
        self.out = Some(out);
        found
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Whether it has ended by itself, and how.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    pub fn send(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// SIGKILL, and its end awaited. False when it had ended by itself before.
    pub fn kill(mut self) -> bool {
        let alive = self.child.try_wait().unwrap().is_none();
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        alive
    }

    /// SIGTERM, and how long it took to end.
    pub async fn end(mut self) -> (ExitStatus, Duration) {
        let since = Instant::now();
        kill_process(self.pid(), Signal::TERM).unwrap();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, since.elapsed());
            }
            assert!(since.elapsed() < Duration::from_secs(30), "it does not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
