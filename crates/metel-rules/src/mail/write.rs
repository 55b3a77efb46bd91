//! The mail as bytes: encoded words in headers, base64 bodies, lines of at most 76 characters.
//! The same fields always give the same bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use metel_model::Digest;

use super::{Address, Mail};

/// Bytes of text in one encoded word: 75 characters with its frame (RFC 2047, section 2).
const WORD_BYTES: usize = 45;

impl Mail {
    /// Headers and body with CRLF line ends.
    pub fn write(&self) -> String {
        let mut out = String::new();
        let mut header = |name: &str, value: &str| out.push_str(&format!("{name}: {value}\r\n"));
        if let Some(from) = &self.from {
            header("From", &mailbox(from));
        }
        for (name, list) in [("To", &self.to), ("Cc", &self.cc)] {
            if !list.is_empty() {
                header(name, &list.iter().map(mailbox).collect::<Vec<_>>().join(",\r\n "));
            }
        }
        header("Subject", &word(&self.subject));
        for (name, value) in &self.headers {
            header(name, value.as_str());
        }
        header("MIME-Version", "1.0");
        let body = format!(
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
            lines(self.text.as_bytes())
        );
        if self.attachments.is_empty() {
            return out + &body;
        }
        let boundary = format!("metel-{}", &Digest::of(self.text.as_bytes()).hex()[..24]);
        out.push_str(&format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n{body}"));
        for file in &self.attachments {
            let name = word(&file.name.replace(['"', '\\', '/'], "_"));
            out.push_str(&format!(
                "--{boundary}\r\nContent-Type: {}\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\
                 Content-Transfer-Encoding: base64\r\n\r\n{}",
                file.media_type,
                lines(&file.bytes)
            ));
        }
        out.push_str(&format!("--{boundary}--\r\n"));
        out
    }
}

fn mailbox(address: &Address) -> String {
    match address.name.is_empty() {
        true => address.email.clone(),
        false if address.name.is_ascii() => format!("\"{}\" <{}>", address.name, address.email),
        false => format!("{} <{}>", word(&address.name), address.email),
    }
}

/// A text as encoded words where it holds more than ASCII or is long; each is cut between characters.
fn word(text: &str) -> String {
    if text.is_ascii() && text.len() <= 200 && !text.contains("=?") {
        return text.to_owned();
    }
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut end = rest.len().min(WORD_BYTES);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        words.push(format!("=?UTF-8?B?{}?=", STANDARD.encode(&rest[..end])));
        rest = &rest[end..];
    }
    words.join("\r\n ")
}

fn lines(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let mut out = String::with_capacity(text.len() + text.len() / 38 + 2);
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, next) = rest.split_at(rest.len().min(76));
        out.push_str(line);
        out.push_str("\r\n");
        rest = next;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_mail_is_written_as_readers_expect() {
        let mail = Mail::read(&json!({
            "from": "bot@metel.example", "to": "김하늘 <haneul@metel.example>", "cc": ["b@x.test"], "bcc": "c@x.test",
            "subject": "주간 보고 안내드립니다. 이번 주 숫자와 다음 주 계획을 함께 보냅니다", "text": "안녕하세요.\n끝",
            "in_reply_to": "<a@b>", "attachments": [{"name": "표.csv", "media_type": "text/csv", "text": "a,b"}]
        }))
        .unwrap()
        .write();
        assert!(mail.starts_with(
            "From: bot@metel.example\r\nTo: =?UTF-8?B?6rmA7ZWY64qY?= <haneul@metel.example>\r\nCc: b@x.test\r\n"
        ));
        assert!(!mail.contains("c@x.test"), "a hidden receiver stands in no header");
        assert!(mail.lines().all(|line| line.len() <= 90 && !line.ends_with(' ')), "{mail}");
        assert_eq!(mail.matches("=?UTF-8?B?").count(), 5, "{mail}");
        assert!(
            mail.contains("In-Reply-To: <a@b>\r\n") && mail.contains("filename=\"=?UTF-8?B?7ZGcLmNzdg==?=\""),
            "{mail}"
        );
        assert!(mail.ends_with("--\r\n"));
    }
}
