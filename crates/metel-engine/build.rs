//! Writes the tables of pipeline and template files that the binary carries. Reads the repository only.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() -> std::io::Result<()> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../..");
    let mut out = String::new();
    for (table, folder, ext) in [("PIPELINES", "pipelines", "json"), ("TEMPLATES", "templates", "yaml")] {
        let folder = root.join(folder);
        println!("cargo:rerun-if-changed={}", folder.display());
        let mut files: Vec<PathBuf> = match std::fs::read_dir(&folder) {
            Ok(entries) => entries.filter_map(Result::ok).map(|entry| entry.path()).collect(),
            Err(_) => Vec::new(),
        };
        files.retain(|path| path.extension().is_some_and(|e| e == ext));
        files.sort();
        let _ = writeln!(out, "pub(crate) static {table}: &[(&str, &str)] = &[");
        for file in files {
            println!("cargo:rerun-if-changed={}", file.display());
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let path = file.canonicalize()?;
            let _ = writeln!(out, "    ({name:?}, include_str!({:?})),", path.to_string_lossy());
        }
        out.push_str("];\n");
    }
    std::fs::write(Path::new(&std::env::var("OUT_DIR").unwrap_or_default()).join("shipped.rs"), out)
}
