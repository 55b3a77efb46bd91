//! Bad input of every kind: the right status, a problem document in the reader's language with a
//! code, what happened, where and what to do, and nothing changed anywhere.

use axum::body::Body;
use metel_model::code::Code;
use metel_model::lang::Lang;
use serde_json::{Value, json};

use crate::house::{Furniture, House, Reply};

/// One bad request and what must come of it.
struct Bad {
    what: String,
    who: &'static str,
    method: String,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    code: Code,
    /// Pointer of a field that must be named.
    field: Option<String>,
}

/// `line` is the method and the path.
fn bad(what: impl Into<String>, line: &str, body: impl Into<Sent>, code: Code) -> Bad {
    let (method, path) = line.split_once(' ').unwrap();
    let Sent { bytes, kind } = body.into();
    let headers = if kind.is_empty() { Vec::new() } else { vec![("content-type", kind.to_owned())] };
    let (method, path) = (method.to_owned(), path.to_owned());
    Bad { what: what.into(), who: "owner", method, path, headers, body: bytes, code, field: None }
}

struct Sent {
    bytes: Vec<u8>,
    kind: &'static str,
}

impl From<Value> for Sent {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self { bytes: Vec::new(), kind: "" },
            value => Self { bytes: value.to_string().into_bytes(), kind: "application/json" },
        }
    }
}

impl From<&str> for Sent {
    fn from(text: &str) -> Self {
        Self { bytes: text.as_bytes().to_vec(), kind: "application/json" }
    }
}

impl Bad {
    fn at(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }
    fn by(mut self, who: &'static str) -> Self {
        self.who = who;
        self
    }
    fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| *known != name || name == "idempotency-key");
        self.headers.push((name, value.into()));
        self
    }
}

fn hangul(text: &str) -> bool {
    text.chars().any(|c| ('가'..='힣').contains(&c))
}

/// The document of a refusal, in one language.
fn check(bad: &Bad, lang: Lang, reply: &Reply) {
    let document = &reply.body;
    let about = format!("{} ({} {}): {document:#}", bad.what, bad.method, bad.path);
    assert_eq!((reply.status, document["code"].as_str()), (bad.code.http(), Some(bad.code.name().as_str())), "{about}");
    assert_eq!(reply.headers["content-type"], "application/problem+json", "{about}");
    assert_eq!(reply.headers["content-language"], lang.tag(), "{about}");
    assert_eq!(document["status"], bad.code.http(), "{about}");
    assert_eq!(document["type"], format!("/help/{}", bad.code.name()), "{about}");
    assert_eq!(document["kind"], bad.code.kind(), "{about}");
    assert_eq!(document["title"], bad.code.title(lang), "{about}");
    assert!(!document["detail"].as_str().unwrap_or_default().is_empty(), "no detail: {about}");
    assert!(!document["hint"].as_str().unwrap_or_default().is_empty(), "no hint: {about}");
    assert_eq!(document["instance"], bad.path.split('?').next().unwrap(), "{about}");
    assert_eq!(document["request_id"], reply.headers["x-request-id"].to_str().unwrap(), "{about}");
    let errors = document["errors"].as_array().cloned().unwrap_or_default();
    if let Some(field) = &bad.field {
        assert!(errors.iter().any(|e| e["pointer"] == field.as_str()), "{field} is not named: {about}");
    }
    if lang == Lang::Ko {
        assert!(hangul(document["hint"].as_str().unwrap()), "{about}");
        for error in errors {
            assert!(hangul(error["message"].as_str().unwrap()), "{error}: {about}");
        }
    }
}

/// Sends each in both languages; each must be refused as it says and change nothing.
async fn refused(house: &House, all: Vec<Bad>) {
    let before = house.state().await;
    let mut wrong = Vec::new();
    for bad in all {
        for lang in [Lang::En, Lang::Ko] {
            let mut request = house.asking(bad.who, &bad.method, &bad.path).header("accept-language", lang.tag());
            for (name, value) in &bad.headers {
                request = request.header(*name, http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
            }
            let reply = house.send(request.body(Body::from(bad.body.clone())).unwrap()).await;
            let held = std::panic::catch_unwind(|| check(&bad, lang, &reply));
            wrong.extend(held.is_err().then(|| format!("{} ({} {})", bad.what, bad.method, bad.path)));
        }
        let after = house.state().await;
        assert_eq!(before, after, "{} ({} {}) changed something", bad.what, bad.method, bad.path);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

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
        if line.starts_with("POST") {
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
    assert!(all.len() > 300, "{}", all.len());
    refused(&house, all).await;
    house.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_bad_value_is_taken() {
    let house = House::build().await;
    let there = house.furnish("owner").await;
    let run = |rest: &str| format!("POST /v1/runs/{}{rest}", there.waiting);
    let asked = format!("POST /v1/runs/{}/input", there.asked);
    let decide = format!("POST /v1/approvals/{}/decision", there.approval);
    let long = "가".repeat(20_001);
    let unknown = "run_00000000000000000000000000";
    let node = |node: Value| json!({"name": "틀린", "definition": {"nodes": [node], "entry_point": "a"}});
    let workflow = |definition: Value| json!({"name": "틀린", "definition": definition});
    let cycle = json!({"nodes": [{"id": "a", "type": "parallel"}, {"id": "b", "type": "parallel"}],
        "edges": [{"from": "a", "to": "b"}, {"from": "b", "to": "a"}], "entry_point": "a"});
    let many: Vec<Value> = (0..10_001).map(|i| json!({"id": format!("n{i}"), "type": "parallel"})).collect();
    let contract = json!({"id": "x.y", "version": "1.0.0", "title": "x", "description": "x", "risk": ["read"],
        "input_schema": {"type": "object", "properties": {}, "additionalProperties": false},
        "transport": {"type": "http", "method": "GET", "path": "/x"}, "idempotency": {"type": "natural"}});
    let with = |name: &str, value: Value| {
        let mut out = contract.clone();
        out[name] = value;
        out
    };
    use Code::*;
    let all = vec![
        // Starting runs.
        bad("nothing to do", "POST /v1/runs", json!({}), FieldInvalid),
        bad("two things to do", "POST /v1/runs", json!({"request": "가", "workflow": "grant-factory"}), FieldInvalid),
        bad("an empty request", "POST /v1/runs", json!({"request": " \n "}), FieldInvalid).at("/request"),
        bad("a long request", "POST /v1/runs", json!({"request": long}), FieldInvalid).at("/request"),
        bad("a long request", "POST /v1/plans", json!({"request": long}), FieldInvalid).at("/request"),
        bad("a long request", "POST /runs", json!({"request": long}), FieldInvalid).at("/request"),
        bad("a number for words", "POST /v1/runs", json!({"request": 7}), FieldInvalid).at("/request"),
        bad("another's field", "POST /v1/runs", json!({"request": "가", "input": {}}), FieldInvalid).at("/input"),
        bad("another's field", "POST /v1/runs", json!({"workflow": "grant-factory", "lang": "ko"}), FieldInvalid).at("/lang"),
        bad("no language of ours", "POST /v1/plans", json!({"request": "가", "lang": "fr"}), FieldInvalid).at("/lang"),
        bad("no session", "POST /v1/plans", json!({"request": "가", "session": "s1"}), FieldInvalid).at("/session"),
        bad("no plan", "POST /v1/runs", json!({"plan": "plan_00000000000000000000000000"}), NotFound),
        bad("no plan's id", "POST /v1/runs", json!({"plan": unknown}), IdInvalid),
        bad("no workflow", "POST /v1/runs", json!({"workflow": "없는것"}), NotFound),
        bad("a large number", "POST /v1/runs", json!({"workflow": "grant-factory", "input": {"n": 9_007_199_254_740_993_i64}}), FieldInvalid).at("/input"),
        bad("input that lacks", "POST /v1/runs", json!({"workflow": "grant-factory"}), FieldInvalid).at("/input"),
        bad("input of a wrong type", "POST /v1/runs", json!({"workflow": "grant-factory", "input": {"query": 7}}), FieldInvalid).at("/input/query"),
        bad("input too short", "POST /v1/runs", json!({"workflow": "grant-factory", "input": {"query": "가"}}), FieldInvalid).at("/input/query"),
        bad("input unknown", "POST /v1/runs", json!({"workflow": "grant-factory", "input": {"query": "가나다", "색": 1}}), FieldInvalid).at("/input"),
        bad("input that lacks", "POST /orchestrate/pipeline/start", json!({"pipeline_id": "auto-healing", "input": {}}), FieldInvalid).at("/input"),
        bad("a wait too long", "POST /v1/runs", json!({"workflow": "grant-factory"}), FieldInvalid).at("Prefer").header("prefer", "wait=61"),
        bad("a wait of words", "POST /v1/runs", json!({"workflow": "grant-factory"}), FieldInvalid).at("Prefer").header("prefer", "wait=soon"),
        bad("a service that is not there", "POST /runs", json!({"request": "가", "connected_services": ["jira"]}), FieldInvalid).at("/connected_services/0"),
        bad("a tool that is not there", "POST /runs", json!({"request": "가", "tool_candidates": ["a.b"]}), FieldInvalid).at("/tool_candidates/0"),
        bad("no request", "POST /runs", json!({"tool_candidates": []}), FieldInvalid).at("/request"),
        bad("no agent", "POST /orchestrate/agent/invoke", json!({"agent_id": "누구", "messages": [{"role": "user", "content": "가"}]}), NotFound),
        bad("no user's message", "POST /orchestrate/agent/invoke", json!({"agent_id": "writer", "messages": []}), FieldInvalid).at("/messages"),
        bad("no such role", "POST /orchestrate/agent/invoke", json!({"agent_id": "writer", "messages": [{"role": "root", "content": ""}]}), FieldInvalid).at("/messages/0/role"),
        // Runs.
        bad("no run", &format!("GET /v1/runs/{unknown}"), json!(null), RunNotFound),
        bad("no run by its end", "GET /v1/runs/ZZZZZZ", json!(null), RunNotFound),
        bad("no id", "GET /v1/runs/%EC%8B%A4%ED%96%89", json!(null), IdInvalid),
        bad("broken letters", "GET /v1/runs/%ff%fe", json!(null), IdInvalid),
        bad("U+0000 in the address", "GET /v1/workflows/a%00b", json!(null), IdInvalid),
        bad("another noun's id", &format!("GET /v1/runs/{}", there.approval), json!(null), IdInvalid),
        bad("an id that is SQL", "GET /v1/runs/'%20or%201=1--", json!(null), IdInvalid),
        bad("no limit", "GET /v1/runs?limit=0", json!(null), FieldInvalid).at("limit"),
        bad("a limit of words", "GET /v1/runs?limit=many", json!(null), FieldInvalid).at("limit"),
        bad("an unknown name", "GET /v1/runs?colour=red", json!(null), FieldInvalid).at("colour"),
        bad("a name twice", "GET /v1/runs?limit=1&limit=2", json!(null), FieldInvalid).at("limit"),
        bad("no status", "GET /v1/runs?status=happy", json!(null), FieldInvalid).at("status"),
        bad("no status", "GET /v1/approvals?status=happy", json!(null), FieldInvalid).at("status"),
        bad("no cursor", "GET /v1/runs?cursor=x", json!(null), FieldInvalid).at("cursor"),
        bad("events past the limit", &format!("GET /v1/runs/{}/events?limit=1001", there.done), json!(null), FieldInvalid).at("limit"),
        bad("a number below zero", &format!("GET /v1/runs/{}/events?after=-1", there.done), json!(null), FieldInvalid).at("after"),
        bad("a run that asks nothing", &run("/input"), json!({"values": {"a1.title": "가"}}), InputUnexpected),
        bad("no values", &asked, json!({"values": {}}), InputUnexpected),
        bad("values that are not asked for", &asked, json!({"values": {"a9.x": "가"}}), FieldInvalid).at("/values/a9.x"),
        bad("a value of a wrong type", &asked, json!({"values": {(there.missing.as_str()): 7}}), FieldInvalid).at(&format!("/values/{}", there.missing)),
        bad("the word for a missing value", &asked, json!({"values": {(there.missing.as_str()): "MISSING"}}), FieldInvalid),
        bad("a run that has ended", &format!("POST /v1/runs/{}/cancel", there.done), json!({}), RunFinal),
        bad("a run that has ended", &format!("POST /v1/runs/{}/input", there.done), json!({"values": {"a": 1}}), RunFinal),
        bad("a run that did not fail", &format!("POST /v1/runs/{}/retry", there.done), json!({}), RunStale),
        bad("a run that goes on", &run("/retry"), json!({}), RunStale),
        bad("a step without doubt", &run("/steps/call/resolve"), json!({"happened": true}), RunStale),
        bad("a step that is not there", &run("/steps/없음/resolve"), json!({"happened": true}), StepUnknown),
        bad("a long reason", &run("/cancel"), json!({"reason": "가".repeat(2_001)}), FieldInvalid).at("/reason"),
        bad("no digest", "GET /v1/blobs/zz", json!(null), IdInvalid),
        bad("no value", &format!("GET /v1/blobs/{}", "0".repeat(64)), json!(null), NotFound),
        bad("no run", &format!("GET /v1/audit/verify?run={unknown}"), json!(null), RunNotFound),
        // Approvals.
        bad("no approval", "GET /v1/approvals/appr_00000000000000000000000000", json!(null), NotFound),
        bad("another payload", &decide, json!({"decision": "approve", "digest": "0".repeat(64)}), ApprovalStale),
        bad("half a digest", &decide, json!({"decision": "approve", "digest": "abc"}), FieldInvalid).at("/digest"),
        bad("no digest", &decide, json!({"decision": "approve"}), FieldInvalid).at("/digest"),
        bad("no decision", &decide, json!({"decision": "perhaps", "digest": there.digest}), FieldInvalid).at("/decision"),
        bad("another's field", &decide, json!({"decision": "approve", "digest": there.digest, "payload": {}}), FieldInvalid).at("/payload"),
        bad("another's field", &decide, json!({"decision": "reject", "digest": there.digest, "all_like_this": true}), FieldInvalid).at("/all_like_this"),
        bad("no payload", &decide, json!({"decision": "edit", "digest": there.digest}), FieldInvalid).at("/payload"),
        bad("a payload that does not fit", &decide, json!({"decision": "edit", "digest": there.digest, "payload": {"page": 7}}), PayloadInvalid).at("/page"),
        bad("a payload by its hash", &decide, json!({"decision": "edit", "digest": there.digest, "payload": {"$blob": "0".repeat(64), "bytes": 1}}), PayloadInvalid),
        bad("an approval of another run", &format!("POST /runs/{}/approve", there.done), json!({"approved": true, "approval_id": there.approval}), NotFound),
        bad("nothing that waits", &format!("POST /runs/{}/approve", there.done), json!({"approved": true}), ApprovalGone),
        bad("an action that does not wait", &format!("POST /runs/{}/approve", there.waiting), json!({"approved": true, "action_id": "x"}), ApprovalGone),
        // Tools.
        bad("no tool", "GET /v1/tools/a.b", json!(null), ToolUnknown),
        bad("no tool", "POST /v1/tools/a.b/call", json!({"args": {}}), ToolUnknown),
        bad("no tool", "POST /v1/tools/a.b/disable", json!({}), ToolUnknown),
        bad("arguments that lack", "POST /v1/tools/slack.post_message/call", json!({"args": {}}), PayloadInvalid).at("/args"),
        bad("an unknown argument", "POST /v1/tools/metel.echo/call", json!({"args": {"text": "가", "색": 1}}), PayloadInvalid).at("/args"),
        bad("no arguments", "POST /v1/tools/metel.echo/call", json!({}), FieldInvalid).at("/args"),
        bad("a list of arguments", "POST /v1/tools/metel.echo/call", json!({"args": []}), FieldInvalid).at("/args"),
        bad("a contract without risk", "POST /v1/tools", with("risk", json!([])), ContractInvalid),
        bad("a contract with a risk of its own", "POST /v1/tools", with("risk", json!(["harmless"])), FieldInvalid),
        bad("a contract with an odd id", "POST /v1/tools/validate", with("id", json!("../x")), ContractInvalid),
        bad("a contract with a broken schema", "POST /v1/tools/validate", with("input_schema", json!({"type": "thing"})), ContractInvalid),
        bad("a contract with broken CEL", "POST /v1/tools/validate", with("success", json!("status ==")), ContractInvalid),
        bad("a contract that changed", "POST /v1/tools", json!({"id": "metel.echo", "version": "1.0.0", "title": "x", "description": "x", "risk": ["read"],
            "input_schema": {"type": "object", "additionalProperties": false}, "transport": {"type": "builtin", "name": "metel.echo"}, "idempotency": {"type": "natural"}}), ContractChanged),
        // Connections and secrets.
        bad("no service", "POST /v1/connections", json!({"service": "jira"}), NotFound),
        bad("an address with a name in it", "POST /v1/connections", json!({"service": "slack", "secret": "x", "base_url": "https://me@evil.example"}), FieldInvalid).at("/base_url"),
        bad("a file's address", "POST /v1/connections", json!({"service": "slack", "secret": "x", "base_url": "file:///etc/passwd"}), FieldInvalid).at("/base_url"),
        bad("a sandbox elsewhere", "POST /v1/connections", json!({"service": "slack", "sandbox": true, "base_url": "http://127.0.0.1:1/x"}), FieldInvalid).at("/base_url"),
        bad("no connection", "DELETE /v1/connections/conn_00000000000000000000000000", json!(null), NotFound),
        bad("no connection's id", "DELETE /v1/connections/x", json!(null), IdInvalid),
        bad("no connection", "POST /v1/connections/conn_00000000000000000000000000/test", json!({}), NotFound),
        bad("an empty secret", "PUT /v1/secrets/x", json!({"value": ""}), FieldInvalid).at("/value"),
        bad("a large secret", "PUT /v1/secrets/x", json!({"value": "x".repeat(65_537)}), FieldInvalid).at("/value"),
        bad("a secret's name too long", &format!("PUT /v1/secrets/{}", "x".repeat(129)), json!({"value": "x"}), FieldInvalid).at("name"),
        bad("no secret", "DELETE /v1/secrets/x", json!(null), NotFound),
        // Pipelines.
        bad("no pipeline", "GET /v1/workflows/x", json!(null), NotFound),
        bad("no name", "POST /v1/workflows", json!({"name": "", "definition": {"nodes": [{"id": "a", "type": "parallel"}], "entry_point": "a"}}), FieldInvalid).at("/name"),
        bad("a long name", "POST /v1/workflows/validate", json!({"name": "가".repeat(43), "definition": {"nodes": [{"id": "a", "type": "parallel"}], "entry_point": "a"}}), FieldInvalid).at("/name"),
        bad("no nodes", "POST /v1/workflows", workflow(json!({"entry_point": "a"})), DefinitionInvalid).at("/nodes"),
        bad("no beginning", "POST /v1/workflows", workflow(json!({"nodes": []})), DefinitionInvalid).at("/entry_point"),
        bad("a list", "POST /v1/workflows", workflow(json!([])), DefinitionInvalid),
        bad("an unknown type", "POST /v1/workflows", node(json!({"id": "a", "type": "humn_gate"})), DefinitionInvalid).at("/nodes/0/type"),
        bad("an unknown field", "POST /v1/workflows", node(json!({"id": "a", "type": "parallel", "색": 1})), DefinitionInvalid).at("/nodes/0/색"),
        bad("no such tool", "POST /v1/workflows", node(json!({"id": "a", "type": "tool", "tool": "x.y", "args": {}})), DefinitionInvalid).at("/nodes/0/tool"),
        bad("a reference to nothing", "POST /v1/workflows", node(json!({"id": "a", "type": "tool", "tool": "metel.echo", "args": {"text": "${b.text}"}})), DefinitionInvalid).at("/nodes/0/args/text"),
        bad("a circle", "POST /v1/workflows", workflow(cycle), DefinitionInvalid).at("/nodes/0"),
        bad("too many nodes", "POST /v1/workflows/validate", workflow(json!({"nodes": many, "entry_point": "n0"})), DefinitionInvalid).at("/nodes"),
        bad("a broken input schema", "POST /v1/workflows", workflow(json!({"nodes": [{"id": "a", "type": "parallel"}], "entry_point": "a", "input_schema": {"type": "thing"}})), DefinitionInvalid).at("/input_schema"),
        bad("broken CEL", "POST /v1/workflows", node(json!({"id": "a", "type": "parallel", "success": "1 +"})), DefinitionInvalid).at("/nodes/0/success"),
        // Policy, tokens, addresses.
        bad("no policy at all", "PUT /v1/policy", json!(null), FieldInvalid),
        bad("a rule without an effect", "PUT /v1/policy", json!({"rules": [{"id": "r"}]}), FieldInvalid).at("/rules/0/effect"),
        bad("an unknown effect", "PUT /v1/policy", json!({"rules": [{"id": "r", "effect": "maybe"}]}), FieldInvalid).at("/rules/0/effect"),
        bad("a broken condition", "PUT /v1/policy", json!({"rules": [{"id": "r", "effect": "deny", "when": {"condition": "1 +"}}]}), FieldInvalid),
        bad("no name", "POST /v1/tokens", json!({"name": " "}), FieldInvalid).at("/name"),
        bad("no role", "POST /v1/tokens", json!({"name": "봇", "role": "root"}), FieldInvalid).at("/role"),
        bad("a time that is over", "POST /v1/tokens", json!({"name": "봇", "expires_at": "2001-01-01T00:00:00Z"}), FieldInvalid).at("/expires_at"),
        bad("no time", "POST /v1/tokens", json!({"name": "봇", "expires_at": "내일"}), FieldInvalid).at("/expires_at"),
        bad("no token", "DELETE /v1/tokens/tok_00000000000000000000000000", json!(null), NotFound),
        bad("no token's id", "DELETE /v1/tokens/x", json!(null), IdInvalid),
        bad("more than one has", "POST /v1/tokens", json!({"name": "봇", "role": "owner"}), NotAllowed).by("admin"),
        bad("nothing there", "GET /v1/nothing", json!(null), RouteNotFound),
        bad("nothing there", "GET /app/none.js", json!(null), RouteNotFound),
        bad("no such code", "GET /help/METEL-9999", json!(null), RouteNotFound),
        bad("no code", "GET /start?c=guess", json!(null), NotSignedIn),
        bad("no code at all", "GET /start", json!(null), FieldInvalid).at("c"),
        bad("another method", "DELETE /v1/runs", json!(null), MethodNotAllowed),
        bad("another method", "PATCH /v1/policy", json!({}), MethodNotAllowed),
        bad("no socket", &format!("GET /ws/execution/{}", there.done), json!(null), FieldInvalid).at("Upgrade"),
        bad("no socket", "GET /v1/stream", json!(null), FieldInvalid).at("Upgrade"),
    ];
    assert!(all.len() >= 110, "{}", all.len());
    refused(&house, all).await;
    house.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_from_elsewhere_or_without_a_right() {
    let house = House::build().await;
    let there = house.furnish("owner").await;
    let start = json!({"workflow": "grant-factory", "input": {"query": "가나다"}});
    let yes = json!({"decision": "approve", "digest": there.digest});
    let decide = format!("POST /v1/approvals/{}/decision", there.approval);
    let cookie = |token: &str| format!("metel_session={token}");
    let mut all = vec![
        bad("nobody", "GET /v1/runs", json!(null), Code::NotSignedIn).by("nobody"),
        bad("nobody", "POST /v1/runs", start.clone(), Code::NotSignedIn).by("nobody"),
        bad("nobody", "GET /metrics", json!(null), Code::NotSignedIn).by("nobody"),
        bad("nobody", "GET /v1/stream", json!(null), Code::NotSignedIn).by("nobody"),
        bad("nobody", &format!("GET /ws/execution/{}", there.done), json!(null), Code::NotSignedIn).by("nobody"),
        bad("a guess in the address", "GET /v1/stream?token=guess", json!(null), Code::NotSignedIn).by("nobody"),
    ];
    for forged in
        ["Bearer metel_wrong", "Bearer ", "Bearer '; drop table tokens; --", "Basic b3duZXI6", "metel_x", "Bearer é"]
    {
        all.push(
            bad("a forged token", "GET /v1/runs", json!(null), Code::NotSignedIn)
                .by("nobody")
                .header("authorization", forged),
        );
    }
    all.push(
        bad("a long token", "GET /v1/runs", json!(null), Code::NotSignedIn)
            .by("nobody")
            .header("authorization", format!("Bearer {}", "x".repeat(5_000))),
    );
    all.push(
        bad("a forged cookie", "GET /v1/runs", json!(null), Code::NotSignedIn)
            .by("nobody")
            .header("cookie", cookie("x")),
    );
    for host in ["evil.example", "127.0.0.1.evil.example:80", "localhost.evil.example", "0x7f.1", "169.254.169.254", ""]
    {
        all.push(bad("another Host", "GET /v1/runs", json!(null), Code::OriginRefused).header("host", host));
        all.push(
            bad("another Host", "GET /health", json!(null), Code::OriginRefused).by("nobody").header("host", host),
        );
    }
    for origin in
        ["https://evil.example", "null", "http://127.0.0.1.evil.example", "file://", "http://localhost@evil.example"]
    {
        all.push(
            bad("a foreign page", "POST /v1/runs", start.clone(), Code::OriginRefused)
                .header("host", "127.0.0.1:7171")
                .header("origin", origin),
        );
        all.push(bad("a foreign page", "GET /v1/stream", json!(null), Code::OriginRefused).header("origin", origin));
    }
    // With the page's cookie only the very page itself may change things.
    for (name, value) in
        [("origin", "http://127.0.0.1:9999"), ("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site")]
    {
        let mut one = bad("another page with the cookie", "POST /v1/runs", start.clone(), Code::OriginRefused)
            .by("nobody")
            .header("cookie", cookie(&house.tokens["owner"]))
            .header("host", "127.0.0.1:7171");
        if name != "origin" {
            one = one.header("origin", "http://127.0.0.1:7171");
        }
        all.push(one.header(name, value));
    }
    all.push(
        bad("a cookie without a page", "POST /v1/runs", start.clone(), Code::OriginRefused)
            .by("nobody")
            .header("cookie", cookie(&house.tokens["owner"]))
            .header("host", "127.0.0.1:7171"),
    );
    for (who, line, body) in [
        ("viewer", "POST /v1/runs", start.clone()),
        ("viewer", decide.as_str(), yes.clone()),
        ("member", decide.as_str(), yes.clone()),
        ("operator", decide.as_str(), yes.clone()),
        ("builder", decide.as_str(), yes.clone()),
        ("approver", "POST /v1/runs", start.clone()),
        ("member", "POST /v1/workflows", json!({"name": "x", "definition": {}})),
        ("builder", "PUT /v1/secrets/x", json!({"value": "x"})),
        ("builder", "GET /v1/secrets", json!(null)),
        ("operator", "PUT /v1/policy", json!({})),
        ("operator", "POST /v1/tokens", json!({"name": "x"})),
        ("member", "POST /v1/connections", json!({"service": "slack"})),
    ] {
        all.push(bad("no right", line, body, Code::NotAllowed).by(who));
    }
    refused(&house, all).await;
    // A token that was taken back or is over opens nothing.
    let made = house.post("/v1/tokens", &json!({"name": "봇", "role": "viewer"})).await.body;
    let with = |token: &str| {
        bad("a revoked token", "GET /v1/runs", json!(null), Code::NotSignedIn)
            .by("nobody")
            .header("authorization", format!("Bearer {token}"))
    };
    let id = made["id"].as_str().unwrap();
    house.send(house.asking("owner", "DELETE", &format!("/v1/tokens/{id}")).body(Body::empty()).unwrap()).await;
    refused(&house, vec![with(made["token"].as_str().unwrap())]).await;
    house.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_is_done_once() {
    let house = House::build().await;
    let there = house.furnish("owner").await;
    let decide = format!("/v1/approvals/{}/decision", there.approval);
    let yes = json!({"decision": "approve", "digest": there.digest});
    // Two people at once: one decision counts.
    let both = tokio::join!(house.as_("owner", "POST", &decide, &yes), house.as_("second", "POST", &decide, &yes));
    let mut statuses = [both.0.status, both.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{:#} {:#}", both.0.body, both.1.body);
    for _ in 0..400 {
        if house.get(&format!("/v1/runs/{}", there.waiting)).await.body["waiting"].is_null() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    settled(&house, &there.waiting).await;
    let other = json!({"decision": "reject", "digest": there.digest});
    let cancel = format!("POST /v1/runs/{}/cancel", there.asked);
    refused(
        &house,
        vec![
            bad("decided twice", &format!("POST {decide}"), yes, Code::ApprovalGone),
            bad("decided otherwise", &format!("POST {decide}"), other, Code::ApprovalGone),
        ],
    )
    .await;
    assert_eq!(house.post(&format!("/v1/runs/{}/cancel", there.asked), &json!({"reason": "됐어요"})).await.status, 200);
    settled(&house, &there.asked).await;
    refused(
        &house,
        vec![
            bad("cancelled twice", &cancel, json!({}), Code::RunFinal),
            bad(
                "input too late",
                &format!("POST /v1/runs/{}/input", there.asked),
                json!({"values": {(there.missing.as_str()): "가"}}),
                Code::RunFinal,
            ),
        ],
    )
    .await;
    house.end().await;
}

async fn settled(house: &House, run: &str) {
    for _ in 0..2_000 {
        let body = house.get(&format!("/v1/runs/{run}")).await.body;
        if ["completed", "failed", "cancelled"].contains(&body["status"].as_str().unwrap()) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("{run} does not end");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_money_does_not_approve_it() {
    let house = House::build().await;
    let pay = json!({"id": "ledgerbox.pay_bill", "version": "1.0.0", "title": {"en": "Pay", "ko": "결제"},
        "description": {"en": "Pays.", "ko": "결제해요."}, "risk": ["financial"],
        "input_schema": {"type": "object", "required": ["reference"], "properties": {"reference": {"type": "string"}}, "additionalProperties": false},
        "transport": {"type": "http", "method": "POST", "path": "/effects", "body": {"reference": "${input.reference}"}},
        "idempotency": {"type": "key", "place": "header", "name": "idempotency-key"}});
    let added = house.post("/v1/tools", &pay).await;
    assert_eq!(added.status, 201, "{:#}", added.body);
    let run = house
        .as_("owner", "POST", "/v1/tools/ledgerbox.pay_bill/call", &json!({"args": {"reference": "청구서 1"}}))
        .await
        .body;
    let approval = &run["approvals"][0];
    let path = format!("/v1/approvals/{}/decision", approval["id"].as_str().unwrap());
    let yes = json!({"decision": "approve", "digest": approval["digest"]});
    let mut all = vec![bad("one's own payment", &format!("POST {path}"), yes.clone(), Code::ApprovalForbidden)];
    // Hundreds of digests that are not the one shown.
    let shown = approval["digest"].as_str().unwrap();
    for i in 0..64 {
        let mut other: Vec<char> = shown.chars().collect();
        other[i] = if other[i] == '0' { '1' } else { '0' };
        let digest: String = other.into_iter().collect();
        all.push(
            bad(
                "another digest",
                &format!("POST {path}"),
                json!({"decision": "approve", "digest": digest}),
                Code::ApprovalStale,
            )
            .by("second"),
        );
    }
    refused(&house, all).await;
    let decided = house.as_("second", "POST", &path, &yes).await;
    assert_eq!((decided.status, &decided.body["status"]), (200, &json!("approved")), "{:#}", decided.body);
    house.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_means_one_request() {
    let house = House::build().await;
    let echo = "/v1/tools/metel.echo/call";
    let send = |path: &'static str, key: &'static str, body: Value| {
        let request = house
            .asking("owner", "POST", path)
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        house.send(request.body(Body::from(body.to_string())).unwrap())
    };
    let one = json!({"args": {"text": "하나"}});
    // Fifty at once, one run.
    let all = futures::future::join_all((0..50).map(|_| send(echo, "k1", one.clone()))).await;
    assert!(all.iter().all(|reply| reply.status < 300 && reply.body["id"] == all[0].body["id"]), "{:#}", all[0].body);
    // Whoever asks again and wants to wait is answered at once when the run has ended already.
    for _ in 0..2 {
        let began = std::time::Instant::now();
        let request = house
            .asking("owner", "POST", echo)
            .header("content-type", "application/json")
            .header("idempotency-key", "k0")
            .header("prefer", "wait=30");
        let reply = house.send(request.body(Body::from(one.to_string())).unwrap()).await;
        assert_eq!((reply.status, &reply.body["status"]), (200, &json!("completed")), "{:#}", reply.body);
        assert!(began.elapsed() < std::time::Duration::from_secs(10), "{:?}", began.elapsed());
    }
    // A refused request does not use up its key.
    assert_eq!(send(echo, "k2", json!({"args": {}})).await.status, 422);
    assert!(send(echo, "k2", one.clone()).await.status < 300);
    let made = send(
        "/v1/workflows",
        "k3",
        json!({"name": "w", "definition": {"nodes": [{"id": "a", "type": "parallel"}], "entry_point": "a"}}),
    )
    .await;
    assert_eq!(made.status, 201, "{:#}", made.body);
    for _ in 0..500 {
        let runs = house.get("/v1/runs").await.body;
        if runs["items"].as_array().unwrap().iter().all(|r| r["status"] == "completed") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let keyed = |line: &str, key: &'static str, body: Value| {
        bad("a key with another body", line, body, Code::KeyReused).header("idempotency-key", key)
    };
    refused(
        &house,
        vec![
            keyed(&format!("POST {echo}"), "k1", json!({"args": {"text": "둘"}})),
            keyed("POST /v1/tools/bench.noop/call", "k1", json!({"args": {}})),
            keyed(
                "POST /v1/workflows",
                "k3",
                json!({"name": "w2", "definition": {"nodes": [{"id": "a", "type": "parallel"}], "entry_point": "a"}}),
            ),
            keyed(
                "POST /v1/workflows/validate",
                "k3",
                json!({"name": "w", "definition": {"nodes": [{"id": "a", "type": "parallel"}], "entry_point": "a"}}),
            ),
            keyed(&format!("POST {echo}"), "k1", one).by("second"),
        ],
    )
    .await;
    house.end().await;
}
