//! Brings a PostgreSQL database to the newest step. Processes that start together wait for each other.

use metel_model::hash::Digest;
use tokio_postgres::Client;

use crate::crash::{self, Point};
use crate::error::StoreError;
use crate::migrate::{TABLE_POSTGRES, missing};

/// One number that all processes of metel agree on.
const LOCK: &str = "SELECT pg_advisory_lock(7308604759847430500)";
const UNLOCK: &str = "SELECT pg_advisory_unlock(7308604759847430500)";

pub(super) async fn migrate(client: &mut Client) -> Result<(), StoreError> {
    client.batch_execute(LOCK).await?;
    let done = steps(client).await;
    client.batch_execute(UNLOCK).await?;
    done
}

async fn steps(client: &mut Client) -> Result<(), StoreError> {
    client.batch_execute(TABLE_POSTGRES).await?;
    let rows = client.query("SELECT number, hash FROM migrations ORDER BY number", &[]).await?;
    let taken = rows
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect::<Result<Vec<(i64, Vec<u8>)>, tokio_postgres::Error>>()?;
    for migration in missing(&taken, |migration| migration.postgres)? {
        let step = client.transaction().await?;
        step.batch_execute(migration.postgres).await?;
        let hash = Digest::of(migration.postgres.as_bytes()).0;
        step.execute(
            "INSERT INTO migrations (number, name, hash) VALUES ($1, $2, $3)",
            &[&migration.number, &migration.name, &hash.as_slice()],
        )
        .await?;
        crash::reach(Point::SchemaInside);
        step.commit().await?;
        crash::reach(Point::SchemaBetween);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::KNOWN;
    use crate::options::Options;
    use crate::postgres::connect::Connector;
    use crate::sql;
    use crate::testing::Postgres;

    #[tokio::test]
    async fn every_statement_is_prepared_and_newer_databases_are_refused() {
        let server = Postgres::start().unwrap();
        let connector = Connector::new(&server.database().unwrap(), &Options::default()).unwrap();
        let (mut client, _drive) = connector.open().await.unwrap();
        migrate(&mut client).await.unwrap();
        migrate(&mut client).await.unwrap();
        let both = sql::ALL.iter().map(|sql| (sql.name, sql.postgres));
        for (name, text) in both.chain(sql::POSTGRES_ONLY.iter().copied()) {
            if let Err(error) = client.prepare(text).await {
                panic!("{name}: {:?}", error.as_db_error());
            }
        }
        let hash: &[u8] = &[0];
        client.execute("INSERT INTO migrations VALUES ($1, 'later', $2)", &[&(KNOWN + 1), &hash]).await.unwrap();
        assert_eq!(migrate(&mut client).await, Err(StoreError::Newer { found: KNOWN + 1, known: KNOWN }));
        client.execute("DELETE FROM migrations WHERE number > $1", &[&KNOWN]).await.unwrap();
        client.execute("UPDATE migrations SET hash = $1 WHERE number = 1", &[&hash]).await.unwrap();
        assert_eq!(migrate(&mut client).await, Err(StoreError::Altered(1)));
    }
}
