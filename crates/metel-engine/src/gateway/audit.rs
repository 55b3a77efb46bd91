//! Audit and replay over stored runs.

use std::collections::HashMap;
use std::sync::Arc;

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::event::{Entry, Event};
use metel_model::hash::Digest;
use metel_model::id::{RunId, WorkspaceId};
use metel_rules::audit::Audit;
use metel_rules::run::{Refusal, Report, references};
use serde_json::Value;

use super::replaying::replay;
use crate::engine::Engine;
use crate::journal::journal_of;
use crate::library::Shelf;
use crate::sealing::still_sealed;

/// Entries read at once.
const PAGE: u32 = 1_000;

/// What an audit found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AuditReport {
    pub runs: u64,
    pub events: u64,
    /// Events that a signature vouches for.
    pub signed: u64,
    /// Run, event and what is wrong with it.
    pub first_fault: Option<(RunId, u64, &'static str)>,
    /// The first event that says it is older than the one before it: a clock was put back.
    pub clock: Option<(RunId, u64)>,
}

#[derive(Debug, Clone)]
pub struct ReplayReport {
    pub report: Report,
    /// Whether it ends where the live run stands.
    pub same_head: bool,
    /// Events that could not be derived again, because the person they are about was erased: only the chain and
    /// the signatures speak for them.
    pub erased: u64,
    pub ms: u64,
}

impl Engine {
    /// Checks one run's chain, and holds it against the signed checkpoints.
    pub async fn audit_run(&self, workspace: WorkspaceId, run: RunId) -> Result<AuditReport, Fault> {
        let header =
            self.store().header(workspace, run).await?.ok_or_else(|| Fault::new(Code::RunNotFound).about(run))?;
        self.audit_chain(workspace, run, Some((header.seq, header.head))).await
    }

    /// Checks the journal of acts on the workspace itself.
    pub async fn audit_journal(&self, workspace: WorkspaceId) -> Result<AuditReport, Fault> {
        self.audit_chain(workspace, journal_of(workspace), None).await
    }

    /// `end` is where the chain's header says that it ends; its next event and its newest hash.
    async fn audit_chain(
        &self,
        workspace: WorkspaceId,
        run: RunId,
        end: Option<(u64, Digest)>,
    ) -> Result<AuditReport, Fault> {
        let signed = self.store().leaves_of_run(workspace, run).await?;
        let mut audit = Audit::new(workspace, run).against(signed);
        let mut from = 1;
        let wrong = loop {
            let page = self.store().entries(workspace, run, from, PAGE).await?;
            if let Err(wrong) = audit.feed(&page) {
                break Some(wrong);
            }
            match (page.last(), end) {
                (Some(last), _) if page.len() == PAGE as usize && end.is_none_or(|(seq, _)| audit.next() < seq) => {
                    from = last.seq + u64::from(last.count);
                }
                (_, Some((seq, head))) => break audit.end(seq, head).err(),
                (_, None) => break audit.complete().err(),
            }
        };
        Ok(AuditReport {
            runs: 1,
            events: audit.events,
            signed: audit.vouched(),
            first_fault: wrong.map(|w| (run, w.seq, w.what.name())),
            clock: audit.clock.map(|seq| (run, seq)),
        })
    }

    /// Checks every run of the workspace, oldest first, its journal, and that no run which was signed is gone;
    /// until one does not hold.
    pub async fn audit(&self, workspace: WorkspaceId) -> Result<AuditReport, Fault> {
        let mut total = AuditReport::default();
        let mut add = |one: AuditReport| {
            total.runs += one.runs;
            total.events += one.events;
            total.signed += one.signed;
            total.clock = total.clock.or(one.clock);
            total.first_fault = one.first_fault;
            total.first_fault.is_some().then(|| total.clone())
        };
        let mut after = None;
        loop {
            let ids = self.store().run_ids(workspace, after, 500).await?;
            for id in &ids {
                if let Some(faulty) = add(self.audit_run(workspace, *id).await?) {
                    return Ok(faulty);
                }
            }
            match ids.last() {
                Some(last) if ids.len() == 500 => after = Some(*last),
                _ => break,
            }
        }
        let journal = self.audit_journal(workspace).await?;
        if let Some(faulty) = add(AuditReport { runs: 0, ..journal }) {
            return Ok(faulty);
        }
        if let Some(run) = self.store().removed_chains(workspace, 1).await?.first() {
            total.first_fault = Some((*run, 1, "removed"));
        }
        Ok(total)
    }

    /// All entries of a run, opened where they are sealed and can be.
    pub async fn log(&self, workspace: WorkspaceId, run: RunId) -> Result<Vec<Entry>, Fault> {
        let mut log = self.raw_log(workspace, run).await?;
        self.open_entries(workspace, run, &mut log).await?;
        Ok(log)
    }

    /// All entries of a run as they lie in the store.
    pub(crate) async fn raw_log(&self, workspace: WorkspaceId, run: RunId) -> Result<Vec<Entry>, Fault> {
        let mut log: Vec<Entry> = Vec::new();
        loop {
            let from = log.last().map_or(1, |e| e.seq + u64::from(e.count));
            let page = self.store().entries(workspace, run, from, PAGE).await?;
            let full = page.len() == PAGE as usize;
            log.extend(page);
            if !full {
                return Ok(log);
            }
        }
    }

    /// Bytes of a run's log, of its state and of the values that it keeps by hash.
    pub async fn run_bytes(&self, workspace: WorkspaceId, run: RunId) -> Result<(u64, u64, u64), Fault> {
        let log = self.log(workspace, run).await?;
        let mut kept = references(&log);
        for event in log.iter().filter_map(|entry| entry.events().ok()).flatten() {
            if let Event::RoundEnded { head, .. } = event {
                kept.insert(head);
            }
        }
        let mut values = 0;
        for digest in kept {
            values += self.store().blob(workspace, digest).await?.map_or(0, |bytes| bytes.len() as u64);
        }
        let state = serde_json::to_string(&self.load(workspace, run).await?).map_or(0, |text| text.len() as u64);
        Ok((log.iter().map(|entry| entry.body.len() as u64).sum(), state, values))
    }

    /// Gives the recorded facts to the machine again and compares every event. Nothing outside is called.
    pub async fn replay(&self, workspace: WorkspaceId, run: RunId) -> Result<ReplayReport, Fault> {
        let began = std::time::Instant::now();
        let header =
            self.store().header(workspace, run).await?.ok_or_else(|| Fault::new(Code::RunNotFound).about(run))?;
        let log = Arc::new(self.log(workspace, run).await?);
        let erased = still_sealed(&log);
        if erased > 0 {
            if let Some((_, seq, what)) = self.audit_run(workspace, run).await?.first_fault {
                return Err(Fault::new(Code::AuditBroken).about(format!("{run}, event {seq}: {what}")));
            }
            let head = log.last().map_or(Digest::ZERO, |last| last.hash);
            let report = Report { events: 0, diverged: None, state: Digest::ZERO, head };
            let ms = began.elapsed().as_millis() as u64;
            return Ok(ReplayReport { report, same_head: head == header.head, erased, ms });
        }
        let definitions = self.definitions(workspace);
        let mut blobs: HashMap<Digest, Arc<Value>> = HashMap::new();
        // What the log names is read first, so that one pass is enough.
        for digest in references(&log) {
            if let Ok(value) = self.blob(workspace, digest).await {
                blobs.insert(digest, Arc::new(value));
            }
        }
        // Each pass may find further stored values that it needs; a pass without any is the result.
        for _ in 0..1_000 {
            let (engine, definitions, log) = (self.clone(), definitions.clone(), log.clone());
            // A long log takes a while: other work goes on beside it.
            let pass = tokio::task::spawn_blocking(move || {
                let shelf = Shelf { programs: &engine.0.programs, definitions: definitions.as_ref(), blobs: &blobs };
                let facts = |digest: &Digest| {
                    blobs.get(digest).and_then(|v| serde_json::from_value(v.as_ref().clone()).ok()).map(Arc::new)
                };
                let found = replay(workspace, run, &log, &shelf, &facts);
                (found, blobs)
            });
            let (found, read) = pass.await.map_err(|error| Fault::new(Code::Internal).about(error))?;
            blobs = read;
            match found {
                Ok(report) => {
                    let same_head = report.head == header.head;
                    return Ok(ReplayReport { report, same_head, erased: 0, ms: began.elapsed().as_millis() as u64 });
                }
                Err(Refusal::Needs(digests)) => {
                    for digest in digests {
                        self.fetch(workspace, &[digest], &mut blobs).await?;
                        if let Some(value) = blobs.get(&digest)
                            && let Ok(workflow) = serde_json::from_value(value.as_ref().clone())
                            && let Ok(program) = metel_rules::graph::Program::compile(workflow)
                        {
                            self.keep_program(program);
                        }
                    }
                }
                Err(refusal) => return Err(Fault::new(Code::ReplayDiverged).about(format!("{refusal:?}"))),
            }
        }
        Err(Fault::new(Code::StoreCorrupt).about(run))
    }
}
