//! A server over a whole platform: two workspaces, people of every role, simulated services. Every
//! answer that goes through it is compared with the description of the interface.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request};
use metel_engine::{Engine, Options, Platform, PlatformParts};
use metel_model::id::{FreshIds, UserId, WorkspaceId};
use metel_model::time::SystemClock;
use metel_net::{Limits, Net};
use metel_sandbox::{SandboxConfig, SandboxHandle};
use metel_server::{App, Role, router};
use metel_store::{ApprovalFilter, RunFilter, Store, UserRow, WorkspaceRow};
use metel_tools::registry::Registry;
use metel_tools::vault::{MasterKey, Vault};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::schema::Description;

pub struct House {
    pub platform: Platform,
    pub router: Router,
    pub sandbox: SandboxHandle,
    pub ours: WorkspaceId,
    pub theirs: WorkspaceId,
    /// Tokens by role in our workspace; `stranger` owns the other one, `second` is another owner.
    pub tokens: BTreeMap<&'static str, String>,
    pub described: Arc<Description>,
}

#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

pub fn app(house: &Platform, workspace: WorkspaceId, sandbox: &SandboxHandle) -> App {
    let mut app = App::of(house.clone(), workspace, "test");
    let services = vec!["notion".to_owned(), "slack".to_owned()];
    app.sandbox = Some(metel_server::Sandbox { url: sandbox.url(), services });
    app
}

/// Where this test's runs keep files.
fn files() -> std::path::PathBuf {
    std::env::temp_dir().join(format!("metel-api-files-{}", std::process::id()))
}

/// The master key, the same after a restart.
const MASTER: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// A whole platform as a process makes it when it starts.
fn over(store: Store) -> Platform {
    Platform::new(PlatformParts {
        store,
        clock: Arc::new(SystemClock),
        ids: Arc::new(FreshIds),
        registry: Arc::new(Registry::builtin().unwrap_or_else(|_| unreachable!("the shipped contracts hold"))),
        net: Net::new(Limits::default()).unwrap(),
        vault: Vault::new(MasterKey::parse(MASTER).unwrap(), Vec::new()),
        house: None,
        stand_in: Arc::new(metel_llm::Simulated),
        files: Some(files()),
        options: Options::default(),
    })
    .unwrap()
}

impl House {
    /// Another platform over the same store, as after a restart.
    pub async fn restarted(&self) -> Platform {
        let again = over(self.engine().store().clone());
        assert!(!again.seed().await.unwrap().first);
        again
    }

    pub async fn build() -> House {
        let sandbox = metel_sandbox::serve(SandboxConfig::new("127.0.0.1:0".parse().unwrap())).await.unwrap();
        let store = Store::open_sqlite(":memory:", metel_store::Options::default()).await.unwrap();
        let platform = over(store);
        let engine = platform.engine().clone();
        let seed = platform.seed().await.unwrap();
        let ours = seed.workspace;
        let theirs = WorkspaceId(engine.ids().next());
        let row = WorkspaceRow {
            id: theirs,
            name: "theirs".to_owned(),
            title: "theirs".to_owned(),
            created_at: engine.now(),
        };
        engine.store().put_workspace(&row).await.unwrap();
        for workspace in [ours, theirs] {
            platform.connect_sandbox(workspace, &sandbox.url()).await.unwrap();
            platform.ship_pipelines(workspace).await.unwrap();
        }
        let mut tokens = BTreeMap::new();
        for role in Role::ALL {
            tokens.insert(role.name(), person(&engine, ours, role.name(), role.name()).await);
        }
        tokens.insert("second", person(&engine, ours, "second", "owner").await);
        tokens.insert("stranger", person(&engine, theirs, "stranger", "owner").await);
        engine.facts_changed(ours);
        engine.start_caretakers(None);
        let app = app(&platform, ours, &sandbox);
        let described = Description::shared(&metel_server::router(self::app(&platform, ours, &sandbox))).await;
        House { router: router(app), platform, sandbox, ours, theirs, tokens, described }
    }

    pub fn engine(&self) -> &Engine {
        self.platform.engine()
    }

    /// Sends a request as it is and compares the answer with the description.
    pub async fn send(&self, request: Request<Body>) -> Reply {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let kind = parts.headers.get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        // A stream of a run that goes on has no end.
        let bytes = match kind.as_str() {
            "text/event-stream" => Default::default(),
            _ => axum::body::to_bytes(body, usize::MAX).await.unwrap(),
        };
        let body = match serde_json::from_slice(&bytes) {
            Ok(value) if kind.contains("json") => value,
            _ => Value::String(String::from_utf8_lossy(&bytes).into_owned()),
        };
        let reply = Reply { status: parts.status.as_u16(), headers: parts.headers, body };
        self.described.expect(&method, &path, &kind, &reply);
        reply
    }

    pub fn asking(&self, who: &str, method: &str, path: &str) -> http::request::Builder {
        let request = Request::builder().method(method).uri(path);
        match self.tokens.get(who) {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.asking("owner", "GET", path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.as_("owner", "POST", path, body).await
    }

    pub async fn as_(&self, who: &str, method: &str, path: &str, body: &Value) -> Reply {
        let request = self
            .asking(who, method, path)
            .header("content-type", "application/json")
            .header("prefer", "wait=20")
            .body(Body::from(body.to_string()))
            .unwrap();
        self.send(request).await
    }

    /// Asks for `path` until its answer is as wanted, and gives that; half a minute without is a failure.
    pub async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let body = self.get(path).await.body;
            if wanted(&body) {
                return body;
            }
            assert!(Instant::now() < deadline, "{path} does not become as wanted: {body:#}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits for the end of a run, whichever it is.
    pub async fn ended(&self, run: &str) -> Value {
        let last = ["completed", "failed", "cancelled"];
        self.until(&format!("/v1/runs/{run}"), |run| last.contains(&run["status"].as_str().unwrap_or_default())).await
    }

    /// Everything that a refused request must leave as it was, in both workspaces.
    pub async fn state(&self) -> Value {
        let store = self.engine().store();
        let mut all = json!({"effects": self.sandbox.effects().len()});
        for (name, ws) in [("ours", self.ours), ("theirs", self.theirs)] {
            let filter = RunFilter { limit: 1_000, ..RunFilter::default() };
            let runs: Vec<Value> = store
                .list_runs(ws, &filter)
                .await
                .unwrap()
                .iter()
                .map(|h| json!([h.id, h.status, h.seq, h.version, h.head]))
                .collect();
            let filter = ApprovalFilter { limit: 1_000, ..ApprovalFilter::default() };
            let approvals: Vec<Value> = store
                .approvals(ws, &filter)
                .await
                .unwrap()
                .iter()
                .map(|a| json!([a.ask.id, a.status, a.ask.digest]))
                .collect();
            let connections: Vec<Value> = store
                .connections(ws)
                .await
                .unwrap()
                .iter()
                .map(|c| json!([c.id, c.state, c.body, c.secret, c.updated_at]))
                .collect();
            let secrets: Vec<Value> =
                store.secrets(ws).await.unwrap().iter().map(|s| json!([s.id, s.name, s.updated_at])).collect();
            let tokens: Vec<Value> =
                store.tokens(ws).await.unwrap().iter().map(|t| json!([t.id, t.role, t.revoked_at])).collect();
            let workflows: Vec<Value> =
                store.workflows(ws).await.unwrap().iter().map(|w| json!([w.name, w.version, w.digest])).collect();
            let policies = store.policies(ws, 100).await.unwrap().len();
            let contracts = store.contracts(ws).await.unwrap().len();
            let settings: Vec<String> = store.settings(ws).await.unwrap().into_iter().map(|s| s.0).collect();
            all[name] = json!({
                "runs": runs, "approvals": approvals, "connections": connections, "secrets": secrets, "tokens": tokens,
                "workflows": workflows, "policies": policies, "contracts": contracts, "settings": settings,
            });
        }
        let tools = self.platform.registry().snapshot();
        all["tools"] = tools.list().map(|t| json!([t.contract.id, tools.is_disabled(&t.contract.id)])).collect();
        all
    }

    /// Takes away what runs have written.
    pub fn forget_files(&self) {
        std::fs::remove_dir_all(files()).unwrap();
    }

    pub async fn end(self) {
        self.engine().stop(Duration::from_secs(1)).await;
        self.sandbox.stop().await;
    }

    /// A finished run, one that waits for an approval, one that waits for a value.
    pub async fn furnish(&self, who: &str) -> Furniture {
        let call = |tool: &str, args: Value| {
            let path = format!("/v1/tools/{tool}/call");
            async move { self.as_(who, "POST", &path, &json!({"args": args})).await.body }
        };
        let done = call("metel.echo", json!({"text": "가나다"})).await;
        assert_eq!(done["status"], "completed", "{done:#}");
        let waiting = call("notion.archive_page", json!({"page": "예전 회의록"})).await;
        assert_eq!(waiting["display"], "waiting_approval", "{waiting:#}");
        let asked = self
            .as_(who, "POST", "/v1/runs", &json!({"request": "노션에 페이지를 만들고 링크를 슬랙 #team 에 공유해줘"}))
            .await
            .body;
        assert_eq!(asked["display"], "waiting_input", "{asked:#}");
        Furniture {
            done: text(&done["id"]),
            waiting: text(&waiting["id"]),
            approval: text(&waiting["approvals"][0]["id"]),
            digest: text(&waiting["approvals"][0]["digest"]),
            asked: text(&asked["id"]),
            missing: text(&asked["missing"][0]["key"]),
        }
    }
}

pub struct Furniture {
    pub done: String,
    pub waiting: String,
    pub approval: String,
    pub digest: String,
    pub asked: String,
    pub missing: String,
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

pub async fn person(engine: &Engine, workspace: WorkspaceId, name: &str, role: &str) -> String {
    let id = UserId(engine.ids().next());
    let row = UserRow {
        workspace,
        id,
        name: format!("{name}-x"),
        email: None,
        role: role.to_owned(),
        password: None,
        active: true,
        created_at: engine.now(),
    };
    engine.store().put_user(&row).await.unwrap();
    engine.new_token(workspace, id, "t", role, None).await.unwrap().clear
}
