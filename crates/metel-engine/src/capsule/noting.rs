//! A library that notes what it is asked, and what it answered.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use metel_model::hash::Digest;
use metel_rules::contract::Compiled;
use metel_rules::graph::Program;
use metel_rules::run::Library;
use serde_json::Value;

/// Kinds of questions whose answers change over time.
pub(super) const TOOL: &str = "tool";
pub(super) const WORKFLOW: &str = "workflow";
pub(super) const AGENT_STEP: &str = "agent_step";
pub(super) const AGENT: &str = "agent";

#[derive(Default)]
pub(super) struct Notes {
    /// Digests of stored values and workflows.
    pub values: BTreeSet<Digest>,
    pub contracts: BTreeMap<Digest, Arc<Compiled>>,
    /// Kind and name → answer; empty for none.
    pub answers: BTreeMap<(&'static str, String), String>,
}

pub(super) struct Noting<'n> {
    pub inner: &'n dyn Library,
    pub notes: &'n RefCell<Notes>,
}

impl Noting<'_> {
    fn answered(&self, kind: &'static str, name: &str, answer: Option<String>) {
        self.notes.borrow_mut().answers.insert((kind, name.to_owned()), answer.unwrap_or_default());
    }

    fn contract_noted(&self, found: Option<&Arc<Compiled>>) {
        if let Some(compiled) = found {
            self.notes.borrow_mut().contracts.insert(compiled.digest, compiled.clone());
        }
    }
}

impl Library for Noting<'_> {
    fn program(&self, digest: &Digest) -> Option<Arc<Program>> {
        self.notes.borrow_mut().values.insert(*digest);
        self.inner.program(digest)
    }

    fn current(&self, tool: &str) -> Option<Arc<Compiled>> {
        let found = self.inner.current(tool);
        self.contract_noted(found.as_ref());
        self.answered(TOOL, tool, found.as_ref().map(|compiled| compiled.digest.hex()));
        found
    }

    fn contract(&self, digest: &Digest) -> Option<Arc<Compiled>> {
        let found = self.inner.contract(digest);
        self.contract_noted(found.as_ref());
        found
    }

    fn workflow(&self, name: &str) -> Option<Digest> {
        let found = self.inner.workflow(name);
        self.answered(WORKFLOW, name, found.map(|digest| digest.hex()));
        found
    }

    fn agent_step(&self, tool: &str) -> Option<String> {
        let found = self.inner.agent_step(tool);
        self.answered(AGENT_STEP, tool, found.clone());
        found
    }

    fn has_agent(&self, name: &str) -> bool {
        let found = self.inner.has_agent(name);
        self.answered(AGENT, name, found.then(|| "yes".to_owned()));
        found
    }

    fn blob(&self, digest: &Digest) -> Option<Arc<Value>> {
        self.notes.borrow_mut().values.insert(*digest);
        self.inner.blob(digest)
    }
}
