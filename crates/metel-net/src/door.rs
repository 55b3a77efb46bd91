//! `{"op":"fetch","url","method"}` answered as a line: the guard and the client exactly as tools use them.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::call::Call;
use crate::client::{Limits, Net};
use crate::egress::Egress;

/// Longest fetch through the door.
const TIMEOUT_MS: u64 = 4_000;

/// Answers `{"status":n}`, `{"refused":"code"}` or `{"error":"text"}`. `allow` is a list as
/// [`Egress::parse`] reads it; an empty one refuses every address.
pub async fn door(request: &Value, allow: &str) -> Value {
    let Some(url) = request.get("url").and_then(Value::as_str) else {
        return json!({"error": "url is missing"});
    };
    let method = request.get("method").and_then(Value::as_str).unwrap_or("GET").to_ascii_uppercase();
    if !matches!(method.as_str(), "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE") {
        return json!({"error": "unknown method"});
    }
    let Ok(method) = http::Method::from_bytes(method.as_bytes()) else {
        return json!({"error": "unknown method"});
    };
    let egress = match Egress::parse(allow) {
        Ok(egress) => egress,
        Err(fault) => return json!({"error": fault.to_string()}),
    };
    // One client for all lines: a fresh one would read the machine's certificates each time.
    static NET: OnceLock<Net> = OnceLock::new();
    let net = match NET.get() {
        Some(net) => net,
        None => match Net::new(Limits { connect_ms: 2_000, ..Limits::default() }) {
            Ok(net) => NET.get_or_init(|| net),
            Err(fault) => return json!({"error": fault.to_string()}),
        },
    };
    match net.send(Call::new(method, url).timeout_ms(TIMEOUT_MS), &egress).await {
        Ok(reply) => json!({"status": reply.status}),
        Err(failure) => match failure.refused {
            Some(refused) => json!({"refused": refused.code}),
            None => json!({"error": failure.fault.to_string()}),
        },
    }
}
