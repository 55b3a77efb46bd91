//! Versions of the rules. A run is decided to its end by the version that it began with, so that an
//! older log gives the same events again.

use metel_model::run::Run;

/// The version that new runs begin with. 2: ended items and rounds give up their steps, long maps go to
/// child runs, a join that cannot complete fails, a transition and a run have a most number of events.
/// 3: a step whose worker is lost again and again is parked. 4: what the user's words name is the user's,
/// and what a model made of outsiders' content is an outsider's; verdicts tell where values come from.
/// 5: a call that an agent names is judged by who asked for it.
pub const LAWS: u32 = 5;
/// Attempts of a step whose worker was lost each time.
pub const LOST_MAX: u32 = 16;

/// Events of one transition after which further steps are left to the queue.
pub(super) const TURN_EVENTS_MAX: usize = 4_000;
/// Events after which a run begins nothing more and fails.
pub const EVENTS_MAX: u64 = 250_000;

/// Ended items and rounds give up their steps.
pub(super) fn prunes(run: &Run) -> bool {
    run.laws >= 2
}

/// Lists of more than a thousand items are done by child runs.
pub(super) fn splits(run: &Run) -> bool {
    run.laws >= 2
}

/// A join that waits for more edges than can still come fails.
pub(super) fn starves(run: &Run) -> bool {
    run.laws >= 2
}

/// What outsiders may have written is told to child runs and by them.
pub(super) fn tells_origin(run: &Run) -> bool {
    run.laws >= 2
}

/// Transitions and runs have a most number of events.
pub(super) fn bounds(run: &Run) -> bool {
    run.laws >= 2
}

/// A step whose worker is lost again and again is parked.
pub(super) fn parks(run: &Run) -> bool {
    run.laws >= 3
}

/// Values are traced through the user's words, a model's wording and later plans.
pub(super) fn traces(run: &Run) -> bool {
    run.laws >= 4
}

/// A call that an agent names is judged by who asked for it, and child runs are told who did.
pub(super) fn asks_who(run: &Run) -> bool {
    run.laws >= 5
}
