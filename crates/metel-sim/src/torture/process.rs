//! A process of a torture: the real engine, with a way to the store and hands that ask the plot at every
//! place what goes wrong there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use metel_engine::Parts;
use metel_engine::caretakers::Delivery;
use metel_engine::perform::{Hands, Job};
use metel_model::code::Code;
use metel_model::effect::{Certainty, EffectKind, Outcome};
use metel_model::event::Event;
use metel_model::fault::Fault;
use metel_model::id::RunId;
use metel_model::status::RunStatus;
use metel_model::time::Clock;
use metel_rules::graph::split_step;
use metel_store::simulated::{Act, Front};
use metel_store::{Commit, OutboxRow, Signal, Store, StoreError};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::{Notify, broadcast};

use super::fault::{Kind, Moment};
use super::ground::{Around, Ground};
use super::plot::{Order, Plot};
use super::receivers::Receivers;
use crate::clock::Ids;
use crate::story::Story;

/// How long an answer that was lost is waited for, in milliseconds.
const LOST_MS: u64 = 1_000;

/// What all processes of a torture share.
#[derive(Clone)]
pub(super) struct Shared {
    pub ground: Arc<Ground>,
    pub store: Store,
    pub story: Story,
    pub plot: Arc<Mutex<Plot>>,
    pub receivers: Arc<Mutex<Receivers>>,
    pub ids: Arc<Ids>,
    /// The only process of its store, as with SQLite; else one of several.
    pub alone: bool,
    /// Something happened that the world has to look at.
    pub look: Arc<Notify>,
    /// The run that is tortured, once it is known.
    pub root: Arc<Mutex<Option<RunId>>>,
}

/// What befalls one process.
pub(super) struct Fate {
    shared: Shared,
    /// It is dead: nothing goes out any more.
    doomed: AtomicBool,
    /// It stands still.
    frozen: AtomicBool,
    thawed: Notify,
    /// After the commit that is on its way.
    dies_after: AtomicBool,
    freezes_after: AtomicBool,
    loses_answer: AtomicBool,
    ahead: Arc<AtomicI64>,
}

impl Fate {
    pub fn new(shared: Shared, ahead: Arc<AtomicI64>) -> Arc<Self> {
        Arc::new(Self {
            shared,
            doomed: AtomicBool::new(false),
            frozen: AtomicBool::new(false),
            thawed: Notify::new(),
            dies_after: AtomicBool::new(false),
            freezes_after: AtomicBool::new(false),
            loses_answer: AtomicBool::new(false),
            ahead,
        })
    }

    pub fn is_doomed(&self) -> bool {
        self.doomed.load(Ordering::Relaxed)
    }

    pub fn is_frozen(&self) -> bool {
        self.frozen.load(Ordering::Relaxed)
    }

    pub fn thaw(&self) {
        self.frozen.store(false, Ordering::Relaxed);
        self.thawed.notify_waiters();
    }

    fn die(&self, what: &str) {
        self.shared.story.tell(format!("the process dies {what}"));
        self.doomed.store(true, Ordering::Relaxed);
        self.shared.look.notify_one();
    }

    fn freeze(&self) {
        self.shared.story.tell("the process stands still");
        self.frozen.store(true, Ordering::Relaxed);
        self.shared.look.notify_one();
    }

    fn jump(&self, minutes: i64) {
        self.shared.story.tell(format!("the clock jumps by {minutes} minutes"));
        self.ahead.fetch_add(minutes * 60_000_000, Ordering::Relaxed);
    }

    /// Goes no further in a process that is dead, or until it is thawed.
    async fn pass(&self) {
        while self.is_frozen() {
            self.thawed.notified().await;
        }
        if self.is_doomed() {
            std::future::pending::<()>().await;
        }
    }

    fn order(&self, order: Order) {
        self.shared.plot.lock().orders.push(order);
        self.shared.look.notify_one();
    }

    /// The parts of an engine that meets this fate.
    pub fn parts(self: &Arc<Self>, clock: Arc<dyn Clock>) -> Parts {
        let options = metel_engine::Options {
            can: self.shared.ground.needs.clone(),
            // Where nobody loses a lease, few heartbeats do, so that long waits take little.
            lease: Duration::from_secs(if self.shared.alone { 6 * 3_600 } else { 10 }),
            poll: Duration::from_secs(if self.shared.alone { 6 * 3_600 } else { 30 }),
            ..metel_engine::Options::default()
        };
        Parts {
            store: self.shared.store.behind(Arc::new(Way(self.clone()))),
            clock,
            ids: self.shared.ids.clone(),
            surroundings: Arc::new(Around(self.shared.ground.clone())),
            hands: Arc::new(Outside(self.clone())),
            options,
        }
    }

    pub fn post(self: &Arc<Self>) -> Arc<dyn Delivery> {
        Arc::new(Post(self.clone()))
    }
}

/// What a commit is called: `command.step`.
fn name_of(commit: &Commit) -> String {
    let events: Vec<Event> = commit.entry.events().unwrap_or_default();
    match events.iter().find_map(Event::step) {
        Some(step) if commit.entry.command != "start" => format!("{}.{step}", commit.entry.command),
        _ => commit.entry.command.clone(),
    }
}

struct Way(Arc<Fate>);

impl Front for Way {
    fn going(&self, _: Act) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.0.pass().await;
            Ok(())
        })
    }

    fn arrives(&self, commit: Commit) -> Option<Commit> {
        let fate = &self.0;
        let name = name_of(&commit);
        let kinds = fate.shared.plot.lock().reach(Moment::BeforeCommit, &name);
        for kind in kinds {
            match kind {
                Kind::Crash => {
                    fate.die(&format!("before it writes {name}"));
                    return None;
                }
                Kind::Clock(minutes) => fate.jump(minutes),
                _ => {}
            }
        }
        let kinds = fate.shared.plot.lock().reach(Moment::AfterCommit, &name);
        for kind in kinds {
            match kind {
                Kind::Crash => fate.dies_after.store(true, Ordering::Relaxed),
                Kind::Freeze => fate.freezes_after.store(true, Ordering::Relaxed),
                Kind::Lose => fate.loses_answer.store(true, Ordering::Relaxed),
                Kind::Clock(minutes) => fate.jump(minutes),
                Kind::Cancel => fate.order(Order::Cancel),
                _ => {}
            }
        }
        if commit.run.status.is_final() || commit.run.status == RunStatus::Waiting {
            fate.shared.look.notify_one();
        }
        if commit.run.parent.is_none() {
            *fate.shared.root.lock() = Some(commit.run.id);
        }
        fate.shared.story.tell(format!("{} {name}", commit.run.name));
        Some(commit)
    }

    fn coming(&self, act: Act) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let fate = &self.0;
            if act == Act::Commit {
                if fate.dies_after.swap(false, Ordering::Relaxed) {
                    fate.die("before it hears of its commit");
                }
                if fate.freezes_after.swap(false, Ordering::Relaxed) {
                    fate.freeze();
                }
                if fate.loses_answer.swap(false, Ordering::Relaxed) {
                    return Err(StoreError::Unavailable("the answer is lost".to_owned()));
                }
            }
            fate.pass().await;
            Ok(())
        })
    }

    fn is_alone(&self) -> bool {
        self.0.shared.alone
    }

    fn signals(&self) -> Option<broadcast::Receiver<Signal>> {
        None
    }
}

/// Takes notices.
struct Post(Arc<Fate>);

impl Delivery for Post {
    fn deliver<'a>(&'a self, _: &'a OutboxRow) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            self.0.pass().await;
            Ok(())
        })
    }
}

/// Sends effects to the receivers.
struct Outside(Arc<Fate>);

impl Hands for Outside {
    fn instant(&self, _: &Job) -> Option<Outcome> {
        None
    }

    fn perform(&self, job: Job) -> BoxFuture<'static, Outcome> {
        let fate = self.0.clone();
        Box::pin(async move { fate.call(job).await })
    }
}

impl Fate {
    async fn call(self: Arc<Self>, job: Job) -> Outcome {
        self.pass().await;
        let is_tool = job.effect.kind == EffectKind::Tool;
        // The question whether a call happened is another call.
        let name = match job.effect.kind {
            EffectKind::Reconcile => format!("{}?", job.effect.step),
            _ => job.effect.step.clone(),
        };
        let (kinds, way) = {
            let mut plot = self.shared.plot.lock();
            (plot.reach(Moment::BeforeCall, &name), plot.way())
        };
        for kind in kinds {
            match kind {
                Kind::Crash => self.die(&format!("before it calls {name}")),
                Kind::Freeze => self.freeze(),
                Kind::Clock(minutes) => self.jump(minutes),
                Kind::Error => return self.error(&job),
                Kind::Fail => {
                    self.shared.story.tell(format!("{name} fails for good"));
                    let code = if is_tool { Code::ToolFailed } else { Code::ModelRefused };
                    return Outcome::fault(Fault::new(code), Certainty::Certain, 5);
                }
                _ => {}
            }
            self.pass().await;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        let answer = self.arrive(&job);
        let kinds = self.shared.plot.lock().reach(Moment::AfterCall, &name);
        let mut outcome = Outcome { status: is_tool.then_some(200), ..Outcome::answer(answer, way) };
        for kind in kinds {
            match kind {
                Kind::Crash => self.die(&format!("after {name} has acted")),
                Kind::Freeze => self.freeze(),
                Kind::Clock(minutes) => self.jump(minutes),
                Kind::Error => outcome = self.error(&job),
                Kind::Lose => {
                    self.shared.story.tell(format!("the answer of {name} is lost"));
                    tokio::time::sleep(Duration::from_millis(LOST_MS)).await;
                    outcome = Outcome::fault(Fault::new(Code::ToolTimeout), Certainty::Ambiguous, LOST_MS);
                }
                Kind::Repeat => self.order(Order::Observe {
                    run: job.effect.run,
                    step: job.effect.step.clone(),
                    intent: job.effect.intent,
                    outcome: Box::new(outcome.clone()),
                }),
                _ => {}
            }
            self.pass().await;
        }
        tokio::time::sleep(Duration::from_millis(way)).await;
        self.pass().await;
        outcome
    }

    fn error(&self, job: &Job) -> Outcome {
        self.shared.story.tell(format!("{} answers with an error", job.effect.step));
        match job.effect.kind {
            EffectKind::Tool => Outcome { status: Some(500), ..Outcome::answer(json!({}), 5) },
            _ => Outcome::fault(Fault::new(Code::ModelUnreachable), Certainty::Certain, 5),
        }
    }

    /// What the other side does and answers.
    fn arrive(&self, job: &Job) -> Value {
        let (ground, step) = (&self.shared.ground, &job.effect.step);
        let node = split_step(step).0;
        let choice = self.shared.plot.lock().choice(Moment::BeforeCall, node);
        let of = |list: &[Value]| list.get(choice).or(list.first()).cloned().unwrap_or_default();
        match job.effect.kind {
            EffectKind::Tool => {
                let Some(compiled) = &job.contract else { return Value::Null };
                let answer = ground.tool(&job.effect.target).map(|tool| of(&tool.answers)).unwrap_or_default();
                let mut receivers = self.shared.receivers.lock();
                receivers.take(job, compiled, &answer)
            }
            EffectKind::Reconcile => self.shared.receivers.lock().told(job),
            _ => ground.replies.get(node).map(|list| of(list)).unwrap_or_else(|| json!({"text": "sample text"})),
        }
    }
}
