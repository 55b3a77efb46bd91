//! The pipelines that are run, and what each must have left at the services when it is done.

use serde_json::{Value, json};

/// How an effect is kept from happening twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Care {
    /// The receiver honours a key.
    Key,
    /// The receiver can be asked.
    Ask,
    /// Nobody can tell but a person.
    Blind,
}

/// One effect: its reference, how it is kept from happening twice, and its place; an effect of a lower place
/// comes earlier.
#[derive(Debug, Clone)]
pub struct Expected {
    pub reference: String,
    pub care: Care,
    pub place: u32,
}

fn tool(id: &str, care: Care, reference: &str) -> Value {
    let tool = match care {
        Care::Key => "ledgerbox.post_keyed",
        Care::Ask => "ledgerbox.post_plain",
        Care::Blind => "ledgerbox.post_blind",
    };
    json!({"id": id, "type": "tool", "tool": tool, "args": {"reference": reference, "note": "결과를 한 번만 남겨요"}})
}

fn chain(nodes: &[Value]) -> Value {
    let ids: Vec<&str> = nodes.iter().filter_map(|node| node["id"].as_str()).collect();
    let edges: Vec<Value> = ids.windows(2).map(|pair| json!({"from": pair[0], "to": pair[1]})).collect();
    json!({"nodes": nodes, "edges": edges, "entry_point": ids[0]})
}

/// What runs are started of under random faults.
pub const NAMES: [&str; 8] = [
    "crash-chain",
    "crash-blind",
    "crash-map",
    "crash-child",
    "crash-gate",
    "crash-fork",
    "crash-message",
    "crash-undo",
];

/// The message that runs of `crash-message` wait for.
pub const GO: &str = "crash-go";

fn with(mut node: Value, name: &str, value: Value) -> Value {
    node[name] = value;
    node
}

/// The pipeline with a gate; `note` makes another version of it.
pub fn gate(note: &str) -> Value {
    use Care::{Ask, Key};
    let mut last = tool("c", Ask, "${input.id}-c");
    last["args"]["note"] = json!(note);
    chain(&[
        tool("a", Key, "${input.id}-a"),
        json!({"id": "yes", "type": "human_gate", "title": {"en": "Go on?", "ko": "계속할까요?"}, "show": {"id": "${input.id}"}}),
        last,
    ])
}

/// Every pipeline with its name; a pipeline comes after those it calls.
pub fn definitions() -> Vec<(&'static str, Value)> {
    use Care::{Ask, Blind, Key};
    let items: Vec<u32> = (0..6).collect();
    let item = json!({"nodes": [tool("one", Key, "${input.id}-m${item}")], "entry_point": "one"});
    vec![
        (
            "crash-chain",
            chain(&[
                tool("a", Key, "${input.id}-a"),
                tool("b", Ask, "${input.id}-b"),
                json!({"id": "nap", "type": "wait", "duration_ms": 15}),
                tool("c", Key, "${input.id}-c"),
                tool("d", Ask, "${input.id}-d"),
                tool("e", Key, "${input.id}-e"),
            ]),
        ),
        (
            "crash-blind",
            chain(&[
                tool("a", Key, "${input.id}-a"),
                tool("b", Blind, "${input.id}-b"),
                tool("c", Key, "${input.id}-c"),
            ]),
        ),
        (
            "crash-map",
            chain(&[
                tool("a", Ask, "${input.id}-a"),
                json!({"id": "each", "type": "map", "items": items, "concurrency": 3, "body": item}),
                tool("c", Key, "${input.id}-c"),
            ]),
        ),
        ("crash-leaf", chain(&[tool("l", Key, "${input.id}-l"), tool("p", Ask, "${input.id}-p")])),
        (
            "crash-child",
            chain(&[
                tool("a", Key, "${input.id}-a"),
                json!({"id": "leaf", "type": "subworkflow", "workflow": "crash-leaf", "input": {"id": "${input.id}"}}),
                tool("c", Key, "${input.id}-c"),
            ]),
        ),
        ("crash-gate", gate("처음 판")),
        (
            "crash-fork",
            json!({
                "nodes": [
                    tool("a", Key, "${input.id}-a"),
                    {"id": "p", "type": "parallel"},
                    tool("x", Key, "${input.id}-x"),
                    tool("y", Ask, "${input.id}-y"),
                    {"id": "j", "type": "join"},
                    {"id": "e", "type": "emit", "message": "crash-done", "correlation": "${input.id}"},
                    tool("d", Key, "${input.id}-d"),
                ],
                "edges": [
                    {"from": "a", "to": "p"}, {"from": "p", "to": "x"}, {"from": "p", "to": "y"}, {"from": "x", "to": "j"},
                    {"from": "y", "to": "j"}, {"from": "j", "to": "e"}, {"from": "e", "to": "d"},
                ],
                "entry_point": "a",
            }),
        ),
        (
            "crash-message",
            chain(&[
                tool("a", Key, "${input.id}-a"),
                json!({"id": "m", "type": "wait", "message": GO, "correlation": "${input.id}"}),
                tool("c", Ask, "${input.id}-c"),
            ]),
        ),
        (
            "crash-undo",
            chain(&[
                with(tool("a", Key, "${input.id}-a"), "undo", undo(Key, "${input.id}-ua")),
                with(tool("b", Ask, "${input.id}-b"), "undo", undo(Ask, "${input.id}-ub")),
                json!({"id": "v", "type": "validation", "value": "${input.id}", "schema": {"type": "integer"}}),
            ]),
        ),
        (
            "crash-long",
            chain(&[
                json!({"id": "l", "type": "loop", "until": "index >= 69", "max": 100, "body": {
                    "nodes": [{"id": "n", "type": "tool", "tool": "bench.noop", "args": {"n": "${index}"}}], "entry_point": "n",
                }}),
                tool("c", Key, "${input.id}-c"),
            ]),
        ),
        ("crash-large", chain(&[tool("a", Key, "${input.id}-a")])),
    ]
}

fn undo(care: Care, reference: &str) -> Value {
    let node = tool("", care, reference);
    json!({"tool": node["tool"], "args": node["args"]})
}

/// What a run of `name` over `id` leaves.
pub fn expected(name: &str, id: &str) -> Vec<Expected> {
    use Care::{Ask, Blind, Key};
    let all: &[(&str, Care, u32)] = match name {
        "crash-chain" => &[("a", Key, 0), ("b", Ask, 1), ("c", Key, 2), ("d", Ask, 3), ("e", Key, 4)],
        "crash-blind" => &[("a", Key, 0), ("b", Blind, 1), ("c", Key, 2)],
        "crash-map" => &[
            ("a", Ask, 0),
            ("m0", Key, 1),
            ("m1", Key, 1),
            ("m2", Key, 1),
            ("m3", Key, 1),
            ("m4", Key, 1),
            ("m5", Key, 1),
            ("c", Key, 2),
        ],
        "crash-child" => &[("a", Key, 0), ("l", Key, 1), ("p", Ask, 2), ("c", Key, 3)],
        "crash-gate" | "crash-message" => &[("a", Key, 0), ("c", Ask, 1)],
        "crash-fork" => &[("a", Key, 0), ("x", Key, 1), ("y", Ask, 1), ("d", Key, 2)],
        "crash-undo" => &[("a", Key, 0), ("b", Ask, 1), ("ub", Ask, 2), ("ua", Key, 3)],
        "crash-leaf" => &[("l", Key, 0), ("p", Ask, 1)],
        "crash-long" => &[("c", Key, 0)],
        "crash-large" => &[("a", Key, 0)],
        other => panic!("no pipeline {other}"),
    };
    let one = |(suffix, care, place): &(&str, Care, u32)| Expected {
        reference: format!("{id}-{suffix}"),
        care: *care,
        place: *place,
    };
    all.iter().map(one).collect()
}

/// What goes wrong at the services by itself: about three calls in ten.
pub fn faults(seed: u64) -> Value {
    let fault = |operation: &str, kind: &str, probability: f64| {
        json!({"service": "ledgerbox", "operation": operation, "kind": kind, "probability": probability, "times": 0,
               "seed": seed, "retry_after": null, "delay_ms": 150})
    };
    json!([
        fault("record", "500", 0.05),
        fault("record", "500_after", 0.05),
        fault("record", "503", 0.03),
        fault("record", "reset_before", 0.04),
        fault("record", "reset_after", 0.05),
        fault("record", "cut", 0.03),
        fault("record", "malformed", 0.03),
        fault("record", "latency", 0.06),
        fault("record_plain", "503", 0.05),
        fault("record_plain", "reset_after", 0.05),
        fault("record_plain", "500_after", 0.04),
        fault("record_plain", "cut", 0.04),
        fault("record_plain", "latency", 0.10),
        fault("find", "500", 0.10),
    ])
}
