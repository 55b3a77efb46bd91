//! Counts what an evaluation uses. Every loop and every allocation asks here first.

use super::error::CelError;
use super::limits::Fuel;

/// Bytes of text looked at that cost one step.
const TEXT_PER_STEP: usize = 64;
/// What a list slot or map entry is taken to weigh.
const SLOT: usize = 32;

#[derive(Debug)]
pub(crate) struct Meter {
    left: Fuel,
}

impl Meter {
    pub fn new(fuel: Fuel) -> Self {
        Meter { left: fuel }
    }

    pub fn unbounded() -> Self {
        Meter::new(Fuel { steps: u64::MAX, bytes: u64::MAX })
    }

    /// Pays for `n` visits.
    pub fn step(&mut self, n: usize) -> Result<(), CelError> {
        match self.left.steps.checked_sub(n as u64) {
            Some(left) => self.left.steps = left,
            None => return Err(CelError::Exhausted("steps")),
        }
        Ok(())
    }

    /// Pays for looking through `len` bytes.
    pub fn read(&mut self, len: usize) -> Result<(), CelError> {
        self.step(len / TEXT_PER_STEP)
    }

    /// Pays for `len` new bytes.
    pub fn produce(&mut self, len: usize) -> Result<(), CelError> {
        match self.left.bytes.checked_sub(len as u64) {
            Some(left) => self.left.bytes = left,
            None => return Err(CelError::Exhausted("room for results")),
        }
        self.read(len)
    }

    /// Pays for `n` new list slots or map entries.
    pub fn slots(&mut self, n: usize) -> Result<(), CelError> {
        self.produce(n.saturating_mul(SLOT))
    }
}
