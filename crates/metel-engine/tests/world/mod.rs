//! A small world around an engine: contracts of its own, hands that answer at once or as scripted.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures::future::BoxFuture;
use metel_engine::perform::{Hands, Job};
use metel_engine::{Definitions, Engine, Options, Parts, Surroundings};
use metel_model::Fault;
use metel_model::effect::Outcome;
use metel_model::facts::Facts;
use metel_model::hash::Digest;
use metel_model::id::{ConnectionId, FreshIds, WorkspaceId};
use metel_model::service::{ConnectionFact, ConnectionState};
use metel_model::time::SystemClock;
use metel_rules::contract::Compiled;
use metel_rules::graph::{Program, read_pipeline};
use metel_store::Store;
use parking_lot::Mutex;
use serde_json::{Value, json};
use uuid::Uuid;

pub const WS: WorkspaceId = WorkspaceId(Uuid::from_u128(1));

pub struct World {
    contracts: HashMap<String, Arc<Compiled>>,
    pub workflows: Mutex<HashMap<String, Digest>>,
}

impl Default for World {
    fn default() -> Self {
        let mut contracts = HashMap::new();
        for (id, risk, transport) in [
            ("bench.noop", "read", json!({"type": "builtin", "name": "bench.noop"})),
            ("s.write", "write", json!({"type": "http", "method": "POST", "path": "/x"})),
            ("s.delete", "destructive", json!({"type": "http", "method": "POST", "path": "/x"})),
        ] {
            let idempotency = if risk == "read" {
                json!({"type": "natural"})
            } else {
                json!({"type": "key", "place": "header", "name": "Idempotency-Key"})
            };
            let contract = serde_json::from_value(json!({
                "id": id, "version": "1.0.0", "title": id, "description": id, "risk": [risk],
                "input_schema": {"type": "object", "properties": {"text": {"type": "string", "x-type": "text"}, "n": {"type": "integer"}}, "additionalProperties": false},
                "output_schema": {"type": "object"},
                "produces": {"text": {"path": "$.text", "type": "text", "optional": true}},
                "transport": transport, "idempotency": idempotency
            })).unwrap();
            let compiled = Compiled::compile(contract).map_err(|f| format!("{f:?}")).unwrap();
            contracts.insert(id.to_owned(), Arc::new(compiled));
        }
        Self { contracts, workflows: Mutex::default() }
    }
}

impl Definitions for World {
    fn current(&self, tool: &str) -> Option<Arc<Compiled>> {
        self.contracts.get(tool).cloned()
    }
    fn contract(&self, digest: &Digest) -> Option<Arc<Compiled>> {
        self.contracts.values().find(|c| c.digest == *digest).cloned()
    }
    fn workflow(&self, name: &str) -> Option<Digest> {
        self.workflows.lock().get(name).copied()
    }
    fn agent_step(&self, _: &str) -> Option<String> {
        None
    }
    fn has_agent(&self, _: &str) -> bool {
        true
    }
}

pub struct Around(pub Arc<World>);

impl Surroundings for Around {
    fn definitions(&self, _: WorkspaceId) -> Arc<dyn Definitions> {
        self.0.clone()
    }
    fn facts(&self, _: WorkspaceId) -> BoxFuture<'_, Result<Facts, Fault>> {
        let mut facts = Facts::default();
        let connection = ConnectionFact {
            id: ConnectionId(Uuid::nil()),
            state: ConnectionState::Ready,
            scopes: vec![],
            sandbox: true,
        };
        facts.connections.insert("s".into(), connection);
        Box::pin(async move { Ok(facts) })
    }
}

/// Echoes; `bench.noop` at once, the rest after a yield.
#[derive(Default)]
pub struct Echo {
    pub calls: AtomicU32,
}

impl Hands for Echo {
    fn instant(&self, job: &Job) -> Option<Outcome> {
        (job.effect.target == "bench.noop").then(|| Outcome::answer(job.payload.as_ref().clone(), 0))
    }
    fn perform(&self, job: Job) -> BoxFuture<'static, Outcome> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            tokio::task::yield_now().await;
            Outcome::answer(job.payload.as_ref().clone(), 0)
        })
    }
}

pub fn engine(store: Store, world: &Arc<World>, hands: Arc<dyn Hands>) -> Engine {
    engine_with(store, world, hands, Options::default())
}

pub fn engine_with(store: Store, world: &Arc<World>, hands: Arc<dyn Hands>, options: Options) -> Engine {
    Engine::new(Parts {
        store,
        clock: Arc::new(SystemClock),
        ids: Arc::new(FreshIds),
        surroundings: Arc::new(Around(world.clone())),
        hands,
        options,
    })
}

/// Compiles a definition and stores it.
pub async fn define(engine: &Engine, world: &World, name: &str, definition: Value) -> Digest {
    let workflow = read_pipeline(name, &definition).map_err(|f| format!("{f:?}")).unwrap();
    let program = Program::compile(workflow).map_err(|f| format!("{f:?}")).unwrap();
    let text = metel_model::json::canonical(&serde_json::to_value(&program.workflow).unwrap()).unwrap();
    engine.store().put_blob(WS, text).await.unwrap();
    let digest = program.digest;
    engine.keep_program(program);
    world.workflows.lock().insert(name.to_owned(), digest);
    digest
}

/// A chain of `n` steps that hand a text of 200 bytes on.
pub fn chain(n: usize, tool: &str) -> Value {
    let nodes: Vec<Value> = (0..n)
        .map(|i| {
            let text = if i == 0 { json!("${input.text}") } else { json!(format!("${{s{}.text}}", i - 1)) };
            json!({"id": format!("s{i}"), "type": "tool", "tool": tool, "args": {"text": text, "n": i}})
        })
        .collect();
    let edges: Vec<Value> = (1..n).map(|i| json!({"from": format!("s{}", i - 1), "to": format!("s{i}")})).collect();
    json!({"nodes": nodes, "edges": edges, "entry_point": "s0"})
}
