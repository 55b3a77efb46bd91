//! Sealing what a run holds of a person: its events, snapshots, large values, questions to people.
//!
//! An event about a subject lies in the log as an event of type `sealed`: its type, its step, and its whole
//! text under the subject's key (XChaCha20-Poly1305, bound to workspace, run and number). Hashes are over what
//! lies there, so that chain and checkpoints hold whether anybody can read it or not. Refuses to seal for a
//! subject whose key was destroyed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use metel_model::Fault;
use metel_model::approval::{Approval, Ask, Decision};
use metel_model::code::Code;
use metel_model::event::{Entry, Event};
use metel_model::hash::Digest;
use metel_model::id::{RunId, WorkspaceId};
use metel_model::lang::Text;
use metel_model::policy::Verdict;
use metel_model::stored::Stored;
use metel_model::subject::Subject;
use metel_store::{ApprovalFilter, Blob, StoreError, SubjectKeyRow};
use metel_tools::vault::DataKey;
use serde_json::{Value, json};

use crate::engine::Engine;
use crate::journal::following;
use crate::keys::Keys;

/// What a sealed snapshot begins with.
const SNAPSHOT: &str = "{\"$sealed\":";

/// A subject's key at work.
pub(crate) struct Seal {
    pub key_id: String,
    key: DataKey,
}

fn internal(error: impl std::fmt::Display) -> Fault {
    Fault::new(Code::Internal).about(error)
}

impl Seal {
    /// The events of a transition as they lie in the log.
    pub fn body(&self, workspace: WorkspaceId, run: RunId, seq: u64, events: &[Event]) -> Result<String, Fault> {
        let sealed = events.iter().zip(seq..).map(|(event, seq)| {
            let text = serde_json::to_string(event).map_err(internal)?;
            let bound = [workspace.to_string(), run.to_string(), seq.to_string()];
            Ok(Event::Sealed {
                was: event.name().to_owned(),
                step: event.step().map(str::to_owned),
                key: self.key_id.clone(),
                text: self.key.seal_text("metel event", &bound, &text)?,
            })
        });
        let sealed: Vec<Event> = sealed.collect::<Result<_, Fault>>()?;
        serde_json::to_string(&sealed).map_err(internal)
    }

    pub fn snapshot(&self, workspace: WorkspaceId, run: RunId, text: &str) -> Result<String, Fault> {
        let sealed = self.key.seal_text("metel snapshot", &[workspace.to_string(), run.to_string()], text)?;
        Ok(json!({"$sealed": {"key": self.key_id, "text": sealed}}).to_string())
    }
}

/// A question as its row shows it: what it is about lies sealed in the run's log.
pub(crate) fn without_contents(ask: &Ask) -> Ask {
    let Verdict { effect, rule, outside, needs, driven, .. } = ask.verdict.clone();
    let verdict = Verdict {
        effect,
        rule,
        reasons: Vec::new(),
        pii: Vec::new(),
        untrusted: Vec::new(),
        origins: BTreeMap::new(),
        outside,
        needs,
        driven,
    };
    let title = Text::new("Sealed", "봉인됨");
    Ask { title, payload: Stored::inline(json!({"$sealed": true})), verdict, undo: None, ..ask.clone() }
}

fn is_without_contents(ask: &Ask) -> bool {
    ask.payload.value().is_some_and(|value| value.get("$sealed").is_some())
}

/// How many of these events nobody can read any more.
pub(crate) fn still_sealed(entries: &[Entry]) -> u64 {
    let sealed = |entry: &Entry| match entry.events() {
        Ok(events) => events.iter().filter(|event| matches!(event, Event::Sealed { .. })).count() as u64,
        Err(_) => 0,
    };
    entries.iter().filter(|entry| may_be_sealed(entry)).map(sealed).sum()
}

/// A quick look that never misses one.
fn may_be_sealed(entry: &Entry) -> bool {
    entry.body.contains("\"type\":\"sealed\"")
}

impl Engine {
    fn keys(&self) -> Result<&dyn Keys, Fault> {
        self.0.surroundings.keys().ok_or_else(|| Fault::new(Code::VaultUnreadable).about("there is no keyring"))
    }

    /// The subject's key, made on first use.
    pub(crate) async fn subject(&self, workspace: WorkspaceId, id: &str) -> Result<Subject, Fault> {
        self.keys()?.subject(workspace, id).await
    }

    pub(crate) async fn seal_of(&self, workspace: WorkspaceId, subject: &Subject) -> Result<Arc<Seal>, Fault> {
        match self.keys()?.subject_key(workspace, &subject.key).await? {
            Some(key) => Ok(Arc::new(Seal { key_id: subject.key.clone(), key })),
            None => Err(Fault::new(Code::SubjectErased).about(&subject.id)),
        }
    }

    /// Entries whose first event is `from` or later, opened as far as that is possible.
    pub async fn entries(
        &self,
        workspace: WorkspaceId,
        run: RunId,
        from: u64,
        limit: u32,
    ) -> Result<Vec<Entry>, Fault> {
        let mut entries = self.store().entries(workspace, run, from, limit).await?;
        self.open_entries(workspace, run, &mut entries).await?;
        Ok(entries)
    }

    /// Puts what was sealed back in its place. The hashes stay those of what lies in the log.
    pub(crate) async fn open_entries(
        &self,
        workspace: WorkspaceId,
        run: RunId,
        entries: &mut [Entry],
    ) -> Result<(), Fault> {
        let mut keys: HashMap<String, Option<DataKey>> = HashMap::new();
        for entry in entries.iter_mut().filter(|entry| may_be_sealed(entry)) {
            let Ok(events) = entry.events() else { continue };
            let mut texts = Vec::with_capacity(events.len());
            for (event, seq) in events.iter().zip(entry.seq..) {
                let Event::Sealed { key: id, text, .. } = event else {
                    texts.push(serde_json::to_string(event).map_err(internal)?);
                    continue;
                };
                if !keys.contains_key(id) {
                    keys.insert(id.clone(), self.keys()?.subject_key(workspace, id).await?);
                }
                let Some(Some(key)) = keys.get(id) else { break };
                let bound = [workspace.to_string(), run.to_string(), seq.to_string()];
                texts.push(key.open_text("metel event", &bound, text)?);
            }
            // All of an entry or nothing of it.
            if texts.len() == events.len() {
                entry.body = format!("[{}]", texts.join(","));
            }
        }
        Ok(())
    }

    /// The state that a snapshot holds; none where nobody can read it any more.
    pub(crate) async fn open_snapshot(
        &self,
        workspace: WorkspaceId,
        run: RunId,
        text: String,
    ) -> Result<Option<String>, Fault> {
        if !text.starts_with(SNAPSHOT) {
            return Ok(Some(text));
        }
        let sealed: Value = serde_json::from_str(&text).map_err(internal)?;
        let of = |name: &str| sealed["$sealed"][name].as_str().unwrap_or_default();
        match self.keys()?.subject_key(workspace, of("key")).await? {
            Some(key) => {
                let bound = [workspace.to_string(), run.to_string()];
                key.open_text("metel snapshot", &bound, of("text")).map(Some)
            }
            None => Ok(None),
        }
    }

    /// Keeps large values sealed. Where they lie is told by a name that only this workspace's key can derive.
    pub(crate) async fn keep_sealed(
        &self,
        workspace: WorkspaceId,
        seal: &Seal,
        values: Vec<Blob>,
    ) -> Result<(), Fault> {
        for value in values {
            let name = self.keys()?.value_name(workspace, value.digest).await?;
            let known = self.store().sealed_values(workspace, name).await?;
            if known.iter().any(|(key, _)| *key == seal.key_id) {
                continue;
            }
            let sealed = seal.key.seal_bytes("metel value", &[workspace.to_string(), name.hex()], &value.bytes)?;
            let digest = self.store().put_blob(workspace, sealed).await?;
            self.store().add_sealed_value(workspace, name, &seal.key_id, digest).await?;
        }
        Ok(())
    }

    /// A large value that was sealed, if anybody can still read it.
    pub(crate) async fn sealed_value(&self, workspace: WorkspaceId, digest: Digest) -> Result<Option<Vec<u8>>, Fault> {
        let Some(keys) = self.0.surroundings.keys() else { return Ok(None) };
        let name = keys.value_name(workspace, digest).await?;
        for (id, at) in self.store().sealed_values(workspace, name).await? {
            let Some(key) = keys.subject_key(workspace, &id).await? else { continue };
            let Some(sealed) = self.store().blob(workspace, at).await? else { continue };
            return key.open_bytes("metel value", &[workspace.to_string(), name.hex()], &sealed).map(Some);
        }
        Ok(None)
    }

    /// Approvals with what they are about, as far as that can be read.
    pub async fn approvals(&self, workspace: WorkspaceId, filter: &ApprovalFilter) -> Result<Vec<Approval>, Fault> {
        let mut found = self.store().approvals(workspace, filter).await?;
        for approval in &mut found {
            self.fill_in(workspace, approval).await?;
        }
        Ok(found)
    }

    /// Reads from the run's log what the approval's row does not tell.
    pub(crate) async fn fill_in(&self, workspace: WorkspaceId, approval: &mut Approval) -> Result<(), Fault> {
        if !is_without_contents(&approval.ask) {
            return Ok(());
        }
        let id = approval.ask.id;
        for entry in self.log(workspace, approval.run).await? {
            for event in entry.events().map_err(|e| Fault::new(Code::StoreCorrupt).about(e))? {
                match event {
                    Event::ApprovalRequested { ask } if ask.id == id => approval.ask = *ask,
                    Event::ApprovalDecided { approval: of, decision: Decision::Reject { reason }, .. } if of == id => {
                        if let Some(decided) = &mut approval.decided {
                            decided.reason = reason;
                        }
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Destroys keys, writes that down, and lets go of what this process still remembers.
    pub async fn destroy_subject_keys(
        &self,
        workspace: WorkspaceId,
        subject: &str,
        keys: &[SubjectKeyRow],
        by: &str,
    ) -> Result<(), Fault> {
        let names: Vec<&str> = keys.iter().map(|key| key.key_id.as_str()).collect();
        let event = json!({"type": "subject_erased", "subject": subject, "keys": names, "by": by});
        for _ in 0..16 {
            let now = self.now();
            let last = self.store().journal_last(workspace).await?;
            let entry = following(workspace, last.as_ref(), "erase_subject", by, now, std::slice::from_ref(&event))?;
            match self.store().erase_subject_keys(keys, now, by, &entry).await {
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
                Ok(()) => {
                    self.0.hot.forget();
                    self.0.programs.forget();
                    return Ok(());
                }
            }
        }
        Err(Fault::new(Code::Overloaded).about("the journal").retry_after_ms(500))
    }
}
