//! Carries out one statement on a SQLite connection.

use rusqlite::Connection;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

use crate::error::StoreError;
use crate::sql::Call;
use crate::value::{Done, Row, Value};

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(n) => ValueRef::Integer(*n),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
            Value::Texts(_) | Value::ManyBytes(_) => {
                return Err(rusqlite::Error::ToSqlConversionFailure("SQLite has no arrays".into()));
            }
        }))
    }
}

fn read(value: ValueRef<'_>) -> Result<Value, StoreError> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(n) => Value::Int(n),
        ValueRef::Real(_) => return Err(StoreError::Corrupt("a fraction where none is kept".to_owned())),
        ValueRef::Text(text) => Value::Text(
            String::from_utf8(text.to_vec()).map_err(|_| StoreError::Corrupt("text that is not UTF-8".to_owned()))?,
        ),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    })
}

pub(crate) fn run(connection: &Connection, call: &Call) -> Result<Done, StoreError> {
    run_text(connection, &call.sql.sqlite, &call.args)
}

pub(crate) fn run_text(connection: &Connection, sql: &str, args: &[Value]) -> Result<Done, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let width = statement.column_count();
    if width == 0 {
        let changed = statement.execute(rusqlite::params_from_iter(args))? as u64;
        return Ok(Done { rows: Vec::new(), changed });
    }
    let mut found = statement.query(rusqlite::params_from_iter(args))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let columns = (0..width).map(|i| read(row.get_ref(i)?)).collect::<Result<Vec<_>, _>>()?;
        rows.push(Row::new(columns));
    }
    let changed = rows.len() as u64;
    Ok(Done { rows, changed })
}
