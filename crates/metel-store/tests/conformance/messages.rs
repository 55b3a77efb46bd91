//! Messages: to all who wait, kept for the first who comes, taken once.

use std::collections::BTreeMap;

use metel_model::id::{MessageId, RunId};
use metel_model::message::{CORRELATION_BYTES_MAX, Message, NAME_BYTES_MAX, Subscription};
use metel_model::stored::Stored;
use metel_model::task::PARKED;
use metel_model::time::Micros;
use metel_store::testing::{SampleRun, run_id, workspace_id};
use metel_store::{MessageFilter, MessageState, Parcel, Store, StoreError, SubscriptionChange};
use serde_json::json;

const HOUR: i64 = 3_600_000_000;
const NOW: Micros = Micros(1_700_000_000_000_000);
const LATER: Micros = Micros(NOW.0 + 60_000_000);

pub fn message(n: u64, name: &str, correlation: &str) -> Message {
    Message {
        id: MessageId(run_id(n).0),
        name: name.to_owned(),
        correlation: correlation.to_owned(),
        body: Stored::inline(json!({"주문": n})),
        untrusted: true,
        by: "webhook:가게".to_owned(),
        at: NOW,
        expires: Micros(NOW.0 + 24 * HOUR),
    }
}

/// A new run whose step waits from now on.
pub async fn wait(store: &Store, run: u64, step: &str, name: &str, correlation: &str) -> SampleRun {
    wait_until(store, run, step, name, correlation, PARKED).await
}

async fn wait_until(store: &Store, n: u64, step: &str, name: &str, correlation: &str, until: Micros) -> SampleRun {
    let mut run = SampleRun::new(workspace_id(1), run_id(n));
    let mut commit = run.step();
    let (step, name, correlation) = (step.to_owned(), name.to_owned(), correlation.to_owned());
    commit.subscriptions = vec![SubscriptionChange::Add(Subscription { step, name, correlation, until })];
    store.commit(commit).await.unwrap();
    run
}

async fn publish(store: &Store, n: u64, name: &str, correlation: &str) {
    assert!(store.publish(workspace_id(1), &message(n, name, correlation)).await.unwrap());
}

async fn hand_out(store: &Store) -> Vec<Parcel> {
    store.hand_out(NOW, LATER, 100).await.unwrap()
}

/// The run's commit that takes a message.
async fn take(store: &Store, run: &mut SampleRun, parcel: &Parcel) {
    let mut commit = run.step();
    commit.subscriptions =
        vec![SubscriptionChange::Remove { step: parcel.step.clone(), took: Some(parcel.message.id) }];
    store.commit(commit).await.unwrap();
}

async fn state(store: &Store, n: u64) -> Option<MessageState> {
    let found = store.message(workspace_id(1), MessageId(run_id(n).0)).await.unwrap();
    found.map(|row| row.state)
}

fn who(parcels: &[Parcel]) -> Vec<(RunId, MessageId)> {
    let mut pairs: Vec<_> = parcels.iter().map(|parcel| (parcel.run, parcel.message.id)).collect();
    pairs.sort();
    pairs
}

fn pair(run: u64, message: u64) -> (RunId, MessageId) {
    (run_id(run), MessageId(run_id(message).0))
}

pub async fn a_message_goes_to_all_who_wait(store: &Store) {
    for n in 1..4 {
        wait(store, n, "기다림", "order", "7").await;
    }
    wait(store, 4, "w", "order", "8").await;
    wait(store, 5, "w", "other", "7").await;
    publish(store, 50, "order", "7").await;
    assert!(store.post().await.unwrap().new);
    let parcels = hand_out(store).await;
    assert_eq!(who(&parcels), [pair(1, 50), pair(2, 50), pair(3, 50)]);
    assert_eq!((parcels[0].step.as_str(), parcels[0].attempts), ("기다림", 1));
    assert_eq!(parcels[0].message, message(50, "order", "7"));
    // Another workspace's message of the same name is nothing to them.
    store.publish(workspace_id(2), &message(51, "order", "8")).await.unwrap();
    assert_eq!(hand_out(store).await, []);
    assert_eq!(state(store, 50).await, Some(MessageState::Given));
}

pub async fn one_that_nobody_waits_for_is_kept_for_the_first(store: &Store) {
    publish(store, 50, "order", "").await;
    publish(store, 51, "order", "").await;
    assert_eq!(hand_out(store).await, []);
    assert_eq!(state(store, 50).await, Some(MessageState::Kept));
    assert!(!store.post().await.unwrap().new, "there is nothing to do for now");
    for n in 1..4 {
        wait(store, n, "w", "order", "").await;
    }
    assert_eq!(who(&hand_out(store).await), [pair(1, 50), pair(2, 51)], "in the order of both");
    publish(store, 52, "order", "").await;
    assert_eq!(who(&hand_out(store).await), [pair(3, 52)]);
}

pub async fn a_message_is_taken_once(store: &Store) {
    let mut run = wait(store, 1, "w", "order", "7").await;
    publish(store, 50, "order", "7").await;
    let parcels = hand_out(store).await;
    take(store, &mut run, &parcels[0]).await;
    assert_eq!(state(store, 50).await, Some(MessageState::Taken));
    store.settle(&[(&parcels[0], true)], NOW).await.unwrap();
    store.settle(&[(&parcels[0], true)], NOW).await.unwrap();
    // Neither by somebody who comes later, nor when it is published again.
    assert!(!store.publish(workspace_id(1), &message(50, "order", "7")).await.unwrap());
    let mut later = wait(store, 2, "w", "order", "7").await;
    assert_eq!(hand_out(store).await, []);
    assert!(store.subscriptions(workspace_id(1), None, Some(run_id(1)), 9).await.unwrap().is_empty());
    // A run publishes in its commit; refused commits publish nothing.
    let mut stale = later.clone();
    let mut commit = later.step();
    commit.publishes = vec![message(60, "order", "7")];
    store.commit(commit).await.unwrap();
    let mut commit = stale.step();
    commit.publishes = vec![message(61, "order", "7")];
    store.commit(commit).await.unwrap();
    assert_eq!(state(store, 61).await, None);
    assert_eq!(who(&hand_out(store).await), [pair(2, 60)]);
}

pub async fn a_refused_one_goes_to_another(store: &Store) {
    wait(store, 1, "w", "order", "7").await;
    publish(store, 50, "order", "7").await;
    let parcels = hand_out(store).await;
    wait(store, 2, "w", "order", "7").await;
    assert_eq!(hand_out(store).await, [], "it is on its way to the first");
    store.settle(&[(&parcels[0], false)], NOW).await.unwrap();
    assert_eq!(who(&hand_out(store).await), [pair(2, 50)]);
    // Refused by one and taken by another: it is taken.
    let mut third = wait(store, 3, "w", "pay", "").await;
    wait(store, 4, "w", "pay", "").await;
    publish(store, 51, "pay", "").await;
    let parcels = hand_out(store).await;
    let (taken, refused): (Vec<_>, Vec<_>) = parcels.iter().partition(|parcel| parcel.run == run_id(3));
    take(store, &mut third, taken[0]).await;
    store.settle(&[(taken[0], true), (refused[0], false)], NOW).await.unwrap();
    assert_eq!(state(store, 51).await, Some(MessageState::Taken));
}

pub async fn a_step_that_was_passed_over_waits_on(store: &Store) {
    let mut run = wait(store, 1, "w", "order", "7").await;
    wait(store, 2, "w", "order", "7").await;
    publish(store, 50, "order", "7").await;
    let parcels = hand_out(store).await;
    let (taken, passed): (Vec<_>, Vec<_>) = parcels.iter().partition(|parcel| parcel.run == run_id(1));
    take(store, &mut run, taken[0]).await;
    store.settle(&[(taken[0], true)], NOW).await.unwrap();
    store.renew(passed[0]).await.unwrap();
    assert_eq!(hand_out(store).await, [], "the one that was taken does not come again");
    publish(store, 51, "order", "7").await;
    assert_eq!(who(&hand_out(store).await), [pair(2, 51)]);
    store.renew(passed[0]).await.unwrap();
    assert_eq!(store.post().await.unwrap().due, Some(LATER), "what was given since stays given");
}

pub async fn one_on_its_way_comes_back_until_settled(store: &Store) {
    wait(store, 1, "w", "order", "7").await;
    publish(store, 50, "order", "7").await;
    assert_eq!(hand_out(store).await.len(), 1);
    let post = store.post().await.unwrap();
    assert_eq!((post.new, post.due), (false, Some(LATER)));
    let back = store.hand_out(LATER, Micros(LATER.0 + 1), 10).await.unwrap();
    assert_eq!((back.len(), back[0].attempts), (1, 2));
    store.put_off(&back[0], Micros(LATER.0 + 500)).await.unwrap();
    assert_eq!(store.hand_out(Micros(LATER.0 + 499), PARKED, 10).await.unwrap(), []);
    assert_eq!(store.hand_out(Micros(LATER.0 + 500), PARKED, 10).await.unwrap().len(), 1);
}

pub async fn whose_wait_ended_gets_nothing(store: &Store) {
    // Its time is over.
    wait_until(store, 1, "w", "order", "7", NOW).await;
    publish(store, 50, "order", "7").await;
    assert_eq!(hand_out(store).await, []);
    assert_eq!(state(store, 50).await, Some(MessageState::Kept));
    // It gave up while one was on its way: that one is for the next.
    let mut second = wait(store, 2, "w", "order", "7").await;
    assert_eq!(who(&hand_out(store).await), [pair(2, 50)]);
    let mut commit = second.step();
    commit.subscriptions = vec![SubscriptionChange::Remove { step: "w".to_owned(), took: None }];
    store.commit(commit).await.unwrap();
    assert!(store.post().await.unwrap().new);
    wait(store, 3, "w", "order", "7").await;
    assert_eq!(who(&hand_out(store).await), [pair(3, 50)]);
    // Waiting anew under the same name is a new wait.
    let mut commit = second.step();
    let add = |name: &str| {
        let (step, name, correlation) = ("w".to_owned(), name.to_owned(), String::new());
        SubscriptionChange::Add(Subscription { step, name, correlation, until: PARKED })
    };
    commit.subscriptions = vec![add("a"), SubscriptionChange::Remove { step: "w".to_owned(), took: None }, add("b")];
    store.commit(commit).await.unwrap();
    let waits = store.subscriptions(workspace_id(1), None, Some(run_id(2)), 9).await.unwrap();
    assert_eq!(waits.iter().map(|(_, wait)| wait.name.as_str()).collect::<Vec<_>>(), ["b"]);
    assert_eq!(store.subscriptions(workspace_id(1), Some("b"), None, 9).await.unwrap().len(), 1);
}

pub async fn expired_ones_are_removed(store: &Store) {
    wait(store, 1, "w", "order", "7").await;
    for n in 50..55 {
        let mut message = message(n, "order", "7");
        message.expires = Micros(NOW.0 + n as i64);
        store.publish(workspace_id(1), &message).await.unwrap();
    }
    assert_eq!(hand_out(store).await.len(), 1);
    assert_eq!(store.post().await.unwrap().expires, Some(Micros(NOW.0 + 51)));
    assert_eq!(store.expire_messages(Micros(NOW.0 + 53), 2).await, Ok(2));
    assert_eq!(store.expire_messages(Micros(NOW.0 + 53), 2).await, Ok(1));
    assert_eq!(state(store, 50).await, Some(MessageState::Given), "one on its way is let through");
    assert_eq!(state(store, 54).await, Some(MessageState::Kept));
    wait(store, 2, "w", "order", "7").await;
    assert_eq!(store.hand_out(Micros(NOW.0 + 54), LATER, 10).await.unwrap(), [], "its time is over");
}

/// What one run took is still on its way to another: it goes once that one has it as well.
pub async fn one_of_two_is_not_left_with_an_expired_one(store: &Store) {
    let mut first = wait(store, 1, "w", "order", "7").await;
    let mut second = wait(store, 2, "w", "order", "7").await;
    publish(store, 50, "order", "7").await;
    let parcels = hand_out(store).await;
    assert_eq!(parcels.len(), 2);
    let of = |run| parcels.iter().find(|parcel| parcel.run == run_id(run)).unwrap();
    take(store, &mut first, of(1)).await;
    store.settle(&[(of(1), true)], NOW).await.unwrap();
    let over = Micros(NOW.0 + 25 * HOUR);
    assert_eq!(store.post().await.unwrap().expires, None);
    assert_eq!(store.expire_messages(over, 9).await, Ok(0));
    let again = store.hand_out(over, Micros(over.0 + 1), 9).await.unwrap();
    assert_eq!(who(&again), [pair(2, 50)]);
    take(store, &mut second, &again[0]).await;
    store.settle(&[(&again[0], true)], over).await.unwrap();
    assert_eq!(store.expire_messages(over, 9).await, Ok(1));
    assert_eq!(state(store, 50).await, None);
}

pub async fn messages_are_listed_newest_first(store: &Store) {
    for n in 0..5 {
        publish(store, n, if n % 2 == 0 { "짝" } else { "홀" }, "").await;
    }
    let list = async |filter: MessageFilter| {
        let rows = store.messages(workspace_id(1), &filter).await.unwrap();
        rows.into_iter().map(|row| (row.number, row.message.id)).collect::<Vec<_>>()
    };
    let ids = |found: &[(u64, MessageId)]| found.iter().map(|(_, id)| *id).collect::<Vec<_>>();
    let id = |n| MessageId(run_id(n).0);
    let first = list(MessageFilter { limit: 2, ..MessageFilter::default() }).await;
    assert_eq!(ids(&first), [id(4), id(3)]);
    let rest = list(MessageFilter { before: Some(first[1].0), ..MessageFilter::default() }).await;
    assert_eq!(ids(&rest), [id(2), id(1), id(0)]);
    let named = MessageFilter { name: Some("홀".to_owned()), ..MessageFilter::default() };
    assert_eq!(ids(&list(named).await), [id(3), id(1)]);
    let kept = MessageFilter { state: Some(MessageState::Kept), ..MessageFilter::default() };
    assert!(list(kept.clone()).await.is_empty());
    hand_out(store).await;
    assert_eq!(list(kept).await.len(), 5);
}

pub async fn wrong_ones_are_refused(store: &Store) {
    let ws = workspace_id(1);
    let spoil: Vec<fn(&mut Message)> = vec![
        |message| message.name.clear(),
        |message| message.name = "x".repeat(NAME_BYTES_MAX + 1),
        |message| message.correlation = "가".repeat(CORRELATION_BYTES_MAX / 3 + 1),
        |message| message.correlation = "a\0b".to_owned(),
        |message| message.by = "\0".to_owned(),
        |message| message.expires = Micros(NOW.0 - 1),
        |message| message.at = Micros(-1),
    ];
    for spoil in spoil {
        let mut wrong = message(1, "order", "7");
        spoil(&mut wrong);
        assert!(matches!(store.publish(ws, &wrong).await, Err(StoreError::Invalid(_))));
        let mut commit = SampleRun::new(ws, run_id(1)).step();
        commit.publishes = vec![wrong];
        assert!(matches!(store.commit(commit).await, Err(StoreError::Invalid(_))));
    }
    assert_eq!(state(store, 1).await, None);
    // The longest that are taken.
    let mut long = message(2, &"x".repeat(200), &"가".repeat(333));
    long.body = Stored::inline(json!("가\0나"));
    store.publish(ws, &long).await.unwrap();
    assert_eq!(store.message(ws, long.id).await.unwrap().unwrap().message, long);
}

pub async fn many_couriers_lose_and_double_nothing(store: &Store) {
    const PAIRS: u64 = 60;
    let publishing = async {
        for n in 0..PAIRS {
            publish(store, 1_000 + n, "order", &(n % 7).to_string()).await;
        }
    };
    let waiting = async {
        for n in 0..PAIRS {
            wait(store, n, "w", "order", &(n % 7).to_string()).await;
        }
    };
    let courier = async || {
        let mut got = Vec::new();
        let mut empty = 0;
        while empty < 30 {
            let parcels = store.hand_out(NOW, LATER, 5).await.unwrap();
            empty = if parcels.is_empty() { empty + 1 } else { 0 };
            for parcel in &parcels {
                let mut run = SampleRun::new(workspace_id(1), parcel.run);
                run.step();
                take(store, &mut run, parcel).await;
            }
            got.extend(who(&parcels));
            tokio::task::yield_now().await;
        }
        got
    };
    let ((), (), mut got, more) = tokio::join!(publishing, waiting, courier(), courier());
    got.extend(more);
    got.extend(courier().await);
    let mut runs: BTreeMap<RunId, u32> = BTreeMap::new();
    got.iter().for_each(|(run, _)| *runs.entry(*run).or_default() += 1);
    assert!(runs.values().all(|count| *count == 1), "a run was given two");
    let kept = MessageFilter { limit: 1_000, ..MessageFilter::default() };
    let left = store.messages(workspace_id(1), &kept).await.unwrap();
    let left = left.iter().filter(|row| row.state != MessageState::Taken).count();
    let waits = store.subscriptions(workspace_id(1), None, None, 1_000).await.unwrap();
    assert_eq!(runs.len() + waits.len(), PAIRS as usize);
    // One message may have gone to several who waited; nobody waits beside a message that is kept.
    for row in
        store.messages(workspace_id(1), &MessageFilter { limit: 1_000, ..MessageFilter::default() }).await.unwrap()
    {
        let same = |wait: &Subscription| wait.correlation == row.message.correlation;
        assert!(row.state == MessageState::Taken || !waits.iter().any(|(_, wait)| same(wait)), "{left} left");
    }
}
