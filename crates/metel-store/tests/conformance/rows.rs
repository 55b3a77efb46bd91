//! The small tables.

use metel_model::hash::Digest;
use metel_model::id::{ConnectionId, PlanId, SecretId, SessionId, TokenId, UserId, WorkspaceId};
use metel_model::time::Micros;
use metel_store::testing::{run_id, workspace_id};
use metel_store::*;

fn workspace(n: u64, name: &str) -> WorkspaceRow {
    WorkspaceRow {
        id: workspace_id(n), name: name.to_owned(), title: "우리 회사".to_owned(), created_at: Micros(1)
    }
}

pub async fn workspaces_users_and_tokens(store: &Store) {
    let ws = workspace_id(1);
    store.put_workspace(&workspace(1, "main")).await.unwrap();
    store.put_workspace(&workspace(2, "other")).await.unwrap();
    assert!(matches!(store.put_workspace(&workspace(3, "main")).await, Err(StoreError::Conflict(_))));
    assert_eq!(store.workspaces().await.unwrap().len(), 2);
    assert_eq!(store.workspace(ws).await.unwrap(), Some(workspace(1, "main")));

    let mut user = UserRow {
        workspace: ws,
        id: UserId(run_id(1).0),
        name: "김하나".to_owned(),
        email: None,
        role: "owner".to_owned(),
        password: None,
        active: true,
        created_at: Micros(1),
    };
    store.put_user(&user).await.unwrap();
    user.email = Some("hana@example.com".to_owned());
    user.active = false;
    store.put_user(&user).await.unwrap();
    assert_eq!(store.user(ws, user.id).await.unwrap(), Some(user.clone()));
    assert_eq!(store.user_by_name(ws, "김하나").await.unwrap(), Some(user.clone()));
    assert_eq!(store.user(workspace_id(2), user.id).await.unwrap(), None);
    let double = UserRow { id: UserId(run_id(2).0), ..user.clone() };
    assert!(matches!(store.put_user(&double).await, Err(StoreError::Conflict(_))));
    let nowhere = UserRow { workspace: workspace_id(9), ..user.clone() };
    assert!(matches!(store.put_user(&nowhere).await, Err(StoreError::Conflict(_))));
    assert_eq!(store.users(ws).await.unwrap(), std::slice::from_ref(&user));

    let token = TokenRow {
        workspace: ws,
        id: TokenId(run_id(1).0),
        hash: Digest::of(b"key"),
        owner: user.id,
        name: "cli".to_owned(),
        role: "owner".to_owned(),
        created_at: Micros(1),
        expires_at: Some(Micros(99)),
        used_at: None,
        revoked_at: None,
    };
    store.add_token(&token).await.unwrap();
    assert!(matches!(store.add_token(&token).await, Err(StoreError::Conflict(_))));
    store.token_used(ws, token.id, Micros(5)).await.unwrap();
    assert!(!store.revoke_token(workspace_id(2), token.id, Micros(6)).await.unwrap());
    assert!(store.revoke_token(ws, token.id, Micros(6)).await.unwrap());
    assert!(!store.revoke_token(ws, token.id, Micros(7)).await.unwrap());
    let revoked = TokenRow { used_at: Some(Micros(5)), revoked_at: Some(Micros(6)), ..token };
    assert_eq!(store.token_by_hash(Digest::of(b"key")).await.unwrap(), Some(revoked.clone()));
    assert_eq!(store.token_by_hash(Digest::ZERO).await.unwrap(), None);
    assert_eq!(store.tokens(ws).await.unwrap(), [revoked]);
    assert!(store.remove_user(ws, user.id).await.unwrap());
    assert!(!store.remove_user(ws, user.id).await.unwrap());
}

pub async fn connections_and_secrets(store: &Store) {
    let ws = workspace_id(1);
    store.put_workspace(&workspace(1, "main")).await.unwrap();
    let secret = SecretRow {
        workspace: ws,
        id: SecretId(run_id(1).0),
        name: "notion/main".to_owned(),
        key_id: "k1".to_owned(),
        sealed: vec![0, 255, 7],
        created_at: Micros(1),
        updated_at: Micros(1),
    };
    store.put_secret(&secret).await.unwrap();
    assert_eq!(store.secret(ws, secret.id).await.unwrap(), Some(secret.clone()));
    assert_eq!(store.secret_by_name(ws, "notion/main").await.unwrap(), Some(secret.clone()));
    assert_eq!(store.secrets(ws).await.unwrap(), std::slice::from_ref(&secret));
    let mut connection = ConnectionRow {
        workspace: ws,
        id: ConnectionId(run_id(1).0),
        service: "notion".to_owned(),
        name: "main".to_owned(),
        state: "ready".to_owned(),
        body: r#"{"scopes":["read"]}"#.to_owned(),
        secret: Some(secret.id),
        created_at: Micros(1),
        updated_at: Micros(1),
    };
    store.put_connection(&connection).await.unwrap();
    connection.state = "expired".to_owned();
    store.put_connection(&connection).await.unwrap();
    assert_eq!(store.connection(ws, connection.id).await.unwrap(), Some(connection.clone()));
    assert_eq!(store.connections(workspace_id(2)).await.unwrap(), []);
    assert_eq!(store.connections(ws).await.unwrap(), [connection.clone()]);
    assert!(store.reseal_secret(&secret, "k2", &[9]).await.unwrap());
    assert!(!store.reseal_secret(&secret, "k3", &[8]).await.unwrap(), "it is another by now");
    let sealed = store.secret(ws, secret.id).await.unwrap().unwrap();
    assert_eq!((sealed.key_id.as_str(), sealed.sealed), ("k2", vec![9]));
    assert!(store.remove_connection(ws, connection.id).await.unwrap());
    assert!(store.remove_secret(ws, secret.id).await.unwrap());
    let key = DataKeyRow {
        workspace: ws,
        key_id: "k1".to_owned(),
        sealed: vec![1; 40],
        created_at: Micros(1),
        retired_at: None,
    };
    store.put_data_key(&key).await.unwrap();
    assert!(store.rewrap_data_key(&key, &[2; 40]).await.unwrap());
    assert!(!store.rewrap_data_key(&key, &[3; 40]).await.unwrap(), "it is another by now");
    let retired = DataKeyRow { retired_at: Some(Micros(9)), sealed: vec![2; 40], ..key };
    store.put_data_key(&retired).await.unwrap();
    assert_eq!(store.data_keys(ws).await.unwrap(), [retired]);
    assert!(store.remove_data_key(ws, "k1").await.unwrap());
}

pub async fn definitions_have_versions(store: &Store) {
    let ws = workspace_id(1);
    let mut row = WorkflowRow {
        workspace: ws,
        name: "notion_meeting_workflow".to_owned(),
        version: 0,
        digest: Digest::of(b"1"),
        front: "template".to_owned(),
        title: r#"{"en":"Meeting","ko":"회의"}"#.to_owned(),
        body: Digest::of(b"body"),
        created_at: Micros(1),
    };
    assert_eq!(store.add_workflow(&row).await, Ok(1));
    row.digest = Digest::of(b"2");
    assert_eq!(store.add_workflow(&row).await, Ok(2));
    row.version = 2;
    assert_eq!(store.workflow(ws, &row.name, None).await.unwrap(), Some(row.clone()));
    assert_eq!(store.workflow(ws, &row.name, Some(1)).await.unwrap().unwrap().digest, Digest::of(b"1"));
    assert_eq!(store.workflow(ws, &row.name, Some(3)).await.unwrap(), None);
    assert_eq!(store.workflow_by_digest(ws, Digest::of(b"1")).await.unwrap().unwrap().version, 1);
    assert_eq!(store.workflows(ws).await.unwrap(), std::slice::from_ref(&row));
    assert_eq!(store.workflow_versions(ws, &row.name).await.unwrap().len(), 2);
    assert_eq!(store.workflows(workspace_id(2)).await.unwrap(), []);

    let contract = ContractRow {
        workspace: ws,
        id: "slack.post_message".to_owned(),
        version: "1.0.0".to_owned(),
        digest: Digest::of(b"c"),
        body: "{}".to_owned(),
        state: "active".to_owned(),
        created_at: Micros(1),
    };
    assert_eq!(store.add_contract(&contract).await, Ok(true));
    assert_eq!(store.add_contract(&ContractRow { digest: Digest::ZERO, ..contract.clone() }).await, Ok(false));
    assert!(store.set_contract_state(ws, &contract.id, "1.0.0", "quarantined").await.unwrap());
    let quarantined = ContractRow { state: "quarantined".to_owned(), ..contract };
    assert_eq!(store.contract(ws, "slack.post_message", "1.0.0").await.unwrap(), Some(quarantined.clone()));
    assert_eq!(store.contract_by_digest(ws, Digest::of(b"c")).await.unwrap(), Some(quarantined.clone()));
    assert_eq!(store.contracts(ws).await.unwrap(), [quarantined]);

    let policy = PolicyRow {
        workspace: ws,
        version: 0,
        digest: Digest::of(b"p"),
        body: "rules: []".to_owned(),
        by: "user:kim".to_owned(),
        created_at: Micros(1),
    };
    assert_eq!(store.policy(ws).await.unwrap(), None);
    assert_eq!(store.add_policy(&policy).await, Ok(1));
    assert_eq!(store.add_policy(&policy).await, Ok(2));
    assert_eq!(store.policy(ws).await.unwrap(), Some(PolicyRow { version: 2, ..policy }));
    assert_eq!(store.policies(ws, 1).await.unwrap().len(), 1);
}

pub async fn plans_are_taken_once(store: &Store) {
    let ws = workspace_id(1);
    let plan = |n: u64| PlanRow {
        workspace: ws,
        id: PlanId(run_id(n).0),
        by: "user:kim".to_owned(),
        body: r#"{"계획":[]}"#.to_owned(),
        created_at: Micros(1),
        expires_at: Micros(10 * n as i64),
    };
    for n in 1..=3 {
        store.put_plan(&plan(n)).await.unwrap();
    }
    assert_eq!(store.plan(ws, plan(1).id).await.unwrap(), Some(plan(1)));
    let (a, b) = tokio::join!(store.take_plan(ws, plan(1).id), store.take_plan(ws, plan(1).id));
    let taken: Vec<_> = [a.unwrap(), b.unwrap()].into_iter().flatten().collect();
    assert_eq!(taken, [plan(1)]);
    assert_eq!(store.take_plan(workspace_id(2), plan(2).id).await.unwrap(), None);
    assert_eq!(store.prune_plans(Micros(20)).await, Ok(1));
    assert_eq!(store.plan(ws, plan(3).id).await.unwrap(), Some(plan(3)));
}

pub async fn sessions_settings_and_webhooks(store: &Store) {
    let ws = workspace_id(1);
    let session = |n: u64, at| SessionRow {
        workspace: ws,
        id: SessionId(run_id(n).0),
        person: "user:kim".to_owned(),
        body: "{}".to_owned(),
        created_at: Micros(1),
        updated_at: Micros(at),
    };
    store.put_session(&session(1, 5)).await.unwrap();
    store.put_session(&session(2, 4)).await.unwrap();
    store.put_session(&session(2, 9)).await.unwrap();
    assert_eq!(store.session(ws, session(1, 5).id).await.unwrap(), Some(session(1, 5)));
    assert_eq!(store.sessions(ws, "user:kim", 5).await.unwrap(), [session(2, 9), session(1, 5)]);
    assert_eq!(store.sessions(ws, "user:lee", 5).await.unwrap(), []);

    let hook = WebhookRow {
        workspace: ws,
        id: run_id(1).0,
        url: "https://example.com/훅".to_owned(),
        kinds: r#"["run_completed"]"#.to_owned(),
        secret: None,
        active: true,
        created_at: Micros(1),
    };
    store.put_webhook(&hook).await.unwrap();
    let quiet = WebhookRow { active: false, ..hook };
    store.put_webhook(&quiet).await.unwrap();
    assert_eq!(store.webhooks(ws).await.unwrap(), std::slice::from_ref(&quiet));
    assert!(store.remove_webhook(ws, quiet.id).await.unwrap());
}

pub async fn the_nil_workspace_has_settings(store: &Store) {
    let nil = WorkspaceId(uuid::Uuid::nil());
    assert_eq!(store.setting(nil, "주소").await.unwrap(), None);
    store.put_setting(nil, "주소", "1", Micros(1)).await.unwrap();
    store.put_setting(nil, "주소", "2", Micros(2)).await.unwrap();
    store.put_setting(nil, "a", "null", Micros(2)).await.unwrap();
    assert_eq!(store.setting(nil, "주소").await.unwrap().as_deref(), Some("2"));
    let all = store.settings(nil).await.unwrap();
    assert_eq!(all, [("a".to_owned(), "null".to_owned()), ("주소".to_owned(), "2".to_owned())]);
    assert_eq!(store.settings(workspace_id(1)).await.unwrap(), []);
    assert!(matches!(store.setting(nil, "\0").await, Err(StoreError::Invalid(_))));
    assert!(store.remove_setting(nil, "a").await.unwrap());
}

pub async fn groups_have_members(store: &Store) {
    let ws = workspace_id(1);
    store.put_workspace(&workspace(1, "main")).await.unwrap();
    let person = |n: u64, name: &str| UserRow {
        workspace: ws,
        id: UserId(run_id(n).0),
        name: name.to_owned(),
        email: None,
        role: "approver".to_owned(),
        password: None,
        active: true,
        created_at: Micros(1),
    };
    let (hana, duri) = (person(1, "하나"), UserRow { active: false, ..person(2, "두리") });
    for user in [&hana, &duri] {
        store.put_user(user).await.unwrap();
    }
    store.put_group(ws, "재무", &[hana.id, duri.id, hana.id], Micros(5)).await.unwrap();
    store.put_group(ws, "empty", &[], Micros(6)).await.unwrap();
    let group = |name: &str, at: i64, members: &[(&str, bool)]| GroupRow {
        name: name.to_owned(),
        created_at: Micros(at),
        members: members.iter().map(|(name, active)| ((*name).to_owned(), *active)).collect(),
    };
    let both = group("재무", 5, &[("두리", false), ("하나", true)]);
    assert_eq!(store.list_groups(ws).await.unwrap(), [group("empty", 6, &[]), both]);
    assert!(store.list_groups(workspace_id(2)).await.unwrap().is_empty());
    // Other members take the place of the former; a removed person is in no group.
    store.put_group(ws, "재무", &[duri.id], Micros(9)).await.unwrap();
    assert!(store.remove_group(ws, "empty").await.unwrap() && !store.remove_group(ws, "empty").await.unwrap());
    assert_eq!(store.list_groups(ws).await.unwrap(), [group("재무", 5, &[("두리", false)])]);
    store.remove_user(ws, duri.id).await.unwrap();
    assert_eq!(store.list_groups(ws).await.unwrap(), [group("재무", 5, &[])]);
}

pub async fn a_standing_rule_is_used_so_often(store: &Store) {
    use metel_model::id::{ApprovalId, StandingId};
    let (ws, id) = (workspace_id(1), StandingId(run_id(1).0));
    let row = StandingRow {
        workspace: ws,
        id,
        body: "{}".to_owned(),
        approval: ApprovalId(run_id(2).0),
        made_by: "user:김".to_owned(),
        until: Micros(100),
        uses: 3,
        used: 0,
        created_at: Micros(1),
        revoked_at: None,
    };
    store.add_standing(&row).await.unwrap();
    assert_eq!(store.standings(ws).await.unwrap(), std::slice::from_ref(&row));
    let uses = async |n: u64, step: &str, now: i64| {
        store.use_standing(ws, id, run_id(n), step, Digest::of(b"x"), Micros(now)).await.unwrap()
    };
    // The same call once, however often it is tried; others at once never beyond the bound.
    assert!(uses(1, "a", 5).await && uses(1, "a", 6).await);
    let many = futures::future::join_all((2..8).map(|n| uses(n, "a", 7))).await;
    assert_eq!(many.iter().filter(|passed| **passed).count(), 2);
    assert!(uses(1, "a", 9).await && !uses(9, "a", 9).await);
    assert_eq!(store.standing(ws, id).await.unwrap().unwrap().used, 3);
    let other = StandingRow { id: StandingId(run_id(3).0), ..row };
    store.add_standing(&other).await.unwrap();
    let late = store.use_standing(ws, other.id, run_id(1), "a", Digest::of(b"x"), Micros(100)).await.unwrap();
    assert!(!late, "after its end");
    assert!(store.revoke_standing(ws, other.id, Micros(5)).await.unwrap());
    assert!(!store.revoke_standing(ws, other.id, Micros(6)).await.unwrap());
    assert!(!store.use_standing(ws, other.id, run_id(1), "a", Digest::of(b"x"), Micros(6)).await.unwrap());
    assert!(store.standing(workspace_id(2), id).await.unwrap().is_none());
}

pub async fn a_link_is_used_once(store: &Store) {
    let hash = Digest::of(b"secret");
    let row = LinkRow {
        workspace: workspace_id(1),
        approval: metel_model::id::ApprovalId(run_id(2).0),
        digest: Digest::of(b"payload"),
        person: UserId(run_id(3).0),
        made_by: "user:owner".to_owned(),
        expires_at: Micros(90),
        used_at: None,
    };
    store.add_link(hash, &row, Micros(1)).await.unwrap();
    assert!(matches!(store.add_link(hash, &row, Micros(1)).await, Err(StoreError::Conflict(_))));
    assert_eq!(store.link(hash).await.unwrap(), Some(row.clone()));
    assert_eq!(store.link(Digest::of(b"other")).await.unwrap(), None);
    assert!(store.use_link(hash, Micros(5)).await.unwrap() && !store.use_link(hash, Micros(6)).await.unwrap());
    assert_eq!(store.link(hash).await.unwrap(), Some(LinkRow { used_at: Some(Micros(5)), ..row }));
}
