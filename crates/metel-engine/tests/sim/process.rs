//! One simulated process: an engine in a runtime of its own, whose clock stands still until the simulation
//! moves it. Dropping the runtime is the crash: every task goes, in the middle of whatever it did.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use metel_engine::caretakers::Delivery;
use metel_engine::perform::{Hands, Job};
use metel_engine::{Engine, Options, Parts};
use metel_model::Fault;
use metel_model::code::Code;
use metel_model::effect::Outcome;
use metel_model::id::IdSource;
use metel_model::time::{Clock, Micros};
use metel_store::testing::{Act, Front};
use metel_store::{Commit, OutboxRow, Signal, Store, StoreError, TaskChange};
use parking_lot::Mutex;
use serde_json::json;
use tokio::runtime::Runtime;
use tokio::sync::broadcast;
use tokio::time::Instant;
use uuid::Uuid;

use super::altered::Altered;
use super::dice::Dice;
use super::services::{Call, Services};
use super::story::{Story, seconds};
use super::tools::{Around, Known};

/// The wall clock when a simulation begins: 2026-01-01.
const EPOCH: i64 = 1_767_225_600_000_000;

/// A wall-clock time as seconds since the simulation began.
pub fn since_start(at: Micros) -> String {
    seconds(ms_since_start(at))
}

pub fn ms_since_start(at: Micros) -> u64 {
    (at.0 - EPOCH).max(0) as u64 / 1_000
}

/// What outlives the process: its number, its clock's error, its dice.
pub struct Fate {
    pub number: usize,
    dice: Mutex<Dice>,
    story: Story,
    altered: Altered,
    /// How far its wall clock is ahead, in microseconds.
    ahead: AtomicI64,
    /// It is dead: nothing goes out any more.
    doomed: AtomicBool,
    /// So many commits from now it dies, in the middle of one; 0 for never. Even: before it arrives.
    dies_in: AtomicU64,
    /// The store cannot be reached.
    pub cut: AtomicBool,
    /// No faults of its own.
    pub calm: AtomicBool,
    /// Requests that went to the store: whether anything moves.
    pub busy: AtomicU64,
    /// Commits that were told to be lost and land later: when, and what.
    late: Arc<Mutex<Vec<(u64, Commit)>>>,
    /// Signals never come here.
    deaf: Option<broadcast::Sender<Signal>>,
    delivered: Arc<Mutex<Vec<String>>>,
}

/// What all processes of a simulation share.
#[derive(Clone)]
pub struct Shared {
    pub store: Store,
    pub story: Story,
    pub services: Services,
    pub known: Arc<Known>,
    pub late: Arc<Mutex<Vec<(u64, Commit)>>>,
    pub delivered: Arc<Mutex<Vec<String>>>,
    pub altered: Altered,
}

pub struct Process {
    pub fate: Arc<Fate>,
    options: Options,
    shared: Shared,
    running: Option<Running>,
    /// Not driven before then.
    pub frozen_until: u64,
}

struct Running {
    engine: Engine,
    runtime: Runtime,
    /// When the runtime began, by the simulation's clock and by its own.
    born: u64,
    base: Instant,
}

impl Fate {
    pub fn new(number: usize, mut dice: Dice, shared: &Shared) -> Arc<Self> {
        let deaf = dice.percent(15).then(|| broadcast::channel(8).0);
        Arc::new(Self {
            number,
            dice: Mutex::new(dice),
            story: shared.story.clone(),
            altered: shared.altered,
            ahead: AtomicI64::new(0),
            doomed: AtomicBool::new(false),
            dies_in: AtomicU64::new(0),
            cut: AtomicBool::new(false),
            calm: AtomicBool::new(false),
            busy: AtomicU64::new(0),
            late: shared.late.clone(),
            deaf,
            delivered: shared.delivered.clone(),
        })
    }

    pub fn jump(&self, ms: u64) {
        self.ahead.fetch_add(ms as i64 * 1_000, Ordering::Relaxed);
    }

    pub fn die_in(&self, commits: u64) {
        self.dies_in.store(commits, Ordering::Relaxed);
    }

    fn is_doomed(&self) -> bool {
        self.doomed.load(Ordering::Relaxed)
    }

    /// Counts down to the moment of death; true when it has come.
    fn dies(&self) -> bool {
        let left = self.dies_in.load(Ordering::Relaxed);
        if left == 0 {
            return false;
        }
        self.dies_in.store(left - 1, Ordering::Relaxed);
        if left == 1 {
            self.doomed.store(true, Ordering::Relaxed);
        }
        left == 1
    }

    async fn pass(&self) {
        if self.is_doomed() {
            std::future::pending::<()>().await;
        }
    }

    async fn dawdle(&self, act: Act) {
        let calm = self.calm.load(Ordering::Relaxed);
        let ms = {
            let mut dice = self.dice.lock();
            match dice.below(200) {
                0 if !calm => dice.within(200, 6_000),
                1..=8 if !calm => dice.within(5, 200),
                9..=60 => dice.within(1, 5),
                _ if act == Act::Commit => dice.within(0, 1),
                _ => 0,
            }
        };
        if ms > 0 {
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
        self.pass().await;
    }

    fn away(&self, act: Act, why: &str) -> Result<(), StoreError> {
        self.story.tell(format!("p{} {act:?}: {why}", self.number));
        Err(StoreError::Unavailable(why.to_owned()))
    }

    fn mishap(&self) -> bool {
        !self.calm.load(Ordering::Relaxed) && self.dice.lock().permille(12)
    }
}

/// The process's way to the store.
struct Way(Arc<Fate>);

impl Front for Way {
    fn going(&self, act: Act) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let fate = &self.0;
            fate.pass().await;
            fate.busy.fetch_add(1, Ordering::Relaxed);
            if fate.cut.load(Ordering::Relaxed) {
                let ms = fate.dice.lock().within(1, 400);
                tokio::time::sleep(Duration::from_millis(ms)).await;
                fate.pass().await;
                return Err(StoreError::Unavailable("cut off".to_owned()));
            }
            fate.dawdle(act).await;
            if act == Act::Commit && fate.dies() {
                fate.story.tell(format!("p{} dies before its commit arrives", fate.number));
                fate.pass().await;
            }
            if fate.mishap() { fate.away(act, "never arrives") } else { Ok(()) }
        })
    }

    fn coming(&self, act: Act) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let fate = &self.0;
            if act == Act::Commit && fate.dies() {
                fate.story.tell(format!("p{} dies before it hears of its commit", fate.number));
                fate.pass().await;
            }
            fate.dawdle(act).await;
            if fate.mishap() { fate.away(act, "its answer is lost") } else { Ok(()) }
        })
    }

    fn arrives(&self, mut commit: Commit) -> Option<Commit> {
        let fate = &self.0;
        match fate.altered {
            Altered::NoFencing => commit.worker = None,
            Altered::TasksLost if fate.dice.lock().percent(2) => {
                commit.tasks.retain(|change| matches!(change, TaskChange::Remove { .. }));
            }
            Altered::SubscriptionsKept => {
                let keeps = |change: &metel_store::SubscriptionChange| {
                    matches!(change, metel_store::SubscriptionChange::Add(_))
                };
                commit.subscriptions.retain(keeps);
            }
            Altered::WakesLost => commit.wakes.clear(),
            Altered::LogTouched if fate.dice.lock().percent(2) => {
                commit.entry.body = commit.entry.body.replace("text", "texT");
            }
            _ => {}
        }
        let calm = fate.calm.load(Ordering::Relaxed);
        let mut dice = fate.dice.lock();
        if !calm && dice.permille(8) {
            let at = fate.story.now() + dice.within(1, 900);
            fate.story.tell(format!("p{} Commit: told to be lost, lands later", fate.number));
            fate.late.lock().push((at, commit));
            return None;
        }
        Some(commit)
    }

    fn is_alone(&self) -> bool {
        matches!(self.0.altered, Altered::NoFencing | Altered::EachAlone)
    }

    fn signals(&self) -> Option<broadcast::Receiver<Signal>> {
        self.0.deaf.as_ref().map(broadcast::Sender::subscribe)
    }
}

/// The wall clock of a process: the simulation's time and its own error.
struct Wall {
    fate: Arc<Fate>,
    born: u64,
    base: Instant,
}

impl Clock for Wall {
    fn now(&self) -> Micros {
        let own = (Instant::now() - self.base).as_micros() as i64;
        Micros(EPOCH + self.born as i64 * 1_000 + own + self.fate.ahead.load(Ordering::Relaxed))
    }
}

/// Version 7 ids from the process's dice.
struct Ids(Arc<Fate>);

impl IdSource for Ids {
    fn next(&self) -> Uuid {
        let mut dice = self.0.dice.lock();
        let ms = EPOCH as u64 / 1_000 + self.0.story.now();
        let mut bytes =
            (u128::from(ms) << 80 | u128::from(dice.next()) << 16 | u128::from(dice.next() & 0xFFFF)).to_be_bytes();
        bytes[6] = bytes[6] & 0x0F | 0x70;
        bytes[8] = bytes[8] & 0x3F | 0x80;
        Uuid::from_bytes(bytes)
    }
}

/// Sends effects to the services.
struct Outside(Arc<Fate>, Services);

impl Hands for Outside {
    fn instant(&self, job: &Job) -> Option<Outcome> {
        (job.effect.target == "s.note").then(|| Outcome::answer(json!({"url": "https://s.example/note"}), 0))
    }

    fn perform(&self, job: Job) -> BoxFuture<'static, Outcome> {
        let (fate, services) = (self.0.clone(), self.1.clone());
        Box::pin(async move {
            fate.pass().await;
            let effect = job.effect;
            let answer = services.send(Call {
                process: fate.number,
                run: effect.run,
                step: effect.step,
                intent: effect.intent,
                kind: effect.kind,
                tool: effect.target,
                key: effect.key,
                payload: job.payload.to_string(),
            });
            match answer.await {
                Ok(outcome) => outcome,
                Err(_) => std::future::pending().await,
            }
        })
    }
}

/// Takes notices; now and then the other side refuses.
struct Post(Arc<Fate>);

impl Delivery for Post {
    fn deliver<'a>(&'a self, item: &'a OutboxRow) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            self.0.pass().await;
            if self.0.mishap() {
                return Err(Fault::new(Code::NetworkFailed));
            }
            self.0.delivered.lock().push(item.body.clone());
            Ok(())
        })
    }
}

impl Process {
    pub fn new(fate: Arc<Fate>, options: Options, shared: Shared) -> Self {
        Self { fate, options, shared, running: None, frozen_until: 0 }
    }

    pub fn is_alive(&self) -> bool {
        self.running.is_some()
    }

    /// Starts it anew, with nothing but what the store holds.
    pub fn start(&mut self) {
        self.fate.doomed.store(false, Ordering::Relaxed);
        self.fate.dies_in.store(0, Ordering::Relaxed);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let (fate, shared, options, born) = (&self.fate, &self.shared, self.options.clone(), self.shared.story.now());
        let (engine, base) = runtime.block_on(async {
            let base = Instant::now();
            let engine = Engine::new(Parts {
                store: shared.store.behind(Arc::new(Way(fate.clone()))),
                clock: Arc::new(Wall { fate: fate.clone(), born, base }),
                ids: Arc::new(Ids(fate.clone())),
                surroundings: Arc::new(Around(shared.known.clone())),
                hands: Arc::new(Outside(fate.clone(), shared.services.clone())),
                options,
            });
            engine.start_caretakers(Some(Arc::new(Post(fate.clone()))));
            (engine, base)
        });
        self.running = Some(Running { engine, runtime, born, base });
    }

    /// Lets its own time go on to `until`. A process that was frozen wakes to find it late at once.
    pub fn drive(&mut self, until: u64) {
        let Some(running) = &self.running else { return };
        if until < self.frozen_until {
            return;
        }
        let thawed = std::mem::take(&mut self.frozen_until);
        let target = running.base + Duration::from_millis(until.saturating_sub(running.born));
        running.runtime.block_on(async {
            if thawed > 0 {
                tokio::time::advance(target.saturating_duration_since(Instant::now())).await;
            }
            tokio::time::sleep_until(target).await;
        });
        if self.fate.is_doomed() {
            self.kill();
        }
    }

    /// It is gone at once.
    pub fn kill(&mut self) {
        self.fate.doomed.store(true, Ordering::Relaxed);
        self.running = None;
    }

    /// Carries out something in it; nobody waits for it here.
    pub fn run<F>(&self, work: impl FnOnce(Engine) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        if let Some(running) = &self.running {
            drop(running.runtime.spawn(work(running.engine.clone())));
        }
    }
}
