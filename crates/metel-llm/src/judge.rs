//! A condition in plain language, held against a step's result: yes or no, with a reason. Conditions
//! that code can compute never come here.

use metel_model::Lang;
use metel_model::effect::Usage;
use serde_json::{Value, json};

use crate::locked;
use crate::model::{About, Call, Model, ModelFailure};
use crate::prompt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    pub holds: bool,
    pub reason: String,
    pub usage: Usage,
}

/// Asks once. `result` is the step's output, by whomever.
pub async fn judge(model: &dyn Model, lang: Lang, criterion: &str, result: &Value) -> Result<Judgement, ModelFailure> {
    let values = json!({"lang": lang.tag(), "criterion": criterion, "result": result});
    let prompt = prompt::render("judge", values).map_err(|fault| ModelFailure::new(fault, false))?;
    // The reason comes first, so that it leads to the verdict and does not excuse it.
    let schema = json!({
        "type": "object",
        "properties": {"reason": {"type": "string", "maxLength": 300}, "holds": {"type": "string", "enum": ["yes", "no"]}},
        "required": ["reason", "holds"],
        "additionalProperties": false,
    });
    let call = Call::new(prompt.system(), prompt.user()).about(About::Judge).schema("verdict", schema).max_tokens(200);
    let (value, usage) = locked::value(model, call, None).await?;
    let reason = value.get("reason").and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    Ok(Judgement { holds: value.get("holds").and_then(Value::as_str) == Some("yes"), reason, usage })
}
