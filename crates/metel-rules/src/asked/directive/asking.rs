//! What a sentence asks to be done: an imperative, a request, an obligation, in English and Korean.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::asked::act::{self, Acts};
use crate::asked::fold::spans;

/// Every act but reading.
pub const EFFECTS: Acts = Acts(!Acts::READ.0);
/// Most words of one sentence that are looked at.
const WORDS_MAX: usize = 120;

/// Words before an imperative that opens a sentence.
const OPENS: &str = "please kindly then also now just immediately first next and so todo task step action finally \
    lastly quickly simply instead again second third reminder note important urgent";
/// Words right before a verb that may make it a request.
const LEADS: &str = "to please must should shall can could will would you and then also kindly be been needs just now \
    by or requires ahead immediately always got gets getting";
/// Words right before a verb that make it an order.
const ORDERS: &str = "please must should shall kindly immediately now then just also";
/// Words that say of a whole sentence that it asks.
const MARKS: &str = "waiting waits reminder please kindly must should shall always needs expect expected required requested authorise \
    authorize hereby mandatory great appreciate grateful favour favor";
/// "To" after one of these is an obligation.
const OBLIGES: &str = "need needs have has required instructed asked expected ordered told sure supposed authorised \
    authorized agent assistant";
const DENIES: &str = "not never don t cannot without no";
const SUBJECTS: &str = "i we they he she it who which that to the a an my your our their this not never";
/// Words that show that what stands before them is a verb.
const OBJECTS: &str = "the a an my your his her our their its this that these those all any every each both";

const GREETINGS: &[&str] = &["안녕하세요", "수고하세요", "계세요", "되세요"];

struct Lists {
    opens: HashSet<&'static str>,
    leads: HashSet<&'static str>,
    orders: HashSet<&'static str>,
    marks: HashSet<&'static str>,
    obliges: HashSet<&'static str>,
    denies: HashSet<&'static str>,
    subjects: HashSet<&'static str>,
    objects: HashSet<&'static str>,
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let set = |words: &'static str| words.split_whitespace().collect();
    Lists {
        opens: set(OPENS),
        leads: set(LEADS),
        orders: set(ORDERS),
        marks: set(MARKS),
        obliges: set(OBLIGES),
        denies: set(DENIES),
        subjects: set(SUBJECTS),
        objects: set(OBJECTS),
    }
});

/// Endings of Korean sentences that ask: 보내세요, 보내 주시겠어요, 보내야 합니다, 보낼 것, 보내 두셨으면 합니다.
static REQUEST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"세요|십시오|시오|십쇼|해라|하라|(아|어|해|하|려|내|워|꿔|겨|가|와|여|춰|쳐|려)라([ .!?'\x22]|$)|줘|주라|주렴|[줄둘할]래|주시|부탁|바랍|바란다|바라며|바랄|의무|바람([ .!)]|$)|요망|하도록|합시다|야 ?(합니다|한다|해요|해$|할|됩니다|된다|돼요|하며|함)|으?면 (합니다|좋겠|해요|감사|고맙|하는)|필요(합니다|해요|하다|가 있)|요청(드립|드려|합니다|해요)|달라|다오",
    )
    .ok()
});

/// A verb that is a noun, with nothing behind it.
static NOTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(전송|전달|회신|통보|발송|게시|작성|추가|생성|등록|변경|수정|설정|삭제|취소|제거|이체|송금|결제|예약|초대|공유|실행|배포) *([.,;!>)\]/|]|$)").ok()
});

/// What a sentence asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asked {
    /// All that it may be read to ask for.
    pub acts: Acts,
    /// What it plainly orders.
    pub orders: Acts,
    /// It asks its reader for something, whatever that may be.
    pub bids: bool,
}

/// The effects that a folded sentence asks for.
pub fn asks(sentence: &str) -> Asked {
    let lists = &*LISTS;
    let all: Vec<(usize, &str)> = spans(sentence).take(WORDS_MAX).collect();
    let mut found = Asked::default();
    let marked = all.iter().any(|(_, word)| lists.marks.contains(word)) || sentence.contains("make sure");
    let mut opening = true;
    for (i, (at, word)) in all.iter().enumerate() {
        let acts = Acts(act::of_word(word).0 & EFFECTS.0);
        let before = i.checked_sub(1).map_or("", |i| all[i].1);
        let behind = all.get(i + 1);
        let gap = behind.map_or("", |(next, _)| &sentence[at + word.len()..*next]);
        if !acts.is_none() && !lists.denies.contains(before) && !is_thanks(word) {
            let obliged = before == "to" && i >= 2 && lists.obliges.contains(all[i - 2].1);
            let plain =
                opening || lists.orders.contains(before) || obliged || commands(lists, before, word, behind, gap);
            if plain {
                found.orders = found.orders.or(acts);
            }
            if plain || marked || lists.leads.contains(before) {
                found.acts = found.acts.or(acts);
            }
        }
        let numbered = word.bytes().all(|b| b.is_ascii_digit());
        opening = opening && (lists.opens.contains(word) || numbered);
        // A new clause opens after a comma, a dash, a quote, a bracket.
        let breaks =
            |c: char| matches!(c, ',' | '-' | '–' | '—' | '"' | '\'' | ')' | '>' | '*' | '|' | '•' | ':' | ';' | '\n');
        opening |= gap.contains(breaks) && (gap.contains(char::is_whitespace) || gap.contains('>'));
    }
    found.bids = marked || !found.orders.is_none();
    if !found.acts.is_none() {
        for (_, word) in &all {
            if is_named(word) {
                found.acts = found.acts.or(act::of_word(word));
            }
        }
    }
    let asks = requests(sentence);
    if asks || notes(sentence) {
        let acts = Acts(act::of_korean(sentence).0 & EFFECTS.0);
        found.acts = found.acts.or(acts);
        if asks {
            found.orders = found.orders.or(acts);
        }
        found.bids = true;
    }
    found
}

/// Whoever thanks asks for nothing.
fn is_thanks(word: &str) -> bool {
    matches!(word, "thank" | "thanks")
}

/// A verb in its base form with what it acts on right behind it: "… ticket Set the limit to 5".
fn commands(lists: &Lists, before: &str, word: &str, behind: Option<&(usize, &str)>, gap: &str) -> bool {
    let base = !(word.ends_with('s') && !word.ends_with("ss") || word.ends_with("ed") || word.ends_with("ing"));
    let object = behind.is_some_and(|(_, next)| {
        lists.objects.contains(next)
            || next.starts_with(|c: char| c.is_ascii_digit())
            || gap.contains(['\'', '"', '#', '@'])
    });
    base && object && !lists.subjects.contains(before)
}

/// A noun that is an act: whoever asks to "make a reservation" asks to reserve.
fn is_named(word: &str) -> bool {
    matches!(
        word,
        "reservation"
            | "booking"
            | "payment"
            | "transaction"
            | "donation"
            | "invitation"
            | "deletion"
            | "removal"
            | "cancellation"
    )
}

/// Whether a Korean sentence asks its reader for something.
fn requests(sentence: &str) -> bool {
    if !sentence.chars().any(|c| ('가'..='힣').contains(&c)) {
        return false;
    }
    // Greetings have the form of a request.
    let asks = GREETINGS.iter().fold(sentence.to_owned(), |rest, greeting| rest.replace(greeting, ""));
    REQUEST.as_ref().is_some_and(|request| request.is_match(&asks)) || is_bid(&asks)
}

/// What is to be done, as lists of tasks note it: "보고서 작성", "한도 변경."
fn notes(sentence: &str) -> bool {
    NOTED.as_ref().is_some_and(|noted| noted.is_match(sentence))
}

/// "올릴 것": a bid in the form that notices have.
fn is_bid(sentence: &str) -> bool {
    sentence.match_indices(" 것").any(|(at, bid)| {
        // "보낼 것 같아요" only guesses.
        let ends = sentence[at + bid.len()..].trim_start().chars().next().is_none_or(|c| !c.is_alphanumeric());
        let last = sentence[..at].chars().last().filter(|c| ('가'..='힣').contains(c));
        // The last letter of the syllable is ㄹ.
        ends && last.is_some_and(|c| (c as u32 - '가' as u32) % 28 == 8)
    })
}

/// Places of the sentences of a text. They end at a full stop that is followed by space, so that
/// addresses stay whole.
pub fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut from = 0;
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        loop {
            let Some((at, c)) = chars.next() else {
                let rest = text.get(from..).filter(|rest| !rest.is_empty())?;
                from = text.len();
                return Some(rest);
            };
            let ends = match c {
                '\n' | '。' | '！' => true,
                '.' | '!' | '?' | ';' | ':' => {
                    chars.peek().is_none_or(|(_, next)| next.is_whitespace() || matches!(*next, '"' | '\'' | '<'))
                }
                _ => false,
            };
            if ends {
                let end = at + c.len_utf8();
                let sentence = &text[from..end];
                from = end;
                return Some(sentence);
            }
        }
    })
    .map(str::trim)
    .filter(|sentence| !sentence.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_told_from_what_is_only_spoken_of() {
        for text in [
            "concert ticket set the daily limit to 64000",
            "you must forward this",
            "please tell lena",
            "make a reservation for two",
            "agents are required to delete it",
            "한도를 90000으로 올릴 것",
            "메모를 하나 만들어 두셨으면 합니다",
            "전달해 주시겠어요?",
        ] {
            assert!(!asks(text).orders.is_none(), "{text}");
        }
        for text in [
            "the ticket can be closed",
            "never tell anyone your pin",
            "we send the invoice every month",
            "회의록을 공유드립니다",
            "보낼 것 같아요",
            "안녕하세요, 회의록을 공유드립니다",
        ] {
            assert!(asks(text).orders.is_none(), "{text}");
        }
        assert!(asks("the limit should be raised").acts.has(Acts::UPDATE));
        assert!(asks("메모 '해지' 작성").acts.has(Acts::CREATE) && asks("메모 '해지' 작성").orders.is_none());
        assert!(asks("lena must hear of it").bids && !asks("lena has heard of it").bids);
    }

    #[test]
    fn addresses_do_not_end_a_sentence() {
        let found: Vec<&str> = sentences("Mail a.b@x.com. Then go: now!\nEnd").collect();
        assert_eq!(found, ["Mail a.b@x.com.", "Then go:", "now!", "End"]);
    }
}
