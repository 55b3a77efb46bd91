//! A request's parts, each of which may need a tool of its own, and the things in it that say by their
//! look what they are: an address, a currency's code.

use std::sync::LazyLock;

use regex::Regex;

use crate::plan::understand::lexicon::expression;

/// Most parts that are ranked on their own.
const PARTS_MAX: usize = 4;
/// Shortest part, in characters.
const CHARS_MIN: usize = 6;
/// Longest request that is parted, in bytes.
const BYTES_MAX: usize = 2_000;

static CUT: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)[.!?;,\n→]+(?:\s|$)|\s(?:and then|and also|and|then|plus|after that)\s|그리고|그런\s?다음|(?:[가-힣](?:하고|해서|한\s?다음|한\s?뒤|한\s?후|아서|어서|려서|와서|고|뒤|후|다음))\s",
    )
});

/// The parts of a request that has several; none of one that has not.
pub fn parts(query: &str) -> Vec<&str> {
    if query.len() > BYTES_MAX {
        return Vec::new();
    }
    let mut out = Vec::new();
    let mut at = 0;
    for found in CUT.find_iter(query) {
        out.push(&query[at..found.end()]);
        at = found.end();
    }
    out.push(&query[at..]);
    out.retain(|part| part.trim().chars().count() >= CHARS_MIN);
    out.truncate(PARTS_MAX);
    if out.len() < 2 { Vec::new() } else { out }
}

/// What a thing is by its look, in words of tool descriptions.
static SIGNS: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        (
            r"(?-u:\b)(?:USD|EUR|KRW|GBP|JPY|CHF|CNY|CAD|AUD|SEK|NOK|DKK|PLN|INR|BRL|SGD|HKD|VND|THB|TWD)(?-u:\b)",
            "currency exchange rate",
        ),
        (r"[\w.+-]+@[\w-]+\.[\w.]+", "email address"),
        (r"https?://\S+", "web page url"),
        (r"(?:^|\s)#[\p{L}\p{N}][\p{L}\p{N}_-]+", "channel"),
        (r"(?:\+\d{1,3}[ -]?|(?-u:\b)01\d[ -]?)\d{2,4}[ -]?\d{3,4}", "phone number"),
    ]
    .into_iter()
    .map(|(look, words)| (expression(look), words))
    .collect()
});

/// Calls `give` with the words for each sort of thing that the text holds.
pub fn signs(text: &str, mut give: impl FnMut(&str)) {
    if text.len() <= BYTES_MAX {
        SIGNS.iter().filter(|(look, _)| look.is_match(text)).for_each(|(_, words)| give(words));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_of_two_acts_has_two_parts() {
        assert_eq!(parts("check the error rate, then post it on the status page").len(), 2);
        assert_eq!(parts("구글 폼 응답 확인해서 슬랙에 올려줘").len(), 2);
        assert!(parts("what was GBP to CHF on Friday").is_empty());
    }

    #[test]
    fn looks_say_what_things_are() {
        let mut out = Vec::new();
        signs("what was GBP to CHF, mail it to a@b.co", |words| out.push(words.to_owned()));
        assert_eq!(out, ["currency exchange rate", "email address"]);
    }
}
