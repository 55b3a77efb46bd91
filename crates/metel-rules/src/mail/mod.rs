//! One mail, from fields to the text that travels (RFC 5322, MIME of RFC 2045 to 2047). Whatever a
//! field holds, it stays in its header: line breaks and control characters in headers are refused.

mod address;
mod write;

use serde_json::Value;

use crate::contract::wire::File;
pub use address::Address;

/// Most receivers of one mail.
const RECEIVERS_MAX: usize = 100;
/// Most attachments.
const ATTACHMENTS_MAX: usize = 20;
/// Longest subject, in characters.
const SUBJECT_CHARS_MAX: usize = 500;

/// Why there is no mail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MailFault(String);

/// A mail that can be written out.
#[derive(Debug, Clone, PartialEq)]
pub struct Mail {
    pub from: Option<Address>,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    /// Receivers that stand in no header.
    pub bcc: Vec<Address>,
    pub subject: String,
    pub text: String,
    /// Further headers, checked: `In-Reply-To`, `References`, `Message-ID`, `Date`.
    headers: Vec<(&'static str, String)>,
    attachments: Vec<File>,
}

const HEADERS: [(&str, &str); 4] =
    [("message_id", "Message-ID"), ("in_reply_to", "In-Reply-To"), ("references", "References"), ("date", "Date")];

impl Mail {
    /// Reads `from`, `to`, `cc`, `bcc` (a text or a list), `subject`, `text`, `attachments` (file
    /// values), `message_id`, `in_reply_to`, `references`, `date`.
    pub fn read(fields: &Value) -> Result<Self, MailFault> {
        let bad = |why: &str| MailFault(why.to_owned());
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().trim();
        let (to, cc, bcc) = (addresses(fields.get("to"))?, addresses(fields.get("cc"))?, addresses(fields.get("bcc"))?);
        let receivers = to.len() + cc.len() + bcc.len();
        if receivers == 0 || receivers > RECEIVERS_MAX {
            return Err(bad("it has no receiver, or more than 100"));
        }
        let subject = text("subject").to_owned();
        if subject.chars().any(char::is_control) || subject.chars().count() > SUBJECT_CHARS_MAX {
            return Err(bad("its subject holds control characters or is too long"));
        }
        let mut headers = Vec::new();
        for (field, header) in HEADERS {
            let value = text(field);
            if !value.bytes().all(|b| (b' '..=b'~').contains(&b)) || value.len() > 900 {
                return Err(MailFault(format!("{field} cannot stand in a header")));
            }
            if !value.is_empty() {
                headers.push((header, value.to_owned()));
            }
        }
        let files = fields.get("attachments").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if files.len() > ATTACHMENTS_MAX {
            return Err(bad("it has more than 20 attachments"));
        }
        let attachments =
            files.iter().map(File::read).collect::<Result<_, _>>().map_err(|e| MailFault(e.to_string()))?;
        let from = addresses(fields.get("from"))?.into_iter().next();
        Ok(Self { from, to, cc, bcc, subject, text: text("text").to_owned(), headers, attachments })
    }

    /// Everybody that it goes to.
    pub fn receivers(&self) -> impl Iterator<Item = &Address> {
        self.to.iter().chain(&self.cc).chain(&self.bcc)
    }
}

fn addresses(value: Option<&Value>) -> Result<Vec<Address>, MailFault> {
    let mut out = Vec::new();
    let texts: Vec<&str> = match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::String(text)) => text.split([',', ';']).collect(),
        Some(Value::Array(items)) => items.iter().map(|item| item.as_str().unwrap_or_default()).collect(),
        Some(_) => return Err(MailFault("an address is a text".to_owned())),
    };
    let is_list = value.is_some_and(Value::is_array);
    for text in texts.into_iter().filter(|text| is_list || !text.trim().is_empty()) {
        out.push(Address::parse(text).ok_or_else(|| MailFault(format!("{text:?} is no mail address")))?);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_breaks_out_of_its_header() {
        let good = json!({"to": ["김하늘 <haneul@metel.example>", "b@x.test"], "subject": "안내", "text": "본문"});
        assert_eq!(Mail::read(&good).unwrap().receivers().count(), 2);
        for (field, value) in [
            ("to", json!("a@x.test\r\nBcc: evil@x.test")),
            ("to", json!([])),
            ("to", json!(["nobody"])),
            ("to", json!(7)),
            ("subject", json!("a\r\nBcc: evil@x.test")),
            ("in_reply_to", json!("<a@b>\nX: y")),
            ("date", json!("오늘")),
            ("attachments", json!([{"name": "a"}])),
        ] {
            let mut fields = good.clone();
            fields[field] = value.clone();
            assert!(Mail::read(&fields).is_err(), "{field} = {value}");
        }
        let many: Vec<String> = (0..101).map(|n| format!("u{n}@x.test")).collect();
        assert!(Mail::read(&json!({"to": many, "subject": "", "text": ""})).is_err());
    }
}
