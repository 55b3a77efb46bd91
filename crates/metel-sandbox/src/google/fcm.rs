//! Firebase Cloud Messaging v1: one message to a topic or a device.
//! Source: <https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send>.

use axum::http::Method;
use axum::response::Response;
use serde_json::{Value, json};

use super::{admit, answer, failure, internal, invalid, not_found};
use crate::app::Sandbox;
use crate::asked::Asked;
use crate::shelf::Shelf;
use crate::vendors::Vendor;

pub(crate) const VENDOR: Vendor = Vendor { name: "fcm", operation, answer: call, failure, seed: Shelf::default };

fn operation(method: &Method, rest: &[&str]) -> &'static str {
    match (method.as_str(), rest) {
        ("POST", ["v1", "projects", _, "messages:send"]) => "send",
        _ => "unknown",
    }
}

fn call(sandbox: &Sandbox, asked: &Asked) -> Response {
    let scopes =
        ["https://www.googleapis.com/auth/firebase.messaging", "https://www.googleapis.com/auth/cloud-platform"];
    if let Err(refusal) = admit(sandbox, asked, "fcm", &scopes) {
        return *refusal;
    }
    let (method, path) = asked.route();
    let ("POST", ["v1", "projects", project, "messages:send"]) = (method, path.as_slice()) else {
        return not_found("Requested entity was not found.");
    };
    let Some(body) = asked.json() else { return invalid("Invalid JSON payload received.") };
    let message = &body["message"];
    let targets = ["token", "topic", "condition"];
    if targets.iter().filter(|name| message[**name].is_string()).count() != 1 {
        return invalid("Exactly one of token, topic or condition is required");
    }
    if message["token"].as_str().is_some_and(|token| token.len() < 20) {
        return invalid("The registration token is not a valid FCM registration token");
    }
    let topic_fits = |topic: &str| topic.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~%".contains(&b));
    if message["topic"].as_str().is_some_and(|topic| !topic_fits(topic)) {
        return invalid("Invalid topic name");
    }
    let strings = |value: &Value| value.as_object().is_none_or(|all| all.values().all(Value::is_string));
    if !strings(&message["data"]) {
        return invalid("Invalid value at 'message.data' (TYPE_STRING)");
    }
    if body["validate_only"] == true || body["validateOnly"] == true {
        return answer(json!({"name": format!("projects/{project}/messages/fake_message_id")}));
    }
    let mut world = sandbox.world();
    let name = format!("projects/{project}/messages/0:{}", world.fresh("fcm", 24));
    let mut thing = message.clone();
    thing["name"] = json!(name);
    match world.put(&asked.caller, ("fcm", "send"), ("message", &name), thing) {
        Ok(_) => answer(json!({"name": name})),
        Err(_) => internal(),
    }
}
