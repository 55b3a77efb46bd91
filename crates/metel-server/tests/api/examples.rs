//! Requests made up from the description, fitting and not: never a server error, never an answer
//! that is not described, no bad body or query taken, nothing told to strangers.
//!
//! `METEL_EXAMPLES` is how many each operation gets (50), `METEL_SEED` where chance begins.

use axum::body::Body;
use http::Method;
use metel_server::{Declared, Permission, Role};
use serde_json::{Map, Value, json};

use crate::house::{self, Furniture, House};
use crate::schema::{Description, Operation};

/// A small generator of chance (SplitMix64), so that a failure comes again from its seed.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

const TEXTS: &[&str] = &[
    "",
    " ",
    "a",
    "가나다",
    "team",
    "grant-factory",
    "writer",
    "metel.echo",
    "#team",
    "${a.b}",
    "{{x}}",
    "../../etc/passwd",
    "'; drop table runs; --",
    "<script>alert(1)</script>",
    "\u{202e}거꾸로",
    "\u{200b}",
    "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
    "null",
    "MISSING",
    "0",
    "-1",
    "1e999",
    "2030-01-01T00:00:00Z",
    "notion",
    "slack",
    "https://example.com",
    "{\"a\":1}",
    "\n\r\t",
    "한 줄\n두 줄",
    "%s%n",
    "METEL-0001",
    "9007199254740992",
    "18446744073709551615",
    "18446744073709551616",
    "+5",
    "007",
];

fn text(dice: &mut Dice) -> String {
    match dice.below(12) {
        0 => "긴 글 ".repeat(dice.below(2_000)),
        1 => (0..dice.below(40)).filter_map(|_| char::from_u32(1 + dice.next() as u32 % 0x2_ffff)).collect(),
        _ => (*dice.pick(TEXTS)).to_owned(),
    }
}

fn odd(dice: &mut Dice) -> Value {
    match dice.below(12) {
        0 => Value::Null,
        1 => json!(dice.one_in(2)),
        2 => json!(dice.next() as i64),
        3 => json!(-(dice.below(1_000) as i64)),
        4 => json!(1.5e300),
        5 => json!(dice.below(100)),
        6 => json!([]),
        7 => json!({}),
        8 => json!([[[[{"a": [null]}]]]]),
        9 => json!({"$ref": "a.b", "$blob": "0".repeat(64)}),
        _ => json!(text(dice)),
    }
}

/// A value that fits a schema as far as is known; patterns only of the kinds that the document has.
fn fitting(dice: &mut Dice, schema: &Value, document: &Value, depth: usize) -> Value {
    if let Some(to) = schema["$ref"].as_str() {
        return fitting(dice, document.pointer(to.trim_start_matches('#')).unwrap(), document, depth);
    }
    if let Some(value) = schema.get("const") {
        return value.clone();
    }
    if let Some(known) = schema["enum"].as_array() {
        return dice.pick(known).clone();
    }
    if let Some(branches) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
        let branch = dice.pick(branches);
        let mut merged = schema.clone();
        merged.as_object_mut().unwrap().retain(|name, _| name != "oneOf" && name != "anyOf");
        for (name, part) in branch.as_object().unwrap() {
            match (name.as_str(), &mut merged[name.as_str()], part) {
                ("properties", Value::Object(known), Value::Object(more)) => known.extend(more.clone()),
                ("required", Value::Array(known), Value::Array(more)) => known.extend(more.clone()),
                (_, slot, part) => *slot = part.clone(),
            }
        }
        return fitting(dice, &merged, document, depth);
    }
    let kind = match &schema["type"] {
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => dice.pick(kinds).as_str().unwrap().to_owned(),
        _ if schema.get("properties").is_some() => "object".to_owned(),
        _ if schema.get("not").is_some() => "object".to_owned(),
        _ => return odd(dice),
    };
    match kind.as_str() {
        "null" => Value::Null,
        "boolean" => json!(dice.one_in(2)),
        "integer" => {
            let (low, high) = (schema["minimum"].as_i64().unwrap_or(0), schema["maximum"].as_i64().unwrap_or(1_000));
            json!(low + dice.below((high - low).clamp(1, 1_000) as usize) as i64)
        }
        "number" => json!(dice.below(1_000) as f64 / 8.0),
        "array" => {
            let n = if depth > 4 { 0 } else { dice.below(3) + schema["minItems"].as_u64().unwrap_or(0) as usize };
            (0..n).map(|_| fitting(dice, &schema["items"], document, depth + 1)).collect()
        }
        "object" => {
            let mut out = Map::new();
            let required: Vec<&str> =
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            for (name, part) in schema["properties"].as_object().into_iter().flatten() {
                if required.contains(&name.as_str()) || (depth < 5 && dice.one_in(3)) {
                    out.insert(name.clone(), fitting(dice, part, document, depth + 1));
                }
            }
            if schema["additionalProperties"] != json!(false) && depth < 4 && dice.one_in(2) {
                out.insert(text(dice).chars().take(50).collect(), odd(dice));
            }
            Value::Object(out)
        }
        _ => {
            let pattern = schema["pattern"].as_str().unwrap_or_default();
            if pattern.contains("{64}") {
                return json!((0..64).map(|_| *dice.pick(&['0', 'a', '7', 'f'])).collect::<String>());
            }
            if let Some(prefix) =
                pattern.strip_prefix('^').and_then(|p| p.split('_').next()).filter(|_| pattern.contains("{25}"))
            {
                let rest: String = (0..25).map(|_| *dice.pick(&['0', 'A', 'Z', '9', 'K'])).collect();
                return json!(format!("{prefix}_0{rest}"));
            }
            let longest = schema["maxLength"].as_u64().unwrap_or(100_000) as usize;
            let mut words: String = text(dice).chars().take(longest).collect();
            if words.trim().is_empty() && (pattern == "\\S" || schema["minLength"].as_u64().is_some()) {
                words = "가나다".to_owned();
            }
            json!(words)
        }
    }
}

/// The same value with one place of it changed.
fn spoilt(dice: &mut Dice, value: &Value) -> Value {
    let mut out = value.clone();
    let mut at = &mut out;
    loop {
        let goes_on = !dice.one_in(3);
        match at {
            Value::Object(members) if goes_on && !members.is_empty() => {
                let name = members.keys().nth(dice.below(members.len())).unwrap().clone();
                at = &mut at[name.as_str()];
            }
            Value::Array(items) if goes_on && !items.is_empty() => {
                let i = dice.below(items.len());
                at = &mut at[i];
            }
            _ => break,
        }
    }
    match at {
        Value::Object(members) if dice.one_in(2) => {
            if members.is_empty() || dice.one_in(2) {
                members.insert(text(dice).chars().take(30).collect(), odd(dice));
            } else {
                let name = members.keys().nth(dice.below(members.len())).unwrap().clone();
                members.remove(&name);
            }
        }
        slot => *slot = odd(dice),
    }
    out
}

/// Bodies that are known to do something, so that changed ones come close to it.
fn known(operation: &Operation, there: &Furniture) -> Vec<Value> {
    let contract = json!({"id": "made.up", "version": "1.0.0", "title": {"en": "x", "ko": "엑스"}, "description": "x", "risk": ["read"], "scopes": ["a"],
        "examples": ["x"], "input_schema": {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false},
        "output_schema": {"type": "object"}, "produces": {"id": {"path": "$.id", "type": "text", "optional": true}},
        "transport": {"type": "http", "method": "POST", "path": "/x", "body": {"a?": "${input.a}"}}, "timeout_ms": 1000,
        "retry": {"attempts": 2}, "idempotency": {"type": "none"}, "trust": "untrusted", "rate_limit": {"per_second": 1}});
    let flow = json!({"name": "made-up", "definition": {"title": "x", "input_schema": {"type": "object"}, "nodes": [
        {"id": "a", "type": "tool", "tool": "metel.echo", "args": {"text": "${input.text}"}, "retry": {"attempts": 2}},
        {"id": "b", "type": "human_gate", "title": "계속할까요?", "show": {"a": "${a.text}"}},
        {"id": "m", "type": "map", "items": [1, 2], "body": {"nodes": [{"id": "n", "type": "finalize", "output": "${item}"}], "entry_point": "n"}}],
        "edges": [{"from": "a", "to": "b"}, {"from": "b", "to": "m"}], "entry_point": "a"}});
    match operation.path.as_str() {
        "/v1/tools" | "/v1/tools/validate" => vec![contract],
        "/v1/tools/{id}/pin" => vec![json!({"version": "1.0.0"}), json!({"version": null})],
        "/v1/tools/import/openapi" => {
            let described = json!({"openapi": "3.0.3", "info": {"title": "Made up", "version": "1"}, "servers": [{"url": "https://x.example"}],
                "paths": {"/a/{b}": {"get": {"parameters": [{"name": "b", "in": "path", "required": true, "schema": {"type": "string"}}]}}}});
            vec![
                json!({"document": described.to_string(), "dry_run": true}),
                json!({"document": described.to_string(), "service": "made", "tags": [], "risks": {"get /a/{b}": ["write"]}}),
            ]
        }
        "/v1/workflows" | "/v1/workflows/validate" => vec![flow],
        "/v1/tools/{id}/call" => {
            vec![json!({"args": {"text": "가"}}), json!({"args": {"page": "가"}}), json!({"args": {"reference": "가"}})]
        }
        "/v1/runs" => vec![
            json!({"workflow": "grant-factory", "input": {"query": "정부조달 공고"}}),
            json!({"request": "슬랙 #team 에 '안녕' 보내줘", "lang": "ko"}),
        ],
        "/runs" => vec![
            json!({"goal": "노션에 '가' 페이지를 만들어줘", "connected_services": ["notion"], "tool_candidates": ["notion.create_page"]}),
        ],
        "/v1/plans" => vec![json!({"request": "슬랙에 '안녕' 이라고 보내줘"})],
        "/orchestrate/pipeline/start" => vec![json!({"pipeline_id": "auto-healing", "input": {"service": "openai"}})],
        "/orchestrate/agent/invoke" => {
            vec![json!({"agent_id": "writer", "messages": [{"role": "user", "content": "안녕"}]})]
        }
        "/v1/approvals/{id}/decision" => vec![
            json!({"decision": "edit", "digest": there.digest, "payload": {"page": "다른 것"}}),
            json!({"decision": "mask", "digest": there.digest}),
            json!({"decision": "approve", "digest": "0".repeat(64), "all_like_this": true}),
        ],
        "/v1/runs/{id}/input" => vec![json!({"values": {(there.missing.as_str()): "제목"}})],
        "/v1/connections" => vec![
            json!({"service": "slack", "sandbox": true, "scopes": ["chat:write"]}),
            json!({"service": "notion", "secret": "x", "base_url": "https://x.example"}),
        ],
        "/v1/policy" => {
            vec![json!({"name": "p", "rules": [{"id": "r", "effect": "approval", "reason": {"en": "x", "ko": "엑스"},
            "when": {"tool": "notion.*", "risk": ["write"], "condition": "input.page == 'x'"}}], "inside": {"domains": ["a.example"], "shared_channels": []}, "approval_expires_ms": 60000})]
        }
        "/v1/policy/evaluate" => vec![
            json!({"tool": {"name": "send_money", "input_schema": {"type": "object"}}, "payload": {"recipient": "x", "amount": 3},
                "request": "돈을 보내 줘", "messages": [{"role": "tool", "tool": "read_file", "content": {"text": "x"}, "trusted": false}]}),
            json!({"tool": "metel.echo", "payload": {}, "provenance": {"/a": "untrusted_tool"}}),
        ],
        "/v1/policy/simulate" => vec![json!({"policy": {"rules": [{"id": "r", "effect": "deny"}]}, "runs": 5})],
        "/v1/messages" => vec![json!({"name": "결제", "correlation": "주문 7", "payload": {"n": 1}, "ttl_ms": 1000})],
        "/v1/dead/retry" => vec![json!({"code": "METEL-3001"}), json!({"runs": [there.done]})],
        "/v1/tokens" => vec![json!({"name": "봇", "role": "viewer", "expires_at": "2100-01-01T00:00:00Z"})],
        "/v1/secrets/{name}" => vec![json!({"value": "s3cret"})],
        _ => vec![json!({})],
    }
}

fn places(operation: &Operation, there: &Furniture) -> Vec<String> {
    let real: Vec<&str> = match operation.path.as_str() {
        p if p.contains("/approvals/") => vec![&there.approval],
        p if p.contains("/tools/") => vec!["metel.echo", "notion.archive_page", "ledgerbox.post_keyed", "made.up"],
        p if p.contains("/workflows/") => vec!["grant-factory", "made-up"],
        p if p.contains("/help/") => vec!["METEL-5003", "metel-1001"],
        p if p.contains("/secrets/") => vec!["x", "열쇠"],
        p if p.contains("/app/") => vec!["runs/x", "assets/none.js"],
        p if p.contains("/runs/") || p.contains("/ws/") => vec![&there.done, &there.waiting, &there.asked],
        _ => vec!["conn_00000000000000000000000000"],
    };
    let odd = [
        "run_00000000000000000000000000",
        "x",
        "ZZZZZZ",
        "가나다",
        "..%2f..%2fetc",
        "%ff",
        "a b",
        "'or 1=1--",
        "*",
        "run_",
        "0",
    ];
    real.iter().chain(&real).chain(&real).chain(&odd).map(|s| (*s).to_owned()).collect()
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-._%".contains(&b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

/// A query, and whether it fits the description.
fn query(dice: &mut Dice, operation: &Operation, described: &Description) -> (String, bool) {
    let mut pairs = Vec::new();
    let mut fits = true;
    let about = format!("{} {}", operation.method, operation.path);
    for parameter in operation.value["parameters"].as_array().into_iter().flatten().filter(|p| p["in"] == "query") {
        let name = parameter["name"].as_str().unwrap();
        let required = parameter["required"] == true;
        if !required && !dice.one_in(3) {
            continue;
        }
        let schema = &parameter["schema"];
        let value = if dice.one_in(2) { fitting(dice, schema, &described.document, 0) } else { json!(text(dice)) };
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned).replace('\0', "");
        let value: String = value.chars().take(300).collect();
        let integer = schema["type"] == "integer";
        let judged = if integer { value.parse::<u64>().map_or(json!(value), |n| json!(n)) } else { json!(value) };
        fits &= described.compiled(&format!("{about}?{name}"), schema, false).is_valid(&judged);
        let plain = value
            .bytes()
            .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") });
        pairs.push(format!("{name}={}", plain.collect::<String>()));
        if dice.one_in(12) {
            pairs.push(pairs.last().unwrap().clone());
            fits = false;
        }
    }
    let takes = operation.value["parameters"].to_string().contains("\"query\"");
    if takes && dice.one_in(10) {
        pairs.push("unknown=1".to_owned());
        fits = false;
    }
    (if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }, fits)
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[tokio::test(flavor = "multi_thread")]
async fn made_up_requests_get_described_answers() {
    let house = House::build().await;
    let there = house.furnish("owner").await;
    let (count, seed) = (setting("METEL_EXAMPLES", 50), setting("METEL_SEED", 7));
    let (mut sent, mut bad_bodies, mut good) = (0, 0, 0);
    for (i, operation) in house.described.operations().iter().enumerate() {
        let began = std::time::Instant::now();
        let mut dice = Dice(seed.wrapping_mul(1_000) + i as u64);
        let about = format!("{} {}", operation.method, operation.path);
        let schema = &operation.value["requestBody"]["content"]["application/json"]["schema"];
        let (bases, places) = (known(operation, &there), places(operation, &there));
        for n in 0..count {
            let mut path = operation.path.clone();
            for name in ["id", "name", "digest", "code", "path", "step"] {
                let place: &String = dice.pick(&places);
                path = path.replace(&format!("{{{name}}}"), &encoded(place));
            }
            // Who asks may be told without an end by a stream that lasts.
            let (asked, fits) = query(&mut dice, operation, &house.described);
            let mut request = house.asking("owner", operation.method.as_str(), &format!("{path}{asked}"));
            let mut valid = fits;
            let mut body = Body::empty();
            let mut shown = Value::Null;
            if schema.is_object() && n % 10 == 9 {
                // No body at all.
                valid &= operation.value["requestBody"]["required"] != true;
            } else if schema.is_object() {
                let value = match n % 4 {
                    0 => fitting(&mut dice, schema, &house.described.document, 0),
                    1 => dice.pick(&bases).clone(),
                    _ => {
                        let base = if dice.one_in(3) {
                            fitting(&mut dice, schema, &house.described.document, 0)
                        } else {
                            dice.pick(&bases).clone()
                        };
                        spoilt(&mut dice, &base)
                    }
                };
                let value: Value = serde_json::from_str(&value.to_string().replace("\\u0000", "")).unwrap();
                valid &= house.described.compiled(&format!("{about} body"), schema, false).is_valid(&value);
                request = request.header("content-type", "application/json");
                shown = value.clone();
                body = Body::from(value.to_string());
            }
            if operation.method == Method::POST && dice.one_in(4) {
                request = request.header("idempotency-key", format!("key-{i}-{n}"));
            }
            let reply = house.send(request.body(body).unwrap()).await;
            let what = format!(
                "seed {seed}, example {n}: {} {path}{asked} {shown}: {} {:#}",
                operation.method, reply.status, reply.body
            );
            assert!(reply.status < 500, "{what}");
            assert!(valid || (400..500).contains(&reply.status), "taken although it does not fit: {what}");
            sent += 1;
            good += u32::from(reply.status < 400);
            bad_bodies += u32::from(!valid);
        }
        println!("{:>6} ms  {about}", began.elapsed().as_millis());
    }
    assert!(
        sent >= 50 * 60 && good > sent / 8 && bad_bodies > sent / 8,
        "{sent} sent, {good} good, {bad_bodies} not fitting"
    );
    println!("{sent} requests, {bad_bodies} that did not fit, {good} good answers, 0 server errors");
    house.end().await;
}

/// Whether an operation of the document is open to everybody.
fn is_open(operation: &Operation) -> bool {
    let security = operation.value["security"].as_array().unwrap();
    security.is_empty() || security.iter().any(|schemes| schemes.as_object().unwrap().is_empty())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_operation_answers_strangers_or_the_wrong_role() {
    let house = House::build().await;
    let there = house.furnish("owner").await;
    let listed: Vec<Declared> = metel_server::listed(house::app(&house.platform, house.ours, &house.sandbox));
    let before = house.state().await;
    let mut closed = 0;
    for operation in house.described.operations() {
        let place = places(&operation, &there).remove(0);
        let mut path = operation.path.clone();
        for name in ["id", "name", "digest", "code", "path", "step"] {
            path = path.replace(&format!("{{{name}}}"), &place);
        }
        let ask = async |token: &str| {
            let mut request = http::Request::builder().method(operation.method.clone()).uri(&path);
            if !token.is_empty() {
                request = request.header("authorization", format!("Bearer {token}"));
            }
            // A list is a body that no operation takes, so that whoever may gets no further.
            let body = if operation.value["requestBody"].is_object() { "[]" } else { "" };
            house.send(request.header("content-type", "application/json").body(Body::from(body)).unwrap()).await
        };
        let route = listed
            .iter()
            .find(|r| r.method == operation.method && r.path.replace("{*", "{") == operation.path)
            .unwrap();
        if is_open(&operation) {
            assert!(matches!(route.permission, Permission::Open | Permission::Nearby), "{path}");
            continue;
        }
        closed += 1;
        for token in ["", "metel_0000000000000000000000000000000000000000000000000000000000000000", "x"] {
            let reply = ask(token).await;
            assert_eq!(reply.status, 401, "{} {path} with {token:?}: {:#}", operation.method, reply.body);
            assert_eq!(reply.headers["www-authenticate"], "Bearer");
        }
        if operation.method == Method::DELETE || route.own_sign_in {
            continue;
        }
        for role in Role::ALL {
            let reply = ask(&house.tokens[role.name()]).await;
            let barred = reply.body["code"] == "METEL-7002";
            assert_eq!(
                barred,
                !role.may(route.permission),
                "{} {path} as {}: {:#}",
                operation.method,
                role.name(),
                reply.body
            );
        }
    }
    assert!(closed >= 45, "{closed}");
    assert_eq!(before, house.state().await);
    house.end().await;
}
