//! Names of pages: of one that is to be made, and of one that exists.

use std::sync::LazyLock;

use regex::Regex;

use super::left::{NAME_MAX, last_run, left, trim};
use super::{ONLY_FILLER, is_pronoun};
use crate::plan::understand::clause::Clause;
use crate::plan::understand::lexicon::{Object, expression};
use crate::plan::understand::mark::{Marked, What};

/// A title given in words of its own: `titled X`, `제목은 X`.
pub fn said_title(marked: &Marked, clause: &Clause) -> Option<String> {
    let text = &marked.lifted.work[clause.start..clause.end];
    let found = SAID_TITLE.captures(text)?;
    let name = found.name("name")?.as_str();
    let name = NAME_END.replace(name, "");
    let name = name.trim().trim_end_matches(['.', '!', '?', ')']).trim();
    (!name.is_empty() && !LATER.is_match(text) && !is_pronoun(name)).then(|| name.chars().take(NAME_MAX).collect())
}

/// The bare name of a page that is to be made.
pub fn title(marked: &Marked, clause: &Clause) -> Option<String> {
    if let Some(title) = said_title(marked, clause) {
        return Some(title);
    }
    let text = &marked.lifted.work[clause.start..clause.end];
    if let Some(found) = COLON_TITLE.captures(text).and_then(|found| found.name("name")) {
        let name = found.as_str().trim();
        if !name.is_empty() && !LATER.is_match(name) {
            return Some(name.chars().take(NAME_MAX).collect());
        }
    }
    let noun =
        clause.marks.iter().rev().find(|mark| matches!(mark.what, What::Object(Object::Page | Object::Document)));
    let end = noun.map(|mark| mark.start).or_else(|| {
        clause.verb.filter(|(_, verb)| verb.korean).and_then(|(at, _)| clause.marks.get(at)).map(|mark| mark.start)
    });
    let part_of_name = |what: &What| {
        matches!(
            what,
            What::Spreadsheet(_)
                | What::Database(_)
                | What::Tab(_)
                | What::Nominal(_)
                | What::Object(
                    Object::Summary
                        | Object::Result
                        | Object::Event
                        | Object::Message
                        | Object::Issue
                        | Object::Release
                        | Object::Person
                        | Object::Document
                        | Object::Draft
                        | Object::Image
                        | Object::File
                        | Object::Web
                        | Object::News
                )
        )
    };
    if let Some(end) = end {
        let before = left(marked, clause, clause.start, end, part_of_name);
        let name = trim(last_run(&before));
        if !name.is_empty() && !is_pronoun(&name) && !LATER.is_match(&name) && !ONLY_FILLER.is_match(&name) {
            let named = KOREAN_NAMED.captures(&name).and_then(|found| found.name("name")).map(|m| trim(m.as_str()));
            return Some(named.unwrap_or(name));
        }
    }
    // English names stand behind the verb where there is no noun: `create Release notes in Notion`.
    if noun.is_none()
        && let Some((at, verb)) = clause.verb
        && !verb.korean
        && let Some(mark) = clause.marks.get(at)
    {
        let after = left(marked, clause, mark.end, clause.end, part_of_name);
        let run = after.split('\u{1}').find(|run| !trim(run).is_empty())?;
        let name = trim(run);
        return (!is_pronoun(&name) && !ONLY_FILLER.is_match(&name)).then_some(name);
    }
    let found = PAGE_FOR.captures(text).and_then(|found| found.name("name"))?;
    let name = trim(&NAME_END.replace(found.as_str(), ""));
    (!name.is_empty() && !is_pronoun(&name) && !ONLY_FILLER.is_match(&name) && !LATER.is_match(&name)).then_some(name)
}

/// The bare name of a page that exists, before the noun.
pub fn page_name(marked: &Marked, clause: &Clause) -> Option<String> {
    let noun = clause.marks.iter().find(|mark| matches!(mark.what, What::Object(Object::Page | Object::Document)))?;
    let keep = |what: &What| {
        matches!(
            what,
            What::Spreadsheet(_)
                | What::Database(_)
                | What::Tab(_)
                | What::Nominal(_)
                | What::Object(Object::Summary | Object::Result | Object::Event | Object::Message | Object::Draft)
        )
    };
    let name = trim(last_run(&left(marked, clause, clause.start, noun.start, keep)));
    if !name.is_empty() && !ONLY_FILLER.is_match(&name) {
        return Some(name);
    }
    let after = left(marked, clause, noun.end, clause.end, keep);
    let found = SAID_TITLE.captures(&after)?;
    Some(trim(found.name("name")?.as_str()))
}

/// Whether a name sounds like a document's.
pub fn is_document(name: &str) -> bool {
    DOCUMENT.is_match(name.trim())
}

static DOCUMENT: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)(?:회의록|문서|보고서|노트|메모|위키|가이드|매뉴얼|계획서|계획|일지|목록|체크리스트|정리본|안내서|제안서|기획서|회고|아젠다|안건|템플릿|notes?|wiki|guide|report|runbook|checklist|agenda|plan|doc|memo|log|minutes|playbook|handbook|retro|faq|summary|brief|proposal|spec)$",
    )
});
static SAID_TITLE: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)(?:titled|entitled|called|named|name it|call it|call the page|title it|(?-u:\b)title(?:\sis|\sshould be)?\s?:?|제목은|제목:|이름은|이름:|제목이)\s+(?P<name>[^,;\n\x{E000}-\x{F8FF}]+)",
    )
});
static KOREAN_NAMED: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?P<name>[^\x01,]+?)\s?(?:이라는|라는|이란|이라고|라고)\s(?:제목|이름|페이지|노션|새|문서|하나)")
});
static NAME_END: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)\s(?:and(?-u:\b)|then(?-u:\b)|in notion|on notion|to notion|with(?-u:\b)|under(?-u:\b)|please|for me|body(?-u:\b)|content(?-u:\b)).*$|(?:이에요|예요|입니다|이야|이요|야|으로 해줘|로 해줘|으로 해 주세요|로 해 주세요|으로|로)\.?$",
    )
});
static LATER: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?i)나중|later|알려\s?줄|아직|미정|tbd|모르|정할|will tell|not sure"));
static COLON_TITLE: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?i)(?:페이지|문서|page|doc|title)\s?[:：]\s*(?P<name>[^\n\x{E000}-\x{F8FF}]+)"));
static PAGE_FOR: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?i)(?:page|doc)\s(?:for|about|on)\s(?:the\s|our\s|my\s)?(?P<name>[^,;.\n\x{E000}-\x{F8FF}]+)")
});

#[cfg(test)]
mod tests {
    use super::{page_name, said_title, title};
    use crate::plan::understand::residue::tests::first;

    #[test]
    fn a_page_is_named_without_quotes() {
        for (text, name) in [
            ("노션에 주간 회의록 페이지 만들어줘", Some("주간 회의록")),
            ("Create a Notion page called Release notes", Some("Release notes")),
            ("노션에 새 페이지 하나 만들어줘", None),
            ("노션에 페이지 만들어줘 제목은 나중에 알려줄게", None),
        ] {
            assert_eq!(first(text, title).as_deref(), name, "{text}");
        }
        assert_eq!(first("제목은 분기 회고 입니다", said_title).as_deref(), Some("분기 회고"));
        assert_eq!(first("예전 회의록 페이지 지워줘", page_name).as_deref(), Some("예전 회의록"));
    }
}
