//! One simulation: processes, services, people and faults, all from one seed, on one thread.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use metel_engine::{Engine, NewRun, Options, Parts};
use metel_model::hash::Digest;
use metel_model::id::{FreshIds, RunId};
use metel_model::time::{FakeClock, Micros};
use metel_rules::graph::{Program, check, read_pipeline};
use metel_store::{RunFilter, Store};
use parking_lot::Mutex;
use serde_json::json;
use tokio::runtime::Runtime;

use super::altered::Altered;
use super::process::{Fate, Process, Shared};
use super::services::Services;
use super::tools::{Around, Known, NEED, WS};
use super::{people, shapes};
use metel_sim::Dice;
use metel_sim::Story;

/// Everything must have come to rest so long after the last fault, in milliseconds.
const PATIENCE_MS: u64 = 3_600_000;
/// Quiet time before the record is looked at: what was under way is cleaned up.
const AFTER_MS: u64 = 90_000;

/// A run that a client wants: the same key until it is acknowledged.
pub struct Wanted {
    pub key: String,
    pub workflow: Digest,
    pub n: u64,
    pub deadline_ms: Option<u64>,
    pub priority: i32,
    /// Not before.
    pub at: u64,
    /// What the client was told.
    pub told: Arc<Mutex<Option<RunId>>>,
}

pub struct World {
    pub seed: u64,
    pub dice: Dice,
    pub shared: Shared,
    pub processes: Vec<Process>,
    pub wanted: Vec<Wanted>,
    /// Looks at the store past all faults.
    pub eye: Eye,
    /// Whether a clock was ever set ahead.
    pub jumped: bool,
    restarts: BTreeMap<u64, usize>,
    /// Until when a process is cut off from the store.
    cuts: BTreeMap<usize, u64>,
    calm: bool,
    /// Steps in which nothing went to the store.
    idle: u64,
}

/// An engine that only reads, in a runtime of its own.
pub struct Eye {
    pub engine: Engine,
    pub runtime: Runtime,
}

impl World {
    pub fn new(seed: u64, altered: Altered) -> Self {
        let mut dice = Dice::new(seed);
        let story = Story::default();
        let store = Store::open_simulated().unwrap();
        let known = Arc::new(Known::default());
        let services = Services::new(dice.fork(), story.clone(), altered);
        let shared = Shared {
            store: store.clone(),
            story,
            services,
            known: known.clone(),
            late: Arc::default(),
            delivered: Arc::default(),
            altered,
        };
        let eye = Eye::new(store, known);
        let processes = processes(&mut dice, &shared);
        let mut world = Self {
            seed,
            dice,
            shared,
            processes,
            wanted: Vec::new(),
            eye,
            jumped: false,
            restarts: BTreeMap::new(),
            cuts: BTreeMap::new(),
            calm: false,
            idle: 0,
        };
        world.want();
        world
    }

    pub fn now(&self) -> u64 {
        self.shared.story.now()
    }

    /// The runs that clients are going to ask for.
    fn want(&mut self) {
        for name in ["child", "child2"] {
            let size = self.dice.within(1, 4) as u32;
            let digest = self.define(name, size, false);
            self.shared.known.workflows.lock().insert(name.to_owned(), digest);
        }
        for i in 0..self.dice.within(1, 4) {
            let name = format!("w{i}");
            let size = self.dice.within(1, 9) as u32;
            let workflow = self.define(&name, size, true);
            for k in 0..self.dice.within(1, 2) {
                self.wanted.push(Wanted {
                    key: format!("{name}-{k}"),
                    workflow,
                    n: self.dice.within(0, 4),
                    deadline_ms: self.dice.percent(12).then(|| self.dice.within(5_000, 120_000)),
                    priority: *self.dice.pick(&[0, 0, 5, -5]),
                    at: self.dice.within(0, 12_000),
                    told: Arc::default(),
                });
            }
        }
    }

    /// Draws until a definition holds, and stores it.
    fn define(&mut self, name: &str, size: u32, children: bool) -> Digest {
        loop {
            let mut dice = self.dice.fork();
            let definition = shapes::definition(&mut dice, size, children);
            let workflow = read_pipeline(name, &definition).map_err(|f| format!("{f:?} {definition}")).unwrap();
            let program = Program::compile(workflow).map_err(|f| format!("{f:?} {definition}")).unwrap();
            let faults = check(&program, self.shared.known.as_ref());
            if !faults.is_empty() {
                // A join that can never complete, say; other faults would be the generator's own.
                assert!(faults.iter().all(|f| f.pointer.ends_with("/mode")), "{faults:?} {definition}");
                continue;
            }
            let text = metel_model::json::canonical(&serde_json::to_value(&program.workflow).unwrap()).unwrap();
            self.eye.see(self.shared.store.put_blob(WS, text)).unwrap();
            return program.digest;
        }
    }

    /// Faults, people and clients for a while; then everything heals and comes to rest.
    pub fn run(&mut self) {
        for process in &mut self.processes {
            if self.dice.percent(80) {
                process.start();
            } else {
                let at = self.dice.within(500, 15_000);
                self.restarts.insert(at, process.fate.number);
            }
        }
        let end = self.dice.within(15_000, 45_000);
        while self.now() < end {
            self.trouble();
            self.clients();
            if self.dice.percent(12) {
                people::act(self);
            }
            if self.dice.percent(6) {
                people::repeat(self);
            }
            self.step(end);
        }
        self.heal();
        let patience = self.now() + PATIENCE_MS;
        // What people asked for in the last moment may still be on its way.
        let (mut looked, mut rests) = (self.now(), 0);
        while self.now() < patience {
            self.clients();
            if self.now() >= looked {
                rests = if self.is_at_rest() { rests + 1 } else { 0 };
                if rests > 3 {
                    break;
                }
                people::attend(self);
                looked = self.now() + 3_000;
            }
            self.step(patience);
        }
        let after = self.now() + AFTER_MS;
        while self.now() < after {
            self.step(after);
        }
    }

    /// Moves time on by a little: all processes, in any order.
    fn step(&mut self, end: u64) {
        let busy = |world: &Self| world.processes.iter().map(|p| p.fate.busy.load(Ordering::Relaxed)).sum::<u64>();
        let before = busy(self);
        let quantum = match self.dice.below(8) {
            0..=2 => self.dice.within(1, 8),
            3..=5 => self.dice.within(8, 50),
            _ => self.dice.within(50, 250),
        };
        let now = self.now();
        let mut until = now + quantum;
        if let Some(next) = self.shared.services.next() {
            until = until.min(next.max(now + 1));
        }
        // Nothing went to the store in the last step: larger ones will do.
        if self.idle > 3 {
            until = until.max(now + 100 * self.idle.min(10));
        }
        let until = until.min(end.max(now + 1));
        let mut order: Vec<usize> = (0..self.processes.len()).collect();
        for i in (1..order.len()).rev() {
            order.swap(i, self.dice.below(i + 1));
        }
        for i in order {
            self.processes[i].drive(until);
        }
        self.shared.story.at(until);
        self.shared.services.advance();
        self.land();
        self.reap();
        self.idle = if busy(self) == before { self.idle + 1 } else { 0 };
    }

    /// Commits that were told to be lost.
    fn land(&mut self) {
        let now = self.now();
        let due: Vec<_> = {
            let mut late = self.shared.late.lock();
            let (due, rest) = late.drain(..).partition(|(at, _)| *at <= now);
            *late = rest;
            due
        };
        for (_, commit) in due {
            let _ = self.eye.see(self.shared.store.commit(commit));
        }
    }

    /// Notices who died and starts them again later; heals cuts.
    fn reap(&mut self) {
        let now = self.now();
        for i in 0..self.processes.len() {
            if !self.processes[i].is_alive() && !self.restarts.values().any(|n| *n == i) {
                let mut at = now + self.dice.within(10, if self.calm { 11 } else { 12_000 });
                while self.restarts.contains_key(&at) {
                    at += 1;
                }
                self.restarts.insert(at, i);
            }
        }
        while let Some(first) = self.restarts.first_entry().filter(|e| *e.key() <= now) {
            let number = first.remove();
            self.shared.story.tell(format!("p{number} starts"));
            self.processes[number].start();
        }
        self.cuts.retain(|number, until| {
            if *until <= now {
                self.processes[*number].fate.cut.store(false, Ordering::Relaxed);
                self.shared.story.tell(format!("p{number} reaches the store again"));
            }
            *until > now
        });
    }

    /// Perhaps a fault.
    fn trouble(&mut self) {
        if !self.dice.permille(25) {
            return;
        }
        let now = self.now();
        let i = self.dice.below(self.processes.len());
        if !self.processes[i].is_alive() {
            return;
        }
        let story = self.shared.story.clone();
        match self.dice.below(10) {
            0..=2 => {
                let commits = self.dice.within(1, 12);
                self.processes[i].fate.die_in(commits);
            }
            3 => {
                story.tell(format!("p{i} is killed"));
                self.processes[i].kill();
            }
            4..=6 => {
                let ms = self.dice.within(500, 30_000);
                story.tell(format!("p{i} freezes for {ms} ms"));
                self.processes[i].machine.frozen_until = now + ms;
            }
            7 | 8 => {
                let ms = self.dice.within(100, 25_000);
                story.tell(format!("p{i} cannot reach the store for {ms} ms"));
                self.processes[i].fate.cut.store(true, Ordering::Relaxed);
                self.cuts.insert(i, now + ms);
            }
            _ if self.dice.percent(40) => {
                let ms = self.dice.within(1_000, 180_000);
                story.tell(format!("p{i}'s clock jumps ahead by {ms} ms"));
                self.processes[i].fate.jump(ms);
                self.jumped = true;
            }
            _ => {
                let model = self.dice.percent(50);
                story.tell(format!("the workspace's model is {}", if model { "there" } else { "gone" }));
                self.shared.known.model.store(model, Ordering::Relaxed);
            }
        }
    }

    /// No more faults: everybody is there, thawed and connected.
    fn heal(&mut self) {
        self.shared.story.tell("no more faults");
        self.calm = true;
        self.shared.services.heal();
        for number in std::mem::take(&mut self.cuts).into_keys() {
            self.processes[number].fate.cut.store(false, Ordering::Relaxed);
        }
        for process in &mut self.processes {
            process.fate.calm.store(true, Ordering::Relaxed);
            process.fate.die_in(0);
            process.machine.frozen_until = process.machine.frozen_until.min(self.shared.story.now() + 1);
        }
        let restarts = std::mem::take(&mut self.restarts);
        for number in restarts.into_values() {
            self.processes[number].start();
        }
    }

    /// Clients ask for their runs, again and again until they are told that it is there.
    fn clients(&mut self) {
        let now = self.now();
        for i in 0..self.wanted.len() {
            if self.wanted[i].at > now || self.wanted[i].told.lock().is_some() {
                continue;
            }
            let at = self.dice.below(self.processes.len());
            let pause = self.dice.within(100, 4_000);
            let wanted = &mut self.wanted[i];
            wanted.at = now + pause;
            let new = NewRun {
                name: wanted.key.clone(),
                workflow: Some(wanted.workflow),
                input: json!({"n": wanted.n, "name": "김"}),
                by: "user:client".to_owned(),
                deadline_ms: wanted.deadline_ms,
                priority: wanted.priority,
                client_key: Some((wanted.key.clone(), Digest::of(wanted.key.as_bytes()))),
                ..NewRun::default()
            };
            let told = wanted.told.clone();
            self.processes[at].run(move |engine| async move {
                if let Ok(started) = engine.start(WS, new).await {
                    *told.lock() = Some(started.run);
                }
            });
        }
    }

    /// Every run that was asked for is there and has ended.
    fn is_at_rest(&self) -> bool {
        let all = self.wanted.iter().all(|wanted| wanted.told.lock().is_some());
        all && self.open().is_empty() && self.shared.late.lock().is_empty()
    }

    /// Runs that have not ended.
    pub fn open(&self) -> Vec<RunId> {
        let mut open: Vec<RunId> = self.headers().into_iter().filter(|h| !h.status.is_final()).map(|h| h.id).collect();
        open.sort();
        open
    }

    pub fn headers(&self) -> Vec<metel_store::Header> {
        let filter = RunFilter { limit: 1_000, ..RunFilter::default() };
        self.eye.see(self.shared.store.list_runs(WS, &filter)).unwrap()
    }
}

impl Eye {
    fn new(store: Store, known: Arc<Known>) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let hands = Arc::new(Blind);
        let engine = runtime.block_on(async {
            Engine::new(Parts {
                store,
                clock: Arc::new(FakeClock::at(Micros(0))),
                ids: Arc::new(FreshIds),
                surroundings: Arc::new(Around(known)),
                hands,
                options: Options { worker: false, ..Options::default() },
            })
        });
        Self { engine, runtime }
    }

    pub fn see<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}

/// Hands of an engine that carries nothing out.
struct Blind;

impl metel_engine::perform::Hands for Blind {
    fn instant(&self, _: &metel_engine::perform::Job) -> Option<metel_model::effect::Outcome> {
        None
    }
    fn perform(
        &self,
        _: metel_engine::perform::Job,
    ) -> futures::future::BoxFuture<'static, metel_model::effect::Outcome> {
        Box::pin(std::future::pending())
    }
}

fn processes(dice: &mut Dice, shared: &Shared) -> Vec<Process> {
    let count = dice.within(2, 4) as usize;
    let able = dice.below(count);
    (0..count)
        .map(|number| {
            // One can do everything, so that everything can end.
            let worker = number == able || dice.percent(85);
            let can = if number == able || dice.percent(30) { vec![NEED.to_owned()] } else { Vec::new() };
            let options = Options {
                worker,
                can,
                effects_max: *dice.pick(&[1, 2, 8, 256]),
                hot_runs_max: *dice.pick(&[1, 2, 1_024]),
                snapshot_events: *dice.pick(&[2, 7, 40, 256]),
                ..Options::default()
            };
            Process::new(Fate::new(number, dice.fork(), shared), options, shared.clone())
        })
        .collect()
}
