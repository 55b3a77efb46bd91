//! Words an answer that is finished already. Every link and every number of the wording must be among
//! the facts; if one is not, or a link is lost, the draft stands.

use std::collections::BTreeSet;

use metel_model::Lang;
use metel_model::effect::Usage;
use metel_model::event::Answer;
use serde_json::{Value, json};

use crate::model::{About, Call, Finish, Model, ModelFailure};
use crate::prompt;

/// Longest wording that is taken, in characters.
const CHARS_MAX: usize = 2_000;
/// A wording is a nicety: the finished draft does not wait longer for it.
const TIMEOUT_MS: u64 = 45_000;

/// The answer, reworded where the wording holds; and what the attempt used.
#[derive(Debug, Clone, PartialEq)]
pub struct Composed {
    pub answer: Answer,
    pub usage: Option<Usage>,
    /// Why the draft stands, where it does: for the record.
    pub kept: Option<String>,
}

/// Asks once; a failure of the model leaves the draft.
pub async fn word(model: &dyn Model, lang: Lang, draft: Answer, facts: &Value) -> Composed {
    match ask(model, lang, &draft, facts).await {
        Ok((text, usage)) => match objection(&text, &draft, facts) {
            None => {
                let answer = Answer { text, links: draft.links, worded: true };
                Composed { answer, usage: Some(usage), kept: None }
            }
            Some(why) => Composed { answer: draft, usage: Some(usage), kept: Some(why) },
        },
        Err(failure) => Composed { answer: draft, kept: Some(failure.fault.to_string()), usage: failure.usage },
    }
}

async fn ask(model: &dyn Model, lang: Lang, draft: &Answer, facts: &Value) -> Result<(String, Usage), ModelFailure> {
    let values = json!({"lang": lang.tag(), "draft": draft.text, "facts": facts});
    let prompt = prompt::render("composer", values).map_err(|fault| ModelFailure::new(fault, false))?;
    let mut call = Call::new(prompt.system(), prompt.user()).about(About::Compose).max_tokens(500);
    call.timeout_ms = TIMEOUT_MS;
    let reply = model.chat(call, None).await?;
    match reply.finish {
        Finish::Length => Err(ModelFailure::bad_answer("the wording was cut off", "문장이 잘렸어요").used(reply.usage)),
        _ => Ok((reply.text.trim().to_owned(), reply.usage)),
    }
}

/// Why a wording may not be shown.
fn objection(text: &str, draft: &Answer, facts: &Value) -> Option<String> {
    if text.chars().count() > CHARS_MAX {
        return Some("longer than an answer may be".into());
    }
    let mut source = draft.text.clone();
    source.push(' ');
    source.push_str(&facts.to_string());
    for link in &draft.links {
        source.push_str(&format!(" {} {}", link.title, link.url));
    }
    if let Some(link) = links(text).difference(&links(&source)).next() {
        return Some(format!("a link that is in no fact: {link}"));
    }
    if let Some(lost) = links(&draft.text).difference(&links(text)).next() {
        return Some(format!("a link that was lost: {lost}"));
    }
    if let Some(number) = numbers(text).difference(&numbers(&source)).next() {
        return Some(format!("a number that is in no fact: {number}"));
    }
    (negations(&draft.text) && !negations(text)).then(|| "something undone is no longer said to be undone".into())
}

/// Whether a text says that something was not done.
fn negations(text: &str) -> bool {
    const SIGNS: &[&str] =
        &["not ", "n't", "fail", "cancel", "waiting", "reject", "못", "않", "실패", "취소", "기다", "거절"];
    let lower = text.to_lowercase();
    SIGNS.iter().any(|sign| lower.contains(sign))
}

/// Web addresses: from a scheme, or a bare `www.`, up to a character that cannot be part of one.
fn links(text: &str) -> BTreeSet<String> {
    let lower = text.to_ascii_lowercase();
    let mut found = BTreeSet::new();
    for start in ["://", "www."] {
        for (at, _) in lower.match_indices(start) {
            let head = lower[..at]
                .rfind(|c: char| !c.is_ascii_alphanumeric())
                .map_or(0, |i| i + lower[i..].chars().next().map_or(1, char::len_utf8));
            let begin = if start == "://" { head } else { at };
            let ends = |c: char| {
                c.is_whitespace()
                    || !c.is_ascii()
                    || matches!(c, '"' | '\'' | '<' | '>' | ')' | ']' | '}' | '|' | '`' | '\\')
            };
            let rest = &text[begin..];
            let end = rest.find(ends).unwrap_or(rest.len());
            found.insert(rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_']).to_owned());
        }
    }
    found
}

/// Runs of digits with their inner points and commas; links are not looked into.
fn numbers(text: &str) -> BTreeSet<String> {
    let mut bare = text.to_owned();
    for link in links(text) {
        bare = bare.replace(&link, " ");
    }
    let mut found = BTreeSet::new();
    let mut number = String::new();
    for c in bare.chars().chain([' ']) {
        if c.is_numeric() || (matches!(c, ',' | '.') && !number.is_empty()) {
            number.push(c);
        } else if !number.is_empty() {
            found.insert(number.trim_end_matches([',', '.']).replace(',', ""));
            number.clear();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use metel_model::event::Link;

    fn draft() -> Answer {
        let link = Link { title: "회의록".into(), url: "https://notion.so/abc-1".into() };
        Answer {
            text: "노션 페이지를 만들었어요: https://notion.so/abc-1 (2단계, 1.4초)".into(),
            links: vec![link],
            worded: false,
        }
    }

    fn objects(text: &str) -> bool {
        objection(text, &draft(), &json!({"cost": "1,200"})).is_some()
    }

    #[test]
    fn only_what_the_facts_hold_may_be_said() {
        assert!(!objects("페이지를 만들었습니다. https://notion.so/abc-1 을 보세요. 2단계, 1200원"));
        assert!(objects("페이지: https://notion.so/abc-2"));
        assert!(objects("페이지: https://notion.so/abc-1 그리고 http://evil.test/?q=1"));
        assert!(objects("https://notion.so/abc-1 www.evil.test"));
        assert!(objects("https://notion.so/abc-1 을 3단계로 만들었어요"));
        assert!(objects("만들었어요"), "the link is lost");
        assert!(objects(&"가".repeat(3_000)));
    }

    #[test]
    fn a_failure_stays_a_failure() {
        let draft = Answer { text: "The message was not sent.".into(), links: vec![], worded: false };
        assert!(objection("The message was sent.", &draft, &Value::Null).is_some());
        assert!(objection("I could not send the message.", &draft, &Value::Null).is_none());
    }

    #[test]
    fn links_end_where_they_end() {
        let found = links("보기(https://a.test/x). HTTP://B.test, 링크https://c.test입니다");
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["HTTP://B.test", "https://a.test/x", "https://c.test"]);
    }
}
