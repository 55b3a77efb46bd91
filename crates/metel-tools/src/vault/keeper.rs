//! Where master keys are kept: a file, the environment, a key service. The vault asks; it never keeps one itself.

use metel_model::{Code, Fault};

use super::master::MasterKey;

/// A place of master keys. One of an outside key service would hand out the keys of a session here.
pub trait Keeper: Send + Sync + std::fmt::Debug {
    /// All keys, the one that wraps first.
    fn load(&self) -> Result<Vec<MasterKey>, Fault>;

    /// Keeps a fresh key as the one that wraps, before those of now; whole or not at all.
    fn put_first(&self, fresh: &MasterKey) -> Result<(), Fault>;

    /// Forgets all keys but the first.
    fn forget_earlier(&self) -> Result<(), Fault>;

    /// `file`, `environment`, or the name of the service.
    fn name(&self) -> &'static str;
}

/// Reads the text of a key file: a key a line, the one that wraps first.
pub fn read_keys(text: &str) -> Result<Vec<MasterKey>, Fault> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let keys = lines.map(MasterKey::parse).collect::<Result<Vec<_>, _>>()?;
    if keys.is_empty() {
        return Err(Fault::new(Code::ConfigInvalid).detail("the key file is empty", "키 파일이 비어 있어요"));
    }
    Ok(keys)
}
