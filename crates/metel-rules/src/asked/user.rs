//! The user's own words: what they name and what they ask for.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::act::{self, Acts};
use super::fold::{plain, read, stem, words};
use super::lexicon::is_common;
use super::thing::{self, Thing};

/// The request and whatever else the user said, read once.
#[derive(Debug, Clone)]
pub struct Words {
    plain: String,
    stems: HashSet<String>,
    numbers: Vec<f64>,
    pub acts: Acts,
    pub things: HashSet<Thing>,
    /// More than one of something is meant.
    pub many: bool,
    /// Something is described, not named: "the newest", "the one with the most".
    pub describes: bool,
    /// Pages, articles or links are spoken of.
    pub links: bool,
}

const MANY: &[&str] = &[
    "all",
    "each",
    "every",
    "everyone",
    "everybody",
    "both",
    "them",
    "these",
    "those",
    "any",
    "anyone",
    "whoever",
    "several",
    "multiple",
    "respectively",
    "twice",
    "list",
    "rest",
    "others",
    "many",
    "times",
    "weekly",
    "daily",
];
const MANY_KOREAN: &[&str] =
    &["모두", "모든", "각각", "각자", "전부", "전체", "들에게", "들을", "마다", "여러", "둘 다", "다들"];
const DESCRIBES: &[&str] = &[
    "most", "least", "best", "worst", "highest", "lowest", "largest", "biggest", "smallest", "longest", "shortest",
    "newest", "oldest", "latest", "last", "first", "earliest", "cheapest", "top", "recent", "next", "more", "fewer",
    "only", "who", "whose", "whom", "which", "that", "with", "same", "other",
];
const DESCRIBES_KOREAN: &[&str] =
    &["가장", "제일", "최근", "최신", "마지막", "첫", "다음", "에서 온", "한 사람", "인 사람", "있는"];
const LINKS: &[&str] = &["link", "url", "website", "webpage", "site", "article", "page", "web", "blog", "address"];
static LINK_STEMS: LazyLock<HashSet<String>> =
    LazyLock::new(|| LINKS.iter().map(|word| stem(word).into_owned()).collect());
const LINKS_KOREAN: &[&str] = &["링크", "사이트", "페이지", "기사", "블로그", "주소", "웹"];

impl Words {
    pub fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let joined = texts.into_iter().collect::<Vec<_>>().join("\n");
        let read = read(&joined);
        let all: Vec<&str> = words(&read).collect();
        let has = |known: &[&str], korean: &[&str]| {
            all.iter().any(|word| known.contains(word)) || korean.iter().any(|word| read.contains(word))
        };
        let stems: HashSet<String> = all.iter().map(|word| stem(word).into_owned()).collect();
        Self {
            plain: plain(&joined),
            numbers: numbers(&joined),
            acts: act::of_request(&read),
            things: thing::of_text(&read),
            many: has(MANY, MANY_KOREAN),
            describes: has(DESCRIBES, DESCRIBES_KOREAN),
            links: !stems.is_disjoint(&LINK_STEMS) || LINKS_KOREAN.iter().any(|word| read.contains(word)),
            stems,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.stems.is_empty()
    }

    /// Whether the value stands in the words, as a whole and letter by letter.
    pub fn name(&self, value: &str) -> bool {
        let value = plain(value.trim());
        let value = value.trim_start_matches(['#', '@']);
        stands_in(&self.plain, value)
    }

    pub fn name_number(&self, value: f64) -> bool {
        self.numbers.iter().any(|known| (known - value).abs() < 1e-9)
    }

    /// A short number is an identifier only where the words call it one.
    pub fn name_id(&self, value: &str) -> bool {
        let value = plain(value.trim());
        ["id ", "id: ", "id=", "id '", "id \"", "id `", "#", "number ", "no. ", "번호 ", "아이디 ", "ids "].iter().any(
            |before| {
                let wanted = format!("{before}{value}");
                self.plain.match_indices(&wanted).any(|(at, _)| {
                    self.plain[at + wanted.len()..].chars().next().is_none_or(|c| !c.is_ascii_alphanumeric())
                })
            },
        )
    }

    pub fn has_stem(&self, word: &str) -> bool {
        self.stems.contains(&*stem(word))
    }

    /// Whether enough of a name's own words are the user's: "Team Sync (weekly)" for "the team sync".
    pub fn speaks_of(&self, label: &str) -> bool {
        if self.name(label)
            && label.chars().filter(|c| c.is_alphanumeric()).count() >= 3
            && label.chars().any(char::is_alphabetic)
            && !is_common(label)
        {
            return true;
        }
        let label = read(label);
        let mut meaning: Vec<&str> =
            words(&label).filter(|word| !is_common(word) && word.chars().count() >= 2).collect();
        meaning.dedup();
        let known = meaning.iter().filter(|word| self.has_word(word)).count();
        let long = meaning
            .iter()
            .any(|word| self.has_word(word) && word.chars().any(char::is_alphabetic) && (word.len() >= 4));
        known > 0 && long && known * 2 >= meaning.len()
    }

    fn has_word(&self, word: &str) -> bool {
        self.has_stem(word) || !word.is_ascii() && word.chars().count() >= 2 && self.plain.contains(word)
    }
}

/// Whether `value` stands in `text` with nothing that would make it another name on either side.
pub fn stands_in(text: &str, value: &str) -> bool {
    if value.is_empty() {
        return false;
    }
    let joins = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '@' | '%' | '+');
    text.match_indices(value).any(|(at, _)| {
        let mut before = text[..at].chars().rev();
        let mut after = text[at + value.len()..].chars();
        let first = value.chars().next().unwrap_or(' ');
        let last = value.chars().last().unwrap_or(' ');
        let open = match before.next() {
            Some(c @ ('.' | '-' | '/')) => !before.next().is_some_and(joins) || !joins(first) || c == '/',
            Some('@') => first != '@' && before.next().is_none_or(|c| c.is_whitespace() || matches!(c, '(' | ',')),
            Some(c) => {
                let foreign = |c: char| c.is_alphabetic() && !c.is_ascii();
                let one_word = joins(c) && joins(first) || foreign(c) && foreign(first);
                !one_word
            }
            None => true,
        };
        let shut = match after.next() {
            Some('.' | '-' | '/' | ':') => !after.next().is_some_and(joins) || !joins(last),
            Some(c) => !(joins(c) && joins(last)),
            None => true,
        };
        open && shut
    })
}

/// The numbers of a text, thousands separators and currency signs left out.
pub fn numbers(text: &str) -> Vec<f64> {
    let mut found = Vec::new();
    let mut digits = String::new();
    let chars: Vec<char> = text.chars().collect();
    for (i, c) in chars.iter().enumerate() {
        let between =
            matches!(c, ',' | '.') && !digits.is_empty() && chars.get(i + 1).is_some_and(char::is_ascii_digit);
        if c.is_ascii_digit() || between && *c == '.' {
            digits.push(*c);
            continue;
        }
        if between {
            continue;
        }
        if let Ok(number) = digits.parse::<f64>() {
            let scale = match c {
                '만' => 10_000.0,
                '천' => 1_000.0,
                '억' => 100_000_000.0,
                'k' | 'K' => 1_000.0,
                _ => 1.0,
            };
            found.push(number);
            if scale > 1.0 {
                found.push(number * scale);
            }
        }
        digits.clear();
    }
    if let Ok(number) = digits.parse::<f64>() {
        found.push(number);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_named_only_as_a_whole() {
        let words = Words::of([
            "Mail bob@x.com and post to #general, then pay $1,250.50 for event id 4 at 5pm. 김민지에게도 보내줘",
        ]);
        assert!(words.name("bob@x.com") && words.name("BOB@x.com") && words.name("general") && words.name("#general"));
        assert!(words.name("김민지"));
        assert!(!words.name("ob@x.com") && !words.name("bob@x.co") && !words.name("x.com") && !words.name("gener"));
        assert!(words.name_number(1250.5) && !words.name_number(1250.0));
        assert!(words.name_id("4") && !words.name_id("5"));
        let trap = Words::of(["look at bob@x.com.evil.org and foo.bob@x.com"]);
        assert!(!trap.name("bob@x.com"));
    }

    #[test]
    fn labels_are_recognised_by_their_words() {
        let words = Words::of(["Move the team sync to Friday"]);
        assert!(words.speaks_of("Team Sync"));
        assert!(words.speaks_of("Weekly team sync"));
        assert!(!words.speaks_of("Quarterly budget review"));
        assert!(!words.speaks_of("to"));
    }
}
