//! Files of a run: list, read, search, write with the difference shown. Confined to the run's folder,
//! bounded in size and number.

mod diff;
mod read;
mod write;

use std::fs;
use std::path::{Path, PathBuf};

use metel_model::{Code, Digest, Fault};
use serde_json::{Value, json};

use super::{Desk, wrong};

pub(super) use read::{read, search};
pub(super) use write::{preview, write};

/// Largest file, and most bytes and files of a run.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
const FOLDER_BYTES_MAX: u64 = 64 * 1024 * 1024;
const FILES_MAX: usize = 1_000;

fn text<'p>(payload: &'p Value, name: &str) -> Option<&'p str> {
    payload.get(name).and_then(Value::as_str)
}

fn failed(error: &std::io::Error) -> Fault {
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            wrong("/path", "there is no such file in the run's folder", "실행 폴더에 그런 파일이 없어요")
        }
        _ => Fault::new(Code::Internal).about(format!("file: {}", error.kind())),
    }
}

/// A file's bytes; one that is no plain file or too large is refused.
fn bytes_of(path: &Path) -> Result<Vec<u8>, Fault> {
    let meta = fs::symlink_metadata(path).map_err(|error| failed(&error))?;
    if !meta.is_file() {
        return Err(wrong("/path", "is not a file", "파일이 아니에요"));
    }
    if meta.len() > FILE_BYTES_MAX {
        return Err(Fault::new(Code::TooLarge).about("a file of more than 4 MiB"));
    }
    fs::read(path).map_err(|error| failed(&error))
}

/// Plain files below a folder in order of their paths, links and hidden ones left out.
fn plain_files(folder: &Path) -> Result<Vec<(String, PathBuf, u64)>, Fault> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        let entries = match fs::read_dir(&next) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(&error)),
        };
        for entry in entries {
            let entry = entry.map_err(|error| failed(&error))?;
            let meta = fs::symlink_metadata(entry.path()).map_err(|error| failed(&error))?;
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            if meta.is_dir() {
                open.push(entry.path());
            } else if meta.is_file() {
                let path = entry.path();
                let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                found.push((name, path, meta.len()));
            }
            if found.len() > FILES_MAX {
                return Err(Fault::new(Code::LimitExceeded).about("more than 1000 files in a run's folder"));
            }
        }
    }
    found.sort();
    Ok(found)
}

pub(super) fn list(desk: &Desk, _payload: &Value) -> Result<Value, Fault> {
    let files = plain_files(desk.run()?)?;
    let bytes: u64 = files.iter().map(|(_, _, bytes)| bytes).sum();
    let files: Vec<Value> = files.into_iter().map(|(path, _, bytes)| json!({"path": path, "bytes": bytes})).collect();
    Ok(json!({"files": files, "bytes": bytes}))
}

fn digest(bytes: &[u8]) -> String {
    Digest::of(bytes).hex()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desk() -> (tempfile::TempDir, Desk) {
        let root = tempfile::tempdir().unwrap();
        let desk = Desk::at(root.path(), "ws", "run_1", "k");
        (root, desk)
    }

    #[test]
    fn what_is_written_is_listed_read_and_found() {
        let (_root, desk) = desk();
        assert_eq!(list(&desk, &json!({})).unwrap(), json!({"files": [], "bytes": 0}));
        let made = write(&desk, &json!({"path": "보고/주간.md", "content": "# 주간\n매출 42\n"})).unwrap();
        assert_eq!((made["state"].as_str(), made["bytes"].as_u64()), (Some("created"), Some(19)));
        // The same again is the same.
        assert_eq!(
            write(&desk, &json!({"path": "보고/주간.md", "content": "# 주간\n매출 42\n"})).unwrap()["state"],
            "unchanged"
        );
        let refused = write(&desk, &json!({"path": "보고/주간.md", "content": "x"})).unwrap_err();
        assert_eq!(refused.fields[0].pointer, "/replace");

        let seen = preview(&desk, &json!({"path": "보고/주간.md", "content": "# 주간\n매출 51\n"})).unwrap();
        assert!(seen["diff"].as_str().unwrap().contains("-매출 42\n+매출 51"), "{seen}");
        let stale = json!({"path": "보고/주간.md", "content": "y", "replace": true, "was": "0".repeat(64)});
        assert_eq!(write(&desk, &stale).unwrap_err().fields[0].pointer, "/was");
        let change =
            json!({"path": "보고/주간.md", "content": "# 주간\n매출 51\n", "replace": true, "was": seen["was"]});
        let changed = write(&desk, &change).unwrap();
        assert_eq!((changed["state"].as_str(), &changed["diff"]), (Some("replaced"), &seen["diff"]));

        let whole = read(&desk, &json!({"path": "보고/주간.md"})).unwrap();
        assert_eq!(whole["text"], "# 주간\n매출 51\n");
        let part = read(&desk, &json!({"path": "보고/주간.md", "from": 2, "lines": 1})).unwrap();
        assert_eq!((part["text"].as_str(), part["more"].as_bool()), (Some("매출 51\n"), Some(false)));
        let found = search(&desk, &json!({"terms": "매출"})).unwrap();
        assert_eq!(found["matches"], json!([{"path": "보고/주간.md", "line": 2, "text": "매출 51"}]));
        assert_eq!(list(&desk, &json!({})).unwrap()["files"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn bytes_stay_bytes_and_limits_hold() {
        let (_root, desk) = desk();
        let file = json!({"name": "x.bin", "media_type": "application/octet-stream", "base64": "//79"});
        write(&desk, &json!({"path": "x.bin", "content": file})).unwrap();
        let read_back = read(&desk, &json!({"path": "x.bin"})).unwrap();
        assert_eq!(read_back["file"]["base64"], "//79");
        assert!(read_back.get("text").is_none());
        let large = json!({"path": "big.txt", "content": "x".repeat(5 * 1024 * 1024)});
        assert_eq!(write(&desk, &large).unwrap_err().code, Code::TooLarge);
        assert!(read(&desk, &json!({"path": "nothing"})).unwrap_err().fields[0].pointer == "/path");
        assert!(write(&desk, &json!({"path": "../x", "content": "x"})).is_err());
        // Another run's folder is another folder.
        assert!(list(&Desk::none(), &json!({})).is_err());
    }
}
