//! The real hands: tools through their contracts, models through their client.

use std::sync::Arc;
use std::time::Instant;

use futures::FutureExt;
use futures::future::BoxFuture;
use metel_llm::{Model, ModelFailure, Sink};
use metel_llm::{agent, author, composer, conversation};
use metel_model::Fault;
use metel_model::code::Code;
use metel_model::contract::Transport;
use metel_model::effect::{Certainty, EffectKind, Outcome, Usage};
use metel_model::event::Answer;
use metel_model::lang::Lang;
use metel_model::plan::PlanInput;
use metel_tools::run::ToolCall;
use serde_json::{Value, json};

use super::accounts::turned_away;
use super::definitions::WRITER;
use super::models::Asker;
use super::{Shared, conversations};
use crate::perform::{Hands, Job};

/// For one call to a model on behalf of a step.
const MODEL_TIMEOUT_MS: u64 = 150_000;

pub(crate) struct Real(pub Arc<Shared>);

impl Hands for Real {
    fn instant(&self, job: &Job) -> Option<Outcome> {
        let compiled = job.contract.as_ref()?;
        if job.effect.kind != EffectKind::Tool || !matches!(compiled.contract.transport, Transport::Builtin { .. }) {
            return None;
        }
        let workspace = Some(job.workspace);
        let (effect, payload) = (&job.effect, job.payload.as_ref());
        let call = ToolCall { compiled, effect, payload, connection: None, workspace, redactor: None };
        // A builtin waits for nothing.
        self.0.tools.run(call).now_or_never()
    }

    fn perform(&self, job: Job) -> BoxFuture<'static, Outcome> {
        let shared = self.0.clone();
        Box::pin(async move {
            let began = Instant::now();
            let mut outcome = match job.effect.kind {
                EffectKind::Tool | EffectKind::Reconcile => shared.call(&job).await,
                EffectKind::Agent => shared.agent(&job).await,
                EffectKind::Plan => shared.plan_step(&job).await,
                EffectKind::Author => shared.author(&job).await,
                EffectKind::Compose => shared.compose(&job).await,
            };
            outcome.ms = began.elapsed().as_millis() as u64;
            outcome
        })
    }
}

fn failed(failure: ModelFailure) -> Outcome {
    let mut outcome = Outcome::fault(*failure.fault, Certainty::Certain, 0);
    outcome.usage = failure.usage;
    outcome.retry_after_ms = failure.retry_after_ms;
    outcome
}

fn done(output: Value, usage: Option<Usage>) -> Outcome {
    Outcome { usage, ..Outcome::answer(output, 0) }
}

impl Shared {
    async fn call(self: &Arc<Self>, job: &Job) -> Outcome {
        let Some(compiled) = &job.contract else {
            return Outcome::fault(Fault::new(Code::ToolUnknown).about(&job.effect.target), Certainty::Certain, 0);
        };
        let service = compiled.contract.service();
        let mut aged = false;
        loop {
            let accounts = match self.fresh_accounts(job.workspace, service).await {
                Ok(accounts) => accounts,
                Err(fault) => {
                    let retry_after_ms = fault.retry_after_ms;
                    return Outcome { retry_after_ms, ..Outcome::fault(fault, Certainty::Certain, 0) };
                }
            };
            let connection = accounts.credential(service);
            let redactor = Some(accounts.redactor());
            let workspace = Some(job.workspace);
            let call =
                ToolCall { compiled, effect: &job.effect, payload: &job.payload, connection, workspace, redactor };
            let outcome = self.tools.run(call).await;
            // A granted token that was taken back early: the call was turned away at the door, so it is made once more
            // with the next token.
            match accounts.granted(service) {
                Some(granted) if !aged && granted.can_renew && turned_away(compiled, &outcome) => {
                    aged = true;
                    if let Err(fault) = self.age(job.workspace, granted).await {
                        return Outcome::fault(fault, Certainty::Certain, 0);
                    }
                }
                _ => return outcome,
            }
        }
    }

    fn lang(job: &Job) -> Lang {
        match &job.request {
            Some(request) => request.lang,
            None => Lang::of(&job.payload.to_string()),
        }
    }

    async fn agent(&self, job: &Job) -> Outcome {
        let lang = Self::lang(job);
        let name = job.payload.get("agent").and_then(Value::as_str).unwrap_or(&job.effect.target);
        let Some(profile) = agent::named(name) else {
            return Outcome::fault(Fault::new(Code::NotFound).about(format!("agent {name}")), Certainty::Certain, 0);
        };
        let null = Value::Null;
        let schema = job.payload.get("output_schema").unwrap_or(&null);
        let input = job.payload.get("input").unwrap_or(&null);
        let task = match job.payload.get("task") {
            Some(Value::String(task)) => task.clone(),
            Some(words) => words.get(lang.tag()).and_then(Value::as_str).unwrap_or_default().to_owned(),
            None => String::new(),
        };
        let work = agent::Work {
            agent: profile,
            lang,
            task: &task,
            input,
            output_schema: schema,
            timeout_ms: MODEL_TIMEOUT_MS,
        };
        let sink = self.engine.get().cloned().map(|engine| {
            let (run, step) = (job.effect.run, job.effect.step.clone());
            let sink: Sink = Arc::new(move |text: &str| engine.live().chunk(run, &step, text));
            sink
        });
        let scopes = vec![format!("agent:{}", profile.name), format!("run:{}", job.effect.run)];
        let asker = Asker { purpose: "agent".to_owned(), is_background: job.request.is_none(), scopes };
        let names = [profile.model.as_deref().unwrap_or("fast"), "fast", "planner"];
        let model = match self.model_for(job.workspace, &names, &asker).await {
            Ok(model) => model,
            Err(fault) => return Outcome::fault(fault, Certainty::Certain, 0),
        };
        let has_tools = job.payload.get("tools").is_some();
        // Rules that stand in for a model cannot choose tools; they answer from the material.
        if has_tools && model.is_ai() {
            let rounds = match self.rounds(job.workspace, job.effect.head).await {
                Ok(rounds) => rounds,
                Err(fault) => return Outcome::fault(fault, Certainty::Certain, 0),
            };
            let offers = conversations::offers(job, lang);
            return match conversation::converse(model.as_ref(), work, &offers, &rounds, sink).await {
                Ok(replied) => done(replied.reply, Some(replied.usage)),
                Err(failure) => failed(failure),
            };
        }
        match agent::work(model.as_ref(), work, sink).await {
            Ok(worked) if has_tools => done(json!({ "answer": worked.output }), Some(worked.usage)),
            Ok(worked) => {
                let output = match worked.output {
                    Value::String(text) if name == WRITER => json!({ "text": text, "summary": text }),
                    Value::String(text) => json!({ "text": text }),
                    other => other,
                };
                done(output, Some(worked.usage))
            }
            Err(failure) => failed(failure),
        }
    }

    async fn plan_step(&self, job: &Job) -> Outcome {
        let input: PlanInput = match serde_json::from_value(job.payload.as_ref().clone()) {
            Ok(input) => input,
            Err(error) => return Outcome::fault(Fault::new(Code::Internal).about(error), Certainty::Certain, 0),
        };
        match self.propose(job.workspace, &input, Some(job.effect.run)).await {
            Ok(proposal) => {
                done(json!({ "plan": proposal.plan, "tools": proposal.tools, "model": proposal.model }), proposal.usage)
            }
            Err(fault) => Outcome::fault(fault, Certainty::Certain, 0),
        }
    }

    /// The model for small work on a run's behalf.
    async fn model_of(&self, job: &Job, purpose: &str) -> Result<Arc<dyn Model>, Fault> {
        let scopes = vec![format!("run:{}", job.effect.run)];
        let asker = Asker { purpose: purpose.to_owned(), is_background: job.request.is_none(), scopes };
        self.model_for(job.workspace, &["fast", "planner"], &asker).await
    }

    async fn author(&self, job: &Job) -> Outcome {
        let tool = job.payload.get("tool").and_then(Value::as_str).unwrap_or(&job.effect.target);
        let Some(compiled) = job.definitions.current(tool) else {
            return Outcome::fault(Fault::new(Code::ToolUnknown).about(tool), Certainty::Certain, 0);
        };
        let fields: Vec<String> =
            job.payload.get("fields").and_then(|f| serde_json::from_value(f.clone()).ok()).unwrap_or_default();
        let context = job.payload.get("payload").cloned().unwrap_or_default();
        let open = author::Open {
            request: job.request.as_ref().map(|r| r.text.as_str()).unwrap_or_default(),
            lang: Self::lang(job),
            contract: &compiled.contract,
            fields: &fields,
            context: &context,
            timeout_ms: MODEL_TIMEOUT_MS,
        };
        let model = match self.model_of(job, "author").await {
            Ok(model) => model,
            Err(fault) => return Outcome::fault(fault, Certainty::Certain, 0),
        };
        match author::fill(model.as_ref(), open).await {
            Ok(authored) => done(json!(authored.values), authored.usage),
            Err(failure) => failed(failure),
        }
    }

    async fn compose(&self, job: &Job) -> Outcome {
        let Ok(draft) = serde_json::from_value::<Answer>(job.payload.as_ref().clone()) else {
            return Outcome::fault(Fault::new(Code::Internal).about("the draft cannot be read"), Certainty::Certain, 0);
        };
        let facts = json!({ "request": job.request.as_ref().map(|r| &r.text), "links": draft.links });
        let model = match self.model_of(job, "composer").await {
            Ok(model) => model,
            Err(fault) => return Outcome::fault(fault, Certainty::Certain, 0),
        };
        let composed = composer::word(model.as_ref(), Self::lang(job), draft, &facts).await;
        done(serde_json::to_value(&composed.answer).unwrap_or_default(), composed.usage)
    }
}
