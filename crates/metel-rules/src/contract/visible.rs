//! Characters that a reader cannot see, made visible: what a person approves must be what is sent.

/// Replaces control, bidirectional, zero-width, filler and tag characters by `⟦U+XXXX⟧`; keeps line breaks and tabs.
pub fn visible(text: &str) -> String {
    if !text.chars().any(is_hidden) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match is_hidden(c) {
            true => out.push_str(&format!("⟦U+{:04X}⟧", c as u32)),
            false => out.push(c),
        }
    }
    out
}

fn is_hidden(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        c if c.is_control() => true,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => true,
        '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' => true,
        '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' | '\u{feff}' => true,
        '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' => true,
        // A variation selector after an emoji is ordinary; the rest of that plane is not.
        '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_show() {
        assert_eq!(visible("pay \u{202e}001\u{202c}"), "pay ⟦U+202E⟧001⟦U+202C⟧");
        assert_eq!(visible("a\u{200b}b\r"), "a⟦U+200B⟧b⟦U+000D⟧");
        assert_eq!(visible("\u{3164}\u{e0041}"), "⟦U+3164⟧⟦U+E0041⟧");
        assert_eq!(visible("안녕하세요\n\t☎️ é"), "안녕하세요\n\t☎️ é");
    }
}
