//! The ledger's law: what each act moves between accounts, what a budget admits, and what a block of
//! credits set aside for many small calls may give out. Nothing here reads a store or a clock.

use metel_model::credit::{Account, Posting, TransferKind};
use metel_model::{Code, Fault};

/// Something that moves credits, in micro-credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Comes in from outside: given, or bought.
    Grant(i64),
    Purchase(i64),
    /// Is set aside.
    Reserve(i64),
    /// Of what was set aside `taken` is settled: `spent` is spent, the rest is available again. More may
    /// be spent than was set aside, where a call cost more than was thought.
    Settle {
        taken: i64,
        spent: i64,
    },
    /// What was set aside is available again.
    Release(i64),
    /// What was spent is available again.
    Refund(i64),
    /// Corrected by a person: up or down.
    Adjust(i64),
}

impl Act {
    pub fn kind(self) -> TransferKind {
        match self {
            Self::Grant(_) => TransferKind::Grant,
            Self::Purchase(_) => TransferKind::Purchase,
            Self::Reserve(_) => TransferKind::Reservation,
            Self::Settle { .. } => TransferKind::Usage,
            Self::Release(_) => TransferKind::Release,
            Self::Refund(_) => TransferKind::Refund,
            Self::Adjust(_) => TransferKind::Adjustment,
        }
    }

    /// The postings; they sum to zero. Negative amounts are refused, but for an adjustment.
    pub fn postings(self) -> Result<Vec<Posting>, Fault> {
        use Account::{Available, Held, Source, Spent};
        let pair = |from, to, amount: i64| vec![posting(from, -amount), posting(to, amount)];
        let check = |amount: i64| match amount >= 0 {
            true => Ok(amount),
            false => Err(wrong()),
        };
        Ok(match self {
            Self::Grant(amount) | Self::Purchase(amount) => pair(Source, Available, check(amount)?),
            Self::Reserve(amount) => pair(Available, Held, check(amount)?),
            Self::Release(amount) => pair(Held, Available, check(amount)?),
            Self::Refund(amount) => pair(Spent, Available, check(amount)?),
            Self::Adjust(amount) if amount > i64::MIN => pair(Source, Available, amount),
            Self::Adjust(_) => return Err(wrong()),
            Self::Settle { taken, spent } => {
                let (taken, spent) = (check(taken)?, check(spent)?);
                vec![posting(Held, -taken), posting(Spent, spent), posting(Available, taken - spent)]
            }
        })
    }
}

fn posting(account: Account, amount: i64) -> Posting {
    Posting { account, amount }
}

fn wrong() -> Fault {
    Fault::new(Code::FieldInvalid).detail("an amount of credits is zero or more", "크레딧은 0 이상이어야 해요")
}

/// What a scope may cost at most and what counts against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Budget {
    pub cap: Option<i64>,
    pub held: i64,
    pub spent: i64,
}

impl Budget {
    /// What may still be set aside; none without a cap.
    pub fn left(&self) -> Option<i64> {
        self.cap.map(|cap| cap.saturating_sub(self.held).saturating_sub(self.spent).max(0))
    }

    pub fn admits(&self, amount: i64) -> bool {
        self.left().is_none_or(|left| amount <= left)
    }
}

/// Credits set aside in one piece and given out in small ones, within a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Block {
    /// Set aside and given to nobody.
    pub free: i64,
    /// Given out, not settled yet.
    pub out: i64,
    /// Taken from the block by settled calls, and what these spent, since it was last written down.
    pub taken: i64,
    pub spent: i64,
}

impl Block {
    /// Another piece was set aside.
    pub fn fill(&mut self, amount: i64) {
        self.free = self.free.saturating_add(amount);
    }

    /// Gives out an amount, if it is there.
    pub fn give(&mut self, amount: i64) -> bool {
        let fits = amount <= self.free;
        if fits {
            self.free -= amount;
            self.out = self.out.saturating_add(amount);
        }
        fits
    }

    /// What was given out came back: so much was spent of it, the rest is free again.
    pub fn settle(&mut self, given: i64, spent: i64) {
        let taken = spent.min(given);
        self.out -= given;
        self.free = self.free.saturating_add(given - taken);
        self.taken = self.taken.saturating_add(taken);
        self.spent = self.spent.saturating_add(spent);
    }

    /// What is to be written down: taken from the block and spent. Nothing afterwards.
    pub fn write_down(&mut self) -> (i64, i64) {
        (std::mem::take(&mut self.taken), std::mem::take(&mut self.spent))
    }

    /// What was to be written down could not be: it stays to be.
    pub fn put_back(&mut self, (taken, spent): (i64, i64)) {
        self.taken = self.taken.saturating_add(taken);
        self.spent = self.spent.saturating_add(spent);
    }

    /// Everything that nobody has: to be released.
    pub fn empty(&mut self) -> i64 {
        std::mem::take(&mut self.free)
    }

    /// What is still set aside for it.
    pub fn set_aside(&self) -> i64 {
        self.free + self.out + self.taken
    }
}

/// How much to set aside for a call of `needed` where many small calls are expected: a piece of what is
/// left, so that others find something too, and never less than is needed.
pub fn piece(needed: i64, left: Option<i64>, most: i64) -> i64 {
    let share = left.map_or(most, |left| (left / 16).min(most));
    needed.max(share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn act() -> impl Strategy<Value = Act> {
        let amount = 0_i64..1_000_000_000_000;
        prop_oneof![
            amount.clone().prop_map(Act::Grant),
            amount.clone().prop_map(Act::Purchase),
            amount.clone().prop_map(Act::Reserve),
            (amount.clone(), amount.clone()).prop_map(|(taken, spent)| Act::Settle { taken, spent }),
            amount.clone().prop_map(Act::Release),
            amount.clone().prop_map(Act::Refund),
            (-1_000_000_i64..1_000_000).prop_map(Act::Adjust),
        ]
    }

    proptest! {
        #[test]
        fn nothing_is_made_or_lost(acts in proptest::collection::vec(act(), 0..60)) {
            let mut accounts = BTreeMap::<Account, i64>::new();
            for act in acts {
                let postings = act.postings().unwrap();
                prop_assert_eq!(postings.iter().map(|posting| posting.amount).sum::<i64>(), 0);
                for posting in postings {
                    *accounts.entry(posting.account).or_default() += posting.amount;
                }
            }
            prop_assert_eq!(accounts.values().sum::<i64>(), 0);
        }

        #[test]
        fn a_block_gives_out_no_more_than_it_has(
            filled in 0_i64..10_000,
            calls in proptest::collection::vec((0_i64..500, 0_i64..600, any::<bool>()), 0..80),
        ) {
            let mut block = Block::default();
            block.fill(filled);
            let (mut under_way, mut written, mut spent) = (Vec::new(), 0, 0);
            for (asked, costs, ends_now) in calls {
                if block.give(asked) {
                    under_way.push((asked, costs));
                }
                if ends_now && let Some((given, costs)) = under_way.pop() {
                    block.settle(given, costs);
                    let (taken, cost) = block.write_down();
                    prop_assert!(taken <= given);
                    written += taken;
                    spent += cost;
                }
                prop_assert_eq!(block.set_aside() + written, filled);
                prop_assert!(block.free >= 0 && block.out >= 0);
            }
            prop_assert!(written <= spent);
        }
    }

    #[test]
    fn a_cap_refuses_what_is_above_it_and_nothing_below() {
        let budget = Budget { cap: Some(100), held: 30, spent: 60 };
        assert!(budget.admits(10) && !budget.admits(11));
        assert!(Budget { cap: None, ..budget }.admits(i64::MAX));
        assert_eq!(Budget { cap: Some(10), held: 0, spent: 60 }.left(), Some(0));
    }

    #[test]
    fn a_piece_leaves_something_for_others() {
        assert_eq!(piece(5, Some(1_600), 1_000), 100);
        assert_eq!(piece(5, Some(40), 1_000), 5);
        assert_eq!(piece(5, None, 1_000), 1_000);
        assert!(Act::Grant(-1).postings().is_err() && Act::Settle { taken: 1, spent: -1 }.postings().is_err());
    }
}
