//! One process's engine: its parts, and how it starts and stops.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::hash::Digest;
use metel_model::id::{IdSource, RunId, WorkerId, WorkspaceId};
use metel_model::time::{Clock, Micros};
use metel_rules::graph::Program;
use metel_store::Store;
use metel_store::crash::{Point, reach};
use parking_lot::Mutex;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admission::{Admission, Limits, Load, Urgency};
use crate::drive::{Flying, Hot, Mailboxes};
use crate::facts::{Bound, Present};
use crate::keys::Keys;
use crate::library::{Definitions, Programs};
use crate::live::Live;
use crate::options::Options;
use crate::perform::Hands;

/// What an engine is made of. Built in one place, passed in whole.
pub struct Parts {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn IdSource>,
    /// Gives each workspace's definitions and facts.
    pub surroundings: Arc<dyn Surroundings>,
    /// Carries out effects.
    pub hands: Arc<dyn Hands>,
    pub options: Options,
}

/// What surrounds a workspace's runs and may change while they go on.
pub trait Surroundings: Send + Sync {
    fn definitions(&self, workspace: WorkspaceId) -> Arc<dyn Definitions>;
    fn facts(&self, workspace: WorkspaceId)
    -> futures::future::BoxFuture<'_, Result<metel_model::facts::Facts, Fault>>;
    /// Another process may have changed any of it: it is read anew.
    fn refresh(&self) -> futures::future::BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async { Ok(()) })
    }
    /// Who seals and signs for workspaces; nobody where nothing is signed.
    fn keys(&self) -> Option<&dyn Keys> {
        None
    }
}

/// The engine. Clones share it.
#[derive(Clone)]
pub struct Engine(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn IdSource>,
    pub surroundings: Arc<dyn Surroundings>,
    pub hands: Arc<dyn Hands>,
    pub options: Options,
    /// Changes when this process was thought dead: its old name is fenced.
    pub worker: parking_lot::RwLock<WorkerId>,
    pub live: Live,
    pub programs: Programs,
    pub present: Present,
    pub mailboxes: Mailboxes,
    pub hot: Hot,
    pub effects: AtomicUsize,
    /// Outcomes of effects, and decisions, that are not in the log yet.
    pub outcomes: Arc<AtomicUsize>,
    pub flying: Flying,
    /// Runs that made their driver panic.
    pub parked: Mutex<HashSet<RunId>>,
    pub admission: Admission,
    /// Rights of tokens, looked up lately.
    pub accesses: Mutex<HashMap<Digest, (std::time::Instant, Arc<crate::gateway::Access>)>>,
    /// This worker's heart has been heard under its present name.
    pub known: AtomicBool,
    /// Until when this worker's leases hold.
    pub lease_until: Mutex<tokio::time::Instant>,
    /// No new effects are begun.
    pub draining: AtomicBool,
    pub stop: CancellationToken,
    pub tasks: TaskTracker,
}

/// How old known facts may be before they are read again.
const FACTS_AGE_MAX: std::time::Duration = std::time::Duration::from_secs(5);

impl Engine {
    pub fn new(parts: Parts) -> Self {
        let worker = WorkerId(parts.ids.next());
        let hot = Hot::new(parts.options.hot_runs_max);
        let lease_until = tokio::time::Instant::now() + parts.options.lease;
        Self(Arc::new(Inner {
            store: parts.store,
            clock: parts.clock,
            ids: parts.ids,
            surroundings: parts.surroundings,
            hands: parts.hands,
            options: parts.options,
            worker: parking_lot::RwLock::new(worker),
            live: Live::default(),
            programs: Programs::default(),
            present: Present::default(),
            mailboxes: Mailboxes::default(),
            hot,
            effects: AtomicUsize::new(0),
            outcomes: Arc::default(),
            flying: Flying::default(),
            parked: Mutex::default(),
            admission: Admission::default(),
            accesses: Mutex::default(),
            known: AtomicBool::new(false),
            lease_until: Mutex::new(lease_until),
            draining: AtomicBool::new(false),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }))
    }

    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Everything in the background, which a stop waits for.
    pub(crate) fn tasks(&self) -> &TaskTracker {
        &self.0.tasks
    }

    /// Cancelled when this engine stops.
    pub(crate) fn stopping(&self) -> CancellationToken {
        self.0.stop.clone()
    }

    pub fn live(&self) -> &Live {
        &self.0.live
    }

    pub fn worker(&self) -> WorkerId {
        *self.0.worker.read()
    }

    /// This process was thought dead under the name `old`. Whatever it held is others' now; it goes on
    /// under a new name once its heart was heard.
    pub(crate) fn fenced(&self, old: Option<WorkerId>) {
        let mut name = self.0.worker.write();
        if Some(*name) != old {
            return;
        }
        self.0.known.store(false, Ordering::SeqCst);
        *name = WorkerId(self.0.ids.next());
        tracing::warn!(old = ?old, new = %*name, "this worker was fenced and goes on under a new name");
        drop(name);
        self.0.hot.forget();
    }

    pub fn now(&self) -> Micros {
        self.0.clock.now()
    }

    pub fn ids(&self) -> &dyn IdSource {
        self.0.ids.as_ref()
    }

    pub fn definitions(&self, workspace: WorkspaceId) -> Arc<dyn Definitions> {
        self.0.surroundings.definitions(workspace)
    }

    /// Effects that this process carries out now.
    pub fn effects_in_flight(&self) -> usize {
        self.0.effects.load(Ordering::SeqCst)
    }

    /// What this process bears now.
    pub fn load_now(&self) -> Load {
        Load {
            drives: self.0.mailboxes.count() as u64,
            commit_ms: self.0.admission.commit_ms(tokio::time::Instant::now()),
            due: self.0.admission.due(),
        }
    }

    /// Whether another start is taken now.
    pub(crate) fn admit(&self, urgency: Urgency) -> Result<(), Fault> {
        let options = &self.0.options;
        let limits =
            Limits { drives: options.drives_max as u64, commit_ms: options.commit_ms_max, due: options.due_max };
        if self.0.admission.asks(tokio::time::Instant::now()) {
            let engine = self.clone();
            self.0.tasks.spawn(async move {
                let due = engine.0.store.due_tasks(engine.now()).await.ok();
                engine.0.admission.looked(due, tokio::time::Instant::now());
            });
        }
        self.load_now().admit(&limits, urgency)
    }

    /// Something that decisions look at was changed: it is read again, here and in other processes.
    pub fn facts_changed(&self, workspace: WorkspaceId) {
        self.0.present.forget(workspace);
        self.0.store.signal_surroundings();
    }

    /// Another process has changed what decisions look at.
    pub(crate) async fn refresh(&self) {
        self.0.present.age_all();
        if let Err(fault) = self.0.surroundings.refresh().await {
            tracing::warn!(%fault, "what other processes changed could not be read");
        }
    }

    /// The workspace's facts now; a digest that is new is stored before anybody refers to it.
    pub async fn facts(&self, workspace: WorkspaceId) -> Result<Bound, Fault> {
        if let Some(bound) = self.0.present.get(workspace, FACTS_AGE_MAX) {
            return Ok(bound);
        }
        let facts = self.0.surroundings.facts(workspace).await?;
        let (bound, text) = Bound::new(facts);
        self.0.store.put_blob(workspace, text).await?;
        self.0.present.put(workspace, bound.clone());
        Ok(bound)
    }

    /// Facts of an earlier time, by digest.
    pub async fn facts_at(&self, workspace: WorkspaceId, digest: Digest) -> Result<Bound, Fault> {
        let value = self.blob(workspace, digest).await?;
        let facts = serde_json::from_value(value).map_err(|e| Fault::new(Code::StoreCorrupt).about(e))?;
        Ok(Bound { digest, facts: Arc::new(facts) })
    }

    /// A stored value.
    pub async fn blob(&self, workspace: WorkspaceId, digest: Digest) -> Result<Value, Fault> {
        let bytes = match self.0.store.blob(workspace, digest).await? {
            Some(bytes) => Some(bytes.to_vec()),
            None => self.sealed_value(workspace, digest).await?,
        };
        let bytes = bytes.ok_or_else(|| Fault::new(Code::NotFound).about(format!("blob {digest}")))?;
        serde_json::from_slice(&bytes).map_err(|e| Fault::new(Code::StoreCorrupt).about(e))
    }

    /// Puts a workflow where decisions find it.
    pub fn keep_program(&self, program: Program) -> Arc<Program> {
        let program = Arc::new(program);
        self.0.programs.put(program.clone());
        program
    }

    /// The same for one that others have, too.
    pub fn share_program(&self, program: Arc<Program>) {
        self.0.programs.put(program);
    }

    /// A compiled workflow, read from the store when this process has not met it yet.
    pub async fn program(&self, workspace: WorkspaceId, digest: Digest) -> Result<Arc<Program>, Fault> {
        if let Some(program) = self.0.programs.get(&digest) {
            return Ok(program);
        }
        let value = self.blob(workspace, digest).await?;
        let workflow = serde_json::from_value(value).map_err(|e| Fault::new(Code::StoreCorrupt).about(e))?;
        let program =
            Program::compile(workflow).map_err(|faults| Fault::new(Code::DefinitionInvalid).fields(faults))?;
        Ok(self.keep_program(program))
    }

    /// Several stored values at once.
    pub(crate) async fn fetch(
        &self,
        workspace: WorkspaceId,
        digests: &[Digest],
        into: &mut HashMap<Digest, Arc<Value>>,
    ) -> Result<(), Fault> {
        for digest in digests {
            let value = self.blob(workspace, *digest).await?;
            into.insert(*digest, Arc::new(value));
        }
        Ok(())
    }

    /// Stops taking new work, lets what is in flight end, and hands the rest back.
    pub async fn stop(&self, patience: std::time::Duration) {
        self.0.draining.store(true, Ordering::SeqCst);
        reach(Point::DrainBefore);
        let until = tokio::time::Instant::now() + patience;
        // In this order: an outcome is on its way before its effect has ended.
        let busy = || self.effects_in_flight() > 0 || self.0.outcomes.load(Ordering::SeqCst) > 0;
        while busy() && tokio::time::Instant::now() < until {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        self.0.stop.cancel();
        self.0.tasks.close();
        let _ = tokio::time::timeout(std::time::Duration::from_secs(1), self.0.tasks.wait()).await;
        if self.0.options.worker {
            // What stands now is signed now: a metel that was stopped in order leaves no uncovered tail.
            let signing = tokio::time::timeout(std::time::Duration::from_secs(1), self.checkpoint()).await;
            if !matches!(signing, Ok(Ok(_))) {
                tracing::warn!(?signing, "the last events are signed at the next start");
            }
        }
        let now = self.now();
        reach(Point::DrainAfter);
        if let Err(error) = self.0.store.heartbeat(self.worker(), "", now, now).await {
            tracing::warn!(%error, "the last heartbeat could not be written");
        }
        // One file is left, which can be copied as it is; a reader that still looks only leaves the log beside it.
        let whole = tokio::time::timeout(std::time::Duration::from_secs(1), self.0.store.empty_log()).await;
        if !matches!(whole, Ok(Ok(()))) {
            tracing::info!(?whole, "the database keeps its log beside it");
        }
    }
}
