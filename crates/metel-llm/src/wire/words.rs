//! Calls of tools in words, for servers that know no tools: each on a line of its own,
//! `CALL_MCP:name({...})`. Read strictly: a line that begins so and is no whole call fails the answer.

use metel_model::json::{DEPTH_MAX, depth_within};
use serde_json::Value;

use crate::model::{ModelFailure, Tool, ToolCall, ToolChoice};

const MARK: &str = "CALL_MCP:";

/// What the system prompt says of the tools.
pub(crate) fn offer(tools: &[Tool], choice: &ToolChoice, parallel: bool) -> String {
    let mut text = String::from("\n\nTools:\n");
    let shown = |tool: &&Tool| match choice {
        ToolChoice::One(name) => tool.name == *name,
        _ => true,
    };
    for tool in tools.iter().filter(shown) {
        let about: String = tool.description.chars().filter(|c| !c.is_control()).take(300).collect();
        text.push_str(&format!("- {}: {about} Arguments: {}\n", tool.name, super::strict::plain(&tool.schema)));
    }
    text.push_str("To call a tool, write a line of its own and nothing else on it: CALL_MCP:name({\"argument\": …})\n");
    text.push_str(match choice {
        ToolChoice::None => "Call no tool now.",
        ToolChoice::Required | ToolChoice::One(_) => "You must call a tool now.",
        ToolChoice::Auto => "Call one only where it is needed.",
    });
    if !parallel {
        text.push_str(" At most one call.");
    }
    text
}

/// A call as it stands in an earlier turn.
pub(crate) fn written(call: &ToolCall) -> String {
    format!("{MARK}{}({})", call.name, call.arguments)
}

/// The text without its calls, and the calls.
pub(crate) fn read(text: &str, tools: &[Tool]) -> Result<(String, Vec<ToolCall>), ModelFailure> {
    let mut rest = Vec::new();
    let mut calls = Vec::new();
    for line in text.lines() {
        let Some(body) = line.trim().strip_prefix(MARK) else {
            rest.push(line);
            continue;
        };
        let bad = || {
            let shown: String = line.chars().filter(|c| !c.is_control()).take(80).collect();
            ModelFailure::bad_answer(
                format!("not a whole call of a known tool: {shown}"),
                format!("온전한 도구 호출이 아니에요: {shown}"),
            )
        };
        let (name, tail) = body.split_once('(').ok_or_else(bad)?;
        let json = tail.strip_suffix(')').ok_or_else(bad)?;
        let arguments: Value = serde_json::from_str(json).map_err(|_| bad())?;
        let known = tools.iter().any(|tool| tool.name == name);
        if !known || !arguments.is_object() || !depth_within(&arguments, DEPTH_MAX) {
            return Err(bad());
        }
        let id = format!("call_{}", calls.len());
        calls.push(ToolCall { id, name: name.to_owned(), arguments, signature: None });
    }
    Ok((rest.join("\n").trim().to_owned(), calls))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tools() -> Vec<Tool> {
        vec![Tool {
            name: "slack.post".into(),
            description: "Posts".into(),
            schema: json!({"type": "object"}),
            is_strict: false,
        }]
    }

    #[test]
    fn whole_calls_are_read_and_halves_fail_the_answer() {
        let (text, calls) = read("보낼게요.\nCALL_MCP:slack.post({\"text\": \"a) b\"})\n", &tools()).unwrap();
        assert_eq!((text.as_str(), &calls[0].arguments), ("보낼게요.", &json!({"text": "a) b"})));
        assert_eq!(read(&written(&calls[0]), &tools()).unwrap().1, calls);
        for half in
            ["CALL_MCP:slack.post({\"a\":", "CALL_MCP:slack.post({})x", "CALL_MCP:shell({})", "CALL_MCP:slack.post(3)"]
        {
            assert!(read(half, &tools()).is_err(), "{half}");
        }
        assert!(read("I could write CALL_MCP:x here", &tools()).unwrap().1.is_empty());
        assert!(offer(&tools(), &ToolChoice::Required, false).contains("must call"));
    }
}
