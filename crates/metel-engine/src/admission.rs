//! Admission: whether this process takes another start now, by what it drives, how long commits take and how
//! much work is due. Background work is refused first, what somebody waits for last; whoever is refused is
//! told when to come again. Nothing that was acknowledged is ever refused.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use metel_model::Fault;
use metel_model::code::Code;
use parking_lot::Mutex;
use tokio::time::Instant;

/// Starts after which the queue is looked at again.
const LOOK_EVERY: u64 = 64;
/// While work is due, it is looked at no more often.
const LOOK_PAUSE: Duration = Duration::from_millis(250);
/// How long a commit's duration says something about the next one's.
const FRESH: Duration = Duration::from_secs(2);

/// How soon a start is refused under load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// A priority below zero.
    Background,
    Normal,
    /// A priority above zero, or somebody waits for the answer.
    Interactive,
}

impl Urgency {
    pub fn of(priority: i32, waited_for: bool) -> Self {
        match priority {
            ..0 => Self::Background,
            0 if !waited_for => Self::Normal,
            _ => Self::Interactive,
        }
    }

    /// Of each limit, the hundredths that it may use.
    fn share(self) -> u64 {
        match self {
            Self::Background => 50,
            Self::Normal => 80,
            Self::Interactive => 100,
        }
    }
}

/// What a process can bear.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Runs driven at once.
    pub drives: u64,
    /// Milliseconds that a commit takes.
    pub commit_ms: u64,
    /// Tasks that are due and that nobody holds, of all processes together.
    pub due: u64,
}

/// What a process bears now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    pub drives: u64,
    pub commit_ms: u64,
    pub due: u64,
}

impl Load {
    /// Refuses a start of this urgency when any of it is too much.
    pub fn admit(self, limits: &Limits, urgency: Urgency) -> Result<(), Fault> {
        let over = |is: u64, most: u64| is.saturating_mul(100) >= most.saturating_mul(urgency.share());
        let (en, ko) = if over(self.drives, limits.drives) {
            (
                format!("{} runs are moving here at once", self.drives),
                format!("지금 {}개의 실행이 움직이고 있어요", self.drives),
            )
        } else if over(self.commit_ms, limits.commit_ms) {
            let ms = self.commit_ms;
            (format!("the database takes {ms} ms for a commit"), format!("데이터베이스가 저장 한 번에 {ms}ms씩 걸려요"))
        } else if over(self.due, limits.due) {
            (
                format!("{} tasks are due and wait for a worker", self.due),
                format!("할 일 {}개가 워커를 기다리고 있어요", self.due),
            )
        } else {
            return Ok(());
        };
        let wait = match urgency {
            Urgency::Background => 10_000,
            Urgency::Normal => 3_000,
            Urgency::Interactive => 1_000,
        };
        Err(Fault::new(Code::Overloaded).detail(en, ko).retry_after_ms(wait))
    }
}

/// The measure of the load.
#[derive(Default)]
pub(crate) struct Admission {
    commits: Mutex<Commits>,
    due: AtomicU64,
    starts: AtomicU64,
    looking: AtomicBool,
    looked_at: Mutex<Option<Instant>>,
}

#[derive(Default)]
struct Commits {
    on_their_way: u64,
    /// A moving mean, in microseconds.
    mean: u64,
    /// When one of those on their way began or ended last.
    moved: Option<Instant>,
}

impl Admission {
    pub fn commit_begins(&self, now: Instant) {
        let mut commits = self.commits.lock();
        if commits.on_their_way == 0 {
            commits.moved = Some(now);
        }
        commits.on_their_way += 1;
    }

    pub fn commit_ends(&self, began: Instant, now: Instant) {
        let took = now.duration_since(began).as_micros() as u64;
        let mut commits = self.commits.lock();
        commits.on_their_way = commits.on_their_way.saturating_sub(1);
        commits.mean = (commits.mean * 7 + took) / 8;
        commits.moved = Some(now);
    }

    /// How long a commit takes at present: the mean of late, or as long as none has ended.
    pub fn commit_ms(&self, now: Instant) -> u64 {
        let commits = self.commits.lock();
        let Some(moved) = commits.moved else { return 0 };
        let still = now.duration_since(moved);
        let mean = if still < FRESH { commits.mean / 1_000 } else { 0 };
        if commits.on_their_way > 0 { mean.max(still.as_millis() as u64) } else { mean }
    }

    pub fn due(&self) -> u64 {
        self.due.load(Ordering::Relaxed)
    }

    /// One more start asks. True when it is time to look at the queue, and for one caller at a time.
    pub fn asks(&self, now: Instant) -> bool {
        let nth = self.starts.fetch_add(1, Ordering::Relaxed) + 1;
        let old = self.due() > 0 && self.looked_at.lock().is_none_or(|at| now.duration_since(at) > LOOK_PAUSE);
        (nth.is_multiple_of(LOOK_EVERY) || old) && !self.looking.swap(true, Ordering::SeqCst)
    }

    pub fn looked(&self, due: Option<u64>, now: Instant) {
        if let Some(due) = due {
            self.due.store(due, Ordering::Relaxed);
        }
        *self.looked_at.lock() = Some(now);
        self.looking.store(false, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { drives: 1_000, commit_ms: 2_000, due: 10_000 };

    #[test]
    fn background_is_refused_first_and_what_somebody_waits_for_last() {
        let order = [Urgency::of(-1, true), Urgency::of(0, false), Urgency::of(0, true), Urgency::of(5, false)];
        let loads = |hundredths: u64| {
            [
                Load { drives: hundredths * 10, ..Load::default() },
                Load { commit_ms: hundredths * 20, ..Load::default() },
                Load { due: hundredths * 100, ..Load::default() },
            ]
        };
        for (hundredths, taken) in [(0, 4), (49, 4), (50, 3), (79, 3), (80, 2), (99, 2), (100, 0), (1_000, 0)] {
            for load in loads(hundredths) {
                let admitted: Vec<bool> = order.iter().map(|urgency| load.admit(&LIMITS, *urgency).is_ok()).collect();
                assert_eq!(admitted.iter().filter(|is| **is).count(), taken, "{load:?}");
                assert!(admitted.is_sorted(), "{load:?}: {admitted:?}");
            }
        }
        let fault = loads(100)[2].admit(&LIMITS, Urgency::Interactive).unwrap_err();
        assert_eq!((fault.code.http(), fault.retry_after_ms), (429, Some(1_000)));
    }

    #[test]
    fn a_commit_that_does_not_end_counts_and_old_ones_do_not() {
        let (admission, at) = (Admission::default(), Instant::now());
        let later = |ms: u64| at + Duration::from_millis(ms);
        assert_eq!(admission.commit_ms(at), 0);
        admission.commit_begins(at);
        assert_eq!(admission.commit_ms(later(700)), 700);
        admission.commit_ends(at, later(800));
        assert_eq!(admission.commit_ms(later(801)), 100, "an eighth of the one that took so long");
        assert_eq!(admission.commit_ms(later(3_000)), 0, "nothing is known of the present");
    }
}
