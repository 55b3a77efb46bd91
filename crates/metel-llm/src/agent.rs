//! An agent works on a task: its profile heads the prompt, its input is fenced, its answer has the
//! shape that the step asks for. It has no tools here: what it says changes nothing by itself.

use std::sync::LazyLock;

use metel_model::agent::Agent;
use metel_model::effect::Usage;
use metel_model::{Digest, Fault, Lang};
use serde_json::{Value, json};

use crate::locked;
use crate::model::{About, Call, Model, ModelFailure, Sink};
use crate::prompt;

static SHIPPED: LazyLock<Vec<Agent>> = LazyLock::new(|| {
    const FILES: &[&str] = &[
        include_str!("../../../prompts/agents/general.yaml"),
        include_str!("../../../prompts/agents/writer.yaml"),
        include_str!("../../../prompts/agents/optimist.yaml"),
        include_str!("../../../prompts/agents/critic.yaml"),
        include_str!("../../../prompts/agents/realist.yaml"),
        include_str!("../../../prompts/agents/blog.yaml"),
        include_str!("../../../prompts/agents/coo.yaml"),
    ];
    FILES.iter().filter_map(|text| yaml_serde::from_str(text).ok()).collect()
});

/// The profiles that come with metel.
pub fn shipped() -> &'static [Agent] {
    &SHIPPED
}

/// A shipped profile by name; `OptimistAgent` names `optimist`.
pub fn named(name: &str) -> Option<&'static Agent> {
    let short = name.trim().to_ascii_lowercase();
    let short = short.strip_suffix("agent").unwrap_or(&short).trim_end_matches(['-', '_', ' ']);
    SHIPPED.iter().find(|agent| agent.name == short)
}

/// What an agent is given.
#[derive(Debug, Clone, PartialEq)]
pub struct Work<'a> {
    pub agent: &'a Agent,
    pub lang: Lang,
    pub task: &'a str,
    /// Material, by others; null for none.
    pub input: &'a Value,
    /// Null for free text.
    pub output_schema: &'a Value,
    pub timeout_ms: u64,
}

/// What it gave back.
#[derive(Debug, Clone, PartialEq)]
pub struct Worked {
    /// A string for free text, else a value of the schema.
    pub output: Value,
    pub usage: Usage,
    pub prompt_digest: Digest,
}

/// What would be sent to have an agent work on a task without material, for people to read.
pub fn prompt(agent: &Agent, lang: Lang, task: &str) -> Result<prompt::Prompt, Fault> {
    let values = json!({
        "persona": agent.persona.trim(), "lang": lang.tag(), "has_schema": false, "task": task, "input": Value::Null,
    });
    prompt::render("agent", values)
}

/// One call to the model. An answer that does not fit is a failure that may be tried again.
pub async fn work(model: &dyn Model, work: Work<'_>, sink: Option<Sink>) -> Result<Worked, ModelFailure> {
    let has_schema = !work.output_schema.is_null();
    let values = json!({
        "persona": work.agent.persona.trim(),
        "lang": work.lang.tag(),
        "has_schema": has_schema,
        "task": work.task,
        "input": work.input,
    });
    let prompt = prompt::render("agent", values).map_err(|fault| ModelFailure::new(fault, false))?;
    let prompt_digest = prompt.digest();
    let about = About::Agent { agent: work.agent.name.clone(), task: work.task.to_owned(), input: work.input.clone() };
    let mut call = Call::new(prompt.system(), prompt.user()).about(about).max_tokens(work.agent.parameters.max_tokens);
    call.temperature = Some(work.agent.parameters.temperature);
    call.timeout_ms = work.timeout_ms;
    if has_schema {
        let call = call.schema("answer", work.output_schema.clone());
        let (output, usage) = locked::value(model, call, sink).await?;
        return Ok(Worked { output, usage, prompt_digest });
    }
    let reply = model.chat(call, sink).await?;
    Ok(Worked { output: Value::String(reply.text.trim().to_owned()), usage: reply.usage, prompt_digest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_is_read_and_found() {
        let names: Vec<&str> = shipped().iter().map(|agent| agent.name.as_str()).collect();
        assert_eq!(names, ["general", "writer", "optimist", "critic", "realist", "blog", "coo"]);
        assert_eq!(named("OptimistAgent").unwrap().title.ko, "낙관론자");
        assert_eq!(named("COO-Agent").unwrap().name, "coo");
        assert!(named("nobody").is_none());
    }
}
