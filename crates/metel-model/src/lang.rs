//! Korean and English side by side: every sentence a person reads exists in both.

use serde::{Deserialize, Serialize};

/// A language that metel speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lang {
    #[default]
    En,
    Ko,
}

impl Lang {
    /// The language of a tag such as `ko`, `ko_KR.UTF-8` or `en-US`; anything else is English.
    pub fn from_tag(tag: &str) -> Self {
        if tag.trim().to_ascii_lowercase().starts_with("ko") { Self::Ko } else { Self::En }
    }

    /// The language a text is written in: one Hangul letter makes it Korean.
    pub fn of(text: &str) -> Self {
        let hangul = |c: char| matches!(c, '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{318F}' | '\u{AC00}'..='\u{D7A3}');
        if text.chars().any(hangul) { Self::Ko } else { Self::En }
    }

    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
        }
    }

    /// Chooses one of two words.
    pub fn pick<'a>(self, en: &'a str, ko: &'a str) -> &'a str {
        match self {
            Self::En => en,
            Self::Ko => ko,
        }
    }
}

/// One sentence in both languages. A plain string stands for both.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Text {
    pub en: String,
    pub ko: String,
}

impl Text {
    pub fn new(en: impl Into<String>, ko: impl Into<String>) -> Self {
        Self { en: en.into(), ko: ko.into() }
    }

    pub fn both(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { en: text.clone(), ko: text }
    }

    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Ko => &self.ko,
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Pair {
            en: String,
            ko: String,
        }
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            One(String),
            Two(Pair),
        }
        Ok(match Either::deserialize(from)? {
            Either::One(text) => Text::both(text),
            Either::Two(pair) => Text::new(pair.en, pair.ko),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hangul_decides_the_language() {
        assert_eq!(Lang::of("share 주간 notes"), Lang::Ko);
        assert_eq!(Lang::of("share the notes"), Lang::En);
        assert_eq!(Lang::from_tag("ko_KR.UTF-8"), Lang::Ko);
        assert_eq!(Lang::from_tag("C"), Lang::En);
    }
}
