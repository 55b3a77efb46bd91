//! Multipart bodies (RFC 2046, section 5.1) as clients send them: `form-data` and `related`.

/// One part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// Field name; empty in `related`.
    pub name: String,
    pub filename: Option<String>,
    pub media_type: String,
    pub bytes: Vec<u8>,
}

impl Part {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// The parts, or `None` when the body is not what its type says.
pub(crate) fn read(content_type: &str, body: &[u8]) -> Option<Vec<Part>> {
    if !content_type.to_ascii_lowercase().starts_with("multipart/") {
        return None;
    }
    let boundary = parameter(content_type, "boundary")?;
    let mark = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut rest = &body[find(body, mark.as_bytes())? + mark.len()..];
    loop {
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        rest = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n"))?;
        let end = find(rest, format!("\r\n{mark}").as_bytes())?;
        parts.push(part(&rest[..end])?);
        rest = &rest[end + 2 + mark.len()..];
    }
}

fn part(bytes: &[u8]) -> Option<Part> {
    // A part without headers begins with the empty line.
    let (head, body) = match bytes.strip_prefix(b"\r\n") {
        Some(body) => (&b""[..], body),
        None => find(bytes, b"\r\n\r\n").map(|at| (&bytes[..at], &bytes[at + 4..]))?,
    };
    let head = String::from_utf8_lossy(head).into_owned();
    let mut out =
        Part { name: String::new(), filename: None, media_type: "text/plain".to_owned(), bytes: body.to_vec() };
    for line in head.lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        match name.trim().to_ascii_lowercase().as_str() {
            "content-type" => out.media_type = value.trim().to_owned(),
            "content-disposition" => {
                out.name = parameter(value, "name").unwrap_or_default();
                out.filename = parameter(value, "filename");
            }
            _ => {}
        }
    }
    Some(out)
}

/// A parameter of a header value, quoted or not.
fn parameter(value: &str, name: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|piece| {
        let (known, text) = piece.trim().split_once('=')?;
        known.eq_ignore_ascii_case(name).then(|| text.trim_matches('"').replace("%22", "\""))
    })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_as_they_were_written() {
        let body = b"--B\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n7\r\n--B\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\x89\r\n--X\r\n--B--\r\n";
        let parts = read("multipart/form-data; boundary=\"B\"", body).unwrap();
        assert_eq!((parts[0].name.as_str(), parts[0].text().as_str()), ("chat_id", "7"));
        assert_eq!(parts[1].filename.as_deref(), Some("a.png"));
        assert_eq!(parts[1].bytes, b"\x89\r\n--X");
        for (kind, body) in
            [("text/plain", &b"x"[..]), ("multipart/x; boundary=B", b"--B\r\nno end"), ("multipart/x", b"--B--")]
        {
            assert_eq!(read(kind, body), None);
        }
    }
}
