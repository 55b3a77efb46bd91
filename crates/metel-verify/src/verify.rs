//! The rules. An export is read line by line; the first thing that does not hold ends it.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::io::BufRead;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::hash::{Bytes32, id, is_signed, root};
use crate::line::{Checkpoint, End, Entry, Head, Kept, Key, Kind, Leaf, Run};

/// What is asked beyond what the export says of itself.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Checkpoints that were kept where nobody who may have changed the record could reach them.
    pub kept: Vec<Kept>,
    /// The public key that the newest checkpoint has to be signed by, or one that this key vouches for.
    pub key: Option<Bytes32>,
    /// How far a clock may go back, in microseconds.
    pub clock_slack: i64,
}

impl Default for Asked {
    fn default() -> Self {
        Self { kept: Vec::new(), key: None, clock_slack: 10_000_000 }
    }
}

/// What holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub keys: u64,
    pub checkpoints: u64,
    pub runs: u64,
    pub entries: u64,
    pub events: u64,
    /// Events that checkpoints vouch for; the rest is the newest end of some chains.
    pub signed: u64,
}

/// The first thing that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// One word: `altered`, `gap`, `unreadable`, `end`, `rebuilt`, `truncated`, `removed`, `clock`, `key`, `signature`,
    /// `checkpoint`, `leaves`, `totals`, `kept`, or `file` where the export itself cannot be read.
    pub what: &'static str,
    pub run: Option<String>,
    pub event: Option<u64>,
    pub checkpoint: Option<u64>,
    /// The export's line, from 1.
    pub line: u64,
    pub why: String,
}

impl Fault {
    fn new(what: &'static str, why: impl Into<String>) -> Self {
        Self { what, run: None, event: None, checkpoint: None, line: 0, why: why.into() }
    }

    fn event(mut self, run: &str, event: u64) -> Self {
        (self.run, self.event) = (Some(run.to_owned()), Some(event));
        self
    }

    fn checkpoint(mut self, number: u64) -> Self {
        self.checkpoint = Some(number);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)?;
        if let Some(number) = self.checkpoint {
            write!(f, ", checkpoint {number}")?;
        }
        if let Some(run) = &self.run {
            write!(f, ", {run}")?;
        }
        if let Some(event) = self.event {
            write!(f, ", event {event}")?;
        }
        write!(f, ": {} (line {})", self.why, self.line)
    }
}

/// Checks an export.
pub fn verify(from: &mut impl BufRead, asked: &Asked) -> Result<Report, Fault> {
    let mut state = State { asked: asked.clone(), ..State::default() };
    let (mut text, mut line) = (String::new(), 0);
    loop {
        text.clear();
        line += 1;
        let told = |mut fault: Fault| {
            fault.line = line;
            fault
        };
        let read = from.read_line(&mut text).map_err(|e| told(Fault::new("file", e.to_string())))?;
        if read == 0 {
            return if state.ended { Ok(state.report) } else { Err(told(Fault::new("file", "it ends in the middle"))) };
        }
        state.line(text.trim_end()).map_err(told)?;
    }
}

/// The chain whose entries are being read.
struct Chain {
    name: String,
    id: [u8; 16],
    /// What its run's header says: its last event and hash.
    end: Option<(u64, Bytes32)>,
    /// What was signed of it and is still to be met.
    signed: Points,
    next: u64,
    head: Bytes32,
    at: Option<i64>,
    /// The first event that nothing signed vouches for.
    unsigned: u64,
}

/// Points of a chain that were signed, oldest first: its last event and hash.
type Points = VecDeque<(u64, Bytes32)>;

#[derive(Default)]
struct State {
    asked: Asked,
    workspace: Option<(String, [u8; 16])>,
    keys: Vec<Key>,
    /// The key of the newest checkpoint, by its place.
    key_in_use: usize,
    checkpoint: Option<Checkpoint>,
    /// Hashes of the leaves of the checkpoint that is being read.
    leaves: Vec<Bytes32>,
    last_leaf: Option<[u8; 16]>,
    head: Bytes32,
    /// For every chain that checkpoints name: its points, in order.
    signed: BTreeMap<[u8; 16], (String, Points)>,
    named: (u64, u64),
    settled: bool,
    chain: Option<Chain>,
    last_run: Option<[u8; 16]>,
    ended: bool,
    report: Report,
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::new("file", format!("the line cannot be read: {error}")))
}

fn read_id(text: &str) -> Result<[u8; 16], Fault> {
    id(text).ok_or_else(|| Fault::new("file", format!("{text:?} is not an id")))
}

impl State {
    fn line(&mut self, text: &str) -> Result<(), Fault> {
        if self.ended {
            return Err(Fault::new("file", "it goes on after its end"));
        }
        let kind = read::<Kind<'_>>(text)?.kind;
        if self.workspace.is_none() && kind != "export" {
            return Err(Fault::new("file", "it does not begin like an export"));
        }
        match kind.as_ref() {
            "entry" => self.entry(&read(text)?),
            "leaf" => self.leaf(&read(text)?),
            "checkpoint" => self.checkpoint(read(text)?),
            "run" => self.run(&read(text)?),
            "key" => self.key(read(text)?),
            "export" => self.head(read(text)?),
            "end" => self.end(&read(text)?),
            other => Err(Fault::new("file", format!("a line of type {other:?}"))),
        }
    }

    fn head(&mut self, head: Head) -> Result<(), Fault> {
        if self.workspace.is_some() || head.v != 1 {
            return Err(Fault::new("file", "not one export of version 1"));
        }
        let id = read_id(&head.workspace)?;
        self.workspace = Some((head.workspace, id));
        Ok(())
    }

    fn workspace(&self) -> [u8; 16] {
        self.workspace.as_ref().map_or([0; 16], |(_, id)| *id)
    }

    /// A key counts from 1, and the key before it vouches for it.
    fn key(&mut self, key: Key) -> Result<(), Fault> {
        let vouched = match (self.keys.last(), key.previous, &key.signature) {
            (None, None, None) => true,
            (Some(before), Some(previous), Some(signature)) => {
                before.public == previous && is_signed(&previous, &key.hash(&self.workspace()), signature)
            }
            _ => false,
        };
        if !vouched || key.number != self.keys.len() as u64 + 1 || self.report.checkpoints > 0 {
            return Err(Fault::new("key", format!("nothing vouches for key {}", key.number)));
        }
        self.keys.push(key);
        self.report.keys += 1;
        Ok(())
    }

    fn checkpoint(&mut self, new: Checkpoint) -> Result<(), Fault> {
        self.finish_checkpoint()?;
        let number = self.report.checkpoints + 1;
        let wrong = |what, why: &str| Err(Fault::new(what, why).checkpoint(number));
        if self.settled {
            return wrong("file", "it comes after the chains");
        }
        if new.number != number {
            return wrong("checkpoint", "it is missing");
        }
        if self.workspace.as_ref().is_some_and(|(name, _)| *name != new.workspace) {
            return wrong("checkpoint", "it is another workspace's");
        }
        if new.previous != self.head {
            return wrong("checkpoint", "the one before it is not the one that it follows");
        }
        let Some(key) = self.keys.iter().position(|key| key.public == new.key) else {
            return wrong("key", "its key is none of the workspace's");
        };
        if key < self.key_in_use {
            return wrong("key", "its key had been replaced");
        }
        let hash = new.hash(&self.workspace());
        if !is_signed(&new.key, &hash, &new.signature) {
            return wrong("signature", "its signature is not one of its key");
        }
        if self.checkpoint.as_ref().is_some_and(|before| before.at - new.at > self.asked.clock_slack) {
            return wrong("clock", "it says it is older than the one before it");
        }
        if self.asked.kept.iter().any(|kept| kept.checkpoint.number == number && kept_hash(kept) != Some(hash)) {
            return wrong("kept", "it is not the one that was kept elsewhere: the record was written anew");
        }
        (self.head, self.key_in_use, self.report.checkpoints) = (hash, key, number);
        self.checkpoint = Some(new);
        Ok(())
    }

    fn leaf(&mut self, leaf: &Leaf) -> Result<(), Fault> {
        let number = self.report.checkpoints;
        let wrong = |why: &str| Err(Fault::new("leaves", why).checkpoint(number).event(&leaf.run, leaf.seq));
        let (run, Some(hash)) = (read_id(&leaf.run)?, leaf.hash()) else { return wrong("not a leaf") };
        if self.checkpoint.is_none() || self.settled || self.last_leaf.is_some_and(|last| last >= run) {
            return wrong("leaves are sorted, and each names another chain");
        }
        let (_, points) = self.signed.entry(run).or_insert_with(|| (leaf.run.clone(), VecDeque::new()));
        let before = points.back().map_or(0, |(seq, _)| *seq);
        if leaf.seq <= before {
            return wrong("a chain that was signed does not become shorter");
        }
        self.named.0 += u64::from(points.is_empty());
        self.named.1 += leaf.seq - before;
        points.push_back((leaf.seq, leaf.head));
        self.last_leaf = Some(run);
        self.leaves.push(hash);
        Ok(())
    }

    /// All leaves of a checkpoint were read: they have to be what it signs.
    fn finish_checkpoint(&mut self) -> Result<(), Fault> {
        let leaves = std::mem::take(&mut self.leaves);
        self.last_leaf = None;
        let Some(checkpoint) = &self.checkpoint else { return Ok(()) };
        if leaves.len() as u64 != checkpoint.leaves || root(&leaves) != checkpoint.root {
            return Err(Fault::new("leaves", "what it names is not what it signs").checkpoint(checkpoint.number));
        }
        if self.named != (checkpoint.chains, checkpoint.events) {
            return Err(
                Fault::new("totals", "the numbers of chains and events do not add up").checkpoint(checkpoint.number)
            );
        }
        Ok(())
    }

    /// All checkpoints were read: those kept elsewhere have to be among them.
    fn settle(&mut self) -> Result<(), Fault> {
        if std::mem::replace(&mut self.settled, true) {
            return Ok(());
        }
        self.finish_checkpoint()?;
        for kept in std::mem::take(&mut self.asked.kept) {
            let number = kept.checkpoint.number;
            let wrong = |why: &str| Err(Fault::new("kept", why).checkpoint(number));
            let (hash, mut hashes) = (kept_hash(&kept), Vec::new());
            if hash.is_none_or(|hash| !is_signed(&kept.checkpoint.key, &hash, &kept.checkpoint.signature)) {
                return wrong("the checkpoint that was kept is not a signed one");
            }
            for leaf in &kept.named {
                hashes.extend(leaf.hash());
                let run = read_id(&leaf.run)?;
                let (_, points) = self.signed.entry(run).or_insert_with(|| (leaf.run.clone(), VecDeque::new()));
                points.push_back((leaf.seq, leaf.head));
                points.make_contiguous().sort_unstable();
            }
            if !kept.named.is_empty() && root(&hashes) != kept.checkpoint.root {
                return wrong("what was kept with it is not what it signs");
            }
            // What it names tells more exactly what is missing, once the chains are read.
            if number > self.report.checkpoints && kept.named.is_empty() {
                return wrong("it is missing: the end of the record was cut off");
            }
        }
        if let Some(wanted) = self.asked.key {
            let trusted = self.keys.iter().position(|key| key.public == wanted);
            if self.checkpoint.is_none() || trusted.is_none_or(|trusted| trusted > self.key_in_use) {
                return Err(Fault::new("key", "the newest checkpoint is not signed by the given key or one after it"));
            }
        }
        Ok(())
    }

    fn run(&mut self, run: &Run) -> Result<(), Fault> {
        self.settle()?;
        self.finish_chain()?;
        let id = read_id(&run.run)?;
        let journal = id == self.workspace();
        // The journal comes first, then runs in order: none twice.
        if self.last_run.is_some_and(|last| last >= id) || (journal && self.report.runs > 0) {
            return Err(Fault::new("file", format!("{} stands in the wrong place", run.run)));
        }
        self.last_run = (!journal).then_some(id);
        let end = match (run.seq, run.head) {
            (Some(seq), Some(head)) => Some((seq, head)),
            (None, None) if journal => None,
            _ => return Err(Fault::new("file", "a run without its end")),
        };
        let signed = self.signed.remove(&id).map(|(_, points)| points).unwrap_or_default();
        let name = run.run.clone();
        self.chain = Some(Chain { name, id, end, signed, next: 1, head: [0; 32], at: None, unsigned: 1 });
        self.report.runs += 1;
        Ok(())
    }

    fn entry(&mut self, entry: &Entry<'_>) -> Result<(), Fault> {
        let workspace = self.workspace();
        let Some(chain) = &mut self.chain else { return Err(Fault::new("file", "an entry of no run")) };
        let wrong = |what, seq, why: &str| Err(Fault::new(what, why).event(&chain.name, seq));
        if entry.seq != chain.next {
            return wrong("gap", chain.next, "it is missing, or stands elsewhere");
        }
        if entry.chain(&chain.head, &workspace, &chain.id) != entry.hash {
            return wrong("altered", entry.seq, "its hash is not that of its text after the one before it");
        }
        let count = serde_json::from_str::<Vec<&RawValue>>(&entry.body).map_or(0, |events| events.len() as u64);
        if count == 0 || count != entry.count {
            return wrong("unreadable", entry.seq, "it does not hold the events that it counts");
        }
        chain.head = entry.hash;
        chain.next += count;
        while let Some((seq, head)) = chain.signed.front().filter(|(seq, _)| *seq < chain.next) {
            if *seq + 1 != chain.next || *head != chain.head {
                let why = format!("events {} to {seq} are not those that were signed", chain.unsigned);
                return wrong("rebuilt", chain.unsigned, &why);
            }
            self.report.signed += chain.next - chain.unsigned;
            chain.unsigned = chain.next;
            chain.signed.pop_front();
        }
        if chain.at.is_some_and(|before| before - entry.at > self.asked.clock_slack) {
            return wrong("clock", entry.seq, "it says it is older than the one before it");
        }
        chain.at = Some(entry.at);
        self.report.entries += 1;
        self.report.events += count;
        Ok(())
    }

    fn finish_chain(&mut self) -> Result<(), Fault> {
        let Some(chain) = self.chain.take() else { return Ok(()) };
        if let Some((seq, _)) = chain.signed.front() {
            let why = format!("it was signed up to event {seq} and ends before");
            return Err(Fault::new("truncated", why).event(&chain.name, chain.next));
        }
        if chain.end.is_some_and(|end| end != (chain.next - 1, chain.head)) {
            return Err(Fault::new("end", "the log ends elsewhere than its run").event(&chain.name, chain.next));
        }
        Ok(())
    }

    fn end(&mut self, end: &End) -> Result<(), Fault> {
        self.settle()?;
        self.finish_chain()?;
        if let Some((run, points)) = self.signed.values().next() {
            let last = points.back().map_or(0, |(seq, _)| *seq);
            return Err(Fault::new("removed", format!("its {last} events were signed and are gone")).event(run, 1));
        }
        let told = (end.keys, end.checkpoints, end.runs, end.entries);
        let Report { keys, checkpoints, runs, entries, .. } = self.report;
        if told != (keys, checkpoints, runs, entries) {
            return Err(Fault::new("file", "it does not hold what its last line counts"));
        }
        self.ended = true;
        Ok(())
    }
}

fn kept_hash(kept: &Kept) -> Option<Bytes32> {
    Some(kept.checkpoint.hash(&id(&kept.checkpoint.workspace)?))
}
