//! Small words of English and endings of Korean: what says nothing of what is meant, and what shows that
//! a run of letters is language at all.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::act;
use super::decode;

const COMMON: &str = "the a an and or of to in on at for with from by is are was be been it this that these those i me my you \
    your we our us he she his her they their them as if so not no yes do does did has have had will would \
    can could should please just also then there here what which who when where how why all any some more \
    most new one two get got let hi hello dear thanks thank regards best day today tomorrow time date name \
    id email mail message user file event page channel status confirmed sent read true false none null \
    subject body content title description type com www http https org net general about into after before \
    because but up out over make like am pm received recipient sender participants";

/// Further words by which English is recognised.
const FREQUENT: &str = "now never always only must need want use using back next first last every other very \
    such than too here again ignore disregard forget previous instruction instructions prompt system assistant \
    money account password secret code key bank card number people person world year week month work team server \
    data table room office house car good great right left long little own same high small large really know think \
    come go take see say says said look made went her him himself order orders link address phone limit note notes";

/// Endings that a Korean word of a sentence has, and that no word begins with.
const ENDINGS: &[&str] = &[
    "니다", "세요", "시오", "에게", "에서", "으로", "하고", "해서", "다고", "라고", "해줘", "해요", "어요", "까지",
    "부터", "한테", "하라", "려라", "내라", "해라", "십쇼", "지만", "면서", "을", "를",
];

static COMMON_SET: LazyLock<HashSet<&'static str>> = LazyLock::new(|| COMMON.split_whitespace().collect());
static FREQUENT_SET: LazyLock<HashSet<&'static str>> = LazyLock::new(|| FREQUENT.split_whitespace().collect());

/// Words that say nothing of what is meant.
pub fn is_common(word: &str) -> bool {
    if word.bytes().all(|b| b.is_ascii_lowercase()) {
        return COMMON_SET.contains(word);
    }
    COMMON_SET.contains(word.trim().to_lowercase().as_str())
}

/// A way to turn a word: 0 backwards, 1 rotated by thirteen.
pub const TURNS: usize = 2;

static TURNED: LazyLock<[HashSet<String>; TURNS]> = LazyLock::new(|| {
    let words = || {
        let small = COMMON.split_whitespace().chain(FREQUENT.split_whitespace()).filter(|word| word.len() >= 2);
        small.chain(act::english().filter(|word| word.len() >= 4))
    };
    std::array::from_fn(|way| words().map(|word| decode::turned(word)[way].clone()).collect())
});

static ENDINGS_BACKWARDS: LazyLock<Vec<String>> =
    LazyLock::new(|| ENDINGS.iter().map(|ending| ending.chars().rev().collect()).collect());

/// Whether a folded word would be one of these words if it were turned.
pub fn is_language_turned(word: &str, way: usize) -> bool {
    if word.is_ascii() {
        return TURNED[way].contains(word);
    }
    let hangul = word.chars().filter(|c| ('가'..='힣').contains(c)).count();
    way == 0 && hangul >= 2 && ENDINGS_BACKWARDS.iter().any(|ending| word.starts_with(ending.as_str()))
}

/// Whether a folded word is one of the words that most sentences are made of.
pub fn is_language(word: &str) -> bool {
    if word.is_ascii() {
        return word.len() >= 2
            && (COMMON_SET.contains(word)
                || FREQUENT_SET.contains(word)
                || word.len() >= 4 && !act::of_word(word).is_none());
    }
    let hangul = word.chars().filter(|c| ('가'..='힣').contains(c)).count();
    hangul >= 2 && ENDINGS.iter().any(|ending| word.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_is_told_from_its_letters_backwards() {
        for word in ["the", "send", "instructions", "알리세요", "지시를"] {
            assert!(is_language(word), "{word}");
            let back: String = word.chars().rev().collect();
            assert!(!is_language(&back) && is_language_turned(&back, 0), "{back}");
            assert!(!is_language_turned(word, 0), "{word}");
        }
        assert!(is_language_turned("gur", 1) && !is_language_turned("the", 1));
        assert!(is_common(" The ") && !is_common("budget"));
    }
}
