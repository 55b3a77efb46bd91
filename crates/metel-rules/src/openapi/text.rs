//! Texts of a description made fit for contracts: one line, bounded, nothing hidden.

/// Decodes `%XX`; what is not well formed stays as it is.
pub(super) fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |at: usize| bytes.get(at).and_then(|b| (*b as char).to_digit(16));
        match (bytes[at], hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// White space folded, tags of HTML taken out, control and invisible characters dropped, and cut
/// at a sentence or word so that at most `most` bytes stay.
pub(super) fn tidy(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len().min(most + 8));
    let mut in_tag = false;
    let mut gap = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if out.len() > most + 4 {
            break;
        }
        match c {
            '<' if chars.peek().is_some_and(|n| n.is_ascii_alphabetic() || *n == '/') => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                gap = true;
            }
            _ if in_tag => {}
            c if c.is_whitespace() => gap = true,
            c if c.is_control() || is_invisible(c) => {}
            c => {
                if std::mem::take(&mut gap) && !out.is_empty() {
                    out.push(' ');
                }
                out.push(c);
            }
        }
    }
    cut(&mut out, most);
    out
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

fn cut(text: &mut String, most: usize) {
    if text.len() <= most {
        return;
    }
    let mut end = most.saturating_sub(3);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    if let Some(space) = text[..end].rfind(' ').filter(|space| *space > end / 2) {
        end = space;
    }
    text.truncate(end);
    text.push('…');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_folded_and_cut() {
        assert_eq!(tidy("  a <b>b</b>\n\n c\u{200b}d 1 < 2", 100), "a b cd 1 < 2");
        let cut = tidy(&"한국어 낱말 ".repeat(100), 50);
        assert!(cut.len() <= 50 && cut.ends_with('…'), "{cut}");
        assert_eq!(percent_decoded("a%20b%zz%"), "a b%zz%");
    }
}
