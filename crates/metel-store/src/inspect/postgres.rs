//! A PostgreSQL server: whether it lets us in, what it is, what we may do, and what the database says.

use std::time::Duration;

use metel_model::id::WorkspaceId;
use metel_model::time::Micros;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Row};

use super::{ConnectionFacts, Facts};
use crate::options::Options;
use crate::postgres::Connector;
use crate::sql::{self, Sql};

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    /// `160004` for 16.4.
    pub version: i64,
    pub connections_max: i64,
    pub connections: i64,
    pub may_create: bool,
    pub user: String,
    pub database: String,
}

/// Why nothing could be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Unreached {
    /// The address cannot be read.
    Address,
    /// Nobody answers there.
    Silent(String),
    /// The password, or the user, is not taken.
    Password,
    /// There is no such database.
    Database,
    /// All connections are in use.
    Full,
    Other(String),
}

/// Asks a server and its database, in at most `patience`.
pub async fn server(url: &str, patience: Duration) -> Result<(Server, Facts), Unreached> {
    let late = || Unreached::Silent(format!("no answer within {} ms", patience.as_millis()));
    tokio::time::timeout(patience, ask(url)).await.unwrap_or_else(|_| Err(late()))
}

fn told(error: &tokio_postgres::Error) -> Unreached {
    match error.code() {
        Some(code) if *code == SqlState::INVALID_PASSWORD || *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            Unreached::Password
        }
        Some(code) if *code == SqlState::INVALID_CATALOG_NAME => Unreached::Database,
        Some(code) if *code == SqlState::TOO_MANY_CONNECTIONS => Unreached::Full,
        Some(_) => Unreached::Other(words(error)),
        // The client itself asks for a password that the address does not hold.
        None if error.to_string().contains("password") => Unreached::Password,
        None => Unreached::Silent(words(error)),
    }
}

/// The server's own words, or what lies below the client's.
fn words(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => db.message().to_owned(),
        None => std::error::Error::source(error).map_or_else(|| error.to_string(), |inner| inner.to_string()),
    }
}

async fn ask(url: &str) -> Result<(Server, Facts), Unreached> {
    let connector = Connector::new(url, &Options::default()).map_err(|_| Unreached::Address)?;
    let (client, connection) = connector.open().await.map_err(|error| told(&error))?;
    let asked = asked(&client).await.map_err(|error| told(&error));
    drop(client);
    connection.abort();
    asked
}

async fn asked(client: &Client) -> Result<(Server, Facts), tokio_postgres::Error> {
    let row = client.query_one(sql::POSTGRES_SERVER_FACTS, &[]).await?;
    let server = Server {
        version: row.get(0),
        connections_max: row.get(1),
        connections: row.get(2),
        may_create: row.get::<_, Option<bool>>(3).unwrap_or(false),
        user: row.get(4),
        database: row.get(5),
    };
    let taken = match rows(client, &sql::INSPECT_MIGRATIONS).await {
        Ok(rows) => rows.iter().map(|row| (row.get(0), row.get(1))).collect(),
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Vec::new(),
        Err(error) => return Err(error),
    };
    let taken: Vec<(i64, Vec<u8>)> = taken;
    let mut facts = Facts::of(&taken, |migration| migration.postgres);
    if facts.is_current() {
        let workspace =
            |row: &Row| WorkspaceId::from_bytes(row.get::<_, &[u8]>(0)).unwrap_or(WorkspaceId(uuid::Uuid::nil()));
        let keys = rows(client, &sql::INSPECT_DATA_KEYS).await?;
        facts.data_keys = keys.iter().map(|row| (workspace(row), row.get(1))).collect();
        let policies = rows(client, &sql::INSPECT_POLICIES).await?;
        facts.policies = policies.iter().map(|row| (workspace(row), row.get(1), row.get(2))).collect();
        let connections = rows(client, &sql::INSPECT_CONNECTIONS).await?;
        let connection = |row: &Row| ConnectionFacts {
            service: row.get(0),
            body: row.get(1),
            expires_at: row.get::<_, Option<i64>>(2).map(Micros),
            trouble: row.get(3),
        };
        facts.connections = connections.iter().map(connection).collect();
        let newest = rows(client, &sql::INSPECT_NEWEST).await?;
        facts.newest = newest.first().and_then(|row| row.get::<_, Option<i64>>(0)).map(Micros);
    }
    Ok((server, facts))
}

async fn rows(client: &Client, sql: &Sql) -> Result<Vec<Row>, tokio_postgres::Error> {
    client.query(sql.postgres, &[]).await
}
