//! Packs a run, and the runs that it started, by replaying them and noting what they looked at.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::event::{Entry, Event};
use metel_model::hash::Digest;
use metel_model::id::{RunId, WorkspaceId};
use metel_rules::run::{Library, Refusal, references, replay};
use metel_store::{Capsule, CapsuleContent, CapsuleRun, ContentKind};
use serde_json::Value;

use super::noting::{Notes, Noting};
use crate::engine::Engine;
use crate::library::Shelf;
use crate::sealing::still_sealed;

/// Most runs in one capsule: the run and those that it started.
pub const RUNS_MAX: usize = 1_000;
/// Most bytes of stored values in one capsule.
pub const BYTES_MAX: usize = 512 * 1024 * 1024;

impl Engine {
    /// Packs a run with everything that its replay looks at. `made_by` names the program.
    pub async fn capsule(&self, workspace: WorkspaceId, run: RunId, made_by: &str) -> Result<Capsule, Fault> {
        let mut packed = Packing { engine: self, workspace, notes: Notes::default(), facts: BTreeSet::new() };
        let mut runs = Vec::new();
        let mut seen = BTreeSet::from([run]);
        let mut todo = VecDeque::from([run]);
        while let Some(id) = todo.pop_front() {
            let kept = packed.one(id).await?;
            for entry in &kept.entries {
                for event in entry.events().map_err(|e| Fault::new(Code::StoreCorrupt).about(e))? {
                    if let Event::ChildStarted { run: child, .. } = event
                        && seen.insert(child)
                    {
                        todo.push_back(child);
                    }
                }
            }
            if seen.len() > RUNS_MAX {
                return Err(too_large(format!("more than {RUNS_MAX} runs")));
            }
            runs.push(kept);
        }
        let mut contents = Vec::new();
        let mut bytes = 0;
        for digest in packed.notes.values.union(&packed.facts) {
            // A workflow or value that was looked up in vain is no part of it.
            if let Some(body) = self.store().blob(workspace, *digest).await? {
                bytes += body.len();
                if bytes > BYTES_MAX {
                    return Err(too_large(format!("more than {BYTES_MAX} bytes")));
                }
                contents.push(CapsuleContent { digest: *digest, kind: ContentKind::Value, body: body.to_vec() });
            }
        }
        for (digest, compiled) in &packed.notes.contracts {
            let body = serde_json::to_vec(&compiled.contract).map_err(|e| Fault::new(Code::Internal).about(e))?;
            contents.push(CapsuleContent { digest: *digest, kind: ContentKind::Contract, body });
        }
        let answers = packed.notes.answers;
        Ok(Capsule {
            workspace,
            made_at: self.now().rfc3339(),
            made_by: made_by.to_owned(),
            runs,
            contents,
            answers: answers.into_iter().map(|((kind, asked), answer)| (kind.to_owned(), asked, answer)).collect(),
        })
    }
}

fn too_large(what: String) -> Fault {
    Fault::new(Code::LimitExceeded)
        .detail(format!("a capsule holds no {what}"), format!("캡슐의 한도를 넘어요: {what}"))
}

struct Packing<'p> {
    engine: &'p Engine,
    workspace: WorkspaceId,
    notes: Notes,
    facts: BTreeSet<Digest>,
}

impl Packing<'_> {
    async fn one(&mut self, run: RunId) -> Result<CapsuleRun, Fault> {
        let (engine, workspace) = (self.engine, self.workspace);
        let header = engine.store().header(workspace, run).await?;
        let header = header.ok_or_else(|| Fault::new(Code::RunNotFound).about(run))?;
        let raw = engine.raw_log(workspace, run).await?;
        let mut entries = raw.clone();
        // The run may have gone on since its header was read.
        entries.retain(|entry| entry.seq < header.seq);
        if still_sealed(&raw) > 0 {
            // Whoever has the capsule would have the person for good: it says that something happened, not what.
            entries = raw;
            entries.retain(|entry| entry.seq < header.seq);
            return Ok(CapsuleRun { run, name: header.name, seq: header.seq, head: header.head, entries });
        }
        let mut blobs: HashMap<Digest, Arc<Value>> = HashMap::new();
        let named: Vec<Digest> = references(&entries).into_iter().collect();
        for digest in named {
            if let Ok(value) = engine.blob(workspace, digest).await {
                blobs.insert(digest, Arc::new(value));
            }
        }
        for _ in 0..10_000 {
            let Err(needs) = self.look(run, &entries, &blobs)? else {
                return Ok(CapsuleRun { run, name: header.name, seq: header.seq, head: header.head, entries });
            };
            for digest in needs {
                let value = engine.blob(workspace, digest).await?;
                if let Ok(workflow) = serde_json::from_value(value.clone())
                    && let Ok(program) = metel_rules::graph::Program::compile(workflow)
                {
                    engine.keep_program(program);
                }
                blobs.insert(digest, Arc::new(value));
            }
        }
        Err(Fault::new(Code::StoreCorrupt).about(run))
    }

    /// One pass; the inner error names what has to be read first.
    fn look(
        &mut self,
        run: RunId,
        entries: &[Entry],
        blobs: &HashMap<Digest, Arc<Value>>,
    ) -> Result<Result<(), Vec<Digest>>, Fault> {
        let definitions = self.engine.definitions(self.workspace);
        let shelf = Shelf { programs: &self.engine.0.programs, definitions: definitions.as_ref(), blobs };
        let inner: &dyn Library = &shelf;
        let notes = RefCell::new(std::mem::take(&mut self.notes));
        let facts = RefCell::new(std::mem::take(&mut self.facts));
        let noting = Noting { inner, notes: &notes };
        let known = |digest: &Digest| {
            facts.borrow_mut().insert(*digest);
            blobs.get(digest).and_then(|v| serde_json::from_value(v.as_ref().clone()).ok()).map(Arc::new)
        };
        let result = replay(self.workspace, run, entries, &noting, &known);
        self.notes = notes.into_inner();
        self.facts = facts.into_inner();
        match result {
            // A replay that differs here differs there as well: the capsule shows it.
            Ok(_) => Ok(Ok(())),
            Err(Refusal::Needs(digests)) => Ok(Err(digests)),
            Err(refusal) => Err(Fault::new(Code::ReplayDiverged).about(format!("{refusal:?}"))),
        }
    }
}
