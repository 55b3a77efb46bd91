//! Channels: which one is meant, and whether a known channel's everyday name is used as one here.

use std::sync::LazyLock;

use regex::Regex;

use super::place::fold;
use super::{Scan, What};
use crate::plan::catalogue::Catalogue;
use crate::plan::understand::lexicon::expression;
use crate::plan::understand::spelling;

/// A channel as a tool takes it, from what was written after `#`.
pub(super) fn channel(name: &str, catalogue: &Catalogue) -> What {
    let wanted = fold(name);
    let find = |test: &dyn Fn(&str) -> bool| {
        catalogue.places_of("slack.channel").find(|place| place.names.iter().any(|known| test(&fold(known))))
    };
    let place = find(&|known| known == wanted)
        .or_else(|| find(&|known| known.is_ascii() && spelling::is_slip(&wanted, known)))
        .or_else(|| find(&|known| !known.is_ascii() && wanted.starts_with(known) && known.chars().count() > 1));
    match place {
        Some(place) => What::Channel { value: place.value.as_str().unwrap_or(name).to_owned(), outside: place.outside },
        None => What::Channel { value: format!("#{name}"), outside: false },
    }
}

/// Whether a known channel's bare name is used as one here.
pub(super) fn is_channel(name: &str, before: &str, after: &str) -> bool {
    let next = after.trim_start();
    let prev = before.trim_end();
    if CHANNEL_AHEAD.is_match(next) || CHANNEL_BEHIND.is_match(prev) {
        return true;
    }
    // `general "…"`, `팀-공지 '…'`: at the head of a sentence, with what is to be said behind it.
    let head = prev.is_empty() || prev.ends_with(['.', '!', '?', '\n', ';', ',', '→', '/', '>']);
    if head && QUOTED_AHEAD.is_match(after) && name.chars().count() > 1 {
        return true;
    }
    if SHARE_AHEAD.is_match(after) && !name.contains(' ') || LINK_BEHIND.is_match(prev) && CHANNEL_ENDS.is_match(after)
    {
        return true;
    }
    if next.starts_with(['←', '<']) && head
        || SLACK_BEHIND.is_match(prev) && (CHANNEL_ENDS.is_match(after) || QUOTED_AHEAD.is_match(after))
        || THE_ONE.is_match(prev) && CHANNEL_ENDS.is_match(after)
    {
        return true;
    }
    if TOLD_TO.is_match(prev) && next.starts_with("to ") {
        return true;
    }
    if TAKEN_FROM.is_match(prev) && CHANNEL_ENDS.is_match(after) {
        return true;
    }
    // A one-syllable or everyday word needs the word `channel` beside it.
    let first = name.chars().next();
    let latin = first.is_some_and(|c| c.is_ascii_alphabetic());
    let ends = CHANNEL_ENDS.is_match(after);
    if !latin {
        // `팀-공지` is a name like any Latin one; `마케팅` alone is an everyday word.
        let sure = PLACE_PARTICLE.is_match(after)
            || ends && (SINK_BEHIND.is_match(prev) || ARROW_BEHIND.is_match(prev))
            || SINK_VERB_BEHIND.is_match(prev);
        return name.chars().count() > 2 && name.contains("공지") && sure
            || SENT_TO.is_match(after) && !SPOKEN_OF.is_match(after) && !PART_BEHIND.is_match(prev);
    }
    PLACE_PARTICLE.is_match(after)
        || ARROW_BEHIND.is_match(prev) && ends
        || SINK_BEHIND.is_match(prev) && ends
        || SINK_VERB_BEHIND.is_match(prev)
        || {
            let start = prev.strip_suffix("the").or(prev.strip_suffix("our")).unwrap_or(prev).trim_end();
            start.is_empty() || start.ends_with(['.', '!', '?', '\n', ';', ','])
        } && SUBJECT_AHEAD.is_match(next)
}

impl Scan<'_> {
    /// Whether a channel stands right beside, with nothing but a list sign between.
    pub(super) fn beside_channel(&self, start: usize, end: usize) -> bool {
        self.marks.iter().filter(|mark| matches!(mark.what, What::Channel { .. })).any(|mark| {
            let between = match mark.end <= start {
                true => &self.low()[mark.end..start],
                false if mark.start >= end => &self.low()[end..mark.start],
                false => return false,
            };
            LIST_SIGN.is_match(between)
        })
    }
}

static LIST_SIGN: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^\s*(?:채널|방|channels?)?\s*(?:,|、|/|&|\+|·|and|or|as well as|,\s*and|와|과|이랑|랑|하고|및|그리고|도|에도|에|에다|이나|하고도)\s*(?:in|to|on|the|in the|to the|both)?\s*$",
    )
});
static QUOTED_AHEAD: LazyLock<Regex> = LazyLock::new(|| expression(r"^\s?[\x{E000}-\x{F8FF}]"));
static SLACK_BEHIND: LazyLock<Regex> = LazyLock::new(|| expression(r"(?:(?-u:\b)slack|슬랙)$"));
static THE_ONE: LazyLock<Regex> = LazyLock::new(|| expression(r"(?-u:\b)ones? (?:from|in)(?:\sthe)?$"));
static TOLD_TO: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?:^|[^a-z])(?:get|ask|have|invite|remind|tell)(?:\s(?:the|our))?$"));
static SHARE_AHEAD: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^\s?(?:에|로|으로)?\s?(?:링크|주소|url|결과|요약)?\s?(?:를|을|도)?\s?(?:공유|게시|전송|전달|발송|송부|링크\s?(?:공유|걸|줘|게시))|^\s(?:링크|주소)\s*(?:$|[.,!)\n])",
    )
});
static LINK_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:링크|주소|url|퍼머링크|공유|게시|(?-u:\b)(?:links?|url|share|shared))(?:는|은|를|을|도|만)?(?:\s(?:슬랙|slack))?\s?[:,·+&/]?$",
    )
});
/// A message's own stamp stands before it: `remove 1718….000900 from random`.
static TAKEN_FROM: LazyLock<Regex> =
    LazyLock::new(|| expression(r"[\x{E000}-\x{F8FF}]\s?(?:from|off|out of|in)(?:\s(?:the|our))?$"));
/// An everyday word with a particle of place, and a verb of sending soon behind it: `팀에 링크 공유해줘`.
static SENT_TO: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^(?:에다가?|에도|에만|에게|에는|에|한테도?|한테만|께|쪽에|쪽으로|으로|로)\s?(?:[^.,!?\n]{0,40}?)(?:공유|올려|올리|올린|보내|보낼|알려|알리|공지|게시|전달|뿌려|뿌리|던져|던지|안내|전해|전송|말해|띄워|띄우|쏴|돌려|붙여|붙이|남겨|남기|걸어|라고|줘|주고|주세요|죠)",
    )
});
/// `마케팅에 대해`, `팀에 필요한`: spoken of, not sent to.
static SPOKEN_OF: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^(?:에|으로|로)\s?(?:대한|대해|관한|관해|관련|필요|맞는|맞게|있는|있던|나온|적힌|쓸|쓰일|의하|따라|따른|인한|들어간|속한)",
    )
});
/// `매출 시트 전체에`: all of a thing.
static PART_BEHIND: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?:시트|탭|페이지|문서|범위|목록|데이터베이스|항목|파일)의?$"));
static CHANNEL_AHEAD: LazyLock<Regex> =
    LazyLock::new(|| expression(r"^(?:슬랙\s?)?(?:채널|방에|방으로|단톡방|slack channel|channel)"));
static CHANNEL_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?:(?-u:\b)channels?|채널인|채널:|채널은|slack channel|#)(?:\s(?:called|named))?\s*$")
});
static PLACE_PARTICLE: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^\s?(?:에다가?|에도|에만|에게|에는|에요|에$|에[\s,.!?~'’”\x{E000}-\x{F8FF}]|에[가-힣]|으로|로는|로만|로도|로$|로[\s,.!?~]|쪽|방)",
    )
});
static CHANNEL_ENDS: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^\s*(?:$|[.,!?;:)\n→~·+/&(\x{E000}-\x{F8FF}-]|—|–|and(?-u:\b)|n(?-u:\b)|then(?-u:\b)|links?(?-u:\b)|url(?-u:\b)|too(?-u:\b)|as well|please|pls|plz|thanks|thx|with(?-u:\b)|saying|that(?-u:\b)|so(?-u:\b)|about(?-u:\b)|the(?-u:\b)|a(?-u:\b)|once|when|after|for me|but(?-u:\b)|also|know(?-u:\b)|at(?-u:\b)|because|its(?-u:\b)|what|where|who|how|now|today|instead|only|right|asap|rather|for(?-u:\b)|as(?-u:\b)|by(?-u:\b)|we(?-u:\b)|i(?-u:\b)|everyone|a link|[가-힣])",
    )
});
static ARROW_BEHIND: LazyLock<Regex> = LazyLock::new(|| expression(r"(?:→|->|=>|⇒|▶|>>|to:|in:)$"));
static SINK_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:^|[^a-z])(?:in|to|on|into|onto|at|with|w|over to|tell|inform|notify|ping|msg|message|alert|remind|let|give|send|point|show|update|everyone in|everybody in|folks in|people in|post|for|hits|via|link|links|url)(?:\s(?:the|our|both|both the|slack|slack's|everyone in|all of))?$",
    )
});
static SINK_VERB_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?:^|[^a-z])(?:tell|inform|notify|ping|msg|let|point|remind|give)(?:\s(?:the|our|everyone in))?$")
});
static SUBJECT_AHEAD: LazyLock<Regex> =
    LazyLock::new(|| expression(r"^(?:needs?|deserves?|ought|should|has to|must|wants?|gets?|:|채널|메시지)"));

#[cfg(test)]
mod tests {
    use crate::plan::understand::mark::What;
    use crate::plan::understand::mark::tests::marks;

    fn channels(text: &str) -> Vec<String> {
        marks(text)
            .into_iter()
            .filter_map(|what| match what {
                What::Channel { value, .. } => Some(value),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn an_everyday_word_is_a_channel_only_where_it_is_used_as_one() {
        assert_eq!(channels("팀 공지에 올려줘"), ["#팀-공지"]);
        assert_eq!(channels("마케팅 채널에 공유해줘"), ["#marketing"]);
        assert!(channels("마케팅 자료 검색해줘").is_empty());
        assert_eq!(channels("post it in general and random"), ["#general", "#random"]);
        assert!(channels("general ideas about pricing").is_empty());
    }

    #[test]
    fn an_unknown_channel_is_taken_as_written_and_a_slip_is_mended() {
        assert_eq!(channels("#디자인에 공유해줘"), ["#디자인"]);
        assert_eq!(channels("post in #randm"), ["#random"]);
    }
}
