//! Wall clocks and ids of simulated processes. A clock follows its process's own time and may be wrong;
//! ids come from dice, so that the same seed draws the same ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use metel_model::id::IdSource;
use metel_model::time::{Clock, Micros};
use parking_lot::Mutex;
use tokio::time::Instant;
use uuid::Uuid;

use crate::dice::Dice;
use crate::story::{Story, seconds};

/// The wall clock when a simulation begins, in microseconds: 2026-01-01.
pub const EPOCH: i64 = 1_767_225_600_000_000;

/// A wall-clock time as seconds since the simulation began.
pub fn since_start(at: Micros) -> String {
    seconds(ms_since_start(at))
}

/// A wall-clock time as milliseconds since the simulation began.
pub fn ms_since_start(at: Micros) -> u64 {
    (at.0 - EPOCH).max(0) as u64 / 1_000
}

/// The wall clock of a process: the simulation's time and its own error.
pub struct Wall {
    /// When the process was started, in simulated milliseconds and by its runtime.
    born: u64,
    base: Instant,
    /// How far it is ahead, in microseconds.
    ahead: Arc<AtomicI64>,
}

impl Wall {
    /// Made within the process's runtime at the moment of its start.
    pub fn new(born: u64, base: Instant, ahead: Arc<AtomicI64>) -> Self {
        Self { born, base, ahead }
    }
}

impl Clock for Wall {
    fn now(&self) -> Micros {
        let own = (Instant::now() - self.base).as_micros() as i64;
        Micros(EPOCH + self.born as i64 * 1_000 + own + self.ahead.load(Ordering::Relaxed))
    }
}

/// Version 7 ids from dice that others may throw as well.
pub struct Ids {
    dice: Arc<Mutex<Dice>>,
    story: Story,
}

impl Ids {
    pub fn new(dice: Arc<Mutex<Dice>>, story: Story) -> Self {
        Self { dice, story }
    }
}

impl IdSource for Ids {
    fn next(&self) -> Uuid {
        let mut dice = self.dice.lock();
        let ms = EPOCH as u64 / 1_000 + self.story.now();
        let mut bytes =
            (u128::from(ms) << 80 | u128::from(dice.draw()) << 16 | u128::from(dice.draw() & 0xFFFF)).to_be_bytes();
        bytes[6] = bytes[6] & 0x0F | 0x70;
        bytes[8] = bytes[8] & 0x3F | 0x80;
        Uuid::from_bytes(bytes)
    }
}
