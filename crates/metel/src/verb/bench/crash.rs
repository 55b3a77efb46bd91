//! `metel bench crash`: a process of its own works at full load, is killed in the middle and started again; then
//! the log tells what was lost and what was done twice.

use std::collections::{BTreeMap, HashSet};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use metel_engine::NewRun;
use metel_model::event::Event;
use metel_model::id::RunId;
use metel_model::status::RunStatus;
use metel_model::{Code, Fault};
use metel_store::{RunFilter, Store};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout};

use super::steps::{STEPS, definition};
use super::{Common, Ground, Place, lost};
use crate::wire;

#[derive(Args)]
pub struct Crash {
    /// Runs of ten steps
    #[arg(long, default_value_t = 2_000)]
    count: usize,
    /// Runs under way at a time
    #[arg(long, default_value_t = 64)]
    concurrency: usize,
    /// The process is killed when so many of a hundred runs have ended
    #[arg(long, default_value_t = 40)]
    at: usize,
    #[command(flatten)]
    place: Place,
}

/// One life of the process that is killed.
#[derive(Args)]
pub struct Life {
    /// Runs to start; without it the process goes on with what it finds
    #[arg(long)]
    begin: Option<usize>,
    #[arg(long, default_value_t = 64)]
    concurrency: usize,
    #[command(flatten)]
    place: Place,
}

/// A life waits no longer for its end.
const PATIENCE: Duration = Duration::from_secs(300);
/// Full speed: so much of the first life's rate.
const FULL: f64 = 0.8;

impl Crash {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let place = self.place.keep()?;
        let count = self.count.max(1);
        let begin = [("--begin", count.to_string()), ("--concurrency", self.concurrency.to_string())];
        let (mut first, mut said) = live(&place, &begin)?;
        let (mut acknowledged, mut ended) = (HashSet::new(), 0);
        let mut began = None;
        while let Some(line) = next(&mut said).await? {
            match line.split_once(' ') {
                Some(("run", id)) => {
                    began.get_or_insert_with(Instant::now);
                    acknowledged.insert(id.parse::<RunId>().map_err(lost)?);
                }
                Some(("ended", _)) => ended += 1,
                _ => {}
            }
            if ended * 100 >= count * self.at {
                break;
            }
        }
        let rate = began.map_or(0.0, |began| ended as f64 / began.elapsed().as_secs_f64());
        first.start_kill().map_err(lost)?;
        // What it had said before it died counts as acknowledged.
        while let Some(line) = next(&mut said).await? {
            if let Some(("run", id)) = line.split_once(' ') {
                acknowledged.insert(id.parse::<RunId>().map_err(lost)?);
            }
        }
        first.wait().await.map_err(lost)?;

        let killed = Instant::now();
        let (mut second, mut said) = live(&place, &[])?;
        let (mut moved, mut all) = (None, None);
        let mut full = None;
        let mut since = (Instant::now(), 0);
        while let Some(line) = next(&mut said).await? {
            let Some(("left", n)) = line.split_once(' ') else { continue };
            let left: usize = n.parse().map_err(lost)?;
            if moved.is_none() {
                moved = Some(killed.elapsed());
                since = (Instant::now(), left);
            }
            let (at, then) = since;
            let now = (then.saturating_sub(left)) as f64 / at.elapsed().as_secs_f64().max(1e-6);
            if full.is_none() && (now >= rate * FULL || left == 0) {
                full = Some(killed.elapsed());
            }
            if left == 0 {
                all = Some(killed.elapsed());
                break;
            }
        }
        second.start_kill().map_err(lost)?;
        second.wait().await.map_err(lost)?;

        let found = look(&place, &acknowledged).await?;
        let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
        let line = json!({
            "count": count, "acknowledged": acknowledged.len(), "runs_per_s": rate.round(), "lost": found.lost,
            "unfinished": found.unfinished, "doubled": found.doubled, "gaps": found.gaps, "sent_again": found.again,
            "first_s": seconds(moved), "full_s": seconds(full), "all_s": seconds(all),
        });
        if common.json {
            println!("{line}");
        } else {
            println!(
                "{} runs acknowledged, killed at {:.0} runs/s: {} lost, {} unfinished, {} steps completed twice, {} gaps in a log, {} calls sent again",
                acknowledged.len(),
                rate,
                found.lost,
                found.unfinished,
                found.doubled,
                found.gaps,
                found.again
            );
            let word =
                |time: Option<Duration>| time.map_or("never".to_owned(), |t| format!("{:.2} s", t.as_secs_f64()));
            println!(
                "after the restart: first progress {}, full speed {}, all ended {}",
                word(moved),
                word(full),
                word(all)
            );
        }
        place.remove();
        Ok(u8::from(found.lost + found.unfinished + found.doubled + found.gaps > 0))
    }
}

/// Where both lives and the look afterwards meet.
pub(super) struct Kept {
    folder: std::path::PathBuf,
    db: Option<String>,
    own: bool,
}

impl Place {
    fn keep(self) -> Result<Kept, Fault> {
        let own = self.folder.is_none();
        let fresh = || std::env::temp_dir().join(format!("metel-bench-{}", std::process::id()));
        let folder = self.folder.unwrap_or_else(fresh);
        crate::home::prepare(&folder)?;
        Ok(Kept { folder, db: self.db, own })
    }
}

impl Kept {
    fn remove(&self) {
        if self.own {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// Starts this program again for one life.
fn live(place: &Kept, words: &[(&str, String)]) -> Result<(Child, Lines<BufReader<ChildStdout>>), Fault> {
    let mut command = tokio::process::Command::new(std::env::current_exe().map_err(lost)?);
    command.args(["bench", "life", "--folder"]).arg(&place.folder);
    if let Some(db) = &place.db {
        command.args(["--db", db]);
    }
    command.args(words.iter().flat_map(|(name, value)| [*name, value.as_str()]));
    command.stdout(Stdio::piped()).stdin(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn().map_err(lost)?;
    let stdout = child.stdout.take().ok_or_else(|| lost("no output"))?;
    Ok((child, BufReader::new(stdout).lines()))
}

async fn next(said: &mut Lines<BufReader<ChildStdout>>) -> Result<Option<String>, Fault> {
    match tokio::time::timeout(PATIENCE, said.next_line()).await {
        // A line that the kill cut in two says nothing.
        Ok(line) => Ok(line.unwrap_or(None)),
        Err(_) => Err(Fault::new(Code::Overloaded).about("the process said nothing for five minutes")),
    }
}

/// What the log says afterwards.
#[derive(Default)]
struct Found {
    lost: usize,
    unfinished: usize,
    /// Steps that completed twice.
    doubled: usize,
    /// Runs whose events do not follow each other.
    gaps: usize,
    /// Calls that were sent again with the same key, as it was not known whether they had been made.
    again: usize,
}

async fn look(place: &Kept, acknowledged: &HashSet<RunId>) -> Result<Found, Fault> {
    let store = wire::store(&place.folder, place.db.as_deref()).await?;
    let workspace = workspace(&store).await?;
    let mut found = Found::default();
    for run in acknowledged {
        let Some(header) = store.header(workspace, *run).await? else {
            found.lost += 1;
            continue;
        };
        found.unfinished += usize::from(header.status != RunStatus::Completed);
        let (mut next, mut ends) = (1, BTreeMap::<String, usize>::new());
        for entry in store.entries(workspace, *run, 1, 1_000).await? {
            if entry.seq != next {
                found.gaps += 1;
            }
            next = entry.seq + u64::from(entry.count);
            let events: Vec<Event> = serde_json::from_str(&entry.body).map_err(lost)?;
            for event in events {
                match event {
                    Event::StepSucceeded { step, .. } => *ends.entry(step).or_default() += 1,
                    Event::EffectIntended { n, .. } if n > 1 => found.again += 1,
                    _ => {}
                }
            }
        }
        found.doubled += ends.values().filter(|times| **times > 1).count();
        found.unfinished += usize::from(ends.len() != STEPS && header.status == RunStatus::Completed);
    }
    Ok(found)
}

async fn workspace(store: &Store) -> Result<metel_model::id::WorkspaceId, Fault> {
    let all = store.workspaces().await?;
    all.first().map(|workspace| workspace.id).ok_or_else(|| lost("no workspace"))
}

impl Life {
    pub async fn run(self) -> Result<u8, Fault> {
        let ground = self.place.open().await?;
        match self.begin {
            Some(count) => begin(&ground, count, self.concurrency).await?,
            None => go_on(&ground).await?,
        }
        ground.close().await;
        Ok(0)
    }
}

async fn begin(ground: &Ground, count: usize, concurrency: usize) -> Result<(), Fault> {
    let stored = ground.platform.add_workflow(ground.workspace, "bench", &definition(), "bench").await?;
    let next = Arc::new(AtomicUsize::new(0));
    let mut callers = Vec::new();
    for _ in 0..concurrency.max(1) {
        let (engine, next) = (ground.engine().clone(), next.clone());
        let (workspace, digest, text) = (ground.workspace, stored.digest, "x".repeat(180));
        callers.push(tokio::spawn(async move {
            while next.fetch_add(1, Ordering::Relaxed) < count {
                let new = NewRun {
                    name: "bench".into(),
                    workflow: Some(digest),
                    input: json!({ "text": text }),
                    by: "user:bench".into(),
                    ..NewRun::default()
                };
                let started = engine.start(workspace, new).await?;
                println!("run {}", started.run);
                engine.at_rest(workspace, started.run).await?;
                println!("ended {}", started.run);
            }
            Ok::<_, Fault>(())
        }));
    }
    for caller in callers {
        caller.await.map_err(lost)??;
    }
    Ok(())
}

/// Says how many runs are still open until none is.
async fn go_on(ground: &Ground) -> Result<(), Fault> {
    let (store, workspace) = (ground.engine().store().clone(), ground.workspace);
    let mut before = usize::MAX;
    loop {
        let mut left = 0;
        for status in [RunStatus::Queued, RunStatus::Running, RunStatus::Waiting] {
            let filter = RunFilter { status: Some(status), limit: 1_000, ..RunFilter::default() };
            left += store.list_runs(workspace, &filter).await?.len();
        }
        if left < before {
            println!("left {left}");
            before = left;
        }
        if left == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
