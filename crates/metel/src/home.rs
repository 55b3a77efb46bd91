//! The data folder: where it is, and the few files in it that are not the database.

use std::path::{Path, PathBuf};

use metel_model::{Code, Fault};

/// `METEL_HOME`, else the user's data folder.
pub fn folder() -> PathBuf {
    if let Some(home) = std::env::var_os("METEL_HOME") {
        return PathBuf::from(home);
    }
    let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let data = data.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share")));
    data.unwrap_or_else(|| PathBuf::from(".")).join("metel")
}

/// Makes the folder for its owner alone.
pub fn prepare(folder: &Path) -> Result<(), Fault> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| Fault::new(Code::ConfigInvalid).about(error).at(folder.display()))
}

/// Writes a file that only its owner can read: whole, or not at all, however the process ends.
pub fn write_private(path: &Path, text: &str) -> Result<(), Fault> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let wrong = |error: std::io::Error| Fault::new(Code::ConfigInvalid).about(error).at(path.display());
    let draft = path.with_extension(format!("{}.part", std::process::id()));
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft).map_err(wrong)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    if let Err(error) = written.and_then(|()| std::fs::rename(&draft, path)) {
        let _ = std::fs::remove_file(&draft);
        return Err(wrong(error));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(wrong)
}

/// The token that the first start left for the command line.
pub fn token(folder: &Path) -> Option<String> {
    let given = std::env::var("METEL_TOKEN").ok().filter(|token| !token.is_empty());
    given.or_else(|| std::fs::read_to_string(folder.join("token")).ok().map(|text| text.trim().to_owned()))
}

/// The address that a running server left.
pub fn server(folder: &Path) -> Option<String> {
    let given = std::env::var("METEL_SERVER").ok().filter(|server| !server.is_empty());
    given.or_else(|| std::fs::read_to_string(folder.join("server")).ok().map(|text| text.trim().to_owned()))
}
