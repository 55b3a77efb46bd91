//! Uploading in three calls: a ticket, the bytes to its address, the sharing. Until it is shared nobody
//! sees a file.
//! Source: <https://docs.slack.dev/messaging/working-with-files>.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::answer::{Outcome, refuse, refuse_arguments};
use super::arguments::Arguments;
use crate::app::Sandbox;
use crate::asked::Asked;
use crate::intake::Caller;

const BYTES_MAX: u64 = 1_000_000_000;

/// `files.getUploadURLExternal`.
pub(super) fn ticket(sandbox: &Sandbox, caller: &Caller, arguments: &Arguments) -> Outcome {
    let name = arguments.text("filename").ok_or_else(|| refuse_arguments("missing required field: filename"))?;
    let length =
        arguments.number("length").flatten().ok_or_else(|| refuse_arguments("missing required field: length"))?;
    if length == 0 || length > BYTES_MAX {
        return Err(refuse("file_upload_size_restricted"));
    }
    let mut world = sandbox.world();
    let id = format!("F0{}", world.fresh("slack file", 9).to_uppercase());
    let key = world.fresh("slack upload", 32);
    let thing = json!({"id": id, "name": name, "length": length, "key": key, "state": "ticket"});
    world
        .put(caller, ("slack", "files.getUploadURLExternal"), ("file", &id), thing)
        .map_err(|_| refuse("internal_error"))?;
    Ok(json!({"upload_url": format!("{}/slack/upload/v1/{key}", sandbox.base()), "file_id": id}))
}

/// The bytes, as they are or as one part of a form.
pub(super) async fn upload(State(sandbox): State<Sandbox>, asked: Asked) -> Response {
    let key = asked.path.last().map(String::as_str).unwrap_or_default();
    let mut world = sandbox.world();
    let found = world.shelf("slack").all("file").find(|file| file["key"] == key && file["state"] == "ticket").cloned();
    let Some(mut thing) = found else { return (StatusCode::NOT_FOUND, "upload not found").into_response() };
    let (count, kind) = match asked.parts() {
        Some(parts) => match parts.into_iter().find(|part| part.filename.is_some()) {
            Some(part) => (part.bytes.len(), part.media_type),
            None => return (StatusCode::BAD_REQUEST, "no file in the form").into_response(),
        },
        None => (asked.body.len(), asked.kind()),
    };
    if Some(count as u64) != thing["length"].as_u64() {
        return (StatusCode::BAD_REQUEST, "length differs from the ticket's").into_response();
    }
    thing["state"] = json!("uploaded");
    thing["mimetype"] = json!(kind);
    let id = thing["id"].as_str().unwrap_or_default().to_owned();
    match world.put(&asked.caller, ("slack", "files.upload"), ("file", &id), thing) {
        Ok(_) => format!("OK - {count}").into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// `files.completeUploadExternal`.
pub(super) fn share(sandbox: &Sandbox, caller: &Caller, arguments: &Arguments) -> Outcome {
    let files = arguments.structure("files").map_err(|()| refuse_arguments("files is not JSON"))?;
    let files = files.as_ref().and_then(Value::as_array).filter(|files| !files.is_empty());
    let files = files.ok_or_else(|| refuse_arguments("missing required field: files"))?;
    let mut world = sandbox.world();
    let channel = match arguments.text("channel_id") {
        None => None,
        Some(given) => {
            let channel = world.slack.channel(given).filter(|channel| channel.id == given);
            let channel = channel.ok_or_else(|| refuse("channel_not_found"))?;
            if !channel.is_member {
                return Err(refuse("not_in_channel"));
            }
            Some(channel.id.clone())
        }
    };
    let mut shared = Vec::new();
    for file in files {
        let id = file["id"].as_str().unwrap_or_default();
        let mut thing = world.shelf("slack").one("file", id).cloned().ok_or_else(|| refuse("file_not_found"))?;
        if thing["state"] != "uploaded" {
            return Err(refuse("file_not_found"));
        }
        thing["state"] = json!("shared");
        thing["title"] =
            file.get("title").filter(|title| title.is_string()).cloned().unwrap_or_else(|| thing["name"].clone());
        thing["channel"] = json!(channel);
        thing["initial_comment"] = json!(arguments.text("initial_comment"));
        thing["thread_ts"] = json!(arguments.text("thread_ts"));
        shared.push((id.to_owned(), thing));
    }
    let mut out = Vec::new();
    for (id, thing) in shared {
        out.push(json!({
            "id": id, "title": thing["title"], "name": thing["name"], "mimetype": thing["mimetype"], "size": thing["length"],
            "permalink": format!("{}/ui/shelf/slack#{id}", sandbox.base()),
            "channels": channel.iter().collect::<Vec<_>>(),
        }));
        world
            .put(caller, ("slack", "files.completeUploadExternal"), ("file", &id), thing)
            .map_err(|_| refuse("internal_error"))?;
    }
    Ok(json!({"files": out}))
}
