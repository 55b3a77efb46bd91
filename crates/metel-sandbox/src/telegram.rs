//! Telegram's Bot API: the token in the path, HTTP status and `ok` in step.
//! Source: <https://core.telegram.org/bots/api>.

use axum::Json;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::app::Sandbox;
use crate::asked::Asked;
use crate::bearer::find_token;
use crate::shelf::Shelf;
use crate::vendors::Vendor;

pub(crate) const VENDOR: Vendor = Vendor { name: "telegram", operation, answer: call, failure, seed };

const MAX_TEXT: usize = 4_096;
const MAX_CAPTION: usize = 1_024;

fn operation(_: &Method, rest: &[&str]) -> &'static str {
    match rest {
        [_, "getMe"] => "getMe",
        [_, "getChat"] => "getChat",
        [_, "sendMessage"] => "sendMessage",
        [_, "sendPhoto"] => "sendPhoto",
        _ => "unknown",
    }
}

fn seed() -> Shelf {
    let chats = vec![
        json!({"id": -1_001_000_000_001_i64, "title": "메텔 알림", "username": "metel_alerts", "type": "channel"}),
        json!({"id": 700_000_001, "first_name": "하늘", "username": "haneul", "type": "private"}),
    ];
    Shelf::default().with("chat", "id", chats)
}

fn refuse(code: u16, description: &str) -> Response {
    let body = json!({"ok": false, "error_code": code, "description": description});
    (StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_REQUEST), Json(body)).into_response()
}

fn failure(status: StatusCode) -> Response {
    match status.as_u16() {
        429 => {
            let body = json!({"ok": false, "error_code": 429, "description": "Too Many Requests: retry after 2", "parameters": {"retry_after": 2}});
            (status, Json(body)).into_response()
        }
        code => refuse(code, "Internal Server Error"),
    }
}

/// The named values of a call in any of its forms, and the file that came along.
fn arguments(asked: &Asked) -> Option<(Value, Option<Vec<u8>>)> {
    let mut values = Map::new();
    for (name, value) in &asked.query {
        values.insert(name.clone(), json!(value));
    }
    let mut file = None;
    let kind = asked.kind();
    if let Some(parts) = asked.parts() {
        for part in parts {
            match part.filename {
                Some(_) => file = Some(part.bytes),
                None => drop(values.insert(part.name.clone(), json!(part.text()))),
            }
        }
    } else if kind.starts_with("application/x-www-form-urlencoded") {
        values.extend(asked.form().as_object().cloned()?);
    } else if !asked.body.is_empty() {
        values.extend(asked.json()?.as_object().cloned()?);
    }
    Some((Value::Object(values), file))
}

fn call(sandbox: &Sandbox, asked: &Asked) -> Response {
    let (_, path) = asked.route();
    let [bot, method] = path.as_slice() else { return refuse(404, "Not Found") };
    let Some(token) = bot.strip_prefix("bot") else { return refuse(404, "Not Found") };
    if find_token(sandbox, "telegram", token).is_none() {
        return refuse(401, "Unauthorized");
    }
    let Some((values, file)) = arguments(asked) else { return refuse(400, "Bad Request: can't parse the request") };
    match *method {
        "getMe" => answer(json!({"id": 110_201_543, "is_bot": true, "first_name": "metel", "username": "metel_bot"})),
        "getChat" => match chat(sandbox, &values["chat_id"]) {
            Some(chat) => answer(chat),
            None => refuse(400, "Bad Request: chat not found"),
        },
        "sendMessage" => message(sandbox, asked, &values),
        "sendPhoto" => photo(sandbox, asked, &values, file),
        _ => refuse(404, "Not Found"),
    }
}

fn answer(result: Value) -> Response {
    Json(json!({"ok": true, "result": result})).into_response()
}

/// By number or by `@name`.
fn chat(sandbox: &Sandbox, wanted: &Value) -> Option<Value> {
    let text = wanted.as_str().map_or_else(|| wanted.to_string(), str::to_owned);
    let world = sandbox.world();
    let found = world.shelf("telegram").all("chat").find(|chat| {
        chat["id"].as_i64().is_some_and(|id| text.parse() == Ok(id))
            || text.strip_prefix('@').is_some_and(|name| chat["username"] == name)
    });
    found.cloned()
}

fn message(sandbox: &Sandbox, asked: &Asked, values: &Value) -> Response {
    let Some(chat) = chat(sandbox, &values["chat_id"]) else {
        let missing = values["chat_id"].is_null();
        return refuse(400, if missing { "Bad Request: chat_id is empty" } else { "Bad Request: chat not found" });
    };
    let text = values["text"].as_str().unwrap_or_default();
    match text.chars().count() {
        0 => return refuse(400, "Bad Request: message text is empty"),
        n if n > MAX_TEXT => return refuse(400, "Bad Request: message is too long"),
        _ => {}
    }
    keep(sandbox, asked, "sendMessage", json!({"chat": chat, "text": text}))
}

fn photo(sandbox: &Sandbox, asked: &Asked, values: &Value, file: Option<Vec<u8>>) -> Response {
    let Some(chat) = chat(sandbox, &values["chat_id"]) else { return refuse(400, "Bad Request: chat not found") };
    if values["caption"].as_str().is_some_and(|caption| caption.chars().count() > MAX_CAPTION) {
        return refuse(400, "Bad Request: message caption is too long");
    }
    let (id, size) = match (&file, values["photo"].as_str()) {
        (Some(bytes), _) => {
            let is_image =
                [&b"\x89PNG"[..], b"\xff\xd8\xff", b"RIFF", b"GIF8"].iter().any(|head| bytes.starts_with(head));
            if !is_image {
                return refuse(400, "Bad Request: IMAGE_PROCESS_FAILED");
            }
            (crate::identifier::sha256_hex(bytes), bytes.len())
        }
        (None, Some(address)) if address.starts_with("http") => {
            (crate::identifier::sha256_hex(address.as_bytes()), 1_000)
        }
        (None, Some(id)) if !id.is_empty() => (id.to_owned(), 1_000),
        _ => return refuse(400, "Bad Request: there is no photo in the request"),
    };
    let short = |count: usize| id.chars().take(count).collect::<String>();
    let sizes = json!([{
        "file_id": format!("AgAC{}", short(40)), "file_unique_id": short(12), "width": 320, "height": 200, "file_size": size,
    }]);
    keep(sandbox, asked, "sendPhoto", json!({"chat": chat, "photo": sizes, "caption": values["caption"]}))
}

fn keep(sandbox: &Sandbox, asked: &Asked, op: &'static str, mut thing: Value) -> Response {
    let mut world = sandbox.world();
    let number = world.shelf("telegram").all("message").count() + 1;
    thing["message_id"] = json!(number);
    thing["date"] = json!(world.now() / 1_000_000);
    thing["sender_chat"] = thing["chat"].clone();
    if let Value::Object(members) = &mut thing {
        members.retain(|_, value| !value.is_null());
    }
    match world.put(&asked.caller, ("telegram", op), ("message", &number.to_string()), thing.clone()) {
        Ok(_) => answer(thing),
        Err(_) => refuse(500, "Internal Server Error"),
    }
}
