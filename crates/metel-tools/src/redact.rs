//! Masks live secret values wherever they would leave: as they are and as base64, hexadecimal,
//! percent-encoded and JSON-escaped text.
//!
//! Values under six bytes are not searched for: they would mask ordinary words.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, Input, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value;

const SECRET_BYTES_MIN: usize = 6;
const MASK: &str = "•••";

/// Long forms are searched for by their beginnings, so that a secret of any size costs little.
const HEAD_BYTES: usize = 64;

/// Knows the secrets of one moment. Printing it shows none.
#[derive(Clone, Default)]
pub struct Redactor {
    patterns: Option<Arc<Patterns>>,
}

struct Patterns {
    heads: AhoCorasick,
    /// The forms that begin with each head.
    forms: Vec<Vec<String>>,
}

impl Patterns {
    /// How much of a text that begins with a head is the secret's.
    fn reach(&self, head: usize, rest: &str) -> usize {
        let same = |form: &String| rest.bytes().zip(form.bytes()).take_while(|(a, b)| a == b).count();
        rest.floor_char_boundary(self.forms[head].iter().map(same).max().unwrap_or_default())
    }
}

fn head_of(form: &str) -> &str {
    &form[..form.floor_char_boundary(HEAD_BYTES)]
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor")
    }
}

impl Redactor {
    pub fn new<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Self {
        let mut forms: Vec<String> = secrets.into_iter().flat_map(forms_of).collect();
        forms.sort();
        forms.dedup();
        if forms.is_empty() {
            return Self::default();
        }
        let mut by_head: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for form in forms {
            by_head.entry(head_of(&form).to_owned()).or_default().push(form);
        }
        let heads = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(by_head.keys());
        let forms = by_head.into_values().collect();
        Self { patterns: heads.ok().map(|heads| Arc::new(Patterns { heads, forms })) }
    }

    /// True when there is nothing to mask.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_none()
    }

    /// The text with every form of every secret masked.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let Some(patterns) = &self.patterns else { return Cow::Borrowed(text) };
        let (mut out, mut at) = (String::new(), 0);
        while let Some(found) = patterns.heads.find(Input::new(text).span(at..text.len())) {
            out.push_str(&text[at..found.start()]);
            out.push_str(MASK);
            let reach = patterns.reach(found.pattern().as_usize(), &text[found.start()..]);
            at = found.end().max(found.start() + reach);
        }
        if at == 0 {
            return Cow::Borrowed(text);
        }
        out.push_str(&text[at..]);
        Cow::Owned(out)
    }

    /// Masks in every text of a value, member names included.
    pub fn value(&self, value: &mut Value) {
        if self.patterns.is_none() {
            return;
        }
        match value {
            Value::String(text) => {
                if let Cow::Owned(masked) = self.text(text) {
                    *text = masked;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(members) => {
                let tainted: Vec<String> =
                    members.keys().filter(|name| matches!(self.text(name), Cow::Owned(_))).cloned().collect();
                for name in tainted {
                    if let Some(value) = members.remove(&name) {
                        members.insert(self.text(&name).into_owned(), value);
                    }
                }
                members.values_mut().for_each(|member| self.value(member));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Masks in everything that a fault says.
    pub fn fault(&self, fault: &mut metel_model::Fault) {
        let mask = |text: &mut String| {
            if let Cow::Owned(masked) = self.text(text) {
                *text = masked;
            }
        };
        for text in [&mut fault.detail, &mut fault.hint].into_iter().flatten() {
            mask(&mut text.en);
            mask(&mut text.ko);
        }
        fault.place.iter_mut().for_each(mask);
        for field in &mut fault.fields {
            mask(&mut field.pointer);
            mask(&mut field.message.en);
            mask(&mut field.message.ko);
        }
    }
}

fn forms_of(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    if bytes.len() < SECRET_BYTES_MIN {
        return Vec::new();
    }
    let mut forms = vec![secret.to_owned()];
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    forms.push(hex.to_uppercase());
    forms.push(hex);
    forms.push(percent(bytes, |b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)));
    // Encoders differ in what they leave alone; the stricter and the looser forms cover the usual ones.
    forms.push(percent(bytes, |b| b.is_ascii_alphanumeric()));
    forms.push(forms[3].replace("%20", "+"));
    let json = Value::String(secret.to_owned()).to_string();
    forms.push(json[1..json.len() - 1].to_owned());
    let unicode: String = secret.chars().map(|c| if c.is_ascii() { c.to_string() } else { escape(c) }).collect();
    forms.push(unicode);
    for offset in 0..3 {
        forms.extend(base64_inside(bytes, offset));
    }
    forms
}

fn escape(c: char) -> String {
    let mut units = [0u16; 2];
    c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect()
}

fn percent(bytes: &[u8], plain: impl Fn(u8) -> bool) -> String {
    bytes.iter().map(|&b| if plain(b) { (b as char).to_string() } else { format!("%{b:02X}") }).collect()
}

/// The characters of base64 that depend on the secret alone when it stands `offset` bytes after a
/// boundary inside a longer text.
fn base64_inside(bytes: &[u8], offset: usize) -> Vec<String> {
    let mut padded = vec![0u8; offset];
    padded.extend_from_slice(bytes);
    let skip = if offset == 0 { 0 } else { offset + 1 };
    let whole = padded.len() * 8 / 6;
    [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)]
        .into_iter()
        .map(|text| text[skip..whole.min(text.len())].to_owned())
        .filter(|text| text.len() >= SECRET_BYTES_MIN)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use serde_json::json;

    const SECRET: &str = "xoxb-CANARY/한글 \"1\"+9";

    #[test]
    fn every_form_is_masked() {
        let redactor = Redactor::new([SECRET]);
        let bytes = SECRET.as_bytes();
        let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        for text in [
            SECRET.to_owned(),
            hex.clone(),
            hex.to_uppercase(),
            STANDARD.encode(bytes),
            URL_SAFE.encode(bytes),
            percent(bytes, |b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)),
            json!(SECRET).to_string(),
        ] {
            let masked = redactor.text(&text);
            assert!(masked.contains(MASK), "{text} → {masked}");
        }
        for lead in ["a", "ab", "abc", "Bearer ", "user:"] {
            let inside = STANDARD.encode(format!("{lead}{SECRET}."));
            let masked = redactor.text(&inside);
            assert!(masked.contains(MASK) && masked.chars().count() < lead.len() * 2 + 12, "{lead}: {masked}");
        }
    }

    #[test]
    fn values_keep_their_shape() {
        let redactor = Redactor::new([SECRET, "short"]);
        let mut value = json!({"a": [format!("x {SECRET} y")], SECRET: 1, "b": "short 회의"});
        redactor.value(&mut value);
        assert_eq!(value, json!({"a": [format!("x {MASK} y")], MASK: 1, "b": "short 회의"}));
        assert_eq!(Redactor::default().text(SECRET), SECRET);
    }

    #[test]
    fn a_long_secret_is_masked_whole_and_costs_little() {
        let long: String = (0..20_000).map(|i| char::from(b'a' + (i * i % 23) as u8)).collect();
        let korean = "비밀 열쇠 ".repeat(4_000);
        let began = std::time::Instant::now();
        let redactor = Redactor::new([long.as_str(), korean.as_str(), "short-secret"]);
        let text = format!("x {long} y {korean}z short-secret {}", &long[..100]);
        assert_eq!(redactor.text(&text), "x ••• y •••z ••• •••");
        let hex: String = long.bytes().map(|b| format!("{b:02x}")).collect();
        assert_eq!(redactor.text(&format!("<{hex}>")), "<•••>");
        assert_eq!(redactor.text("nothing of it"), "nothing of it");
        assert!(began.elapsed() < std::time::Duration::from_secs(5), "{:?}", began.elapsed());
    }
}
