//! Wake-ups between processes: what this one did is told in bundles, what others did is heard.
//!
//! Telling is no part of a commit: a lost wake-up costs a moment, a lock on the channel would cost
//! every commit.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use metel_model::id::RunId;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tokio_postgres::{AsyncMessage, Client, Connection};

use super::connect::Connector;
use crate::error::StoreError;
use crate::signal::{Signal, Signals};
use crate::sql;

/// More runs than this in one bundle are told as "everything".
const RUNS_MAX: usize = 1_000;

/// PostgreSQL takes payloads under 8,000 bytes.
const PAYLOAD_MAX: usize = 7_900;

/// Bundles follow each other no faster.
const PAUSE: Duration = Duration::from_millis(5);

#[derive(Default)]
struct Pending {
    news: News,
    runs: BTreeSet<RunId>,
}

/// What changed besides runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct News {
    pub tasks: bool,
    pub messages: bool,
    pub outbox: bool,
    pub surroundings: bool,
}

impl News {
    fn told(self) -> impl Iterator<Item = (&'static str, Signal)> {
        let all = [
            (self.tasks, "T", Signal::Tasks),
            (self.messages, "M", Signal::Messages),
            (self.outbox, "O", Signal::Outbox),
            (self.surroundings, "S", Signal::Surroundings),
        ];
        all.into_iter().filter(|(is, ..)| *is).map(|(_, word, signal)| (word, signal))
    }

    fn add(&mut self, more: News) {
        self.tasks |= more.tasks;
        self.messages |= more.messages;
        self.outbox |= more.outbox;
        self.surroundings |= more.surroundings;
    }
}

/// What other processes are to be told.
pub(super) struct Herald {
    /// Tells this store's own bundles from those of others.
    me: String,
    pending: Mutex<Pending>,
    changed: Notify,
    signals: Signals,
}

impl Herald {
    pub(super) fn new(signals: Signals) -> Self {
        Self {
            me: uuid::Uuid::now_v7().simple().to_string(),
            pending: Mutex::default(),
            changed: Notify::new(),
            signals,
        }
    }

    /// Tells this process at once and the others soon.
    pub(super) fn tell(&self, runs: impl Iterator<Item = RunId>, news: News) {
        let mut pending = self.pending.lock();
        for run in runs {
            self.signals.send(Signal::Run(run));
            pending.runs.insert(run);
        }
        pending.news.add(news);
        let any = pending.news != News::default() || !pending.runs.is_empty();
        drop(pending);
        for (_, signal) in news.told() {
            self.signals.send(signal);
        }
        if any {
            self.changed.notify_one();
        }
    }

    fn bundle(&self) -> Vec<String> {
        let pending = std::mem::take(&mut *self.pending.lock());
        let mut words: Vec<String> = pending.news.told().map(|(word, _)| word.to_owned()).collect();
        if pending.runs.len() > RUNS_MAX {
            words.push("A".to_owned());
        } else {
            words.extend(pending.runs.iter().map(|run| run.0.simple().to_string()));
        }
        let mut bundles: Vec<String> = Vec::new();
        for word in words {
            match bundles.last_mut() {
                Some(bundle) if bundle.len() + word.len() < PAYLOAD_MAX => {
                    bundle.push(',');
                    bundle.push_str(&word);
                }
                _ => bundles.push(format!("{} {word}", self.me)),
            }
        }
        bundles
    }

    fn hear(&self, payload: &str) {
        let Some((from, words)) = payload.split_once(' ') else {
            return;
        };
        if from == self.me {
            return;
        }
        for word in words.split(',') {
            let signal = match word {
                "T" => Some(Signal::Tasks),
                "M" => Some(Signal::Messages),
                "O" => Some(Signal::Outbox),
                "S" => Some(Signal::Surroundings),
                "A" => Some(Signal::All),
                run => uuid::Uuid::try_parse(run).ok().map(|run| Signal::Elsewhere(RunId(run))),
            };
            // What cannot be read comes from another version: look at everything.
            self.signals.send(signal.unwrap_or(Signal::All));
        }
    }

    /// Listens and tells until the store closes; comes back after every loss of the connection.
    pub(super) async fn serve(self: Arc<Self>, connector: Connector) {
        let mut wait = Duration::from_millis(50);
        loop {
            let herald = self.clone();
            match connector.listen(move |payload| herald.hear(payload)).await {
                Ok((client, drive)) => {
                    let _ended = AbortOnDrop(drive);
                    if let Err(error) = self.converse(&client).await {
                        tracing::debug!(%error, "the connection for wake-ups was lost");
                    } else {
                        wait = Duration::from_millis(50);
                    }
                }
                Err(error) => tracing::debug!(%error, "no connection for wake-ups"),
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(Duration::from_secs(2));
        }
    }

    async fn converse(&self, client: &Client) -> Result<(), StoreError> {
        client.batch_execute("LISTEN metel").await?;
        // Whatever was said before this was not heard.
        self.signals.send(Signal::All);
        let notify = client.prepare(sql::POSTGRES_SIGNALS_NOTIFY).await?;
        while !client.is_closed() {
            // Now and then, to notice a connection that has ended.
            let _ = tokio::time::timeout(Duration::from_secs(1), self.changed.notified()).await;
            let bundles = self.bundle();
            if !bundles.is_empty() {
                client.query(&notify, &[&bundles]).await?;
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(())
    }
}

/// Ends a task with its owner.
pub(super) struct AbortOnDrop(pub tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Drives a connection and gives its notifications to `heard`.
pub(super) async fn drive<S, T>(mut connection: Connection<S, T>, mut heard: impl FnMut(&str) + Send)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let mut messages = futures::stream::poll_fn(move |context| connection.poll_message(context));
    while let Some(message) = messages.next().await {
        match message {
            Ok(AsyncMessage::Notification(notification)) => heard(notification.payload()),
            Ok(_) => {}
            Err(error) => {
                tracing::debug!(%error, "a connection to the database has ended");
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bundles_are_split_and_understood() {
        let (here, there) = (Signals::new(), Signals::new());
        let (teller, hearer) = (Herald::new(here), Herald::new(there.clone()));
        let runs: Vec<_> = (0..600).map(|n| RunId(uuid::Uuid::from_u128(n))).collect();
        teller.tell(runs.iter().copied(), News { tasks: true, ..News::default() });
        let bundles = teller.bundle();
        assert!(bundles.len() > 1 && bundles.iter().all(|bundle| bundle.len() < 8_000));
        let (mut heard, mut moved) = (there.subscribe(), there.subscribe_runs());
        for bundle in &bundles {
            teller.hear(bundle);
            hearer.hear(bundle);
        }
        assert_eq!(heard.recv().await, Ok(Signal::Tasks));
        for run in runs {
            assert_eq!(moved.recv().await, Ok(Signal::Elsewhere(run)));
        }
        assert!(heard.is_empty() && teller.bundle().is_empty());
    }

    #[tokio::test]
    async fn a_foreign_word_means_everything() {
        let signals = Signals::new();
        let mut heard = signals.subscribe();
        Herald::new(signals).hear("someone ???");
        assert_eq!(heard.recv().await, Ok(Signal::All));
    }
}
