//! The pipelines that are run, and what each must have left at the services when it is done.

use serde_json::{Value, json};

/// How an effect is kept from happening twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Care {
    /// The receiver honours a key.
    Key,
    /// The receiver can be asked.
    Ask,
    /// Nobody can tell but a person.
    Blind,
}

/// One effect: its reference, and its place; an effect of a lower place comes earlier.
#[derive(Debug, Clone)]
pub struct Expected {
    pub reference: String,
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

pub const NAMES: [&str; 5] = ["crash-chain", "crash-blind", "crash-map", "crash-child", "crash-gate"];

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
        (
            "crash-gate",
            chain(&[
                tool("a", Key, "${input.id}-a"),
                json!({"id": "yes", "type": "human_gate", "title": {"en": "Go on?", "ko": "계속할까요?"}, "show": {"id": "${input.id}"}}),
                tool("c", Ask, "${input.id}-c"),
            ]),
        ),
    ]
}

/// What a run of `name` over `id` leaves.
pub fn expected(name: &str, id: &str) -> Vec<Expected> {
    let one = |suffix: &str, place: u32| Expected { reference: format!("{id}-{suffix}"), place };
    match name {
        "crash-chain" => ["a", "b", "c", "d", "e"].iter().zip(0..).map(|(suffix, place)| one(suffix, place)).collect(),
        "crash-map" => {
            let mut all = vec![one("a", 0), one("c", 2)];
            all.extend((0..6).map(|item| one(&format!("m{item}"), 1)));
            all
        }
        "crash-child" => ["a", "l", "p", "c"].iter().zip(0..).map(|(suffix, place)| one(suffix, place)).collect(),
        "crash-gate" => vec![one("a", 0), one("c", 1)],
        _ => vec![one("a", 0), one("b", 1), one("c", 2)],
    }
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
