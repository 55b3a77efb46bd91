//! THE one function that runs a tool. Nothing else in metel sends a tool's call.
//!
//! In this order: switched on, granted, payload against the schema, names looked up, rendered, paced,
//! sent through the egress guard, read, and sorted by whether the receiver may have acted. It decides
//! nothing about trying again.

mod answer;
mod call;
mod grant;
mod lookup;
mod outcome;
mod pace;
mod payload;
mod retry_after;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use metel_model::contract::Transport;
use metel_model::effect::{Certainty, Effect, EffectKind, Outcome};
use metel_model::id::WorkspaceId;
use metel_model::time::{Clock, SystemClock};
use metel_model::{Code, Fault, Micros};
use metel_net::Net;
use metel_rules::contract::Compiled;
use serde_json::Value;

pub use grant::Credential;

use crate::builtin::{self, Desk};
use crate::redact::Redactor;
use crate::registry::Registry;
use outcome::refused;
use pace::Pace;

/// Runs tools. Cheap to clone.
#[derive(Clone)]
pub struct Tools {
    net: Net,
    registry: Arc<Registry>,
    pace: Arc<Pace>,
    clock: Arc<dyn Clock>,
    /// Where builtins keep files; without it those that need one refuse.
    files: Option<Arc<Path>>,
}

/// One call: an effect of kind `Tool` or `Reconcile`, with everything that it needs.
#[derive(Debug)]
pub struct ToolCall<'c> {
    /// The pinned contract of the tool; for `Reconcile` the one whose fate is asked.
    pub compiled: &'c Arc<Compiled>,
    pub effect: &'c Effect,
    /// The payload, read from wherever it was stored.
    pub payload: &'c Value,
    /// The account to use; `None` for builtins and services without sign-in.
    pub connection: Option<&'c Credential>,
    /// Whose files a builtin may touch.
    pub workspace: Option<WorkspaceId>,
    /// Secrets of the workspace that may stand nowhere else; the credential's own is always masked.
    pub redactor: Option<&'c Redactor>,
}

/// What every part of one call shares.
struct Job<'j> {
    connection: Option<&'j Credential>,
    redactor: Redactor,
    deadline: Instant,
    key: &'j str,
    run: String,
    since: Micros,
}

impl Tools {
    pub fn new(net: Net, registry: Arc<Registry>) -> Self {
        Self::with_clock(net, registry, Arc::new(SystemClock))
    }

    pub fn with_clock(net: Net, registry: Arc<Registry>, clock: Arc<dyn Clock>) -> Self {
        Self { net, registry, pace: Arc::new(Pace::default()), clock, files: None }
    }

    /// The folder below which builtins keep the files of runs.
    #[must_use]
    pub fn with_files(mut self, root: Option<&Path>) -> Self {
        self.files = root.map(Arc::from);
        self
    }

    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    pub fn net(&self) -> &Net {
        &self.net
    }

    /// Runs one call and says what came of it. Never panics, never outlasts its timeout, and never
    /// repeats a secret.
    pub async fn run(&self, call: ToolCall<'_>) -> Outcome {
        let started = Instant::now();
        let redactor = Redactor::new(call.connection.and_then(Credential::exposed));
        let mut outcome = match call.effect.kind {
            EffectKind::Tool => self.tool(&call, redactor.clone(), started).await,
            EffectKind::Reconcile => self.reconcile(&call, redactor.clone(), started).await,
            EffectKind::Agent | EffectKind::Plan | EffectKind::Author | EffectKind::Compose => {
                refused(Fault::new(Code::Internal).about("this effect is not a tool's"))
            }
        };
        outcome.ms = started.elapsed().as_millis() as u64;
        for redactor in [Some(&redactor), call.redactor].into_iter().flatten() {
            outcome::mask(&mut outcome, redactor);
        }
        outcome
    }

    async fn tool(&self, call: &ToolCall<'_>, redactor: Redactor, started: Instant) -> Outcome {
        let contract = &call.compiled.contract;
        if self.registry.snapshot().is_disabled(&contract.id) {
            return refused(Fault::new(Code::ToolDisabled).about(&contract.id));
        }
        if let Err(fault) = payload::check(call.compiled, call.payload) {
            return refused(fault);
        }
        if let Transport::Builtin { name } = &contract.transport {
            let desk = match (&self.files, call.workspace) {
                (Some(root), Some(workspace)) => {
                    Desk::at(root, &workspace.to_string(), &call.effect.run.to_string(), &call.effect.key)
                }
                _ => Desk::none(),
            };
            return match builtin::call(name, &desk, call.payload) {
                Ok(output) => Outcome::answer(output, 0),
                Err(fault) => refused(fault),
            };
        }
        let job = self.job(call, redactor, started);
        let input = match self.looked_up(call.compiled, call.payload, &job).await {
            Ok(input) => input,
            Err(outcome) => return *outcome,
        };
        let mut outcome = self.exchange(call.compiled, &input, &job).await;
        self.add_after(call.compiled, &input, &mut outcome, &job).await;
        outcome
    }

    /// The read that tells whether a call already happened. Its own failure is a fault; what its
    /// answer means is judged by the contract whose fate is asked.
    async fn reconcile(&self, call: &ToolCall<'_>, redactor: Redactor, started: Instant) -> Outcome {
        let job = self.job(call, redactor, started);
        // What the call was sent with: the same names were looked up for it.
        let input = match self.looked_up(call.compiled, call.payload, &job).await {
            Ok(input) => input,
            Err(outcome) => return *outcome,
        };
        let (tool, args) = match call.compiled.reconcile_call(&input, call.effect.since) {
            Some(Ok(read)) => read,
            Some(Err(error)) => return refused(Fault::new(Code::PayloadInvalid).about(error)),
            None => return refused(Fault::new(Code::ToolUnknown).about("the contract has no way to tell")),
        };
        match self.read_as_asked(&tool, &args, &job).await {
            // What was asked, and the payload with its names looked up, belong to the answer.
            Ok((Value::Object(mut output), asked)) => {
                output.insert("asked".to_owned(), asked);
                output.insert("sent".to_owned(), input);
                Outcome::answer(Value::Object(output), 0)
            }
            Ok((output, _)) => Outcome::answer(output, 0),
            Err(outcome) => *outcome,
        }
    }

    fn job<'j>(&self, call: &ToolCall<'j>, redactor: Redactor, started: Instant) -> Job<'j> {
        let timeout_ms = match call.effect.timeout_ms {
            0 => call.compiled.contract.timeout_ms,
            ms => ms,
        };
        Job {
            connection: call.connection,
            redactor,
            deadline: started + std::time::Duration::from_millis(timeout_ms),
            key: &call.effect.key,
            run: call.effect.run.to_string(),
            since: call.effect.since,
        }
    }

    /// A read on behalf of another call. Gives its body only when the contract judges it a success.
    async fn read(&self, tool: &str, args: &Value, job: &Job<'_>) -> Result<Value, Box<Outcome>> {
        self.read_as_asked(tool, args, job).await.map(|(body, _)| body)
    }

    /// The body, and the arguments with their names looked up.
    async fn read_as_asked(&self, tool: &str, args: &Value, job: &Job<'_>) -> Result<(Value, Value), Box<Outcome>> {
        let unknown = || Box::new(refused(Fault::new(Code::ToolUnknown).about(tool)));
        let compiled = self.registry.get(tool).filter(|c| !c.contract.is_consequential()).ok_or_else(unknown)?;
        payload::check(&compiled, args).map_err(|fault| Box::new(refused(fault)))?;
        let args = Box::pin(self.looked_up(&compiled, args, job)).await?;
        let outcome = self.exchange(&compiled, &args, job).await;
        outcome::body_of_success(&compiled, &args, outcome).map(|body| (body, args))
    }
}

fn certain(fault: Fault) -> Outcome {
    Outcome::fault(fault, Certainty::Certain, 0)
}
