//! What the small world knows: contracts of every risk and kind of idempotency, definitions, values.

use metel_model::contract::Contract;

use super::*;

/// Definitions by digest, contracts by name, blobs as they come.
#[derive(Default)]
pub struct Shelf {
    pub programs: HashMap<Digest, Arc<Program>>,
    pub contracts: HashMap<String, Arc<Compiled>>,
    pub blobs: HashMap<Digest, Arc<Value>>,
}

impl Library for Shelf {
    fn program(&self, digest: &Digest) -> Option<Arc<Program>> {
        self.programs.get(digest).cloned()
    }
    fn current(&self, tool: &str) -> Option<Arc<Compiled>> {
        self.contracts.get(tool).cloned()
    }
    fn contract(&self, digest: &Digest) -> Option<Arc<Compiled>> {
        self.contracts.values().find(|c| c.digest == *digest).cloned()
    }
    fn workflow(&self, name: &str) -> Option<Digest> {
        (name == "child").then(|| Digest::of(b"child"))
    }
    fn agent_step(&self, tool: &str) -> Option<String> {
        (tool == "text.summarize").then(|| "writer".to_owned())
    }
    fn has_agent(&self, _: &str) -> bool {
        true
    }
    fn blob(&self, digest: &Digest) -> Option<Arc<Value>> {
        self.blobs.get(digest).cloned()
    }
}

/// A contract of service `s` with `text` and, if wanted, `to`; `more` goes over it.
pub fn contract(id: &str, risk: &[&str], idempotency: Value, more: Value) -> Arc<Compiled> {
    let mut contract = json!({
        "id": id, "version": "1.0.0", "title": id, "description": id, "risk": risk,
        "input_schema": {"type": "object", "properties": {
            "text": {"type": "string", "x-type": "text", "x-author": true},
            "to": {"type": "string", "x-type": "channel"}},
            "required": ["text"], "additionalProperties": false},
        "output_schema": {"type": "object"},
        "produces": {"url": {"path": "$.url", "type": "url", "optional": true}},
        "transport": {"type": "http", "method": "POST", "path": "/x"},
        "retry": {"attempts": 3, "backoff_ms": 100},
        "idempotency": idempotency
    });
    if let (Value::Object(contract), Value::Object(more)) = (&mut contract, more) {
        contract.extend(more);
    }
    let contract: Contract = serde_json::from_value(contract).unwrap();
    Arc::new(Compiled::compile(contract).map_err(|f| format!("{f:?}")).unwrap())
}

thread_local! {
    /// Compiled once for each thread: compiling costs more than a whole random run.
    static CONTRACTS: HashMap<String, Arc<Compiled>> = contracts();
}

impl Shelf {
    pub fn stocked() -> Self {
        Self { contracts: CONTRACTS.with(Clone::clone), ..Self::default() }
    }
}

fn contracts() -> HashMap<String, Arc<Compiled>> {
    let key = || json!({"type": "key", "place": "header", "name": "Idempotency-Key"});
    let natural = || json!({"type": "natural"});
    let none = || json!({"type": "none"});
    let asks = json!({"type": "none", "reconcile": {"tool": "s.read", "args": {}, "found": "response.found"}});
    let to = |kind: &str| json!({"audience": {"field": "to", "kind": kind}});
    [
        contract("s.write", &["write"], key(), Value::Null),
        contract("s.read", &["read"], natural(), Value::Null),
        contract("s.web", &["read"], natural(), json!({"trust": "untrusted"})),
        contract("s.delete", &["destructive"], none(), Value::Null),
        contract("s.pay", &["financial"], key(), Value::Null),
        contract("s.mail", &["external_send"], none(), to("email")),
        contract("s.say", &["write"], key(), to("channel")),
        contract("s.blind", &["write"], none(), Value::Null),
        contract("s.find", &["write"], asks, Value::Null),
    ]
    .into_iter()
    .map(|compiled| (compiled.contract.id.clone(), compiled))
    .collect()
}
