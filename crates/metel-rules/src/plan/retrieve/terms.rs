//! Text to search terms: Latin words by a light stem, Hangul runs by overlapping pairs and triples
//! of syllables, so that particles and missing spaces cost little and no dictionary is needed.

use unicode_normalization::UnicodeNormalization;

/// Longest text that is turned into terms; the rest is not read.
pub const CHARS_MAX: usize = 20_000;

/// English words that say nothing about which tool is meant.
const STOP: &[&str] = &[
    "a", "an", "the", "of", "to", "in", "on", "at", "for", "and", "or", "is", "are", "was", "be", "by", "with", "it",
    "its", "this", "that", "these", "those", "from", "as", "me", "my", "i", "we", "our", "you", "your", "please",
    "can", "could", "would", "will", "do", "does", "into", "about", "which", "what", "s", "t", "have", "has", "if",
    "so", "there", "any", "some", "using", "use", "used", "d", "ll", "m", "re", "ve", "want", "need", "like", "given",
    "how", "let", "when", "not", "also", "then", "than", "just", "am", "us", "know", "tell",
];

/// Calls `give` with each term of `text`: lower case, compatibility-composed (NFKC).
pub fn terms(text: &str, mut give: impl FnMut(&str)) {
    let mut word = String::new();
    let mut hangul: Vec<char> = Vec::new();
    let mut before_lower = false;
    let mut before_upper = false;
    let chars: Vec<char> = text.nfkc().take(CHARS_MAX).collect();
    let is_small = |at: usize| chars.get(at).is_some_and(|c| c.is_lowercase());
    for (at, c) in chars.iter().copied().enumerate() {
        if is_hangul(c) {
            latin(&mut word, &mut give);
            hangul.push(c);
            (before_lower, before_upper) = (false, false);
        } else if c.is_alphanumeric() {
            syllables(&mut hangul, &mut give);
            // `listIssues`, and the end of capitals in a row: `HTTPServer`, but not `URLs`.
            let ends_capitals = before_upper && is_small(at + 1) && is_small(at + 2);
            if c.is_uppercase() && (before_lower || ends_capitals) {
                latin(&mut word, &mut give);
            }
            before_lower = c.is_lowercase();
            before_upper = c.is_uppercase();
            word.extend(c.to_lowercase());
        } else {
            latin(&mut word, &mut give);
            syllables(&mut hangul, &mut give);
            (before_lower, before_upper) = (false, false);
        }
    }
    latin(&mut word, &mut give);
    syllables(&mut hangul, &mut give);
}

/// Composed Hangul syllables.
pub fn is_hangul(c: char) -> bool {
    ('\u{AC00}'..='\u{D7A3}').contains(&c)
}

fn latin(word: &mut String, give: &mut impl FnMut(&str)) {
    if !word.is_empty() && !STOP.contains(&word.as_str()) {
        give(stem(word));
    }
    word.clear();
}

fn syllables(run: &mut Vec<char>, give: &mut impl FnMut(&str)) {
    let mut term = String::with_capacity(12);
    if run.len() == 1 {
        term.extend(run.iter());
        give(&term);
    }
    for size in [2, 3] {
        for window in run.windows(size) {
            term.clear();
            term.extend(window);
            give(&term);
        }
    }
    run.clear();
}

/// Cuts the commonest English endings. `pages` and `page`, `creating`, `created` and `create` meet.
pub fn stem(word: &str) -> &str {
    let n = word.len();
    if !word.is_ascii() || n < 4 {
        return word;
    }
    let cut = |end: &str, keep: usize| word.strip_suffix(end).filter(|rest| rest.len() >= keep);
    let rest = match () {
        () if word.ends_with("ss") || word.ends_with("us") || word.ends_with("is") => word,
        () if word.ends_with("ies") => &word[..n - 3],
        () if word.ends_with("sses") || word.ends_with("ches") || word.ends_with("shes") || word.ends_with("xes") => {
            &word[..n - 2]
        }
        () => cut("s", 3).unwrap_or(word),
    };
    let rest = ["ations", "ation", "ings", "ing", "ions", "ion", "ments", "ment", "ers", "er", "ors", "or", "ed", "ly"]
        .iter()
        .find_map(|end| rest.strip_suffix(end).filter(|rest| rest.len() >= 3))
        .unwrap_or(rest);
    let rest = rest.strip_suffix(['e', 'y', 'i']).filter(|rest| rest.len() >= 3).unwrap_or(rest);
    // A doubled last consonant: `planning` and `plan`.
    let bytes = rest.as_bytes();
    match bytes {
        [.., a, b] if a == b && rest.len() >= 4 && !matches!(b, b's' | b'l' | b'z') => &rest[..rest.len() - 1],
        _ => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<String> {
        let mut out = Vec::new();
        terms(text, |term| out.push(term.to_owned()));
        out
    }

    #[test]
    fn words_meet_across_their_endings() {
        assert_eq!(stem("creating"), stem("create"));
        assert_eq!(stem("pages"), stem("page"));
        assert_eq!(stem("planning"), stem("plan"));
        assert_eq!(stem("queries"), stem("query"));
        assert_eq!(all("getUserName"), ["get", stem("user"), stem("name")]);
        assert_eq!(all("createHTTPServer URLs"), [stem("create"), "http", stem("server"), stem("urls")]);
    }

    #[test]
    fn hangul_is_cut_into_pairs_and_triples() {
        assert_eq!(all("회의록을"), ["회의", "의록", "록을", "회의록", "의록을"]);
        let decomposed: String = "회의".nfd().collect();
        assert_eq!(all(&decomposed), ["회의"]);
    }
}
