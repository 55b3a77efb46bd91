//! A long log is replayed by three at once: one reads the entries, one decides them again, one compares and chains.
//! The decisions themselves are made one after the other, as they were.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use metel_model::event::Entry;
use metel_model::facts::Facts;
use metel_model::hash::Digest;
use metel_model::id::{RunId, WorkspaceId};
use metel_rules::run::{Checker, Decider, Library, Produced, Refusal, Report, Told};

/// Entries handed on at once.
const BATCH: usize = 256;
/// Batches that one may be ahead of the next.
const AHEAD: usize = 4;
/// Shorter logs are not worth the threads.
const LONG: usize = 4 * BATCH;

/// As `metel_rules::run::replay`.
pub(super) fn replay(
    workspace: WorkspaceId,
    id: RunId,
    entries: &[Entry],
    library: &dyn Library,
    facts: &dyn Fn(&Digest) -> Option<Arc<Facts>>,
) -> Result<Report, Refusal> {
    if entries.len() < LONG {
        return metel_rules::run::replay(workspace, id, entries, library, facts);
    }
    let (give_read, read) = sync_channel::<Vec<Option<Told<'_>>>>(AHEAD);
    let (give_made, made) = sync_channel::<Vec<_>>(AHEAD);
    std::thread::scope(|scope| {
        // Each ends when the one after it hangs up.
        scope.spawn(move || {
            for batch in entries.chunks(BATCH) {
                if give_read.send(batch.iter().map(Told::of).collect()).is_err() {
                    return;
                }
            }
        });
        let checking = scope.spawn(move || {
            let mut checker = Checker::new(workspace, id);
            for (batch, made) in entries.chunks(BATCH).zip(made) {
                if !batch.iter().zip(made).all(|(entry, produced)| checker.check(entry, produced)) {
                    break;
                }
            }
            checker
        });
        let mut decider = Decider::new(workspace, id);
        let mut refused = None;
        for (batch, read) in entries.chunks(BATCH).zip(read) {
            let mut made = Vec::with_capacity(batch.len());
            for (entry, told) in batch.iter().zip(read) {
                match decider.decide(entry, told, library, facts) {
                    Ok(produced) => made.push(produced),
                    Err(refusal) => refused = Some(refusal),
                }
                if refused.is_some() || matches!(made.last(), Some(Produced::Diverged(..))) {
                    break;
                }
            }
            let goes_on = made.len() == batch.len();
            // Nobody listens any more when something differs.
            if give_made.send(made).is_err() || !goes_on {
                break;
            }
        }
        drop(give_made);
        let Ok(checker) = checking.join() else { std::panic::resume_unwind(Box::new("the check of a replay ended")) };
        match refused {
            Some(refusal) if !checker.has_diverged() => Err(refusal),
            _ => Ok(Report::of(decider, checker)),
        }
    })
}
