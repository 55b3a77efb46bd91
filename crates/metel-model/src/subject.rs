//! Whom a run is about: an opaque id, and the key that seals what the run holds of that person.

use serde::{Deserialize, Serialize};

/// Longest id, in characters.
pub const SUBJECT_CHARS_MAX: usize = 128;

/// A person as runs know them. Erasing a subject destroys the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Given by whoever starts the run; it should tell nothing by itself (`employee-42`).
    pub id: String,
    /// The key that seals this run's record.
    pub key: String,
}

/// Whether a text can be a subject's id: letters, digits, `.`, `_`, `:`, `-`, beginning with a letter or digit.
/// No `@` and no spaces, so that addresses and names are not taken for ids by mistake.
pub fn is_subject(text: &str) -> bool {
    text.len() <= SUBJECT_CHARS_MAX
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._:-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_plain() {
        assert!(["employee-42", "a", "crm:7f3a.x_1"].iter().all(|text| is_subject(text)));
        let long = "a".repeat(129);
        assert!(["", "-a", "kim@example.com", "김 민수", "a b", "a/b", long.as_str()].iter().all(|t| !is_subject(t)));
    }
}
