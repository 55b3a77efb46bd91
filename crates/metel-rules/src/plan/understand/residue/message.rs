//! A message in plain or indirect words: `…있다는 공지를`, `that …`.

use std::sync::LazyLock;

use regex::Regex;

use super::ONLY_FILLER;
use super::left::{left, trim};
use crate::plan::retrieve::is_hangul;
use crate::plan::understand::clause::{Clause, asks};
use crate::plan::understand::lexicon::{Object, expression};
use crate::plan::understand::mark::{Marked, What};

/// A message given in plain words, without quotes.
pub fn message(marked: &Marked, clause: &Clause) -> Option<String> {
    if let Some(text) = indirect(marked, clause) {
        return Some(text);
    }
    let (text, korean) = spoken(marked, clause)?;
    let runs: Vec<String> = text.split('\u{1}').map(trim).collect();
    let best = runs.into_iter().filter(|run| !ADVERBIAL.is_match(run)).max_by_key(|run| run.chars().count())?;
    let enough = match korean {
        true => best.chars().count() >= 4,
        false => best.split_whitespace().count() >= 2,
    };
    (enough && !NO_MESSAGE.is_match(&best) && !UNDECIDED.is_match(&best)).then_some(best)
}

/// A message in indirect speech: `…있다는 공지를`, `that …`.
pub fn indirect(marked: &Marked, clause: &Clause) -> Option<String> {
    let (text, korean) = spoken(marked, clause)?;
    let found = match korean {
        true => KOREAN_THAT.captures(&text),
        false => THAT.captures(&text),
    };
    let found = found?;
    let matched = found.get(0).map(|whole| whole.as_str().to_owned()).unwrap_or_default();
    let text = found.name("text").map(|found| found.as_str().replace('\u{1}', " "))?;
    let ordered = korean && ORDER.is_match(&matched);
    let text = if korean { tidy_message(&text) } else { trim(&text) };
    let text = if ordered { format!("{text}세요") } else { text };
    (!text.is_empty() && !ONLY_FILLER.is_match(&text)).then_some(text)
}

pub fn is_indirect(marked: &Marked, clause: &Clause) -> bool {
    indirect(marked, clause).is_some()
}

fn spoken(marked: &Marked, clause: &Clause) -> Option<(String, bool)> {
    let keep = |what: &What| {
        !matches!(
            what,
            What::Channel { .. }
                | What::Service(_)
                | What::Spreadsheet(_)
                | What::Cells { .. }
                | What::Object(Object::Channel | Object::Link | Object::Message)
        ) && !matches!(what, What::Verb(verb) if asks(verb))
    };
    let text = left(marked, clause, clause.start, clause.end, keep);
    let korean = text.chars().any(is_hangul);
    Some((text, korean))
}

/// Like `trim`, but `오늘` and the like stay: they are part of what is said.
fn tidy_message(text: &str) -> String {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == ',' || c == '\u{1}');
    let text = MESSAGE_HEAD.replace(text, "");
    text.trim().chars().take(500).collect()
}

static THAT: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)(?-u:\b)(?:that|know|about|saying|to say|remind everyone to|to)\s(?P<text>[^\x{E000}-\x{F8FF}]{6,})$",
    )
});
static KOREAN_THAT: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?P<text>[^\x01]{2,}?(?:다|자|냐)?)(?:는|고|이라는|라는|이라고|라고)\s?(?:것을\s|걸\s|거\s|점을\s)?(?:공지|안내|내용|소식|메시지|알림|글|말|인사|문구|사실|사항|점)?(?:을|를|와|과|도|이랑)?\s?(?:함께|같이)?\s*(?:\x01|$)",
    )
});

/// `제출하라고`: an order passed on.
static ORDER: LazyLock<Regex> = LazyLock::new(|| expression(r"(?:하|으|내|오|주|두)라(?:고|는)"));

static MESSAGE_HEAD: LazyLock<Regex> =
    LazyLock::new(|| expression(r"^(?:(?:에다가?|에도|에|도|그리고|좀|다들|다|모두|야|혹시)(?:[\s\x01]|$))+"));
static NO_MESSAGE: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)^(?:[\s\pP\x01]|주시면|되겠습니다|되겠어요|감사하겠습니다|좋겠습니다|주라|에|에다가?|도|만|좀|거|것|걸|그거|이거|그걸|이걸|그것|결과|결과를|그대로|바로|전부|모두|다|각각|하나|하나만|글|한마디|뭐|뭔가|관련|내용|공유|it|this|that|them|those|something|anything|a|an|the|in|on|to|with|too|also|please|pls|there|here|everyone|everybody|folks|team|channel|slack|and|then|as|well|same|for|me|us|results?|findings?|all|over|up|out|of|into|both|at|new|one|need|needs|go|goes|link|send|well|what|you|find|found|get|got|know|let|so|they|can|see|we|now|straight|away|off|along|goes|going|right|quick|quickly|heads|it's|note|message|msg|post|update|into|you'll|i|would|like|could)*$",
    )
});

static UNDECIDED: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)haven't decided|have not decided|undecided|not sure|don't know|no name yet|정했|못 정|안 정|모르겠|미정",
    )
});

/// `다들 볼 수 있게` says how, not what.
static ADVERBIAL: LazyLock<Regex> = LazyLock::new(|| expression(r"(?:있게|하게|되게|쉽게|도록|면서|다면|으면)$"));

#[cfg(test)]
mod tests {
    use super::{indirect, message};
    use crate::plan::understand::residue::tests::first;

    #[test]
    fn a_message_may_be_told_without_quotes() {
        assert_eq!(first("#team에 회의가 3시로 밀렸다고 알려줘", indirect).as_deref(), Some("회의가 3시로 밀렸다"));
        assert_eq!(first("Tell #team that lunch is at noon", message).as_deref(), Some("lunch is at noon"));
        assert_eq!(first("#team에 보고서 제출하라고 공지해줘", indirect).as_deref(), Some("보고서 제출하세요"));
        assert_eq!(first("#team에 그대로 공유해줘", message), None);
    }
}
