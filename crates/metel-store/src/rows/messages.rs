//! Messages and who waits for them: publishing from outside a run, lists, and what the courier needs.
//!
//! A message is matched with those who wait for it in one transaction, which binds them to it; it is handed
//! over afterwards, at least once, until that is settled. What nobody waits for is kept until it expires.

use metel_model::id::{MessageId, RunId, WorkspaceId};
use metel_model::message::{Message, Subscription};
use metel_model::time::Micros;

use super::all;
use crate::commit::check_message;
use crate::error::StoreError;
use crate::sql::{self, Call, call};
use crate::store::{Engine, Store, by_way};
use crate::value::{Done, Row, args, json_text};

/// How long a taken message is remembered, so that publishing it again changes nothing, in milliseconds.
const REMEMBERED_MS: u64 = 60 * 60 * 1_000;

/// Until when a message taken at `at` is remembered.
pub(crate) fn remembered(at: Micros) -> Micros {
    at.plus_millis(REMEMBERED_MS)
}

/// How far a message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageState {
    /// Nobody has looked at it yet.
    New,
    /// Nobody waits for it.
    Kept,
    /// It is on its way to those who wait for it.
    Given,
    /// A run has taken it.
    Taken,
}

impl MessageState {
    pub fn key(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Kept => "kept",
            Self::Given => "given",
            Self::Taken => "taken",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        [Self::New, Self::Kept, Self::Given, Self::Taken].into_iter().find(|state| state.key() == key)
    }
}

/// A stored message.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageRow {
    /// Its place in the order of publishing.
    pub number: u64,
    pub message: Message,
    pub state: MessageState,
}

/// Which messages a list shows, newest first. What is absent does not narrow it.
#[derive(Debug, Clone, Default)]
pub struct MessageFilter {
    pub name: Option<String>,
    pub state: Option<MessageState>,
    /// The last number of the page before.
    pub before: Option<u64>,
    /// At most 1,000; 0 is 50.
    pub limit: u32,
}

/// A message on its way to one step.
#[derive(Debug, Clone, PartialEq)]
pub struct Parcel {
    pub workspace: WorkspaceId,
    pub run: RunId,
    pub step: String,
    pub message: Message,
    /// Times taken, this one included.
    pub attempts: u32,
}

/// What the courier has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Post {
    /// Something is new, or went to nobody.
    pub new: bool,
    /// When the next message is given again.
    pub due: Option<Micros>,
    /// When the next message expires.
    pub expires: Option<Micros>,
}

fn read(mut row: Row) -> Result<MessageRow, StoreError> {
    Ok(MessageRow {
        number: row.next()?,
        message: Message {
            id: row.next()?,
            name: row.next()?,
            correlation: row.next()?,
            body: row.json()?,
            untrusted: row.next()?,
            by: row.next()?,
            at: row.next()?,
            expires: row.next()?,
        },
        state: row.word(MessageState::from_key)?,
    })
}

impl Store {
    /// Publishes outside any run; false when this id was published before: then nothing changes.
    pub async fn publish(&self, workspace: WorkspaceId, message: &Message) -> Result<bool, StoreError> {
        check_message(message).map_err(|what| StoreError::Invalid(format!("{}: {what}", message.id)))?;
        let args = args![
            workspace,
            message.id,
            &message.name,
            &message.correlation,
            json_text(&message.body)?,
            message.untrusted,
            &message.by,
            message.at,
            message.expires
        ];
        let new = self.act(&sql::MESSAGES_PUBLISH, args).await?.changed > 0;
        if new {
            self.signal_messages();
        }
        Ok(new)
    }

    pub async fn message(&self, workspace: WorkspaceId, id: MessageId) -> Result<Option<MessageRow>, StoreError> {
        self.row(&sql::MESSAGES_GET, args![workspace, id]).await?.map(read).transpose()
    }

    pub async fn messages(
        &self,
        workspace: WorkspaceId,
        filter: &MessageFilter,
    ) -> Result<Vec<MessageRow>, StoreError> {
        let limit = if filter.limit == 0 { 50 } else { filter.limit.min(1_000) };
        let state = filter.state.map(MessageState::key);
        let args = args![workspace, filter.name.as_deref(), state, filter.before, limit];
        all(self.rows(&sql::MESSAGES_LIST, args).await?, read)
    }

    /// Who waits for messages, those who came first before the others; of one name or one run if given.
    pub async fn subscriptions(
        &self,
        workspace: WorkspaceId,
        name: Option<&str>,
        run: Option<RunId>,
        limit: u32,
    ) -> Result<Vec<(RunId, Subscription)>, StoreError> {
        all(self.rows(&sql::SUBSCRIPTIONS_LIST, args![workspace, name, run, limit]).await?, |mut row| {
            let run = row.next()?;
            let (step, name) = (row.next()?, row.next()?);
            Ok((run, Subscription { step, name, correlation: row.next()?, until: row.next()? }))
        })
    }

    /// What there is to do for the courier; one reading.
    pub async fn post(&self) -> Result<Post, StoreError> {
        let mut row = self.row(&sql::MESSAGES_STAND, Vec::new()).await?.ok_or(StoreError::Closed)?;
        Ok(Post { new: row.next::<u64>()? > 0, due: row.next()?, expires: row.next()? })
    }

    /// Binds what is new to those who wait for it, up to `limit` of each side, and takes up to `limit` bound
    /// messages to hand over; one that is not settled or put off comes back at `back_at`.
    pub async fn hand_out(&self, now: Micros, back_at: Micros, limit: u32) -> Result<Vec<Parcel>, StoreError> {
        let taken = self.hand_out_here(now, back_at, limit).await?;
        let mut found: Vec<(WorkspaceId, RunId, String, MessageId, u32)> =
            all(taken.rows, |mut row| Ok((row.next()?, row.next()?, row.next()?, row.next()?, row.next()?)))?;
        // Of one message, those who came first; of several, the oldest.
        found.sort_by_key(|(.., message, _)| *message);
        let calls = found.iter().map(|(workspace, _, _, id, _)| call(&sql::MESSAGES_GET, args![*workspace, *id]));
        let calls: Vec<Call> = calls.collect();
        let rows = if calls.is_empty() { Vec::new() } else { self.read(calls).await? };
        let mut parcels = Vec::with_capacity(found.len());
        for ((workspace, run, step, id, attempts), done) in found.into_iter().zip(rows) {
            match done.one() {
                Some(row) => parcels.push(Parcel { workspace, run, step, message: read(row)?.message, attempts }),
                // One that was removed meanwhile goes to nobody, and who waited for it waits for the next.
                None => drop(self.act(&sql::SUBSCRIPTIONS_RENEW, args![workspace, run, step, id]).await?),
            }
        }
        Ok(parcels)
    }

    /// Binds and takes, without the messages themselves.
    async fn hand_out_here(&self, now: Micros, back_at: Micros, limit: u32) -> Result<Done, StoreError> {
        let taken = async {
            match &self.0.engine {
                Engine::Sqlite(engine) => engine.hand_out(now, back_at, limit).await,
                Engine::Postgres(engine) => engine.hand_out(now, back_at, limit).await,
            }
        };
        by_way!(self, Write, taken)
    }

    /// Ends handovers: with `true` for those that were taken, `false` for those that were refused, whose
    /// message is looked at anew unless somebody else got it. Settling again changes nothing.
    pub async fn settle(&self, parcels: &[(&Parcel, bool)], now: Micros) -> Result<(), StoreError> {
        let mut calls = Vec::with_capacity(parcels.len() * 2);
        for (parcel, taken) in parcels {
            let Parcel { workspace, run, step, message, .. } = parcel;
            calls.push(call(&sql::SUBSCRIPTIONS_SETTLE, args![*workspace, *run, step, message.id]));
            calls.push(if *taken {
                call(&sql::MESSAGES_SETTLE, args![*workspace, message.id, remembered(now)])
            } else {
                call(&sql::MESSAGES_RETURNED, args![*workspace, message.id])
            });
        }
        if !calls.is_empty() {
            self.write(calls).await?;
        }
        Ok(())
    }

    /// The message went to another step of the same run, and this one goes on waiting: for another.
    pub async fn renew(&self, parcel: &Parcel) -> Result<(), StoreError> {
        let Parcel { workspace, run, step, message, .. } = parcel;
        self.act(&sql::SUBSCRIPTIONS_RENEW, args![*workspace, *run, step, message.id]).await?;
        Ok(())
    }

    /// A handover failed for now: again at `due`.
    pub async fn put_off(&self, parcel: &Parcel, due: Micros) -> Result<(), StoreError> {
        let Parcel { workspace, run, step, message, .. } = parcel;
        self.act(&sql::SUBSCRIPTIONS_PUT_OFF, args![*workspace, *run, step, message.id, due]).await?;
        Ok(())
    }

    /// For whoever has the store alone: handovers of others that would come back by `until` are due now; how many.
    pub async fn hand_out_anew(&self, now: Micros, until: Micros) -> Result<u64, StoreError> {
        Ok(self.act(&sql::SUBSCRIPTIONS_TAKE_BACK, args![now, until]).await?.changed)
    }

    /// Removes up to `limit` messages whose time is over; how many.
    pub async fn expire_messages(&self, now: Micros, limit: u32) -> Result<u64, StoreError> {
        Ok(self.act(&sql::MESSAGES_EXPIRE, args![now, limit]).await?.changed)
    }
}
