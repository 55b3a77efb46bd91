//! The interface over a real store in memory and an engine whose hands echo: bad input, sign-in,
//! decisions, idempotency, live updates.
#![allow(clippy::unwrap_used)]

#[path = "../../metel-engine/tests/world/mod.rs"]
mod world;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use futures::StreamExt;
use http::{Request, Response, StatusCode};
use metel_engine::Engine;
use metel_model::id::{UserId, WorkspaceId};
use metel_server::{App, router};
use metel_store::{Options, Store, UserRow, WorkspaceRow};
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;
use world::*;

const OTHER: WorkspaceId = WorkspaceId(Uuid::from_u128(2));

struct House {
    engine: Engine,
    router: Router,
    token: String,
}

async fn person(engine: &Engine, workspace: WorkspaceId, name: &str, role: &str) -> String {
    let id = UserId(engine.ids().next());
    let now = engine.now();
    let row = UserRow {
        workspace,
        id,
        name: name.to_owned(),
        email: None,
        role: role.to_owned(),
        password: None,
        active: true,
        created_at: now,
    };
    engine.store().put_user(&row).await.unwrap();
    engine.new_token(workspace, id, "t", role, None).await.unwrap().clear
}

async fn house() -> House {
    let store = Store::open_sqlite(":memory:", Options::default()).await.unwrap();
    let world = Arc::new(World::default());
    let engine = engine(store, &world, Arc::new(Echo::default()));
    engine.start_caretakers(None);
    for (id, name) in [(WS, "one"), (OTHER, "two")] {
        let row = WorkspaceRow { id, name: name.to_owned(), title: name.to_owned(), created_at: engine.now() };
        engine.store().put_workspace(&row).await.unwrap();
    }
    define(&engine, &world, "chain", chain(3, "s.write")).await;
    let delete = json!({"nodes": [{"id": "a", "type": "tool", "tool": "s.delete", "args": {"text": "지울 것"}}], "entry_point": "a"});
    define(&engine, &world, "delete", delete).await;
    let token = person(&engine, WS, "owner", "owner").await;
    let router = router(App::new(engine.clone(), WS, "test"));
    House { engine, router, token }
}

impl House {
    async fn send(&self, request: Request<Body>) -> (StatusCode, Value, Response<()>) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let value = serde_json::from_slice(&bytes).unwrap_or_else(|_| json!(String::from_utf8_lossy(&bytes)));
        (parts.status, value, Response::from_parts(parts, ()))
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        let request = self.asking("GET", path).body(Body::empty()).unwrap();
        let (status, value, _) = self.send(request).await;
        (status, value)
    }

    async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = self.asking("POST", path).header("content-type", "application/json");
        let (status, value, _) = self.send(request.body(Body::from(body.to_string())).unwrap()).await;
        (status, value)
    }

    fn asking(&self, method: &str, path: &str) -> http::request::Builder {
        Request::builder().method(method).uri(path).header("authorization", format!("Bearer {}", self.token))
    }

    async fn run(&self, workflow: &str) -> Value {
        let request =
            self.asking("POST", "/v1/runs").header("content-type", "application/json").header("prefer", "wait=20");
        let body = json!({"workflow": workflow, "input": {"text": "가나다"}}).to_string();
        let (status, run, _) = self.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(status, StatusCode::OK, "{run}");
        run
    }

    async fn end(self) {
        self.engine.stop(Duration::from_secs(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_started_shown_and_proved() {
    let house = house().await;
    let run = house.run("chain").await;
    assert_eq!((&run["status"], &run["display"]), (&json!("completed"), &json!("completed")));
    let steps = run["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 3);
    assert_eq!((&steps[1]["tool"], &steps[1]["after"]), (&json!("s.write"), &json!(["s0"])));
    assert_eq!((&steps[0]["payload"]["text"], &steps[0]["risk"]), (&json!("가나다"), &json!(["write"])));
    let short = run["short"].as_str().unwrap();
    let (status, same) = house.get(&format!("/v1/runs/{}", short.to_lowercase())).await;
    assert_eq!((status, &same["id"]), (StatusCode::OK, &run["id"]));
    let id = run["id"].as_str().unwrap();
    let (_, all) = house.get(&format!("/v1/runs/{id}/events")).await;
    let all = all["items"].as_array().unwrap().clone();
    assert_eq!(all.len() as u64, run["seq"].as_u64().unwrap());
    // Pages of one event give the same list.
    let mut paged = Vec::new();
    let mut after = json!(0);
    while !after.is_null() {
        let (_, page) = house.get(&format!("/v1/runs/{id}/events?limit=1&after={after}")).await;
        paged.extend(page["items"].as_array().unwrap().clone());
        after = page["next"].clone();
    }
    assert_eq!(paged, all);
    assert!(all.iter().all(|e| !e["summary"]["ko"].as_str().unwrap().is_empty()));
    let (_, audit) = house.get("/v1/audit/verify").await;
    assert_eq!((&audit["ok"], &audit["runs"]), (&json!(true), &json!(1)));
    // The export is whole, and stays whole when it is compressed on its way.
    let (_, lines) = house.get("/v1/audit/export").await;
    let lines = lines.as_str().unwrap();
    let end: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!((&end["type"], &end["runs"]), (&json!("end"), &json!(1)));
    let zipped = house.asking("GET", "/v1/audit/export").header("accept-encoding", "gzip").body(Body::empty());
    let response = house.router.clone().oneshot(zipped.unwrap()).await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    assert!(axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().len() < lines.len());
    let (_, replay) = house.post(&format!("/v1/runs/{id}/replay"), &json!({})).await;
    assert_eq!((&replay["differences"], &replay["outside_calls"]), (&json!(0), &json!(0)));
    house.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_a_problem_and_changes_nothing() {
    let house = house().await;
    let raw = |body: &str, kind: &str| {
        house.asking("POST", "/v1/runs").header("content-type", kind).body(Body::from(body.to_owned())).unwrap()
    };
    let deep = format!("{{\"input\":{}1{}}}", "[".repeat(200), "]".repeat(200));
    let long = format!("{{\"request\":\"{}\"}}", "x".repeat(3 * 1024 * 1024));
    for (request, status, code) in [
        (raw("{\"workflow\": ", "application/json"), 400, "METEL-1001"),
        (raw(&deep, "application/json"), 400, "METEL-1004"),
        (raw(&long, "application/json"), 413, "METEL-1003"),
        (raw("{}", "text/plain"), 415, "METEL-7008"),
        (raw("{}", "application/json"), 422, "METEL-1002"),
        (raw("[]", "application/json"), 422, "METEL-1002"),
        (raw("{\"workflow\":7}", "application/json"), 422, "METEL-1002"),
        (raw("{\"workflow\":\"chain\",\"speed\":9}", "application/json"), 422, "METEL-1002"),
        (raw("{\"workflow\":\"없는것\"}", "application/json"), 404, "METEL-7007"),
        (raw("{\"workflow\":\"chain\",\"input\":{\"n\":9007199254740993}}", "application/json"), 422, "METEL-1002"),
        (raw("{\"request\":\"  \"}", "application/json"), 422, "METEL-1002"),
    ] {
        let (got, problem, response) = house.send(request).await;
        assert_eq!((got.as_u16(), problem["code"].as_str()), (status, Some(code)), "{problem}");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(problem["status"], status);
        assert!(problem["request_id"].as_str().unwrap().starts_with("req_") && problem["hint"].is_string());
    }
    for (path, status, code) in [
        ("/v1/nothing", 404, "METEL-7003"),
        ("/v1/runs/run_00000000000000000000000000", 404, "METEL-6001"),
        ("/v1/runs/ZZZZZZ", 404, "METEL-6001"),
        ("/v1/runs/%EC%8B%A4%ED%96%89", 400, "METEL-1005"),
        ("/v1/runs?limit=0", 422, "METEL-1002"),
        ("/v1/runs?colour=red", 422, "METEL-1002"),
        ("/v1/runs?status=happy", 422, "METEL-1002"),
        ("/v1/runs?cursor=x", 422, "METEL-1002"),
        ("/v1/approvals/appr_00000000000000000000000000", 404, "METEL-7007"),
        ("/v1/blobs/zz", 400, "METEL-1005"),
        ("/ws/execution/run_00000000000000000000000000", 404, "METEL-6001"),
    ] {
        let (got, problem) = house.get(path).await;
        assert_eq!((got.as_u16(), problem["code"].as_str()), (status, Some(code)), "{path}: {problem}");
    }
    let request = house.asking("DELETE", "/v1/runs").body(Body::empty()).unwrap();
    assert_eq!(house.send(request).await.0, StatusCode::METHOD_NOT_ALLOWED);
    let request = house.asking("GET", "/v1/nothing").header("accept-language", "ko-KR").body(Body::empty()).unwrap();
    assert_eq!(house.send(request).await.1["title"], "이 주소에는 아무것도 없어요");
    assert_eq!(house.get("/v1/runs").await.1["items"], json!([]));
    house.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_without_a_right() {
    let mut house = house().await;
    let id = house.run("delete").await["id"].as_str().unwrap().to_owned();
    let approval = house.get("/v1/approvals").await.1["items"][0].clone();
    let path = format!("/v1/approvals/{}/decision", approval["id"].as_str().unwrap());
    let owner = house.token.clone();
    for token in ["", "metel_wrong", "'; drop table tokens; --"] {
        house.token = token.to_owned();
        assert_eq!(house.get("/v1/runs").await.0, StatusCode::UNAUTHORIZED, "{token}");
    }
    let yes = json!({"decision": "approve", "digest": approval["digest"]});
    house.token = person(&house.engine, WS, "viewer", "viewer").await;
    assert_eq!(house.get("/v1/runs").await.0, StatusCode::OK);
    assert_eq!(house.post(&path, &yes).await.1["code"], "METEL-7002");
    house.token = person(&house.engine, WS, "odd", "superuser").await;
    assert_eq!(house.get("/v1/runs").await.0, StatusCode::FORBIDDEN);
    // Another workspace's ids are nothing here, whatever is asked of them.
    house.token = person(&house.engine, OTHER, "stranger", "owner").await;
    for path in [format!("/v1/runs/{id}"), format!("/v1/runs/{id}/events"), format!("/v1/audit/verify?run={id}")] {
        assert_eq!(house.get(&path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    for (path, body) in [
        (path.clone(), yes.clone()),
        (format!("/v1/runs/{id}/cancel"), json!({})),
        (format!("/v1/runs/{id}/replay"), json!({})),
        (format!("/runs/{id}/approve"), json!({"approved": true})),
    ] {
        assert_eq!(house.post(&path, &body).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(house.get("/v1/runs").await.1["items"], json!([]));
    house.token = owner;
    // A foreign name for this server, and a foreign page with the cookie.
    let request = house.asking("GET", "/v1/runs").header("host", "evil.example").body(Body::empty()).unwrap();
    assert_eq!(house.send(request).await.1["code"], "METEL-7006");
    let by_page = |origin: &str| {
        Request::post(format!("/v1/runs/{id}/cancel"))
            .header("cookie", format!("metel_session={}", house.token))
            .header("host", "127.0.0.1:7777")
            .header("origin", origin)
            .body(Body::empty())
            .unwrap()
    };
    assert_eq!(house.send(by_page("https://evil.example")).await.1["code"], "METEL-7006");
    assert_eq!(house.send(by_page("http://127.0.0.1:7777")).await.0, StatusCode::OK);
    house.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_count_once_and_for_what_was_shown() {
    let house = house().await;
    let run = house.run("delete").await;
    assert_eq!(run["display"], "waiting_approval");
    let approval = &run["approvals"][0];
    assert_eq!((&approval["payload"]["text"], &approval["risk"]), (&json!("지울 것"), &json!(["destructive"])));
    assert!(approval["preview"]["ko"].as_str().unwrap().contains("지울 것"));
    let path = format!("/v1/approvals/{}/decision", approval["short"].as_str().unwrap());
    let digest = &approval["digest"];
    for (body, code) in [
        (json!({"decision": "approve", "digest": "0".repeat(64)}), "METEL-2202"),
        (json!({"decision": "approve", "digest": "short"}), "METEL-1002"),
        (json!({"decision": "perhaps", "digest": digest}), "METEL-1002"),
        (json!({"decision": "approve", "digest": digest, "payload": {}}), "METEL-1002"),
        (json!({"decision": "edit", "digest": digest}), "METEL-1002"),
        (json!({"decision": "edit", "digest": digest, "payload": {"colour": 1}}), "METEL-5003"),
    ] {
        let (_, problem) = house.post(&path, &body).await;
        assert_eq!(problem["code"], code, "{body}: {problem}");
    }
    let (status, decided) = house.post(&path, &json!({"decision": "approve", "digest": digest})).await;
    assert_eq!((status, &decided["status"]), (StatusCode::OK, &json!("approved")), "{decided}");
    assert_eq!(decided["decided"]["by"], "user:owner");
    assert_eq!(house.post(&path, &json!({"decision": "reject", "digest": digest})).await.1["code"], "METEL-2201");
    // The early paths decide on all that waits.
    let second = house.run("delete").await;
    let path = format!("/runs/{}/approve", second["id"].as_str().unwrap());
    let (status, _) = house.post(&path, &json!({"approved": false, "reason": "아니요"})).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(house.post(&path, &json!({"approved": true})).await.1["code"], "METEL-2201");
    house.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_starts_one_run_and_gives_one_answer() {
    let house = house().await;
    let keyed = |path: &str, key: &str, body: &str| {
        let request =
            house.asking("POST", path).header("content-type", "application/json").header("idempotency-key", key);
        request.body(Body::from(body.to_owned())).unwrap()
    };
    let (_, first, _) = house.send(keyed("/v1/runs", "k", "{\"workflow\":\"chain\",\"input\":{\"text\":\"a\"}}")).await;
    let (_, again, _) =
        house.send(keyed("/v1/runs", "k", "{ \"input\": {\"text\": \"a\"}, \"workflow\": \"chain\" }")).await;
    assert_eq!(first["id"], again["id"]);
    let (_, other, _) = house.send(keyed("/v1/runs", "k", "{\"workflow\":\"chain\"}")).await;
    assert_eq!(other["code"], "METEL-7005");
    let (status, token, _) = house.send(keyed("/v1/tokens", "t", "{\"name\":\"봇\",\"role\":\"viewer\"}")).await;
    assert_eq!(status, StatusCode::CREATED);
    let (_, same, _) = house.send(keyed("/v1/tokens", "t", "{\"name\":\"봇\",\"role\":\"viewer\"}")).await;
    assert_eq!(token, same);
    let (_, other, _) = house.send(keyed("/v1/tokens", "t", "{\"name\":\"다른 봇\"}")).await;
    assert_eq!(other["code"], "METEL-7005");
    let kept = house.engine.store().settings(WS).await.unwrap();
    assert!(!format!("{kept:?}").contains(token["token"].as_str().unwrap()), "the token's text is not stored");
    // Revoked, it opens nothing.
    let path = format!("/v1/tokens/{}", token["id"].as_str().unwrap());
    let request = house.asking("DELETE", &path).body(Body::empty()).unwrap();
    assert_eq!(house.send(request).await.0, StatusCode::NO_CONTENT);
    assert!(house.engine.access(token["token"].as_str().unwrap()).await.is_err());
    assert_eq!(house.get("/v1/runs").await.1["items"].as_array().unwrap().len(), 1);
    house.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_signs_a_page_in_once() {
    let house = house().await;
    let owner = house.engine.store().user_by_name(WS, "owner").await.unwrap().unwrap().id;
    let code = house.engine.new_start_code(WS, owner).await.unwrap();
    let open = |code: &str| Request::get(format!("/start?c={code}")).body(Body::empty()).unwrap();
    let (status, _, response) = house.send(open(&code)).await;
    let cookie = response.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(status == StatusCode::OK && cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));
    assert_eq!(house.send(open(&code)).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(house.send(open("guess")).await.0, StatusCode::UNAUTHORIZED);
    // A person who opens it again reads so in words; a program gets the problem document.
    let again = Request::get(format!("/start?c={code}")).header("accept", "text/html").header("accept-language", "ko");
    let (status, text, response) = house.send(again.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (status, response.headers()["content-type"].to_str().unwrap()),
        (StatusCode::UNAUTHORIZED, "text/html; charset=utf-8")
    );
    assert!(text.as_str().unwrap().contains("이 링크는 더 쓸 수 없어요"));
    let pair = cookie.split(';').next().unwrap();
    let (_, me, _) = house.send(Request::get("/v1/me").header("cookie", pair).body(Body::empty()).unwrap()).await;
    assert_eq!((&me["user"], &me["role"], &me["workspace"]), (&json!("owner"), &json!("owner"), &json!("one")));
    house.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn open_pages_are_strict_and_say_nothing_of_runs() {
    let house = house().await;
    for path in ["/health", "/health/live", "/openapi.json", "/docs", "/help/METEL-5003", "/app/", "/app/runs/x"] {
        let (status, _, response) = house.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    }
    for (path, status) in [
        ("/", 307),
        ("/dashboard", 307),
        ("/app/../../etc/passwd.txt", 404),
        ("/help/METEL-9999", 404),
        ("/metrics", 401),
    ] {
        assert_eq!(house.send(Request::get(path).body(Body::empty()).unwrap()).await.0.as_u16(), status, "{path}");
    }
    // A page's address may hold a dot; a file that is not there may not pass for a page.
    let browsing = |path: &str| {
        let request = Request::get(path).header("accept", "text/html,application/xhtml+xml");
        house.send(request.body(Body::empty()).unwrap())
    };
    assert_eq!(browsing("/app/tools/notion.create_page").await.0, StatusCode::OK);
    assert_eq!(browsing("/app/assets/gone.js").await.0, StatusCode::NOT_FOUND);
    assert!(house.get("/metrics").await.1.as_str().unwrap().contains("metel_tasks_due 0"));
    let (_, document) = house.get("/openapi.json").await;
    assert!(document["paths"]["/v1/runs/{id}"]["get"]["x-permission"] == "read");
    let (_, status) = house.get("/v1/status").await;
    assert_eq!((&status["store"], &status["simulated"]), (&json!("sqlite"), &json!(true)));
    house.end().await;
}

/// Serves on a port of its own; gives its address.
async fn listen(house: &House) -> (std::net::SocketAddr, tokio::task::JoinHandle<()>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = house.router.clone();
    (address, tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }))
}

/// Messages of a run's socket after a number, up to one of the type given.
async fn watch(address: std::net::SocketAddr, token: &str, run: &str, after: u64, until: &str) -> Vec<Value> {
    let url = format!("ws://{address}/ws/execution/{run}?after={after}&token={token}");
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    let mut out = Vec::new();
    loop {
        let message = tokio::time::timeout(Duration::from_secs(20), socket.next()).await.unwrap().unwrap().unwrap();
        let Ok(text) = message.to_text() else { continue };
        let Ok(value) = serde_json::from_str::<Value>(text) else { continue };
        let done = value["type"] == until;
        out.push(value);
        if done {
            return out;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_resumes_without_gaps_or_doubles() {
    let house = house().await;
    let (address, serving) = listen(&house).await;
    let run = house.run("delete").await;
    let id = run["id"].as_str().unwrap().to_owned();
    let before = watch(address, &house.token, &id, 0, "approval_required").await;
    let seen = before.last().unwrap()["seq"].as_u64().unwrap();
    // Somebody waits with the number of what was seen while the decision is made.
    let token = house.token.clone();
    let waiting = tokio::spawn({
        let id = id.clone();
        async move { watch(address, &token, &id, seen, "execution_complete").await }
    });
    let approval = &run["approvals"][0];
    let path = format!("/v1/approvals/{}/decision", approval["id"].as_str().unwrap());
    assert_eq!(
        house.post(&path, &json!({"decision": "approve", "digest": approval["digest"]})).await.0,
        StatusCode::OK
    );
    let after = waiting.await.unwrap();
    let whole = watch(address, &house.token, &id, 0, "execution_complete").await;
    let joined: Vec<&Value> = before.iter().chain(&after).collect();
    assert_eq!(joined, whole.iter().collect::<Vec<_>>());
    let types: Vec<&str> = whole.iter().filter_map(|m| m["type"].as_str()).collect();
    assert_eq!(types.iter().filter(|t| **t == "approval_decided").count(), 1, "{types:?}");
    assert!(whole.windows(2).all(|w| w[0]["seq"].as_u64() < w[1]["seq"].as_u64()));
    let wrong = format!("ws://{address}/ws/execution/{id}?token=wrong");
    assert!(tokio_tungstenite::connect_async(wrong).await.is_err());
    serving.abort();
    house.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn server_sent_events_end_with_the_run() {
    let house = house().await;
    let id = house.run("chain").await["id"].as_str().unwrap().to_owned();
    let (status, text) = house.get(&format!("/v1/runs/{id}/stream")).await;
    let text = text.as_str().unwrap();
    assert!(
        status == StatusCode::OK && text.contains("step_complete") && text.contains("execution_complete"),
        "{text}"
    );
    let last = text.lines().filter_map(|l| l.strip_prefix("id: ")).next_back().unwrap().to_owned();
    let request = house.asking("GET", &format!("/v1/runs/{id}/stream")).header("last-event-id", last);
    assert_eq!(house.send(request.body(Body::empty()).unwrap()).await.0, StatusCode::NO_CONTENT);
    house.end().await;
}

/// Handlers become reachable through the table only, so none is without a permission.
#[test]
fn no_route_goes_around_the_table() {
    fn files(folder: &std::path::Path, out: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() { files(&entry.path(), out) } else { out.push(entry.path()) }
        }
    }
    let mut all = Vec::new();
    files(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    assert!(all.len() > 20);
    for file in all.iter().filter(|f| !f.ends_with("table.rs")) {
        let text = std::fs::read_to_string(file).unwrap();
        for door in [".route(", ".nest(", ".route_service(", ".nest_service("] {
            assert!(!text.contains(door), "{} uses {door}", file.display());
        }
    }
}
