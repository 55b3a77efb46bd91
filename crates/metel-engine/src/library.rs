//! Definitions and values that decisions look up: compiled once, kept by digest.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use metel_model::hash::Digest;
use metel_rules::asked::{Call, Context, Judgement, Memory, judge, judge_with};
use metel_rules::contract::Compiled;
use metel_rules::graph::Program;
use metel_rules::run::Library;
use parking_lot::RwLock;
use serde_json::Value;

/// Most compiled programs kept; the oldest half goes when there are more.
const PROGRAMS_MAX: usize = 4_096;

/// What a workspace's names mean now, and what digests ever meant.
pub trait Definitions: Send + Sync {
    fn current(&self, tool: &str) -> Option<Arc<Compiled>>;
    fn contract(&self, digest: &Digest) -> Option<Arc<Compiled>>;
    fn workflow(&self, name: &str) -> Option<Digest>;
    fn agent_step(&self, tool: &str) -> Option<String>;
    fn has_agent(&self, name: &str) -> bool;
}

/// Compiled workflows of this process.
#[derive(Default)]
pub(crate) struct Programs(RwLock<HashMap<Digest, Arc<Program>>>);

impl Programs {
    pub fn get(&self, digest: &Digest) -> Option<Arc<Program>> {
        self.0.read().get(digest).cloned()
    }

    /// Lets go of all: they are read again when they are needed.
    pub fn forget(&self) {
        self.0.write().clear();
    }

    pub fn put(&self, program: Arc<Program>) {
        let mut programs = self.0.write();
        if programs.len() >= PROGRAMS_MAX {
            let drop: Vec<Digest> = programs.keys().take(PROGRAMS_MAX / 2).copied().collect();
            for digest in drop {
                programs.remove(&digest);
            }
        }
        programs.insert(program.digest, program);
    }
}

/// What one run's decisions may look at: the process's programs, the workspace's definitions, and
/// the stored values that were fetched for it.
pub(crate) struct Shelf<'s> {
    pub programs: &'s Programs,
    pub definitions: &'s dyn Definitions,
    pub blobs: &'s HashMap<Digest, Arc<Value>>,
}

impl Library for Shelf<'_> {
    fn program(&self, digest: &Digest) -> Option<Arc<Program>> {
        self.programs.get(digest)
    }

    fn current(&self, tool: &str) -> Option<Arc<Compiled>> {
        self.definitions.current(tool)
    }

    fn contract(&self, digest: &Digest) -> Option<Arc<Compiled>> {
        self.definitions.contract(digest)
    }

    fn workflow(&self, name: &str) -> Option<Digest> {
        self.definitions.workflow(name)
    }

    fn agent_step(&self, tool: &str) -> Option<String> {
        self.definitions.agent_step(tool)
    }

    fn has_agent(&self, name: &str) -> bool {
        self.definitions.has_agent(name)
    }

    fn blob(&self, digest: &Digest) -> Option<Arc<Value>> {
        self.blobs.get(digest).cloned()
    }

    fn judge(&self, call: &Call<'_>, context: &Context<'_>, keep: bool) -> Judgement {
        match keep {
            true => READ.with_borrow_mut(|memory| judge_with(call, context, memory)),
            false => judge(call, context),
        }
    }
}

thread_local! {
    /// What decisions of this thread have read of conversations: the next call of one is judged without
    /// reading all of it again. Judgements are the same with and without.
    static READ: RefCell<Memory> = RefCell::new(Memory::default());
}
