//! The few column types that both engines share, and reading them back with their meaning.

use metel_model::checkpoint::Hex;
use metel_model::hash::Digest;
use metel_model::id::*;
use metel_model::time::Micros;

use crate::error::StoreError;

/// A parameter or a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
    /// An array; PostgreSQL only.
    Texts(Vec<String>),
    /// An array; PostgreSQL only.
    ManyBytes(Vec<Vec<u8>>),
}

/// Parameters of one statement.
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::value::Value::from($value)),*] };
}
pub(crate) use args;

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Self::Int(n)
    }
}

impl From<u64> for Value {
    fn from(n: u64) -> Self {
        Self::Int(int(n))
    }
}

impl From<u32> for Value {
    fn from(n: u32) -> Self {
        Self::Int(n.into())
    }
}

impl From<u16> for Value {
    fn from(n: u16) -> Self {
        Self::Int(n.into())
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Int(yes.into())
    }
}

impl From<Micros> for Value {
    fn from(at: Micros) -> Self {
        Self::Int(at.0)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl From<Digest> for Value {
    fn from(digest: Digest) -> Self {
        Self::Bytes(digest.0.to_vec())
    }
}

impl<const N: usize> From<Hex<N>> for Value {
    fn from(bytes: Hex<N>) -> Self {
        Self::Bytes(bytes.0.to_vec())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Counters fit 63 bits by far; larger ones from a broken caller stop at the edge.
pub(crate) fn int(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Reads one column's meaning.
pub(crate) trait Column: Sized {
    fn read(value: Value) -> Option<Self>;
}

impl Column for i64 {
    fn read(value: Value) -> Option<Self> {
        match value {
            Value::Int(n) => Some(n),
            _ => None,
        }
    }
}

macro_rules! counters {
    ($($kind:ty),*) => {$(
        impl Column for $kind {
            fn read(value: Value) -> Option<Self> {
                i64::read(value)?.try_into().ok()
            }
        }
    )*};
}
counters!(u64, u32, u16, i32);

impl Column for bool {
    fn read(value: Value) -> Option<Self> {
        i64::read(value).map(|n| n != 0)
    }
}

impl Column for Micros {
    fn read(value: Value) -> Option<Self> {
        i64::read(value).map(Micros)
    }
}

impl Column for String {
    fn read(value: Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Column for Vec<u8> {
    fn read(value: Value) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

impl Column for Digest {
    fn read(value: Value) -> Option<Self> {
        Digest::from_slice(&Vec::<u8>::read(value)?)
    }
}

impl<const N: usize> Column for Hex<N> {
    fn read(value: Value) -> Option<Self> {
        Hex::from_slice(&Vec::<u8>::read(value)?)
    }
}

impl<T: Column> Column for Option<T> {
    fn read(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            other => T::read(other).map(Some),
        }
    }
}

macro_rules! ids {
    ($($id:ident),*) => {$(
        impl From<$id> for Value {
            fn from(id: $id) -> Self {
                Self::Bytes(id.as_bytes().to_vec())
            }
        }
        impl Column for $id {
            fn read(value: Value) -> Option<Self> {
                $id::from_bytes(&Vec::<u8>::read(value)?)
            }
        }
    )*};
}
ids!(
    WorkspaceId,
    UserId,
    RunId,
    ApprovalId,
    ConnectionId,
    PlanId,
    SessionId,
    WorkerId,
    TokenId,
    OutboxId,
    SecretId,
    MessageId,
    AuthorizationId,
    StandingId
);

impl From<uuid::Uuid> for Value {
    fn from(id: uuid::Uuid) -> Self {
        Self::Bytes(id.as_bytes().to_vec())
    }
}

impl Column for uuid::Uuid {
    fn read(value: Value) -> Option<Self> {
        uuid::Uuid::from_slice(&Vec::<u8>::read(value)?).ok()
    }
}

/// One row, read column by column in the order of the statement.
#[derive(Debug)]
pub(crate) struct Row {
    columns: std::vec::IntoIter<Value>,
    read: usize,
}

impl Row {
    pub(crate) fn new(columns: Vec<Value>) -> Self {
        Self { columns: columns.into_iter(), read: 0 }
    }

    pub(crate) fn next<T: Column>(&mut self) -> Result<T, StoreError> {
        self.read += 1;
        let value = self.columns.next();
        value
            .and_then(T::read)
            .ok_or_else(|| StoreError::Corrupt(format!("column {} is not a {}", self.read, std::any::type_name::<T>())))
    }

    /// A word of a closed list, such as a status.
    pub(crate) fn word<T>(&mut self, from_key: fn(&str) -> Option<T>) -> Result<T, StoreError> {
        let text: String = self.next()?;
        from_key(&text).ok_or_else(|| StoreError::Corrupt(format!("unknown word {text:?}")))
    }

    pub(crate) fn maybe_word<T>(&mut self, from_key: fn(&str) -> Option<T>) -> Result<Option<T>, StoreError> {
        let text: Option<String> = self.next()?;
        text.map(|text| from_key(&text).ok_or_else(|| StoreError::Corrupt(format!("unknown word {text:?}"))))
            .transpose()
    }

    /// A value that was written as JSON text.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, StoreError> {
        let text: String = self.next()?;
        serde_json::from_str(&text).map_err(|error| StoreError::Corrupt(error.to_string()))
    }
}

/// Writes a value as JSON text.
pub(crate) fn json_text<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Invalid(error.to_string()))
}

/// What one statement gave.
#[derive(Debug)]
pub(crate) struct Done {
    pub rows: Vec<Row>,
    /// Rows written; where rows were returned, how many.
    pub changed: u64,
}

impl Done {
    pub(crate) fn one(self) -> Option<Row> {
        self.rows.into_iter().next()
    }
}
