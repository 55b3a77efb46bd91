//! Chance that can be repeated: ids and jitter derived from a run's own place in its log.
//!
//! A replay that stands at the same event of the same run draws the same values, so nothing
//! random ever has to be recorded.

use uuid::Uuid;

use crate::hash::Digest;
use crate::id::RunId;
use crate::time::Micros;

/// A stream of derived values for one transition of one run.
#[derive(Debug, Clone)]
pub struct Chance {
    run: RunId,
    seq: u64,
    at: Micros,
    drawn: u32,
}

impl Chance {
    pub fn new(run: RunId, seq: u64, at: Micros) -> Self {
        Self { run, seq, at, drawn: 0 }
    }

    fn draw(&mut self) -> Digest {
        self.drawn += 1;
        Digest::of_parts(&[self.run.as_bytes(), &self.seq.to_be_bytes(), &self.drawn.to_be_bytes()])
    }

    /// A UUIDv7 whose time is the transition's and whose other bits are derived.
    pub fn uuid(&mut self) -> Uuid {
        let digest = self.draw();
        let mut random = [0u8; 10];
        random.copy_from_slice(&digest.0[..10]);
        let millis = (self.at.0.max(0) / 1_000) as u64;
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// A number from 0 up to, not including, `below`; 0 when `below` is 0.
    pub fn below(&mut self, below: u64) -> u64 {
        let digest = self.draw();
        let mut bytes = [0u8; 8];
        bytes.copy_from_slice(&digest.0[..8]);
        if below == 0 { 0 } else { u64::from_be_bytes(bytes) % below }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_place_draws_the_same() {
        let run = RunId(Uuid::from_u128(7));
        let draw = || {
            let mut chance = Chance::new(run, 3, Micros(1_000_000));
            (chance.uuid(), chance.below(100))
        };
        assert_eq!(draw(), draw());
        assert_eq!(draw().0.get_version_num(), 7);
    }
}
