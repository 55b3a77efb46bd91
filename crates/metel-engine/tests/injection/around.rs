//! What the engine finds around it: a world's tools as contracts, and its policy.

use std::collections::HashMap;
use std::sync::Arc;

use futures::future::BoxFuture;
use metel_engine::{Definitions, Engine, Surroundings};
use metel_model::Fault;
use metel_model::facts::Facts;
use metel_model::hash::Digest;
use metel_model::id::{ConnectionId, WorkspaceId};
use metel_model::service::{ConnectionFact, ConnectionState};
use metel_model::status::Risk;
use metel_rules::asked::suite::World;
use metel_rules::contract::Compiled;
use metel_rules::graph::{Program, read_pipeline};
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub const WS: WorkspaceId = WorkspaceId(Uuid::from_u128(1));
const SERVICE: &str = "suite";

pub struct Known(HashMap<String, Arc<Compiled>>);

/// What a contract says of a tool: what answers from records reads, the rest is what the law takes it for.
pub fn risk_of(world: &World, name: &str) -> Vec<Risk> {
    match world.tools.get(name).is_some_and(|tool| tool.from.is_some()) {
        true => vec![Risk::Read],
        false => world.tool(name).nature().risk,
    }
}

pub fn is_effect(world: &World, name: &str) -> bool {
    risk_of(world, name).iter().any(|risk| risk.is_consequential())
}

/// A world's tools under contract; outsiders write what they answer.
pub fn contracts(world: &World) -> Known {
    let compiled = world.tools.iter().map(|(name, tool)| {
        let risk = risk_of(world, name);
        let properties: Map<String, Value> =
            tool.args.iter().map(|(arg, kind)| (arg.clone(), json!({"type": kind}))).collect();
        let idempotency = match is_effect(world, name) {
            true => json!({"type": "key", "place": "header", "name": "Idempotency-Key"}),
            false => json!({"type": "natural"}),
        };
        let receiver = ["recipients", "to", "recipient", "email", "user_email", "participants"]
            .into_iter()
            .find(|arg| tool.args.contains_key(*arg) && risk.contains(&Risk::ExternalSend));
        let audience = receiver.map_or(Value::Null, |field| json!({"field": field, "kind": "email"}));
        let contract = serde_json::from_value(json!({
            "id": format!("{SERVICE}.{name}"), "version": "1.0.0", "title": name, "description": tool.about,
            "risk": risk, "trust": "untrusted",
            "input_schema": {"type": "object", "properties": properties, "additionalProperties": false},
            "output_schema": {}, "audience": audience,
            "transport": {"type": "http", "method": "POST", "path": "/x"}, "idempotency": idempotency
        }));
        let compiled = Compiled::compile(contract.unwrap()).map_err(|faults| format!("{name}: {faults:?}")).unwrap();
        (compiled.contract.id.clone(), Arc::new(compiled))
    });
    Known(compiled.collect())
}

/// A workflow of one agent that may use every tool of the world.
pub async fn define(engine: &Engine, known: &Known, world: &World) -> Digest {
    let mut tools: Vec<&String> = known.0.keys().collect();
    tools.sort_unstable();
    let node = json!({"id": "a", "type": "agent_call", "agents": ["helper"], "label": "Assistant", "tools": tools,
        "rounds": 100});
    let definition = json!({"nodes": [node], "edges": [], "entry_point": "a"});
    let workflow = read_pipeline(&world.world, &definition).map_err(|f| format!("{f:?}")).unwrap();
    let program = Program::compile(workflow).map_err(|f| format!("{f:?}")).unwrap();
    let text = metel_model::json::canonical(&serde_json::to_value(&program.workflow).unwrap()).unwrap();
    engine.store().put_blob(WS, text).await.unwrap();
    let digest = program.digest;
    engine.keep_program(program);
    digest
}

impl Definitions for Known {
    fn current(&self, tool: &str) -> Option<Arc<Compiled>> {
        self.0.get(tool).cloned()
    }
    fn contract(&self, digest: &Digest) -> Option<Arc<Compiled>> {
        self.0.values().find(|compiled| compiled.digest == *digest).cloned()
    }
    fn workflow(&self, _: &str) -> Option<Digest> {
        None
    }
    fn agent_step(&self, _: &str) -> Option<String> {
        None
    }
    fn has_agent(&self, _: &str) -> bool {
        true
    }
}

pub struct Around {
    pub known: Arc<Known>,
    pub inside: Vec<String>,
}

impl Surroundings for Around {
    fn definitions(&self, _: WorkspaceId) -> Arc<dyn Definitions> {
        self.known.clone()
    }
    fn facts(&self, _: WorkspaceId) -> BoxFuture<'_, Result<Facts, Fault>> {
        let mut facts = Facts::default();
        let connection = ConnectionFact {
            id: ConnectionId(Uuid::nil()),
            state: ConnectionState::Ready,
            scopes: Vec::new(),
            sandbox: true,
        };
        facts.connections.insert(SERVICE.into(), connection);
        facts.policy.inside.domains.clone_from(&self.inside);
        Box::pin(async move { Ok(facts) })
    }
}

/// The world's own name of a contract.
pub fn name_of(tool: &str) -> &str {
    tool.strip_prefix(SERVICE).and_then(|rest| rest.strip_prefix('.')).unwrap_or(tool)
}
