//! Carries out statements on a PostgreSQL connection.

use std::error::Error;
use std::time::Duration;

use bytes::BytesMut;
use deadpool_postgres::{Object, Pool};
use futures::future::try_join_all;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::error::StoreError;
use crate::sql::Call;
use crate::value::{Done, Row, Value};

impl ToSql for Value {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(n) if *kind == Type::INT8 => n.to_sql(kind, out),
            Value::Int(n) if *kind == Type::INT4 => i32::try_from(*n)?.to_sql(kind, out),
            Value::Int(n) if *kind == Type::INT2 => i16::try_from(*n)?.to_sql(kind, out),
            Value::Text(text) => text.to_sql(kind, out),
            Value::Bytes(bytes) => bytes.to_sql(kind, out),
            Value::Texts(texts) => texts.to_sql(kind, out),
            Value::ManyBytes(values) => values.to_sql(kind, out),
            Value::Int(_) => Err(format!("a number where {kind} is wanted").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        match *kind {
            Type::INT8 => Ok(Value::Int(i64::from_sql(kind, raw)?)),
            Type::INT4 => Ok(Value::Int(i32::from_sql(kind, raw)?.into())),
            Type::TEXT | Type::VARCHAR | Type::NAME => Ok(Value::Text(String::from_sql(kind, raw)?)),
            Type::BYTEA => Ok(Value::Bytes(raw.to_vec())),
            // What a function that only acts gives.
            Type::VOID => Ok(Value::Null),
            _ => Err(format!("a column of type {kind}").into()),
        }
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Value::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

async fn one(client: &Object, text: &str, args: &[Value]) -> Result<Done, StoreError> {
    let statement = client.prepare_cached(text).await?;
    let params: Vec<&(dyn ToSql + Sync)> = args.iter().map(|arg| arg as &(dyn ToSql + Sync)).collect();
    if statement.columns().is_empty() {
        return Ok(Done { rows: Vec::new(), changed: client.execute(&statement, &params).await? });
    }
    let width = statement.columns().len();
    let found = client.query(&statement, &params).await?;
    let changed = found.len() as u64;
    let rows = found
        .iter()
        .map(|row| (0..width).map(|i| row.try_get::<_, Value>(i)).collect::<Result<Vec<_>, _>>().map(Row::new));
    Ok(Done { rows: rows.collect::<Result<Vec<_>, _>>()?, changed })
}

/// Runs statements on a pooled connection: one by itself, several in a transaction that begins with `begin`.
/// A server that does not answer within `patience` counts as gone, and so does the connection.
pub(super) async fn run(
    pool: &Pool,
    patience: Duration,
    begin: &'static str,
    calls: &[Call],
) -> Result<Vec<Done>, StoreError> {
    let texts: Vec<_> = calls.iter().map(|call| (call.sql.postgres, call.args.as_slice())).collect();
    run_texts(pool, patience, begin, &texts).await
}

pub(super) async fn run_texts(
    pool: &Pool,
    patience: Duration,
    begin: &'static str,
    calls: &[(&str, &[Value])],
) -> Result<Vec<Done>, StoreError> {
    let mut held = Held { client: Some(pool.get().await?), lone: calls.len() == 1 };
    let client = held.client.as_ref().ok_or(StoreError::Closed)?;
    let done = tokio::time::timeout(patience, together(client, begin, calls))
        .await
        .unwrap_or_else(|_| Err(StoreError::Unavailable("the database did not answer in time".to_owned())));
    match &done {
        // It does not answer: whatever waits behind this would wait as well.
        Err(StoreError::Unavailable(_)) => held.lone = false,
        // Nothing is left open on it: the pool may have it back.
        _ => drop(held.client.take()),
    }
    done
}

/// Runs statements in a transaction that stands only if the first of them changed a row; else `missed`.
pub(super) async fn run_if_first(
    pool: &Pool,
    patience: Duration,
    begin: &'static str,
    calls: &[Call],
    missed: fn() -> StoreError,
) -> Result<(), StoreError> {
    let [first, more @ ..] = calls else { return Ok(()) };
    let mut held = Held { client: Some(pool.get().await?), lone: false };
    let client = held.client.as_ref().ok_or(StoreError::Closed)?;
    let work = async {
        if more.is_empty() {
            let found = one(client, first.sql.postgres, &first.args).await?.changed > 0;
            return if found { Ok(()) } else { Err(missed()) };
        }
        client.batch_execute(begin).await?;
        let written = async {
            if one(client, first.sql.postgres, &first.args).await?.changed == 0 {
                return Err(missed());
            }
            for call in more {
                one(client, call.sql.postgres, &call.args).await?;
            }
            Ok(())
        };
        let written = written.await;
        client.batch_execute(if written.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
        written
    };
    let done = tokio::time::timeout(patience, work)
        .await
        .unwrap_or_else(|_| Err(StoreError::Unavailable("the database did not answer in time".to_owned())));
    if !matches!(done, Err(StoreError::Unavailable(_))) {
        drop(held.client.take());
    }
    done
}

/// A pooled connection that is thrown away unless it was given back: whoever stops waiting in the
/// middle must not leave an open transaction to the next one.
struct Held {
    client: Option<Object>,
    /// A lone statement leaves nothing open, whoever waits for it.
    lone: bool,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(client) = self.client.take().filter(|_| !self.lone) {
            drop(Object::take(client));
        }
    }
}

async fn together(client: &Object, begin: &str, calls: &[(&str, &[Value])]) -> Result<Vec<Done>, StoreError> {
    if let [(text, args)] = calls {
        return Ok(vec![one(client, text, args).await?]);
    }
    // Prepared first, so that what follows goes out in one flight.
    for (text, _) in calls {
        client.prepare_cached(text).await?;
    }
    let all = try_join_all(calls.iter().map(|(text, args)| one(client, text, args)));
    let (begun, done) = futures::future::join(client.batch_execute(begin), all).await;
    match (begun, done) {
        (Ok(()), Ok(done)) => {
            client.batch_execute("COMMIT").await?;
            Ok(done)
        }
        (Err(error), _) => {
            client.batch_execute("ROLLBACK").await?;
            Err(error.into())
        }
        (_, Err(error)) => {
            client.batch_execute("ROLLBACK").await?;
            Err(error)
        }
    }
}
