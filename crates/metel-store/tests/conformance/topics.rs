//! Topics: given once to each subscription, again when it was not settled, and at last to nobody.

use std::collections::HashSet;

use metel_model::id::MessageId;
use metel_model::time::Micros;
use metel_store::testing::{run_id, workspace_id};
use metel_store::{Store, StoreError, TopicLease, TopicPost, TopicRefusal, TopicSubscription};

const NOW: Micros = Micros(1_700_000_000_000_000);
const MINUTE: i64 = 60_000_000;

fn later(minutes: i64) -> Micros {
    Micros(NOW.0 + minutes * MINUTE)
}

async fn publish(store: &Store, numbers: std::ops::Range<u64>) -> u64 {
    let posts = numbers.map(|n| TopicPost { id: MessageId(run_id(n).0), body: format!("{{\"주문\":{n}}}") });
    store.publish_topic(workspace_id(1), "주문.새로", posts.collect(), "user:가게", NOW).await.unwrap()
}

async fn subscribe(store: &Store, name: &str) -> TopicSubscription {
    store.subscribe_topic(workspace_id(1), "주문.새로", name, false, 3).await.unwrap()
}

/// Places of the next stretch.
async fn lease(store: &Store, to: &TopicSubscription, now: Micros) -> Option<(TopicLease, Vec<u64>)> {
    let given = store.lease_topic(to, 10, now, Micros(now.0 + MINUTE)).await.unwrap();
    given.map(|(lease, messages)| (lease, messages.iter().map(|message| message.place).collect()))
}

pub async fn each_subscription_is_given_everything_once(store: &Store) {
    let first = subscribe(store, "재고").await;
    assert_eq!(publish(store, 1..26).await, 25);
    assert_eq!(publish(store, 20..31).await, 5, "what came before under its id changes nothing");
    let second = subscribe(store, "배송").await;
    for to in [&first, &second] {
        let (mut seen, mut bodies) = (Vec::new(), HashSet::new());
        while let Some((given, messages)) = store.lease_topic(to, 10, NOW, later(1)).await.unwrap() {
            assert!(messages.iter().all(|m| m.by == "user:가게" && m.at == NOW));
            seen.extend(messages.iter().map(|message| message.place));
            bodies.extend(messages.into_iter().map(|message| message.body));
            store.settle_topic(to, &given, Vec::new(), NOW).await.unwrap();
        }
        assert!(seen.is_sorted_by(|a, b| a < b), "in the order of publishing: {seen:?}");
        assert_eq!(bodies, (1..31).map(|n| format!("{{\"주문\":{n}}}")).collect());
    }
    let from_now = store.subscribe_topic(workspace_id(1), "주문.새로", "나중", true, 3).await.unwrap();
    assert!(lease(store, &from_now, NOW).await.is_none());
    let lags = store.topic_lags(workspace_id(1), "주문.새로").await.unwrap();
    assert!(lags.len() == 3 && lags.iter().all(|lag| lag.behind + lag.leases + lag.dead == 0), "{lags:?}");
    assert!(store.topic_subscription(workspace_id(2), "주문.새로", "재고").await.unwrap().is_none());
}

pub async fn a_stretch_that_is_not_settled_comes_back_and_its_first_holder_is_refused(store: &Store) {
    publish(store, 1..5).await;
    let to = subscribe(store, "재고").await;
    let (old, places) = lease(store, &to, NOW).await.unwrap();
    assert!(lease(store, &to, NOW).await.is_none(), "nobody else gets it meanwhile");
    assert!(store.hold_topic(&to, &old, later(5)).await.unwrap());
    assert!(lease(store, &to, later(2)).await.is_none(), "it was kept for longer");
    let (new, again) = lease(store, &to, later(6)).await.unwrap();
    assert_eq!((again, new.attempt), (places, 2));
    let late = store.settle_topic(&to, &old, Vec::new(), later(6)).await;
    assert!(matches!(late, Err(StoreError::Conflict(_))), "{late:?}");
    assert!(!store.hold_topic(&to, &old, later(9)).await.unwrap());
    store.settle_topic(&to, &new, Vec::new(), later(6)).await.unwrap();
    assert!(lease(store, &to, later(60)).await.is_none());
}

pub async fn what_is_refused_comes_back_alone_and_is_given_up_after_the_last_attempt(store: &Store) {
    publish(store, 1..6).await;
    let to = subscribe(store, "재고").await;
    let refuse = |place, due| vec![TopicRefusal { place, due, error: "품절".to_owned() }];
    let (given, places) = lease(store, &to, NOW).await.unwrap();
    let outside = store.settle_topic(&to, &given, refuse(99, NOW), NOW).await;
    assert!(matches!(outside, Err(StoreError::Invalid(_))));
    store.settle_topic(&to, &given, refuse(places[2], later(2)), NOW).await.unwrap();
    assert!(lease(store, &to, later(1)).await.is_none(), "not before its time");
    for attempt in [2, 3] {
        let (given, again) = lease(store, &to, later(2)).await.unwrap();
        assert_eq!((again, given.attempt), (vec![places[2]], attempt));
        store.settle_topic(&to, &given, refuse(places[2], later(2)), later(2)).await.unwrap();
    }
    assert!(lease(store, &to, later(60)).await.is_none());
    let dead = store.dead_topic(&to, 0, 10).await.unwrap();
    assert!(
        matches!(&dead[..], [one] if one.attempts == 3 && one.error == "품절" && one.message.is_some()),
        "{dead:?}"
    );
    assert!(store.revive_topic(&to, places[2], later(61)).await.unwrap());
    assert!(!store.revive_topic(&to, places[2], later(61)).await.unwrap(), "once");
    let (given, again) = lease(store, &to, later(61)).await.unwrap();
    assert_eq!((again, given.attempt), (vec![places[2]], 1));
    store.settle_topic(&to, &given, Vec::new(), later(61)).await.unwrap();
    assert!(store.dead_topic(&to, 0, 10).await.unwrap().is_empty());
}

/// A message that kills its worker each time must not take those beside it with it.
pub async fn a_stretch_that_nobody_survives_comes_back_in_single_messages(store: &Store) {
    publish(store, 1..4).await;
    let to = subscribe(store, "재고").await;
    for attempt in 1..=3 {
        let (given, places) = lease(store, &to, later(attempt * 2)).await.unwrap();
        assert_eq!((places.len(), given.attempt), (3, attempt as u32));
    }
    let mut minutes = 8;
    let mut settled = 0;
    while let Some((given, places)) = lease(store, &to, later(minutes)).await {
        assert_eq!(places.len(), 1);
        if places[0] == 2 {
            minutes += 2;
        } else {
            store.settle_topic(&to, &given, Vec::new(), later(minutes)).await.unwrap();
            settled += 1;
        }
    }
    assert_eq!(settled, 2);
    let dead = store.dead_topic(&to, 0, 10).await.unwrap();
    assert_eq!(dead.iter().map(|dead| dead.place).collect::<Vec<_>>(), [2]);
}

pub async fn many_takers_share_a_topic_without_doubling(store: &Store) {
    for batch in 0..10 {
        publish(store, batch * 50 + 1..batch * 50 + 51).await;
    }
    let to = subscribe(store, "재고").await;
    let takers = (0..4).map(|_| {
        let (store, to) = (store.clone(), to.clone());
        tokio::spawn(async move {
            let mut seen = Vec::new();
            while let Some((given, messages)) = store.lease_topic(&to, 7, NOW, later(1)).await.unwrap() {
                seen.extend(messages.iter().map(|message| message.place));
                store.settle_topic(&to, &given, Vec::new(), NOW).await.unwrap();
            }
            seen
        })
    });
    let mut all = Vec::new();
    for taker in takers.collect::<Vec<_>>() {
        all.extend(taker.await.unwrap());
    }
    all.sort_unstable();
    assert_eq!(all, (1..=500).collect::<Vec<_>>());
}

pub async fn what_everybody_settled_is_pruned_and_nothing_else(store: &Store) {
    publish(store, 1..31).await;
    let (first, second) = (subscribe(store, "재고").await, subscribe(store, "배송").await);
    let (given, _) = lease(store, &first, NOW).await.unwrap();
    store.settle_topic(&first, &given, Vec::new(), NOW).await.unwrap();
    assert_eq!(store.prune_topics(workspace_id(1), later(1), 1_000).await.unwrap(), 0, "the other has not had it");
    let (held, _) = lease(store, &second, NOW).await.unwrap();
    assert_eq!(store.prune_topics(workspace_id(1), later(1), 1_000).await.unwrap(), 0, "the other is at it");
    store.settle_topic(&second, &held, Vec::new(), NOW).await.unwrap();
    assert_eq!(store.prune_topics(workspace_id(1), NOW, 1_000).await.unwrap(), 0, "too young");
    assert_eq!(store.prune_topics(workspace_id(1), later(1), 4).await.unwrap(), 4, "some at a time");
    assert_eq!(store.prune_topics(workspace_id(1), later(1), 1_000).await.unwrap(), 6);
}

pub async fn bad_names_and_sizes_are_refused(store: &Store) {
    let post = |body: &str| vec![TopicPost { id: MessageId(run_id(1).0), body: body.to_owned() }];
    for name in ["", "a b", "x\0", &"길".repeat(100)] {
        let refused = store.publish_topic(workspace_id(1), name, post("{}"), "user:a", NOW).await;
        assert!(matches!(refused, Err(StoreError::Invalid(_))), "{name:?}");
    }
    for posts in [Vec::new(), post(&"x".repeat(300_000)), post("\0"), vec![post("{}").remove(0); 1_001]] {
        let refused = store.publish_topic(workspace_id(1), "t", posts, "user:a", NOW).await;
        assert!(matches!(refused, Err(StoreError::Invalid(_))));
    }
    assert!(store.topics(workspace_id(1), 10).await.unwrap().is_empty());
}
