//! The one loop that drives runs: load, decide, commit, perform.
//!
//! Commands for a run queue in its mailbox; whoever sends the first one starts the driver, and the
//! driver leaves when the mailbox is empty. Effects run beside it and come back as commands. A
//! command is answered only when what it decided is durable.

mod begin;
mod commit;
mod crash;
mod dead;
mod flying;
mod hot;
mod load;
mod mailbox;
mod post;
mod unsure;

use std::collections::{HashMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::FutureExt;
use metel_model::Fault;
use metel_model::code::Code;
use metel_model::command::Command;
use metel_model::conversation::RESULT_INLINE_BYTES_MAX;
use metel_model::event::Event;
use metel_model::hash::Digest;
use metel_model::id::{RunId, WorkerId, WorkspaceId};
use metel_model::run::Run;
use metel_model::stored::{INLINE_BYTES_MAX, Stored};
use metel_model::time::Micros;
use metel_rules::graph::called_by;
use metel_rules::run::{Able, Context, Decision, Env, Refusal, react, transition};
use metel_store::{Blob, ClientKey, Committed, Header, StoreError};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

pub(crate) use flying::Flying;
pub(crate) use hot::Hot;
pub(crate) use mailbox::Mailboxes;

use crate::engine::Engine;
use crate::facts::Bound;
use crate::library::Shelf;
use crate::live::Moved;
use crate::sealing::Seal;
use unsure::{Unsure, is_passing};

/// Times that a command is decided anew when other processes were faster or values had to be read.
const ATTEMPTS_MAX: u32 = 64;

/// The first and the longest wait for a store that cannot be reached.
const WAIT: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(2));

/// A command on its way to a run.
pub(crate) struct Ask {
    pub command: Command,
    /// `user:…`, `worker`, `system`.
    pub actor: String,
    pub client_key: Option<ClientKey>,
    pub reply: Option<oneshot::Sender<Result<Reply, Fault>>>,
    /// Told when the run has ended or waits for something.
    pub at_rest: Option<oneshot::Sender<Header>>,
    /// What came of an effect: it counts as on its way until it was carried out.
    pub outcome: Option<OnItsWay>,
}

/// An outcome, or a decision, on its way into the log; a process that ends waits for it.
pub(crate) struct OnItsWay(Arc<AtomicUsize>);

impl OnItsWay {
    pub fn begins(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count.clone())
    }
}

impl Drop for OnItsWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// How a command was taken.
#[derive(Debug, Clone)]
pub enum Reply {
    Done(Box<Header>),
    /// The client key came before, for this run and this body.
    Known {
        run: RunId,
        body: Digest,
    },
}

impl Ask {
    pub fn quiet(command: Command, actor: &str) -> Self {
        Self { command, actor: actor.to_owned(), client_key: None, reply: None, at_rest: None, outcome: None }
    }
}

impl Engine {
    /// Sends a command and waits until it is durable or refused.
    pub async fn command(
        &self,
        workspace: WorkspaceId,
        run: RunId,
        command: Command,
        actor: &str,
    ) -> Result<Header, Fault> {
        let (reply, answer) = oneshot::channel();
        self.send(workspace, run, Ask { reply: Some(reply), ..Ask::quiet(command, actor) }).await?;
        match answer.await {
            Ok(Ok(Reply::Done(header))) => Ok(*header),
            Ok(Ok(Reply::Known { .. })) => Err(Fault::new(Code::KeyReused)),
            Ok(Err(fault)) => Err(fault),
            Err(_) => Err(stopped()),
        }
    }

    fn launch(&self, driver: Driver) {
        let (engine, run) = (self.clone(), driver.id);
        let driving: futures::future::BoxFuture<'static, ()> = Box::pin(async move {
            if AssertUnwindSafe(driver.drive()).catch_unwind().await.is_err() {
                engine.park(run);
            }
        });
        self.0.tasks.spawn(driving);
    }

    /// A run made its driver panic, and would again: it is left alone until this process starts anew.
    fn park(&self, run: RunId) {
        tracing::error!(%run, "a run made metel panic and is left alone until the next start");
        self.0.parked.lock().insert(run);
        self.0.mailboxes.remove(run);
    }

    /// Whether the run is left alone here.
    pub(crate) fn is_parked(&self, run: RunId) -> bool {
        self.0.parked.lock().contains(&run)
    }

    /// Sends a command without waiting for it.
    pub(crate) fn send_later(&self, workspace: WorkspaceId, run: RunId, ask: Ask) {
        let engine = self.clone();
        let sending: futures::future::BoxFuture<'static, ()> = Box::pin(async move {
            let _ = engine.send(workspace, run, ask).await;
        });
        self.0.tasks.spawn(sending);
    }

    /// Puts a command into the run's mailbox, starting its driver when there is none.
    pub(crate) async fn send(&self, workspace: WorkspaceId, run: RunId, mut ask: Ask) -> Result<(), Fault> {
        loop {
            if self.0.stop.is_cancelled() {
                return Err(stopped());
            }
            if self.is_parked(run) {
                return Err(Fault::new(Code::Internal).about(format!("{run} makes metel panic and is left alone")));
            }
            let (sender, receiver) = self.0.mailboxes.open(run);
            if let Some(receiver) = receiver {
                self.launch(Driver::new(self.clone(), workspace, run, receiver));
            }
            match sender.send(ask).await {
                Ok(()) => return Ok(()),
                Err(back) => ask = back.0,
            }
        }
    }
}

pub(crate) fn stopped() -> Fault {
    Fault::new(Code::Overloaded).detail("metel is stopping", "metel이 꺼지는 중이에요").retry_after_ms(2_000)
}

/// Drives one run while there is something to do.
pub(crate) struct Driver {
    engine: Engine,
    workspace: WorkspaceId,
    id: RunId,
    receiver: mpsc::Receiver<Ask>,
    /// Commands that came up while another was carried out.
    own: VecDeque<Ask>,
    run: Option<Run>,
    /// Whether the state was read from the store for the command that is carried out.
    fresh: bool,
    /// Stored values that this run's decisions have asked for.
    blobs: HashMap<Digest, Arc<Value>>,
    at_rest: Vec<oneshot::Sender<Header>>,
    /// The name under which the newest commit holds what it holds.
    me: WorkerId,
    /// A commit whose end was not told.
    unsure: Option<Unsure>,
    /// Commands taken so far.
    turn: u64,
    /// The key that seals this run's record, where it is about a subject.
    seal: Option<Arc<Seal>>,
}

impl Driver {
    fn new(engine: Engine, workspace: WorkspaceId, id: RunId, receiver: mpsc::Receiver<Ask>) -> Self {
        let run = engine.0.hot.take(id);
        let me = engine.worker();
        Self {
            engine,
            workspace,
            id,
            receiver,
            own: VecDeque::new(),
            run,
            fresh: false,
            blobs: HashMap::new(),
            at_rest: Vec::new(),
            me,
            unsure: None,
            turn: 0,
            seal: None,
        }
    }

    async fn drive(mut self) {
        loop {
            let ask = match self.own.pop_front() {
                Some(ask) => ask,
                None => match self.receiver.try_recv() {
                    Ok(ask) => ask,
                    Err(_) => {
                        // Given back before the mailbox closes, so that the next driver finds it.
                        if let Some(run) = self.run.take()
                            && !run.status.is_final()
                        {
                            self.engine.0.hot.give(run);
                        }
                        if self.at_rest.is_empty()
                            && let Some(slipped) = self.engine.0.mailboxes.close(self.id, &mut self.receiver)
                        {
                            for ask in slipped {
                                let _ = self.engine.send(self.workspace, self.id, ask).await;
                            }
                            return;
                        }
                        tokio::select! {
                            biased;
                            () = self.engine.0.stop.cancelled() => return,
                            ask = self.receiver.recv() => match ask {
                                Some(ask) => {
                                    self.run = self.engine.0.hot.take(self.id);
                                    ask
                                }
                                None => return,
                            },
                        }
                    }
                },
            };
            self.take(ask).await;
        }
    }

    async fn take(&mut self, mut ask: Ask) {
        self.at_rest.extend(ask.at_rest.take());
        let reply = ask.reply.take();
        self.turn += 1;
        // What is being decided may begin an effect yet: a process that ends waits for it.
        let on_its_way = OnItsWay::begins(&self.engine.0.outcomes);
        let result = self.carry_out(ask, reply.is_some()).await;
        drop(on_its_way);
        match (reply, result) {
            (Some(reply), result) => {
                let _ = reply.send(result);
            }
            (None, Err(fault)) => tracing::debug!(run = %self.id, %fault, "a command was refused"),
            (None, Ok(_)) => {}
        }
        self.find_out().await;
    }

    /// Decides a command until its commit is durable or it is refused. What came of an effect must not be
    /// lost to a passing fault; a person, who waits for the answer, is told and can ask again.
    async fn carry_out(&mut self, mut ask: Ask, waited_for: bool) -> Result<Reply, Fault> {
        let mut blobs = Vec::new();
        match &mut ask.command {
            Command::Observe { step, intent, outcome } => {
                self.engine.0.flying.ends(self.id, step, *intent);
                let is_call = called_by(step).is_some();
                let most = if is_call { RESULT_INLINE_BYTES_MAX } else { INLINE_BYTES_MAX };
                self.keep_larger(&mut outcome.output, most, &mut blobs);
            }
            Command::Withdraw { step, intent } => self.engine.0.flying.ends(self.id, step, *intent),
            Command::Rescue { step, intent } if self.engine.0.flying.has(self.id, step, *intent) => {
                return Err(Fault::new(Code::RunStale).about("the call is still under way here"));
            }
            Command::Start { started, .. } => self.keep_large(&mut started.input, &mut blobs),
            Command::Fork { forked, .. } => {
                if let Some(input) = &mut forked.input {
                    self.keep_large(input, &mut blobs);
                }
            }
            Command::Deliver { payload, .. } => self.keep_large(payload, &mut blobs),
            Command::Submit { values, .. } => self.keep_large(values, &mut blobs),
            _ => {}
        }
        self.fresh = false;
        let mut wait = WAIT.0;
        let mut attempts = 0;
        while attempts < ATTEMPTS_MAX {
            match self.attempt(&ask, &blobs).await {
                Ok(Some(reply)) => return Ok(reply),
                Ok(None) => attempts += 1,
                Err(fault) if !waited_for && is_passing(&fault) => self.outwait(&fault, &mut wait).await?,
                Err(fault) => return Err(fault),
            }
        }
        Err(Fault::new(Code::RunStale).about(self.id))
    }

    /// Takes a use of every standing rule that this decision leans on; where one is used up or revoked it has to
    /// be decided anew, without it.
    async fn use_standing(&mut self, decision: &Decision, now: Micros) -> Result<bool, Fault> {
        for event in &decision.events {
            let Event::StandingUsed { step, rule, digest } = event else { continue };
            let store = &self.engine.0.store;
            match store.use_standing(self.workspace, *rule, self.id, step, *digest, now).await {
                Ok(true) => {}
                taken => {
                    self.run = None;
                    self.engine.0.present.forget(self.workspace);
                    taken?;
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Decides once and commits; none when it has to be decided anew.
    async fn attempt(&mut self, ask: &Ask, blobs: &[Blob]) -> Result<Option<Reply>, Fault> {
        if let Some(header) = self.settle().await? {
            return Ok(Some(Reply::Done(Box::new(header))));
        }
        if self.run.is_none() {
            self.load(&ask.command).await?;
        }
        if let Err(fault) = self.unseal(&ask.command).await {
            self.run = None;
            return Err(fault);
        }
        let facts = self.engine.facts(self.workspace).await?;
        let Some(run) = self.run.as_ref() else { return Err(Fault::new(Code::RunNotFound).about(self.id)) };
        let before = commit::Places::of(run);
        let (seq, version, head) = (run.seq, run.version, run.head);
        let timer = crash::is_timer(run, &ask.command);
        let now = self.engine.now();
        metel_store::crash::poison("drive", || run.name.clone());
        let decision = match self.decide(&facts, ask, now) {
            Ok(decision) => decision,
            Err(Refusal::Needs(digests)) => {
                self.read(&digests, &ask.command).await?;
                return Ok(None);
            }
            // Another process may have moved the run on meanwhile: a refusal holds for what is stored.
            Err(_) if !self.fresh => {
                self.run = None;
                return Ok(None);
            }
            Err(refusal) => return Err(self.refused(&ask.command, refusal)),
        };
        self.keep_programs(&decision);
        let woken = match &ask.command {
            Command::Wake { step } => Some(step.as_str()),
            _ => None,
        };
        let command = ask.command.name();
        let moment = commit::Moment { seq, version, head, now, actor: &ask.actor, command, woken };
        // A child's workflow may not have been read in this process yet.
        for event in &decision.events {
            if let Event::ChildStarted { workflow, .. } = event
                && let Err(fault) = self.engine.program(self.workspace, *workflow).await
            {
                self.run = None;
                return Err(fault);
            }
        }
        if !self.use_standing(&decision, now).await? {
            return Ok(None);
        }
        let mut commit = match self.build(&before, &decision, &moment) {
            Ok(commit) => commit,
            Err(fault) => {
                self.run = None;
                return Err(fault);
            }
        };
        commit.client_key.clone_from(&ask.client_key);
        commit.blobs.extend(blobs.iter().cloned());
        if let Err(fault) = self.keep_beside(&mut commit).await {
            self.run = None;
            return Err(fault);
        }
        let (header, worker) = (commit.run.clone(), commit.worker);
        self.me = worker.unwrap_or(self.me);
        let after = crash::before(&ask.command, timer, &commit);
        let began = Instant::now();
        self.engine.0.admission.commit_begins(began);
        let committed = self.engine.0.store.commit(commit).await;
        self.engine.0.admission.commit_ends(began, Instant::now());
        if committed == Ok(Committed::Accepted) {
            after.pass();
            // Whatever else was on its way has lost its place.
            self.unsure = None;
            self.accepted(&header, decision, (seq, now, &ask.actor)).await;
            return Ok(Some(Reply::Done(Box::new(header))));
        }
        self.run = None;
        match committed {
            // Its own key, from the try whose end was not told.
            Ok(Committed::Known { run, .. }) if run == self.id && self.unsure.is_some() => Ok(None),
            Ok(Committed::Known { run, body }) => Ok(Some(Reply::Known { run, body })),
            Ok(Committed::Fenced) => {
                self.engine.fenced(worker);
                match ask.command {
                    // The task is another worker's by now.
                    Command::Observe { .. }
                    | Command::Withdraw { .. }
                    | Command::Rescue { .. }
                    | Command::Wake { .. }
                    | Command::ChildDone { .. } => Err(Fault::new(Code::RunStale).about("this worker was replaced")),
                    // What people ask for is nobody's task.
                    _ => Ok(None),
                }
            }
            Ok(Committed::Accepted | Committed::Stale) => Ok(None),
            Err(error) => {
                if matches!(error, StoreError::Unavailable(_)) {
                    let (turn, me, actor) = (self.turn, self.me, ask.actor.clone());
                    self.unsure = Some(Unsure { turn, me, header, decision, seq, at: now, actor });
                }
                Err(error.into())
            }
        }
    }

    fn decide(&mut self, facts: &Bound, ask: &Ask, now: Micros) -> Result<Decision, Refusal> {
        let definitions = self.engine.definitions(self.workspace);
        let context = Context {
            now,
            actor: ask.actor.clone(),
            starts: self.engine.room(),
            able: Able::To(self.engine.0.options.can.clone()),
        };
        let Some(run) = self.run.as_mut() else { return Err(Refusal::Stale) };
        let shelf = Shelf { programs: &self.engine.0.programs, definitions: definitions.as_ref(), blobs: &self.blobs };
        let env = Env { library: &shelf, facts: &facts.facts, facts_digest: facts.digest };
        transition(run, &env, ask.command.clone(), &context)
    }

    /// Moves a large value out of the command; it is committed beside the event that names it.
    fn keep_large(&mut self, stored: &mut Stored, blobs: &mut Vec<Blob>) {
        self.keep_larger(stored, INLINE_BYTES_MAX, blobs);
    }

    fn keep_larger(&mut self, stored: &mut Stored, most: usize, blobs: &mut Vec<Blob>) {
        let Stored::Inline(value) = &*stored else { return };
        let plain = value.get("$blob").is_none();
        if plain && metel_model::json::is_surely_within(value, most) {
            return;
        }
        let text = value.to_string();
        if plain && text.len() <= most {
            return;
        }
        let value = value.clone();
        let bytes = text.len() as u64;
        let blob = Blob::of(text);
        self.blobs.insert(blob.digest, value);
        *stored = Stored::Blob { digest: blob.digest, bytes };
        blobs.push(blob);
    }

    fn keep_programs(&mut self, decision: &Decision) {
        for (digest, text) in &decision.blobs {
            let Ok(value) = serde_json::from_str::<Value>(text) else { continue };
            let starts = |event: &metel_model::event::Event| matches!(event, metel_model::event::Event::ChildStarted { workflow, .. } if workflow == digest);
            if (self.run.as_ref().is_some_and(|run| run.workflow == Some(*digest))
                || decision.events.iter().any(starts))
                && let Ok(workflow) = serde_json::from_value(value.clone())
                && let Ok(program) = metel_rules::graph::Program::compile(workflow)
            {
                self.engine.keep_program(program);
            }
            self.blobs.insert(*digest, Arc::new(value));
        }
    }

    fn refused(&mut self, command: &Command, refusal: Refusal) -> Fault {
        match refusal {
            Refusal::Fault(fault) => *fault,
            Refusal::Final => Fault::new(Code::RunFinal).about(self.id),
            Refusal::Stale => Fault::new(Code::RunStale).about(format!("{} {}", self.id, command.name())),
            Refusal::NotDue(at) => Fault::new(Code::RunStale).about(format!("not before {}", at.rfc3339())),
            Refusal::Needs(digests) => Fault::new(Code::StoreCorrupt).about(format!("{digests:?}")),
        }
    }

    /// After the commit: tell who watches, and begin what the events ask for.
    async fn accepted(&mut self, header: &Header, decision: Decision, (seq, at, actor): (u64, Micros, &str)) {
        let Some(run) = self.run.as_ref() else { return };
        let effects = if self.engine.0.options.worker { react(run, &decision.events) } else { Vec::new() };
        let rests = run.status.is_final() || run.status == metel_model::status::RunStatus::Waiting;
        if rests {
            for told in self.at_rest.drain(..) {
                let _ = told.send(header.clone());
            }
        }
        self.cancel_children(&decision.events).await;
        if self.engine.0.live.is_watched(self.workspace, self.id) {
            self.engine.0.live.tell(Moved {
                header: header.clone(),
                seq,
                at,
                actor: actor.to_owned(),
                events: Arc::new(decision.events),
            });
        }
        for effect in effects {
            self.begin(effect).await;
        }
        if header.status.is_final() {
            self.blobs.clear();
        }
    }

    /// Children of a run that ends before them end with it.
    async fn cancel_children(&self, events: &[metel_model::event::Event]) {
        use metel_model::event::Event;
        let ends = events.iter().any(|e| matches!(e, Event::RunFailed { .. } | Event::RunCancelled { .. }));
        if !ends {
            return;
        }
        let store = &self.engine.0.store;
        let filter = metel_store::RunFilter { parent: Some(self.id), limit: 1_000, ..Default::default() };
        let Ok(children) = store.list_runs(self.workspace, &filter).await else { return };
        for child in children.into_iter().filter(|c| !c.status.is_final()) {
            let cancel = Command::Cancel { by: "system".to_owned(), reason: Some("the parent run ended".to_owned()) };
            self.engine.send_later(self.workspace, child.id, Ask::quiet(cancel, "system"));
        }
    }
}
