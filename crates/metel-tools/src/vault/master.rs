//! The master key and the data keys that it wraps. Rotation wraps a data key anew; the secrets under
//! it stay as they are.

use std::sync::Arc;

use arc_swap::ArcSwap;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use metel_model::{Code, Digest, Fault};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize as _;

use super::cipher::{KEY_BYTES, binding, open, random, seal};
use super::data::DataKey;
use super::keeper::Keeper;

/// 256 random bits. Wiped when dropped; printing it shows its name only.
pub struct MasterKey {
    id: String,
    key: SecretBox<[u8; KEY_BYTES]>,
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKey({})", self.id)
    }
}

impl MasterKey {
    fn new(key: [u8; KEY_BYTES]) -> Self {
        // A name that tells keys apart without telling anything of them.
        let id = Digest::of_parts(&[b"metel master key id", &key]).hex()[..16].to_owned();
        Self { id, key: SecretBox::new(Box::new(key)) }
    }

    /// A fresh key.
    pub fn generate() -> Result<Self, Fault> {
        random().map(Self::new)
    }

    /// Reads 32 bytes as 64 hexadecimal characters or base64, surrounding space ignored.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        let mut bytes = hex(text)
            .or_else(|| STANDARD.decode(text).ok())
            .or_else(|| STANDARD_NO_PAD.decode(text).ok())
            .or_else(|| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok())
            .unwrap_or_default();
        let key: Result<[u8; KEY_BYTES], _> = bytes.as_slice().try_into();
        bytes.zeroize();
        key.map(Self::new).map_err(|_| {
            Fault::new(Code::ConfigInvalid).detail(
                "a master key is 32 bytes, written as 64 hexadecimal characters or base64",
                "마스터 키는 32바이트이고, 16진수 64자나 base64로 적어요",
            )
        })
    }

    /// The key as text for a key file.
    pub fn to_text(&self) -> SecretString {
        SecretString::from(self.key.expose_secret().iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    }

    /// The same key once more, for the ring that comes after this one.
    fn again(&self) -> Self {
        Self { id: self.id.clone(), key: SecretBox::new(Box::new(*self.key.expose_secret())) }
    }

    /// Tells keys apart; not secret.
    pub fn id(&self) -> &str {
        &self.id
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    Digest::parse(text).map(|digest| digest.0.to_vec())
}

/// A data key as it is stored.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrappedKey {
    /// The master key that wraps it.
    pub master: String,
    /// Base64 of nonce, ciphertext, tag.
    pub wrapped: String,
}

impl std::fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WrappedKey(by {})", self.master)
    }
}

/// Wraps and unwraps data keys. Knows earlier master keys as well, so that rotation needs no pause.
#[derive(Debug)]
pub struct Vault {
    keys: ArcSwap<Keys>,
    keeper: Option<Arc<dyn Keeper>>,
}

#[derive(Debug)]
struct Keys {
    current: MasterKey,
    previous: Vec<MasterKey>,
}

impl Keys {
    fn of(all: Vec<MasterKey>) -> Result<Self, Fault> {
        let mut all = all.into_iter();
        let current = all.next().ok_or_else(|| Fault::new(Code::VaultUnreadable).about("no master key"))?;
        Ok(Self { current, previous: all.collect() })
    }

    fn named(&self, id: &str) -> Option<&MasterKey> {
        std::iter::once(&self.current).chain(&self.previous).find(|key| key.id == id)
    }
}

/// The vault's master keys by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masters {
    pub current: String,
    /// They still open what they wrapped.
    pub earlier: Vec<String>,
    /// Where they are kept: `file`, `environment`, `memory`.
    pub kept: &'static str,
}

impl Vault {
    /// Keys that nobody keeps: they end with the process.
    pub fn new(current: MasterKey, previous: Vec<MasterKey>) -> Self {
        Self { keys: ArcSwap::from_pointee(Keys { current, previous }), keeper: None }
    }

    /// Keys of a keeper, asked again whenever a data key is met that another master key wrapped.
    pub fn kept_by(keeper: Arc<dyn Keeper>) -> Result<Self, Fault> {
        let keys = Keys::of(keeper.load()?)?;
        Ok(Self { keys: ArcSwap::from_pointee(keys), keeper: Some(keeper) })
    }

    pub fn masters(&self) -> Masters {
        let keys = self.keys.load();
        Masters {
            current: keys.current.id.clone(),
            earlier: keys.previous.iter().map(|key| key.id.clone()).collect(),
            kept: self.keeper.as_ref().map_or("memory", |keeper| keeper.name()),
        }
    }

    /// Takes up what the keeper keeps by now.
    pub fn reload(&self) -> Result<(), Fault> {
        if let Some(keeper) = &self.keeper {
            self.keys.store(Arc::new(Keys::of(keeper.load()?)?));
        }
        Ok(())
    }

    /// A fresh key wraps from now on; those before it go on opening. It is kept before it wraps anything.
    pub fn renew(&self) -> Result<(), Fault> {
        let fresh = MasterKey::generate()?;
        match &self.keeper {
            Some(keeper) => {
                keeper.put_first(&fresh)?;
                self.reload()
            }
            None => {
                let keys = self.keys.load();
                let known = std::iter::once(&keys.current).chain(&keys.previous).map(MasterKey::again).collect();
                self.keys.store(Arc::new(Keys { current: fresh, previous: known }));
                Ok(())
            }
        }
    }

    /// Forgets earlier keys for good: what only they wrapped, also in backups, opens no more.
    pub fn forget_earlier(&self) -> Result<(), Fault> {
        match &self.keeper {
            Some(keeper) => {
                keeper.forget_earlier()?;
                self.reload()
            }
            None => {
                let keys = self.keys.load();
                self.keys.store(Arc::new(Keys { current: keys.current.again(), previous: Vec::new() }));
                Ok(())
            }
        }
    }

    /// A fresh data key for a workspace, and its wrapped form to store.
    pub fn create(&self, workspace: &str) -> Result<(DataKey, WrappedKey), Fault> {
        let data = DataKey::new(workspace, random()?);
        let wrapped = self.wrap(workspace, &data)?;
        Ok((data, wrapped))
    }

    /// The data key of a workspace. Fails where no master key at hand opens it.
    pub fn unwrap(&self, workspace: &str, wrapped: &WrappedKey) -> Result<DataKey, Fault> {
        let unreadable = || Fault::new(Code::VaultUnreadable);
        let mut keys = self.keys.load_full();
        if keys.named(&wrapped.master).is_none() {
            // Another process may have let a fresh key wrap it.
            self.reload()?;
            keys = self.keys.load_full();
        }
        let master = keys.named(&wrapped.master).ok_or_else(unreadable)?;
        let sealed = STANDARD.decode(&wrapped.wrapped).map_err(|_| unreadable())?;
        let clear = open(master.key.expose_secret(), &bound_to(workspace, &master.id), &sealed)?;
        let key = clear.as_slice().try_into().map_err(|_| unreadable())?;
        Ok(DataKey::new(workspace, key))
    }

    /// The same data key wrapped by the current master key; `None` when it is already.
    pub fn rotate(&self, workspace: &str, wrapped: &WrappedKey) -> Result<Option<WrappedKey>, Fault> {
        if wrapped.master == self.keys.load().current.id {
            return Ok(None);
        }
        let data = self.unwrap(workspace, wrapped)?;
        self.wrap(workspace, &data).map(Some)
    }

    fn wrap(&self, workspace: &str, data: &DataKey) -> Result<WrappedKey, Fault> {
        let keys = self.keys.load();
        let master = &keys.current;
        let sealed = seal(master.key.expose_secret(), &bound_to(workspace, &master.id), data.bytes())?;
        Ok(WrappedKey { master: master.id.clone(), wrapped: STANDARD.encode(sealed) })
    }
}

fn bound_to(workspace: &str, master: &str) -> Vec<u8> {
    binding(&["metel data key", workspace, master])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::Sealed;

    fn vault() -> Vault {
        Vault::new(MasterKey::generate().unwrap(), Vec::new())
    }

    #[test]
    fn a_secret_opens_only_where_it_was_sealed() {
        let vault = vault();
        let (key, wrapped) = vault.create("ws_a").unwrap();
        let sealed = key.seal("slack", 1, &SecretString::from("xoxb-비밀")).unwrap();
        assert!(!sealed.0.windows(4).any(|w| w == b"xoxb"));
        let key = vault.unwrap("ws_a", &wrapped).unwrap();
        assert_eq!(key.open("slack", 1, &sealed).unwrap().expose_secret(), "xoxb-비밀");
        for (name, version) in [("slack", 2), ("notion", 1), ("slac", 1)] {
            assert_eq!(key.open(name, version, &sealed).unwrap_err().code, Code::VaultUnreadable);
        }
        let (other, _) = vault.create("ws_b").unwrap();
        assert!(other.open("slack", 1, &sealed).is_err());
        assert!(vault.unwrap("ws_b", &wrapped).is_err());
    }

    #[test]
    fn any_flipped_bit_is_noticed() {
        let (key, _) = vault().create("ws").unwrap();
        let sealed = key.seal("n", 1, &SecretString::from("secret")).unwrap();
        for at in 0..sealed.0.len() {
            let mut bytes = sealed.0.clone();
            bytes[at] ^= 1;
            assert!(key.open("n", 1, &Sealed(bytes)).is_err(), "{at}");
        }
        for length in 0..sealed.0.len() {
            assert!(key.open("n", 1, &Sealed(sealed.0[..length].to_vec())).is_err());
        }
    }

    #[test]
    fn rotation_wraps_anew_and_secrets_stay() {
        let old = MasterKey::generate().unwrap();
        let old_text = old.to_text();
        let first = Vault::new(old, Vec::new());
        let (key, wrapped) = first.create("ws").unwrap();
        let sealed = key.seal("n", 1, &SecretString::from("secret")).unwrap();

        let old = MasterKey::parse(old_text.expose_secret()).unwrap();
        let second = Vault::new(MasterKey::generate().unwrap(), vec![old]);
        let rotated = second.rotate("ws", &wrapped).unwrap().unwrap();
        assert!(second.rotate("ws", &rotated).unwrap().is_none());
        let opened = second.unwrap("ws", &rotated).unwrap().open("n", 1, &sealed).unwrap();
        assert_eq!(opened.expose_secret(), "secret");
        assert_eq!(first.unwrap("ws", &rotated).unwrap_err().code, Code::VaultUnreadable);
    }

    #[test]
    fn a_fresh_key_wraps_at_once_and_earlier_ones_open_until_they_are_forgotten() {
        let vault = vault();
        let (_, first) = vault.create("ws").unwrap();
        vault.renew().unwrap();
        let (_, second) = vault.create("ws").unwrap();
        assert_ne!(first.master, second.master);
        assert_eq!(vault.masters().earlier, std::slice::from_ref(&first.master));
        let moved = vault.rotate("ws", &first).unwrap().unwrap();
        vault.forget_earlier().unwrap();
        assert!(vault.unwrap("ws", &moved).is_ok() && vault.unwrap("ws", &second).is_ok());
        assert_eq!(vault.unwrap("ws", &first).unwrap_err().code, Code::VaultUnreadable);
    }

    #[test]
    fn keys_are_read_from_hex_and_base64_and_never_printed() {
        let hex = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
        let base64 = "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=";
        let (a, b) = (MasterKey::parse(hex).unwrap(), MasterKey::parse(base64).unwrap());
        assert_eq!(a.id(), b.id());
        assert_eq!(a.to_text().expose_secret(), hex);
        for wrong in ["", "00", "비밀", &hex[1..]] {
            assert!(MasterKey::parse(wrong).is_err(), "{wrong}");
        }
        let (key, wrapped) = Vault::new(a, vec![b]).create("ws").unwrap();
        let shown = format!("{key:?} {wrapped:?}");
        assert!(!shown.contains("0011") && !shown.contains("[0, 17"), "{shown}");
    }
}
