//! The plot of one run: which places it reaches, and what goes wrong there. Processes and people ask it at
//! every place; what others have to carry out is left as orders.

use std::collections::BTreeMap;

use metel_model::effect::Outcome;
use metel_model::id::RunId;

use super::fault::{Kind, Moment, Point, Schedule};

/// What the world carries out for the plot.
#[derive(Debug, Clone)]
pub(super) enum Order {
    Cancel,
    /// An outcome is told again.
    Observe {
        run: RunId,
        step: String,
        intent: u32,
        outcome: Box<Outcome>,
    },
}

pub(super) struct Plot {
    schedule: Schedule,
    counts: BTreeMap<(Moment, String), u32>,
    /// Places in the order in which they were reached.
    pub points: Vec<Point>,
    /// Acts that took place, by their position in the schedule.
    pub done: Vec<bool>,
    pub orders: Vec<Order>,
    /// Calls that went out so far.
    sent: u64,
}

impl Plot {
    pub fn new(schedule: Schedule) -> Self {
        let done = vec![false; schedule.0.len()];
        Self { schedule, counts: BTreeMap::new(), points: Vec::new(), done, orders: Vec::new(), sent: 0 }
    }

    /// A place is reached: what goes wrong there.
    pub fn reach(&mut self, moment: Moment, name: &str) -> Vec<Kind> {
        let n = self.counts.entry((moment, name.to_owned())).or_insert(0);
        *n += 1;
        let point = Point { moment, name: name.to_owned(), n: *n };
        let mut kinds = Vec::new();
        for (at, act) in self.schedule.0.iter().enumerate() {
            if act.at == point && !matches!(act.kind, Kind::Answer(_)) {
                self.done[at] = true;
                kinds.push(act.kind);
            }
        }
        self.points.push(point);
        kinds
    }

    /// Which of its answers a node, or the input, gives.
    pub fn choice(&mut self, moment: Moment, name: &str) -> usize {
        let mut chosen = 0;
        for (at, act) in self.schedule.0.iter().enumerate() {
            if let (Kind::Answer(n), true) = (act.kind, act.at.moment == moment && act.at.name == name) {
                self.done[at] = true;
                chosen = n as usize;
            }
        }
        chosen
    }

    /// How long the next call takes, in milliseconds: in the order of their sending, or the other way round.
    pub fn way(&mut self) -> u64 {
        self.sent += 1;
        let reversed = self.schedule.0.iter().any(|act| act.kind == Kind::Reverse);
        // What is on its way at once fits into one round.
        let place = self.sent % 64;
        if reversed { 20 + (64 - place) * 20 } else { 20 + place * 2 }
    }

    /// Whether a process has to stand still, so that leases have to be short.
    pub fn freezes(&self) -> bool {
        self.schedule.0.iter().any(|act| act.kind == Kind::Freeze)
    }

    pub fn moves(&self) -> usize {
        self.points.len()
    }
}
