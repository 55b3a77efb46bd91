//! Another workspace's ids are nothing here: every operation with somebody else's id answers 404,
//! and no list, search or stream shows one.

use axum::body::Body;
use serde_json::{Value, json};

use crate::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_others_is_found_or_shown() {
    let house = House::build().await;
    let theirs = house.furnish("stranger").await;
    let listed = async |path: &'static str| house.as_("stranger", "GET", path, &json!({})).await;
    let connection = listed("/v1/connections").await.body["items"][0]["id"].as_str().unwrap().to_owned();
    let token = listed("/v1/tokens").await.body["items"][0]["id"].as_str().unwrap().to_owned();
    house.as_("stranger", "PUT", "/v1/secrets/their-secret", &json!({"value": "canary-4f1d-secret-value"})).await;
    let workflow =
        json!({"name": "their-flow", "definition": {"nodes": [{"id": "a", "type": "parallel"}], "entry_point": "a"}});
    house.as_("stranger", "POST", "/v1/workflows", &workflow).await;
    house.as_("stranger", "PUT", "/v1/groups/their-group", &json!({"members": ["stranger-x"]})).await;
    let plan = house
        .as_("stranger", "POST", "/v1/plans", &json!({"request": "슬랙 #team 에 '안녕' 이라고 보내줘"}))
        .await
        .body;
    let large = json!({"args": {"text": "긴 글 ".repeat(5_000)}});
    let large = house.as_("stranger", "POST", "/v1/tools/metel.echo/call", &large).await.body;
    let blob = large["input"]["$blob"].as_str().unwrap().to_owned();
    let message = house.as_("stranger", "POST", "/v1/messages", &json!({"name": "그들의 것"})).await.body;
    let message = message["id"].as_str().unwrap().to_owned();
    let before = house.state().await;
    let mut tried = 0;
    for operation in house.described.operations() {
        let id = match operation.path.as_str() {
            p if p.contains("/approvals/") => &theirs.approval,
            p if p.contains("/connections/") => &connection,
            p if p.contains("/messages/") => &message,
            p if p.contains("/tokens/") => &token,
            p if p.contains("/blobs/") => &blob,
            p if p.contains("/secrets/") => "their-secret",
            p if p.contains("/workflows/{") => "their-flow",
            p if p.contains("/groups/") => "their-group",
            p if p.contains("/standing/") => "stand_00000000000000000000000000",
            p if p.contains("/runs/") || p.contains("/ws/") => &theirs.waiting,
            _ => continue,
        };
        if operation.method == "PUT" || !operation.path.contains('{') {
            continue;
        }
        let body = match operation.path.rsplit('/').next().unwrap() {
            "delegate" => json!({"to": "admin-x"}),
            "links" => json!({"person": "owner-x", "digest": theirs.digest}),
            "questions" => json!({"text": "x"}),
            "answers" => json!({"question": 1, "text": "x"}),
            "always" => json!({"digest": theirs.digest, "until": "2026-12-01T00:00:00Z", "uses": 1}),
            "decision" => json!({"decision": "approve", "digest": theirs.digest}),
            "approve" => json!({"approved": true}),
            "input" => json!({"values": {"a": "b"}}),
            "envelope" => json!({
                "digest": theirs.digest,
                "envelope": {
                    "run": theirs.waiting, "workflow": theirs.digest, "tools": ["metel.echo"], "calls": 1, "until": 0,
                },
            }),
            "rotate" => json!({"value": "another"}),
            "resolve" => json!({"happened": true}),
            "submit" => json!({"values": {"a": "b"}}),
            _ => json!({}),
        };
        let mut path = operation.path.clone();
        for name in ["id", "name", "digest"] {
            path = path.replace(&format!("{{{name}}}"), id);
        }
        let reply = house.as_("owner", operation.method.as_str(), &path.replace("{step}", "call"), &body).await;
        assert_eq!(reply.status, 404, "{} {path}: {:#}", operation.method, reply.body);
        tried += 1;
    }
    assert!(tried >= 20, "{tried}");
    for (path, body) in [
        ("/v1/runs", json!({"plan": plan["id"]})),
        ("/v1/runs", json!({"workflow": "their-flow"})),
        ("/orchestrate/pipeline/start", json!({"pipeline_id": "their-flow"})),
    ] {
        assert_eq!(house.post(path, &body).await.status, 404, "{path} {body}");
    }
    assert_eq!(before, house.state().await);
    // Lists, with and without a search.
    let marks = [
        &theirs.waiting,
        &theirs.approval,
        &theirs.done,
        &connection,
        &token,
        &blob,
        "their-secret",
        "their-flow",
        "their-group",
        "canary-4f1d",
    ];
    for operation in house.described.operations().iter().filter(|o| o.method == "GET" && !o.path.contains('{')) {
        for query in ["", "?q=%ED%9A%8C%EC%9D%98"] {
            let asks = operation.value["parameters"].to_string().contains("\"q\"");
            if query.is_empty() || asks {
                let reply = house.get(&format!("{}{query}", operation.path)).await;
                let text = reply.body.to_string();
                for mark in marks {
                    assert!(!text.contains(mark), "{}{query} shows {mark}", operation.path);
                }
            }
        }
    }
    // Their short ids lead nowhere either, and a list of theirs by our people's filter is empty.
    let short = &theirs.waiting[theirs.waiting.len() - 6..];
    assert_eq!(house.get(&format!("/v1/runs/{short}")).await.status, 404);
    assert_eq!(house.get(&format!("/v1/approvals?run={}", theirs.waiting)).await.status, 404);
    assert_eq!(house.get(&format!("/v1/runs?parent={}", theirs.waiting)).await.status, 404);
    // A secret's value is in no answer, ours or theirs; its last four characters are.
    let request = house.asking("stranger", "GET", "/v1/secrets").body(Body::empty()).unwrap();
    let secrets = house.send(request).await.body;
    let mine = secrets["items"].as_array().unwrap().iter().find(|s| s["name"] == "their-secret").unwrap();
    assert_eq!(mine["last4"], "alue");
    assert!(!secrets.to_string().contains("canary"));
    let short = house.as_("stranger", "PUT", "/v1/secrets/short", &json!({"value": "abcdef"})).await.body;
    assert_eq!(short["last4"], Value::Null, "four of six characters would give it away");
    house.end().await;
}

/// A credential never goes where it was not meant to go.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_keeps_its_places_and_not_its_secret_when_it_moves() {
    let house = House::build().await;
    let id = |body: &Value| body["id"].as_str().unwrap().to_owned();
    let simulated = house.post("/v1/connections", &json!({"service": "slack", "sandbox": true})).await;
    assert_eq!(simulated.status, 201, "{:#}", simulated.body);
    // The simulator's channels are known to requests again, and its own credential opens it.
    let plan = house.post("/v1/plans", &json!({"request": "슬랙 팀-공지 채널에 '안녕하세요' 라고 보내줘"})).await.body;
    assert_eq!(plan["actions"][0]["args"]["channel"], "#팀-공지", "{plan:#}");
    let test = house.post(&format!("/v1/connections/{}/test", id(&simulated.body)), &json!({})).await.body;
    assert_eq!(test["ok"], true, "{test:#}");
    let store = house.engine().store();
    let secret = || async {
        store.connections(house.ours).await.unwrap().into_iter().find(|c| c.service == "slack").unwrap().secret
    };
    let real = json!({"service": "slack", "secret": "xoxb-real-credential", "base_url": "https://slack.example/api"});
    house.post("/v1/connections", &real).await;
    assert!(secret().await.is_some());
    house
        .post("/v1/connections", &json!({"service": "slack", "base_url": "https://slack.example/api", "scopes": ["a"]}))
        .await;
    assert!(secret().await.is_some(), "the same address keeps it");
    house.post("/v1/connections", &json!({"service": "slack", "base_url": "https://elsewhere.example"})).await;
    assert!(secret().await.is_none(), "another address does not get it");
    assert!(store.secret_by_name(house.ours, "connection.slack").await.unwrap().is_none());
    house.end().await;
}

/// The largest secret that is taken slows nothing down.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_secret_costs_little() {
    let house = House::build().await;
    let large: String = (0..65_536u32).map(|i| char::from(b'a' + (i * i % 23) as u8)).collect();
    let began = std::time::Instant::now();
    let told = house.as_("owner", "PUT", "/v1/secrets/large", &json!({"value": large})).await;
    assert_eq!((told.status, &told.body["last4"]), (200, &json!(&large[65_532..])), "{:#}", told.body);
    assert_eq!(house.get("/v1/status").await.status, 200);
    assert!(began.elapsed() < std::time::Duration::from_secs(10), "{:?}", began.elapsed());
    house.end().await;
}

/// What a workspace adds or switches off is the same after a restart.
#[tokio::test(flavor = "multi_thread")]
async fn tools_stay_as_they_were_left() {
    let house = House::build().await;
    let contract = |id: &str, version: &str, risk: &str| {
        json!({"id": id, "version": version, "title": "x", "description": "x", "risk": [risk],
            "input_schema": {"type": "object", "properties": {}, "additionalProperties": false},
            "transport": {"type": "http", "method": "GET", "path": "/x"}, "idempotency": {"type": "natural"}})
    };
    assert_eq!(house.post("/v1/tools", &contract("ledgerbox.look", "1.0.0", "read")).await.status, 201);
    assert_eq!(house.post("/v1/tools", &contract("ledgerbox.look", "1.0.0", "read")).await.status, 201);
    assert_eq!(house.post("/v1/tools", &contract("ledgerbox.look", "1.0.0", "write")).await.body["code"], "METEL-1301");
    assert_eq!(house.post("/v1/tools", &contract("ledgerbox.look", "1.1.0", "read")).await.status, 201);
    // A milder contract cannot take the name of one that came with metel.
    let shadow = house.post("/v1/tools", &contract("notion.archive_page", "9.0.0", "read")).await;
    assert_eq!((shadow.status, &shadow.body["errors"][0]["pointer"]), (422, &json!("/id")), "{:#}", shadow.body);
    house.post("/v1/tools/slack.post_message/disable", &json!({})).await;
    house.post("/v1/tools/metel.echo/disable", &json!({})).await;
    house.post("/v1/tools/metel.echo/enable", &json!({})).await;
    let again = house.restarted().await;
    let tools = again.registry().snapshot();
    assert_eq!(tools.get("ledgerbox.look").unwrap().contract.version, "1.1.0");
    assert!(tools.get_version("ledgerbox.look", "1.0.0").is_some());
    assert_eq!(tools.disabled().collect::<Vec<_>>(), ["slack.post_message"]);
    house.end().await;
}

/// Descriptions are imported whole or refused; versions stand side by side; pins, services and
/// tools are the same after a restart, and a workflow keeps the contract that it was made with.
#[tokio::test(flavor = "multi_thread")]
async fn imports_and_pins_stay() {
    let house = House::build().await;
    let described = |version: &str, summary: &str, host: &str| {
        let list = json!({"operationId": "listPets", "summary": summary, "tags": ["pets"],
            "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}]});
        let description = json!({"openapi": "3.1.0", "info": {"title": "Pet shop", "version": version}, "servers": [{"url": host}],
            "components": {"securitySchemes": {"k": {"type": "http", "scheme": "bearer"}}}, "security": [{"k": []}],
            "paths": {"/pets": {"get": list, "trace": {}}, "/pets/{id}": {"delete": {"operationId": "dropPet"}}}});
        json!({"document": description.to_string()})
    };
    let import = async |body: Value| house.post("/v1/tools/import/openapi", &body).await;
    let mut first = described("1.0", "All pets", "https://pets.example/v1");
    first["dry_run"] = json!(true);
    let tried = import(first.clone()).await;
    assert_eq!((tried.status, &tried.body["added"]), (200, &json!(2)), "{:#}", tried.body);
    assert_eq!(house.get("/v1/tools/pet_shop.list_pets").await.status, 404);
    first["dry_run"] = json!(false);
    let done = import(first.clone()).await.body;
    assert_eq!(done["tools"][0]["id"], "pet_shop.list_pets", "{done:#}");
    assert_eq!(done["tools"][1]["risk"], json!(["destructive"]));
    assert_eq!(done["skipped"], json!([{"operation": "trace /pets", "why": "the method TRACE is not sent"}]));
    assert_eq!(
        (&done["service"]["base_url"], &done["service"]["auth"]),
        (&json!("https://pets.example/v1"), &json!({"type": "bearer"}))
    );
    assert_eq!(import(first).await.body["known"], 2);

    // Changed under the same version, moved elsewhere, or under metel's own name: nothing is taken.
    let changed = import(described("1.0", "Every pet", "https://pets.example/v1")).await;
    assert_eq!((changed.status, &changed.body["code"]), (409, &json!("METEL-1301")), "{:#}", changed.body);
    let moved = import(described("2.0", "All pets", "https://evil.example/v1")).await;
    assert_eq!((moved.status, &moved.body["code"]), (409, &json!("METEL-1301")), "{:#}", moved.body);
    let mut shadow = described("1.0", "All pets", "https://pets.example/v1");
    shadow["service"] = json!("slack");
    assert_eq!(import(shadow).await.status, 422);
    assert_eq!(import(json!({"document": "hello"})).await.body["code"], "METEL-1310");

    let workflow = |name: &str| json!({"name": name, "definition": {"nodes": [{"id": "a", "type": "tool", "tool": "pet_shop.list_pets", "args": {}}], "entry_point": "a"}});
    let kept = house.post("/v1/workflows", &workflow("pets")).await;
    assert!(kept.status < 300, "{:#}", kept.body);
    let second = import(described("2.0", "Every pet", "https://pets.example/v1")).await;
    assert_eq!((second.status, &second.body["added"]), (200, &json!(2)), "{:#}", second.body);
    let version = async |path: &str| house.get(path).await.body["version"].clone();
    assert_eq!(version("/v1/tools/pet_shop.list_pets").await, "2.0.0");
    assert_eq!(version("/v1/tools/pet_shop.list_pets?version=1.0.0").await, "1.0.0");
    let pinned = house.post("/v1/tools/pet_shop.list_pets/pin", &json!({"version": "1.0.0"})).await;
    assert_eq!((pinned.status, &pinned.body["version"]), (200, &json!("1.0.0")));
    assert_eq!(house.post("/v1/tools/pet_shop.list_pets/pin", &json!({"version": "9.0.0"})).await.status, 404);
    let versions = house.get("/v1/tools/pet_shop.list_pets/versions").await.body;
    assert_eq!((versions["items"].as_array().unwrap().len(), &versions["pinned"]), (2, &json!("1.0.0")));
    let found = house.get("/v1/tools?q=pets&limit=5").await.body;
    assert!(found["items"].as_array().unwrap().iter().any(|tool| tool["id"] == "pet_shop.list_pets"), "{found:#}");

    let again = house.restarted().await;
    let registry = again.registry();
    assert_eq!(registry.get("pet_shop.list_pets").unwrap().contract.version, "1.0.0");
    assert_eq!(registry.get("pet_shop.drop_pet").unwrap().contract.version, "2.0.0");
    assert_eq!(registry.service("pet_shop").unwrap().base_url, "https://pets.example/v1");
    house.post("/v1/tools/pet_shop.list_pets/pin", &json!({"version": null})).await;
    assert_eq!(version("/v1/tools/pet_shop.list_pets").await, "2.0.0");
    house.end().await;
}
