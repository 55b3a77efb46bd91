//! Bodies that are no JSON, too deep, too large or of another shape, at every path that takes one.

use metel_model::code::Code;
use serde_json::json;

use super::{Sent, bad, refused};
use crate::house::{Furniture, House};

/// Every path that takes a body, with ids of things that are there.
fn bodies(house: &House, there: &Furniture) -> Vec<String> {
    let all = house.described.operations();
    let with_body = all.iter().filter(|o| o.value["requestBody"].is_object());
    with_body
        .map(|o| {
            let id = match o.path.as_str() {
                path if path.contains("/approvals/") => &there.approval,
                path if path.contains("/tools/") => "metel.echo",
                _ => &there.waiting,
            };
            let path = o.path.replace("{id}", id).replace("{step}", "call").replace("{name}", "n");
            format!("{} {path}", o.method)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_body_is_taken_that_is_not_json_of_the_right_shape() {
    let house = House::build().await;
    let there = house.furnish("owner").await;
    let deep = format!("{{\"x\":{}1{}}}", "[".repeat(80), "]".repeat(80));
    let deeper = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let large = format!("{{\"x\":\"{}\"}}", "가".repeat(1024 * 1024));
    let mut all = Vec::new();
    for line in bodies(&house, &there) {
        let b = |what: &str, body: Sent, code| bad(what, &line, body, code);
        all.push(b("cut off", "{\"a\": ".into(), Code::JsonMalformed));
        all.push(b("not JSON", "name=가나다".into(), Code::JsonMalformed));
        all.push(b("two values", "{} {}".into(), Code::JsonMalformed));
        all.push(b(
            "broken text",
            Sent { bytes: b"{\"a\":\"\xff\xfe\"}".to_vec(), kind: "application/json" },
            Code::JsonMalformed,
        ));
        all.push(b("half a letter", "{\"a\":\"\\ud800\"}".into(), Code::JsonMalformed));
        all.push(b("deep", deep.as_str().into(), Code::TooDeep));
        all.push(b("deeper", deeper.as_str().into(), Code::TooDeep));
        all.push(b("large", large.as_str().into(), Code::TooLarge));
        all.push(b("another kind", json!({}).into(), Code::MediaType).header("content-type", "text/plain"));
        all.push(
            b("a form", json!({}).into(), Code::MediaType).header("content-type", "application/x-www-form-urlencoded"),
        );
        all.push(b("a list", json!([]).into(), Code::FieldInvalid));
        all.push(b("a word", json!("가나다").into(), Code::FieldInvalid));
        all.push(b("nothing that is said", "null".into(), Code::FieldInvalid));
        all.push(b("an unknown field", json!({"없는_항목": 1}).into(), Code::FieldInvalid));
        all.push(b("U+0000", json!({"a\u{0}": "b"}).into(), Code::FieldInvalid));
        // A link decides once by itself, for somebody who has no keys here.
        if line.starts_with("POST") && !line.contains("/v1/links/") {
            let keyed = |key: &str| {
                b("a bad key", json!({}).into(), Code::FieldInvalid)
                    .at("Idempotency-Key")
                    .header("idempotency-key", key)
            };
            all.extend([
                keyed(""),
                keyed("k k"),
                keyed(&"k".repeat(201)),
                keyed("열쇠"),
                keyed("k").header("idempotency-key", "l"),
            ]);
        }
    }
    // A body that says exactly one thing wrong is told so before anything else.
    all.retain(|bad| !(bad.what == "an unknown field" && bad.path == "/v1/tools"));
    // Descriptions of services are larger than other bodies may be.
    all.retain(|bad| !(bad.what == "large" && bad.path == "/v1/tools/import/openapi"));
    assert!(all.len() > 300, "{}", all.len());
    refused(&house, all).await;
    house.end().await;
}
