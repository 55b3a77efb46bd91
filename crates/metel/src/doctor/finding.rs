//! One thing that is wrong: what, where, why, and the command that mends it.

use std::path::Path;

use metel_model::lang::{Lang, Text};
use serde_json::{Value, json};

use super::repair::Repair;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    Error,
    Warning,
    Note,
}

#[derive(Debug, Clone)]
pub struct Finding {
    /// Stable, such as `home.mode`.
    pub code: &'static str,
    pub weight: Weight,
    pub what: Text,
    pub place: String,
    pub why: Text,
    /// For a shell, as it stands. None where no command can do it: then `why` says what can.
    pub fix: Option<String>,
    /// What `--fix` does by itself; never something that could lose data.
    pub repair: Repair,
}

impl Finding {
    pub fn error(code: &'static str, en: impl Into<String>, ko: impl Into<String>) -> Self {
        Self {
            code,
            weight: Weight::Error,
            what: Text::new(en, ko),
            place: String::new(),
            why: Text::default(),
            fix: None,
            repair: Repair::None,
        }
    }

    pub fn warning(code: &'static str, en: impl Into<String>, ko: impl Into<String>) -> Self {
        Self { weight: Weight::Warning, ..Self::error(code, en, ko) }
    }

    pub fn note(code: &'static str, en: impl Into<String>, ko: impl Into<String>) -> Self {
        Self { weight: Weight::Note, ..Self::error(code, en, ko) }
    }

    #[must_use]
    pub fn at(mut self, place: impl std::fmt::Display) -> Self {
        self.place = place.to_string();
        self
    }

    #[must_use]
    pub fn because(mut self, en: impl Into<String>, ko: impl Into<String>) -> Self {
        self.why = Text::new(en, ko);
        self
    }

    #[must_use]
    pub fn fix(mut self, command: impl Into<String>) -> Self {
        self.fix = Some(command.into());
        self
    }

    /// Mended by `--fix`; the command that does the same is shown.
    #[must_use]
    pub fn repair(mut self, repair: Repair) -> Self {
        self.fix = repair.command(self.code);
        self.repair = repair;
        self
    }

    pub fn json(&self) -> Value {
        let word = |text: &Text| json!({"en": text.get(Lang::En), "ko": text.get(Lang::Ko)});
        json!({
            "code": self.code,
            "weight": match self.weight { Weight::Error => "error", Weight::Warning => "warning", Weight::Note => "note" },
            "what": word(&self.what), "where": self.place, "why": word(&self.why),
            "fix": self.fix, "safe": self.repair.is_safe(),
        })
    }
}

/// A path as one word of a shell.
pub fn quoted(path: &Path) -> String {
    word(&path.display().to_string())
}

pub fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:=@%+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        for (text, expected) in
            [("/a/b-c_1", "/a/b-c_1"), ("a b", "'a b'"), ("it's", "'it'\\''s'"), ("", "''"), ("$(x)", "'$(x)'")]
        {
            assert_eq!(word(text), expected);
        }
    }
}
