//! What narrows a database's rows: the words beside its name.

use std::sync::LazyLock;

use regex::Regex;

use super::left::{left, raw};
use crate::plan::understand::clause::{Clause, asks};
use crate::plan::understand::lexicon::{Object, expression};
use crate::plan::understand::mark::{Mark, Marked, What};

/// What narrows a database's rows: the words beside its name.
pub fn filter(marked: &Marked, clause: &Clause, database: &Mark) -> Option<String> {
    let verb = clause.verb.and_then(|(at, verb)| clause.marks.get(at).map(|mark| (mark, verb)));
    // Korean puts the condition before or behind the name and before the verb; English mostly behind.
    let end = match verb {
        Some((mark, verb)) if verb.korean && mark.start > database.end => mark.start,
        _ => clause.end,
    };
    let start = match verb {
        Some((mark, verb)) if !verb.korean && mark.end <= database.start => mark.end,
        _ => clause.start,
    };
    let keep = |what: &What| {
        matches!(what, What::Nominal(_) | What::Literal(_))
            || matches!(what, What::Verb(verb) if !asks(verb))
            || matches!(
                what,
                What::Object(
                    Object::Event
                        | Object::Issue
                        | Object::Release
                        | Object::Draft
                        | Object::Person
                        | Object::Label
                        | Object::File
                        | Object::Result
                        | Object::Row
                )
            )
    };
    // Past a sink's own words there is nothing about the rows.
    let stop = clause
        .marks
        .iter()
        .filter(|mark| {
            mark.start >= database.end
                && matches!(
                    mark.what,
                    What::Channel { .. }
                        | What::Tab(_)
                        | What::Spreadsheet(_)
                        | What::Cells { .. }
                        | What::Service(_)
                        | What::Object(Object::Page | Object::Link)
                )
        })
        .map(|mark| mark.start)
        .min()
        .unwrap_or(end)
        .min(end);
    let head = left(marked, clause, start, database.start, keep);
    let tail = match stop > database.end {
        true => spelled(marked, clause, database.end, stop, keep),
        false => String::new(),
    };
    let head = head.rsplit('\u{1}').next().unwrap_or_default().to_owned();
    let head = if head.is_ascii() { head.trim_start_matches(|c: char| !c.is_alphanumeric()).to_owned() } else { head };
    let both = [clean(&head), clean(&tail)].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    (!both.is_empty()).then(|| both.chars().take(200).collect())
}

/// Like `left`, with quoted strings written out.
fn spelled(marked: &Marked, clause: &Clause, start: usize, end: usize, keep: impl Fn(&What) -> bool) -> String {
    let mut out = String::new();
    let mut at = start;
    for mark in clause.marks.iter().filter(|mark| mark.start >= start && mark.end <= end) {
        out.push_str(&raw(marked, at.min(mark.start), mark.start));
        match &mark.what {
            What::Literal(index) => out.push_str(marked.quote(*index).unwrap_or_default()),
            what if keep(what) => out.push_str(&raw(marked, mark.start, mark.end)),
            _ => out.push('\u{1}'),
        }
        at = mark.end;
    }
    if at < end {
        out.push_str(&raw(marked, at, end));
    }
    out
}

fn clean(text: &str) -> String {
    let mut text = DATE_PREP.replace(text.trim(), "").replace('\u{1}', " ");
    for _ in 0..8 {
        let next = FILTER_HEAD.replace(text.trim(), "").trim().to_owned();
        let next = FILTER_TAIL.replace(&next, "").trim().to_owned();
        if next == text {
            break;
        }
        text = next;
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = PARTICLE.replace(&text, "");
    text.trim_matches(|c: char| c.is_ascii_punctuation() || c.is_whitespace() || matches!(c, '→' | '·'))
        .trim_end_matches("'s")
        .trim_end_matches("’s")
        .to_owned()
}

static FILTER_HEAD: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)^(?:(?:이랑|랑|하고|와|과|의|에서|에|중에서|중에|중|전체|모든|모두|전부|다|항목들?|것들|것|거|목록|리스트|데이터베이스|디비|좀|를|을|은|는|이|가|만|지금|현재|나의|노션|노션의|all|the|of|from|every|everything|items?|entries|rows?|records?|tasks?|database|list|please|pls|that|are|is|which|who|with|whatever's|whatever|what's|what|to|me|for|our|us|into|them|it|on|and|a|an|so|over|notion|up|out|any|only|just|short|quick|i|you|would|like|could|can|there|then|content|contents|as|new|by|db|pick|take)(?:$|[\s,\x01]))+",
    )
});
static FILTER_TAIL: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)(?:^|[\s\x01])(?:(?:의|에서|에|중에서|중에|중|전체|모든|모두|전부|다|항목들?|거만|것만|것들|것|거|건|건만|목록|리스트|데이터베이스|디비|좀|를|을|은|는|이|만|내용|들|업무|업무들|인거|인 거|있는지|수|볼|있게|all|the|of|in|from|items?|entries|rows?|records?|tasks?|database|list|please|pls|to|me|for|our|us|into|them|it|on|and|a|an|so|over|notion|up|out|as|new|db|with|over to|pages?)(?:$|[\s,\x01]*$))+$",
    )
});
static PARTICLE: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?:인|이)?\s?(?:거만|것만|건만|거|것|항목만|항목|업무|들만|들|만)?(?:을|를|은|는|도|좀|들)?$")
});
static DATE_PREP: LazyLock<Regex> = LazyLock::new(|| expression(r"^(?:에서|에서의|의|에|중|중에서|'s|’s)\s*"));

#[cfg(test)]
mod tests {
    use super::filter;
    use crate::plan::understand::mark::What;
    use crate::plan::understand::residue::tests::first;

    #[test]
    fn rows_are_narrowed_by_the_words_beside_the_name() {
        let found = |text: &str| {
            first(text, |marked, clause| {
                let name = clause.marks.iter().find(|mark| matches!(mark.what, What::Database(_))).unwrap();
                filter(marked, clause, name)
            })
        };
        assert_eq!(found("할 일 데이터베이스에서 이번 주 마감 조회해줘").as_deref(), Some("이번 주 마감"));
        assert_eq!(found("List overdue entries from the Tasks database").as_deref(), Some("overdue"));
        assert_eq!(found("할 일 전체 목록 조회해줘"), None);
    }
}
