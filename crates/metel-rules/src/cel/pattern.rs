//! Regular expressions: RE2's dialect, bounded size, and a price that covers the worst case. A lazy
//! automaton runs first; when a text makes it thrash it gives up early, and the slow but linear
//! simulation runs only if the fuel left pays for it.

use std::sync::Arc;

use regex_automata::Input;
use regex_automata::hybrid::dfa::DFA;
use regex_automata::nfa::thompson::pikevm::PikeVM;
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::syntax;

use super::error::CelError;
use super::meter::Meter;

/// Longest pattern in bytes.
const MAX_PATTERN: usize = 2048;
/// Largest compiled pattern in bytes.
const MAX_PROGRAM: usize = 256 * 1024;
/// Room for the states of the lazy automaton in bytes.
const MAX_CACHE: usize = 512 * 1024;
/// The lazy automaton gives up when each of its states serves fewer bytes than this.
const BYTES_PER_STATE: usize = 200;
/// Bytes of built states that one step pays for.
const BYTES_PER_STEP: usize = 8;
/// What compiling a pattern while evaluating costs.
pub(crate) const COMPILE_STEPS: usize = 10_000;

/// A compiled pattern. Cheap to clone; safe to share.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Arc<Engines>);

#[derive(Debug)]
struct Engines {
    fast: DFA,
    slow: PikeVM,
    states: usize,
}

impl Pattern {
    /// Refuses patterns that are not RE2's or that are too large.
    pub fn new(pattern: &str) -> Result<Self, CelError> {
        let bad = |_| CelError::evaluation("not a regular expression, or too large a one");
        if pattern.len() > MAX_PATTERN {
            return Err(CelError::evaluation("the regular expression is too long"));
        }
        let nfa = thompson::Compiler::new()
            .syntax(syntax::Config::new().nest_limit(50))
            .configure(thompson::Config::new().nfa_size_limit(Some(MAX_PROGRAM)).which_captures(WhichCaptures::None))
            .build(pattern)
            .map_err(bad)?;
        let fast = DFA::builder()
            .configure(
                DFA::config()
                    .cache_capacity(MAX_CACHE)
                    .skip_cache_capacity_check(true)
                    .minimum_cache_clear_count(Some(1))
                    .minimum_bytes_per_state(Some(BYTES_PER_STATE))
                    .unicode_word_boundary(true),
            )
            .build_from_nfa(nfa.clone());
        let states = nfa.states().len();
        let fast = fast.map_err(|_| CelError::evaluation("too large a regular expression"))?;
        let slow = PikeVM::new_from_nfa(nfa).map_err(bad)?;
        Ok(Pattern(Arc::new(Engines { fast, slow, states })))
    }

    /// Whether any part of `subject` matches.
    pub fn matches(&self, subject: &str, meter: &mut Meter) -> Result<bool, CelError> {
        let Engines { fast, slow, states } = self.0.as_ref();
        let worst = subject.len().saturating_mul(*states);
        meter.step(1 + subject.len() / 64 + worst / (16 * BYTES_PER_STATE))?;
        let input = Input::new(subject).earliest(true);
        let mut cache = fast.create_cache();
        let empty = cache.memory_usage();
        let outcome = fast.try_search_fwd(&mut cache, &input);
        // Building states is the dear part; how many there were is known only now.
        let built = cache.memory_usage().saturating_sub(empty) + cache.clear_count() * MAX_CACHE;
        meter.step(built / BYTES_PER_STEP)?;
        if let Ok(found) = outcome {
            return Ok(found.is_some());
        }
        meter.step(worst / 4)?;
        Ok(slow.is_match(&mut slow.create_cache(), subject))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Instant;

    use super::*;
    use crate::cel::Fuel;

    #[test]
    fn matches_parts_of_text() {
        let mut meter = Meter::new(Fuel::default());
        for (pattern, text, expected) in [
            ("^[가-힣]{2,4}$", "김민수", true),
            ("^[가-힣]{2,4}$", "Kim", false),
            ("b", "abc", true),
            ("\\b민수\\b", "김 민수 님", true),
            ("(?i)straße", "STRASSE STRAßE", true),
            ("", "", true),
            ("^$", "a", false),
        ] {
            let pattern = Pattern::new(pattern).unwrap();
            assert_eq!(pattern.matches(text, &mut meter).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn refuses_back_references_and_giants() {
        for bad in ["(a)\\1", "(?=a)", "(", "((a{1000}){1000}){1000}", "\\w{500}", &"(".repeat(60)] {
            assert!(Pattern::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_pattern_ends_quickly() {
        // A text without a short period, so that automata keep meeting new states.
        let mut seed = 1_u32;
        let noise: String = (0..4_000_000)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if seed >> 31 == 0 { 'a' } else { 'b' }
            })
            .collect();
        for pattern in [
            "(a|b)*a(a|b){9}c$",
            "(a|b)*a(a|b){14}c$",
            "(a|b)*a(a|b){200}c$",
            "(a|b)*a(a|b){1000}c$",
            "(.*)(.*)(.*)(.*)(.*)(.*)(.*)[^ab]$",
            "(x?a?b?){60}c$",
            "(\\w{0,10}){0,5}é$",
            "a.{0,500}c$",
            "(a*)*c",
            "[ab]+c",
        ] {
            let Ok(pattern) = Pattern::new(pattern) else { continue };
            for length in [1_000, 20_000, 200_000, 4_000_000] {
                let run = || {
                    let started = Instant::now();
                    let mut meter = Meter::new(Fuel::default());
                    let outcome = pattern.matches(&noise[..length], &mut meter);
                    assert!(outcome.is_err() || !outcome.unwrap());
                    started.elapsed()
                };
                let took = (0..3).map(|_| run()).min().unwrap();
                assert!(took.as_millis() < 100 * u128::from(crate::SLACK), "{took:?} {length} {pattern:?}");
            }
        }
    }
}
