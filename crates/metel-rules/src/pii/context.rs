//! The words around a number that say what it is: 계좌, phone, 주문번호, version.
//!
//! Context decides where shape alone cannot: it lifts weak shapes and turns away
//! look-alikes. Only words near by count, nearest first.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::words::WORDS;

/// What a word says about the number beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Class {
    Phone,
    Resident,
    Foreigner,
    Business,
    Passport,
    PassportNumber,
    Licence,
    Card,
    Account,
    Bank,
    /// A bank's short name that is also an everyday word; counts only right before the number.
    ShortBank,
    Ip,
    Secret,
    Mail,
    Version,
    /// Numbers that belong to things, not people.
    Thing,
}

static INDEX: LazyLock<Option<(AhoCorasick, Vec<Class>)>> = LazyLock::new(|| {
    let mut words = Vec::new();
    let mut classes = Vec::new();
    for (class, list) in WORDS {
        for word in *list {
            words.push(*word);
            classes.push(*class);
        }
    }
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .ascii_case_insensitive(true)
        .build(words)
        .ok()
        .map(|automaton| (automaton, classes))
});

struct Hit {
    class: Class,
    start: usize,
    end: usize,
}

/// Bytes looked at before a number.
const BEFORE: usize = 72;
/// Bytes looked at after a number.
const AFTER: usize = 24;

/// The context words of one text, and those its surroundings (object keys) add.
pub(super) struct Context<'a> {
    text: &'a str,
    hits: Vec<Hit>,
    around: &'a [Class],
}

impl<'a> Context<'a> {
    pub fn new(text: &'a str, around: &'a [Class]) -> Self {
        let mut hits = Vec::new();
        if let Some((automaton, classes)) = INDEX.as_ref() {
            for found in automaton.find_iter(text) {
                if whole_word(text, found.range()) {
                    hits.push(Hit {
                        class: classes[found.pattern().as_usize()],
                        start: found.start(),
                        end: found.end(),
                    });
                }
            }
        }
        Self { text, hits, around }
    }

    /// A word of `class` shortly before or right after `range`, or around the text.
    pub fn has(&self, class: Class, range: &Range<usize>) -> bool {
        self.around.contains(&class) || self.before(class, range.start, BEFORE) || self.after(class, range.end)
    }

    /// The text's surroundings (its object keys) speak of `class`.
    pub fn around_has(&self, class: Class) -> bool {
        self.around.contains(&class)
    }

    /// A word of `class` that ends within `reach` bytes before `at`.
    pub fn before(&self, class: Class, at: usize, reach: usize) -> bool {
        self.preceding(at).take_while(|hit| at - hit.end <= reach).any(|hit| hit.class == class)
    }

    /// A word of `class` that begins within a few bytes after `at`, on the same line.
    pub fn after(&self, class: Class, at: usize) -> bool {
        let first = self.hits.partition_point(|hit| hit.start < at);
        self.hits[first..]
            .iter()
            .take_while(|hit| hit.start - at <= AFTER)
            .any(|hit| hit.class == class && !self.text[at..hit.start].contains('\n'))
    }

    /// The class of the nearest word before `at` that names a kind of number.
    pub fn label(&self, at: usize) -> Option<Class> {
        self.preceding(at)
            .take_while(|hit| at - hit.end <= BEFORE)
            .map(|hit| hit.class)
            .find(|class| !matches!(class, Class::ShortBank | Class::Ip | Class::Version | Class::Secret))
            .or_else(|| self.around.first().copied())
    }

    /// Another number stands between the nearest word and `at`.
    pub fn spent(&self, at: usize) -> bool {
        self.preceding(at)
            .find(|hit| !matches!(hit.class, Class::ShortBank | Class::Ip | Class::Version | Class::Secret))
            .is_some_and(|hit| self.text[hit.end.min(at)..at].bytes().filter(u8::is_ascii_digit).count() >= 6)
    }

    /// The nearest word before `at` names a thing (an order, a parcel), not a person's number.
    pub fn thing(&self, at: usize) -> bool {
        self.label(at) == Some(Class::Thing)
    }

    /// The end of the nearest word of `class` that ends within `reach` bytes before `at`.
    pub fn nearest(&self, class: Class, at: usize, reach: usize) -> Option<usize> {
        self.preceding(at).take_while(|hit| at - hit.end <= reach).find(|hit| hit.class == class).map(|hit| hit.end)
    }

    /// Ends of all words of `class`.
    pub fn ends(&self, class: Class) -> impl Iterator<Item = usize> + '_ {
        self.hits.iter().filter(move |hit| hit.class == class).map(|hit| hit.end)
    }

    fn preceding(&self, at: usize) -> impl Iterator<Item = &Hit> {
        let end = self.hits.partition_point(|hit| hit.end <= at);
        self.hits[..end].iter().rev()
    }
}

/// The classes an object key speaks for: `phoneNumber`, `주민번호`, `bank_account`.
pub(super) fn of_key(key: &str) -> Vec<Class> {
    let mut spaced = String::with_capacity(key.len() + 8);
    let mut lower_before = false;
    for c in key.chars().take(256) {
        if c.is_ascii_uppercase() && lower_before {
            spaced.push(' ');
        }
        lower_before = c.is_ascii_lowercase() || c.is_ascii_digit();
        spaced.push(if matches!(c, '_' | '-' | '.') { ' ' } else { c });
    }
    let context = Context::new(&spaced, &[]);
    let mut classes = Vec::new();
    for hit in context.hits.iter().rev() {
        if !classes.contains(&hit.class) {
            classes.push(hit.class);
        }
    }
    classes
}

fn whole_word(text: &str, range: Range<usize>) -> bool {
    let word = &text.as_bytes()[range.clone()];
    let before = range.start.checked_sub(1).map(|i| text.as_bytes()[i]);
    let left = !word[0].is_ascii_alphanumeric() || !before.is_some_and(|b| b.is_ascii_alphabetic());
    let rest = &text.as_bytes()[range.end..];
    let last = word[word.len() - 1];
    let right = !last.is_ascii_alphabetic()
        || match rest.first() {
            Some(b's') => !rest.get(1).is_some_and(u8::is_ascii_alphabetic),
            Some(b) => !b.is_ascii_alphabetic(),
            None => true,
        };
    left && right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_count_whole_and_near() {
        let text = "automobile 010 phone: 02";
        let context = Context::new(text, &[]);
        assert!(!context.before(Class::Phone, 11, 40));
        assert_eq!(context.label(22), Some(Class::Phone));
    }

    #[test]
    fn korean_words_need_no_spaces() {
        let text = "연락처는010";
        let context = Context::new(text, &[]);
        assert_eq!(context.label(12), Some(Class::Phone));
    }

    #[test]
    fn keys_are_split_into_words() {
        assert_eq!(of_key("customerPhoneNumber"), vec![Class::Phone]);
        assert_eq!(of_key("bank_account"), vec![Class::Account]);
        assert!(of_key("주민번호").contains(&Class::Resident));
    }
}
