//! The record as one stream of JSON lines that holds all that a verifier needs. docs/audit.md gives the format.

use bytes::Bytes;
use metel_model::Fault;
use metel_model::code::Code;
use metel_model::event::Entry;
use metel_model::hash::Digest;
use metel_model::id::{RunId, WorkspaceId};
use serde::Serialize;
use serde_json::json;
use tokio::sync::mpsc::Sender;

use crate::engine::Engine;
use crate::journal::journal_of;

/// Bytes that are sent at once, about.
const CHUNK: usize = 64 * 1024;
const PAGE: u32 = 500;

/// Lines on their way out; whoever reads them sets the pace.
struct Lines {
    to: Sender<Result<Bytes, Fault>>,
    chunk: Vec<u8>,
}

impl Lines {
    async fn line(&mut self, value: &impl Serialize) -> Result<(), Fault> {
        serde_json::to_writer(&mut self.chunk, value).map_err(|e| Fault::new(Code::Internal).about(e))?;
        self.chunk.push(b'\n');
        if self.chunk.len() >= CHUNK { self.send().await } else { Ok(()) }
    }

    async fn send(&mut self) -> Result<(), Fault> {
        let chunk = std::mem::take(&mut self.chunk);
        // Whoever asked has gone: nobody is there to be told.
        self.to.send(Ok(chunk.into())).await.map_err(|_| Fault::new(Code::Internal).about("the reader has gone"))
    }
}

#[derive(Serialize)]
struct Line<'a, T: Serialize> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(flatten)]
    value: T,
}

#[derive(Serialize)]
struct EntryLine<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    seq: u64,
    count: u32,
    at: i64,
    actor: &'a str,
    command: &'a str,
    body: &'a str,
    hash: Digest,
}

impl Engine {
    /// Sends the whole record of a workspace. `made_by` names the program.
    pub async fn export(&self, workspace: WorkspaceId, made_by: &str, to: Sender<Result<Bytes, Fault>>) {
        let failed = to.clone();
        let lines = Lines { to, chunk: Vec::with_capacity(2 * CHUNK) };
        if let Err(fault) = self.export_lines(workspace, made_by, lines).await {
            let _ = failed.send(Err(fault)).await;
        }
    }

    async fn export_lines(&self, workspace: WorkspaceId, made_by: &str, mut out: Lines) -> Result<(), Fault> {
        let store = self.store();
        // Checkpoints are read first: the log only grows, so that all they name is in what follows.
        let newest = store.newest_checkpoint(workspace).await?.map_or(0, |newest| newest.number);
        let head = json!({"type": "export", "v": 1, "workspace": workspace, "at": self.now(), "made_by": made_by});
        out.line(&head).await?;
        let keys = self.notary_keys(workspace).await?;
        for key in &keys {
            out.line(&Line { kind: "key", value: key }).await?;
        }
        let mut number = 0;
        while number < newest {
            let page = store.checkpoints(workspace, number, PAGE).await?;
            let Some(last) = page.last() else { break };
            number = last.number;
            for checkpoint in page.iter().filter(|checkpoint| checkpoint.number <= newest) {
                out.line(&Line { kind: "checkpoint", value: checkpoint }).await?;
                for leaf in store.leaves(workspace, checkpoint.number).await? {
                    out.line(&Line { kind: "leaf", value: leaf }).await?;
                }
            }
        }
        let (mut runs, mut entries) = (0_u64, 0_u64);
        let journal = journal_of(workspace);
        if let Some(last) = store.journal_last(workspace).await? {
            out.line(&json!({"type": "run", "run": journal})).await?;
            entries += self.export_chain(&mut out, workspace, journal, last.seq + u64::from(last.count)).await?;
            runs += 1;
        }
        let mut after = None;
        loop {
            let heads = store.heads(workspace, after, PAGE).await?;
            for head in &heads {
                out.line(&json!({"type": "run", "run": head.run, "seq": head.seq - 1, "head": head.head})).await?;
                entries += self.export_chain(&mut out, workspace, head.run, head.seq).await?;
                runs += 1;
            }
            match heads.last() {
                Some(last) if heads.len() == PAGE as usize => after = Some(last.run),
                _ => break,
            }
        }
        let end = json!({
            "type": "end", "keys": keys.len(), "checkpoints": newest, "runs": runs, "entries": entries,
        });
        out.line(&end).await?;
        out.send().await
    }

    /// A chain's entries up to event `end`, not included.
    async fn export_chain(&self, out: &mut Lines, workspace: WorkspaceId, run: RunId, end: u64) -> Result<u64, Fault> {
        let (mut from, mut sent) = (1, 0);
        while from < end {
            let page = self.store().entries(workspace, run, from, PAGE).await?;
            let Some(last) = page.last() else { break };
            from = last.seq + u64::from(last.count);
            for entry in page.iter().filter(|entry| entry.seq < end) {
                let Entry { seq, count, at, actor, command, body, hash } = entry;
                let (seq, count, at, hash) = (*seq, *count, at.0, *hash);
                out.line(&EntryLine { kind: "entry", seq, count, at, actor, command, body, hash }).await?;
                sent += 1;
            }
        }
        Ok(sent)
    }
}
