//! Looks at a database without opening it as a store: nothing is migrated, claimed or written, so that it can be done
//! beside a running metel, on a damaged file, and with an older or newer program's data.

mod log;
mod postgres;
mod sqlite;

use metel_model::id::WorkspaceId;
use metel_model::time::Micros;

pub use log::{Log, log};
pub use postgres::{Server, Unreached, server};
pub use sqlite::{file, holder, pretend_newer, settle_log};

use crate::error::StoreError;
use crate::migrate;

/// What a database says of itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// The newest migration that was applied; zero for an empty database.
    pub schema: i64,
    /// The newest that this program knows.
    pub known: i64,
    /// It was written by a newer program, or a migration differs from the one that this program has.
    pub unfit: Option<StoreError>,
    /// What the engine's own check finds wrong.
    pub damage: Vec<String>,
    /// Wrapped data keys as they are stored.
    pub data_keys: Vec<(WorkspaceId, Vec<u8>)>,
    /// The policy in force of every workspace: version and body.
    pub policies: Vec<(WorkspaceId, i64, String)>,
    pub connections: Vec<ConnectionFacts>,
    /// When the last of some frequent writes was.
    pub newest: Option<Micros>,
}

/// A connection as its rows say it.
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectionFacts {
    pub service: String,
    /// JSON text.
    pub body: String,
    pub expires_at: Option<Micros>,
    /// JSON text.
    pub trouble: Option<String>,
}

impl Facts {
    fn of(taken: &[(i64, Vec<u8>)], text: fn(&migrate::Migration) -> &'static str) -> Self {
        Self {
            schema: taken.iter().map(|(number, _)| *number).max().unwrap_or(0),
            known: migrate::KNOWN,
            unfit: migrate::missing(taken, text).err(),
            ..Self::default()
        }
    }

    /// Only a database of this very shape has the tables that are looked into.
    fn is_current(&self) -> bool {
        self.unfit.is_none() && self.schema == self.known
    }
}
