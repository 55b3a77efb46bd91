//! Digit groups and what stands between them: the raw material of every number.
//!
//! A chain is a run of digit groups joined by short separators. Detectors take
//! whole groups only, so a number never starts inside a longer one.

use std::ops::Range;

use smallvec::SmallVec;

/// What joins two groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    Hyphen,
    Dot,
    Space,
    /// Two or three spaces.
    Wide,
    Close,
    Open,
    Slash,
    /// A comma, a colon or an underscore: part of another notation.
    Tight,
}

/// Digits a group keeps; a longer group is no number anybody carries.
pub(super) const LONGEST: usize = 20;

/// One run of digits; `digits` is empty when the run is longer than [`LONGEST`].
#[derive(Debug)]
pub(super) struct Group {
    pub start: usize,
    pub end: usize,
    pub digits: SmallVec<[u8; LONGEST]>,
    /// What follows, when another group does.
    pub gap: Option<Gap>,
}

/// Groups joined to each other, in order.
pub(super) type Chain = Vec<Group>;

/// Calls `each` with every chain of the text, and again with the reading of
/// digits that were typed apart (`0 1 0 - 1 2 3 4`).
pub(super) fn chains(text: &str, mut each: impl FnMut(&Chain)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut chain = Chain::new();
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && bytes[at].is_ascii_digit() {
            at += 1;
        }
        let digits = if at - start <= LONGEST { SmallVec::from_slice(&bytes[start..at]) } else { SmallVec::new() };
        let gap = gap(&bytes[at..]);
        chain.push(Group { start, end: at, digits, gap: gap.map(|(gap, _)| gap) });
        match gap {
            Some((_, length)) => at += length,
            None => {
                each(&chain);
                if let Some(joined) = typed_apart(&chain) {
                    each(&joined);
                }
                chain.clear();
            }
        }
    }
}

/// The separator at the start of `rest`, if a digit follows it, and its length.
fn gap(rest: &[u8]) -> Option<(Gap, usize)> {
    let length = rest.iter().take(4).position(u8::is_ascii_digit)?;
    let gap = match &rest[..length] {
        b"-" | b" - " | b"- " | b" -" => Gap::Hyphen,
        b"." | b". " => Gap::Dot,
        b" " => Gap::Space,
        b"  " | b"   " => Gap::Wide,
        b")" | b") " | b")-" => Gap::Close,
        b"(" | b" (" | b"-(" => Gap::Open,
        b"/" | b" / " => Gap::Slash,
        b"," | b":" | b"_" | b"--" => Gap::Tight,
        _ => return None,
    };
    Some((gap, length))
}

/// Joins single digits that a space keeps apart, when there are enough of them.
fn typed_apart(chain: &Chain) -> Option<Chain> {
    let singles = chain.iter().filter(|group| group.end - group.start == 1).count();
    if singles < 8 {
        return None;
    }
    let mut joined: Chain = Vec::new();
    for group in chain {
        if let Some(last) = joined.last_mut()
            && last.gap == Some(Gap::Space)
            && group.digits.len() == 1
            && !last.digits.is_empty()
            && last.digits.len() < LONGEST
        {
            last.digits.push(group.digits[0]);
            last.end = group.end;
            last.gap = group.gap;
            continue;
        }
        joined.push(Group { start: group.start, end: group.end, digits: group.digits.clone(), gap: group.gap });
    }
    Some(joined)
}

/// Some neighbouring groups of a chain, taken as one number.
#[derive(Clone, Copy)]
pub(super) struct Take<'a> {
    pub text: &'a str,
    pub chain: &'a [Group],
    pub first: usize,
    pub count: usize,
}

impl<'a> Take<'a> {
    pub fn groups(&self) -> &'a [Group] {
        &self.chain[self.first..self.first + self.count]
    }

    pub fn range(&self) -> Range<usize> {
        let groups = self.groups();
        groups[0].start..groups[groups.len() - 1].end
    }

    /// All digits; empty when a group is too long to be kept.
    pub fn digits(&self) -> SmallVec<[u8; 24]> {
        let mut all = SmallVec::new();
        for group in self.groups() {
            if group.digits.is_empty() {
                return SmallVec::new();
            }
            all.extend_from_slice(&group.digits);
        }
        all
    }

    pub fn lengths(&self) -> SmallVec<[usize; 8]> {
        self.groups().iter().map(|group| group.digits.len()).collect()
    }

    /// The separators between the taken groups.
    pub fn gaps(&self) -> SmallVec<[Gap; 8]> {
        self.groups()[..self.count - 1].iter().filter_map(|group| group.gap).collect()
    }

    /// Every separator inside is one of `allowed`.
    pub fn joined_by(&self, allowed: &[Gap]) -> bool {
        self.gaps().iter().all(|gap| allowed.contains(gap))
    }

    /// Stands free: nothing on either side makes it part of something longer.
    pub fn free(&self) -> bool {
        self.free_left() && self.free_right()
    }

    pub fn free_left(&self) -> bool {
        if let Some(before) = self.first.checked_sub(1) {
            let group = &self.chain[before];
            return self.loose(group.gap, group);
        }
        let before = &self.text.as_bytes()[..self.groups()[0].start];
        let last = before.last().copied();
        let second = before.len().checked_sub(2).map(|i| before[i]);
        match last {
            // a line break that was escaped
            Some(b'n' | b't' | b'r') => second == Some(b'\\'),
            Some(b) if b.is_ascii_alphanumeric() => false,
            Some(b'_' | b'$' | b'#' | b'\\') => false,
            Some(b'-' | b'.' | b'/' | b'+' | b'&' | b'~') => {
                !second.is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_')
            }
            _ => !self.text[..self.groups()[0].start].ends_with(['₩', '€', '£', '¥']),
        }
    }

    pub fn free_right(&self) -> bool {
        let last = &self.chain[self.first + self.count - 1];
        if let Some(next) = self.chain.get(self.first + self.count) {
            return self.loose(last.gap, next);
        }
        let after = &self.text.as_bytes()[last.end..];
        match after.first() {
            Some(b'x' | b'X') => after.get(1).is_some_and(u8::is_ascii_digit) && self.count > 1,
            Some(b) if b.is_ascii_alphanumeric() => false,
            Some(b'_' | b'%') => false,
            Some(b'-' | b'/' | b'@' | b'+') => !after.get(1).is_some_and(|b| b.is_ascii_alphanumeric()),
            _ => true,
        }
    }

    /// The separator towards the outside group `beyond` leaves this number whole.
    fn loose(&self, gap: Option<Gap>, beyond: &Group) -> bool {
        match gap {
            None | Some(Gap::Slash | Gap::Wide | Gap::Open | Gap::Close) => true,
            Some(Gap::Space) => {
                let inner = self.count > 1 && self.joined_by(&[Gap::Space]);
                let before = beyond.start.checked_sub(1).map(|i| self.text.as_bytes()[i]);
                let glued = before.is_some_and(|b| b.is_ascii_alphanumeric());
                !(inner && (glued || beyond.digits.len() == 4 && beyond.digits[0] != b'0'))
            }
            Some(Gap::Hyphen | Gap::Dot | Gap::Tight) => {
                // "…5678 - 2", "…5678. 2", "1,010-…" lists: only a sentence's dot is loose
                let from = self.range();
                let between = if beyond.start >= from.end {
                    &self.text[from.end..beyond.start]
                } else {
                    &self.text[beyond.end..from.start]
                };
                let right = if beyond.start >= from.end { beyond.digits.len() } else { self.groups()[0].digits.len() };
                // a comma between thousands is part of one number
                let list = between == "," && (self.count > 1 || right != 3);
                list || between == ". " || between == " - " && self.count > 1
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes(text: &str) -> Vec<Vec<usize>> {
        let mut all = Vec::new();
        chains(text, |chain| all.push(chain.iter().map(|g| g.end - g.start).collect()));
        all
    }

    #[test]
    fn groups_are_whole_runs() {
        assert_eq!(shapes("전화 010-1234-5678, 02"), vec![vec![3, 4, 4], vec![2]]);
        assert_eq!(shapes("02)538-9914"), vec![vec![2, 3, 4]]);
        assert_eq!(shapes(""), Vec::<Vec<usize>>::new());
    }

    #[test]
    fn digits_typed_apart_are_read_together() {
        let mut last = Vec::new();
        chains("0 1 0 - 1 2 3 4 - 5 6 7 8", |chain| {
            last = chain.iter().map(|g| g.digits.len()).collect();
        });
        assert_eq!(last, vec![3, 4, 4]);
    }

    #[test]
    fn a_very_long_run_has_no_digits() {
        let text = "1".repeat(5000);
        chains(&text, |chain| assert!(chain[0].digits.is_empty()));
    }
}
