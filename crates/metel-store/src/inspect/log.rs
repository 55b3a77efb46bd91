//! SQLite's write-ahead log, read as its file format says: how many frames hold, and whether what follows them was
//! being written when the machine or the process stopped.

use std::io::Read as _;
use std::path::Path;

/// How a log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    /// There is none, or it is empty.
    None,
    /// Every frame of it holds.
    Sound,
    /// After so many frames that hold, one does not: it is left out, with all that follow.
    Torn { frames: u64 },
    /// Its beginning does not hold: nothing of it is read.
    Headless,
}

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// Larger logs are not read through.
const BYTES_MAX: u64 = 512 * 1024 * 1024;

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_be_bytes)
}

/// The format's checksum over pairs of words.
fn sum(bytes: &[u8], big: bool, (mut a, mut b): (u32, u32)) -> (u32, u32) {
    for pair in bytes.chunks_exact(8) {
        let read = |at: usize| {
            let word: [u8; 4] = [pair[at], pair[at + 1], pair[at + 2], pair[at + 3]];
            if big { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) }
        };
        a = a.wrapping_add(read(0)).wrapping_add(b);
        b = b.wrapping_add(read(4)).wrapping_add(a);
    }
    (a, b)
}

/// Reads the log of the database at `path`. Blocks.
pub fn log(path: &Path) -> std::io::Result<Log> {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    let file = match std::fs::File::open(Path::new(&name)) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Log::None),
        Err(error) => return Err(error),
    };
    let size = file.metadata()?.len();
    if size == 0 || size > BYTES_MAX {
        return Ok(if size == 0 { Log::None } else { Log::Sound });
    }
    let mut bytes = Vec::with_capacity(size as usize);
    file.take(BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(judge(&bytes))
}

fn judge(bytes: &[u8]) -> Log {
    let magic = word(bytes, 0);
    if bytes.len() < HEADER || magic & 0xffff_fffe != 0x377f_0682 {
        return Log::Headless;
    }
    let big = magic & 1 == 1;
    let page = word(bytes, 8) as usize;
    let mut so_far = sum(&bytes[..24], big, (0, 0));
    if so_far != (word(bytes, 24), word(bytes, 28)) || !(512..=65_536).contains(&page) {
        return Log::Headless;
    }
    let salts = (word(bytes, 16), word(bytes, 20));
    let mut frames = 0;
    let mut rest = &bytes[HEADER..];
    while !rest.is_empty() {
        // Frames of an earlier round lie behind the end and carry other salts.
        if rest.len() >= 16 && (word(rest, 8), word(rest, 12)) != salts {
            return Log::Sound;
        }
        if rest.len() < FRAME_HEADER + page {
            return Log::Torn { frames };
        }
        let (frame, after) = rest.split_at(FRAME_HEADER + page);
        so_far = sum(&frame[FRAME_HEADER..], big, sum(&frame[..8], big, so_far));
        if so_far != (word(frame, 16), word(frame, 20)) {
            return Log::Torn { frames };
        }
        frames += 1;
        rest = after;
    }
    Log::Sound
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    #[test]
    fn a_torn_log_is_told_from_a_sound_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        let wal = folder.path().join("x.db-wal");
        assert_eq!(log(&path).unwrap(), Log::None);
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (x);")
            .unwrap();
        for n in 0..20 {
            connection.execute("INSERT INTO t VALUES (?1)", [n.to_string().repeat(300)]).unwrap();
        }
        assert_eq!(log(&path).unwrap(), Log::Sound);
        let whole = std::fs::read(&wal).unwrap();
        for cut in [1, 100, 4_000] {
            std::fs::write(&wal, &whole[..whole.len() - cut]).unwrap();
            assert!(matches!(log(&path).unwrap(), Log::Torn { frames } if frames > 10), "{cut}");
        }
        let mut bent = whole.clone();
        let end = bent.len() - 50;
        bent[end] ^= 1;
        assert!(matches!(judge(&bent), Log::Torn { .. }));
        assert_eq!(judge(b"garbage that is long enough to be a header of a log"), Log::Headless);
        // A round that began anew leaves the frames of the one before behind its end.
        std::fs::write(&wal, &whole).unwrap();
        drop(connection);
    }
}
