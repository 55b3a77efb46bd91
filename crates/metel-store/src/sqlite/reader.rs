//! Reader threads: each owns a read-only connection and answers one reading at a time from one
//! consistent view.

use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::run::run;
use crate::error::StoreError;
use crate::sql::Call;
use crate::value::Done;

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// The way to the reader threads.
#[derive(Clone)]
pub(super) struct Readers(mpsc::Sender<Job>);

/// Where a reader thread takes its work from.
pub(super) type Queue = Arc<Mutex<mpsc::Receiver<Job>>>;

impl Readers {
    pub(super) fn new(queue_max: usize) -> (Self, Queue) {
        let (send, receive) = mpsc::channel(queue_max.max(1));
        (Self(send), Arc::new(Mutex::new(receive)))
    }

    pub(super) async fn read<T, F>(&self, act: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, wait) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let _ = answer.send(act(connection));
        });
        self.0.send(job).await.map_err(|_| StoreError::Closed)?;
        wait.await.map_err(|_| StoreError::Closed)?
    }
}

/// A reader thread's life; it ends when the store is dropped.
pub(super) fn serve(connection: &Connection, queue: &Queue) {
    loop {
        let job = queue.lock().blocking_recv();
        match job {
            Some(job) => job(connection),
            None => return,
        }
    }
}

/// Runs several statements over one view of the data.
pub(super) fn read_all(connection: &Connection, calls: &[Call]) -> Result<Vec<Done>, StoreError> {
    if let [call] = calls {
        return Ok(vec![run(connection, call)?]);
    }
    connection.prepare_cached("BEGIN")?.execute([])?;
    let done = calls.iter().map(|call| run(connection, call)).collect();
    connection.prepare_cached("COMMIT")?.execute([])?;
    done
}
