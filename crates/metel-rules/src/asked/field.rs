//! What an argument is for: it says where an action goes, what it says, when, or how much.

use serde_json::Value;

use super::fold::{plain, read, words};
use super::tool::{is_address_name, is_mail_name};

/// What one leaf of a payload decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Who or what is touched: a receiver, an account, an address, a thing by its name or id.
    Target,
    /// What somebody's record or sign-in is set to: it has to be the user's own word.
    Exact,
    /// What is said, and what new things are called.
    Prose,
    /// When, how many, how.
    Setting,
    /// How much money.
    Amount,
}

impl Role {
    pub fn name(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Exact => "exact",
            Self::Prose => "prose",
            Self::Setting => "setting",
            Self::Amount => "amount",
        }
    }
}

/// One leaf of a payload.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf<'p> {
    pub pointer: String,
    /// The argument that it stands in, or the member right above it.
    pub name: String,
    pub value: &'p Value,
    pub role: Role,
}

/// Most leaves that are judged; a payload with more is judged as one that nobody vouches for.
pub const LEAVES_MAX: usize = 500;

/// All leaves of a payload; `creates` where the tool makes something new, so that names are prose.
pub fn leaves<'p>(payload: &'p Value, audience: Option<&str>, creates: bool) -> Vec<Leaf<'p>> {
    let mut out = Vec::new();
    walk(payload, String::new(), "", audience, creates, &mut out);
    out
}

fn walk<'p>(
    value: &'p Value,
    pointer: String,
    name: &str,
    audience: Option<&str>,
    creates: bool,
    out: &mut Vec<Leaf<'p>>,
) {
    if out.len() > LEAVES_MAX {
        return;
    }
    match value {
        Value::Object(members) => {
            for (key, item) in members {
                walk(item, metel_model::json::pointer_push(&pointer, key), key, audience, creates, out);
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                walk(item, format!("{pointer}/{i}"), name, audience, creates, out);
            }
        }
        leaf => {
            let role = if audience.is_some_and(|field| pointer.trim_start_matches('/').split('/').next() == Some(field))
            {
                Role::Target
            } else {
                role(name, leaf, creates)
            };
            out.push(Leaf { pointer, name: name.to_owned(), value: leaf, role });
        }
    }
}

fn role(name: &str, value: &Value, creates: bool) -> Role {
    let name = read(&snake(name));
    let parts: Vec<&str> = words(&name).flat_map(|word| word.split('_')).filter(|part| !part.is_empty()).collect();
    let is = |known: &[&str]| parts.iter().any(|part| known.contains(part));
    if is(&["password", "passcode", "pin", "secret", "credential", "otp", "passphrase"]) {
        return Role::Exact;
    }
    if is(&["amount", "price", "total", "sum", "budget", "cost"]) {
        return Role::Amount;
    }
    let Value::String(text) = value else {
        let identifies = is(&["id", "ids", "account", "number", "user", "recipient"]);
        return match value {
            Value::Number(_) if identifies => Role::Target,
            _ => Role::Setting,
        };
    };
    if is_address_name(&name) || is_mail_name(&name) {
        return Role::Target;
    }
    if is(&[
        "body",
        "content",
        "contents",
        "text",
        "message",
        "description",
        "subject",
        "title",
        "summary",
        "note",
        "notes",
        "comment",
        "caption",
        "html",
        "markdown",
        "reason",
        "memo",
        "topic",
        "bio",
        "query",
        "heading",
        "greeting",
        "details",
    ]) {
        return Role::Prose;
    }
    if is(&[
        "date",
        "time",
        "start",
        "end",
        "day",
        "due",
        "when",
        "deadline",
        "until",
        "duration",
        "hour",
        "minute",
        "month",
        "year",
        "recurrence",
        "timezone",
        "recurring",
        "frequency",
    ]) || looks_like_time(text)
    {
        return Role::Setting;
    }
    if looks_like_address(text) {
        return Role::Target;
    }
    if is(&[
        "street",
        "city",
        "zip",
        "zipcode",
        "phone",
        "lastname",
        "firstname",
        "address",
        "birthday",
        "country",
        "postal",
    ]) || (is(&["first", "last"]) && is(&["name"]))
    {
        return Role::Exact;
    }
    if creates && is(&["name", "filename", "file"]) && !is(&["id"]) {
        return Role::Prose;
    }
    if is(&[
        "to",
        "recipient",
        "recipients",
        "participants",
        "participant",
        "attendees",
        "attendee",
        "invitees",
        "invitee",
        "user",
        "users",
        "username",
        "channel",
        "channels",
        "account",
        "iban",
        "url",
        "host",
        "file",
        "files",
        "path",
        "filename",
        "id",
        "ids",
        "page",
        "repo",
        "repository",
        "branch",
        "hotel",
        "restaurant",
        "company",
        "folder",
        "target",
        "destination",
        "member",
        "members",
        "assignee",
        "owner",
        "group",
        "team",
        "room",
        "name",
        "names",
        "contact",
        "contacts",
        "person",
        "workspace",
        "project",
        "device",
        "event",
        "guest",
        "guests",
        "receiver",
        "payee",
        "role",
        "handle",
        "database",
        "table",
        "list",
        "calendar",
        "document",
        "issue",
        "product",
        "item",
        "friend",
        "customer",
        "client",
        "vendor",
        "merchant",
        "reviewer",
        "reviewers",
        "collaborator",
        "collaborators",
        "command",
        "code",
        "script",
        "sql",
    ]) {
        return Role::Target;
    }
    if text.split_whitespace().count() > 4 { Role::Prose } else { Role::Setting }
}

/// `userEmail` as `user_email`.
fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut lower = false;
    for c in name.chars() {
        if c.is_uppercase() && lower {
            out.push('_');
        }
        lower = c.is_lowercase();
        out.push(c);
    }
    out
}

fn looks_like_time(text: &str) -> bool {
    let text = text.trim();
    (4..=32).contains(&text.len())
        && text.chars().any(|c| c.is_ascii_digit())
        && text.chars().filter(|c| matches!(c, '-' | ':' | '/' | 'T' | '.')).count() >= 1
        && text.chars().all(|c| {
            c.is_ascii_digit()
                || matches!(c, '-' | ':' | '/' | 'T' | 'Z' | ' ' | '+' | '.' | 'A' | 'P' | 'M' | 'a' | 'p' | 'm')
        })
        && !text.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// A mail address, a web address, a bank account: it reaches somebody whatever its field is called.
pub fn looks_like_address(text: &str) -> bool {
    let text = plain(text.trim());
    if text.is_empty() || text.contains(char::is_whitespace) {
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        return is_iban(&compact);
    }
    text.contains("://") || text.starts_with("www.") || is_iban(&text) || is_mail(&text)
}

fn is_mail(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.ends_with('.'))
}

fn is_iban(text: &str) -> bool {
    let bytes = text.as_bytes();
    (15..=34).contains(&bytes.len())
        && bytes[..2].iter().all(u8::is_ascii_alphabetic)
        && bytes[2..4].iter().all(u8::is_ascii_digit)
        && bytes[4..].iter().all(u8::is_ascii_alphanumeric)
        && bytes.iter().filter(|b| b.is_ascii_digit()).count() >= 8
}

/// Mail addresses, web addresses, account and long numbers within a text: what a reader can act on.
pub fn actionable(text: &str) -> Vec<String> {
    let trim: &[char] = &['.', ',', ';', ':', '!', '?', ')', '(', '"', '\'', '<', '>', '[', ']', '`', '*'];
    let mut found: Vec<String> = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '(' | ')' | '|' | '[' | ']')) {
        // Most words hold nothing of an address, an account or a number.
        if !word.bytes().any(|byte| matches!(byte, b'.' | b'@' | b'/' | b'0'..=b'9')) {
            continue;
        }
        let word = plain(word.trim_matches(trim));
        let digits = word.chars().filter(char::is_ascii_digit).count();
        let host = word.split('/').next().unwrap_or_default();
        let domain = host.contains('.')
            && !host.starts_with('.')
            && host
                .rsplit('.')
                .next()
                .is_some_and(|end| end.len() >= 2 && end.chars().all(|c| c.is_ascii_alphabetic()))
            && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
            && host.chars().any(|c| c.is_ascii_alphabetic());
        let account =
            digits >= 8 && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') && !looks_like_time(&word);
        if looks_like_address(&word) || domain || account {
            found.push(word);
        }
        if found.len() >= 64 {
            break;
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_told_by_name_and_by_value() {
        let payload = json!({"recipients": ["a@x.com"], "body": "hi there", "start_time": "2024-05-19 12:00", "amount": 3, "password": "x",
            "place": "https://evil.example/x", "userEmail": "b@x.com", "n": 3, "file_id": 7, "unit": "kg", "street": "Main 1"});
        let found = leaves(&payload, None, false);
        let role_of = |pointer: &str| found.iter().find(|leaf| leaf.pointer == pointer).unwrap().role;
        for (pointer, role) in [
            ("/recipients/0", Role::Target),
            ("/body", Role::Prose),
            ("/start_time", Role::Setting),
            ("/amount", Role::Amount),
            ("/password", Role::Exact),
            ("/place", Role::Target),
            ("/userEmail", Role::Target),
            ("/n", Role::Setting),
            ("/file_id", Role::Target),
            ("/unit", Role::Setting),
            ("/street", Role::Exact),
        ] {
            assert_eq!(role_of(pointer), role, "{pointer}");
        }
    }

    #[test]
    fn what_can_be_acted_on_is_found_in_text() {
        assert_eq!(
            actionable("Visit www.secure-x.com, mail mark@x.com. or pay US133000000121212121212; v1.2 on 2024-05-19"),
            vec!["mark@x.com", "us133000000121212121212", "www.secure-x.com"]
        );
    }
}
