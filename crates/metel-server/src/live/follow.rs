//! Follows one run: first what the log holds after a number, then what comes, in order, each once.

use std::collections::VecDeque;
use std::time::Duration;

use metel_engine::gateway::views::Telling;
use metel_engine::live::Notice;
use metel_model::code::Code;
use metel_model::event::Event;
use metel_model::fault::Fault;
use metel_model::id::{RunId, WorkspaceId};
use metel_model::lang::Lang;
use metel_model::time::Micros;
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::app::Shared;

/// Entries read at once.
const PAGE: u32 = 500;
/// Messages ready and not yet taken; reading goes on once they are.
const READY_MAX: usize = 256;
/// How long to wait for a bell before looking at the log anyway: another process may have moved the run.
const LOOK_EVERY: Duration = Duration::from_secs(10);

pub struct Follow {
    app: Shared,
    workspace: WorkspaceId,
    run: RunId,
    after: u64,
    telling: Telling,
    bell: Receiver<Notice>,
    ready: VecDeque<Value>,
    /// The log may hold more than was read.
    behind: bool,
}

/// What a watcher is given next.
pub enum Next {
    Message(Value),
    /// Nothing for a while: a moment to check on the connection.
    Quiet,
}

impl Follow {
    pub fn new(app: Shared, workspace: WorkspaceId, run: RunId, after: u64, lang: Lang) -> Self {
        let bell = app.engine.live().watch_run(workspace, run);
        Self { app, workspace, run, after, telling: Telling::new(lang), bell, ready: VecDeque::new(), behind: true }
    }

    /// The run has ended and everything was told.
    pub fn is_over(&self) -> bool {
        self.telling.over && self.ready.is_empty() && !self.behind
    }

    pub async fn next(&mut self) -> Result<Next, Fault> {
        loop {
            if let Some(message) = self.ready.pop_front() {
                return Ok(Next::Message(message));
            }
            if self.behind {
                self.read().await?;
                continue;
            }
            match tokio::time::timeout(LOOK_EVERY, self.bell.recv()).await {
                Ok(Ok(Notice::Moved(moved))) => {
                    let expected = self.telling.seq + 1;
                    if moved.seq == expected {
                        for (i, event) in moved.events.iter().enumerate() {
                            self.take(moved.seq + i as u64, event, moved.at).await;
                        }
                    } else if moved.seq > expected {
                        self.behind = true;
                    }
                }
                Ok(Ok(Notice::Chunk { step, text, .. })) => {
                    let seq = self.telling.seq;
                    let chunk = json!({"type": "agent_streaming", "node_id": step, "chunk": text.as_ref(), "seq": seq});
                    self.ready.push_back(chunk);
                }
                Ok(Ok(Notice::Elsewhere(header))) => self.behind = header.seq > self.telling.seq + 1,
                Ok(Err(RecvError::Lagged(_))) => self.behind = true,
                Ok(Err(RecvError::Closed)) => {
                    self.bell = self.app.engine.live().watch_run(self.workspace, self.run);
                    self.behind = true;
                }
                Err(_) => {
                    self.behind = true;
                    return Ok(Next::Quiet);
                }
            }
        }
    }

    /// Reads the log on from the last event told.
    async fn read(&mut self) -> Result<(), Fault> {
        let from = self.telling.seq + 1;
        let entries = self.app.engine.entries(self.workspace, self.run, from, PAGE).await?;
        self.behind = entries.len() == PAGE as usize;
        for entry in entries {
            let events = entry.events().map_err(|e| Fault::new(Code::StoreCorrupt).about(e))?;
            for (i, event) in events.iter().enumerate() {
                self.take(entry.seq + i as u64, event, entry.at).await;
            }
            if self.ready.len() > READY_MAX {
                self.behind = true;
                break;
            }
        }
        Ok(())
    }

    async fn take(&mut self, seq: u64, event: &Event, at: Micros) {
        if let Some(digest) = Telling::workflow(event)
            && let Ok(program) = self.app.engine.program(self.workspace, digest).await
        {
            self.telling.program(program);
        }
        if let Some(message) = self.telling.tell(seq, event, at)
            && seq > self.after
        {
            self.ready.push_back(message);
        }
    }
}
