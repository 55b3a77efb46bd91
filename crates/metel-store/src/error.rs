//! What can go wrong with the store, by name. A refused commit (a lost race) is an answer, not an error.

use metel_model::{Code, Fault};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No room on the disk: nothing of this was written. It works again once there is space.
    #[error("the disk is full: {0}")]
    Full(String),
    /// The database could not be reached or did not answer in time. Whether a commit got through is
    /// unknown until the run is read again. Giving the same commit again never writes it twice, but a
    /// `Stale` then means that it stands already, or that somebody else was faster: the log's entry tells.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// Another process holds the data folder.
    #[error("the data folder is in use by process {}", pid.map_or_else(|| "unknown".to_owned(), |pid| pid.to_string()))]
    Locked { pid: Option<u32> },
    #[error("the database is at migration {found}, this program knows {known}")]
    Newer { found: i64, known: i64 },
    /// A migration that was applied differs from the one this program has.
    #[error("migration {0} was applied with other content")]
    Altered(i64),
    #[error("stored data is damaged: {0}")]
    Corrupt(String),
    /// What was given does not fit together: a fault of the caller.
    #[error("refused: {0}")]
    Invalid(String),
    /// A name or id is taken.
    #[error("it already exists: {0}")]
    Conflict(String),
    /// This worker's tasks were given to others because it had been silent for too long.
    #[error("the worker was silent for too long and has lost its tasks")]
    Fenced,
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    pub fn code(&self) -> Code {
        match self {
            Self::Full(_) => Code::StoreFull,
            Self::Unavailable(_) | Self::Closed | Self::Fenced => Code::StoreUnavailable,
            Self::Locked { .. } => Code::DataFolderLocked,
            Self::Newer { .. } | Self::Altered(_) => Code::StoreNewer,
            Self::Corrupt(_) => Code::StoreCorrupt,
            Self::Invalid(_) | Self::Conflict(_) => Code::Internal,
        }
    }

    /// Trying the same again later can help.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Full(_) | Self::Unavailable(_))
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        let fault = Fault::new(error.code()).about(&error);
        if error.is_passing() { fault.retry_after_ms(1_000) } else { fault }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let text = error.to_string();
        let rusqlite::Error::SqliteFailure(inner, _) = &error else {
            return Self::Corrupt(text);
        };
        match inner.code {
            ErrorCode::DiskFull => Self::Full(text),
            // The shared-memory file could not grow.
            ErrorCode::SystemIoFailure if inner.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE => {
                Self::Full(text)
            }
            ErrorCode::ConstraintViolation => Self::Conflict(text),
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Corrupt(text),
            ErrorCode::TooBig | ErrorCode::TypeMismatch | ErrorCode::ParameterOutOfRange | ErrorCode::ApiMisuse => {
                Self::Invalid(text)
            }
            _ => Self::Unavailable(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_by_name_and_may_pass() {
        let error: StoreError =
            rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL), None).into();
        assert_eq!(error.code(), Code::StoreFull);
        assert_eq!(Fault::from(error).retry_after_ms, Some(1_000));
    }
}
