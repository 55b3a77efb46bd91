//! One call judged without making it: the door for harnesses that run their own agents.

use std::collections::BTreeMap;

use axum::extract::State;
use metel_engine::platform::{CallAsk, ToolAsk};
use metel_model::code::Code;
use metel_model::provenance::Origin;
use metel_model::status::Risk;
use metel_rules::asked::{Said, Speaker, Tool};
use metel_rules::policy::GateVerdict;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::Shared;
use crate::body::{self, Body};
use crate::caller::Caller;
use crate::openapi::shape::{any, body as members, effect, flag, list, map, maybe, object, of, text, words};
use crate::permission::Permission::Read;
use crate::problem::{Answer, Refused};
use crate::table::Routes;

/// Most messages that one question may bring.
const MESSAGES_MAX: usize = 1_000;

pub fn routes(routes: Routes) -> Routes {
    routes
        .post("/v1/policy/evaluate", Read, "Judge one call of an agent without making it; nothing is written", evaluate)
        .takes(asks())
        .gives(200, gives())
        .refuses(&[Code::ToolUnknown, Code::ToolDisabled])
}

fn describe(mut schema: Value, what: &str) -> Value {
    schema["description"] = json!(what);
    schema
}

fn asks() -> Value {
    let risks = list(words(&Risk::ALL.iter().map(|risk| risk.key()).collect::<Vec<_>>()));
    let origins = words(&Origin::ALL.iter().map(|origin| origin.key()).collect::<Vec<_>>());
    let hints = members(
        json!({
            "readOnlyHint": maybe(&flag()), "destructiveHint": maybe(&flag()), "idempotentHint": maybe(&flag()),
            "openWorldHint": maybe(&flag()), "title": maybe(&text()),
        }),
        &[],
    );
    let inline = members(
        json!({
            "name": json!({"type": "string", "minLength": 1, "maxLength": 200}),
            "description": maybe(&text()),
            "input_schema": describe(any(), "JSON Schema of the arguments."),
            "risk": describe(maybe(&risks), "Risks that are known. They add to what is read from name, description and schema; `read` lowers nothing."),
            "annotations": describe(maybe(&hints), "Hints as the Model Context Protocol has them; they can raise a risk, never lower it."),
        }),
        &["name"],
    );
    let tool = json!({"anyOf": [{"type": "string", "minLength": 1, "description": "Id of a contract."}, inline]});
    let message = members(
        json!({
            "role": words(&["user", "system", "assistant", "tool"]),
            "content": describe(any(), "Text, or whatever the tool answered."),
            "tool": describe(maybe(&text()), "The tool that answered."),
            "payload": describe(any(), "What it was called with."),
            "trusted": describe(maybe(&flag()), "Outsiders cannot have written it. By default what users and systems say is trusted, what tools answer is not."),
        }),
        &["role", "content"],
    );
    members(
        json!({
            "tool": tool,
            "payload": describe(json!({"type": "object"}), "The arguments of the call, exactly as they would be sent."),
            "request": describe(maybe(&text()), "What the user asked for, word for word."),
            "messages": describe(maybe(&list(message)), "Everything said before this call, oldest first; calls that were made stand as the tool's answer with their payload."),
            "provenance": describe(maybe(&map(origins)), "By JSON pointer into the payload: where a value is known to come from."),
            "agent": maybe(&text()),
        }),
        &["tool", "payload"],
    )
}

fn gives() -> Value {
    let origins = words(&Origin::ALL.iter().map(|origin| origin.key()).collect::<Vec<_>>());
    let risks = list(words(&Risk::ALL.iter().map(|risk| risk.key()).collect::<Vec<_>>()));
    let field = object(
        json!({
            "pointer": text(), "role": words(&["target", "exact", "prose", "setting", "amount"]), "origin": origins,
            "vouched": flag(), "highlight": flag(),
        }),
        &[],
    );
    let sign = object(json!({"why": text(), "excerpt": text()}), &[]);
    let mark = object(json!({"pointer": text(), "kind": text(), "masked": text()}), &[]);
    object(
        json!({
            "decision": effect(), "rule": text(), "reasons": list(of("Text")), "risk": risks,
            "asked_for": describe(flag(), "The user's own words cover the call."),
            "tainted": describe(flag(), "Content that outsiders may have written was read before."),
            "acts": list(text()), "fields": list(field), "signs": list(sign), "pii": list(mark), "outside": flag(),
            "needs": describe(list(any()), "Who has to approve it: approvers, how many, and whether not whoever asked."),
        }),
        &[],
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    tool: AskedTool,
    payload: Value,
    request: Option<String>,
    messages: Option<Vec<Message>>,
    provenance: Option<BTreeMap<String, Origin>>,
    agent: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum AskedTool {
    Known(String),
    Given(Given),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    name: String,
    description: Option<String>,
    #[serde(default)]
    input_schema: Value,
    risk: Option<Vec<Risk>>,
    annotations: Option<Hints>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Hints {
    read_only_hint: Option<bool>,
    destructive_hint: Option<bool>,
    #[serde(rename = "idempotentHint")]
    _idempotent: Option<bool>,
    #[serde(rename = "openWorldHint")]
    _open_world: Option<bool>,
    #[serde(rename = "title")]
    _title: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    role: Role,
    content: Value,
    tool: Option<String>,
    payload: Option<Value>,
    trusted: Option<bool>,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Role {
    User,
    System,
    Assistant,
    Tool,
}

impl Given {
    fn tool(self) -> Tool {
        let mut risk = self.risk.unwrap_or_default();
        if let Some(hints) = self.annotations {
            if hints.destructive_hint == Some(true) && hints.read_only_hint != Some(true) {
                risk.push(Risk::Destructive);
            }
            if hints.read_only_hint == Some(false) {
                risk.push(Risk::Write);
            }
        }
        Tool {
            name: self.name,
            description: self.description.unwrap_or_default(),
            input_schema: self.input_schema,
            risk,
            audience: None,
            known: false,
        }
    }
}

impl Message {
    fn said(self) -> Said {
        let speaker = match self.role {
            Role::User => Speaker::User,
            Role::System => Speaker::System,
            Role::Assistant => Speaker::Assistant,
            Role::Tool => Speaker::Tool,
        };
        let trusted = self.trusted.unwrap_or(matches!(self.role, Role::User | Role::System));
        Said { speaker, content: self.content, tool: self.tool, payload: self.payload, trusted }
    }
}

async fn evaluate(State(app): State<Shared>, caller: Caller, Body(asked): Body<Asked>) -> Answer {
    let messages = asked.messages.unwrap_or_default();
    if messages.len() > MESSAGES_MAX {
        return Err(Refused::field(
            "/messages",
            format!("more than {MESSAGES_MAX}"),
            format!("{MESSAGES_MAX}개를 넘어요"),
        ));
    }
    let ask = CallAsk {
        tool: match asked.tool {
            AskedTool::Known(id) => ToolAsk::Known(id),
            AskedTool::Given(given) => ToolAsk::Given(given.tool()),
        },
        payload: asked.payload,
        origins: asked.provenance.unwrap_or_default(),
        request: asked.request.unwrap_or_default(),
        said: messages.into_iter().map(Message::said).collect(),
        agent: asked.agent,
    };
    let verdict = app.platform()?.judge_call(caller.workspace(), &caller.actor(), &ask).await?;
    Ok(body::ok(&view(&verdict)))
}

fn view(verdict: &GateVerdict) -> Value {
    let judged = &verdict.judgement;
    json!({
        "decision": verdict.effect,
        "rule": verdict.rule,
        "reasons": verdict.reasons,
        "risk": judged.risk,
        "asked_for": judged.asked,
        "tainted": judged.tainted,
        "acts": judged.acts.names(),
        "fields": judged.fields,
        "signs": judged.signs.iter().map(|sign| json!({"why": sign.why, "excerpt": sign.excerpt})).collect::<Vec<_>>(),
        "pii": judged.pii,
        "outside": judged.outside,
        "needs": verdict.needs,
    })
}
