//! Reads a definition from JSON that nobody has checked yet, reporting every fault with its place.

use metel_model::fault::FieldFault;
use metel_model::json::depth_within;
use metel_model::lang::Text;
use metel_model::workflow::{Edge, Node, NodeKind, Workflow};
use serde_json::{Map, Value};

use super::program::ROUNDS_MAX;

/// Most nodes of one definition, those inside maps included.
pub const NODES_MAX: usize = 10_000;
const EDGES_MAX: usize = 50_000;
const DEPTH_MAX: usize = 64;

const WORKFLOW_FIELDS: &[&str] = &[
    "name",
    "title",
    "description",
    "input_schema",
    "nodes",
    "edges",
    "entry_point",
    "output",
    "deadline_ms",
    "trigger",
    "success",
];
const NODE_FIELDS: &[&str] = &["id", "type", "label", "timeout_ms", "retry", "on_error", "success", "undo", "needs"];
const BODY_FIELDS: &[&str] = &["nodes", "edges", "entry_point"];

fn fields_of(kind: &str) -> &'static [&'static str] {
    match kind {
        "validation" => &["value", "schema", "rules"],
        "tool" => &["tool", "version", "args"],
        "agent_call" => &["agents", "task", "input", "output_schema", "tools", "rounds"],
        "human_gate" => &["title", "show", "expires_ms"],
        "join" => &["mode"],
        "map" => &["items", "concurrency", "on_item_error", "body"],
        "loop" => &["body", "until", "max", "on_limit", "first"],
        "wait" => &["duration_ms", "until", "message", "correlation", "timeout_ms"],
        "emit" => &["message", "correlation", "payload", "ttl_ms"],
        "human_task" => &["title", "show", "form", "assignee", "due_ms", "expires_ms"],
        "subworkflow" => &["workflow", "input"],
        "finalize" => &["output"],
        _ => &[],
    }
}

/// Fields that a node type cannot do without, and what stands in for one while the rest is read.
fn required_of(kind: &str) -> Vec<(&'static str, Value)> {
    match kind {
        "loop" => vec![("until", "true".into()), ("max", 1.into())],
        "emit" => vec![("message", "x".into())],
        "human_task" => vec![("form", Value::Object(Map::new()))],
        _ => Vec::new(),
    }
}

/// Reads a pipeline definition. `name` is used where it has none of its own.
pub fn read_pipeline(name: &str, json: &Value) -> Result<Workflow, Vec<FieldFault>> {
    let mut faults = Vec::new();
    if !depth_within(json, DEPTH_MAX) {
        return Err(vec![FieldFault::new("", "nested deeper than 64 levels", "64단계보다 깊이 겹쳐 있어요")]);
    }
    let Some(object) = json.as_object() else {
        return Err(vec![FieldFault::new("", "a definition is a JSON object", "정의는 JSON 객체여야 해요")]);
    };
    unknown_fields(object, WORKFLOW_FIELDS, "", &mut faults);
    let mut budget = NODES_MAX;
    let nodes = read_nodes(object.get("nodes"), "/nodes", &mut budget, &mut faults);
    let edges = read_edges(object.get("edges"), "/edges", &mut faults);
    let entry_point = match object.get("entry_point") {
        Some(Value::String(text)) => text.clone(),
        Some(_) => {
            faults.push(FieldFault::new("/entry_point", "must be a node id", "단계 id여야 해요"));
            String::new()
        }
        None => {
            faults.push(FieldFault::new("/entry_point", "is required", "꼭 있어야 해요"));
            String::new()
        }
    };
    let mut head = object.clone();
    for part in ["nodes", "edges"] {
        head.insert(part.to_owned(), Value::Array(Vec::new()));
    }
    head.insert("entry_point".to_owned(), Value::String(entry_point));
    head.entry("name").or_insert_with(|| Value::String(name.to_owned()));
    for unknown in object.keys().filter(|key| !WORKFLOW_FIELDS.contains(&key.as_str())) {
        head.remove(unknown);
    }
    match serde_json::from_value::<Workflow>(Value::Object(head)) {
        Ok(mut workflow) if faults.is_empty() => {
            workflow.nodes = nodes;
            workflow.edges = edges;
            if workflow.title == Text::default() {
                workflow.title = Text::both(workflow.name.clone());
            }
            Ok(workflow)
        }
        Ok(_) => Err(faults),
        Err(error) => {
            faults.push(FieldFault::new("", error.to_string(), format!("읽을 수 없어요: {error}")));
            Err(faults)
        }
    }
}

fn read_nodes(json: Option<&Value>, at: &str, budget: &mut usize, faults: &mut Vec<FieldFault>) -> Vec<Node> {
    let Some(Value::Array(items)) = json else {
        faults.push(FieldFault::new(at, "a list of nodes is required", "단계 목록이 있어야 해요"));
        return Vec::new();
    };
    if items.len() > *budget {
        faults.push(FieldFault::new(
            at,
            format!("more than {NODES_MAX} nodes"),
            format!("단계가 {NODES_MAX}개를 넘어요"),
        ));
        return Vec::new();
    }
    *budget -= items.len();
    let mut nodes = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        if let Some(node) = read_node(item, &format!("{at}/{i}"), budget, faults) {
            nodes.push(node);
        }
    }
    nodes
}

fn read_node(json: &Value, at: &str, budget: &mut usize, faults: &mut Vec<FieldFault>) -> Option<Node> {
    let Some(object) = json.as_object() else {
        faults.push(FieldFault::new(at, "a node is a JSON object", "단계는 JSON 객체여야 해요"));
        return None;
    };
    let Some(kind) = object.get("type").and_then(Value::as_str) else {
        faults.push(FieldFault::new(format!("{at}/type"), "is required", "꼭 있어야 해요"));
        return None;
    };
    if !NodeKind::NAMES.contains(&kind) {
        let near = nearest(kind, NodeKind::NAMES);
        faults.push(FieldFault::new(
            format!("{at}/type"),
            format!("unknown node type `{kind}`{}", near.map(|n| format!(": use `{n}`")).unwrap_or_default()),
            format!("`{kind}`라는 단계 종류는 없어요{}", near.map(|n| format!(": `{n}`를 쓰세요")).unwrap_or_default()),
        ));
        return None;
    }
    let own: Vec<&str> = NODE_FIELDS.iter().chain(fields_of(kind)).copied().collect();
    unknown_fields(object, &own, at, faults);
    let mut plain = object.clone();
    plain.retain(|key, _| own.contains(&key.as_str()));
    for (field, stand_in) in required_of(kind) {
        if plain.get(field).is_none_or(Value::is_null) {
            faults.push(FieldFault::new(format!("{at}/{field}"), "is required", "꼭 있어야 해요"));
            plain.insert(field.to_owned(), stand_in);
        }
    }
    if kind == "loop" && plain.get("max").and_then(Value::as_u64).is_none_or(|max| u32::try_from(max).is_err()) {
        faults.push(FieldFault::new(
            format!("{at}/max"),
            format!("max lies between 1 and {ROUNDS_MAX}"),
            format!("max는 1에서 {ROUNDS_MAX}까지예요"),
        ));
        plain.insert("max".to_owned(), 1.into());
    }
    if matches!(kind, "map" | "loop") {
        let body = read_body(object.get("body"), &format!("{at}/body"), budget, faults)?;
        plain.insert("body".to_owned(), body);
    }
    match serde_json::from_value::<Node>(Value::Object(plain)) {
        Ok(node) => Some(node),
        Err(error) => {
            faults.push(FieldFault::new(at, error.to_string(), format!("읽을 수 없어요: {error}")));
            None
        }
    }
}

fn read_body(json: Option<&Value>, at: &str, budget: &mut usize, faults: &mut Vec<FieldFault>) -> Option<Value> {
    let Some(Value::Object(object)) = json else {
        faults.push(FieldFault::new(at, "a map or a loop needs a body", "map과 loop에는 body가 있어야 해요"));
        return None;
    };
    unknown_fields(object, BODY_FIELDS, at, faults);
    let before = faults.len();
    let nodes = read_nodes(object.get("nodes"), &format!("{at}/nodes"), budget, faults);
    let edges = read_edges(object.get("edges"), &format!("{at}/edges"), faults);
    if faults.len() > before {
        return None;
    }
    let mut body = Map::new();
    body.insert("nodes".into(), serde_json::to_value(nodes).ok()?);
    body.insert("edges".into(), serde_json::to_value(edges).ok()?);
    body.insert("entry_point".into(), object.get("entry_point").cloned().unwrap_or(Value::String(String::new())));
    Some(Value::Object(body))
}

fn read_edges(json: Option<&Value>, at: &str, faults: &mut Vec<FieldFault>) -> Vec<Edge> {
    let items = match json {
        None => return Vec::new(),
        Some(Value::Array(items)) if items.len() <= EDGES_MAX => items,
        Some(Value::Array(_)) => {
            faults.push(FieldFault::new(
                at,
                format!("more than {EDGES_MAX} edges"),
                format!("선이 {EDGES_MAX}개를 넘어요"),
            ));
            return Vec::new();
        }
        Some(_) => {
            faults.push(FieldFault::new(at, "must be a list", "목록이어야 해요"));
            return Vec::new();
        }
    };
    let mut edges = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        match serde_json::from_value::<Edge>(item.clone()) {
            Ok(edge) => edges.push(edge),
            Err(error) => {
                faults.push(FieldFault::new(
                    format!("{at}/{i}"),
                    error.to_string(),
                    format!("읽을 수 없어요: {error}"),
                ));
            }
        }
    }
    edges
}

fn unknown_fields(object: &Map<String, Value>, known: &[&str], at: &str, faults: &mut Vec<FieldFault>) {
    for key in object.keys().filter(|key| !known.contains(&key.as_str())) {
        let near = nearest(key, known);
        faults.push(FieldFault::new(
            metel_model::json::pointer_push(at, key),
            format!("unknown field{}", near.map(|n| format!(": did you mean `{n}`?")).unwrap_or_default()),
            format!("모르는 항목이에요{}", near.map(|n| format!(": `{n}`인가요?")).unwrap_or_default()),
        ));
    }
}

/// The known word that differs by at most two letters.
fn nearest<'w>(word: &str, known: &[&'w str]) -> Option<&'w str> {
    if word.len() > 64 {
        return None;
    }
    known.iter().map(|k| (distance(word, k), *k)).filter(|(d, _)| *d <= 2).min().map(|(_, k)| k)
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut left = i + 1;
        let mut corner = i;
        row[0] = left;
        for (j, cb) in b.iter().enumerate() {
            let here = (corner + usize::from(ca != *cb)).min(left + 1).min(row[j + 1] + 1);
            corner = row[j + 1];
            row[j + 1] = here;
            left = here;
        }
    }
    row.last().copied().unwrap_or(0)
}
