//! Writing, and seeing beforehand what it would change. A file that is there is only replaced when that
//! was asked for, and, where the caller saw it before, only as it was seen.

use std::fs;
use std::io::Write as _;

use metel_model::{Code, Fault};
use metel_rules::contract::File;
use serde_json::{Value, json};

use super::{FILE_BYTES_MAX, FILES_MAX, FOLDER_BYTES_MAX, bytes_of, diff, digest, failed, plain_files, text};
use crate::builtin::{Desk, wrong};

struct Change {
    path: String,
    place: std::path::PathBuf,
    old: Option<Vec<u8>>,
    new: Vec<u8>,
}

impl Change {
    fn of(desk: &Desk, payload: &Value) -> Result<Self, Fault> {
        let path = text(payload, "path").unwrap_or_default().to_owned();
        let place = desk.file(&path)?;
        let content = payload.get("content").unwrap_or(&Value::Null);
        let new = File::read(content)
            .map_err(|error| wrong("/content", error.to_string(), format!("쓸 수 없는 내용이에요: {error}")))?
            .bytes;
        if new.len() as u64 > FILE_BYTES_MAX {
            return Err(Fault::new(Code::TooLarge).about("a file of more than 4 MiB"));
        }
        let old = match fs::symlink_metadata(&place) {
            Ok(_) => Some(bytes_of(&place)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(&error)),
        };
        Ok(Self { path, place, old, new })
    }

    fn state(&self) -> &'static str {
        match &self.old {
            None => "created",
            Some(old) if *old == self.new => "unchanged",
            Some(_) => "replaced",
        }
    }

    fn told(&self) -> Value {
        let old = self.old.as_deref().unwrap_or_default();
        let diff = match (std::str::from_utf8(old), std::str::from_utf8(&self.new)) {
            (Ok(old), Ok(new)) => diff::unified(&self.path, old, new),
            _ => format!("{}: {} → {} bytes\n", self.path, old.len(), self.new.len()),
        };
        json!({
            "path": self.path, "state": self.state(), "bytes": self.new.len(), "sha256": digest(&self.new),
            "was": self.old.as_deref().map(digest).unwrap_or_default(), "diff": diff,
        })
    }
}

/// What writing would change; nothing is written.
pub(in crate::builtin) fn preview(desk: &Desk, payload: &Value) -> Result<Value, Fault> {
    Change::of(desk, payload).map(|change| change.told())
}

pub(in crate::builtin) fn write(desk: &Desk, payload: &Value) -> Result<Value, Fault> {
    let change = Change::of(desk, payload)?;
    let told = change.told();
    if change.state() == "unchanged" {
        return Ok(told);
    }
    if change.old.is_some() && payload.get("replace") != Some(&Value::Bool(true)) {
        let (en, ko) =
            ("the file is there; replacing it must be asked for", "이미 있는 파일이에요. 바꾸려면 replace를 켜 주세요");
        return Err(wrong("/replace", en, ko));
    }
    if let Some(was) = text(payload, "was")
        && told["was"] != was
    {
        let (en, ko) =
            ("the file is no longer what it was when it was looked at", "그새 파일이 달라졌어요. 다시 확인해 주세요");
        return Err(wrong("/was", en, ko));
    }
    let held = plain_files(desk.run()?)?;
    let bytes: u64 = held.iter().map(|(_, _, bytes)| bytes).sum();
    if change.old.is_none() && held.len() >= FILES_MAX || bytes + change.new.len() as u64 > FOLDER_BYTES_MAX {
        return Err(Fault::new(Code::LimitExceeded).about("the run's folder is full: 1000 files, 64 MiB"));
    }
    let folder = change.place.parent().unwrap_or(&change.place);
    fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    // Beside it first, then in its place: a reader sees the old or the new file, never half of one.
    let half = folder.join(format!(".metel-{}", &digest(desk.key.as_bytes())[..16]));
    let mut file = fs::File::create(&half).map_err(|error| failed(&error))?;
    file.write_all(&change.new).and_then(|()| file.sync_all()).map_err(|error| failed(&error))?;
    fs::rename(&half, &change.place).map_err(|error| failed(&error))?;
    Ok(told)
}
