//! An estimate of tokens: about four Latin letters, or one and a half Korean syllables, each.

/// Tokens of a text; at least one for a text that is not empty.
pub(super) fn estimate(text: &str) -> u64 {
    let mut sixths = 0u64;
    for letter in text.chars() {
        sixths += if letter.is_ascii() { 3 } else { 8 };
    }
    sixths.div_ceil(12)
}

/// The head of `text` that fits into `most` tokens.
pub(super) fn cut(text: &str, most: u64) -> &str {
    let mut sixths = 0u64;
    for (at, letter) in text.char_indices() {
        sixths += if letter.is_ascii() { 3 } else { 8 };
        if sixths.div_ceil(12) > most {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_cuts() {
        assert_eq!(estimate(""), 0);
        assert_eq!(estimate("abcdefgh"), 2);
        assert_eq!(estimate("안녕하세요"), 4);
        assert_eq!(cut("안녕하세요", 2), "안녕하");
        assert_eq!(cut("abc", 10), "abc");
    }
}
