//! Granted accounts: one renews, the others see it; an answer is taken once.

use metel_model::hash::Digest;
use metel_model::id::{AuthorizationId, ConnectionId};
use metel_model::time::Micros;
use metel_store::testing::{run_id, workspace_id};
use metel_store::*;

fn grant() -> GrantRow {
    GrantRow {
        workspace: workspace_id(1),
        connection: ConnectionId(run_id(1).0),
        body: "{}".to_owned(),
        key_id: "k1".to_owned(),
        sealed: vec![0, 255, 1],
        expires_at: Some(Micros(100)),
        version: 1,
        holder: None,
        held_until: None,
        trouble: None,
        updated_at: Micros(1),
    }
}

pub async fn one_holder_renews_a_grant(store: &Store) {
    let row = grant();
    store.put_grant(&row).await.unwrap();
    let read = async || store.grant(row.workspace, row.connection).await.unwrap().unwrap();
    assert_eq!(read().await, row);
    assert!(store.take_grant(&row, "a", Micros(50), Micros(10)).await.unwrap());
    assert!(!store.take_grant(&row, "b", Micros(60), Micros(49)).await.unwrap(), "it is held");
    assert!(store.take_grant(&row, "b", Micros(90), Micros(50)).await.unwrap(), "its time was over");
    let next = GrantRow { sealed: vec![2], expires_at: None, updated_at: Micros(60), ..row.clone() };
    assert!(!store.renew_grant(&next, "a").await.unwrap(), "the lease was lost");
    assert!(store.renew_grant(&next, "b").await.unwrap());
    let renewed = read().await;
    assert_eq!((renewed.version, renewed.sealed.clone(), renewed.holder.clone()), (2, vec![2], None));
    assert!(!store.take_grant(&row, "a", Micros(99), Micros(61)).await.unwrap(), "these were renewed already");

    assert!(store.take_grant(&renewed, "a", Micros(200), Micros(100)).await.unwrap());
    assert!(store.release_grant(&renewed, "a", Some(Micros(150)), None, Micros(101)).await.unwrap());
    assert!(!store.take_grant(&renewed, "b", Micros(300), Micros(149)).await.unwrap(), "not so soon");
    assert!(store.take_grant(&renewed, "b", Micros(300), Micros(150)).await.unwrap());
    assert!(
        store.release_grant(&renewed, "b", None, Some("{\"error\":\"invalid_grant\"}"), Micros(151)).await.unwrap()
    );
    assert!(!store.take_grant(&renewed, "b", Micros(900), Micros(800)).await.unwrap(), "nobody tries that again");
    assert!(read().await.trouble.is_some());

    store.age_grant(row.workspace, row.connection, 2).await.unwrap();
    assert_eq!(read().await.expires_at, Some(Micros(0)));
    let sealed = GrantRow { version: 2, key_id: "k2".to_owned(), sealed: vec![9], ..row.clone() };
    assert!(store.reseal_grant(&sealed).await.unwrap());
    assert!(!store.reseal_grant(&row).await.unwrap(), "another version");
    store.put_grant(&row).await.unwrap();
    let anew = read().await;
    assert_eq!((anew.version, anew.trouble, anew.key_id), (3, None, "k1".to_owned()));
    assert_eq!(store.grants(workspace_id(2)).await.unwrap(), []);
    assert!(store.remove_grant(row.workspace, row.connection).await.unwrap());
    assert_eq!(store.grants(row.workspace).await.unwrap(), []);
}

pub async fn an_authorization_is_taken_once(store: &Store) {
    let row = AuthorizationRow {
        workspace: workspace_id(1),
        id: AuthorizationId(run_id(1).0),
        state: Digest::of(b"state"),
        service: "slack".to_owned(),
        made_by: "user".to_owned(),
        key_id: "k1".to_owned(),
        sealed: vec![1, 2],
        status: "waiting".to_owned(),
        outcome: None,
        created_at: Micros(1),
        expires_at: Micros(100),
    };
    store.add_authorization(&row).await.unwrap();
    assert_eq!(store.authorization(row.workspace, row.id).await.unwrap(), Some(row.clone()));
    assert_eq!(store.authorization(workspace_id(2), row.id).await.unwrap(), None);
    assert_eq!(store.take_authorization(Digest::of(b"other"), Micros(2)).await.unwrap(), None);
    assert_eq!(store.take_authorization(row.state, Micros(100)).await.unwrap(), None, "too late");
    let taken = store.take_authorization(row.state, Micros(99)).await.unwrap().unwrap();
    assert_eq!(taken.sealed, row.sealed);
    assert_eq!(store.take_authorization(row.state, Micros(99)).await.unwrap(), None, "once");
    store.settle_authorization(row.workspace, row.id, "done", "{}").await.unwrap();
    let over = store.authorization(row.workspace, row.id).await.unwrap().unwrap();
    assert_eq!((over.status.as_str(), over.sealed.len(), over.outcome.as_deref()), ("done", 0, Some("{}")));
    store.prune_authorizations(Micros(100)).await.unwrap();
    assert_eq!(store.authorization(row.workspace, row.id).await.unwrap(), None);
}
