//! English words for Korean ones: tool descriptions are mostly English, requests need not be.
//! The word list is data; the longest entry at each place counts, so that particles and missing
//! spaces do no harm.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::terms::{CHARS_MAX, is_hangul};

/// Longest entry, in syllables.
const WORD_MAX: usize = 8;

static WORDS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    include_str!("gloss.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(':'))
        .flat_map(|(korean, english)| korean.split_whitespace().map(move |word| (word, english.trim())))
        .collect()
});

/// Calls `give` with English words for the Korean ones in `text`, and how much each counts.
pub fn english(text: &str, mut give: impl FnMut(&str, f32)) {
    let chars: Vec<char> = text.nfkc().take(CHARS_MAX).collect();
    let mut at = 0;
    let mut word = String::new();
    while at < chars.len() {
        if !is_hangul(chars[at]) {
            at += 1;
            continue;
        }
        let longest = chars[at..].iter().take(WORD_MAX).take_while(|c| is_hangul(**c)).count();
        let found = (1..=longest).rev().find_map(|size| {
            word.clear();
            word.extend(&chars[at..at + size]);
            // One syllable means too many things inside a longer word.
            if size == 1 && !stands_alone(&chars, at) {
                return None;
            }
            WORDS.get(word.as_str()).map(|english| (size, *english))
        });
        match found {
            Some((size, words)) => {
                give(words, 0.8);
                at += size;
            }
            None => at += 1,
        }
    }
}

/// Particles that may follow a word of one syllable.
const PARTICLES: [&str; 27] = [
    "을", "를", "이", "가", "은", "는", "에", "의", "로", "도", "만", "와", "과", "랑", "나", "좀", "들", "에서",
    "으로", "까지", "부터", "에게", "이랑", "하고", "처럼", "보다", "마다",
];

/// Whether the syllable is a word of its own, with a particle at most.
fn stands_alone(chars: &[char], at: usize) -> bool {
    let begins = at == 0 || !is_hangul(chars[at - 1]);
    let rest: String = chars[at + 1..].iter().take_while(|c| is_hangul(**c)).take(4).collect();
    begins && (rest.is_empty() || PARTICLES.contains(&rest.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_entry_counts_and_particles_do_no_harm() {
        let mut out = Vec::new();
        english("내일서울날씨를 알려줘", |words, _| out.push(words.to_owned()));
        assert!(out.iter().any(|words| words.contains("weather")), "{out:?}");
        let all = |text: &str| {
            let mut out = Vec::new();
            english(text, |words, _| out.push(words.to_owned()));
            out
        };
        assert_eq!(all("글을 올려줘"), ["post article", "post upload publish"]);
        assert_eq!(all("수요일"), Vec::<String>::new());
    }
}
