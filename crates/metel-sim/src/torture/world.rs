//! One run of the tortured workflow under one schedule of faults, from its start to its end.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use metel_engine::NewRun;
use metel_model::command::Command;
use metel_model::hash::Digest;
use metel_model::id::RunId;
use metel_model::status::RunStatus;
use metel_model::{Code, Fault};
use metel_store::{Header, RunFilter, Store};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::eye::Eye;
use super::fault::{Kind, Moment, Schedule};
use super::ground::{Ground, WS};
use super::person::{People, Wish};
use super::plot::{Order, Plot};
use super::process::{Fate, Shared};
use super::receivers::Receivers;
use super::trace::Trace;
use crate::clock::Ids;
use crate::dice::Dice;
use crate::machine::Machine;
use crate::story::Story;

/// How long a process stands still: past its lease of 10 s and the round of whoever takes over.
const FROZEN_MS: u64 = 25_000;
/// How long a dead process stays away.
const RESTART_MS: u64 = 100;
/// A client asks again after so long.
const ASK_MS: u64 = 2_000;
/// After the end: what was under way comes back.
const AFTER_MS: u64 = 30_000;
/// Looks at one run at most.
const LOOKS_MAX: u32 = 6_000;
/// Longest step of time.
const STEP_MAX_MS: u64 = 12 * 3_600_000;

struct Process {
    machine: Machine,
    fate: Arc<Fate>,
}

impl Process {
    fn new(shared: &Shared) -> Self {
        let machine = Machine::new(shared.story.clone());
        let fate = Fate::new(shared.clone(), machine.ahead.clone());
        Self { machine, fate }
    }

    fn start(&mut self, shared: &Shared) -> Result<(), Fault> {
        self.fate = Fate::new(shared.clone(), self.machine.ahead.clone());
        let fate = self.fate.clone();
        self.machine.frozen_until = 0;
        self.machine.start(|clock| fate.parts(clock), Some(fate.post())).map_err(no_runtime)?;
        let programs: Vec<_> = shared.ground.programs.values().cloned().collect();
        self.machine.run(move |engine| async move {
            for program in programs {
                engine.share_program(program);
            }
        });
        Ok(())
    }
}

fn no_runtime(error: std::io::Error) -> Fault {
    Fault::new(Code::Internal).about(error)
}

pub(super) struct World {
    pub shared: Shared,
    pub schedule: Schedule,
    pub eye: Eye,
    first: Process,
    /// Takes over when the first stands still.
    second: Option<Process>,
    people: People,
    told: Arc<Mutex<Option<RunId>>>,
    asked_at: Option<u64>,
    restart_at: Option<u64>,
    thaw_at: Option<u64>,
    twice: bool,
}

/// Runs a schedule.
pub(super) fn run(ground: &Arc<Ground>, schedule: &Schedule, seed: u64) -> Result<Trace, Fault> {
    let mut world = World::new(ground, schedule, seed)?;
    let ended = world.go()?;
    Trace::of(world, ended)
}

impl World {
    fn new(ground: &Arc<Ground>, schedule: &Schedule, seed: u64) -> Result<Self, Fault> {
        let story = Story::default();
        let store = Store::open_simulated()?;
        let eye = Eye::new(store.clone(), ground).map_err(no_runtime)?;
        for program in ground.programs.values() {
            eye.see(store.put_blob(WS, Ground::text(program)?))?;
        }
        let plot = Plot::new(schedule.clone());
        let alone = !plot.freezes();
        let shared = Shared {
            ground: ground.clone(),
            store,
            story: story.clone(),
            plot: Arc::new(Mutex::new(plot)),
            receivers: Arc::new(Mutex::new(Receivers::default())),
            ids: Arc::new(Ids::new(Arc::new(Mutex::new(Dice::new(seed))), story)),
            alone,
            look: Arc::new(Notify::new()),
            root: Arc::default(),
        };
        let first = Process::new(&shared);
        Ok(Self {
            shared,
            schedule: schedule.clone(),
            eye,
            first,
            second: None,
            people: People::default(),
            told: Arc::default(),
            asked_at: None,
            restart_at: None,
            thaw_at: None,
            twice: false,
        })
    }

    fn now(&self) -> u64 {
        self.shared.story.now()
    }

    /// True when the run came to its end.
    fn go(&mut self) -> Result<bool, Fault> {
        let kinds = self.shared.plot.lock().reach(Moment::Start, "run");
        self.first.start(&self.shared)?;
        for kind in kinds {
            match kind {
                Kind::Clock(minutes) => {
                    self.first.machine.ahead.fetch_add(minutes * 60_000_000, Ordering::Relaxed);
                }
                Kind::Repeat => self.twice = true,
                Kind::Cancel => self.shared.plot.lock().orders.push(Order::Cancel),
                _ => {}
            }
        }
        let (mut step, mut moves, mut quiet) = (100, 0, 0_u64);
        for _ in 0..LOOKS_MAX {
            self.ask();
            self.pass(step)?;
            self.carry_out_orders();
            let now = self.shared.plot.lock().moves();
            (step, quiet) = match now == moves {
                true => ((step * 2).min(self.step_max()), quiet + step),
                false => (100, 0),
            };
            moves = now;
            let open = self.open()?;
            let begun = self.shared.root.lock().is_some() && self.told.lock().is_some();
            if begun && open.is_empty() {
                let until = self.now() + AFTER_MS;
                while self.now() < until {
                    let left = until - self.now();
                    self.pass(left.min(self.step_max()))?;
                    self.carry_out_orders();
                }
                return Ok(self.open()?.is_empty());
            }
            for header in open.iter().filter(|header| header.status == RunStatus::Waiting) {
                for wish in self.people.attend(&self.shared, &self.eye, header.id) {
                    self.grant(wish);
                }
            }
            // Long waits with short leases would cost a heartbeat every few seconds.
            if quiet > 60_000 && !self.shared.alone && self.thaw_at.is_none() {
                self.collapse()?;
            }
        }
        Ok(false)
    }

    fn step_max(&self) -> u64 {
        if self.shared.alone { STEP_MAX_MS } else { 1_000 }
    }

    fn open(&self) -> Result<Vec<Header>, Fault> {
        let filter = RunFilter { limit: 1_000, ..RunFilter::default() };
        let runs = self.eye.see(self.shared.store.list_runs(WS, &filter))?;
        Ok(runs.into_iter().filter(|header| !header.status.is_final()).collect())
    }

    /// A client asks for the run until it is told that it is there.
    fn ask(&mut self) {
        let now = self.now();
        if self.told.lock().is_some() || self.asked_at.is_some_and(|at| now < at + ASK_MS) {
            return;
        }
        self.asked_at = Some(now);
        let choice = self.shared.plot.lock().choice(Moment::Start, "input");
        let ground = &self.shared.ground;
        let input = ground.inputs.get(choice).or(ground.inputs.first()).cloned().unwrap_or_default();
        for _ in 0..=usize::from(std::mem::take(&mut self.twice)) {
            let new = NewRun {
                name: ground.program.workflow.name.clone(),
                workflow: Some(ground.program.digest),
                input: input.clone(),
                by: "user:torture".to_owned(),
                deadline_ms: ground.program.workflow.deadline_ms,
                client_key: Some(("torture".to_owned(), Digest::of(b"torture"))),
                ..NewRun::default()
            };
            let told = self.told.clone();
            self.working().run(move |engine| async move {
                if let Ok(started) = engine.start(WS, new).await {
                    *told.lock() = Some(started.run);
                }
            });
        }
    }

    /// A process that answers.
    fn working(&self) -> &Machine {
        match &self.second {
            Some(second) if self.thaw_at.is_some() => &second.machine,
            _ => &self.first.machine,
        }
    }

    /// Lets time go on by at most `step` milliseconds.
    fn pass(&mut self, step: u64) -> Result<(), Fault> {
        let now = self.now();
        let mut until = now + step.max(1);
        for at in [self.restart_at, self.thaw_at].into_iter().flatten() {
            until = until.min(at.max(now + 1));
        }
        let frozen = self.thaw_at.is_some();
        let reached = match &mut self.second {
            Some(second) => {
                let until = until.min(now + 250);
                if !frozen {
                    self.first.machine.drive(until);
                }
                second.machine.drive(until);
                until
            }
            None => self.first.machine.drive_or(until, &self.shared.look),
        };
        self.shared.story.at(reached.max(now));
        self.reap()
    }

    /// Notices who died or stands still, and who comes back.
    fn reap(&mut self) -> Result<(), Fault> {
        let now = self.now();
        let dead = self.first.fate.is_doomed() && self.first.machine.is_alive();
        if dead {
            self.first.machine.kill();
            self.restart_at = Some(now + RESTART_MS);
        }
        if let Some(second) = self.second.as_mut().filter(|second| second.fate.is_doomed()) {
            second.machine.kill();
            second.start(&self.shared)?;
        }
        if self.restart_at.is_some_and(|at| at <= now) {
            self.restart_at = None;
            self.shared.story.tell("the process starts again");
            self.first.start(&self.shared)?;
            // Whoever asked it has to ask again.
            self.asked_at = None;
        }
        if self.first.fate.is_frozen() && self.thaw_at.is_none() && self.first.machine.is_alive() {
            self.thaw_at = Some(now + FROZEN_MS);
            self.first.machine.frozen_until = now + FROZEN_MS;
            if self.second.is_none() {
                let mut second = Process::new(&self.shared);
                second.machine.ahead = self.first.machine.ahead.clone();
                second.start(&self.shared)?;
                self.second = Some(second);
                self.asked_at = None;
            }
        }
        if self.thaw_at.is_some_and(|at| at <= now) {
            self.thaw_at = None;
            self.shared.story.tell("the process goes on");
            self.first.fate.thaw();
            self.first.machine.drive(now);
        }
        if let Some(second) = self.second.as_ref().filter(|second| second.fate.is_frozen()) {
            // One at a time stands still: the other goes on at once.
            second.fate.thaw();
        }
        Ok(())
    }

    /// From here on one process has the store for itself.
    fn collapse(&mut self) -> Result<(), Fault> {
        self.second = None;
        self.first.machine.kill();
        self.shared.alone = true;
        self.first.start(&self.shared)
    }

    fn carry_out_orders(&mut self) {
        let orders = std::mem::take(&mut self.shared.plot.lock().orders);
        for order in orders {
            let root = *self.shared.root.lock();
            match (order, root) {
                (Order::Cancel, Some(root)) => {
                    let cancel = Command::Cancel { by: "user:torture".to_owned(), reason: None };
                    self.grant(Wish::Command(root, cancel));
                }
                (Order::Cancel, None) => self.shared.plot.lock().orders.push(Order::Cancel),
                (Order::Observe { run, step, intent, outcome }, _) => {
                    self.working().run(move |engine| async move {
                        // Late, and once more.
                        for wait in [10, 5_000] {
                            tokio::time::sleep(std::time::Duration::from_millis(wait)).await;
                            let (step, outcome) = (step.clone(), outcome.clone());
                            let _ = engine.command(WS, run, Command::Observe { step, intent, outcome }, "worker").await;
                        }
                    });
                }
            }
        }
    }

    fn grant(&self, wish: Wish) {
        self.working().run(move |engine| async move {
            match wish {
                Wish::Command(run, command) => drop(engine.command(WS, run, command, "user:torture").await),
                Wish::Publish(new) => drop(engine.publish(WS, new).await),
            }
        });
    }
}
