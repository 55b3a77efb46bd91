//! Who calls: the token, in the header or as an argument, and `auth.test`.

use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::answer::refuse;
use super::arguments::Arguments;
use super::state::{BOT_ID, BOT_NAME, BOT_USER, TEAM, TEAM_NAME};
use crate::app::Sandbox;
use crate::bearer::{bearer, find_token};
use crate::config::Token;

/// The token of a call, or Slack's refusal.
pub(super) fn enter(sandbox: &Sandbox, headers: &HeaderMap, arguments: &Arguments) -> Result<Token, Value> {
    let value = bearer(headers).or_else(|| arguments.text("token"));
    let value = value.ok_or_else(|| refuse("not_authed"))?;
    find_token(sandbox, "slack", value).ok_or_else(|| refuse("invalid_auth"))
}

pub(super) fn test(sandbox: &Sandbox) -> Value {
    json!({
        "url": format!("{}/ui/slack/", sandbox.base()),
        "team": TEAM_NAME,
        "user": BOT_NAME,
        "team_id": TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": false,
    })
}
