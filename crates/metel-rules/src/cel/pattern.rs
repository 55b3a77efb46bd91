//! Regular expressions of `matches`: RE2's dialect, linear time, bounded size. The price of a match
//! follows from the size the program needed, so a costly pattern meets the fuel limit early.

use std::sync::Arc;

use regex::{Regex, RegexBuilder};

use super::error::CelError;
use super::meter::Meter;

/// Longest pattern in bytes.
const MAX_PATTERN: usize = 2048;
/// Sizes of the compiled program tried in turn; the last is the largest allowed.
const SIZES: [usize; 4] = [4 << 10, 16 << 10, 64 << 10, 256 << 10];

#[derive(Clone, Debug)]
pub(super) struct Pattern {
    regex: Arc<Regex>,
    /// Subject bytes that one step pays for.
    bytes_per_step: usize,
}

impl Pattern {
    /// Refuses patterns that are not RE2 or that are too large.
    pub fn new(pattern: &str) -> Result<Self, CelError> {
        if pattern.len() > MAX_PATTERN {
            return Err(CelError::evaluation("the regular expression is too long"));
        }
        for (i, size) in SIZES.iter().enumerate() {
            let built = RegexBuilder::new(pattern).size_limit(*size).dfa_size_limit(1 << 20).nest_limit(50).build();
            match built {
                Ok(regex) => {
                    let bytes_per_step = 64 >> (2 * i);
                    return Ok(Pattern { regex: Arc::new(regex), bytes_per_step });
                }
                Err(regex::Error::CompiledTooBig(_)) => {}
                Err(_) => return Err(CelError::evaluation("not a regular expression")),
            }
        }
        Err(CelError::evaluation("the regular expression is too large"))
    }

    /// Whether any part of `subject` matches.
    pub fn matches(&self, subject: &str, meter: &mut Meter) -> Result<bool, CelError> {
        meter.step(1 + subject.len() / self.bytes_per_step)?;
        Ok(self.regex.is_match(subject))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::cel::limits::Fuel;

    #[test]
    fn matches_parts_of_text() {
        let mut meter = Meter::new(Fuel::default());
        let pattern = Pattern::new("^[가-힣]{2,4}$").unwrap();
        assert!(pattern.matches("김민수", &mut meter).unwrap());
        assert!(!pattern.matches("Kim", &mut meter).unwrap());
        assert!(Pattern::new("b").unwrap().matches("abc", &mut meter).unwrap());
    }

    #[test]
    fn refuses_back_references_and_giants() {
        for bad in ["(a)\\1", "(?=a)", "(", "((a{1000}){1000}){1000}", "\\w{500}", &"(".repeat(60)] {
            assert!(Pattern::new(bad).is_err(), "{bad}");
        }
    }
}
