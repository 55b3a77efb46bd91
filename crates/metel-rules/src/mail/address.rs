//! A mailbox (RFC 5321, section 4.1.2): an address with or without a name before it. Quoted local
//! parts and address literals are refused: nobody writes to them, and they hide things.

/// One receiver or sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub name: String,
    pub email: String,
}

impl Address {
    /// `a@b.c` or `Name <a@b.c>`; `None` when it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.chars().any(char::is_control) || text.len() > 500 {
            return None;
        }
        let (name, email) = match text.strip_suffix('>') {
            Some(rest) => rest.rsplit_once('<')?,
            None => ("", text),
        };
        let (name, email) = (name.trim().trim_matches('"').trim(), email.trim());
        let (local, domain) = email.rsplit_once('@')?;
        let is_local = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        let label = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        let fits = !local.is_empty()
            && local.len() <= 64
            && local.chars().all(is_local)
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && domain.len() <= 253
            && domain.contains('.')
            && domain.split('.').all(label)
            && !name.contains(['<', '>', '"', '\\', '@']);
        fits.then(|| Self { name: name.to_owned(), email: email.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_plain() {
        let named = Address::parse("\"김 하늘\" <haneul@metel.example>").unwrap();
        assert_eq!((named.name.as_str(), named.email.as_str()), ("김 하늘", "haneul@metel.example"));
        assert_eq!(Address::parse(" a.b+c@x-y.co.kr ").unwrap().email, "a.b+c@x-y.co.kr");
        for text in [
            "",
            "a",
            "a@b",
            "@b.c",
            "a@",
            "a b@c.d",
            "a@b..c",
            ".a@b.c",
            "a..b@c.d",
            "a@-b.c",
            "\"a\"@b.c",
            "a@[1.2.3.4]",
            "x@y.z <a@b.c>",
            "a@b.c>",
            "<a@b.c",
            "가@b.c",
            "a@b.c\nx",
            "a@b.c, d@e.f",
        ] {
            assert_eq!(Address::parse(text), None, "{text:?}");
        }
    }
}
