//! Contracts as a whole: every fault at once, requests rendered exactly, answers judged.

use metel_model::contract::{AudienceKind, Contract, Method};
use metel_model::{Lang, Micros};
use serde_json::{Value, json};

use super::wire::{RenderFault, Request};
use super::{Compiled, Judgement};

fn base() -> Value {
    json!({
        "id": "demo.write_note", "version": "1.0.0",
        "title": {"en": "Write a note", "ko": "메모 쓰기"}, "description": {"en": "Writes.", "ko": "써요."},
        "risk": ["write"],
        "input_schema": {
            "type": "object", "additionalProperties": false, "required": ["title"],
            "properties": {
                "title": {"type": "string", "x-type": "title", "x-author": true},
                "tags": {"type": "array", "items": {"type": "string"}},
                "box": {"type": "object", "properties": {"n": {"type": "integer"}}},
                "to": {"type": "string"}
            }
        },
        "output_schema": {"type": "object", "required": ["ok"]},
        "produces": {
            "id": {"path": "$.data.id", "type": "demo.id"},
            "names": {"cel": "response.data.names.map(n, n + '!')", "type": "text", "optional": true}
        },
        "requires": {"to": "email"},
        "success": "response.ok == true",
        "error": "response.code",
        "transport": {
            "type": "http", "method": "POST", "path": "/v1/notes/${input.title}",
            "query": {"tag?": "${input.tags}", "page": 1, "gone?": "${input.to}"},
            "headers": {"x-title": "t ${input.title}"},
            "body": {
                "title": "${input.title}", "line": "<${input.title}> $${x}", "tags?": "${input.tags}",
                "count": {"$cel": "has(input.tags) ? size(input.tags) : 0"}, "deep": {"to?": "${input.to}", "mark": "${since}"}
            }
        },
        "retry": {"attempts": 3, "backoff_ms": 100, "backoff_ms_max": 1000, "statuses": [429, 503], "codes": ["busy"]},
        "idempotency": {"type": "none", "reconcile": {
            "tool": "demo.find_notes", "args": {"title": "${input.title}", "after": "${since}"},
            "found": "size(response.notes) > 0 ? {'ok': true, 'data': response.notes[0]} : response.more ? 'more' : null"
        }},
        "audience": {"field": "to", "kind": "email"},
        "preview": {"en": "Note: {{ input.title }}", "ko": "메모: {{ input.title }}"}
    })
}

fn compile(value: Value) -> Result<Compiled, Vec<String>> {
    let contract: Contract = serde_json::from_value(value).unwrap();
    Compiled::compile(contract).map_err(|faults| faults.into_iter().map(|fault| fault.pointer).collect())
}

fn good() -> Compiled {
    compile(base()).unwrap()
}

fn with(pointer: &str, value: Value) -> Value {
    let mut contract = base();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    contract.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(name.to_owned(), value);
    contract
}

#[test]
fn each_fault_is_found_at_its_place() {
    for (pointer, value, at) in [
        ("/id", json!("Demo.Write"), "/id"),
        ("/id", json!("a.b.c"), "/id"),
        ("/id", json!(format!("a.{}", "b".repeat(80))), "/id"),
        ("/version", json!("1.0"), "/version"),
        ("/version", json!("01.0.0"), "/version"),
        ("/risk", json!([]), "/risk"),
        ("/title/ko", json!(" "), "/title"),
        ("/timeout_ms", json!(0), "/timeout_ms"),
        ("/timeout_ms", json!(300_001), "/timeout_ms"),
        ("/retry/attempts", json!(0), "/retry/attempts"),
        ("/retry/attempts", json!(21), "/retry/attempts"),
        ("/retry/backoff_ms", json!(2_000), "/retry/backoff_ms"),
        ("/retry/statuses", json!([200]), "/retry/statuses"),
        ("/rate_limit", json!({"per_second": 0.0}), "/rate_limit"),
        ("/sensitivity", json!(["title"]), "/sensitivity/0"),
        ("/input_schema/type", json!("array"), "/input_schema/type"),
        ("/input_schema/additionalProperties", json!(true), "/input_schema/additionalProperties"),
        ("/input_schema/required", json!(["nothing"]), "/input_schema/required"),
        ("/input_schema/properties/title", json!({"type": 7}), "/input_schema"),
        ("/input_schema/properties/title", json!({"x-type": 7}), "/input_schema/properties/title/x-type"),
        ("/input_schema/properties/title", json!({"x-ask": {"en": "?"}}), "/input_schema/properties/title/x-ask"),
        ("/output_schema", json!({"type": "nothing"}), "/output_schema"),
        ("/produces/id", json!({"path": "$[", "type": "x"}), "/produces/id/path"),
        ("/produces/id", json!({"type": "x"}), "/produces/id"),
        ("/produces/id", json!({"path": "$.a", "cel": "1", "type": "x"}), "/produces/id"),
        ("/produces/id", json!({"cel": "input.title", "type": "x"}), "/produces/id/cel"),
        ("/produces/id", json!({"path": "$.a", "type": " "}), "/produces/id/type"),
        ("/requires", json!({"nothing": "email"}), "/requires/nothing"),
        ("/success", json!("response.ok =="), "/success"),
        ("/success", json!("nodes.a == 1"), "/success"),
        ("/error", json!("fetch(response)"), "/error"),
        ("/transport/path", json!("/v1/${input.nothing}"), "/transport"),
        ("/transport/path", json!("/v1/${nodes.a}"), "/transport"),
        ("/transport/path", json!("/v1/${input.title"), "/transport/path"),
        ("/transport/path", json!("/v1/../x"), "/transport/path"),
        ("/transport/path", json!("//evil.test/x"), "/transport/path"),
        ("/transport/path", json!("/v1?x=1"), "/transport/path"),
        ("/transport/query", json!([1]), "/transport/query"),
        ("/transport/url", json!("${before.ticket.url}"), "/transport/url"),
        ("/transport/body", json!({"a": "${before.nothing.url}"}), "/transport"),
        ("/transport/body", json!({"a": {"$mail": "x"}}), "/transport/body/a"),
        ("/transport/encoding", json!("related"), "/transport/body"),
        (
            "/transport/until",
            json!({"path": "/x/${before.nothing.id}", "done": "true", "every_ms": 100}),
            "/transport/until",
        ),
        (
            "/transport/until",
            json!({"path": "/x/${before.started.id}", "done": "input.a", "every_ms": 100}),
            "/transport/until/done",
        ),
        ("/transport/until", json!({"path": "/x", "done": "true", "every_ms": 1}), "/transport/until/every_ms"),
        (
            "/transport/before",
            json!([{"name": "started", "request": {"method": "GET", "path": "/x"}}]),
            "/transport/before/0/name",
        ),
        (
            "/transport/before",
            json!([{"name": "a", "request": {"method": "POST", "url": "${input.title}"}}]),
            "/transport/before/0/request/url",
        ),
        (
            "/transport/before",
            json!([{"name": "a", "request": {"method": "POST", "url": "${before.b.url}"}}]),
            "/transport/before/0/request",
        ),
        (
            "/transport/before",
            json!([{"name": "a", "request": {"method": "GET", "path": "/x", "encoding": "form"}}]),
            "/transport/before/0/request/encoding",
        ),
        ("/transport/base", json!("http://x.test"), "/transport/base"),
        ("/transport/headers", json!({"authorization": "x"}), "/transport/headers"),
        ("/transport/headers", json!({"x y": "x"}), "/transport/headers"),
        ("/transport/body", json!({"a": {"$cel": "1 +"}}), "/transport/body/a"),
        ("/transport/body", json!({"a": {"$cel": "1", "b": 2}}), "/transport/body/a"),
        ("/transport/body", json!({"a": {"$cel": "response.x"}}), "/transport"),
        ("/idempotency", json!({"type": "key", "place": "header", "name": "a b"}), "/idempotency/name"),
        ("/idempotency/reconcile", json!({"tool": "x", "args": {}, "found": "null"}), "/idempotency/reconcile/tool"),
        (
            "/idempotency/reconcile",
            json!({"tool": "demo.find_notes", "args": {"a": "${input.nothing}"}, "found": "now"}),
            "/idempotency/reconcile/args",
        ),
        ("/audience", json!({"field": "nothing", "kind": "email"}), "/audience/field"),
        ("/preview", json!({"en": "{% if %}", "ko": "x"}), "/preview/en"),
        ("/lookups", json!({"to": {}}), "/lookups/to"),
        ("/lookups", json!({"nothing": {"given": "null"}}), "/lookups/nothing"),
        ("/lookups", json!({"to": {"tool": "other.find", "pick": "[]"}}), "/lookups/to/tool"),
        (
            "/after",
            json!({"link": {"tool": "demo.x", "args": {}, "value": "response.a", "otherwise": "response.b"}}),
            "/after/link/otherwise",
        ),
    ] {
        match compile(with(pointer, value.clone())) {
            Ok(_) => panic!("{pointer} = {value} passed"),
            Err(pointers) => assert!(pointers.iter().any(|p| p == at), "{pointer} = {value}: {pointers:?}"),
        }
    }
}

#[test]
fn faults_come_together() {
    let mut contract = with("/version", json!("x"));
    contract["risk"] = json!([]);
    contract["success"] = json!("(");
    contract["produces"]["id"]["path"] = json!("nope");
    let pointers = compile(contract).unwrap_err();
    assert_eq!(pointers, ["/version", "/risk", "/success", "/produces/id/path"]);
}

#[test]
fn what_only_reads_is_natural() {
    let mut contract = with("/risk", json!(["read"]));
    assert_eq!(compile(contract.clone()).unwrap_err(), ["/idempotency"]);
    contract["idempotency"] = json!({"type": "natural"});
    assert!(compile(contract).is_ok());
}

fn render(payload: Value) -> Result<Request, RenderFault> {
    good().render(&payload, "the-key", Micros(1_767_571_200_000_100)).unwrap()
}

#[test]
fn values_are_put_in_their_places() {
    let request = render(json!({"title": "a/b?한 #&=%", "tags": ["x y", "z"]})).unwrap();
    assert_eq!(request.method, Method::Post);
    assert_eq!(request.path, "/v1/notes/a%2Fb%3F%ED%95%9C%20%23%26%3D%25");
    assert_eq!(request.target().split_once('?').unwrap().1, "page=1&tag=x%20y&tag=z");
    let body: Value = serde_json::from_slice(&request.body.unwrap()).unwrap();
    assert_eq!(
        body,
        json!({
            "title": "a/b?한 #&=%", "line": "<a/b?한 #&=%> ${x}", "tags": ["x y", "z"], "count": 2,
            "deep": {"mark": "1767571200.000100"}
        })
    );
    assert_eq!(request.content_type.as_deref(), Some("application/json; charset=utf-8"));
    // A value is data: it is not read as a template again.
    let request = render(json!({"title": "${input.tags}{{ x }}"})).unwrap();
    assert!(String::from_utf8(request.body.unwrap()).unwrap().contains("\"${input.tags}{{ x }}\""));
}

#[test]
fn paths_and_headers_cannot_be_broken_out_of() {
    for title in ["", ".", "..", "a\u{0}b", "a\r\nhost: evil"] {
        assert!(matches!(render(json!({"title": title})), Err(RenderFault::Path(_))), "{title:?}");
    }
    assert_eq!(render(json!({"title": "../../x"})).unwrap().path, "/v1/notes/..%2F..%2Fx");
    assert_eq!(render(json!({"title": "%2e%2e"})).unwrap().path, "/v1/notes/%252e%252e");
    let split = compile(with("/transport/path", json!("/v1"))).unwrap();
    let render = |title: &str| split.render(&json!({"title": title}), "k", Micros(0)).unwrap();
    for title in ["a\r\nx: y", "a\nb", "\u{7f}"] {
        assert!(matches!(render(title), Err(RenderFault::Header(_))), "{title:?}");
    }
    assert_eq!(render("한글").unwrap().headers, [("x-title".to_owned(), "t 한글".to_owned())]);
}

#[test]
fn keys_and_forms() {
    let key = |place: &str| json!({"type": "key", "place": place, "name": "request_id"});
    let of = |contract: Value| {
        compile(contract)
            .unwrap()
            .render(&json!({"title": "t", "tags": ["a", "b"]}), "k-1", Micros(0))
            .unwrap()
            .unwrap()
    };
    let request = of(with("/idempotency", key("header")));
    assert!(request.headers.contains(&("request_id".to_owned(), "k-1".to_owned())));
    let request = of(with("/idempotency", key("body")));
    assert_eq!(serde_json::from_slice::<Value>(&request.body.unwrap()).unwrap()["request_id"], "k-1");
    let mut contract = with("/idempotency", key("body"));
    contract["transport"]["encoding"] = json!("form");
    contract["transport"]["body"] = json!({"text": "${input.title} &=한", "tags": "${input.tags}", "o": {"a": 1}});
    let request = of(contract);
    let body = String::from_utf8(request.body.unwrap()).unwrap();
    for part in ["o=%7B%22a%22%3A1%7D", "tags=a&tags=b", "text=t%20%26%3D%ED%95%9C", "request_id=k-1"] {
        assert!(body.contains(part), "{part} in {body}");
    }
}

#[test]
fn answers_are_judged() {
    let compiled = good();
    let judge = |status: u16, response: Value| compiled.judge(status, &response, &json!({"title": "t"}));
    assert_eq!(judge(200, json!({"ok": true})), Judgement::Pass);
    let fail = |code: &str, message: &str, retryable: bool| Judgement::Fail {
        code: code.to_owned(),
        message: message.to_owned(),
        retryable,
    };
    assert_eq!(judge(200, json!({"ok": false, "code": "busy"})), fail("busy", "", true));
    assert_eq!(judge(200, json!({"ok": false, "code": "no", "message": "안 돼요"})), fail("no", "안 돼요", false));
    assert_eq!(judge(429, json!({})), fail("http_429", "", true));
    assert_eq!(judge(404, json!({"error": {"message": "gone"}})), fail("http_404", "gone", false));
    assert_eq!(judge(301, Value::Null), fail("http_301", "", false));
    assert!(matches!(judge(200, json!([])), Judgement::Fail { code, retryable: false, .. } if code == "bad_answer"));
}

#[test]
fn products_and_shapes() {
    let compiled = good();
    let output = json!({"ok": true, "data": {"id": "n1", "names": ["가", "나"]}});
    let products = compiled.products(&output).unwrap();
    assert_eq!((&products["id"], &products["names"]), (&json!("n1"), &json!(["가!", "나!"])));
    assert_eq!(compiled.products(&json!({"data": {}})), Err("id".to_owned()));
    assert_eq!(compiled.products(&json!({"data": {"id": null}})), Err("id".to_owned()));
    assert_eq!(compiled.products(&json!({"data": {"id": 1}})).unwrap().len(), 1);
    assert_eq!(compiled.check_output(&json!({})).len(), 1);
    assert_eq!(compiled.check_input(&json!({"title": "t"})), Vec::new());
    assert!(!compiled.check_input(&json!({"title": "t", "x": 1})).is_empty());
    assert!(!compiled.check_input(&json!({"title": "t", "box": {"x": 1}})).is_empty(), "inner objects are closed");
    let mut payload = json!({"title": "t", "x": 1, "box": {"n": 1, "m": 2}});
    let mut gone = compiled.strip(&mut payload);
    gone.sort();
    assert_eq!((payload, gone), (json!({"title": "t", "box": {"n": 1}}), vec!["/box/m".to_owned(), "/x".to_owned()]));
    assert_eq!(
        compiled.requires(),
        [("title", "title"), ("to", "email")].map(|(a, b)| (a.to_owned(), b.to_owned())).into()
    );
    assert_eq!(compiled.audience(&json!({"to": "a@b.test"})), Some((AudienceKind::Email, "a@b.test".to_owned())));
    assert_eq!(compiled.preview(Lang::Ko, &json!({"title": "회의\u{200b}"})), "메모: 회의⟦U+200B⟧");
}

#[test]
fn whether_it_happened() {
    let compiled = good();
    let (input, since) = (json!({"title": "t"}), Micros(1_500_000));
    let (tool, args) = compiled.reconcile_call(&input, since).unwrap().unwrap();
    assert_eq!((tool.as_str(), args), ("demo.find_notes", json!({"title": "t", "after": "1.500000"})));
    let found = |response: Value| compiled.found(&response, &input, since);
    assert_eq!(found(json!({"notes": [{"id": 1}], "more": false})), Ok(Some(json!({"ok": true, "data": {"id": 1}}))));
    assert_eq!(found(json!({"notes": [], "more": false})), Ok(None));
    assert!(found(json!({"notes": [], "more": true})).is_err());
    assert!(found(json!({})).is_err());
}

#[test]
fn a_costly_preview_is_cut_off_and_listed_instead() {
    let costly = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
    let compiled = compile(with("/preview", json!({"en": costly, "ko": costly}))).unwrap();
    assert_eq!(compiled.preview(Lang::En, &json!({"title": "t"})), "Write a note\ntitle: t");
    let long = good().preview(Lang::En, &json!({"title": "가".repeat(20_000)}));
    assert!(long.ends_with('…') && long.chars().count() == 8_001);
}

#[test]
fn the_digest_pins_every_part() {
    let digest = |value: Value| compile(value).unwrap().digest;
    assert_eq!(digest(base()), good().digest);
    for (pointer, value) in [
        ("/description/ko", json!("달라요.")),
        ("/transport/path", json!("/v2")),
        ("/risk", json!(["write", "financial"])),
    ] {
        assert_ne!(digest(with(pointer, value)), good().digest);
    }
}

#[test]
fn earlier_answers_go_on_into_later_calls() {
    let mut contract = base();
    contract["transport"]["before"] = json!([
        {"name": "ticket", "success": "response.ok", "request": {
            "method": "POST", "path": "/ticket", "encoding": "form", "body": {"name": "${input.title}"}
        }},
        {"name": "sent", "request": {"method": "POST", "url": "${before.ticket.url}", "encoding": "raw", "body": "${input.title}"}}
    ]);
    contract["transport"]["body"] = json!({"id": "${before.ticket.id}"});
    contract["transport"]["until"] =
        json!({"path": "/jobs/${before.started.id}", "done": "response.done", "every_ms": 100});
    let compiled = compile(contract).unwrap();
    let (input, at) = (json!({"title": "가"}), Micros(0));
    let [ticket, sent] = compiled.before() else { panic!("two calls come first") };
    let first = ticket.render(&input, at, &json!({})).unwrap();
    assert_eq!((first.path.as_str(), first.body.unwrap()), ("/ticket", b"name=%EA%B0%80".to_vec()));
    assert!(ticket.is_success(200, &json!({"ok": true})) && !ticket.is_success(200, &json!({"ok": false})));
    assert!(!ticket.is_success(500, &json!({"ok": true})) && sent.is_success(204, &Value::Null));
    let before = json!({"ticket": {"url": "https://up.test/x", "id": "F1"}, "started": {"id": "j/1"}});
    let second = sent.render(&input, at, &before).unwrap();
    assert_eq!((second.url.as_deref(), second.body.unwrap()), (Some("https://up.test/x"), "가".as_bytes().to_vec()));
    let main = compiled.render_after(&input, "k", at, &before).unwrap().unwrap();
    assert_eq!(main.body.unwrap(), br#"{"id":"F1"}"#);
    let until = compiled.until().unwrap();
    assert_eq!(until.render(&input, at, &before).unwrap().path, "/jobs/j%2F1");
    assert!(until.is_done(&json!({"done": true})) && !until.is_done(&json!({})));
}
