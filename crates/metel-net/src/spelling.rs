//! How an address may be written: plainly. Whatever readers might take differently (decimal, octal
//! or short addresses, credentials, backslashes, control characters, encoded hosts) is refused
//! before anything is looked up.

use url::{Host, Url};

use crate::egress::Refused;

/// Longest address that is read.
const URL_BYTES_MAX: usize = 8 * 1024;

/// Reads `text` as an absolute http or https address whose host is spelled plainly.
pub(crate) fn read(text: &str) -> Result<Url, Refused> {
    if text.len() > URL_BYTES_MAX {
        return Err(Refused::new("url.too_long", "the address is too long"));
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err(Refused::new("url.spelling", "the address holds spaces, control characters or backslashes"));
    }
    let rest = after(text, "https://")
        .or_else(|| after(text, "http://"))
        .ok_or_else(|| Refused::new("scheme", "only http and https are called"))?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(Refused::new("url.userinfo", "the address carries a user name or password"));
    }
    let url = Url::parse(text).map_err(|_| Refused::new("url.spelling", "the address cannot be read"))?;
    let written = host_part(authority);
    let plain = match url.host() {
        Some(Host::Ipv4(v4)) => written == v4.to_string(),
        Some(Host::Ipv6(v6)) => {
            written.trim_matches(['[', ']']).parse::<std::net::Ipv6Addr>().is_ok_and(|address| address == v6)
        }
        Some(Host::Domain(name)) => {
            // A name in another script reads as Punycode; what becomes plain letters only by mapping is a disguise.
            let is_foreign = || !written.is_ascii() && name.split('.').any(|label| label.starts_with("xn--"));
            let disguised = |label: &str| !label.is_ascii() && idna_is_plain(label);
            !written.contains('%')
                && !name.is_empty()
                && (written.eq_ignore_ascii_case(name) || (is_foreign() && !written.split('.').any(disguised)))
        }
        None => false,
    };
    match plain {
        true => Ok(url),
        false => Err(Refused::new("host.spelling", "the host is not spelled plainly")),
    }
}

/// Whether a label written in other characters is nothing but letters and digits once it is mapped.
fn idna_is_plain(label: &str) -> bool {
    match Url::parse(&format!("http://{label}.test/")) {
        Ok(url) => !url.host_str().unwrap_or_default().starts_with("xn--"),
        Err(_) => true,
    }
}

fn after<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(scheme.len())?;
    head.eq_ignore_ascii_case(scheme).then_some(rest)
}

fn host_part(authority: &str) -> &str {
    if authority.starts_with('[') {
        return authority.split_inclusive(']').next().unwrap_or_default();
    }
    authority.split(':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_spellings_are_refused() {
        for text in [
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0x7f.0.0.1/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://127.0.0.01/",
            "http://127.0.0.1./",
            "http://\u{ff11}27.0.0.1/",
            "http://①②⑦.0.0.1/",
            "http://%31%32%37.0.0.1/",
            "http://user@api.test/",
            "http://api.test@127.0.0.1/",
            "http:\\\\api.test\\",
            "http://api.test\\@evil.test/",
            "http://api.te\tst/",
            "http:///api.test/",
            "http:/api.test",
            "http://",
            "file:///etc/passwd",
            "gopher://127.0.0.1:70/",
            "ftp://api.test/",
            "javascript:alert(1)",
            "//api.test/",
            "",
            "한글",
        ] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn plain_ones_are_read() {
        for (text, host) in [
            ("https://api.notion.com/v1/pages?x=한글#a", "api.notion.com"),
            ("HTTP://API.Test:8080", "api.test"),
            ("http://127.0.0.1:7171/notion", "127.0.0.1"),
            ("http://[::1]:80/", "[::1]"),
            ("https://한국.test/", "xn--3e0b707e.test"),
        ] {
            assert_eq!(read(text).unwrap().host_str(), Some(host), "{text}");
        }
    }
}
