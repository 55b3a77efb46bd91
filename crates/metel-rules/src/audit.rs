//! The audit of one run's log: sequence, chain and content, told by the first event that is wrong.

use metel_model::event::Entry;
use metel_model::hash::Digest;
use metel_model::id::{RunId, WorkspaceId};

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
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Altered => "altered",
            Self::Unreadable => "unreadable",
            Self::End => "end",
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
    pub events: u64,
}

impl Audit {
    pub fn new(workspace: WorkspaceId, run: RunId) -> Self {
        Self { workspace, run, next: 1, head: Digest::ZERO, events: 0 }
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
            let count = entry.events().map(|events| events.len() as u32).unwrap_or(0);
            if count == 0 || count != entry.count {
                return Err(Wrong { seq: entry.seq, what: Kind::Unreadable });
            }
            self.head = hash;
            self.next += u64::from(count);
            self.events += u64::from(count);
        }
        Ok(())
    }

    /// Compares the end with the run's header: number of its next event and hash of its newest entry.
    pub fn end(&self, seq: u64, head: Digest) -> Result<(), Wrong> {
        if seq == self.next && head == self.head { Ok(()) } else { Err(Wrong { seq: self.next, what: Kind::End }) }
    }
}
