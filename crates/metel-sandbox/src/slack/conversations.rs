//! `conversations.*` and `users.conversations`, with cursors.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::answer::{Outcome, refuse};
use super::arguments::Arguments;
use crate::app::Sandbox;

/// Cuts a list by `limit` and `cursor`; answers the part and the next cursor, empty at the end.
pub(super) fn cut<T>(items: Vec<T>, arguments: &Arguments, default: usize) -> Result<(Vec<T>, String), Value> {
    let limit = match arguments.number("limit") {
        None => default,
        Some(Some(limit @ 1..=1_000)) => usize::try_from(limit).unwrap_or(default),
        Some(Some(0)) => default,
        Some(_) => return Err(refuse("invalid_limit")),
    };
    let start = match arguments.text("cursor") {
        None => 0,
        Some(cursor) => position(cursor).filter(|at| *at <= items.len()).ok_or_else(|| refuse("invalid_cursor"))?,
    };
    let total = items.len();
    let part: Vec<T> = items.into_iter().skip(start).take(limit).collect();
    let end = start + part.len();
    let next = if end < total { STANDARD.encode(format!("offset:{end}")) } else { String::new() };
    Ok((part, next))
}

fn position(cursor: &str) -> Option<usize> {
    let bytes = STANDARD.decode(cursor).ok()?;
    std::str::from_utf8(&bytes).ok()?.strip_prefix("offset:")?.parse().ok()
}

pub(super) fn list(sandbox: &Sandbox, arguments: &Arguments, only_member: bool) -> Outcome {
    let types = arguments.text("types").unwrap_or("public_channel");
    if types.split(',').any(|kind| !matches!(kind.trim(), "public_channel" | "private_channel" | "mpim" | "im")) {
        return Err(refuse("invalid_types"));
    }
    let world = sandbox.world();
    let channels: Vec<Value> = world
        .slack
        .channels
        .iter()
        .filter(|_| types.split(',').any(|kind| kind.trim() == "public_channel"))
        .filter(|channel| !(channel.is_archived && arguments.flag("exclude_archived")))
        .filter(|channel| channel.is_member || !only_member)
        .map(|channel| channel.render(!only_member))
        .collect();
    let (channels, next) = cut(channels, arguments, 100)?;
    Ok(json!({"channels": channels, "response_metadata": {"next_cursor": next}}))
}

pub(super) fn info(sandbox: &Sandbox, arguments: &Arguments) -> Outcome {
    let world = sandbox.world();
    let given = arguments.text("channel").ok_or_else(|| refuse("channel_not_found"))?;
    // Like Slack, information is by id only.
    let channel = world.slack.channels.iter().find(|channel| channel.id == given);
    let channel = channel.ok_or_else(|| refuse("channel_not_found"))?;
    Ok(json!({"channel": channel.render(arguments.flag("include_num_members"))}))
}

pub(super) fn history(sandbox: &Sandbox, arguments: &Arguments) -> Outcome {
    let world = sandbox.world();
    let given = arguments.text("channel").ok_or_else(|| refuse("channel_not_found"))?;
    let channel = world.slack.channels.iter().find(|channel| channel.id == given);
    let channel = channel.ok_or_else(|| refuse("channel_not_found"))?;
    if !channel.is_member {
        return Err(refuse("not_in_channel"));
    }
    let bound = |name: &str, invalid: &str| match arguments.text(name) {
        None => Ok(None),
        Some("now") => Ok(None),
        Some(text) => micros(text).map(Some).ok_or_else(|| refuse(invalid)),
    };
    let oldest = bound("oldest", "invalid_ts_oldest")?;
    let latest = bound("latest", "invalid_ts_latest")?;
    let inclusive = arguments.flag("inclusive");
    let inside = |at: i64| {
        oldest.is_none_or(|bound| at > bound || (inclusive && at == bound))
            && latest.is_none_or(|bound| at < bound || (inclusive && at == bound))
    };
    let messages: Vec<Value> = channel
        .messages
        .iter()
        .rev()
        .filter(|message| message.thread_ts.is_none() && inside(message.at))
        .map(|message| channel.render_message(message))
        .collect();
    let (messages, next) = cut(messages, arguments, 100)?;
    let mut out = json!({"messages": messages, "has_more": !next.is_empty(), "pin_count": 0});
    if !next.is_empty() {
        out["response_metadata"] = json!({"next_cursor": next});
    }
    Ok(out)
}

pub(super) fn replies(sandbox: &Sandbox, arguments: &Arguments) -> Outcome {
    let world = sandbox.world();
    let given = arguments.text("channel").ok_or_else(|| refuse("channel_not_found"))?;
    let channel = world.slack.channels.iter().find(|channel| channel.id == given);
    let channel = channel.ok_or_else(|| refuse("channel_not_found"))?;
    let ts = arguments.text("ts").ok_or_else(|| refuse("thread_not_found"))?;
    let thread: Vec<Value> = channel
        .messages
        .iter()
        .filter(|message| message.ts == ts || message.thread_ts.as_deref() == Some(ts))
        .map(|message| channel.render_message(message))
        .collect();
    if thread.is_empty() {
        return Err(refuse("thread_not_found"));
    }
    let (messages, next) = cut(thread, arguments, 1_000)?;
    Ok(json!({"messages": messages, "has_more": !next.is_empty(), "response_metadata": {"next_cursor": next}}))
}

/// `1767571200.000100` as microseconds.
fn micros(ts: &str) -> Option<i64> {
    let (seconds, rest) = ts.split_once('.').unwrap_or((ts, "0"));
    if rest.len() > 6 {
        return None;
    }
    let seconds: i64 = seconds.parse().ok()?;
    let rest: i64 = format!("{rest:0<6}").parse().ok()?;
    seconds.checked_mul(1_000_000)?.checked_add(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_timestamps() {
        assert_eq!(micros("1767571200.000100"), Some(1_767_571_200_000_100));
        assert_eq!(micros("1767571200"), Some(1_767_571_200_000_000));
        assert_eq!(micros("x"), None);
        assert_eq!(micros("99999999999999999999"), None);
        assert_eq!(micros("9223372036854775.0"), None);
    }
}
