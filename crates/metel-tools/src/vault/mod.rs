//! The vault: sealing and opening secrets, nothing else. Who may open what, and where sealed bytes
//! lie, is decided by others.
//!
//! Every workspace has a random data key; it is wrapped by the master key. A sealed secret is bound
//! to its workspace, name and version: moved elsewhere it does not open. Cipher: XChaCha20-Poly1305
//! with random 192-bit nonces.

mod cipher;
mod data;
mod keeper;
mod master;
mod signer;

pub(crate) use cipher::random;
pub use data::{DataKey, Sealed};
pub use keeper::{Keeper, read_keys};
pub use master::{MasterKey, Masters, Vault, WrappedKey};
pub use signer::{Signer, is_signed};
