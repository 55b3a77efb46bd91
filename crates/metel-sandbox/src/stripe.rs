//! Stripe: payment intents and refunds. Bodies are forms with brackets; the same `Idempotency-Key`
//! gives the first answer again, and an error when it comes with other parameters.
//! Source: <https://docs.stripe.com/api/refunds>.

use axum::Json;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::app::Sandbox;
use crate::asked::Asked;
use crate::bearer::find_token;
use crate::shelf::Shelf;
use crate::vendors::Vendor;

pub(crate) const VENDOR: Vendor = Vendor { name: "stripe", operation, answer: call, failure, seed };

fn operation(method: &Method, rest: &[&str]) -> &'static str {
    match (method.as_str(), rest) {
        ("GET", ["v1", "balance"]) => "get_balance",
        ("GET", ["v1", "payment_intents"]) => "list_payments",
        ("GET", ["v1", "payment_intents", _]) => "get_payment",
        ("GET", ["v1", "refunds"]) => "list_refunds",
        ("GET", ["v1", "refunds", _]) => "get_refund",
        ("POST", ["v1", "refunds"]) => "create_refund",
        _ => "unknown",
    }
}

fn seed() -> Shelf {
    let payment = |id: &str, amount: u64, status: &str, text: &str| {
        json!({
            "id": id, "object": "payment_intent", "amount": amount, "amount_received": if status == "succeeded" { amount } else { 0 },
            "currency": "krw", "status": status, "description": text, "created": 1_767_571_200, "livemode": false,
            "latest_charge": format!("ch_{}", id.trim_start_matches("pi_")), "metadata": {}, "customer": null,
        })
    };
    let payments = vec![
        payment("pi_sandbox0001", 48_000, "succeeded", "Order 1001"),
        payment("pi_sandbox0002", 12_500, "succeeded", "주문 1002"),
        payment("pi_sandbox0003", 9_900, "requires_payment_method", "Order 1003"),
    ];
    Shelf::default().with("payment", "id", payments)
}

fn refuse(status: u16, kind: &str, code: Option<&str>, param: Option<&str>, message: &str) -> Response {
    let mut error = json!({"type": kind, "message": message});
    for (name, value) in [("code", code), ("param", param)] {
        if let Some(value) = value {
            error[name] = json!(value);
        }
    }
    (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), Json(json!({"error": error}))).into_response()
}

fn failure(status: StatusCode) -> Response {
    match status.as_u16() {
        429 => refuse(429, "invalid_request_error", Some("rate_limit"), None, "Request rate limit exceeded."),
        code => refuse(code, "api_error", None, None, "An error occurred with our servers. Please try again."),
    }
}

/// Bearer or basic with the key as the user's name.
fn key(asked: &Asked) -> Option<String> {
    let given = asked.header("authorization");
    if let Some(basic) = given.strip_prefix("Basic ") {
        let decoded = String::from_utf8(STANDARD.decode(basic).ok()?).ok()?;
        return Some(decoded.split(':').next().unwrap_or_default().to_owned());
    }
    given.strip_prefix("Bearer ").map(str::to_owned)
}

fn call(sandbox: &Sandbox, asked: &Asked) -> Response {
    let Some(key) = key(asked) else {
        return refuse(401, "invalid_request_error", None, None, "You did not provide an API key.");
    };
    if find_token(sandbox, "stripe", &key).is_none() {
        return refuse(401, "invalid_request_error", None, None, "Invalid API Key provided: sk_test_****");
    }
    let (method, path) = asked.route();
    let mut response = match (method, path.as_slice()) {
        ("GET", ["v1", "balance"]) => {
            Json(json!({"object": "balance", "available": [{"amount": 60_500, "currency": "krw"}], "pending": [], "livemode": false})).into_response()
        }
        ("GET", ["v1", "payment_intents"]) => list(sandbox, asked, "payment", "/v1/payment_intents"),
        ("GET", ["v1", "refunds"]) => list(sandbox, asked, "refund", "/v1/refunds"),
        ("GET", ["v1", "payment_intents", id]) => one(sandbox, "payment", id, "payment_intent"),
        ("GET", ["v1", "refunds", id]) => one(sandbox, "refund", id, "refund"),
        ("POST", ["v1", "refunds"]) => refund(sandbox, asked),
        _ => refuse(404, "invalid_request_error", None, None, &format!("Unrecognized request URL ({method}: /{}).", path.join("/"))),
    };
    let id = sandbox.world().fresh("request", 14);
    if let Ok(id) = HeaderValue::from_str(&format!("req_{id}")) {
        response.headers_mut().insert("request-id", id);
    }
    response.headers_mut().insert("stripe-version", HeaderValue::from_static("2025-09-30.clover"));
    response
}

fn one(sandbox: &Sandbox, kind: &str, id: &str, name: &str) -> Response {
    match sandbox.world().shelf("stripe").one(kind, id) {
        Some(thing) => Json(shown(thing)).into_response(),
        None => refuse(
            404,
            "invalid_request_error",
            Some("resource_missing"),
            Some("id"),
            &format!("No such {name}: '{id}'"),
        ),
    }
}

fn shown(thing: &Value) -> Value {
    let mut out = thing.clone();
    if let Value::Object(members) = &mut out {
        members.remove("key");
        members.remove("sent");
    }
    out
}

fn list(sandbox: &Sandbox, asked: &Asked, kind: &str, url: &str) -> Response {
    let limit = asked.number("limit", 10);
    if !(1..=100).contains(&limit) {
        return refuse(400, "invalid_request_error", None, Some("limit"), "This value must be between 1 and 100.");
    }
    let world = sandbox.world();
    let all: Vec<Value> = world
        .shelf("stripe")
        .all(kind)
        .rev()
        .filter(|thing| asked.q("payment_intent").is_none_or(|id| thing["payment_intent"] == id))
        .skip_while(|thing| asked.q("starting_after").is_some_and(|id| thing["id"] != id))
        .skip(usize::from(asked.q("starting_after").is_some()))
        .map(shown)
        .collect();
    let more = all.len() > limit;
    let data: Vec<Value> = all.into_iter().take(limit).collect();
    Json(json!({"object": "list", "url": url, "has_more": more, "data": data})).into_response()
}

fn refund(sandbox: &Sandbox, asked: &Asked) -> Response {
    let bad = |code: Option<&str>, param: &str, message: &str| {
        refuse(400, "invalid_request_error", code, Some(param), message)
    };
    let form = asked.form();
    let mut world = sandbox.world();
    let sent = asked.caller.body_sha256.clone();
    if let Some(key) = asked.caller.key.as_deref()
        && let Some(known) = world.shelf("stripe").all("refund").find(|refund| refund["key"] == key)
    {
        if known["sent"] != sent.as_str() {
            let message =
                "Keys for idempotent requests can only be used with the same parameters they were first used with.";
            return refuse(400, "idempotency_error", None, None, message);
        }
        let mut response = Json(shown(known)).into_response();
        response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
        return response;
    }
    let allowed = ["payment_intent", "charge", "amount", "reason", "metadata", "expand"];
    if let Some(name) = form.as_object().and_then(|all| all.keys().find(|name| !allowed.contains(&name.as_str()))) {
        return bad(Some("parameter_unknown"), name, &format!("Received unknown parameter: {name}"));
    }
    let wanted = form["payment_intent"].as_str().or(form["charge"].as_str());
    let Some(wanted) = wanted else {
        return bad(
            Some("parameter_missing"),
            "charge",
            "One of the following params should be provided for this request: payment_intent or charge.",
        );
    };
    let found = world
        .shelf("stripe")
        .all("payment")
        .find(|payment| payment["id"] == wanted || payment["latest_charge"] == wanted);
    let Some(payment) = found.cloned() else {
        return refuse(
            404,
            "invalid_request_error",
            Some("resource_missing"),
            Some("payment_intent"),
            &format!("No such payment_intent: '{wanted}'"),
        );
    };
    if payment["status"] != "succeeded" {
        return bad(None, "payment_intent", "This PaymentIntent does not have a successful charge to refund.");
    }
    let refunded: u64 = world
        .shelf("stripe")
        .all("refund")
        .filter(|refund| refund["payment_intent"] == payment["id"])
        .filter_map(|refund| refund["amount"].as_u64())
        .sum();
    let left = payment["amount_received"].as_u64().unwrap_or(0).saturating_sub(refunded);
    if left == 0 {
        return bad(Some("charge_already_refunded"), "charge", "Charge has already been refunded.");
    }
    let amount = match form["amount"].as_str() {
        None => left,
        Some(text) => match text.parse::<u64>() {
            Ok(0) | Err(_) => {
                return bad(Some("parameter_invalid_integer"), "amount", &format!("Invalid integer: {text}"));
            }
            Ok(n) if n > left => {
                return bad(
                    Some("amount_too_large"),
                    "amount",
                    &format!("Refund amount ({n}) is greater than unrefunded amount on charge ({left})"),
                );
            }
            Ok(n) => n,
        },
    };
    if form["reason"]
        .as_str()
        .is_some_and(|reason| !["duplicate", "fraudulent", "requested_by_customer"].contains(&reason))
    {
        return bad(None, "reason", "Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer");
    }
    let id = format!("re_{}", world.fresh("refund", 24));
    let metadata = if form["metadata"].is_object() { form["metadata"].clone() } else { json!({}) };
    let thing = json!({
        "id": id, "object": "refund", "amount": amount, "currency": payment["currency"], "status": "succeeded",
        "payment_intent": payment["id"], "charge": payment["latest_charge"], "created": world.now() / 1_000_000,
        "reason": form["reason"], "metadata": metadata, "receipt_number": null, "balance_transaction": null,
        "key": asked.caller.key, "sent": sent,
    });
    match world.put(&asked.caller, ("stripe", "create_refund"), ("refund", &id), thing.clone()) {
        Ok(_) => Json(shown(&thing)).into_response(),
        Err(_) => refuse(500, "api_error", None, None, "An error occurred with our servers."),
    }
}
