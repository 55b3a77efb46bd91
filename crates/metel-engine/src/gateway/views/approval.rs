//! An approval as a person reads it: the contract's own words over the exact payload.

use metel_model::approval::Approval;
use metel_model::lang::{Lang, Text};
use metel_model::plan::Mention;
use metel_rules::contract::Compiled;
use serde_json::{Value, json};

use super::both;

/// `payload` is the value that the approval names; `contract` the one that its run is bound to.
///
/// `mentions` are things that the request may speak of: where the payload holds one by its id or
/// address, `names` tells what people call it, so that nobody has to approve a bare id.
pub fn approval(
    approval: &Approval,
    payload: &Value,
    contract: Option<&Compiled>,
    request: Option<&str>,
    mentions: &[Mention],
) -> Value {
    let ask = &approval.ask;
    let preview = match contract {
        Some(contract) => Text::new(contract.preview(Lang::En, payload), contract.preview(Lang::Ko, payload)),
        None => shown(&ask.title, payload),
    };
    let verdict = &ask.verdict;
    json!({
        "id": ask.id,
        "short": ask.id.short(),
        "run": approval.run,
        "step": ask.step,
        "status": approval.status.key(),
        "title": both(&ask.title),
        "tool": ask.tool,
        "version": ask.version,
        "digest": ask.digest,
        "payload": payload,
        "preview": both(&preview),
        "risk": ask.risk.iter().map(|r| r.key()).collect::<Vec<_>>(),
        "verdict": {
            "effect": verdict.effect,
            "rule": verdict.rule,
            "reasons": verdict.reasons.iter().map(both).collect::<Vec<_>>(),
            "pii": verdict.pii,
            "untrusted": verdict.untrusted,
            "origins": verdict.origins,
            "outside": verdict.outside,
            "driven": verdict.driven,
        },
        "names": names(payload, mentions),
        "undo": ask.undo.as_ref().map(both),
        "request": request,
        "created_at": approval.created_at.rfc3339(),
        "expires_at": ask.expires_at.rfc3339(),
        "decided": approval.decided.as_ref().map(|d| json!({
            "by": d.by, "channel": d.channel, "at": d.at.rfc3339(), "reason": d.reason,
        })),
    })
}

/// By JSON pointer, for the members of an object payload.
fn names(payload: &Value, mentions: &[Mention]) -> Value {
    let named = |value: &Value| mentions.iter().find(|m| !m.label.is_empty() && m.value == *value);
    let members = payload.as_object().into_iter().flatten();
    members
        .filter_map(|(key, value)| {
            Some((metel_model::json::pointer_push("", key), Value::String(named(value)?.label.clone())))
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// A gate has no contract: its title and what it was told to show.
fn shown(title: &Text, payload: &Value) -> Text {
    let mut lines = String::new();
    for (name, value) in payload.as_object().into_iter().flatten().take(50) {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let value: String = value.chars().take(500).collect();
        lines.push_str(&format!("\n{name}: {value}"));
    }
    let lines = metel_rules::contract::visible(&lines);
    Text::new(format!("{}{lines}", title.en), format!("{}{lines}", title.ko))
}
