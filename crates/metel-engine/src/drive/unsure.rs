//! A commit whose end was not told: the store went away while it was being written. The log tells whether
//! it stands; if it does, what it asked for begins now and not never.

use std::time::Duration;

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::id::WorkerId;
use metel_model::time::Micros;
use metel_rules::run::Decision;
use metel_store::Header;

use super::{Driver, WAIT, stopped};

pub(super) struct Unsure {
    /// The command that it came from.
    pub turn: u64,
    /// The name under which it holds what it holds.
    pub me: WorkerId,
    /// As it is if it stands.
    pub header: Header,
    pub decision: Decision,
    pub seq: u64,
    pub at: Micros,
    pub actor: String,
}

/// The store cannot be reached or is full: later it may work.
pub(super) fn is_passing(fault: &Fault) -> bool {
    matches!(fault.code, Code::StoreUnavailable | Code::StoreFull)
}

impl Driver {
    /// Looks whether the unsure commit stands, and goes on from it; its header when it is the command's
    /// own that is being carried out. One that is not there may still come, until another has its place.
    pub(super) async fn settle(&mut self) -> Result<Option<Header>, Fault> {
        let Some(unsure) = &self.unsure else { return Ok(None) };
        let entries = self.engine.0.store.entries(self.workspace, self.id, unsure.seq, 1).await?;
        let Some(entry) = entries.first() else { return Ok(None) };
        if entry.seq != unsure.seq || entry.hash != unsure.header.head {
            self.unsure = None;
            return Ok(None);
        }
        let run = self.engine.load(self.workspace, self.id).await?;
        if let Some(digest) = run.workflow {
            self.engine.program(self.workspace, digest).await?;
        }
        (self.run, self.fresh) = (Some(run), true);
        let Some(unsure) = self.unsure.take() else { return Ok(None) };
        self.me = unsure.me;
        tracing::info!(run = %self.id, seq = unsure.seq, "a commit whose end was not told stands");
        self.accepted(&unsure.header, unsure.decision, (unsure.seq, unsure.at, &unsure.actor)).await;
        Ok((unsure.turn == self.turn).then_some(unsure.header))
    }

    /// After the answer to whoever asked: stays until the store tells what became of the commit.
    pub(super) async fn find_out(&mut self) {
        let mut wait = WAIT.0;
        while self.unsure.is_some() {
            match self.settle().await {
                Ok(_) => return,
                Err(fault) if is_passing(&fault) => {
                    if self.outwait(&fault, &mut wait).await.is_err() {
                        return;
                    }
                }
                Err(fault) => {
                    tracing::warn!(run = %self.id, %fault, "a run cannot be read");
                    return;
                }
            }
        }
    }

    /// Waits a moment for the store. People who ask meanwhile are told; everything else waits its turn.
    pub(super) async fn outwait(&mut self, fault: &Fault, wait: &mut Duration) -> Result<(), Fault> {
        while let Ok(mut ask) = self.receiver.try_recv() {
            match ask.reply.take() {
                Some(reply) => drop(reply.send(Err(fault.clone()))),
                None => self.own.push_back(ask),
            }
        }
        tokio::select! {
            biased;
            () = self.engine.0.stop.cancelled() => return Err(stopped()),
            () = tokio::time::sleep(*wait) => {}
        }
        *wait = (*wait * 2).min(WAIT.1);
        Ok(())
    }
}
