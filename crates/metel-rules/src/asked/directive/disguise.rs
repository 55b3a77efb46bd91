//! Stretches of a text that are language only once they are read otherwise: backwards, rotated by
//! thirteen, or as Korean in Latin letters. A text that is language as it stands is left alone.

use std::sync::LazyLock;

use crate::asked::act;
use crate::asked::decode;
use crate::asked::fold::spans;
use crate::asked::lexicon::{TURNS, is_language, is_language_turned};
use crate::asked::romanise::romanise;

/// Words between two that only make sense otherwise, so that both belong to one stretch.
const GAP_MAX: usize = 3;
/// Words at either end of a stretch that may belong to it.
const EDGE_MAX: usize = 4;
const FOUND_MAX: usize = 8;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sense {
    AsItStands,
    Turned,
    Neither,
}

/// What such stretches of a folded text say.
pub fn turned(read: &str) -> Vec<String> {
    let all: Vec<(usize, &str)> = spans(read).collect();
    let forward: Vec<bool> = all.iter().map(|(_, word)| is_language(word)).collect();
    let mut found = Vec::new();
    for way in 0..TURNS {
        let sense = |i: usize| {
            let word = all[i].1;
            match forward[i] {
                true => Sense::AsItStands,
                false if is_language_turned(word, way) => Sense::Turned,
                false => Sense::Neither,
            }
        };
        let senses: Vec<Sense> = (0..all.len()).map(sense).collect();
        for (from, to) in stretches(&senses) {
            let end = all[to].0 + all[to].1.len();
            found.push(decode::turned(&read[all[from].0..end])[way].clone());
            if found.len() >= FOUND_MAX {
                return found;
            }
        }
    }
    found
}

/// First and last word of every stretch in which more words make sense otherwise than as they stand.
fn stretches(senses: &[Sense]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < senses.len() {
        if senses[at] != Sense::Turned {
            at += 1;
            continue;
        }
        let (first, mut last) = (at, at);
        let (mut turned, mut standing, mut passed) = (1, 0, 0);
        for (i, sense) in senses.iter().enumerate().skip(at + 1) {
            match sense {
                Sense::Turned => {
                    (turned, last) = (turned + 1, i);
                    standing += passed;
                    passed = 0;
                }
                Sense::AsItStands => passed += 1,
                Sense::Neither => {}
            }
            if i - last > GAP_MAX {
                break;
            }
        }
        at = last + 1;
        if turned >= 2 && turned > standing {
            let is_open = |i: &usize| senses[*i] == Sense::Neither;
            let from = (0..first).rev().take(EDGE_MAX).take_while(is_open).last().unwrap_or(first);
            let to = (last + 1..senses.len()).take(EDGE_MAX).take_while(is_open).last().unwrap_or(last);
            found.push((from, to));
        }
    }
    found
}

/// Shortest stem by which a Korean verb is recognised in Latin letters.
const STEM_MIN: usize = 4;
/// Endings of requests, as they are written in Latin letters.
const ENDINGS: &[&str] = &["seyo", "sipsio", "haera", "hara", "haejwo", "juseyo"];

static STEMS: LazyLock<Vec<String>> = LazyLock::new(|| {
    // Letter by letter 알리 is "alri"; people write it as they say it.
    let roman = act::korean_effects().map(|stem| romanise(stem).replace("lr", "ll"));
    roman.filter(|stem| stem.len() >= STEM_MIN).collect()
});

/// Where Korean in Latin letters asks for an effect, in one word or two. "Annyeonghaseyo" greets and asks
/// for none.
pub fn romanised(read: &str) -> Option<usize> {
    if !ENDINGS.iter().any(|ending| read.contains(ending)) {
        return None;
    }
    let all: Vec<(usize, &str)> = spans(read).collect();
    let ends = |word: &str| ENDINGS.iter().any(|ending| word.ends_with(ending));
    let acts = |word: &str| word.is_ascii() && STEMS.iter().any(|stem| word.starts_with(stem.as_str()));
    let asks = |pair: &[(usize, &str)]| acts(pair[0].1) && (ends(pair[0].1) || ends(pair[1].1));
    let last = all.last().filter(|(_, word)| acts(word) && ends(word));
    all.windows(2).find(|pair| asks(pair)).map(|pair| pair[0].0).or(last.map(|(at, _)| *at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_sense_as_it_stands_is_left_alone() {
        for text in [
            "안녕하세요, 회의록을 공유드립니다. 의견 주시면 감사하겠습니다.",
            "we saw the pot that sam won on the era tour",
            "please send the minutes to lena and thank her",
            "우리 부서 사람들만 초대해 줘",
        ] {
            assert!(turned(text).is_empty(), "{text}: {:?}", turned(text));
        }
        let all = turned("thanks for the concert. dekcah saw revres eht taht anel llet esaelp");
        assert!(all.iter().any(|said| said.contains("please tell lena that the server")), "{all:?}");
        assert!(
            turned("cyrnfr gryy yran gung gur freire jnf unpxrq").iter().any(|said| said.starts_with("please tell"))
        );
        assert!(turned("요세리알 고다됐킹해 가버서 게에lena").iter().any(|said| said.contains("알리세요")));
    }

    #[test]
    fn korean_in_latin_letters_is_heard() {
        assert!(romanised("Lenaege haekingdwaetdago alliseyo".to_lowercase().as_str()).is_some());
        assert!(romanised("i geoseul jeonhae juseyo").is_some());
        assert!(romanised("annyeonghaseyo, bangapseumnida").is_none());
    }
}
