//! Credits: the ledger sums to zero, caps hold under any crowd, and what is there is never refused.

use metel_model::credit::{ALL, Account, Posting, TransferKind};
use metel_model::effect::Usage;
use metel_model::id::WorkspaceId;
use metel_model::time::Micros;
use metel_store::testing::workspace_id;
use metel_store::{Draw, HoldRow, Store, StoreError, TransferRow, UsedRow};
use uuid::Uuid;

fn transfer(ws: WorkspaceId, id: u128, kind: TransferKind, moves: &[(Account, i64)]) -> TransferRow {
    let postings = moves.iter().map(|(account, amount)| Posting { account: *account, amount: *amount }).collect();
    TransferRow { workspace: ws, id: Uuid::from_u128(id), kind, postings, note: "n".to_owned(), at: Micros(1) }
}

fn reserve(ws: WorkspaceId, id: u128, amount: i64) -> TransferRow {
    transfer(ws, id, TransferKind::Reservation, &[(Account::Available, -amount), (Account::Held, amount)])
}

fn hold(ws: WorkspaceId, id: u128, scopes: &[&str], amount: i64) -> HoldRow {
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    HoldRow { workspace: ws, id: Uuid::from_u128(id), scopes, amount, at: Micros(id as i64) }
}

fn draw(ws: WorkspaceId, id: u128, taken: i64, spent: i64, used: Vec<UsedRow>) -> Draw {
    let moves = [(Account::Held, -taken), (Account::Spent, spent), (Account::Available, taken - spent)];
    Draw { taken, spent, transfer: transfer(ws, id, TransferKind::Usage, &moves), used }
}

async fn balance(store: &Store, ws: WorkspaceId) -> i64 {
    let accounts = store.credit_accounts(ws).await.unwrap();
    assert_eq!(accounts.iter().map(|(_, amount)| amount).sum::<i64>(), 0, "{accounts:?}");
    accounts.iter().find(|(name, _)| name == "available").map_or(0, |(_, amount)| *amount)
}

pub async fn what_is_granted_is_held_spent_and_given_back(store: &Store) {
    let ws = workspace_id(1);
    let grant = transfer(ws, 1, TransferKind::Grant, &[(Account::Source, -100), (Account::Available, 100)]);
    store.transfer_credits(&grant).await.unwrap();
    assert!(matches!(store.transfer_credits(&grant).await, Err(StoreError::Conflict(_))), "once");
    let scopes = [ALL.to_owned(), "day:2026-11-21".to_owned()];
    store.ensure_budgets(ws, &scopes).await.unwrap();
    let held = hold(ws, 5, &[ALL, "day:2026-11-21"], 70);
    assert!(store.hold_credits(&held, &reserve(ws, 2, 70)).await.unwrap());
    assert!(!store.hold_credits(&hold(ws, 6, &[ALL], 31), &reserve(ws, 3, 31)).await.unwrap());
    assert_eq!(balance(store, ws).await, 30);
    let usage = Usage { model: "m".into(), input_tokens: 7, output_tokens: 3, cost: Some(50), ..Usage::default() };
    let used =
        UsedRow { workspace: ws, at: Micros(9), purpose: "planner".into(), calls: 1, usage, scopes: scopes.to_vec() };
    store.draw_credits(&held, &draw(ws, 7, 60, 50, vec![used.clone()])).await.unwrap();
    assert_eq!(balance(store, ws).await, 40);
    let stale = store.stale_holds(Micros(100), 10).await.unwrap();
    assert_eq!((stale.len(), stale[0].amount, &stale[0].scopes), (1, 10, &held.scopes));
    let again = store.draw_credits(&held, &draw(ws, 8, 60, 0, vec![])).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "no more than is set aside");
    store.draw_credits(&held, &draw(ws, 9, 10, 0, vec![])).await.unwrap();
    assert!(store.stale_holds(Micros(100), 10).await.unwrap().is_empty());
    let budgets = store.budgets(ws, "", true, 10).await.unwrap();
    let all: Vec<(&str, Option<i64>, i64, i64)> =
        budgets.iter().map(|b| (b.scope.as_str(), b.cap, b.held, b.spent)).collect();
    assert_eq!(all, [(ALL, Some(100), 0, 50), ("day:2026-11-21", None, 0, 50)]);
    assert_eq!(store.budgets(ws, "", false, 10).await.unwrap().len(), 1);
    let mut unknown = used;
    unknown.usage.cost = None;
    store.add_model_usage(&[unknown]).await.unwrap();
    let sums = store.model_usage(ws, Micros(0)).await.unwrap();
    assert_eq!((sums[0].calls, sums[0].cost, sums[0].calls_without_cost, sums[0].input), (2, 50, 1, 14));
    assert!(store.model_usage(ws, Micros(10)).await.unwrap().is_empty());
    let entries = store.credit_entries(ws, 0, 100).await.unwrap();
    assert!(entries.windows(2).all(|pair| pair[0].number < pair[1].number));
    assert_eq!((entries[0].kind.as_str(), entries[0].amount), ("grant", -100));
    assert!(store.credit_accounts(workspace_id(2)).await.unwrap().is_empty());
}

pub async fn many_at_once_never_pass_a_cap_and_are_never_refused_what_is_there(store: &Store) {
    let ws = workspace_id(1);
    let scopes = [ALL.to_owned(), "agent:ops".to_owned()];
    store.ensure_budgets(ws, &scopes).await.unwrap();
    store.set_budget(ws, "agent:ops", Some(40)).await.unwrap();
    let mut all = tokio::task::JoinSet::new();
    for n in 0..64_u128 {
        let store = store.clone();
        all.spawn(async move {
            let row = hold(ws, 100 + n, &["agent:ops", ALL], 1);
            let granted = store.hold_credits(&row, &reserve(ws, 1_000 + n, 1)).await.unwrap();
            if granted {
                store.draw_credits(&row, &draw(ws, 2_000 + n, 1, 1, vec![])).await.unwrap();
            }
            granted
        });
    }
    let mut granted = 0;
    while let Some(one) = all.join_next().await {
        granted += i32::from(one.unwrap());
    }
    assert_eq!(granted, 40);
    let budgets = store.budgets(ws, "agent:", true, 1).await.unwrap();
    assert_eq!((budgets[0].held, budgets[0].spent), (0, 40));
    assert_eq!(balance(store, ws).await, -40);
}

pub async fn a_transfer_that_makes_credits_is_refused(store: &Store) {
    let ws = workspace_id(1);
    let odd = transfer(ws, 1, TransferKind::Grant, &[(Account::Available, 5)]);
    assert!(matches!(store.transfer_credits(&odd).await, Err(StoreError::Invalid(_))));
    let none = store.hold_credits(&hold(ws, 1, &[], 5), &reserve(ws, 2, 5)).await;
    assert!(matches!(none, Err(StoreError::Invalid(_))));
}
