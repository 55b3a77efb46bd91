//! Server-sent events out of bytes, however these are cut up (WHATWG HTML, 9.2.6). An event counts
//! once its blank line has come: what is left over when the bytes end is no event.

/// Longest event, in bytes.
pub(crate) const EVENT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SseEvent {
    /// Empty where it was not named.
    pub name: String,
    pub data: String,
}

/// Why bytes are no stream of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SseFault {
    NotUtf8,
    TooLong,
}

/// Takes bytes, gives events.
#[derive(Debug, Default)]
pub(crate) struct Sse {
    line: Vec<u8>,
    name: String,
    data: Option<String>,
    /// The last byte was a carriage return: a line feed that follows belongs to it.
    after_return: bool,
    /// The first line may begin with a byte order mark.
    is_under_way: bool,
}

impl Sse {
    pub(crate) fn push(&mut self, bytes: &[u8], out: &mut Vec<SseEvent>) -> Result<(), SseFault> {
        let mut rest = bytes;
        if self.after_return && !rest.is_empty() {
            self.after_return = false;
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        while let Some(at) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            self.keep(&rest[..at])?;
            let is_return = rest[at] == b'\r';
            rest = &rest[at + 1..];
            if is_return {
                match rest.first() {
                    Some(b'\n') => rest = &rest[1..],
                    Some(_) => {}
                    None => self.after_return = true,
                }
            }
            self.end_line(out)?;
        }
        self.keep(rest)
    }

    fn keep(&mut self, part: &[u8]) -> Result<(), SseFault> {
        if self.line.len() + part.len() + self.data.as_ref().map_or(0, String::len) > EVENT_BYTES_MAX {
            return Err(SseFault::TooLong);
        }
        self.line.extend_from_slice(part);
        Ok(())
    }

    fn end_line(&mut self, out: &mut Vec<SseEvent>) -> Result<(), SseFault> {
        let line = std::mem::take(&mut self.line);
        let line = std::str::from_utf8(&line).map_err(|_| SseFault::NotUtf8)?;
        let line = if std::mem::replace(&mut self.is_under_way, true) {
            line
        } else {
            line.strip_prefix('\u{feff}').unwrap_or(line)
        };
        if line.is_empty() {
            let name = std::mem::take(&mut self.name);
            if let Some(data) = self.data.take() {
                out.push(SseEvent { name, data });
            }
            return Ok(());
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.name = value.to_owned(),
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            },
            // Comments, ids, retry times.
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(pieces: &[&[u8]]) -> Result<Vec<SseEvent>, SseFault> {
        let (mut sse, mut out) = (Sse::default(), Vec::new());
        for piece in pieces {
            sse.push(piece, &mut out)?;
        }
        Ok(out)
    }

    fn event(name: &str, data: &str) -> SseEvent {
        SseEvent { name: name.to_owned(), data: data.to_owned() }
    }

    #[test]
    fn names_comments_and_several_lines() {
        let text = "\u{feff}: hi\r\nevent: a\r\ndata: 1\r\ndata:2\r\n\r\ndata\n\n\n\nid: 3\n\ndata: 가\r\rdata: half";
        assert_eq!(read(&[text.as_bytes()]).unwrap(), [event("a", "1\n2"), event("", ""), event("", "가")]);
        assert_eq!(read(&[b"data: \xff\n\n"]), Err(SseFault::NotUtf8));
        let long = vec![b'x'; EVENT_BYTES_MAX];
        assert_eq!(read(&[&long, b"x"]), Err(SseFault::TooLong));
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_events(
            lines in proptest::collection::vec(("(data|event|: x|id)?", "[ :a가]{0,4}", 0_usize..3, 0_usize..3), 0..12),
            cuts in proptest::collection::vec(0_usize..200, 0..8),
        ) {
            let ends = ["\n", "\r\n", "\r"];
            let mut text = String::new();
            for (field, value, end, blanks) in lines {
                text.push_str(&format!("{field}:{value}{}", ends[end]));
                text.push_str(&ends[end].repeat(blanks));
            }
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(read(&pieces).unwrap(), read(&[bytes]).unwrap());
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            prop_assert_eq!(read(&single).unwrap(), read(&[bytes]).unwrap());
        }
    }
}
