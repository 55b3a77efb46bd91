//! Values as a log keeps them: small ones in place, large ones by content hash.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hash::Digest;

/// Larger serialised values go to the blob store and only their digest stays in the log.
pub const INLINE_BYTES_MAX: usize = 16 * 1024;

/// The largest value that may travel through a run.
pub const PAYLOAD_BYTES_MAX: usize = 10 * 1024 * 1024;

/// A value in place or by reference. Written as the value itself, or as
/// `{"$blob": digest, "bytes": n}`; a value that looks like such a reference is never stored in place.
#[derive(Debug, Clone, PartialEq)]
pub enum Stored {
    Inline(Arc<Value>),
    Blob { digest: Digest, bytes: u64 },
}

impl Stored {
    pub fn inline(value: Value) -> Self {
        Self::Inline(Arc::new(value))
    }

    pub fn null() -> Self {
        Self::inline(Value::Null)
    }

    pub fn value(&self) -> Option<&Value> {
        match self {
            Self::Inline(value) => Some(value),
            Self::Blob { .. } => None,
        }
    }

    pub fn digest(&self) -> Option<Digest> {
        match self {
            Self::Inline(_) => None,
            Self::Blob { digest, .. } => Some(*digest),
        }
    }
}

impl Default for Stored {
    fn default() -> Self {
        Self::null()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BlobRef {
    #[serde(rename = "$blob")]
    digest: Digest,
    bytes: u64,
}

impl Serialize for Stored {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Inline(value) => value.serialize(to),
            Self::Blob { digest, bytes } => BlobRef { digest: *digest, bytes: *bytes }.serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for Stored {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(from)?;
        if value.get("$blob").is_some() {
            let blob: BlobRef = serde_json::from_value(value).map_err(serde::de::Error::custom)?;
            return Ok(Self::Blob { digest: blob.digest, bytes: blob.bytes });
        }
        Ok(Self::inline(value))
    }
}
