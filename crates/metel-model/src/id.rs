//! Typed ids: a noun's prefix and the 26 Crockford base-32 characters of a UUIDv7.
//!
//! Order among things is told by sequence numbers, never by ids. People see and match
//! the last six characters.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Why a text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form {prefix}_ and 26 letters or digits")]
pub struct NotAnId {
    pub prefix: &'static str,
}

fn encode(bits: u128) -> [u8; 26] {
    let mut out = [0u8; 26];
    for (i, slot) in out.iter_mut().enumerate() {
        let shift = 125 - 5 * i;
        *slot = ALPHABET[((bits >> shift) & 31) as usize];
    }
    out
}

fn decode(text: &str) -> Option<u128> {
    if text.len() != 26 {
        return None;
    }
    let mut bits: u128 = 0;
    for (i, byte) in text.bytes().enumerate() {
        let letter = match byte.to_ascii_uppercase() {
            b'O' => b'0',
            b'I' | b'L' => b'1',
            other => other,
        };
        let value = ALPHABET.iter().position(|a| *a == letter)? as u128;
        if i == 0 && value > 7 {
            return None;
        }
        bits = (bits << 5) | value;
    }
    Some(bits)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl $name {
            pub const PREFIX: &'static str = $prefix;

            pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
                Uuid::from_slice(bytes).ok().map(Self)
            }

            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The last six characters, as people see them.
            pub fn short(&self) -> String {
                let text = self.to_string();
                text[text.len() - 6..].to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let letters = encode(self.0.as_u128());
                f.write_str($prefix)?;
                f.write_str("_")?;
                f.write_str(std::str::from_utf8(&letters).unwrap_or_default())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(decode)
                    .map(|bits| Self(Uuid::from_u128(bits)))
                    .ok_or(NotAnId { prefix: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A tenant.
    WorkspaceId = "ws";
    /// A person or a machine account.
    UserId = "user";
    /// One execution of a workflow.
    RunId = "run";
    /// A pending or taken decision of a person.
    ApprovalId = "appr";
    /// A workspace's account at a service.
    ConnectionId = "conn";
    /// A plan that was previewed and not yet run.
    PlanId = "plan";
    /// A line of requests of one person that share what they made.
    SessionId = "sess";
    /// A process that leases tasks.
    WorkerId = "wrk";
    /// A key of the interface.
    TokenId = "tok";
    /// A message on its way out.
    OutboxId = "out";
    /// A named secret.
    SecretId = "sec";
    /// A published message.
    MessageId = "msg";
    /// A request for an account that a person has still to grant.
    AuthorizationId = "auth";
    /// A standing rule: always yes, within bounds.
    StandingId = "stand";
}

/// Where new ids come from: passed in, so that a replay draws the same ones.
pub trait IdSource: Send + Sync {
    fn next(&self) -> Uuid;
}

/// Fresh UUIDv7 ids of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct FreshIds;

impl IdSource for FreshIds {
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_goes_there_and_back() {
        let id = RunId(Uuid::from_u128(0x0192_3456_789a_7bcd_8eff_0123_4567_89ab));
        let text = id.to_string();
        assert!(text.starts_with("run_") && text.len() == 30, "{text}");
        assert_eq!(text.parse(), Ok(id));
        assert_eq!(text.to_lowercase().parse(), Ok(id));
    }

    #[test]
    fn another_noun_is_refused() {
        assert!("appr_00000000000000000000000000".parse::<RunId>().is_err());
        assert!("run_8ZZZZZZZZZZZZZZZZZZZZZZZZZ".parse::<RunId>().is_err());
        assert!("run_한글".parse::<RunId>().is_err());
    }
}
