//! Hangul in Latin letters (Revised Romanisation, letter by letter), so that a name is recognised in
//! either script.

const FIRST: [&str; 19] =
    ["g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h"];
const MIDDLE: [&str; 21] = [
    "a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we", "wi", "yu", "eu",
    "ui", "i",
];
const LAST: [&str; 28] = [
    "", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l", "p", "l", "m", "p", "p", "t", "t", "ng", "t",
    "t", "k", "t", "p", "t",
];

/// Lower-case Latin letters for every Hangul syllable; the rest as it is, in lower case.
pub fn romanise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '가'..='힣' => {
                let n = c as usize - '가' as usize;
                out.push_str(FIRST[n / 588]);
                out.push_str(MIDDLE[n % 588 / 28]);
                out.push_str(LAST[n % 28]);
            }
            other => out.extend(other.to_lowercase()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn hangul_in_latin_letters() {
        assert_eq!(super::romanise("김민지 Kim"), "gimminji kim");
        assert_eq!(super::romanise("한글"), "hangeul");
    }
}
