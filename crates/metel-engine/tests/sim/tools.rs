//! What the simulated workspace knows: contracts of every kind of idempotency, workflows, facts.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use futures::future::BoxFuture;
use metel_engine::{Definitions, Surroundings};
use metel_model::Fault;
use metel_model::contract::{Contract, Idempotency};
use metel_model::facts::Facts;
use metel_model::hash::Digest;
use metel_model::id::{ConnectionId, WorkspaceId};
use metel_model::service::{ConnectionFact, ConnectionState};
use metel_rules::contract::Compiled;
use metel_rules::graph::Tools;
use parking_lot::Mutex;
use serde_json::{Value, json};
use uuid::Uuid;

pub const WS: WorkspaceId = WorkspaceId(Uuid::from_u128(7));

/// Calls that want a matching approval each time.
pub const HARD: [&str; 2] = ["s.delete", "s.pay"];
/// What some workers only can do.
pub const NEED: &str = "ffmpeg";

fn contracts() -> &'static HashMap<String, Arc<Compiled>> {
    static CONTRACTS: OnceLock<HashMap<String, Arc<Compiled>>> = OnceLock::new();
    CONTRACTS.get_or_init(|| {
        let key = json!({"type": "key", "place": "header", "name": "Idempotency-Key"});
        let natural = json!({"type": "natural"});
        let none = json!({"type": "none"});
        let asks = json!({"type": "none", "reconcile": {"tool": "s.read", "args": {}, "found": "response.found"}});
        [
            contract("s.read", "read", &natural, Value::Null),
            contract("s.note", "read", &natural, json!({"transport": {"type": "builtin", "name": "s.note"}})),
            contract("s.put", "write", &natural, Value::Null),
            contract("s.write", "write", &key, Value::Null),
            contract("s.film", "write", &key, json!({"needs": [NEED]})),
            contract("s.find", "write", &asks, Value::Null),
            contract("s.blind", "write", &none, Value::Null),
            contract("s.delete", "destructive", &key, Value::Null),
            contract("s.pay", "financial", &asks, Value::Null),
        ]
        .into_iter()
        .map(|compiled| (compiled.contract.id.clone(), compiled))
        .collect()
    })
}

fn contract(id: &str, risk: &str, idempotency: &Value, more: Value) -> Arc<Compiled> {
    let mut contract = json!({
        "id": id, "version": "1.0.0", "title": id, "description": id, "risk": [risk],
        "input_schema": {"type": "object", "properties": {"text": {"type": "string", "x-type": "text"}},
            "required": ["text"], "additionalProperties": false},
        "output_schema": {"type": "object"},
        "produces": {"url": {"path": "$.url", "type": "url", "optional": true}},
        "transport": {"type": "http", "method": "POST", "path": "/x"},
        "retry": {"attempts": 4, "backoff_ms": 200},
        "idempotency": idempotency
    });
    if let (Value::Object(contract), Value::Object(more)) = (&mut contract, more) {
        contract.extend(more);
    }
    let contract: Contract = serde_json::from_value(contract).unwrap();
    Arc::new(Compiled::compile(contract).map_err(|f| format!("{f:?}")).unwrap())
}

/// How a tool may be repeated.
pub fn idempotency(tool: &str) -> &'static Idempotency {
    &contracts()[tool].contract.idempotency
}

pub fn reads(tool: &str) -> bool {
    !contracts()[tool].contract.is_consequential()
}

/// The workspace that all simulated processes serve.
#[derive(Default)]
pub struct Known {
    pub workflows: Mutex<HashMap<String, Digest>>,
    /// Changes under the runs: whether a model is there.
    pub model: std::sync::atomic::AtomicBool,
}

impl Definitions for Known {
    fn current(&self, tool: &str) -> Option<Arc<Compiled>> {
        contracts().get(tool).cloned()
    }
    fn contract(&self, digest: &Digest) -> Option<Arc<Compiled>> {
        contracts().values().find(|c| c.digest == *digest).cloned()
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

impl Tools for Known {
    fn contract(&self, id: &str) -> Option<&Contract> {
        contracts().get(id).map(|compiled| &compiled.contract)
    }
    fn has_workflow(&self, name: &str) -> bool {
        self.workflows.lock().contains_key(name)
    }
    fn has_agent(&self, _: &str) -> bool {
        true
    }
}

/// One process's look at the workspace.
pub struct Around(pub Arc<Known>);

impl Surroundings for Around {
    fn definitions(&self, _: WorkspaceId) -> Arc<dyn Definitions> {
        self.0.clone()
    }
    fn facts(&self, _: WorkspaceId) -> BoxFuture<'_, Result<Facts, Fault>> {
        let model = self.0.model.load(std::sync::atomic::Ordering::Relaxed);
        let mut facts = Facts { approvers: 2, model, ..Facts::default() };
        let (id, state) = (ConnectionId(Uuid::nil()), ConnectionState::Ready);
        facts.connections.insert("s".into(), ConnectionFact { id, state, scopes: Vec::new(), sandbox: true });
        Box::pin(async move { Ok(facts) })
    }
}
