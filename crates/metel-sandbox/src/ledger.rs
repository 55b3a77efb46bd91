//! The durable count: one JSON line per effect, synced before the answer leaves. A torn last
//! line (the process was killed while writing) is cut off, because its answer was never sent; a
//! bad line anywhere else is refused.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::effect::Effect;

/// An open ledger file.
pub(crate) struct Ledger {
    file: File,
    broken: bool,
}

impl Ledger {
    /// Opens or creates the file, cuts a torn last line off, and answers the effects in it.
    pub(crate) fn open(path: &Path) -> io::Result<(Self, Vec<Effect>)> {
        let fresh = !path.exists();
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let (effects, whole) = parse(&bytes)?;
        file.set_len(whole as u64)?;
        file.seek(SeekFrom::Start(whole as u64))?;
        file.sync_all()?;
        if fresh && let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
            File::open(folder)?.sync_all()?;
        }
        let ledger = Self { file, broken: false };
        Ok((ledger, effects))
    }

    /// Appends one effect and syncs. After a failure every later append is refused, because the
    /// file's end is no longer known.
    pub(crate) fn append(&mut self, effect: &Effect) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other("the ledger failed before; restart the sandbox"));
        }
        let mut line = serde_json::to_vec(effect)?;
        line.push(b'\n');
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        self.broken = written.is_err();
        written
    }
}

/// Reads a ledger file without changing it, for suites that count effects.
///
/// # Errors
/// The file cannot be read, or a line other than a torn last one is not an effect.
pub fn read_ledger(path: &Path) -> io::Result<Vec<Effect>> {
    parse(&std::fs::read(path)?).map(|(effects, _)| effects)
}

fn parse(bytes: &[u8]) -> io::Result<(Vec<Effect>, usize)> {
    let mut effects = Vec::new();
    let mut whole = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if line.last() != Some(&b'\n') {
            break;
        }
        let effect: Effect = serde_json::from_slice(line).map_err(|error| bad(&effects, &error))?;
        if effect.seq != effects.len() as u64 + 1 {
            return Err(bad(&effects, &"sequence has a gap"));
        }
        effects.push(effect);
        whole += line.len();
    }
    Ok((effects, whole))
}

fn bad(read: &[Effect], why: &dyn std::fmt::Display) -> io::Error {
    let line = read.len() + 1;
    io::Error::new(io::ErrorKind::InvalidData, format!("ledger line {line}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(seq: u64) -> Effect {
        Effect {
            seq,
            at: 1,
            service: "ledgerbox".into(),
            op: "record".into(),
            key: Some("k".into()),
            run: None,
            target: None,
            id: "x".into(),
            body_sha256: String::new(),
            body: serde_json::json!({"내용": "가"}),
        }
    }

    #[test]
    fn keeps_what_was_appended_and_cuts_a_torn_tail() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.jsonl");
        let (mut ledger, none) = Ledger::open(&path).unwrap();
        assert!(none.is_empty());
        ledger.append(&effect(1)).unwrap();
        ledger.append(&effect(2)).unwrap();
        drop(ledger);
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"seq\":3,\"at\"").unwrap();
        let (mut ledger, two) = Ledger::open(&path).unwrap();
        assert_eq!(two, vec![effect(1), effect(2)]);
        ledger.append(&effect(3)).unwrap();
        assert_eq!(read_ledger(&path).unwrap().len(), 3);
    }

    #[test]
    fn refuses_a_bad_line_in_the_middle() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.jsonl");
        std::fs::write(&path, "nonsense\n").unwrap();
        assert!(Ledger::open(&path).is_err());
        let gap = serde_json::to_string(&effect(2)).unwrap() + "\n";
        std::fs::write(&path, gap).unwrap();
        assert!(Ledger::open(&path).is_err());
    }
}
