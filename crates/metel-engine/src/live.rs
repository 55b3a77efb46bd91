//! Who is watching: committed transitions go to watchers in this process the moment they are durable.
//!
//! A watcher that falls behind loses its place and is told so; it reads the log from its last number
//! on. The log is the truth, this is only the bell.

use std::collections::HashMap;
use std::sync::Arc;

use metel_model::event::Event;
use metel_model::id::{RunId, WorkspaceId};
use metel_model::time::Micros;
use metel_store::Header;
use parking_lot::RwLock;
use tokio::sync::broadcast;

/// Transitions that one watcher may lag behind before it has to read the log.
const LAG_MAX: usize = 256;
/// From so many remembered owners on, those of runs that nobody watches are forgotten.
const OWNERS_MAX: usize = 1_024;

/// One durable transition.
#[derive(Debug, Clone)]
pub struct Moved {
    pub header: Header,
    pub seq: u64,
    pub at: Micros,
    pub actor: String,
    pub events: Arc<Vec<Event>>,
}

/// Text that a model is writing; a convenience, never a fact.
#[derive(Debug, Clone)]
pub enum Notice {
    Moved(Arc<Moved>),
    Chunk {
        run: RunId,
        step: String,
        text: Arc<str>,
    },
    /// The run moved on, perhaps in another process: its header now. The log has the rest.
    Elsewhere(Arc<Header>),
}

/// The bells of one process.
#[derive(Default)]
pub struct Live {
    runs: RwLock<HashMap<RunId, broadcast::Sender<Notice>>>,
    /// Whose the watched runs are.
    owners: RwLock<HashMap<RunId, WorkspaceId>>,
    workspaces: RwLock<HashMap<WorkspaceId, broadcast::Sender<Notice>>>,
}

impl Live {
    /// Hears what happens to one run from now on.
    pub fn watch_run(&self, workspace: WorkspaceId, run: RunId) -> broadcast::Receiver<Notice> {
        let bell = subscribe(&self.runs, run);
        let mut owners = self.owners.write();
        if owners.len() > OWNERS_MAX {
            let runs = self.runs.read();
            owners.retain(|run, _| runs.contains_key(run));
        }
        owners.insert(run, workspace);
        bell
    }

    /// Hears what happens to any run of a workspace from now on.
    pub fn watch_workspace(&self, workspace: WorkspaceId) -> broadcast::Receiver<Notice> {
        subscribe(&self.workspaces, workspace)
    }

    pub fn is_watched(&self, workspace: WorkspaceId, run: RunId) -> bool {
        self.runs.read().contains_key(&run) || self.workspaces.read().contains_key(&workspace)
    }

    pub fn tell(&self, moved: Moved) {
        let (run, workspace) = (moved.header.id, moved.header.workspace);
        let notice = Notice::Moved(Arc::new(moved));
        ring(&self.runs, &run, notice.clone());
        ring(&self.workspaces, &workspace, notice);
    }

    /// Workspaces of which anything is watched, or of which this run is.
    pub fn watched(&self, run: RunId) -> Vec<WorkspaceId> {
        let mut found: Vec<WorkspaceId> = self.workspaces.read().keys().copied().collect();
        let own = self.owners.read().get(&run).copied().filter(|_| self.runs.read().contains_key(&run));
        found.extend(own.filter(|workspace| !found.contains(workspace)));
        found
    }

    /// Tells that a run stands at `header`, whoever moved it.
    pub fn tell_header(&self, header: Header) {
        let (run, workspace) = (header.id, header.workspace);
        let notice = Notice::Elsewhere(Arc::new(header));
        ring(&self.runs, &run, notice.clone());
        ring(&self.workspaces, &workspace, notice);
    }

    pub fn chunk(&self, run: RunId, step: &str, text: &str) {
        ring(&self.runs, &run, Notice::Chunk { run, step: step.to_owned(), text: text.into() });
    }
}

type Bells<K> = RwLock<HashMap<K, broadcast::Sender<Notice>>>;

fn subscribe<K: std::hash::Hash + Eq + Copy>(bells: &Bells<K>, key: K) -> broadcast::Receiver<Notice> {
    bells.write().entry(key).or_insert_with(|| broadcast::channel(LAG_MAX).0).subscribe()
}

fn ring<K: std::hash::Hash + Eq + Copy>(bells: &Bells<K>, key: &K, notice: Notice) {
    let gone = match bells.read().get(key) {
        Some(bell) => bell.send(notice).is_err(),
        None => false,
    };
    if gone {
        let mut bells = bells.write();
        if bells.get(key).is_some_and(|bell| bell.receiver_count() == 0) {
            bells.remove(key);
        }
    }
}
