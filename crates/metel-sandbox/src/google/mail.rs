//! Mails as they arrive: headers with folded lines and encoded words, one text body or several parts.
//! Only what the simulator answers with is read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// A read mail.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Read {
    pub headers: Vec<(String, String)>,
    pub text: String,
    pub attachments: Vec<String>,
}

impl Read {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Base64 in the alphabet of addresses, padded or not; the usual alphabet is taken as well.
pub(crate) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let engine = GeneralPurpose::new(&base64::alphabet::URL_SAFE, config);
    engine.decode(text.trim().replace('+', "-").replace('/', "_")).ok()
}

/// Reads one mail; `None` when it has no header at all.
pub(crate) fn read(bytes: &[u8]) -> Option<Read> {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let (headers, body) = split(&text)?;
    let kind = value(&headers, "content-type").unwrap_or("text/plain").to_owned();
    let mut out = Read { headers, ..Read::default() };
    match kind.split_once("boundary=") {
        Some((_, boundary)) => {
            let boundary = boundary.split(';').next().unwrap_or_default().trim().trim_matches('"').to_owned();
            for piece in body.split(&format!("--{boundary}")).skip(1) {
                let Some((headers, body)) = split(piece.trim_start_matches('\n')) else { continue };
                match value(&headers, "content-disposition") {
                    Some(disposition) if disposition.starts_with("attachment") => {
                        let name = disposition.split("filename=").nth(1).unwrap_or("file");
                        out.attachments.push(words(name.trim().trim_matches('"')));
                    }
                    _ => out.text.push_str(&decoded(&headers, body)),
                }
            }
        }
        None => out.text = decoded(&out.headers, body),
    }
    for (_, value) in &mut out.headers {
        *value = words(value);
    }
    Some(out)
}

fn value<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

fn split(text: &str) -> Option<(Vec<(String, String)>, &str)> {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in head.lines() {
        if line.starts_with([' ', '\t']) {
            let (_, last) = headers.last_mut()?;
            last.push(' ');
            last.push_str(line.trim());
        } else {
            let (name, value) = line.split_once(':')?;
            headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    (!headers.is_empty()).then_some((headers, body))
}

fn decoded(headers: &[(String, String)], body: &str) -> String {
    match value(headers, "content-transfer-encoding").map(str::to_ascii_lowercase).as_deref() {
        Some("base64") => {
            let plain: String = body.chars().filter(|letter| !letter.is_whitespace()).collect();
            String::from_utf8_lossy(&STANDARD.decode(plain).unwrap_or_default()).into_owned()
        }
        _ => body.trim_end().to_owned(),
    }
}

/// Encoded words in base64 (RFC 2047); the space between two of them goes.
fn words(text: &str) -> String {
    let mut out = String::new();
    let mut was_word = false;
    for piece in text.split(' ') {
        let inner = piece.strip_prefix("=?UTF-8?B?").and_then(|rest| rest.strip_suffix("?="));
        let word =
            inner.and_then(|inner| STANDARD.decode(inner).ok()).map(|b| String::from_utf8_lossy(&b).into_owned());
        // Nothing lies between two encoded words (RFC 2047).
        let apart = !was_word || word.is_none();
        if apart && !out.is_empty() {
            out.push(' ');
        }
        was_word = word.is_some();
        out.push_str(word.as_deref().unwrap_or(piece));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_words_and_parts() {
        let mail = read(b"To: =?UTF-8?B?6rmA?= <a@x.test>,\r\n b@x.test\r\nSubject: =?UTF-8?B?7JWI?=\r\n =?UTF-8?B?64WV?=\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n7JWI64WV\r\n").unwrap();
        assert_eq!(mail.header("to"), Some("김 <a@x.test>, b@x.test"));
        assert_eq!((mail.header("subject"), mail.text.as_str()), (Some("안녕"), "안녕"));
        let parts = read(b"Subject: a\r\nContent-Type: multipart/mixed; boundary=\"B\"\r\n\r\n--B\r\nContent-Type: text/plain\r\n\r\nhi\r\n--B\r\nContent-Disposition: attachment; filename=\"x.csv\"\r\n\r\na,b\r\n--B--\r\n").unwrap();
        assert_eq!((parts.text.as_str(), parts.attachments), ("hi", vec!["x.csv".to_owned()]));
        assert_eq!(read(b"no header"), None);
        assert_eq!(from_base64url("7JWI64WV_-8").unwrap().len(), from_base64url("7JWI64WV/+8=").unwrap().len());
    }
}
