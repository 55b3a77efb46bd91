//! One renewal, whoever needs the token: tasks, processes over PostgreSQL, and after one that died in the middle.

use std::time::{Duration, Instant};

use metel_engine::{Options, Platform};
use metel_model::code::Code;
use metel_model::service::ConnectionState;
use metel_store::Store;
use metel_store::testing::Postgres;
use serde_json::json;

use crate::desk::{Control, Desk, at_once, platform};

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_workers_renew_once() {
    let desk = Desk::open().await;
    desk.control.knobs(json!({"life_s": 1})).await;
    let id = desk.slack().await;
    desk.control.knobs(json!({})).await;
    let faults = at_once(std::slice::from_ref(&desk.platform), desk.workspace, 64).await;
    assert_eq!(faults, []);
    let counts = desk.control.counts().await;
    assert_eq!((&counts["refreshed"], &counts["reused"]), (&json!(1), &json!(0)), "{counts}");
    assert_eq!(desk.test(id).await.fault, None, "the service takes it");
    // Renewed means renewed: the next ones ask nobody.
    assert_eq!(at_once(std::slice::from_ref(&desk.platform), desk.workspace, 8).await, []);
    assert_eq!(desk.control.counts().await["refreshed"], 1);
}

/// Platforms of their own over one database, as processes are.
async fn over(url: &str, n: usize, options: &Options) -> Vec<Platform> {
    let mut all = Vec::new();
    for _ in 0..n {
        let store = Store::open_postgres(url, metel_store::Options::default()).await.unwrap();
        all.push(platform(store, options.clone()));
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn four_processes_renew_once_also_when_the_first_dies_in_the_middle() {
    let server = Postgres::start().unwrap();
    let url = server.database().unwrap();
    let desk = Desk::over(Store::open_postgres(&url, metel_store::Options::default()).await.unwrap()).await;
    desk.control.knobs(json!({"life_s": 1})).await;
    let id = desk.slack().await;
    desk.control.knobs(json!({})).await;
    let options = Options { renewal: Duration::from_millis(1_500), ..Options::default() };
    let platforms = over(&url, 4, &options).await;
    assert_eq!(at_once(&platforms, desk.workspace, 64).await, []);
    assert_eq!(desk.control.counts().await["refreshed"], 1);

    // The next token ends at once as well. A process takes the lease, asks, and dies before there is an answer.
    desk.control.knobs(json!({"life_s": 1})).await;
    desk.control.forget_access().await;
    let outcome = platforms[0].test_connection(desk.workspace, id).await.unwrap();
    assert_eq!(outcome.fault, None, "it was turned away, renewed, and let in");
    assert_eq!(desk.control.counts().await["refreshed"], 2);
    desk.control.knobs(json!({})).await;
    desk.control.fault(json!({"service": "oauth", "operation": "token", "kind": "timeout_before"})).await;
    let dying = tokio::task::spawn_blocking({
        let (url, options, workspace) = (url.clone(), options.clone(), desk.workspace);
        let (base, asked) = (desk.sandbox.url(), desk.control.asked().await);
        move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async {
                let first = over(&url, 1, &options).await.remove(0);
                tokio::spawn(async move { first.freshen(workspace, "slack").await });
                let (control, until) = (Control::of(&base), Instant::now() + Duration::from_secs(10));
                while control.asked().await == asked {
                    assert!(Instant::now() < until, "nobody renews");
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            });
            // Nothing of it goes on, and nobody is told.
            runtime.shutdown_background();
        }
    });
    dying.await.unwrap();
    let held = desk.platform.store().grant(desk.workspace, id).await.unwrap().unwrap();
    assert!(held.holder.is_some(), "it died holding the lease");
    let others = over(&url, 4, &options).await;
    assert_eq!(at_once(&others, desk.workspace, 64).await, []);
    let counts = desk.control.counts().await;
    assert_eq!((&counts["refreshed"], &counts["reused"]), (&json!(3), &json!(0)), "{counts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_renewal_says_so_and_is_not_tried_on() {
    let desk = Desk::open().await;
    desk.control.knobs(json!({"life_s": 1})).await;
    let id = desk.slack().await;
    // As long as a token holds, whoever finds somebody renewing it goes on with it.
    desk.ended(id).await;
    desk.control.knobs(json!({"token_error": "invalid_grant"})).await;
    let faults = at_once(std::slice::from_ref(&desk.platform), desk.workspace, 16).await;
    assert_eq!(faults.len(), 16);
    for fault in &faults {
        assert_eq!(fault.code, Code::ConnectionBroken, "{fault}");
        assert!(fault.hint.as_ref().unwrap().en.contains("metel connect slack --renew"), "{fault:?}");
    }
    assert_eq!(desk.control.counts().await["refused"]["invalid_grant"], 1);
    let account = desk.account("slack").await;
    assert_eq!(account.state, ConnectionState::Expired);
    assert!(account.trouble.unwrap().en.contains("invalid_grant"));
    // The way out.
    desk.control.knobs(json!({})).await;
    let again = desk.slack().await;
    assert_eq!(again, id);
    assert_eq!(desk.test(id).await.fault, None);
    assert!(desk.account("slack").await.trouble.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_refresh_token_ends_the_grant_for_both() {
    let desk = Desk::open().await;
    desk.control.knobs(json!({"life_s": 1})).await;
    let id = desk.slack().await;
    // Somebody copied the database and uses what lies in it first: here the copy is a row put back.
    let old = desk.platform.store().grant(desk.workspace, id).await.unwrap().unwrap();
    assert_eq!(desk.test(id).await.fault, None);
    desk.platform.store().put_grant(&old).await.unwrap();
    desk.platform.engine().facts_changed(desk.workspace);
    let other = platform(desk.platform.store().clone(), Options::default());
    let outcome = other.test_connection(desk.workspace, id).await.unwrap();
    assert_eq!(outcome.fault.unwrap().code, Code::ConnectionBroken);
    assert_eq!(desk.control.counts().await["reused"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_that_passes_is_waited_for_and_good_tokens_go_on() {
    let desk = Desk::open().await;
    desk.control.knobs(json!({"life_s": 1})).await;
    let id = desk.slack().await;
    desk.control.knobs(json!({"life_s": 20})).await;
    desk.control.fault(json!({"service": "oauth", "operation": "token", "kind": "503", "retry_after": 1})).await;
    let fault = desk.test(id).await.fault.unwrap();
    assert_eq!(fault.code, Code::Overloaded, "{fault}");
    let wait = fault.retry_after_ms.unwrap();
    assert!(wait <= 2_000, "{wait}");
    // Nobody hammers: within the pause nothing is asked.
    assert_eq!(desk.test(id).await.fault.unwrap().code, Code::Overloaded);
    tokio::time::sleep(Duration::from_millis(wait)).await;
    assert_eq!(desk.test(id).await.fault, None);
    assert_eq!(desk.control.counts().await["refreshed"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_taken_back_early_is_renewed_once() {
    let desk = Desk::open().await;
    let id = desk.slack().await;
    assert_eq!(desk.test(id).await.fault, None);
    desk.control.forget_access().await;
    assert_eq!(desk.test(id).await.fault, None);
    assert_eq!(desk.control.counts().await["refreshed"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_without_refresh_tokens_is_not_renewed() {
    let desk = Desk::open().await;
    desk.control.knobs(json!({"life_s": 0})).await;
    desk.slack().await;
    assert_eq!(desk.account("slack").await.expires_at, None);
    assert_eq!(at_once(std::slice::from_ref(&desk.platform), desk.workspace, 8).await, []);
    assert_eq!(desk.control.counts().await["refreshed"], 0);
}
