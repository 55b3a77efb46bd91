//! Messages: published for steps that wait for them, listed, and looked at.

use axum::extract::{Path, State};
use http::StatusCode;
use metel_engine::gateway::NewMessage;
use metel_model::code::Code;
use metel_model::fault::Fault;
use metel_model::id::MessageId;
use metel_model::message::NAME_BYTES_MAX;
use metel_rules::run::CORRELATION_CHARS_MAX;
use metel_store::{MessageFilter, MessageRow, MessageState};
use serde::Deserialize;
use serde_json::{Value, json};

use super::runs::{cursor_fault, limit, one_of};
use super::starts::checked;
use crate::app::Shared;
use crate::body::{self, Body, Query};
use crate::caller::Caller;
use crate::openapi::shape::{any, body as members, flag, id, integer, maybe, object, of, page, text, words};
use crate::permission::Permission::{Control, Read};
use crate::problem::{Answer, Refused};
use crate::table::Routes;

/// Words for how far a message has come.
const STATES: [&str; 4] = ["new", "kept", "given", "taken"];

pub fn routes(routes: Routes) -> Routes {
    let line =
        |max: usize| json!({"type": "string", "maxLength": max, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$"});
    let mut name = line(NAME_BYTES_MAX);
    name["minLength"] = json!(1);
    routes
        .post("/v1/messages", Control, "Publish a message for steps that wait for it", publish)
        .takes(members(
            json!({
                "id": maybe(&id("msg")), "name": name, "correlation": maybe(&line(CORRELATION_CHARS_MAX)), "payload": any(),
                "ttl_ms": maybe(&integer(1, Some(TTL_MS_MAX))),
            }),
            &["name"],
        ))
        .gives(202, object(json!({"id": id("msg"), "known": flag()}), &[]))
        .refuses(&[Code::KeyReused])
        .get("/v1/messages", Read, "List messages, newest first", list)
        .asks("name", text(), "Only messages of this name")
        .asks("state", words(&STATES), "Only messages that have come so far")
        .pages(json!({"type": "string", "pattern": "^[0-9]{1,18}$", "maxLength": 18}))
        .gives(200, page(of("Message")))
        .get("/v1/messages/{id}", Read, "One message", show)
        .gives(200, of("Message"))
        .refuses(&[Code::IdInvalid, Code::NotFound])
}

/// Longest time that a message is kept: a year.
const TTL_MS_MAX: u64 = 366 * 24 * 60 * 60 * 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    id: Option<MessageId>,
    name: String,
    correlation: Option<String>,
    #[serde(default)]
    payload: Value,
    ttl_ms: Option<u64>,
}

async fn publish(State(app): State<Shared>, caller: Caller, Body(new): Body<New>) -> Answer {
    checked("/payload", &new.payload)?;
    if new.name.len() > NAME_BYTES_MAX {
        let (en, ko) = (format!("at most {NAME_BYTES_MAX} bytes"), format!("{NAME_BYTES_MAX}바이트까지예요"));
        return Err(Refused::field("/name", en, ko));
    }
    let message = NewMessage {
        id: new.id,
        name: new.name,
        correlation: new.correlation.unwrap_or_default(),
        payload: new.payload,
        ttl_ms: new.ttl_ms,
        by: caller.actor(),
        // Whoever holds a token passes on what others may have written.
        untrusted: true,
    };
    let published = app.engine.publish(caller.workspace(), message).await?;
    let answer = body::with(StatusCode::ACCEPTED, &json!({"id": published.id, "known": published.known}));
    Ok(body::at(answer, &format!("/v1/messages/{}", published.id)))
}

fn view(row: &MessageRow) -> Value {
    let message = &row.message;
    json!({
        "id": message.id,
        "name": message.name,
        "correlation": message.correlation,
        "payload": message.body,
        "untrusted": message.untrusted,
        "by": message.by,
        "at": message.at.rfc3339(),
        "expires": message.expires.rfc3339(),
        "state": row.state.key(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    name: Option<String>,
    state: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

async fn list(State(app): State<Shared>, caller: Caller, Query(query): Query<ListQuery>) -> Answer {
    let limit = limit(query.limit)?;
    let state = match &query.state {
        Some(word) => Some(MessageState::from_key(word).ok_or_else(|| one_of("state", STATES.into_iter()))?),
        None => None,
    };
    let before = match query.cursor {
        Some(cursor) if cursor.len() <= 18 && cursor.bytes().all(|b| b.is_ascii_digit()) => {
            Some(cursor.parse::<u64>().map_err(|_| cursor_fault())?)
        }
        Some(_) => return Err(cursor_fault()),
        None => None,
    };
    let filter = MessageFilter { name: query.name, state, before, limit: limit + 1 };
    let mut rows = app.engine.store().messages(caller.workspace(), &filter).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = if more { rows.last().map(|row| row.number.to_string()) } else { None };
    Ok(body::ok(&json!({"items": rows.iter().map(view).collect::<Vec<_>>(), "next": next})))
}

async fn show(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Answer {
    let id: MessageId = id.parse().map_err(|_| Fault::new(Code::IdInvalid).about(&id))?;
    let row = app.engine.store().message(caller.workspace(), id).await?;
    let row = row.ok_or_else(|| Fault::new(Code::NotFound).about(id))?;
    Ok(body::ok(&view(&row)))
}
