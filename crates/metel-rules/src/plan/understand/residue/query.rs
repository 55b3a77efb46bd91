//! What a search is about, and what an earlier question was about.

use std::sync::LazyLock;

use regex::Regex;

use super::ONLY_FILLER;
use super::left::left;
use crate::plan::understand::clause::{Clause, asks};
use crate::plan::understand::lexicon::{Intent, Object, expression};
use crate::plan::understand::mark::{Marked, What};

/// What a search is about.
pub fn query(marked: &Marked, clause: &Clause) -> Option<String> {
    let verb = clause.verb.and_then(|(at, verb)| clause.marks.get(at).map(|mark| (mark, verb)));
    let nominal = clause.marks.iter().find(|mark| mark.what == What::Nominal(Intent::Search));
    let (start, end) = match (verb, nominal) {
        (Some((mark, verb)), _) if verb.intent == Some(Intent::Search) && verb.korean => (clause.start, mark.start),
        (Some((mark, verb)), _) if !verb.korean && verb.intent != Some(Intent::Send) => (mark.end, clause.end),
        (_, Some(mark)) => (clause.start, mark.start),
        (Some((mark, _)), _) => (clause.start, mark.start),
        _ => (clause.start, clause.end),
    };
    let keep = |what: &What| {
        matches!(
            what,
            What::Nominal(_)
                | What::Tab(_)
                | What::Database(_)
                | What::Object(
                    Object::Issue
                        | Object::Event
                        | Object::Release
                        | Object::Draft
                        | Object::Image
                        | Object::File
                        | Object::Label
                        | Object::Person
                        | Object::Row
                        | Object::Cells
                        | Object::Message
                        | Object::Comment
                        | Object::Channel
                        | Object::Page
                        | Object::Document
                        | Object::Spreadsheet
                        | Object::Link
                        | Object::Tab
                        | Object::Database
                        | Object::News,
                )
        ) || matches!(what, What::Verb(verb) if !asks(verb))
            || matches!(what, What::Service(service) if !matches!(service.as_str(), "slack" | "notion" | "firecrawl"))
    };
    let text = left(marked, clause, start, end, keep);
    let best = text.split('\u{1}').map(tidy_query).max_by_key(|run| run.chars().count())?;
    (best.chars().count() > 1 && !ONLY_FILLER.is_match(&best)).then_some(best)
}

fn tidy_query(text: &str) -> String {
    let mut text = text.trim().to_owned();
    for _ in 0..6 {
        let next = QUERY_EDGE.replace_all(&text, "").trim().to_owned();
        if next == text {
            break;
        }
        text = next;
    }
    text.chars().take(300).collect()
}

/// What an earlier question was about, for `search it`.
pub fn topic(marked: &Marked, clause: &Clause) -> Option<String> {
    let text = tidy_query(&left(marked, clause, clause.start, clause.end, |what| !matches!(what, What::Literal(_))));
    let text = TOPIC_EDGE.replace(&text, "").trim().trim_end_matches('?').trim().to_owned();
    (text.split_whitespace().count() > 1).then_some(text)
}

static QUERY_EDGE: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)^(?:[\s\pP\x01]|(?:for|the web for|online for|about|on|into|some|any|up|out|me|us|web|the|a|an|of|information|info|details|idea|what|is|are|please|with|at|좀|혹시|그냥|요즘)(?:\s|$))+|(?:[\s\pP\x01]|\s(?:for me|for us|please|pls|online|and|then|it|me|좀|한번|한 번|웹에서|인터넷에서|에 대해서?|에 대한 것?|에 대해|관련해서?|관련된 것?|관련 내용|대해|얼마인지|어떤지|뭔지|무엇인지)|(?:에 대해서|에 대해|을|를|은|는|에 관해|으로|로))+$",
    )
});
static TOPIC_EDGE: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)^(?:any idea|do you know|i wonder|wondering|curious|tell me)?\s?(?:what|how|who|why|when|where|which)?\s?(?:a|an|the|is|are|do|does|much|many)?\s?",
    )
});

#[cfg(test)]
mod tests {
    use super::{query, topic};
    use crate::plan::understand::residue::tests::first;

    #[test]
    fn a_search_is_about_what_stands_beside_the_verb() {
        assert_eq!(first("국내 전기차 보조금에 대해 검색해줘", query).as_deref(), Some("국내 전기차 보조금"));
        assert_eq!(first("Search the web for solar panel prices", query).as_deref(), Some("solar panel prices"));
        assert_eq!(first("what is the churn rate?", topic).as_deref(), Some("churn rate"));
    }
}
