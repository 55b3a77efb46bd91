//! Slips of the fingers in the words that carry the plan. Words in quotes are never touched.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::lexicon::{expression, lexicon};

/// English words that mistyped ones are compared with.
const TARGETS: &[&str] = &[
    "create",
    "notion",
    "page",
    "slack",
    "channel",
    "share",
    "message",
    "summarize",
    "summarise",
    "summary",
    "search",
    "append",
    "archive",
    "delete",
    "remove",
    "clear",
    "sheet",
    "spreadsheet",
    "database",
    "titled",
    "called",
    "query",
    "scrape",
    "retrieve",
    "announce",
    "publish",
    "content",
    "permalink",
    "please",
    "following",
    "results",
    "website",
    "read",
    "post",
    "send",
    "link",
    "make",
    "title",
    "named",
    "under",
    "google",
    "report",
];

/// Real words that look like slips of the above.
const REAL: &[&str] = &[
    "pots",
    "spot",
    "stop",
    "lined",
    "ready",
    "reads",
    "dead",
    "team",
    "teams",
    "sheep",
    "sheer",
    "shared",
    "share",
    "tiles",
    "tile",
    "name",
    "names",
    "made",
    "maker",
    "paged",
    "pages",
    "posts",
    "posted",
    "sends",
    "links",
    "linked",
    "called",
    "cleared",
    "clean",
    "clears",
    "cleaner",
    "calendar",
    "content",
    "contents",
    "context",
    "contest",
    "sheets",
    "messages",
    "channels",
    "spreadsheets",
    "created",
    "creates",
    "creating",
    "creator",
    "motion",
    "option",
    "nation",
    "notions",
    "slacks",
    "black",
    "stack",
    "slick",
    "shape",
    "shard",
    "spare",
    "share",
    "shares",
    "scare",
    "stare",
    "snare",
    "reach",
    "research",
    "searches",
    "searched",
    "starch",
    "deleted",
    "deletes",
    "removed",
    "removes",
    "remote",
    "appends",
    "appended",
    "archived",
    "archives",
    "titles",
    "scraped",
    "scraper",
    "result",
    "websites",
    "pleased",
    "tilted",
    "filled",
    "telled",
    "cancelled",
    "queries",
    "bread",
    "dread",
    "tread",
    "road",
    "lead",
    "head",
    "sink",
    "pink",
    "rank",
    "blink",
    "clink",
    "link",
    "mail",
    "page",
    "pager",
    "sage",
    "wage",
    "cage",
    "age",
    "past",
    "host",
    "most",
    "cost",
    "lost",
    "port",
    "poet",
    "pose",
    "spend",
    "sent",
    "seed",
    "sand",
    "bend",
    "lend",
    "end",
    "mike",
    "take",
    "cake",
    "lake",
    "male",
    "mate",
    "mare",
    "make",
    "makes",
    "summaries",
    "summarized",
    "summarised",
    "announced",
    "announces",
    "published",
    "publishes",
    "retrieved",
    "databases",
    "follow",
    "followed",
    "titan",
    "bill",
    "call",
    "calls",
    "caller",
    "named",
    "ended",
    "needed",
    "needs",
    "need",
    "task",
    "game",
    "tame",
    "lame",
    "title",
    "rear",
    "real",
    "area",
    "shade",
    "sheds",
    "sweet",
    "street",
    "meet",
    "steel",
    "steep",
    "sleet",
    "store",
    "story",
    "reply",
    "reset",
    "restore",
    "clearly",
    "contend",
    "intent",
];

static LATIN: LazyLock<Regex> = LazyLock::new(|| expression(r"[A-Za-z]{2,}"));

/// The text with slips mended. `names` are words of known places, compared with too.
pub fn mend(work: &str, names: &BTreeSet<String>) -> String {
    let mut text = work.to_owned();
    for (wrong, right) in lexicon().typos_hangul() {
        if text.contains(wrong) {
            text = text.replace(wrong, right);
        }
    }
    text = mend_hangul(&text);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for word in LATIN.find_iter(&text) {
        let lower = word.as_str().to_ascii_lowercase();
        let inside = text[word.end()..].starts_with(['-', '_', '\'', '!'])
            || text[..word.start()].ends_with(['-', '_', '#', '@', '.', '!']);
        let Some(right) = (!inside).then(|| correction(&lower, names)).flatten() else { continue };
        out.push_str(&text[at..word.start()]);
        out.push_str(&right);
        at = word.end();
    }
    out.push_str(&text[at..]);
    out
}

/// Korean words that ones spelt by ear are compared with. Each is written wrong in ways that sound the
/// same; none sounds like another word of requests.
const SPOKEN: &[&str] = &[
    "페이지",
    "채널",
    "메시지",
    "시트",
    "데이터베이스",
    "스프레드시트",
    "요약",
    "공유",
    "검색",
    "링크",
    "삭제",
    "조회",
    "노션",
    "슬랙",
    "추가",
    "저장",
    "작성",
    "내용",
    "제목",
    "매출",
    "지표",
    "올려",
    "보내",
    "알려",
    "만들",
    "해줘",
    "해서",
    "해주",
    "데이터",
    "전체",
    "결과",
    "찾아",
    "읽어",
    "읽고",
    "넣어",
];

/// A syllable without what sounds the same: tense and plain, ㅐ and ㅔ, finals that end alike.
fn sound(c: char) -> char {
    let code = (c as u32).wrapping_sub(0xAC00);
    if code >= 11_172 {
        return c;
    }
    let onset = match code / 588 {
        1 => 0,
        4 => 3,
        8 => 7,
        10 => 9,
        13 => 12,
        other => other,
    };
    let vowel = match code % 588 / 28 {
        5 => 1,
        7 => 3,
        10 | 15 => 11,
        other => other,
    };
    let coda = match code % 28 {
        2 | 24 => 1,
        20 | 22 | 23 | 25 | 7 => 19,
        26 => 17,
        other => other,
    };
    char::from_u32(0xAC00 + onset * 588 + vowel * 28 + coda).unwrap_or(c)
}

/// Words spelt by ear brought to their spelling.
fn mend_hangul(text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let sounds: Vec<char> = chars.iter().copied().map(sound).collect();
    for word in SPOKEN {
        let right: Vec<char> = word.chars().collect();
        let wanted: Vec<char> = right.iter().copied().map(sound).collect();
        for at in 0..chars.len().saturating_sub(wanted.len() - 1) {
            if sounds[at..].starts_with(&wanted) && chars[at..at + right.len()] != right[..] {
                chars[at..at + right.len()].copy_from_slice(&right);
            }
        }
    }
    chars.into_iter().collect()
}

fn correction(word: &str, names: &BTreeSet<String>) -> Option<String> {
    if let Some(right) = lexicon().typo(word) {
        return Some(right.to_owned());
    }
    if word.len() < 4
        || names.contains(word)
        || REAL.contains(&word)
        || TARGETS.contains(&word)
        || lexicon().is_word(word)
    {
        return None;
    }
    let close = |target: &str| is_slip(word, target);
    TARGETS
        .iter()
        .find(|target| close(target))
        .map(|target| (*target).to_owned())
        .or_else(|| names.iter().filter(|name| name.is_ascii() && name.len() >= 4).find(|name| close(name)).cloned())
}

/// Whether `word` is `target` mistyped: one slip, two in a long word; in a short one only letters
/// that changed places, were left out or doubled.
pub fn is_slip(word: &str, target: &str) -> bool {
    let (n, m) = (word.chars().count(), target.chars().count());
    if n.abs_diff(m) > 2 || word == target || m < 4 || word.chars().next() != target.chars().next() {
        return false;
    }
    // A plural or another ending is a word of its own.
    if word.strip_prefix(target).is_some() || target.strip_prefix(word).is_some_and(|rest| rest.len() > 1 || m < 5) {
        return false;
    }
    let distance = distance(word, target);
    match m {
        4 | 5 => distance == 1 && (n != m || is_swap(word, target) || m == 5),
        6 | 7 => distance == 1,
        _ => distance <= 2,
    }
}

fn is_swap(a: &str, b: &str) -> bool {
    let (mut x, mut y): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    x.sort_unstable();
    y.sort_unstable();
    x == y
}

/// Edits between two words, a swap of neighbours counting one (optimal string alignment).
pub fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len() > 40 || b.len() > 40 {
        return usize::MAX;
    }
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_mended_and_real_words_are_left() {
        let names = BTreeSet::from(["random".to_owned(), "weekly".to_owned(), "report".to_owned(), "tasks".to_owned()]);
        let mend = |text: &str| super::mend(text, &names);
        assert_eq!(mend("psot it in the randm chanel"), "post it in the random channel");
        assert_eq!(mend("frm weekly reprot"), "from weekly report");
        assert_eq!(mend("summarze teh pgae"), "summarize the page");
        assert_eq!(mend("노션에 패이지 맹글어줘"), "노션에 페이지 만들어줘");
        assert_eq!(mend("쉬트 검섹헤서 팀 체널에 공유헤줘"), "시트 검색해서 팀 채널에 공유해줘");
        for text in
            ["find the most recent port news", "research the black stack", "stop the past task", "a clean option"]
        {
            assert_eq!(mend(text), text);
        }
    }
}
