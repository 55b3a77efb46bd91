//! Topics: queues of messages that programs take in stretches, each to be settled; at least once, in the order of
//! publishing.
//!
//! A subscription is a place in its topic and the stretches beyond which were given and not settled: giving and
//! settling a thousand messages writes two rows, not a thousand. What was refused is given again one by one;
//! after the last attempt it waits for a person. Nobody who lost a stretch to another can settle it.

use metel_model::id::{MessageId, WorkspaceId};
use metel_model::time::Micros;

use super::all;
use crate::error::StoreError;
use crate::sql::{self, Call, call};
use crate::store::{Engine, Store, by_way};
use crate::value::{Done, Row, Value, args};

/// Most messages of one publishing, and of one lease.
pub const STRETCH_MAX: usize = 1_000;
/// Largest body, in bytes.
pub const BODY_BYTES_MAX: usize = 256 * 1024;
/// Longest name of a topic or a subscription, in bytes.
pub const NAME_BYTES_MAX: usize = 200;

/// A message on its way into a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicPost {
    /// Published once under this id.
    pub id: MessageId,
    /// JSON text.
    pub body: String,
}

/// A message of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicMessage {
    /// Its place in the order of publishing, from 1; there may be gaps.
    pub place: u64,
    pub id: MessageId,
    /// JSON text.
    pub body: String,
    pub by: String,
    pub at: Micros,
}

/// A subscription, found by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicSubscription {
    pub workspace: WorkspaceId,
    number: i64,
    topic: i64,
    pub attempts_max: u32,
}

/// A stretch that was given, for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicLease {
    pub first: u64,
    pub last: u64,
    /// Times given, this one included.
    pub attempt: u32,
}

/// One message of a stretch that was not dealt with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicRefusal {
    pub place: u64,
    /// Not again before.
    pub due: Micros,
    pub error: String,
}

/// What was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicDead {
    pub place: u64,
    pub attempts: u32,
    pub error: String,
    pub at: Micros,
    /// None once the message itself is gone.
    pub message: Option<(MessageId, String)>,
}

/// How far a subscription is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicLag {
    pub name: String,
    /// Places that nobody was given yet.
    pub behind: u64,
    /// Stretches that are given.
    pub leases: u64,
    pub dead: u64,
}

fn check_name(what: &str, name: &str) -> Result<(), StoreError> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | ':' | '/');
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.chars().all(plain) {
        return Err(StoreError::Invalid(format!(
            "the name of a {what} is 1 to {NAME_BYTES_MAX} bytes of letters, digits and . _ - : /"
        )));
    }
    Ok(())
}

fn lease(mut row: Row) -> Result<TopicLease, StoreError> {
    Ok(TopicLease { first: row.next()?, last: row.next()?, attempt: row.next()? })
}

fn message(mut row: Row) -> Result<TopicMessage, StoreError> {
    Ok(TopicMessage { place: row.next()?, id: row.next()?, body: row.next()?, by: row.next()?, at: row.next()? })
}

impl Store {
    /// Publishes messages in order; how many of them are new. One that came before under its id changes nothing.
    pub async fn publish_topic(
        &self,
        workspace: WorkspaceId,
        topic: &str,
        posts: Vec<TopicPost>,
        by: &str,
        at: Micros,
    ) -> Result<u64, StoreError> {
        check_name("topic", topic)?;
        if posts.is_empty() || posts.len() > STRETCH_MAX {
            return Err(StoreError::Invalid(format!("1 to {STRETCH_MAX} messages at a time")));
        }
        if posts.iter().any(|post| post.body.len() > BODY_BYTES_MAX || post.body.contains('\0')) {
            return Err(StoreError::Invalid(format!("a message is JSON text of at most {BODY_BYTES_MAX} bytes")));
        }
        let (topic, by) = (topic.to_owned(), by.to_owned());
        let work = async {
            match &self.0.engine {
                Engine::Sqlite(engine) => engine.publish_topic(workspace, topic, posts, by, at).await,
                Engine::Postgres(engine) => engine.publish_topic(workspace, &topic, &posts, &by, at).await,
            }
        };
        by_way!(self, Write, work)
    }

    /// Makes a subscription, and its topic where there is none; from the topic's beginning or from now on.
    pub async fn subscribe_topic(
        &self,
        workspace: WorkspaceId,
        topic: &str,
        name: &str,
        from_now: bool,
        attempts_max: u32,
    ) -> Result<TopicSubscription, StoreError> {
        check_name("topic", topic)?;
        check_name("subscription", name)?;
        let calls = vec![
            call(&sql::TOPICS_ENSURE, args![workspace, topic]),
            call(&sql::TOPICS_SUBSCRIBE, args![workspace, topic, name, from_now, attempts_max.max(1)]),
        ];
        self.write(calls).await?;
        self.topic_subscription(workspace, topic, name).await?.ok_or(StoreError::Closed)
    }

    pub async fn topic_subscription(
        &self,
        workspace: WorkspaceId,
        topic: &str,
        name: &str,
    ) -> Result<Option<TopicSubscription>, StoreError> {
        let row = self.row(&sql::TOPICS_SUBSCRIPTION, args![workspace, topic, name]).await?;
        row.map(|mut row| {
            let (number, topic) = (row.next()?, row.next()?);
            Ok(TopicSubscription { workspace, number, topic, attempts_max: row.next()? })
        })
        .transpose()
    }

    /// Gives the next stretch of up to `limit` messages until `until`; none when there is nothing to give. A
    /// stretch that was given often enough comes back in single messages, and at last to nobody.
    pub async fn lease_topic(
        &self,
        to: &TopicSubscription,
        limit: u32,
        now: Micros,
        until: Micros,
    ) -> Result<Option<(TopicLease, Vec<TopicMessage>)>, StoreError> {
        let limit = limit.clamp(1, STRETCH_MAX as u32);
        loop {
            let taken = self.take_topic(to, limit, now, until).await?;
            let Some(given) = taken.one().map(lease).transpose()? else { return Ok(None) };
            if given.attempt > to.attempts_max {
                // Whoever had it never answered: the message that does this shall not take the others with it.
                let refused = |place| TopicRefusal { place, due: now, error: "it was not settled in time".to_owned() };
                self.settle_topic(to, &given, (given.first..=given.last).map(refused).collect(), now).await?;
                continue;
            }
            let args = args![to.workspace, to.topic, given.first, given.last];
            let messages = all(self.rows(&sql::TOPICS_READ, args).await?, message)?;
            return Ok(Some((given, messages)));
        }
    }

    async fn take_topic(
        &self,
        to: &TopicSubscription,
        limit: u32,
        now: Micros,
        until: Micros,
    ) -> Result<Done, StoreError> {
        let (workspace, number) = (to.workspace, to.number);
        let work = async {
            match &self.0.engine {
                Engine::Sqlite(engine) => engine.lease_topic(workspace, number, limit, now, until).await,
                Engine::Postgres(engine) => engine.lease_topic(workspace, number, limit, now, until).await,
            }
        };
        by_way!(self, Write, work)
    }

    /// The first statement has to find its row; else nothing is written.
    async fn if_first(&self, first: Call, more: Vec<Call>) -> Result<(), StoreError> {
        let work = async {
            match &self.0.engine {
                Engine::Sqlite(engine) => engine.if_first(first, more).await,
                Engine::Postgres(engine) => engine.if_first(first, more).await,
            }
        };
        by_way!(self, Write, work)
    }

    /// Keeps a stretch until `until`; false when it was given to somebody else meanwhile.
    pub async fn hold_topic(
        &self,
        of: &TopicSubscription,
        given: &TopicLease,
        until: Micros,
    ) -> Result<bool, StoreError> {
        let args = args![of.workspace, of.number, given.first, given.attempt, until];
        Ok(self.act(&sql::TOPICS_HOLD, args).await?.changed > 0)
    }

    /// Settles a stretch, all of it but `refused`, which are given again or, after the last attempt, given up.
    /// `Conflict` when it was given to somebody else meanwhile: then nothing changes.
    pub async fn settle_topic(
        &self,
        of: &TopicSubscription,
        given: &TopicLease,
        refused: Vec<TopicRefusal>,
        now: Micros,
    ) -> Result<(), StoreError> {
        let inside = |refusal: &TopicRefusal| (given.first..=given.last).contains(&refusal.place);
        if !refused.iter().all(inside) {
            return Err(StoreError::Invalid("a message outside the stretch".to_owned()));
        }
        let settle = call(&sql::TOPICS_SETTLE, args![of.workspace, of.number, given.first, given.attempt]);
        let single = given.first == given.last;
        let more = refused.into_iter().map(|refusal| {
            // What a whole stretch was tried for counts once for each of its messages.
            let attempts = if single { given.attempt } else { 1 };
            if single && attempts >= of.attempts_max {
                let args = args![of.workspace, of.number, refusal.place, attempts, refusal.error, now];
                call(&sql::TOPICS_GIVE_UP, args)
            } else {
                let (place, due) = (refusal.place, refusal.due);
                call(&sql::TOPICS_LEASE, args![of.workspace, of.number, place, place, due, attempts])
            }
        });
        let more = more.collect();
        self.if_first(settle, more).await
    }

    /// What was given up, after `place`.
    pub async fn dead_topic(
        &self,
        of: &TopicSubscription,
        after: u64,
        limit: u32,
    ) -> Result<Vec<TopicDead>, StoreError> {
        let args = args![of.workspace, of.number, after, limit.min(1_000)];
        all(self.rows(&sql::TOPICS_DEAD, args).await?, |mut row| {
            let (place, attempts, error, at) = (row.next()?, row.next()?, row.next()?, row.next()?);
            let (id, body): (Option<MessageId>, Option<String>) = (row.next()?, row.next()?);
            Ok(TopicDead { place, attempts, error, at, message: id.zip(body) })
        })
    }

    /// Has what was given up given again; false when it is not there any more.
    pub async fn revive_topic(&self, of: &TopicSubscription, place: u64, now: Micros) -> Result<bool, StoreError> {
        let revive = call(&sql::TOPICS_REVIVE, args![of.workspace, of.number, place]);
        let again = call(&sql::TOPICS_LEASE, args![of.workspace, of.number, place, place, now, 0_u32]);
        match self.if_first(revive, vec![again]).await {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Topics by name: how many messages each has had, and its subscriptions.
    pub async fn topics(&self, workspace: WorkspaceId, limit: u32) -> Result<Vec<(String, u64, u64)>, StoreError> {
        let rows = self.rows(&sql::TOPICS_LIST, args![workspace, limit.min(1_000)]).await?;
        all(rows, |mut row| Ok((row.next()?, row.next()?, row.next()?)))
    }

    /// How far each subscription of a topic is.
    pub async fn topic_lags(&self, workspace: WorkspaceId, topic: &str) -> Result<Vec<TopicLag>, StoreError> {
        all(self.rows(&sql::TOPICS_LAG, args![workspace, topic]).await?, |mut row| {
            Ok(TopicLag { name: row.next()?, behind: row.next()?, leases: row.next()?, dead: row.next()? })
        })
    }

    /// Removes up to `limit` messages sent before `before` that every subscription has settled; how many.
    pub async fn prune_topics(&self, workspace: WorkspaceId, before: Micros, limit: u32) -> Result<u64, StoreError> {
        Ok(self.act(&sql::TOPICS_PRUNE, args![workspace, before, limit]).await?.changed)
    }
}

/// The stretch's own statement must find its row; else nothing of the rest is written.
pub(crate) fn moved_on() -> StoreError {
    StoreError::Conflict("the stretch was given to somebody else meanwhile".to_owned())
}

/// Ids and bodies as arrays.
pub(crate) fn columns(posts: &[TopicPost]) -> (Value, Value) {
    let ids = posts.iter().map(|post| post.id.as_bytes().to_vec()).collect();
    let bodies = posts.iter().map(|post| post.body.clone()).collect();
    (Value::ManyBytes(ids), Value::Texts(bodies))
}
