//! A model that is none: fixed rules over the very input of an agent, so that pipelines run where no
//! model is configured. It is deterministic, quotes what it rests on, and says that it is no AI. It
//! plans nothing, words nothing and judges nothing: for that metel has its own ways without a model.

mod coo;
mod document;
mod findings;
mod reading;
mod shape;
mod signs;
mod summary;
mod weigh;

use futures::FutureExt;
use futures::future::BoxFuture;
use metel_model::Lang;
use metel_model::effect::Usage;
use serde_json::{Value, json};

use crate::model::{About, Call, Event, Finish, Model, ModelFailure, Reply, Watch};

/// The name under which it is recorded.
pub const NAME: &str = "simulated";

/// Rules in the place of a language model.
#[derive(Debug, Clone, Copy, Default)]
pub struct Simulated;

impl Model for Simulated {
    fn answer(&self, call: Call, watch: Option<Watch>) -> BoxFuture<'_, Result<Reply, ModelFailure>> {
        async move {
            let reply = answer(&call)?;
            if let Some(watch) = watch {
                watch(&Event::Text(reply.text.clone()));
            }
            Ok(reply)
        }
        .boxed()
    }

    fn name(&self) -> &str {
        NAME
    }

    fn is_ai(&self) -> bool {
        false
    }
}

fn answer(call: &Call) -> Result<Reply, ModelFailure> {
    let About::Agent { agent, task, input } = &call.about else {
        return Err(ModelFailure::refused("the simulated model answers only for agents; connect a model for this"));
    };
    let lang = Lang::of(&format!("{task} {input}"));
    let native = think(agent, lang, task, input);
    let (text, value) = match &call.schema {
        None => (shape::text(lang, &native), None),
        Some(schema) => {
            let value = shape::fit(&native, &schema.schema).ok_or_else(|| {
                ModelFailure::refused(format!(
                    "the simulated model cannot give {agent}'s answer the shape asked for; connect a model for this"
                ))
            })?;
            (value.to_string(), Some(value))
        }
    };
    let usage = Usage { model: NAME.into(), cost: Some(0), ..Usage::default() };
    Ok(Reply { text, value, calls: Vec::new(), refusal: None, usage, finish: Finish::Stop })
}

/// The agent's answer in its own shape.
fn think(agent: &str, lang: Lang, task: &str, input: &Value) -> Value {
    let passages = reading::read(input);
    let mut native = match agent {
        "optimist" => findings::opportunities(lang, &passages),
        "critic" => findings::risks(lang, &passages),
        "realist" => weigh::weigh(lang, input, &passages),
        "blog" => document::draft(lang, task, input, &passages),
        "coo" => coo::operate(lang, task, input, &passages),
        _ => summary::summarize(lang, task, &passages),
    };
    native["simulated"] = json!(true);
    native
}

#[cfg(test)]
mod tests;
