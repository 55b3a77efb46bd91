//! `{"op":"openapi"}`: the tools that a description becomes, and what was left out and why.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{Choice, Document, Import, ImportFault};

#[derive(Deserialize)]
struct Request<'a> {
    /// The description itself, or its text (JSON or YAML).
    #[serde(borrow)]
    document: &'a RawValue,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    operations: Vec<String>,
    #[serde(default)]
    service: Option<String>,
}

/// Answers one line: `{"tools":[{name, input_schema, operation}],"skipped":[{operation, why}]}` or
/// `{"error":{code, message}}`. The answer is written as the contracts are made, so that no more
/// than one of them is held.
pub fn answer(line: &str) -> String {
    let request: Request<'_> = match serde_json::from_str(line) {
        Ok(request) => request,
        Err(error) => return refused("malformed", &format!("a document is needed: {error}")),
    };
    let text = request.document.get();
    let written: String;
    let text = match text.starts_with('"') {
        true => match serde_json::from_str(text) {
            Ok(text) => {
                written = text;
                written.as_str()
            }
            Err(error) => return refused("malformed", &error.to_string()),
        },
        false => text,
    };
    let choice =
        Choice { tags: request.tags, operations: request.operations, service: request.service, ..Choice::default() };
    match Document::parse(text).and_then(|document| written_out(&document, &choice)) {
        Ok(answer) => answer,
        Err(fault) => refused(fault.code(), &fault.to_string()),
    }
}

fn written_out(document: &Document, choice: &Choice) -> Result<String, ImportFault> {
    let import = Import::of(document, choice)?;
    let mut tools = String::from("{\"tools\":[");
    let mut skipped: Vec<Value> = Vec::new();
    let mut is_first = true;
    import.run(|made| match made {
        Ok(imported) => {
            if !std::mem::take(&mut is_first) {
                tools.push(',');
            }
            let contract = imported.contract();
            tools.push_str(&format!(
                "{{\"name\":{},\"description\":{},\"input_schema\":{},\"operation\":{}}}",
                json!(imported.name()),
                json!(contract.description.en),
                contract.input_schema,
                json!(imported.operation)
            ));
        }
        Err(left_out) => skipped.push(json!(left_out)),
    });
    tools.push_str("],\"skipped\":");
    tools.push_str(&Value::Array(skipped).to_string());
    tools.push('}');
    Ok(tools)
}

fn refused(code: &str, message: &str) -> String {
    let message: String = message.chars().take(300).collect();
    json!({ "error": { "code": code, "message": message } }).to_string()
}
