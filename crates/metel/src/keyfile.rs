//! Master keys as this program keeps them: given by the environment, or in a file that only its owner reads.
//!
//! The file holds a key a line, the one that wraps first. It is written whole before a fresh key wraps anything, so
//! that whatever moment the process ends at, every key that is in use is in it. A file that others can read is refused.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use metel_model::{Code, Fault};
use metel_tools::vault::{Keeper, MasterKey, Vault, read_keys};
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use crate::home;

pub const VARIABLE: &str = "METEL_MASTER_KEY";
/// Keys that still open what they wrapped, separated by commas.
pub const EARLIER: &str = "METEL_MASTER_KEY_PREVIOUS";
pub const FILE: &str = "master.key";

/// The vault of a data folder; a key file is made on first use.
pub fn vault(folder: &Path) -> Result<Vault, Fault> {
    if std::env::var_os(VARIABLE).is_some() {
        return Vault::kept_by(Arc::new(Environment));
    }
    let file = KeyFile(folder.join(FILE));
    if !file.0.exists() {
        if folder.join("token").exists() {
            // Not the first start: a fresh key would shut what is there for good.
            return Err(Fault::new(Code::VaultUnreadable)
                .detail("the master key of this data folder is gone", "이 데이터 폴더의 마스터 키가 없어졌어요")
                .at(file.0.display()));
        }
        let key = MasterKey::generate()?;
        home::write_private(&file.0, key.to_text().expose_secret())?;
    }
    Vault::kept_by(Arc::new(file))
}

/// Keys that somebody else keeps and hands to the process.
#[derive(Debug)]
struct Environment;

impl Keeper for Environment {
    fn load(&self) -> Result<Vec<MasterKey>, Fault> {
        let text = |name: &str| Zeroizing::new(std::env::var(name).unwrap_or_default());
        let mut keys = vec![MasterKey::parse(&text(VARIABLE)).map_err(|fault| fault.at(VARIABLE))?];
        for key in text(EARLIER).split(',').map(str::trim).filter(|key| !key.is_empty()) {
            keys.push(MasterKey::parse(key).map_err(|fault| fault.at(EARLIER))?);
        }
        Ok(keys)
    }

    fn put_first(&self, _: &MasterKey) -> Result<(), Fault> {
        Err(Fault::new(Code::ConfigInvalid).about(format!("{VARIABLE} is kept outside")))
    }

    fn forget_earlier(&self) -> Result<(), Fault> {
        Err(Fault::new(Code::ConfigInvalid)
            .detail(format!("take {EARLIER} away where it is set"), format!("{EARLIER}를 설정한 곳에서 지우세요")))
    }

    fn name(&self) -> &'static str {
        "environment"
    }
}

/// A file of the data folder.
#[derive(Debug)]
pub struct KeyFile(pub PathBuf);

impl KeyFile {
    fn read(&self) -> Result<Zeroizing<String>, Fault> {
        use std::os::unix::fs::PermissionsExt;
        let wrong = |error: std::io::Error| Fault::new(Code::VaultUnreadable).about(error).at(self.0.display());
        let open = std::fs::metadata(&self.0).map_err(wrong)?.permissions().mode() & 0o077 != 0;
        if open {
            let command = format!("chmod 600 {}", self.0.display());
            return Err(Fault::new(Code::VaultUnreadable)
                .detail("others can read the master key", "다른 사용자가 마스터 키를 읽을 수 있어요")
                .at(self.0.display())
                .hint(format!("Run `{command}`."), format!("`{command}`을 실행하세요.")));
        }
        std::fs::read_to_string(&self.0).map(Zeroizing::new).map_err(wrong)
    }

    fn write(&self, keys: &[&MasterKey]) -> Result<(), Fault> {
        let mut text = Zeroizing::new(String::new());
        for key in keys {
            text.push_str(key.to_text().expose_secret());
            text.push('\n');
        }
        home::write_private(&self.0, &text)
    }
}

impl Keeper for KeyFile {
    fn load(&self) -> Result<Vec<MasterKey>, Fault> {
        read_keys(&self.read()?).map_err(|fault| fault.at(self.0.display()))
    }

    fn put_first(&self, fresh: &MasterKey) -> Result<(), Fault> {
        let known = self.load()?;
        self.write(&std::iter::once(fresh).chain(&known).collect::<Vec<_>>())
    }

    fn forget_earlier(&self) -> Result<(), Fault> {
        let known = self.load()?;
        self.write(&known.iter().take(1).collect::<Vec<_>>())
    }

    fn name(&self) -> &'static str {
        "file"
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_key_stands_before_those_it_follows() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault(folder.path()).unwrap();
        let (_, wrapped) = vault.create("ws").unwrap();
        vault.renew().unwrap();
        assert_eq!(vault.masters().earlier, std::slice::from_ref(&wrapped.master));
        let again = super::vault(folder.path()).unwrap();
        assert_eq!(again.masters(), vault.masters());
        assert!(again.unwrap("ws", &wrapped).is_ok());
        let moved = vault.rotate("ws", &wrapped).unwrap().unwrap();
        vault.forget_earlier().unwrap();
        assert!(vault.unwrap("ws", &wrapped).is_err());
        assert!(again.unwrap("ws", &moved).is_ok());
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        vault(folder.path()).unwrap();
        std::fs::set_permissions(folder.path().join(FILE), std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(vault(folder.path()).unwrap_err().code, Code::VaultUnreadable);
    }
}
