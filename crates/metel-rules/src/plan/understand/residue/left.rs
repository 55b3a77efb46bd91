//! The words of a stretch of a clause, with marks taken out or put back, and stripped of filler.

use std::sync::LazyLock;

use regex::Regex;

use crate::plan::retrieve::is_hangul;
use crate::plan::understand::clause::Clause;
use crate::plan::understand::lexicon::expression;
use crate::plan::understand::literal::slot;
use crate::plan::understand::mark::{Marked, What};

/// Longest name that is taken from bare words.
pub(super) const NAME_MAX: usize = 80;

/// The text of a stretch without literals' stand-ins, in its own spelling.
pub(super) fn raw(marked: &Marked, start: usize, end: usize) -> String {
    marked.lifted.work[start..end].chars().map(|c| if slot(c).is_some() { ' ' } else { c }).collect()
}

/// The text between a clause's borders with some marks put back as words and the others taken out.
pub(super) fn left(marked: &Marked, clause: &Clause, start: usize, end: usize, keep: impl Fn(&What) -> bool) -> String {
    let mut out = String::new();
    let mut at = start;
    for mark in clause.marks.iter().filter(|mark| mark.end > start && mark.start < end) {
        if mark.start > at {
            out.push_str(&raw(marked, at, mark.start));
        }
        at = mark.end.max(at);
        if keep(&mark.what) {
            out.push_str(&raw(marked, mark.start.max(start), mark.end.min(end)));
        } else {
            out.push('\u{1}');
            // The particle goes with its word.
            let verb = matches!(mark.what, What::Verb(_));
            if let Some(particle) = MARK_PARTICLE.find(&marked.lifted.work[at.min(end)..end]).filter(|_| !verb) {
                at += particle.end();
            }
        }
    }
    if at < end {
        out.push_str(&raw(marked, at, end));
    }
    for (from, to) in &clause.dead {
        if *from >= start && *to <= end {
            let piece = raw(marked, *from, *to);
            out = out.replace(&piece, "\u{1}");
        }
    }
    out
}

static MARK_PARTICLE: LazyLock<Regex> =
    LazyLock::new(|| expression(r"^(?:에다가|에다|에서|에도|에만|에게|에|으로|로|을|를|은|는|과|와|도|의)"));

/// Strips particles and filler from both ends.
pub fn trim(text: &str) -> String {
    let mut text = text.trim();
    for _ in 0..6 {
        let size = text.len();
        if let Some(head) = EDGES.find(text) {
            text = &text[head.end()..];
        }
        if let Some(tail) = TAIL.find(text).filter(|tail| tail.start() > 0) {
            text = &text[..tail.start()
                + tail
                    .as_str()
                    .chars()
                    .next()
                    .filter(|c| {
                        is_hangul(*c) && tail.as_str().contains(' ') && tail.as_str().chars().nth(1) == Some(' ')
                    })
                    .map_or(0, char::len_utf8)];
        }
        text = text.trim();
        if text.len() == size {
            break;
        }
    }
    text.chars().take(NAME_MAX).collect()
}

static EDGES: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^(?:[\s\pP\x01]|(?:을|를|에|의|은|는|도|로|으로|에서|에다가?|이라는|라는|이란|라고|이라고|와|과|만|좀|새|새로운|새로|하나|하나만|하나를|제목의|제목으로|제목|이름의|이름으로|빈|그|이|저|우리|오늘|일단|그리고|먼저|다음|the|a|an|new|my|our|some|for|of|about|on|in|to|this|that|please|one|notion|me|us|with|up|from|and|also|then|just|all|at)(?:[\s\x01]|$))+",
    )
});
static TAIL: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:[\s\pP\x01]|\s(?:좀|하나|하나만|새로|for me|please|pls|in|to|on|with|and|a|the|of|at|as|about)|(?:이라는|라는|이란|이라고|라고|을|를|하나만|하나)|(?:[가-힣]\s)(?:제목의|제목으로|이름의|이름으로|용))+$",
    )
});

/// The last run of plain words in a stretch.
pub(super) fn last_run(text: &str) -> &str {
    text.rsplit('\u{1}').find(|run| !run.trim().is_empty()).unwrap_or_default()
}
