//! A process of the simulation: a machine whose way to the store and to the services is full of mishaps.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures::future::BoxFuture;
use metel_engine::caretakers::Delivery;
use metel_engine::perform::{Hands, Job};
use metel_engine::{Engine, Options, Parts};
use metel_model::Fault;
use metel_model::code::Code;
use metel_model::effect::Outcome;
use metel_sim::{Dice, Ids, Machine, Story};
use metel_store::simulated::{Act, Front};
use metel_store::{Commit, OutboxRow, Signal, Store, StoreError, TaskChange};
use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::broadcast;

use super::altered::Altered;
use super::services::{Call, Services};
use super::tools::{Around, Known};

/// What outlives the process: its number, its clock's error, its dice.
pub struct Fate {
    pub number: usize,
    dice: Arc<Mutex<Dice>>,
    story: Story,
    altered: Altered,
    /// How far its wall clock is ahead, in microseconds.
    ahead: OnceLock<Arc<AtomicI64>>,
    ids: Arc<Ids>,
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
    pub machine: Machine,
}

impl Fate {
    pub fn new(number: usize, mut dice: Dice, shared: &Shared) -> Arc<Self> {
        let deaf = dice.percent(15).then(|| broadcast::channel(8).0);
        let dice = Arc::new(Mutex::new(dice));
        let ids = Arc::new(Ids::new(dice.clone(), shared.story.clone()));
        Arc::new(Self {
            number,
            dice,
            story: shared.story.clone(),
            altered: shared.altered,
            ahead: OnceLock::new(),
            ids,
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
        if let Some(ahead) = self.ahead.get() {
            ahead.fetch_add(ms as i64 * 1_000, Ordering::Relaxed);
        }
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
        let machine = Machine::new(shared.story.clone());
        fate.ahead.set(machine.ahead.clone()).unwrap();
        Self { fate, options, shared, machine }
    }

    pub fn is_alive(&self) -> bool {
        self.machine.is_alive()
    }

    /// Starts it anew, with nothing but what the store holds.
    pub fn start(&mut self) {
        self.fate.doomed.store(false, Ordering::Relaxed);
        self.fate.dies_in.store(0, Ordering::Relaxed);
        let (fate, shared, options) = (&self.fate, &self.shared, self.options.clone());
        let parts = |clock| Parts {
            store: shared.store.behind(Arc::new(Way(fate.clone()))),
            clock,
            ids: fate.ids.clone(),
            surroundings: Arc::new(Around(shared.known.clone())),
            hands: Arc::new(Outside(fate.clone(), shared.services.clone())),
            options,
        };
        self.machine.start(parts, Some(Arc::new(Post(fate.clone())))).unwrap();
    }

    /// Lets its own time go on to `until`.
    pub fn drive(&mut self, until: u64) {
        self.machine.drive(until);
        if self.fate.is_doomed() {
            self.kill();
        }
    }

    /// It is gone at once.
    pub fn kill(&mut self) {
        self.fate.doomed.store(true, Ordering::Relaxed);
        self.machine.kill();
    }

    /// Carries out something in it; nobody waits for it here.
    pub fn run<F>(&self, work: impl FnOnce(Engine) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.machine.run(work);
    }
}
