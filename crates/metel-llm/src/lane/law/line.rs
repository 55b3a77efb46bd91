//! Whose turn is next: people before machines, and workspaces in turn, so that a thousand calls of one
//! delay another's by one.

use std::collections::{BTreeMap, VecDeque};

/// Whether somebody is looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Urgency {
    #[default]
    Interactive,
    Background,
}

/// Whoever shares a lane with others: a workspace's id, as bytes of any kind.
pub type Who = u128;

/// A line of tickets.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    interactive: Rounds,
    background: Rounds,
}

#[derive(Debug, Clone, Default)]
struct Rounds {
    /// In the order of their turns.
    turns: VecDeque<Who>,
    waiting: BTreeMap<Who, VecDeque<(u64, u64)>>,
}

impl Line {
    fn rounds(&mut self, urgency: Urgency) -> &mut Rounds {
        match urgency {
            Urgency::Interactive => &mut self.interactive,
            Urgency::Background => &mut self.background,
        }
    }

    pub fn push(&mut self, who: Who, urgency: Urgency, ticket: u64, tokens: u64) {
        let rounds = self.rounds(urgency);
        let queue = rounds.waiting.entry(who).or_default();
        if queue.is_empty() {
            rounds.turns.push_back(who);
        }
        queue.push_back((ticket, tokens));
    }

    /// The ticket whose turn it is, with its tokens.
    pub fn first(&self) -> Option<(u64, u64)> {
        [&self.interactive, &self.background].into_iter().find_map(|rounds| {
            let who = rounds.turns.front()?;
            rounds.waiting.get(who)?.front().copied()
        })
    }

    /// Takes that ticket out.
    pub fn pop(&mut self) {
        for rounds in [&mut self.interactive, &mut self.background] {
            let Some(who) = rounds.turns.pop_front() else { continue };
            if let Some(queue) = rounds.waiting.get_mut(&who) {
                queue.pop_front();
                if queue.is_empty() {
                    rounds.waiting.remove(&who);
                } else {
                    rounds.turns.push_back(who);
                }
            }
            return;
        }
    }

    /// Somebody waits no more.
    pub fn remove(&mut self, who: Who, urgency: Urgency, ticket: u64) -> bool {
        let rounds = self.rounds(urgency);
        let Some(queue) = rounds.waiting.get_mut(&who) else { return false };
        let before = queue.len();
        queue.retain(|(waiting, _)| *waiting != ticket);
        let found = queue.len() < before;
        if queue.is_empty() {
            rounds.waiting.remove(&who);
            rounds.turns.retain(|turn| *turn != who);
        }
        found
    }

    pub fn is_empty(&self) -> bool {
        self.interactive.turns.is_empty() && self.background.turns.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_first_and_workspaces_in_turn() {
        let mut line = Line::default();
        for ticket in 0..3 {
            line.push(1, Urgency::Background, ticket, 0);
        }
        line.push(2, Urgency::Background, 10, 0);
        line.push(1, Urgency::Interactive, 20, 0);
        line.push(3, Urgency::Interactive, 30, 0);
        assert!(line.remove(3, Urgency::Interactive, 30) && !line.remove(3, Urgency::Interactive, 30));
        let mut order = Vec::new();
        while let Some((ticket, _)) = line.first() {
            order.push(ticket);
            line.pop();
        }
        assert_eq!(order, [20, 0, 10, 1, 2]);
        assert!(line.is_empty());
    }
}
