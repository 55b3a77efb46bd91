//! `chat.*`: post, update, delete, permalink. Slack has no idempotency key: the same call twice
//! posts twice, `client_msg_id` or not.

use serde_json::{Map, Value, json};

use super::answer::{Outcome, refuse, refuse_arguments};
use super::arguments::Arguments;
use super::state::Slack;
use crate::app::Sandbox;
use crate::effect::Intent;
use crate::intake::Caller;

/// Longest text, in characters.
const MAX_TEXT: usize = 40_000;
const MAX_BLOCKS: usize = 50;
const MAX_ATTACHMENTS: usize = 100;

fn open_channel(slack: &Slack, arguments: &Arguments) -> Result<String, Value> {
    let given = arguments.text("channel").ok_or_else(|| refuse_arguments("missing required field: channel"))?;
    let channel = slack.channel(given).ok_or_else(|| refuse("channel_not_found"))?;
    if channel.is_archived {
        return Err(refuse("is_archived"));
    }
    if !channel.is_member {
        return Err(refuse("not_in_channel"));
    }
    Ok(channel.id.clone())
}

/// Text, blocks and attachments of a message, checked.
fn content(arguments: &Arguments) -> Result<Map<String, Value>, Value> {
    let mut content = Map::new();
    let lists = [
        ("blocks", MAX_BLOCKS, "invalid_blocks_format", "invalid_blocks"),
        ("attachments", MAX_ATTACHMENTS, "invalid_attachments", "too_many_attachments"),
    ];
    for (name, most, malformed, too_many) in lists {
        let Some(value) = arguments.structure(name).map_err(|()| refuse(malformed))? else {
            continue;
        };
        let items = value.as_array().ok_or_else(|| refuse(malformed))?;
        if items.len() > most {
            return Err(refuse(too_many));
        }
        if name == "blocks" && !items.iter().all(|block| block.get("type").is_some_and(Value::is_string)) {
            return Err(refuse("invalid_blocks"));
        }
        if !items.is_empty() {
            content.insert(name.to_owned(), value);
        }
    }
    match arguments.text("text") {
        Some(text) if text.chars().count() > MAX_TEXT => return Err(refuse("msg_too_long")),
        Some(text) => {
            content.insert("text".to_owned(), json!(text));
        }
        None if content.is_empty() => return Err(refuse("no_text")),
        None => {}
    }
    if let Ok(Some(metadata)) = arguments.structure("metadata") {
        content.insert("metadata".to_owned(), metadata);
    }
    Ok(content)
}

pub(super) fn post(sandbox: &Sandbox, caller: &Caller, arguments: &Arguments) -> Outcome {
    let mut world = sandbox.world();
    let id = open_channel(&world.slack, arguments)?;
    let mut body = content(arguments)?;
    if let Some(thread) = arguments.text("thread_ts") {
        let known =
            world.slack.channel(&id).is_some_and(|channel| channel.messages.iter().any(|message| message.ts == thread));
        if !known {
            return Err(refuse("thread_not_found"));
        }
        body.insert("thread_ts".to_owned(), json!(thread));
    }
    let intent =
        Intent { service: "slack", op: "chat.postMessage", target: Some(id.clone()), body: Value::Object(body) };
    world.commit(caller, intent).map_err(|_| refuse("internal_error"))?;
    let channel = world.slack.channel(&id).ok_or_else(|| refuse("internal_error"))?;
    let message = channel.messages.last().ok_or_else(|| refuse("internal_error"))?;
    Ok(json!({"channel": id, "ts": message.ts, "message": channel.render_message(message)}))
}

fn own_message(slack: &Slack, arguments: &Arguments) -> Result<(String, String), Value> {
    let id = open_channel(slack, arguments)?;
    let ts = arguments.text("ts").ok_or_else(|| refuse_arguments("missing required field: ts"))?;
    let known = slack.channel(&id).is_some_and(|channel| channel.messages.iter().any(|message| message.ts == ts));
    if known { Ok((id, ts.to_owned())) } else { Err(refuse("message_not_found")) }
}

pub(super) fn update(sandbox: &Sandbox, caller: &Caller, arguments: &Arguments) -> Outcome {
    let mut world = sandbox.world();
    let (id, ts) = own_message(&world.slack, arguments)?;
    let mut body = content(arguments)?;
    body.insert("ts".to_owned(), json!(ts));
    let intent = Intent { service: "slack", op: "chat.update", target: Some(id.clone()), body: Value::Object(body) };
    world.commit(caller, intent).map_err(|_| refuse("internal_error"))?;
    let channel = world.slack.channel(&id).ok_or_else(|| refuse("internal_error"))?;
    let found = channel.messages.iter().find(|message| message.ts == ts);
    let message = channel.render_message(found.ok_or_else(|| refuse("internal_error"))?);
    Ok(json!({"channel": id, "ts": ts, "text": message["text"], "message": message}))
}

pub(super) fn delete(sandbox: &Sandbox, caller: &Caller, arguments: &Arguments) -> Outcome {
    let mut world = sandbox.world();
    let (id, ts) = own_message(&world.slack, arguments)?;
    let intent = Intent { service: "slack", op: "chat.delete", target: Some(id.clone()), body: json!({"ts": ts}) };
    world.commit(caller, intent).map_err(|_| refuse("internal_error"))?;
    Ok(json!({"channel": id, "ts": ts}))
}

pub(super) fn permalink(sandbox: &Sandbox, arguments: &Arguments) -> Outcome {
    let world = sandbox.world();
    let given = arguments.text("channel").ok_or_else(|| refuse("channel_not_found"))?;
    let channel = world.slack.channel(given).ok_or_else(|| refuse("channel_not_found"))?;
    let ts = arguments.text("message_ts").ok_or_else(|| refuse("message_not_found"))?;
    if !channel.messages.iter().any(|message| message.ts == ts) {
        return Err(refuse("message_not_found"));
    }
    let link = message_url(sandbox.base(), &channel.id, ts);
    Ok(json!({"channel": channel.id, "permalink": link}))
}

/// The sandbox's own place for a message.
fn message_url(base: &str, channel: &str, ts: &str) -> String {
    format!("{base}/ui/slack/{channel}#p{}", ts.replace('.', ""))
}
