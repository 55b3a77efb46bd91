//! Pipelines that do not hold together.

use metel_model::code::Code;
use serde_json::{Value, json};

use super::{bad, refused};
use crate::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn no_bad_pipeline_is_taken() {
    let house = House::build().await;
    let node = |node: Value| json!({"name": "틀린", "definition": {"nodes": [node], "entry_point": "a"}});
    let workflow = |definition: Value| json!({"name": "틀린", "definition": definition});
    let cycle = json!({"nodes": [{"id": "a", "type": "parallel"}, {"id": "b", "type": "parallel"}],
        "edges": [{"from": "a", "to": "b"}, {"from": "b", "to": "a"}], "entry_point": "a"});
    let many: Vec<Value> = (0..10_001).map(|i| json!({"id": format!("n{i}"), "type": "parallel"})).collect();
    use Code::*;
    let all = vec![
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
    ];
    refused(&house, all).await;
    house.end().await;
}
