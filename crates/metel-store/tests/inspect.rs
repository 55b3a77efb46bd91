//! Looking at databases without opening them as stores.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use metel_store::inspect::{self, Log, Unreached};
use metel_store::testing::{Postgres, workspace_id};
use metel_store::*;

const PATIENCE: Duration = Duration::from_millis(1_000);

fn workspace() -> WorkspaceRow {
    let title = "main".to_owned();
    WorkspaceRow { id: workspace_id(1), name: "main".to_owned(), title, created_at: metel_model::Micros(1) }
}

fn key() -> DataKeyRow {
    let created_at = metel_model::Micros(1);
    DataKeyRow { workspace: workspace_id(1), key_id: "k".to_owned(), sealed: vec![7; 4], created_at, retired_at: None }
}

#[tokio::test]
async fn a_file_is_read_beside_whoever_uses_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metel.db");
    assert_eq!(inspect::holder(folder.path()), None);
    let store = Store::open_sqlite(&path, Options::default()).await.unwrap();
    store.put_workspace(&workspace()).await.unwrap();
    store.put_data_key(&key()).await.unwrap();
    assert_eq!(inspect::holder(folder.path()), Some(Some(std::process::id())));
    let facts = inspect::file(&path).unwrap();
    assert_eq!((facts.schema, facts.unfit.clone(), facts.damage.len()), (facts.known, None, 0));
    assert_eq!(facts.data_keys, [(workspace_id(1), vec![7; 4])]);
    assert_eq!(inspect::log(&path).unwrap(), Log::Sound);
    assert!(matches!(inspect::settle_log(&path), Err(StoreError::Locked { .. })), "not while it is in use");
    drop(store);
    inspect::pretend_newer(&path).unwrap();
    let facts = inspect::file(&path).unwrap();
    assert!(matches!(facts.unfit, Some(StoreError::Newer { .. })) && facts.data_keys.is_empty());
    std::fs::write(&path, b"not a database at all, whatever its name says").unwrap();
    assert!(matches!(inspect::file(&path), Err(StoreError::Corrupt(_))));
}

#[tokio::test]
async fn a_server_tells_why_it_does_not_serve() {
    let server = Postgres::start().unwrap();
    let url = server.database().unwrap();
    let name = url.rsplit('/').next().unwrap().to_owned();
    let (told, facts) = inspect::server(&url, PATIENCE).await.unwrap();
    assert!(told.version >= 140_000 && told.may_create && told.connections >= 1, "{told:?}");
    assert_eq!((facts.schema, told.database.as_str()), (0, name.as_str()));
    {
        let store = Store::open_postgres(&url, Options::default()).await.unwrap();
        store.put_workspace(&workspace()).await.unwrap();
        store.put_data_key(&key()).await.unwrap();
    }
    let (_, facts) = inspect::server(&url, PATIENCE).await.unwrap();
    assert_eq!((facts.schema, facts.data_keys.len()), (facts.known, 1));

    let missing = inspect::server(&server.url("nowhere"), PATIENCE).await;
    assert_eq!(missing.unwrap_err(), Unreached::Database);
    server.psql("postgres", "CREATE ROLE low LOGIN").unwrap();
    let low = url.replace("metel@", "low@");
    server
        .psql(&name, "REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA public TO low")
        .unwrap();
    let (told, _) = inspect::server(&low, PATIENCE).await.unwrap();
    assert!(!told.may_create && told.user == "low", "{told:?}");
    server.psql("postgres", &format!("ALTER DATABASE {name} CONNECTION LIMIT 0")).unwrap();
    assert_eq!(inspect::server(&low, PATIENCE).await.unwrap_err(), Unreached::Full);
    server.psql("postgres", "ALTER ROLE low NOLOGIN").unwrap();
    assert!(matches!(inspect::server(&low, PATIENCE).await.unwrap_err(), Unreached::Password | Unreached::Other(_)));
    server.psql("postgres", "DROP OWNED BY low; DROP ROLE low").unwrap_or_default();

    assert_eq!(inspect::server("nonsense", PATIENCE).await.unwrap_err(), Unreached::Address);
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let closed = inspect::server(&format!("postgres://me@{closed}/x"), PATIENCE).await;
    assert!(matches!(closed.unwrap_err(), Unreached::Silent(_)));
    // One that takes the connection and says nothing.
    let hole = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let began = Instant::now();
    let silent = inspect::server(&format!("postgres://me@{}/x", hole.local_addr().unwrap()), PATIENCE).await;
    assert!(matches!(silent.unwrap_err(), Unreached::Silent(_)) && began.elapsed() < PATIENCE * 2);
}
