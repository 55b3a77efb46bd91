//! Answers to what was asked before, for one index. Bounded; the oldest go first.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use super::Hit;

/// Most answers kept.
const ANSWERS_MAX: usize = 256;
/// Longest question that is kept, in bytes.
const QUESTION_BYTES_MAX: usize = 1_000;

#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    answers: HashMap<(String, usize), Vec<Hit>>,
    order: VecDeque<(String, usize)>,
}

impl Cache {
    pub fn get(&self, query: &str, k: usize) -> Option<Vec<Hit>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.answers.get(&(query.to_owned(), k)).cloned()
    }

    pub fn put(&self, query: &str, k: usize, hits: &[Hit]) {
        if query.len() > QUESTION_BYTES_MAX {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (query.to_owned(), k);
        if kept.answers.insert(key.clone(), hits.to_vec()).is_none() {
            kept.order.push_back(key);
        }
        while kept.order.len() > ANSWERS_MAX {
            let oldest = kept.order.pop_front();
            oldest.and_then(|oldest| kept.answers.remove(&oldest));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_answers_go_first() {
        let cache = Cache::default();
        let hits = [Hit { id: "a.b".to_owned(), score: 1.0 }];
        for n in 0..=ANSWERS_MAX {
            cache.put(&format!("q{n}"), 8, &hits);
        }
        assert_eq!(cache.get("q0", 8), None);
        assert_eq!(cache.get("q1", 8).as_deref(), Some(&hits[..]));
        assert_eq!(cache.get("q1", 9), None);
    }
}
