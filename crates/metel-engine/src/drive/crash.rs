//! Where a process can be made to die around the commit of a transition: told by its command and by what it
//! brings. Nothing at all in builds without crash points.

use metel_model::command::Command;
use metel_model::run::Run;
use metel_model::status::{StepStatus, WaitingFor};
use metel_store::Commit;
use metel_store::crash::{HAS_POINTS, Point, reach};

/// The places after the commit, once it stands.
pub(super) struct After(Vec<Point>);

/// Whether the command is a timer's: its step sleeps.
pub(super) fn is_timer(run: &Run, command: &Command) -> bool {
    let Command::Wake { step } = command else { return false };
    HAS_POINTS
        && run.steps.get(step).is_some_and(|s| s.status == StepStatus::Waiting && s.waiting == Some(WaitingFor::Timer))
}

/// Passes the places before the commit; those after it come back.
pub(super) fn before(command: &Command, timer: bool, commit: &Commit) -> After {
    let mut after = Vec::new();
    if !HAS_POINTS {
        return After(after);
    }
    let mut pass = |before: Option<Point>, then: Option<Point>| {
        before.into_iter().for_each(reach);
        after.extend(then);
    };
    match command {
        Command::Start { .. } => pass(Some(Point::StartBefore), Some(Point::StartAfter)),
        Command::Observe { .. } => pass(Some(Point::AnswerBefore), Some(Point::AnswerAfter)),
        Command::Decide { .. } => pass(Some(Point::ApprovalBefore), Some(Point::ApprovalAfter)),
        Command::Rescue { .. } => pass(Some(Point::RescueBefore), Some(Point::RescueAfter)),
        Command::ChildDone { .. } => pass(Some(Point::ChildEnded), None),
        Command::Wake { .. } if timer => pass(Some(Point::TimerBefore), Some(Point::TimerAfter)),
        _ => {}
    }
    if commit.snapshot.is_some() {
        pass(Some(Point::SnapshotBefore), Some(Point::SnapshotAfter));
    }
    if !commit.children.is_empty() {
        pass(None, Some(Point::ChildStarted));
    }
    After(after)
}

impl After {
    pub fn pass(self) {
        self.0.into_iter().for_each(reach);
    }
}
