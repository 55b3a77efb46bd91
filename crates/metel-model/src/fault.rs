//! An error as the person who meets it needs it: code, what, where, why, what to do.
//!
//! The same shape serves the interface (RFC 9457), the command line, the page and a run's events.
//! It never carries a secret: whoever makes one passes text through the redactor first.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::lang::{Lang, Text};

/// Most field faults that one error carries.
pub const FIELDS_MAX: usize = 100;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    pub code: Code,
    /// What happened here, more exactly than the code's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Text>,
    /// Where: `run_… · step slack.post_message`, a file and line, a header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What to do, when the code's own hint can be bettered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Text>,
    /// One entry for each wrong field, with a JSON pointer (RFC 6901).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldFault>,
    /// Milliseconds after which trying again makes sense.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldFault {
    pub pointer: String,
    pub message: Text,
}

impl FieldFault {
    pub fn new(pointer: impl Into<String>, en: impl Into<String>, ko: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: Text::new(en, ko) }
    }
}

impl Fault {
    pub fn new(code: Code) -> Self {
        Self { code, detail: None, place: None, hint: None, fields: Vec::new(), retry_after_ms: None }
    }

    #[must_use]
    pub fn detail(mut self, en: impl Into<String>, ko: impl Into<String>) -> Self {
        self.detail = Some(Text::new(en, ko));
        self
    }

    /// A detail that is the same in both languages: a name, a number, a service's own words.
    #[must_use]
    pub fn about(mut self, what: impl fmt::Display) -> Self {
        self.detail = Some(Text::both(what.to_string()));
        self
    }

    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.place = Some(place.to_string());
        self
    }

    #[must_use]
    pub fn hint(mut self, en: impl Into<String>, ko: impl Into<String>) -> Self {
        self.hint = Some(Text::new(en, ko));
        self
    }

    #[must_use]
    pub fn fields(mut self, mut fields: Vec<FieldFault>) -> Self {
        fields.truncate(FIELDS_MAX);
        self.fields = fields;
        self
    }

    #[must_use]
    pub fn retry_after_ms(mut self, ms: u64) -> Self {
        self.retry_after_ms = Some(ms);
        self
    }

    /// One line: title and detail.
    pub fn sentence(&self, lang: Lang) -> String {
        let title = self.code.title(lang);
        match &self.detail {
            Some(detail) if !detail.get(lang).is_empty() => {
                format!("{title}: {}", detail.get(lang))
            }
            _ => title.to_owned(),
        }
    }

    pub fn advice(&self, lang: Lang) -> &str {
        match &self.hint {
            Some(hint) => hint.get(lang),
            None => self.code.hint(lang),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code.name(), self.sentence(Lang::En))?;
        if let Some(place) = &self.place {
            write!(f, " ({place})")?;
        }
        for field in &self.fields {
            write!(f, "; {}: {}", field.pointer, field.message.en)?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}
