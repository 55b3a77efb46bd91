//! `metel bench all`: the engine's measurements one after the other, each in a process of its own, so that none
//! inherits memory or files of the one before.

use clap::Args;
use metel_model::Fault;

use super::{Common, lost};

#[derive(Args)]
pub struct All {
    /// PostgreSQL address: the measurements that can are taken over it as well
    #[arg(long)]
    db: Option<String>,
    /// Shorter and smaller: whether all of them work
    #[arg(long)]
    short: bool,
}

/// Words of a measurement, what makes it short, and whether it is taken over PostgreSQL as well.
const WORKS: [(&str, &[&str], &[&str], bool); 8] = [
    ("steps", &[], &["--seconds", "0.5"], true),
    ("waits", &[], &["--count", "300"], true),
    ("queue", &[], &["--count", "5000"], true),
    ("crash", &[], &["--count", "300"], true),
    ("replay", &[], &["--events", "5000"], false),
    ("conversation", &[], &[], false),
    ("retrieval", &[], &[], false),
    ("growth", &[], &["--long", "500", "--short", "500", "--seconds", "0.5", "--rounds", "1"], false),
];

impl All {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        println!("{}", machine());
        let mut worst = 0;
        for (name, usual, short, both) in WORKS {
            let words = if self.short { short } else { usual };
            worst = worst.max(one(common, name, words, None).await?);
            if let (true, Some(db)) = (both, &self.db) {
                worst = worst.max(one(common, name, words, Some(db)).await?);
            }
        }
        if let Some(db) = &self.db {
            let words: &[&str] = if self.short { &["--count", "100", "--workers", "1,2"] } else { &[] };
            worst = worst.max(one(common, "workers", words, Some(db)).await?);
        }
        Ok(worst)
    }
}

async fn one(common: &Common, name: &str, words: &[&str], db: Option<&String>) -> Result<u8, Fault> {
    println!("\n{name}{}", if db.is_some() { ", PostgreSQL" } else { "" });
    let mut command = tokio::process::Command::new(std::env::current_exe().map_err(lost)?);
    command.args(["bench", name]).args(words).kill_on_drop(true);
    command.args(db.into_iter().flat_map(|db| ["--db", db.as_str()]));
    if common.json {
        command.arg("--json");
    }
    let ended = command.status().await.map_err(lost)?;
    Ok(ended.code().map_or(1, |code| u8::try_from(code).unwrap_or(1)))
}

/// What it was measured on, as far as the machine says.
fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let after = |text: &str, name: &str| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name).map(|rest| rest.trim_start_matches([' ', '\t', ':']).to_owned()));
        line.unwrap_or_else(|| "?".to_owned())
    };
    let memory = after(&read("/proc/meminfo"), "MemTotal").split(' ').next().and_then(|kib| kib.parse::<u64>().ok());
    format!(
        "machine: {} cores, {} GiB, {}; load {}",
        std::thread::available_parallelism().map_or(0, usize::from),
        memory.map_or(0, |kib| kib.div_ceil(1 << 20)),
        after(&read("/proc/cpuinfo"), "model name"),
        read("/proc/loadavg").split(' ').next().unwrap_or("?"),
    )
}
