//! The replay of a capsule. Nothing but the capsule is looked at.

use std::collections::HashMap;
use std::sync::Arc;

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::facts::Facts;
use metel_model::hash::Digest;
use metel_model::id::RunId;
use metel_rules::audit::Audit;
use metel_rules::contract::Compiled;
use metel_rules::graph::Program;
use metel_rules::run::{Library, Refusal, Report, replay};
use metel_store::{Capsule, ContentKind};
use serde_json::Value;

use crate::sealing::still_sealed;

use super::noting::{AGENT, AGENT_STEP, TOOL, WORKFLOW};

/// What the replay of a capsule found, run by run.
#[derive(Debug, Clone, PartialEq)]
pub struct CapsuleReport {
    pub runs: Vec<RunReport>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RunReport {
    pub run: RunId,
    pub name: String,
    /// Where the chain of hashes breaks: event and what is wrong.
    pub broken: Option<(u64, &'static str)>,
    /// Absent where the chain does not hold.
    pub report: Option<Report>,
    /// It ends where the recorded run stood.
    pub same_head: bool,
    /// Events that lie sealed in it: only their chain was checked.
    pub sealed: u64,
}

impl RunReport {
    pub fn is_same(&self) -> bool {
        let derived = self.report.as_ref().is_some_and(|r| r.diverged.is_none());
        self.same_head && self.broken.is_none() && (derived || self.sealed > 0)
    }
}

/// A capsule's contents, made ready to be looked up.
struct Packed {
    values: HashMap<Digest, Arc<Value>>,
    programs: HashMap<Digest, Arc<Program>>,
    contracts: HashMap<Digest, Arc<Compiled>>,
    answers: HashMap<(String, String), String>,
}

impl Packed {
    fn of(capsule: &Capsule) -> Result<Self, Fault> {
        let mut packed = Self {
            values: HashMap::new(),
            programs: HashMap::new(),
            contracts: HashMap::new(),
            answers: HashMap::new(),
        };
        let odd = |digest: &Digest, what: &str| Fault::new(Code::StoreCorrupt).about(format!("{digest}: {what}"));
        for content in &capsule.contents {
            let digest = content.digest;
            let value: Value = serde_json::from_slice(&content.body).map_err(|e| odd(&digest, &e.to_string()))?;
            match content.kind {
                ContentKind::Contract => {
                    let contract = serde_json::from_value(value).map_err(|e| odd(&digest, &e.to_string()))?;
                    let compiled = Compiled::compile(contract).map_err(|_| odd(&digest, "no contract"))?;
                    if compiled.digest != digest {
                        return Err(odd(&digest, "the contract was altered"));
                    }
                    packed.contracts.insert(digest, Arc::new(compiled));
                }
                ContentKind::Value => {
                    packed.values.insert(digest, Arc::new(value));
                }
            }
        }
        for (kind, asked, answer) in &capsule.answers {
            packed.answers.insert((kind.clone(), asked.clone()), answer.clone());
        }
        Ok(packed)
    }

    fn answer(&self, kind: &str, name: &str) -> Option<&String> {
        self.answers.get(&(kind.to_owned(), name.to_owned())).filter(|answer| !answer.is_empty())
    }
}

impl Library for Packed {
    fn program(&self, digest: &Digest) -> Option<Arc<Program>> {
        self.programs.get(digest).cloned()
    }

    fn current(&self, tool: &str) -> Option<Arc<Compiled>> {
        self.contract(&Digest::parse(self.answer(TOOL, tool)?)?)
    }

    fn contract(&self, digest: &Digest) -> Option<Arc<Compiled>> {
        self.contracts.get(digest).cloned()
    }

    fn workflow(&self, name: &str) -> Option<Digest> {
        Digest::parse(self.answer(WORKFLOW, name)?)
    }

    fn agent_step(&self, tool: &str) -> Option<String> {
        self.answer(AGENT_STEP, tool).cloned()
    }

    fn has_agent(&self, name: &str) -> bool {
        self.answer(AGENT, name).is_some()
    }

    fn blob(&self, digest: &Digest) -> Option<Arc<Value>> {
        self.values.get(digest).cloned()
    }
}

/// Checks every chain of a capsule and replays its runs.
pub fn replay_capsule(capsule: &Capsule) -> Result<CapsuleReport, Fault> {
    let mut packed = Packed::of(capsule)?;
    let mut runs = Vec::with_capacity(capsule.runs.len());
    for kept in &capsule.runs {
        let mut audit = Audit::new(capsule.workspace, kept.run);
        let sound = audit.feed(&kept.entries).and_then(|()| audit.end(kept.seq, kept.head));
        let mut found = RunReport {
            run: kept.run,
            name: kept.name.clone(),
            broken: sound.err().map(|wrong| (wrong.seq, wrong.what.name())),
            report: None,
            same_head: false,
            sealed: still_sealed(&kept.entries),
        };
        if found.sealed > 0 {
            found.same_head = found.broken.is_none();
        } else if found.broken.is_none() {
            let report = replay_one(capsule, kept, &mut packed)?;
            found.same_head = report.head == kept.head;
            found.report = Some(report);
        }
        runs.push(found);
    }
    Ok(CapsuleReport { runs })
}

fn replay_one(capsule: &Capsule, kept: &metel_store::CapsuleRun, packed: &mut Packed) -> Result<Report, Fault> {
    // Workflows are compiled when they are asked for; each is asked for once.
    for _ in 0..10_000 {
        let facts = |digest: &Digest| {
            let value = packed.values.get(digest)?;
            serde_json::from_value::<Facts>(value.as_ref().clone()).ok().map(Arc::new)
        };
        match replay(capsule.workspace, kept.run, &kept.entries, &*packed, &facts) {
            Ok(report) => return Ok(report),
            Err(Refusal::Needs(digests)) => {
                let mut compiled = false;
                for digest in digests {
                    let workflow = packed.values.get(&digest).filter(|_| !packed.programs.contains_key(&digest));
                    let workflow = workflow.and_then(|value| serde_json::from_value(value.as_ref().clone()).ok());
                    if let Some(program) = workflow.and_then(|workflow| Program::compile(workflow).ok()) {
                        packed.programs.insert(digest, Arc::new(program));
                        compiled = true;
                    }
                }
                if !compiled {
                    return Err(
                        Fault::new(Code::StoreCorrupt).about(format!("{}: the capsule lacks a value", kept.run))
                    );
                }
            }
            Err(refusal) => return Err(Fault::new(Code::ReplayDiverged).about(format!("{refusal:?}"))),
        }
    }
    Err(Fault::new(Code::StoreCorrupt).about(kept.run))
}
