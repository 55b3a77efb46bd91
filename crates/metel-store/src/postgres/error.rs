//! PostgreSQL's errors by the names that the store uses.

use tokio_postgres::error::SqlState;

use crate::error::StoreError;

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(db) = error.as_db_error() else {
            let text = error.to_string();
            // A value that does not fit its column; all other failures are the connection's.
            let shape = text.starts_with("error serializing") || text.starts_with("error deserializing");
            return if shape { Self::Invalid(text) } else { Self::Unavailable(text) };
        };
        let text = format!("{} ({})", db.message(), db.code().code());
        let class = db.code().code().get(..2).unwrap_or_default();
        match class {
            _ if *db.code() == SqlState::DISK_FULL => Self::Full(text),
            // Integrity constraints.
            "23" => Self::Conflict(text),
            // Values that do not fit their type, statements that do not hold.
            "22" | "42" => Self::Invalid(text),
            // Damaged data or indexes.
            "XX" if *db.code() != SqlState::INTERNAL_ERROR => Self::Corrupt(text),
            // Lost connections, resources, shutdowns, deadlocks, time-outs: they may pass.
            _ => Self::Unavailable(text),
        }
    }
}

impl From<deadpool_postgres::PoolError> for StoreError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        match error {
            deadpool_postgres::PoolError::Backend(error) => error.into(),
            other => Self::Unavailable(other.to_string()),
        }
    }
}
