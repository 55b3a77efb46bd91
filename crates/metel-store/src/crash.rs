//! Named places at which a process can be made to die, to show what it leaves behind.
//!
//! Only builds with the feature `crash-points` have them; elsewhere [`reach`] is nothing at all. A place is
//! chosen by `name` or `name:nth`; when it is reached for the nth time the process aborts, without a word to
//! anybody and without flushing anything, as under SIGKILL.

/// Whether this build has them.
pub const HAS_POINTS: bool = cfg!(feature = "crash-points");

macro_rules! points {
    ($($point:ident $name:literal $($what:literal)+;)*) => {
        /// Every place, in the order in which a run meets them.
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub enum Point { $($(#[doc = $what])+ $point,)* }

        #[cfg(any(feature = "crash-points", feature = "testing"))]
        impl Point {
            pub const ALL: &'static [Self] = &[$(Self::$point,)*];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$point => $name,)* }
            }
        }
    };
}

points! {
    SchemaInside "schema.inside" "A step of the schema is written and not committed.";
    SchemaBetween "schema.between" "A step of the schema is committed, the next not begun.";
    StartBefore "start.before_commit" "A start is decided and not committed.";
    StartAfter "start.before_answer" "A start is committed and nobody was told.";
    CommitInside "commit.inside" "A group is written (SQLite) or sent (PostgreSQL); whether it stands is not known here.";
    CommitDurable "commit.durable" "A group stands; nobody who waits for it was told.";
    ClaimBefore "claim.before" "About to take tasks from the queue.";
    ClaimAfter "claim.after" "Tasks are taken; nothing was begun.";
    CallBefore "call.before" "A call is intended, durably, and not sent.";
    CallAfter "call.after" "A call was answered; nobody knows but this process.";
    AnswerBefore "answer.before_commit" "What came of a call is decided on and not committed.";
    AnswerAfter "answer.after_commit" "What came of a call is committed; what follows has not begun.";
    ValueWritten "value.written" "A large value lies beside the database; nothing refers to it (SQLite).";
    SnapshotBefore "snapshot.before_commit" "A snapshot is about to be committed with its transition.";
    SnapshotAfter "snapshot.after_commit" "A snapshot was committed.";
    TimerBefore "timer.before_commit" "A timer has fired; its run has not moved.";
    TimerAfter "timer.after_commit" "A run has moved on from a timer; what follows has not begun.";
    ApprovalBefore "approval.before_commit" "A person's decision is taken and not committed.";
    ApprovalAfter "approval.after_commit" "A person's decision is committed; neither answered nor acted on.";
    ChildStarted "child.started" "A child run begins with its parent's commit; nobody drives it.";
    ChildEnded "child.ended" "A child has ended; its parent has not taken its result.";
    MessagePublished "message.published" "A message is kept; its publisher was not told.";
    MessageBefore "message.before_delivery" "A message is bound to a step that does not have it.";
    MessageAfter "message.after_delivery" "A step has a message; the courier has not noted it.";
    OutboxBefore "outbox.before_delivery" "A notice is taken and not sent.";
    OutboxAfter "outbox.after_delivery" "A notice was sent; that is not noted.";
    UndoBefore "undo.before_call" "What takes a step back is intended and not sent.";
    UndoAfter "undo.after_call" "What takes a step back was answered; nobody knows but this process.";
    RescueBefore "rescue.before_commit" "A lost worker's task is to be taken over.";
    RescueAfter "rescue.after_commit" "A lost worker's task is taken over; nothing was begun.";
    MigrationBefore "migration.before" "Runs are to be moved to another version; none was.";
    MigrationBetween "migration.between" "A run was moved to another version, the next was not.";
    MigrationAfter "migration.after" "All runs were moved; nobody was told.";
    DrainBefore "drain.before" "Told to end, it begins nothing more.";
    DrainAfter "drain.after" "Told to end, it has let go of everything but its lease.";
}

/// The process is here.
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
pub fn reach(_: Point) {}

/// Something is about to be done with this text, at a `place`: `call` or `drive`.
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
pub fn poison(_: &str, _: impl Fn() -> String) {}

/// Chooses a place. This build has none.
#[cfg(not(feature = "crash-points"))]
pub fn arm(_: &str) -> Result<(), String> {
    Err("this build has no crash points".to_owned())
}

#[cfg(feature = "crash-points")]
pub use armed::{arm, poison, reach};

#[cfg(feature = "crash-points")]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::Point;

    static CHOSEN: OnceLock<(Point, AtomicU64)> = OnceLock::new();

    /// Chooses where to die: `name`, or `name:nth` with nth from 1. A name that does not exist is refused.
    pub fn arm(text: &str) -> Result<(), String> {
        let (name, nth) = text.split_once(':').unwrap_or((text, "1"));
        let point = Point::ALL.iter().copied().find(|point| point.name() == name);
        let nth = nth.parse::<u64>().ok().filter(|nth| *nth > 0);
        let (Some(point), Some(nth)) = (point, nth) else {
            let names: Vec<&str> = Point::ALL.iter().map(|point| point.name()).collect();
            return Err(format!("{text}: want name or name:nth, with a name of {}", names.join(", ")));
        };
        CHOSEN.set((point, AtomicU64::new(nth))).map_err(|_| "a crash point was chosen before".to_owned())
    }

    /// `METEL_POISON=place:word`: whoever does something with a text that holds the word, panics there;
    /// with `place!:word` the whole process dies.
    pub fn poison(place: &str, text: impl Fn() -> String) {
        static WORD: OnceLock<Option<(String, String)>> = OnceLock::new();
        let word = WORD.get_or_init(|| {
            let text = std::env::var("METEL_POISON").ok()?;
            text.split_once(':').map(|(place, word)| (place.to_owned(), word.to_owned()))
        });
        let Some((wanted, word)) = word else { return };
        if wanted.trim_end_matches('!') == place && text().contains(word.as_str()) {
            if wanted.ends_with('!') {
                std::process::abort();
            }
            std::panic::panic_any("poison");
        }
    }

    /// The process is here: the last thing that it does when this is the chosen place's turn.
    pub fn reach(point: Point) {
        let Some((chosen, left)) = CHOSEN.get() else { return };
        if *chosen == point && left.fetch_sub(1, Ordering::SeqCst) == 1 {
            eprintln!("crash point {} reached", point.name());
            std::process::abort();
        }
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> = Point::ALL.iter().map(|point| point.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Point::ALL.len());
    }

    #[cfg(not(feature = "crash-points"))]
    #[test]
    fn a_normal_build_cannot_be_armed() {
        const { assert!(!HAS_POINTS) };
        assert!(arm(Point::ClaimBefore.name()).is_err());
        Point::ALL.iter().copied().for_each(reach);
    }
}
