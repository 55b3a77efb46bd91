//! Reading and searching.

use metel_model::Fault;
use metel_rules::contract::File;
use serde_json::{Value, json};

use super::{bytes_of, digest, plain_files, text};
use crate::builtin::{Desk, wrong};

/// Most matches told, and longest line of one, in characters.
const MATCHES_MAX: usize = 200;
const LINE_CHARS_MAX: usize = 300;

/// Text as text, whole or some lines of it; anything else as a file value.
pub(in crate::builtin) fn read(desk: &Desk, payload: &Value) -> Result<Value, Fault> {
    let path = text(payload, "path").unwrap_or_default();
    let bytes = bytes_of(&desk.file(path)?)?;
    let mut out = json!({"path": path, "bytes": bytes.len(), "sha256": digest(&bytes)});
    let Ok(whole) = std::str::from_utf8(&bytes) else {
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        let file = File { media_type: media_type(&name).to_owned(), name, bytes };
        out["file"] = file.to_value();
        return Ok(out);
    };
    let number = |name: &str| payload.get(name).and_then(Value::as_u64).map(|n| n as usize);
    let (from, lines) = (number("from").unwrap_or(1).max(1), number("lines").unwrap_or(usize::MAX));
    let mut rest = whole.split_inclusive('\n').skip(from - 1);
    let part: String = rest.by_ref().take(lines).collect();
    out["more"] = json!(rest.next().is_some());
    out["text"] = json!(part);
    Ok(out)
}

/// By a file's ending; what nobody knows is a stream of bytes.
pub(super) fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        "pdf" => "application/pdf",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        _ => "application/octet-stream",
    }
}

/// Lines of text files that hold all the words, whatever their case.
pub(in crate::builtin) fn search(desk: &Desk, payload: &Value) -> Result<Value, Fault> {
    let terms: Vec<String> =
        text(payload, "terms").unwrap_or_default().split_whitespace().map(str::to_lowercase).collect();
    if terms.is_empty() {
        return Err(wrong("/terms", "holds no word", "찾을 낱말이 없어요"));
    }
    let (mut matches, mut more) = (Vec::new(), false);
    for (path, place, _) in plain_files(desk.run()?)? {
        let Ok(bytes) = bytes_of(&place) else { continue };
        let Ok(whole) = std::str::from_utf8(&bytes) else { continue };
        for (nth, line) in whole.lines().enumerate() {
            let folded = line.to_lowercase();
            if !terms.iter().all(|term| folded.contains(term)) {
                continue;
            }
            if matches.len() == MATCHES_MAX {
                more = true;
                break;
            }
            let shown: String = line.chars().take(LINE_CHARS_MAX).collect();
            matches.push(json!({"path": path, "line": nth + 1, "text": shown}));
        }
    }
    Ok(json!({"matches": matches, "more": more}))
}
