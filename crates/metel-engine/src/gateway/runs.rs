//! Starts runs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::command::Command;
use metel_model::event::Started as Beginning;
use metel_model::fault::FieldFault;
use metel_model::hash::Digest;
use metel_model::id::{RunId, WorkspaceId};
use metel_model::plan::{ActionPlan, Mention, REQUEST_CHARS_MAX, Request};
use metel_model::status::RunStatus;
use metel_model::stored::Stored;
use metel_model::subject::{SUBJECT_CHARS_MAX, is_subject};
use metel_rules::graph::Kind;
use metel_store::{ClientKey, Header, Signal};
use serde_json::Value;
use tokio::sync::{broadcast, oneshot};

use super::pins_of;
use crate::admission::Urgency;
use crate::drive::{Ask, Reply, stopped};
use crate::engine::Engine;

/// Everything a new run begins with.
#[derive(Debug, Clone, Default)]
pub struct NewRun {
    pub name: String,
    /// A stored workflow; none when a plan is to be made or is given.
    pub workflow: Option<Digest>,
    pub request: Option<Request>,
    pub plan: Option<ActionPlan>,
    pub mentions: Vec<Mention>,
    pub input: Value,
    pub by: String,
    /// How long it may take from now on.
    pub deadline_ms: Option<u64>,
    /// -100 to 100; larger goes first.
    pub priority: i32,
    /// Whom it is about: its record is sealed under a key that can be destroyed.
    pub subject: Option<String>,
    /// The caller's key and the digest of what was asked.
    pub client_key: Option<(String, Digest)>,
}

/// A run that was started, or had been by the same key.
#[derive(Debug, Clone)]
pub struct Started {
    pub run: RunId,
    pub header: Option<Header>,
    pub known: bool,
}

/// The words of a request: trimmed, not empty, not longer than allowed.
pub fn request_text(text: &str) -> Result<&str, Fault> {
    let text = text.trim();
    let field =
        |en: String, ko: String| Fault::new(Code::FieldInvalid).fields(vec![FieldFault::new("/request", en, ko)]);
    if text.is_empty() {
        return Err(field("is empty".to_owned(), "비어 있어요".to_owned()));
    }
    if text.chars().count() > REQUEST_CHARS_MAX {
        let (en, ko) = (format!("at most {REQUEST_CHARS_MAX} characters"), format!("{REQUEST_CHARS_MAX}자까지예요"));
        return Err(field(en, ko));
    }
    Ok(text)
}

/// How often the store is asked about a run whose bell is silent.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How long a caller's key is remembered.
const KEY_MS: u64 = 48 * 60 * 60 * 1_000;

impl Engine {
    /// Starts a run; answers when its first commit is durable.
    pub async fn start(&self, workspace: WorkspaceId, new: NewRun) -> Result<Started, Fault> {
        self.begin_run(workspace, new, None).await
    }

    /// Starts a run and waits until it has ended or waits for something, at most `patience`.
    pub async fn start_and_wait(
        &self,
        workspace: WorkspaceId,
        new: NewRun,
        patience: Duration,
    ) -> Result<Started, Fault> {
        let (told, rest) = oneshot::channel();
        let until = tokio::time::Instant::now() + patience;
        // Where others share the store, they may carry the run to its rest.
        let others = (!self.0.store.is_exclusive()).then(|| self.0.store.subscribe_runs());
        let mut started = self.begin_run(workspace, new, Some(told)).await?;
        if started.known {
            // It began earlier: nobody will tell this call of its rest, which may be long past.
            if let Ok(header) = tokio::time::timeout_at(until, self.at_rest(workspace, started.run)).await {
                started.header = header?;
            }
            return Ok(started);
        }
        let rested = match others {
            None => tokio::time::timeout_at(until, rest).await.ok().and_then(Result::ok),
            Some(signals) => {
                let elsewhere = self.rests_elsewhere(workspace, started.run, signals);
                tokio::select! {
                    biased;
                    Ok(header) = rest => Some(header),
                    header = elsewhere => header,
                    () = tokio::time::sleep_until(until) => None,
                }
            }
        };
        started.header = rested.or(started.header);
        Ok(started)
    }

    /// The header of a run that began earlier, once it has ended or waits; `None` when there is none.
    pub async fn at_rest(&self, workspace: WorkspaceId, run: RunId) -> Result<Option<Header>, Fault> {
        let mut bell = self.live().watch_run(workspace, run);
        loop {
            match self.store().header(workspace, run).await? {
                Some(header) if !(header.status.is_final() || header.status == RunStatus::Waiting) => {}
                rests => return Ok(rests),
            }
            // A bell that does not ring, or is gone, is no reason to miss it.
            if let Ok(Err(broadcast::error::RecvError::Closed)) = tokio::time::timeout(LOOK_EVERY, bell.recv()).await {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }

    /// Waits until the store says that the run rests.
    async fn rests_elsewhere(
        &self,
        workspace: WorkspaceId,
        run: RunId,
        mut signals: broadcast::Receiver<Signal>,
    ) -> Option<Header> {
        loop {
            match signals.recv().await {
                Ok(Signal::Elsewhere(moved)) if moved != run => continue,
                // What is done here is told here.
                Ok(Signal::Run(_) | Signal::Surroundings | Signal::Tasks | Signal::Messages | Signal::Outbox) => {
                    continue;
                }
                Err(broadcast::error::RecvError::Closed) => return None,
                _ => {}
            }
            let header = self.0.store.header(workspace, run).await.ok().flatten();
            if let Some(header) = header.filter(|h| h.status.is_final() || h.status == RunStatus::Waiting) {
                return Some(header);
            }
        }
    }

    /// Messages leave a run and its seal: a workflow that sends or awaits them, itself or in a workflow that it
    /// calls, is not started for a subject.
    async fn keeps_to_itself(&self, workspace: WorkspaceId, workflow: Digest) -> Result<(), Fault> {
        let definitions = self.definitions(workspace);
        let (mut seen, mut todo) = (BTreeSet::new(), vec![workflow]);
        while let Some(digest) = todo.pop() {
            if !seen.insert(digest) {
                continue;
            }
            let program = self.program(workspace, digest).await?;
            for node in &program.nodes {
                match &node.kind {
                    Kind::Message { .. } | Kind::Emit { .. } => {
                        let (en, ko) = (
                            format!("step {} sends or awaits messages, which are not sealed yet", node.id),
                            format!("{} 단계가 메시지를 주고받는데, 메시지는 아직 봉인하지 못해요", node.id),
                        );
                        return Err(Fault::new(Code::FieldInvalid).fields(vec![FieldFault::new("/subject", en, ko)]));
                    }
                    Kind::Sub { workflow, .. } => todo.extend(definitions.workflow(workflow)),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    async fn begin_run(
        &self,
        workspace: WorkspaceId,
        new: NewRun,
        at_rest: Option<oneshot::Sender<Header>>,
    ) -> Result<Started, Fault> {
        if let Some(request) = &new.request {
            request_text(&request.text)?;
        }
        self.admit(Urgency::of(new.priority, at_rest.is_some()))?;
        if new.subject.as_deref().is_some_and(|id| !is_subject(id)) {
            let (en, ko) = (
                format!("1 to {SUBJECT_CHARS_MAX} letters, digits or . _ : -"),
                format!("영문자, 숫자, . _ : - 로 {SUBJECT_CHARS_MAX}자까지예요"),
            );
            return Err(Fault::new(Code::FieldInvalid).fields(vec![FieldFault::new("/subject", en, ko)]));
        }
        let facts = self.facts(workspace).await?;
        let definitions = self.definitions(workspace);
        let mut pins = BTreeMap::new();
        if let Some(digest) = new.workflow {
            let program = self.program(workspace, digest).await?;
            let mut faults = program.check_input(&new.input);
            if !faults.is_empty() {
                faults.iter_mut().for_each(|fault| fault.pointer.insert_str(0, "/input"));
                return Err(Fault::new(Code::FieldInvalid).at(format!("workflow {}", new.name)).fields(faults));
            }
            pins = pins_of(&program, definitions.as_ref());
            for node in &program.nodes {
                if let metel_rules::graph::Kind::Sub { workflow, .. } = &node.kind
                    && let Some(child) = pins.get(&format!("workflow:{workflow}"))
                {
                    self.program(workspace, *child).await?;
                }
            }
        }
        let subject = match &new.subject {
            Some(subject) => {
                if let Some(digest) = new.workflow {
                    self.keeps_to_itself(workspace, digest).await?;
                }
                Some(self.subject(workspace, subject).await?)
            }
            None => None,
        };
        let id = RunId(self.ids().next());
        let actor = new.by.clone();
        let beginning = Beginning {
            workflow: new.workflow,
            name: new.name,
            request: new.request,
            mentions: new.mentions,
            input: Stored::inline(new.input),
            facts: facts.digest,
            pins,
            by: new.by,
            parent: None,
            deadline: new.deadline_ms.map(|ms| self.now().plus_millis(ms)),
            priority: new.priority,
            untrusted: false,
            asked: None,
            laws: metel_rules::run::LAWS,
            subject,
        };
        let client_key =
            new.client_key.map(|(key, body)| ClientKey { key, body, expires: self.now().plus_millis(KEY_MS) });
        let asked = client_key.as_ref().map(|key| key.body);
        let (reply, answer) = oneshot::channel();
        let ask = Ask {
            command: Command::Start { started: Box::new(beginning), plan: new.plan.map(Box::new) },
            actor,
            client_key,
            reply: Some(reply),
            at_rest,
            outcome: None,
        };
        self.send(workspace, id, ask).await?;
        match answer.await.map_err(|_| stopped())?? {
            Reply::Done(header) => Ok(Started { run: id, header: Some(*header), known: false }),
            Reply::Known { run, body } if Some(body) == asked => Ok(Started { run, header: None, known: true }),
            Reply::Known { .. } => Err(Fault::new(Code::KeyReused)
                .detail("this key came before with another request", "이 키로 다른 요청이 먼저 왔어요")
                .at("Idempotency-Key")),
        }
    }
}
