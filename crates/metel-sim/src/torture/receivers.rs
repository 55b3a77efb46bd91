//! The receivers of calls, and their ledger: who was asked for what, and what was done of it.
//!
//! A receiver judges by what reaches it. It tells calls apart by the key that stands in the request as the
//! contract renders it, where the contract names one; by their content where repeating is harmless by
//! nature; else not at all.

use std::collections::HashMap;

use metel_engine::perform::Job;
use metel_model::contract::{Idempotency, KeyPlace};
use metel_model::effect::EffectKind;
use metel_model::id::RunId;
use metel_rules::contract::Compiled;
use serde_json::Value;

use super::stand_in::{nth, told};

/// One call that arrived.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub run: RunId,
    pub step: String,
    pub intent: u32,
    pub tool: String,
    /// The key that metel gave it.
    pub key: String,
    /// Somebody may feel its effect.
    pub effect: bool,
    /// It was carried out.
    pub acted: bool,
    /// It was taken for another call, of another key, and not carried out.
    pub swallowed: bool,
}

#[derive(Default)]
pub(super) struct Receivers {
    pub calls: Vec<Call>,
    /// Tool and what the receiver tells calls apart by → key of the call that was carried out.
    held: HashMap<(String, String), String>,
    /// Tool and key → answer, of calls that were carried out.
    done: HashMap<(String, String), Value>,
    /// How often each step was sent.
    sends: HashMap<(RunId, String), u32>,
}

impl Receivers {
    /// A call arrives; its answer.
    pub fn take(&mut self, job: &Job, compiled: &Compiled, answer: &Value) -> Value {
        let effect = &job.effect;
        let sends = self.sends.entry((effect.run, effect.step.clone())).or_insert(0);
        let answer = nth(compiled.contract.output_schema.as_ref(), answer, *sends);
        *sends += 1;
        let tool = effect.target.clone();
        let known = mark(job, compiled).map(|mark| (tool.clone(), mark));
        let before = known.as_ref().and_then(|mark| self.held.get(mark));
        let swallowed =
            compiled.contract.idempotency != Idempotency::Natural && before.is_some_and(|before| *before != effect.key);
        let acted = before.is_none();
        self.calls.push(Call {
            run: effect.run,
            step: effect.step.clone(),
            intent: effect.intent,
            tool: tool.clone(),
            key: effect.key.clone(),
            effect: compiled.contract.is_consequential(),
            acted,
            swallowed,
        });
        if let (true, Some(mark)) = (acted, known) {
            self.held.insert(mark, effect.key.clone());
        }
        if compiled.contract.is_consequential() {
            return self.done.entry((tool, effect.key.clone())).or_insert(answer).clone();
        }
        answer
    }

    /// The answer of a call that was carried out.
    pub fn answer(&self, tool: &str, key: &str) -> Option<&Value> {
        self.done.get(&(tool.to_owned(), key.to_owned()))
    }

    /// The answer to "did it happen?".
    pub fn told(&self, job: &Job) -> Value {
        told(self.answer(&job.effect.target, &job.effect.key))
    }
}

/// What the receiver tells calls apart by.
fn mark(job: &Job, compiled: &Compiled) -> Option<String> {
    if job.effect.kind != EffectKind::Tool {
        return None;
    }
    let key = &job.effect.key;
    let (place, name) = match &compiled.contract.idempotency {
        Idempotency::Natural => return Some(job.payload.to_string()),
        Idempotency::None { .. } => return None,
        Idempotency::Key { place, name } => (place, name),
    };
    // Names that are looked up before the call are not, here: such a request may not be rendered.
    let Some(Ok(request)) = compiled.render(&job.payload, key, job.effect.since) else { return Some(key.clone()) };
    match place {
        KeyPlace::Header => {
            let mut headers = request.headers.iter();
            headers.find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
        }
        KeyPlace::Body => {
            let body = request.body?;
            match serde_json::from_slice::<Value>(&body) {
                Ok(value) => value.get(name).and_then(Value::as_str).map(str::to_owned),
                // A form: the key's own letters need no encoding.
                Err(_) => String::from_utf8(body).ok().filter(|form| form.contains(key.as_str())).map(|_| key.clone()),
            }
        }
    }
}
