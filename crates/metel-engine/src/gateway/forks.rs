//! Forks of runs, and moving what waits onto another version of a workflow.

use std::collections::BTreeMap;

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::command::{Command, ForkedChild, ForkedOutcome};
use metel_model::event::{Entry, Event, Forked};
use metel_model::fault::FieldFault;
use metel_model::hash::Digest;
use metel_model::id::{RunId, WorkspaceId};
use metel_model::run::Run;
use metel_model::status::StepStatus;
use metel_model::stored::Stored;
use metel_rules::run::{blank, blockers, evolve};
use metel_store::crash::{Point, reach};
use metel_store::{Header, RunFilter};
use serde_json::Value;

use super::pins_of;
use crate::engine::Engine;

/// Most runs that one migration moves.
pub const MOVED_MAX: usize = 10_000;

/// Where a new run leaves another one's path.
#[derive(Debug, Clone)]
pub struct NewFork {
    pub from: RunId,
    /// The last event that both share; the newest when absent.
    pub at: Option<u64>,
    pub input: Option<Value>,
    /// Another version, by its digest.
    pub workflow: Option<Digest>,
    pub by: String,
}

/// A run and what keeps it from moving.
#[derive(Debug, Clone, PartialEq)]
pub struct Mover {
    pub run: RunId,
    pub from: Digest,
    pub blockers: Vec<FieldFault>,
}

/// What a migration would do, or did.
#[derive(Debug, Clone, PartialEq)]
pub struct Migration {
    pub to: Digest,
    pub movers: Vec<Mover>,
    /// How many go on with the other version now.
    pub moved: usize,
}

impl Engine {
    /// Begins a run with the past of another one.
    pub async fn fork(&self, workspace: WorkspaceId, new: NewFork) -> Result<Header, Fault> {
        let log = self.log(workspace, new.from).await?;
        if log.is_empty() {
            return Err(Fault::new(Code::RunNotFound).about(new.from));
        }
        let end = |entry: &Entry| entry.seq + u64::from(entry.count) - 1;
        let at = new.at.unwrap_or_else(|| log.last().map_or(0, end));
        let shared = log.iter().take_while(|entry| end(entry) <= at).count();
        let Some(last) = shared.checked_sub(1).and_then(|i| log.get(i)) else {
            return Err(Fault::new(Code::FieldInvalid).fields(vec![FieldFault::new(
                "/at",
                format!("the first moment to fork at is event {}", end(&log[0])),
                format!("갈라낼 수 있는 첫 자리는 이벤트 {}이에요", end(&log[0])),
            )]));
        };
        let (seq, head) = (end(last), last.hash);
        let state = folded(workspace, new.from, &log[..shared])?;
        let (outcomes, children) = recorded(&state, &log[shared..])?;
        let program = match new.workflow.or(state.workflow) {
            Some(digest) => Some(self.program(workspace, digest).await?),
            None => None,
        };
        if let Some(digest) = state.workflow {
            self.program(workspace, digest).await?;
        }
        if let (Some(program), Some(input)) = (&program, &new.input) {
            let mut faults = program.check_input(input);
            if !faults.is_empty() {
                faults.iter_mut().for_each(|fault| fault.pointer.insert_str(0, "/input"));
                return Err(Fault::new(Code::FieldInvalid).fields(faults));
            }
        }
        let pins = match (&new.workflow, &program) {
            (Some(_), Some(program)) => pins_of(program, self.definitions(workspace).as_ref()),
            _ => BTreeMap::new(),
        };
        let forked = Forked {
            from: new.from,
            seq,
            head,
            state: Box::new(state),
            facts: self.facts(workspace).await?.digest,
            by: new.by.clone(),
            input: new.input.map(Stored::inline),
            workflow: new.workflow,
            pins,
            gone: Vec::new(),
        };
        let id = RunId(self.ids().next());
        let command = Command::Fork { forked: Box::new(forked), outcomes, children };
        self.command(workspace, id, command, &new.by).await
    }

    /// Looks at every run of the workflow that is under way and has another version; moves them all, or
    /// with `skip` those that can, unless `dry`. When one cannot be moved after all, those that were go back.
    pub async fn migrate(
        &self,
        workspace: WorkspaceId,
        name: &str,
        to: Digest,
        how: MigrateHow,
        by: &str,
    ) -> Result<Migration, Fault> {
        let new = self.program(workspace, to).await?;
        let versions = self.store().workflow_versions(workspace, name).await?;
        let is_ours = |header: &Header| {
            !header.status.is_final()
                && header.workflow.is_some_and(|digest| digest != to && versions.iter().any(|row| row.digest == digest))
        };
        let mut movers = Vec::new();
        let mut before = None;
        loop {
            let filter = RunFilter { before, limit: 1_000, ..RunFilter::default() };
            let page = self.store().list_runs(workspace, &filter).await?;
            before = page.last().map(|header| header.id);
            let full = page.len() == 1_000;
            for header in page.into_iter().filter(is_ours) {
                let run = self.load(workspace, header.id).await?;
                let Some(from) = run.workflow else { continue };
                let old = self.program(workspace, from).await?;
                movers.push(Mover { run: header.id, from, blockers: blockers(&run, &old, &new) });
                if movers.len() > MOVED_MAX {
                    return Err(Fault::new(Code::LimitExceeded).about(format!("{MOVED_MAX} runs")));
                }
            }
            if !full {
                break;
            }
        }
        let mut migration = Migration { to, movers, moved: 0 };
        let is_blocked = migration.movers.iter().any(|mover| !mover.blockers.is_empty());
        if how.dry || (is_blocked && !how.skip) {
            return Ok(migration);
        }
        let pins = pins_of(&new, self.definitions(workspace).as_ref());
        let mut moved: Vec<(RunId, Digest)> = Vec::new();
        reach(Point::MigrationBefore);
        for mover in migration.movers.iter_mut().filter(|mover| mover.blockers.is_empty()) {
            let command = Command::Migrate { workflow: to, pins: pins.clone(), by: by.to_owned() };
            match self.command(workspace, mover.run, command, by).await {
                Ok(_) => {
                    moved.push((mover.run, mover.from));
                    reach(Point::MigrationBetween);
                }
                // It ended meanwhile: there is nothing to move any more.
                Err(fault) if matches!(fault.code, Code::RunFinal) => {}
                Err(fault) if fault.code == Code::MigrationBlocked && how.skip => mover.blockers = fault.fields,
                Err(fault) => {
                    self.go_back(workspace, &moved, by).await;
                    return Err(fault);
                }
            }
        }
        migration.moved = moved.len();
        reach(Point::MigrationAfter);
        Ok(migration)
    }

    async fn go_back(&self, workspace: WorkspaceId, moved: &[(RunId, Digest)], by: &str) {
        for (run, from) in moved {
            let command = Command::Migrate { workflow: *from, pins: BTreeMap::new(), by: by.to_owned() };
            if let Err(fault) = self.command(workspace, *run, command, by).await {
                tracing::warn!(%run, %fault, "a run stays with the version that it was moved to");
            }
        }
    }
}

/// How a migration goes about it.
#[derive(Debug, Clone, Copy, Default)]
pub struct MigrateHow {
    /// Only look.
    pub dry: bool,
    /// Leave those that cannot be moved where they are.
    pub skip: bool,
}

fn folded(workspace: WorkspaceId, id: RunId, entries: &[Entry]) -> Result<Run, Fault> {
    let mut run = blank(workspace, id);
    for entry in entries {
        for event in entry.events().map_err(|e| Fault::new(Code::StoreCorrupt).about(e))? {
            evolve(&mut run, &event, entry.at);
        }
    }
    Ok(run)
}

/// What the rest of a log says of calls and child runs that were under way.
fn recorded(state: &Run, rest: &[Entry]) -> Result<(Vec<ForkedOutcome>, Vec<ForkedChild>), Fault> {
    let (mut outcomes, mut children) = (Vec::new(), Vec::new());
    for entry in rest {
        for event in entry.events().map_err(|e| Fault::new(Code::StoreCorrupt).about(e))? {
            match event {
                Event::EffectObserved { step, n, outcome }
                    if state.steps.get(&step).is_some_and(|s| s.status == StepStatus::Running && s.intent == n) =>
                {
                    outcomes.push(ForkedOutcome { step, intent: n, outcome: Box::new(outcome) });
                }
                Event::ChildFinished { step, run, output, untrusted, error }
                    if state.steps.get(&step).is_some_and(|s| s.child == Some(run)) =>
                {
                    children.push(ForkedChild { step, run, output, untrusted, error });
                }
                _ => {}
            }
        }
    }
    Ok((outcomes, children))
}
