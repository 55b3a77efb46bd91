//! The simulation's time, and what happened in it, told in lines; read when a law was broken.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use metel_model::event::{Entry, Event};
use metel_model::hash::Digest;
use parking_lot::Mutex;

/// Lines kept; older ones are dropped.
const LINES_MAX: usize = 2_000;

/// The time of the simulation, in milliseconds since it began, and its story.
#[derive(Clone, Default)]
pub struct Story(Arc<Inner>);

#[derive(Default)]
struct Inner {
    now: AtomicU64,
    lines: Mutex<VecDeque<String>>,
    all: Mutex<Digest>,
}

impl Story {
    pub fn now(&self) -> u64 {
        self.0.now.load(Ordering::Relaxed)
    }

    pub fn at(&self, now: u64) {
        self.0.now.store(now, Ordering::Relaxed);
    }

    pub fn tell(&self, line: impl AsRef<str>) {
        let line = format!("{} {}", seconds(self.now()), line.as_ref());
        let mut all = self.0.all.lock();
        *all = Digest::of_parts(&[&all.0, line.as_bytes()]);
        let mut lines = self.0.lines.lock();
        if lines.len() == LINES_MAX {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    pub fn lines(&self) -> Vec<String> {
        self.0.lines.lock().iter().cloned().collect()
    }

    /// Over every line that was ever told.
    pub fn digest(&self) -> Digest {
        *self.0.all.lock()
    }
}

/// Milliseconds as seconds with three places, right-aligned.
pub fn seconds(ms: u64) -> String {
    format!("{:>5}.{:03}", ms / 1_000, ms % 1_000)
}

/// One log entry in a line.
pub fn entry(entry: &Entry) -> String {
    let at = crate::clock::since_start(entry.at);
    let events = entry.events().unwrap_or_default();
    let events: Vec<String> = events.iter().map(event).collect();
    format!("{} #{:<3} {:<8} {:<10} {}", at, entry.seq, entry.actor, entry.command, events.join(", "))
}

fn event(event: &Event) -> String {
    let step = event.step().unwrap_or_default();
    let more = match event {
        Event::EffectIntended { n, kind, target, key, .. } => format!(" n={n} {kind:?} {target} key={}", &key[..6]),
        Event::EffectObserved { n, outcome, .. } => {
            let fault = outcome.fault.as_ref().map(|f| f.code.name()).unwrap_or("ok".to_owned());
            format!(" n={n} {} {fault} {:?}", outcome.status.unwrap_or(0), outcome.certainty)
        }
        Event::LeaseLost { n, .. } | Event::EffectWithdrawn { n, .. } => format!(" n={n}"),
        Event::StepRetry { at, reconcile, .. } => {
            format!(" until {}{}", crate::clock::since_start(*at), if *reconcile { " to ask" } else { "" })
        }
        Event::StepFailed { error, .. } | Event::RunFailed { error, .. } => format!(" {}", error.code.name()),
        Event::StepInDoubt { error, .. } => format!(" {}", error.code.name()),
        Event::ChildStarted { run, .. } | Event::ChildFinished { run, .. } => format!(" {}", run.short()),
        Event::MessageReceived { message, .. } => format!(" {}", message.short()),
        Event::MessageAwaited { name, correlation, .. } => format!(" {name}/{correlation}"),
        Event::DoubtResolved { happened, .. } => format!(" happened={happened}"),
        Event::RunRetried { steps, .. } => format!(" {}", steps.join(" ")),
        _ => String::new(),
    };
    format!("{}({step}{more})", event.name())
}
