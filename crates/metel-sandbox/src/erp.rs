//! A company's own stock and orders, invented: the kind of service that is imported rather than known.
//! Orders honour `Idempotency-Key`; refusals are problem details (RFC 9457).

use axum::Json;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::app::Sandbox;
use crate::asked::Asked;
use crate::clock::rfc3339_millis;
use crate::shelf::Shelf;
use crate::vendors::Vendor;

pub(crate) const VENDOR: Vendor = Vendor { name: "erp", operation, answer: call, failure, seed };

fn operation(method: &Method, rest: &[&str]) -> &'static str {
    match (method.as_str(), rest) {
        ("GET", ["v1", "stock"]) => "list_stock",
        ("GET", ["v1", "stock", _]) => "get_stock",
        ("GET", ["v1", "orders"]) => "list_orders",
        ("POST", ["v1", "orders"]) => "create_order",
        _ => "unknown",
    }
}

fn seed() -> Shelf {
    let item = |sku: &str, name: &str, count: u32, low: u32, price: u32| json!({"sku": sku, "name": name, "count": count, "reorder_at": low, "price": price, "currency": "KRW"});
    let stock = vec![
        item("M-100", "측정기 Meter", 40, 10, 120_000),
        item("M-200", "센서 Sensor", 3, 10, 35_000),
        item("P-010", "포장 상자 Box", 500, 100, 900),
    ];
    let orders = vec![json!({
        "id": "SO-1001", "sku": "M-100", "quantity": 2, "customer": "협력기획", "state": "shipped",
        "total": 240_000, "currency": "KRW", "created_at": "2026-01-05T00:00:00.000Z",
    })];
    Shelf::default().with("stock", "sku", stock).with("order", "id", orders)
}

fn problem(status: u16, title: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let body = json!({"type": "about:blank", "title": title, "status": status.as_u16()});
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

fn failure(status: StatusCode) -> Response {
    let title = if status == StatusCode::TOO_MANY_REQUESTS { "too many requests" } else { "the stock system failed" };
    problem(status.as_u16(), title)
}

fn call(sandbox: &Sandbox, asked: &Asked) -> Response {
    if asked.token(sandbox, "erp").is_none() {
        return problem(401, "a known token is needed");
    }
    let (method, path) = asked.route();
    let world = sandbox.world();
    match (method, path.as_slice()) {
        ("GET", ["v1", "stock"]) => {
            let low = asked.q("low") == Some("true");
            let fits = |item: &&Value| !low || item["count"].as_u64() < item["reorder_at"].as_u64();
            let items: Vec<Value> = world.shelf("erp").all("stock").filter(fits).cloned().collect();
            Json(json!({"items": items, "total": items.len()})).into_response()
        }
        ("GET", ["v1", "stock", sku]) => match world.shelf("erp").one("stock", sku) {
            Some(item) => Json(item.clone()).into_response(),
            None => problem(404, "no such article"),
        },
        ("GET", ["v1", "orders"]) => {
            let state = asked.q("state");
            let size = asked.number("limit", 50).clamp(1, 200);
            let fits = |order: &&Value| state.is_none_or(|state| order["state"] == state);
            let orders: Vec<Value> = world.shelf("erp").all("order").rev().filter(fits).take(size).cloned().collect();
            Json(json!({"orders": orders, "total": orders.len()})).into_response()
        }
        ("POST", ["v1", "orders"]) => {
            drop(world);
            order(sandbox, asked)
        }
        _ => problem(404, "no such resource"),
    }
}

fn order(sandbox: &Sandbox, asked: &Asked) -> Response {
    let Some(body) = asked.json() else { return problem(400, "the body is not a JSON object") };
    let (Some(sku), Some(quantity)) =
        (body["sku"].as_str(), body["quantity"].as_u64().filter(|n| (1..=100_000).contains(n)))
    else {
        return problem(422, "sku and a quantity from 1 are needed");
    };
    let mut world = sandbox.world();
    if let Some(key) = asked.caller.key.as_deref()
        && let Some(known) = world.shelf("erp").all("order").find(|order| order["key"] == key)
    {
        return match known["sku"] == sku && known["quantity"] == quantity {
            true => (StatusCode::CREATED, Json(shown(known))).into_response(),
            false => problem(422, "this key was used for another order"),
        };
    }
    let Some(mut item) = world.shelf("erp").one("stock", sku).cloned() else { return problem(404, "no such article") };
    let count = item["count"].as_u64().unwrap_or(0);
    if count < quantity {
        return problem(409, &format!("only {count} in stock"));
    }
    let id = format!("SO-{}", 1_001 + world.shelf("erp").all("order").count());
    let price = item["price"].as_u64().unwrap_or(0);
    let thing = json!({
        "id": id, "sku": sku, "quantity": quantity, "customer": body["customer"], "state": "open",
        "total": price * quantity, "currency": "KRW", "created_at": rfc3339_millis(world.now()), "key": asked.caller.key,
    });
    if world.put(&asked.caller, ("erp", "create_order"), ("order", &id), thing.clone()).is_err() {
        return problem(500, "the order could not be kept");
    }
    item["count"] = json!(count - quantity);
    match world.put(&asked.caller, ("erp", "take_stock"), ("stock", sku), item) {
        Ok(_) => (StatusCode::CREATED, Json(shown(&thing))).into_response(),
        Err(_) => problem(500, "the stock could not be changed"),
    }
}

fn shown(order: &Value) -> Value {
    let mut out = order.clone();
    if let Value::Object(members) = &mut out {
        members.remove("key");
    }
    out
}
