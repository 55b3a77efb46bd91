//! Where a builtin may put things: the run's folder and the workspace's memory of trends. Paths that
//! come from a payload are names below it and nothing else; links are refused.

use std::path::{Component, Path, PathBuf};

use metel_model::{Code, Fault};

/// Longest path in a payload, and deepest folder.
const PATH_BYTES_MAX: usize = 300;
const DEPTH_MAX: usize = 8;

/// The folders of one call. Without any, builtins that need one refuse.
#[derive(Debug, Clone, Default)]
pub struct Desk {
    run: Option<PathBuf>,
    workspace: Option<PathBuf>,
    /// Tells a repeated call from a new one.
    pub key: String,
}

impl Desk {
    /// Without folders.
    pub fn none() -> Self {
        Self::default()
    }

    /// Below `root`: `<workspace>/runs/<run>` and `<workspace>/trends`. Made when first written to.
    pub fn at(root: &Path, workspace: &str, run: &str, key: &str) -> Self {
        let workspace = root.join(workspace);
        Self { run: Some(workspace.join("runs").join(run)), workspace: Some(workspace), key: key.to_owned() }
    }

    pub(super) fn run(&self) -> Result<&Path, Fault> {
        self.run.as_deref().ok_or_else(nowhere)
    }

    pub(super) fn workspace(&self) -> Result<&Path, Fault> {
        self.workspace.as_deref().ok_or_else(nowhere)
    }

    /// A path below the run's folder. Absolute paths, `..`, hidden names, links on the way and names
    /// that systems read in their own ways are refused.
    pub(super) fn file(&self, path: &str) -> Result<PathBuf, Fault> {
        let refused = || {
            super::wrong("/path", "must be a plain path below the run's folder", "실행 폴더 아래의 보통 경로여야 해요")
        };
        let is_plain = |c: char| !c.is_control() && !"\\:*?\"<>|".contains(c);
        if path.is_empty() || path.len() > PATH_BYTES_MAX || !path.chars().all(is_plain) {
            return Err(refused());
        }
        let mut found = self.run()?.to_path_buf();
        let mut depth = 0;
        for part in Path::new(path).components() {
            let Component::Normal(name) = part else { return Err(refused()) };
            let name = name.to_str().ok_or_else(refused)?;
            depth += 1;
            if depth > DEPTH_MAX || name.starts_with('.') || name.ends_with(['.', ' ']) {
                return Err(refused());
            }
            found.push(name);
            if std::fs::symlink_metadata(&found).is_ok_and(|meta| meta.file_type().is_symlink()) {
                return Err(refused());
            }
        }
        Ok(found)
    }
}

fn nowhere() -> Fault {
    Fault::new(Code::ConfigInvalid).detail("no folder for files is configured", "파일을 둘 폴더가 설정되지 않았어요")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leads_out_of_the_folder() {
        let root = tempfile::tempdir().unwrap();
        let desk = Desk::at(root.path(), "ws", "run_1", "k");
        assert!(desk.file("보고/주간.md").unwrap().ends_with("ws/runs/run_1/보고/주간.md"));
        let deep = "a/".repeat(9);
        for path in
            ["", "/etc/passwd", "../x", "a/../../x", ".ssh/key", "a/.git", "a\0b", "a\\..\\b", "C:x", "a.", &deep]
        {
            assert!(desk.file(path).is_err(), "{path:?}");
        }
        let folder = desk.run().unwrap().to_path_buf();
        std::fs::create_dir_all(&folder).unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/etc", folder.join("out")).unwrap();
            assert!(desk.file("out/passwd").is_err() && desk.file("out").is_err());
        }
        assert!(Desk::none().file("a").is_err());
    }
}
