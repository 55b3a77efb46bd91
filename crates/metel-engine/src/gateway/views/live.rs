//! The messages of the execution socket, told from a run's events in order.
//!
//! It is fed every event from the first on, so that durations and costs are right, and says which of
//! them a watcher is told; the watcher decides from which number on it wants to hear.

use std::collections::HashMap;
use std::sync::Arc;

use metel_model::approval::Decision;
use metel_model::event::{Answer, Event};
use metel_model::hash::Digest;
use metel_model::lang::Lang;
use metel_model::time::Micros;
use metel_rules::graph::Program;
use serde_json::{Value, json};

use super::run::label_of;
use super::{both, problem};

/// What has been told of one run so far.
#[derive(Default)]
pub struct Telling {
    pub lang: Lang,
    program: Option<Arc<Program>>,
    began: HashMap<String, Micros>,
    cost: i64,
    /// Number of the newest event told.
    pub seq: u64,
    /// The run has ended (until somebody starts it again).
    pub over: bool,
}

impl Telling {
    pub fn new(lang: Lang) -> Self {
        Self { lang, ..Self::default() }
    }

    /// The workflow that an event makes the run's; its program should be given before the event.
    pub fn workflow(event: &Event) -> Option<Digest> {
        match event {
            Event::RunStarted(started) => started.workflow,
            Event::PlanAccepted { workflow, .. } => Some(*workflow),
            _ => None,
        }
    }

    pub fn program(&mut self, program: Arc<Program>) {
        self.program = Some(program);
    }

    /// Takes the next event in; the message for it, if there is one.
    pub fn tell(&mut self, seq: u64, event: &Event, at: Micros) -> Option<Value> {
        self.seq = seq;
        let mut message = self.message(event, at)?;
        message["seq"] = json!(seq);
        Some(message)
    }

    fn message(&mut self, event: &Event, at: Micros) -> Option<Value> {
        let lang = self.lang;
        Some(match event {
            Event::EffectIntended { step, .. } | Event::StepStarted { step, .. } | Event::ChildStarted { step, .. } => {
                self.began.entry(step.clone()).or_insert(at);
                let label = label_of(self.program.as_deref(), step);
                json!({"type": "step_start", "node_id": step, "label": label.get(lang)})
            }
            Event::EffectObserved { outcome, .. } => {
                self.cost += outcome.usage.as_ref().and_then(|u| u.cost).unwrap_or(0);
                return None;
            }
            Event::StepSucceeded { step, .. } => {
                let ms = self.began.remove(step).map_or(0, |from| at.millis_since(from));
                json!({"type": "step_complete", "node_id": step, "duration_ms": ms})
            }
            Event::StepFailed { step, error, .. } => {
                self.began.remove(step);
                json!({"type": "step_failed", "node_id": step, "error": problem(error, lang)})
            }
            Event::StepRetry { step, attempt, at, error, .. } => json!({
                "type": "step_retry", "node_id": step, "attempt": attempt, "at": at.rfc3339(), "error": problem(error, lang),
            }),
            Event::ApprovalRequested { ask } => json!({
                "type": "approval_required", "approval_id": ask.id, "node_id": ask.step, "title": both(&ask.title),
            }),
            Event::ApprovalDecided { approval, step, decision, by, .. } => {
                let word = match decision {
                    Decision::Approve { .. } => "approve",
                    Decision::Edit { .. } => "edit",
                    Decision::Mask {} => "mask",
                    Decision::Reject { .. } => "reject",
                };
                json!({"type": "approval_decided", "approval_id": approval, "node_id": step, "decision": word, "by": by})
            }
            Event::ApprovalVoted { approval, step, by, .. } => {
                json!({"type": "approval_voted", "approval_id": approval, "node_id": step, "by": by})
            }
            Event::ApprovalExpired { approval, step } => {
                json!({"type": "approval_decided", "approval_id": approval, "node_id": step, "decision": "expired", "by": "system"})
            }
            Event::ApprovalVoided { approval, step } => {
                json!({"type": "approval_decided", "approval_id": approval, "node_id": step, "decision": "void", "by": "system"})
            }
            Event::InputRequested { step, fields } => json!({
                "type": "input_required", "node_id": step, "fields": fields.iter().map(super::plan::missing).collect::<Vec<_>>(),
            }),
            Event::PlanAccepted { version, plan, .. } => json!({
                "type": "plan_revised", "version": version,
                "actions": plan.actions.iter().map(|a| json!({"id": a.id, "tool": a.tool})).collect::<Vec<_>>(),
            }),
            Event::RunRetried { .. } => {
                self.over = false;
                return None;
            }
            Event::RunCompleted { answer, .. } => self.end("completed", answer.as_deref(), Value::Null),
            Event::RunFailed { error, answer } => self.end("failed", answer.as_deref(), problem(error, lang)),
            Event::RunCancelled { .. } => self.end("cancelled", None, Value::Null),
            _ => return None,
        })
    }

    fn end(&mut self, status: &str, answer: Option<&Answer>, error: Value) -> Value {
        self.over = true;
        json!({"type": "execution_complete", "status": status, "total_cost": self.cost, "answer": answer, "error": error})
    }
}
