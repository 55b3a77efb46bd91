//! The audit of one chain's log: sequence, chain, content, and what signed checkpoints say of it, told by the
//! first event that is wrong.

use metel_model::checkpoint::Leaf;
use metel_model::event::Entry;
use metel_model::hash::Digest;
use metel_model::id::{RunId, WorkspaceId};
use metel_model::time::Micros;
use serde_json::value::RawValue;

/// Clocks of machines that share a store differ, and are put right: a step back of less is nothing.
pub const CLOCK_SLACK_MS: u64 = 10_000;

/// What is wrong with a log, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The first event that does not hold.
    pub seq: u64,
    pub what: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An event is missing or there twice.
    Gap,
    /// An entry is not what was hashed.
    Altered,
    /// The entry cannot be read.
    Unreadable,
    /// The log ends before or behind what the run's header says.
    End,
    /// The hashes fit each other, but are not those that were signed: it was written anew from here at the latest.
    Rebuilt,
    /// It ends before the end that was signed.
    Truncated,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Altered => "altered",
            Self::Unreadable => "unreadable",
            Self::End => "end",
            Self::Rebuilt => "rebuilt",
            Self::Truncated => "truncated",
        }
    }
}

/// Where a verification stands; a long log is fed in pieces.
#[derive(Debug, Clone)]
pub struct Audit {
    workspace: WorkspaceId,
    run: RunId,
    next: u64,
    head: Digest,
    at: Option<Micros>,
    /// What was signed of it and is still to be met, the next one last.
    signed: Vec<Leaf>,
    /// The first event that no signature vouches for.
    unsigned: u64,
    pub events: u64,
    /// The first event that says it is older than the one before it.
    pub clock: Option<u64>,
}

impl Audit {
    pub fn new(workspace: WorkspaceId, run: RunId) -> Self {
        Self {
            workspace,
            run,
            next: 1,
            head: Digest::ZERO,
            at: None,
            signed: Vec::new(),
            unsigned: 1,
            events: 0,
            clock: None,
        }
    }

    /// Holds it against what checkpoints say of it, oldest first.
    pub fn against(mut self, mut signed: Vec<Leaf>) -> Self {
        signed.reverse();
        self.signed = signed;
        self
    }

    /// Number of the next event.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Events that signatures vouch for so far.
    pub fn vouched(&self) -> u64 {
        self.unsigned - 1
    }

    /// Checks the next entries.
    pub fn feed(&mut self, entries: &[Entry]) -> Result<(), Wrong> {
        for entry in entries {
            if entry.seq != self.next {
                return Err(Wrong { seq: self.next, what: Kind::Gap });
            }
            let hash = Entry::chain(
                &self.head,
                self.workspace,
                self.run,
                entry.seq,
                &entry.command,
                &entry.actor,
                entry.at,
                &entry.body,
            );
            if hash != entry.hash {
                return Err(Wrong { seq: entry.seq, what: Kind::Altered });
            }
            let count = serde_json::from_str::<Vec<&RawValue>>(&entry.body).map_or(0, |events| events.len() as u32);
            if count == 0 || count != entry.count {
                return Err(Wrong { seq: entry.seq, what: Kind::Unreadable });
            }
            self.head = hash;
            self.next += u64::from(count);
            self.events += u64::from(count);
            self.meet()?;
            if self.at.is_some_and(|before| before.millis_since(entry.at) > CLOCK_SLACK_MS) {
                self.clock.get_or_insert(entry.seq);
            }
            self.at = Some(entry.at);
        }
        Ok(())
    }

    /// Compares with what was signed of the chain up to here.
    fn meet(&mut self) -> Result<(), Wrong> {
        while let Some(leaf) = self.signed.last().filter(|leaf| leaf.seq < self.next) {
            if leaf.seq + 1 != self.next || leaf.head != self.head {
                return Err(Wrong { seq: self.unsigned, what: Kind::Rebuilt });
            }
            self.unsigned = self.next;
            self.signed.pop();
        }
        Ok(())
    }

    /// All of it was fed: nothing that was signed may be missing.
    pub fn complete(&self) -> Result<(), Wrong> {
        if self.signed.is_empty() { Ok(()) } else { Err(Wrong { seq: self.next, what: Kind::Truncated }) }
    }

    /// Compares the end with the run's header: number of its next event and hash of its newest entry.
    pub fn end(&self, seq: u64, head: Digest) -> Result<(), Wrong> {
        self.complete()?;
        if seq == self.next && head == self.head { Ok(()) } else { Err(Wrong { seq: self.next, what: Kind::End }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const WS: WorkspaceId = WorkspaceId(Uuid::from_u128(1));
    const RUN: RunId = RunId(Uuid::from_u128(2));

    fn log(texts: &[(&str, i64)]) -> Vec<Entry> {
        let (mut head, mut seq, mut out) = (Digest::ZERO, 1, Vec::new());
        for (text, at) in texts {
            let (body, at) = (format!(r#"[{{"type":"{text}"}},{{}}]"#), Micros(at * 1_000_000));
            head = Entry::chain(&head, WS, RUN, seq, "wake", "worker", at, &body);
            let (actor, command) = ("worker".to_owned(), "wake".to_owned());
            out.push(Entry { seq, count: 2, at, actor, command, body, hash: head });
            seq += 2;
        }
        out
    }

    fn leaf(entry: &Entry) -> Leaf {
        Leaf { run: RUN, seq: entry.seq + 1, head: entry.hash }
    }

    fn check(log: &[Entry], signed: Vec<Leaf>) -> Result<Audit, Wrong> {
        let mut audit = Audit::new(WS, RUN).against(signed);
        audit.feed(log)?;
        audit.complete()?;
        Ok(audit)
    }

    #[test]
    fn what_was_signed_is_found_again() {
        let log = log(&[("a", 1), ("b", 2), ("c", 3)]);
        let audit = check(&log, vec![leaf(&log[0]), leaf(&log[1])]).unwrap();
        assert_eq!((audit.vouched(), audit.events, audit.clock), (4, 6, None));
    }

    #[test]
    fn a_log_written_anew_is_not_the_signed_one() {
        let old = log(&[("a", 1), ("b", 2), ("c", 3)]);
        let signed = vec![leaf(&old[0]), leaf(&old[2])];
        let new = log(&[("a", 1), ("x", 2), ("c", 3)]);
        assert_eq!(check(&new, signed.clone()).unwrap_err(), Wrong { seq: 3, what: Kind::Rebuilt });
        let longer = log(&[("a", 1), ("b", 2), ("x", 3), ("y", 4)]);
        assert_eq!(check(&longer, signed.clone()).unwrap_err(), Wrong { seq: 3, what: Kind::Rebuilt });
        assert_eq!(check(&old[..2], signed).unwrap_err(), Wrong { seq: 5, what: Kind::Truncated });
        assert!(check(&new, Vec::new()).is_ok(), "a bare chain does not notice");
    }

    #[test]
    fn a_clock_that_was_put_back_shows() {
        assert_eq!(check(&log(&[("a", 100), ("b", 95)]), Vec::new()).unwrap().clock, None);
        assert_eq!(check(&log(&[("a", 100), ("b", 40), ("c", 41)]), Vec::new()).unwrap().clock, Some(3));
    }
}
