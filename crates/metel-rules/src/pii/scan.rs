//! The walk over a text: every detector, then one finding per place.
//!
//! Long texts are read in blocks that overlap, so memory stays bounded; a
//! finding belongs to the block in which it begins.

use std::ops::Range;

use super::chain::{Take, chains};
use super::context::{Class, Context};
use super::fold::Fold;
use super::{
    Finding, Kind, account, business, card, email, hangul, iban, ip, licence, mask, passport, phone, resident, secret,
};

/// Bytes a block is responsible for.
const BLOCK: usize = 256 * 1024;
/// Bytes read beyond it on both sides; longer than any finding and its context.
const MARGIN: usize = 20 * 1024;

struct Candidate {
    kind: Kind,
    range: Range<usize>,
    confidence: u8,
}

/// All personal data in `text`, in order, without overlaps. Linear in its length.
#[must_use]
pub fn scan(text: &str) -> Vec<Finding> {
    scan_around(text, &[])
}

/// As [`scan`], with what the text's surroundings say it is.
pub(super) fn scan_around(text: &str, around: &[Class]) -> Vec<Finding> {
    let mut found: Vec<Candidate> = Vec::new();
    let mut pivot = 0;
    while pivot < text.len() {
        let next = boundary(text, pivot + BLOCK);
        let (from, to) = (boundary(text, pivot.saturating_sub(MARGIN)), boundary(text, next + MARGIN));
        for mut candidate in block(&text[from..to], around) {
            candidate.range = candidate.range.start + from..candidate.range.end + from;
            let ours = (pivot..next).contains(&candidate.range.start);
            if ours && found.last().is_none_or(|last| last.range.end <= candidate.range.start) {
                found.push(candidate);
            }
        }
        pivot = next;
    }
    let mut bytes = 0;
    let mut characters = 0;
    found
        .into_iter()
        .map(|candidate| {
            characters += text[bytes..candidate.range.start].chars().count();
            let raw = &text[candidate.range.clone()];
            let start = characters;
            characters += raw.chars().count();
            bytes = candidate.range.end;
            Finding {
                kind: candidate.kind,
                start,
                end: characters,
                masked: mask::one(candidate.kind, raw),
                bytes: candidate.range,
                confidence: candidate.confidence,
            }
        })
        .collect()
}

/// The character boundary at or after `at`.
fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

/// Findings of one block, in order; ranges are source bytes of the block.
fn block(text: &str, around: &[Class]) -> Vec<Candidate> {
    let fold = Fold::new(text);
    let context = Context::new(&fold.text, around);
    let mut all = Vec::new();
    let mut add = |kind, range: Range<usize>, confidence| all.push(Candidate { kind, range, confidence });

    for range in secret::pem(&fold.text) {
        add(Kind::PrivateKey, range, 100);
    }
    for (range, confidence) in secret::keys(&fold.text, &context) {
        add(Kind::ApiKey, range, confidence);
    }
    for (range, confidence) in email::find(&fold.text) {
        add(Kind::Email, range, confidence);
    }
    for range in iban::find(&fold.text) {
        add(Kind::Iban, range, 97);
    }
    for (range, confidence) in passport::find(&fold.text, &context) {
        add(Kind::Passport, range, confidence);
    }
    for (range, confidence) in ip::v4(&fold.text, &context) {
        add(Kind::Ip, range, confidence);
    }
    for range in ip::v6(&fold.text) {
        add(Kind::Ip, range, 90);
    }
    for range in hangul::spelled(&fold.text) {
        add(Kind::Phone, range, 85);
    }
    let links = links(&fold.text);
    chains(&fold.text, |chain| {
        for first in 0..chain.len() {
            if chain[first].digits.is_empty() || in_link(&fold.text, &links, chain[first].start, &context) {
                continue;
            }
            if let Some((range, confidence)) = phone::international(&fold.text, chain, first) {
                add(Kind::Phone, range, confidence);
            }
            let mut length = 0;
            for count in 1..=5.min(chain.len() - first) {
                let take = Take { text: &fold.text, chain, first, count };
                let last = &chain[first + count - 1];
                if last.digits.is_empty() {
                    break;
                }
                length += last.digits.len();
                if length > 19 {
                    break;
                }
                if length >= 8 && take.free_right() {
                    numbers(&take, &context, &mut add);
                }
            }
        }
    });
    choose(all)
        .into_iter()
        .map(|candidate| Candidate { range: fold.source(candidate.range.clone()), ..candidate })
        .collect()
}

fn numbers(take: &Take<'_>, context: &Context<'_>, add: &mut impl FnMut(Kind, Range<usize>, u8)) {
    if let Some((range, confidence)) = phone::national(take, context).or_else(|| phone::local(take, context)) {
        add(Kind::Phone, range, confidence);
    }
    if let Some((kind, confidence)) = resident::judge(take, context) {
        add(kind, take.range(), confidence);
    }
    if let Some(confidence) = business::judge(take, context) {
        add(Kind::BusinessNumber, take.range(), confidence);
    }
    if let Some(confidence) = card::judge(take, context) {
        add(Kind::CardNumber, take.range(), confidence);
    }
    if let Some((range, confidence)) = licence::judge(take, context) {
        add(Kind::DriversLicense, range, confidence);
    }
    if let Some(confidence) = account::judge(take, context) {
        add(Kind::BankAccount, take.range(), confidence);
    }
}

/// Ranges of page addresses.
fn links(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, _) in text.match_indices(['w', ':']) {
        let past = found.last().is_none_or(|last| last.end <= at);
        if past && (text[at..].starts_with("://") || text[at..].starts_with("www.")) {
            let end = text[at..]
                .find(|c: char| {
                    c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`') || ('가'..='힣').contains(&c)
                })
                .map_or(text.len(), |length| at + length);
            found.push(at..end);
        }
    }
    found
}

/// Inside a page address, and not the value of a parameter whose name says what it is.
fn in_link(text: &str, links: &[Range<usize>], at: usize, context: &Context<'_>) -> bool {
    let after = links.partition_point(|range| range.start <= at);
    let inside = after.checked_sub(1).is_some_and(|index| links[index].contains(&at));
    let value = text[..at].trim_end_matches(['+', '(']).ends_with('=')
        && [Class::Phone, Class::Resident, Class::Card, Class::Account, Class::Business]
            .iter()
            .any(|class| context.before(*class, at, 12));
    inside && !value
}

/// Keeps the surest of what overlaps; the order of [`Kind::ALL`], then length, breaks ties.
fn choose(mut all: Vec<Candidate>) -> Vec<Candidate> {
    all.sort_by_key(|candidate| {
        (
            std::cmp::Reverse(candidate.confidence),
            candidate.kind,
            std::cmp::Reverse(candidate.range.len()),
            candidate.range.start,
        )
    });
    let mut kept: std::collections::BTreeMap<usize, Candidate> = std::collections::BTreeMap::new();
    for candidate in all {
        let before = kept.range(..candidate.range.end).next_back();
        if before.is_none_or(|(_, last)| last.range.end <= candidate.range.start) {
            kept.insert(candidate.range.start, candidate);
        }
    }
    kept.into_values().collect()
}
