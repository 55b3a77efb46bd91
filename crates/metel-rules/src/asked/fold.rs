//! Readings of a text. [`plain`] keeps who is who: it is what values are compared by. [`read`] also
//! sees through look-alike letters and invisible ones: it is what instructions are looked for in, and
//! nothing is ever vouched for by it.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// NFC and lower case: two texts with one plain form name the same thing.
pub fn plain(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfc().flat_map(char::to_lowercase).collect()
}

/// NFKC, lower case, without invisible characters, look-alikes as the Latin letters that they imitate.
pub fn read(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkc().filter(|c| !is_invisible(*c)).flat_map(char::to_lowercase).map(latin).collect()
}

/// Shows nothing, or changes how what follows is shown.
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}' | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
            | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// Tag characters (U+E0000 block) spell ASCII that nobody sees; this is what they say.
pub fn tagged(text: &str) -> Option<String> {
    let said: String = text
        .chars()
        .filter_map(|c| char::from_u32((c as u32).checked_sub(0xE0000)?))
        .filter(|c| c.is_ascii_graphic() || *c == ' ')
        .collect();
    (said.len() >= 4).then_some(said)
}

fn latin(c: char) -> char {
    match c {
        'а' | 'α' | 'ɑ' => 'a',
        'в' | 'β' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'ё' | 'ε' => 'e',
        'ɡ' => 'g',
        'һ' | 'н' => 'h',
        'і' | 'ι' | 'ı' | 'ï' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'ӏ' => 'l',
        'м' => 'm',
        'ո' | 'п' => 'n',
        'о' | 'ο' | 'օ' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' | 'ս' => 'u',
        'ν' | 'ѵ' => 'v',
        'ԝ' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        other => other,
    }
}

/// Words of a text that was folded: runs of letters and digits.
pub fn words(folded: &str) -> impl Iterator<Item = &str> {
    spans(folded).map(|(_, word)| word)
}

/// Words with the places where they begin, in bytes.
pub fn spans(folded: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let from = run_end(folded, at, false);
        at = run_end(folded, from, true);
        (at > from).then(|| (from, &folded[from..at]))
    })
}

/// What a byte is: no part of a word, a letter or digit, the begin of a longer character.
const BYTES: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = if byte >= 128 { 2 } else { (byte as u8).is_ascii_alphanumeric() as u8 };
        byte += 1;
    }
    kinds
};

/// Where a run of letters and digits, or of everything else, ends. Most characters are told by one byte.
fn run_end(text: &str, mut at: usize, letters: bool) -> usize {
    let bytes = text.as_bytes();
    while at < bytes.len() {
        let (kind, more) = match BYTES[bytes[at] as usize] {
            2 => match text[at..].chars().next() {
                Some(c) => (c.is_alphanumeric(), c.len_utf8()),
                None => return at,
            },
            kind => (kind == 1, 1),
        };
        if kind != letters {
            return at;
        }
        at += more;
    }
    at
}

/// Letters and digits only.
pub fn squeezed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    words(text).for_each(|word| out.push_str(word));
    out
}

/// Words, each between two spaces: a run of words is found in it as a text.
pub fn spaced<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    let mut out = String::from(" ");
    for word in words {
        out.push_str(word);
        out.push(' ');
    }
    out
}

/// An English word without its ending, roughly; two forms of one word share it.
pub fn stem(word: &str) -> Cow<'_, str> {
    if !word.is_ascii() || word.len() < 4 {
        return Cow::Borrowed(word);
    }
    // "meetings" is one "meeting", and that is of "meet".
    let one = singular(word);
    if let Some(rest) = one.strip_suffix("ying").or_else(|| one.strip_suffix("ied")).filter(|rest| rest.len() >= 2) {
        return Cow::Owned(format!("{rest}y"));
    }
    let bare = one.strip_suffix("ing").or_else(|| one.strip_suffix("ed")).filter(|rest| rest.len() >= 3);
    let rest = bare.map_or(&*one, undoubled);
    let rest = if rest.len() > 3 { rest.strip_suffix('e').unwrap_or(rest) } else { rest };
    match &one {
        Cow::Borrowed(_) => Cow::Borrowed(&word[..rest.len()]),
        Cow::Owned(_) => Cow::Owned(rest.to_owned()),
    }
}

/// An English noun of which there are many, as one.
pub fn singular(word: &str) -> Cow<'_, str> {
    let cut = |ending: &str, least: usize| word.strip_suffix(ending).filter(|rest| rest.len() >= least);
    if word.len() < 4 || !word.ends_with('s') || !word.is_ascii() {
        return Cow::Borrowed(word);
    }
    if let Some(rest) = cut("ies", 2) {
        return Cow::Owned(format!("{rest}y"));
    }
    let two = |rest: &&str| rest.ends_with("ss") || rest.ends_with("ch") || rest.ends_with("sh");
    Cow::Borrowed(match cut("es", 3).filter(two) {
        Some(rest) => rest,
        None if word.ends_with("ss") || word.ends_with("us") => word,
        None => cut("s", 3).unwrap_or(word),
    })
}

fn undoubled(rest: &str) -> &str {
    match rest.as_bytes() {
        [_, .., a, b] if a == b && !matches!(b, b's' | b'l' | b'e' | b'o') => &rest[..rest.len() - 1],
        _ => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_are_read_and_never_equal() {
        assert_eq!(read("Іgnоrе\u{200B} аll"), "ignore all");
        assert_ne!(plain("mаrk@x.com"), plain("mark@x.com"));
        assert_eq!(tagged("a\u{E0073}\u{E0065}\u{E006E}\u{E0064}"), Some("send".to_owned()));
    }

    #[test]
    fn forms_of_one_word_share_a_stem() {
        for (a, b) in [
            ("sending", "send"),
            ("scheduled", "schedule"),
            ("emails", "email"),
            ("copies", "copy"),
            ("deletes", "delete"),
            ("planning", "plan"),
            ("messages", "message"),
            ("meeting", "meetings"),
            ("meetings", "meet"),
            ("bookings", "booked"),
            ("addresses", "address"),
            ("classes", "class"),
            ("boxes", "box"),
            ("supplies", "supplied"),
            ("searches", "search"),
        ] {
            assert_eq!(stem(a), stem(b), "{a} {b}");
        }
        assert_ne!(stem("address"), stem("add"));
    }

    #[test]
    fn words_stand_at_their_places() {
        let text = "a-b2, 한글 é! ";
        let found: Vec<(usize, &str)> = spans(text).collect();
        assert_eq!(found.iter().map(|(_, word)| *word).collect::<Vec<_>>(), ["a", "b2", "한글", "é"]);
        assert!(found.iter().all(|(at, word)| text[*at..].starts_with(word)));
        assert_eq!(squeezed(text), "ab2한글é");
    }
}
