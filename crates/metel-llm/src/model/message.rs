//! What is said to a model, turn by turn: text, images, calls of tools and what came of them.

use serde_json::Value;

/// One turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub role: Role,
    pub parts: Vec<Part>,
    /// Everything up to here comes again in later calls: providers that take marks may keep it.
    pub is_cache_end: bool,
}

/// Whose turn it is. Results of tools belong to the user's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    User,
    Assistant,
}

/// A piece of a turn.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    Text(String),
    Image(Image),
    Call(ToolCall),
    Result(ToolResult),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Image {
    /// Fetched by the provider; https only.
    Url(String),
    /// `image/png`, `image/jpeg`, `image/gif`, `image/webp`; the bytes in base64 (RFC 4648).
    Bytes { media: String, base64: String },
}

/// A whole call of a tool: its arguments are one JSON object, never a part of one.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCall {
    pub id: String,
    pub name: String,
    pub arguments: Value,
    /// What a provider wants back with the call, unread.
    pub signature: Option<String>,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolResult {
    /// The call's id and its tool's name.
    pub call: String,
    pub name: String,
    pub text: String,
    pub is_error: bool,
}

impl Message {
    pub fn new(role: Role, parts: Vec<Part>) -> Self {
        Self { role, parts, is_cache_end: false }
    }

    pub fn user(content: impl Into<String>) -> Self {
        Self::new(Role::User, vec![Part::Text(content.into())])
    }

    pub fn assistant(content: impl Into<String>) -> Self {
        Self::new(Role::Assistant, vec![Part::Text(content.into())])
    }

    /// Its text parts, joined.
    pub fn text(&self) -> String {
        let texts = self.parts.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect::<Vec<_>>().join("\n")
    }
}

impl Image {
    /// As one address: `https:` or `data:` (RFC 2397).
    pub fn address(&self) -> String {
        match self {
            Self::Url(url) => url.clone(),
            Self::Bytes { media, base64 } => format!("data:{media};base64,{base64}"),
        }
    }

    /// Reads an `https:` or `data:` address; none for anything else.
    pub fn of_address(address: &str) -> Option<Self> {
        if address.starts_with("https://") {
            return Some(Self::Url(address.to_owned()));
        }
        let (media, base64) = address.strip_prefix("data:")?.split_once(";base64,")?;
        let known = matches!(media, "image/png" | "image/jpeg" | "image/gif" | "image/webp");
        known.then(|| Self::Bytes { media: media.to_owned(), base64: base64.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_a_provider_can_read_are_images() {
        let png = "data:image/png;base64,aGk=";
        assert_eq!(Image::of_address(png).map(|image| image.address()).as_deref(), Some(png));
        assert!(Image::of_address("https://a.test/x.png").is_some());
        for bad in ["http://a.test/x.png", "file:///etc/passwd", "data:text/html;base64,aGk=", "data:image/png,hi"] {
            assert_eq!(Image::of_address(bad), None, "{bad}");
        }
    }
}
