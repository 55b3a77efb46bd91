//! Lines of requests, bounded before they are kept and weighed before they are read.

use std::borrow::Cow;
use std::io::BufRead;

use serde::Deserialize;

/// What an object of a few members takes in memory, and any other value, in bytes.
const OBJECT_BYTES: usize = 640;
const VALUE_BYTES: usize = 40;

/// The next line without its end, put into `line`. A longer one is read to its end and not kept. None
/// when there is no more.
pub fn next(input: &mut impl BufRead, line: &mut Vec<u8>, most: usize) -> Option<Result<(), &'static str>> {
    line.clear();
    let mut is_too_long = false;
    let mut has_any = false;
    loop {
        let Ok(read) = input.fill_buf() else { return None };
        if read.is_empty() {
            break;
        }
        has_any = true;
        let end = read.iter().position(|byte| *byte == b'\n');
        let part = &read[..end.unwrap_or(read.len())];
        if line.len() + part.len() > most {
            is_too_long = true;
            line.clear();
        }
        if !is_too_long {
            line.extend_from_slice(part);
        }
        let used = end.map_or(read.len(), |end| end + 1);
        input.consume(used);
        if end.is_some() {
            break;
        }
    }
    if !has_any {
        return None;
    }
    Some(if is_too_long { Err("the line is too long") } else { Ok(()) })
}

#[derive(Deserialize)]
struct Op<'a> {
    #[serde(borrow, default)]
    op: Option<Cow<'a, str>>,
}

/// The operation that a line asks for, without building anything else of it.
pub fn op(text: &str) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Op<'_>>(text).ok()?.op
}

/// About how many bytes the values of a line would take as a tree.
pub fn weight(text: &str) -> usize {
    let (mut objects, mut values) = (0, 1);
    let (mut in_text, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' => objects += 1,
            b'[' | b',' => values += 1,
            _ => {}
        }
    }
    text.len() + objects * OBJECT_BYTES + values * VALUE_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_passed_over_and_the_next_is_read() {
        let mut input = std::io::Cursor::new(format!("{}\nshort\n\nlast", "x".repeat(100)).into_bytes());
        let mut line = Vec::new();
        assert_eq!(next(&mut input, &mut line, 10), Some(Err("the line is too long")));
        for text in ["short", "", "last"] {
            assert_eq!(next(&mut input, &mut line, 10), Some(Ok(())));
            assert_eq!(line, text.as_bytes());
        }
        assert_eq!(next(&mut input, &mut line, 10), None);
    }

    #[test]
    fn weights_count_values_outside_of_texts() {
        assert!(weight("{\"a\":\"{{{{{{[[[[,,,,\\\"\"}") < 2 * OBJECT_BYTES);
        assert!(weight(&"[{},".repeat(1000)) > 1000 * OBJECT_BYTES);
        assert_eq!(op("{\"x\":[1],\"op\":\"openapi\"}").as_deref(), Some("openapi"));
        assert_eq!(op("[1"), None);
    }
}
