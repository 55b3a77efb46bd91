//! Definitions: every fault at its place, hostile ones, plans, and everything that is shipped.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use metel_model::contract::Contract;
use metel_model::fault::FieldFault;
use serde_json::{Value, json};

use super::*;

mod any;
mod faults;
mod plans;
mod shipped;

/// The contracts in `contracts/`, by id.
static CONTRACTS: LazyLock<BTreeMap<String, Arc<Contract>>> = LazyLock::new(|| {
    let mut contracts = BTreeMap::new();
    for service in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts")).unwrap() {
        for file in std::fs::read_dir(service.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|end| end == "yaml")
                && path.file_stem().is_none_or(|name| name != "service")
            {
                let text = std::fs::read_to_string(&path).unwrap();
                let contract: Contract = yaml_serde::from_str(&text).unwrap_or_else(|e| panic!("{path:?}: {e}"));
                contracts.insert(contract.id.clone(), Arc::new(contract));
            }
        }
    }
    contracts
});

struct Shipped;

impl Tools for Shipped {
    fn contract(&self, id: &str) -> Option<&Contract> {
        CONTRACTS.get(id).map(Arc::as_ref)
    }
    fn has_workflow(&self, name: &str) -> bool {
        name == "child"
    }
    fn has_agent(&self, name: &str) -> bool {
        ["general", "optimist", "critic", "realist", "coo", "blog", "writer"].contains(&name)
    }
}

/// All faults of a definition, whichever stage finds them.
fn faults(definition: &Value) -> Vec<FieldFault> {
    let workflow = match read_pipeline("t", definition) {
        Ok(workflow) => workflow,
        Err(faults) => return faults,
    };
    match Program::compile(workflow) {
        Ok(program) => check(&program, &Shipped),
        Err(faults) => faults,
    }
}

fn places(definition: &Value) -> Vec<String> {
    let mut places: Vec<String> = faults(definition).into_iter().map(|fault| fault.pointer).collect();
    places.sort();
    places
}

/// `a` reads, `b` posts what it found, `m` goes over a list.
fn sound() -> Value {
    json!({"nodes": [
        {"id": "a", "type": "tool", "tool": "firecrawl.search", "args": {"query": "${input.query}"}},
        {"id": "b", "type": "tool", "tool": "slack.post_message", "args": {"channel": "#팀", "text": "결과: ${a.text}"}},
        {"id": "m", "type": "map", "items": {"$ref": "input.list"}, "concurrency": 3, "body": {
            "nodes": [{"id": "v", "type": "validation", "value": "${item.t}", "rules": [{"when": "index >= 0", "message": "x"}]},
                {"id": "w", "type": "wait", "duration_ms": 5}],
            "edges": [{"from": "v", "to": "w"}], "entry_point": "v"}},
        {"id": "end", "type": "finalize", "output": {"all": {"$ref": "m"}, "link": "${b.permalink}"}}
    ], "edges": [{"from": "a", "to": "b"}, {"from": "b", "to": "m"}, {"from": "m", "to": "end"}], "entry_point": "a"})
}
