//! Workflows and plans that random runs are made of: small, and every node type among them.

use super::*;

/// How many workflows there are.
pub const SHAPES: u8 = 19;

fn tool(id: &str, tool: &str, text: &str) -> Value {
    json!({"id": id, "type": "tool", "tool": tool, "args": {"text": text}})
}

fn with(mut node: Value, more: Value) -> Value {
    if let (Value::Object(node), Value::Object(more)) = (&mut node, more) {
        node.extend(more);
    }
    node
}

fn edges(of: &[(&str, &str)]) -> Value {
    of.iter().map(|(from, to)| json!({"from": from, "to": to})).collect()
}

fn graph(nodes: Vec<Value>, edges: Value) -> Value {
    let entry = nodes[0]["id"].clone();
    json!({"nodes": nodes, "edges": edges, "entry_point": entry})
}

fn fork(x: Value, y: Value, join: Value) -> Value {
    graph(
        vec![json!({"id": "p", "type": "parallel"}), x, y, join, tool("z", "s.write", "끝")],
        edges(&[("p", "x"), ("p", "y"), ("x", "j"), ("y", "j"), ("j", "z")]),
    )
}

/// The workflow number `shape % SHAPES`.
pub fn definition(shape: u8) -> Value {
    let join = |mode: Value| json!({"id": "j", "type": "join", "mode": mode});
    let on = |node: Value, what: &str| with(node, json!({"on_error": what}));
    match shape % SHAPES {
        0 => two_steps(),
        1 => fork(on(tool("x", "s.find", "1"), "continue"), tool("y", "s.delete", "2"), join(json!("all"))),
        2 => fork(tool("x", "s.say", "1"), tool("y", "s.blind", "2"), join(json!("any"))),
        3 => fork(tool("x", "s.pay", "1"), on(tool("y", "s.mail", "a@b.kr"), "continue"), join(json!({"at_least": 2}))),
        4 => graph(
            vec![
                json!({"id": "g", "type": "agent_call", "agents": ["a", "b"]}),
                json!({"id": "ask", "type": "human_gate", "show": {"who": "${input.name}"}}),
                json!({"id": "nap", "type": "wait", "duration_ms": 100}),
                json!({"id": "solo", "type": "agent_call", "agents": ["c"]}),
            ],
            edges(&[("g", "ask"), ("ask", "nap"), ("nap", "solo")]),
        ),
        5 => graph(
            vec![
                json!({"id": "b", "type": "branch"}),
                tool("x", "s.read", "1"),
                tool("y", "s.delete", "1"),
                tool("z", "s.write", "1"),
            ],
            json!([{"from": "b", "to": "x", "when": "input.n > 0"}, {"from": "b", "to": "y"},
                {"from": "x", "to": "z"}, {"from": "y", "to": "z"}]),
        ),
        6 => graph(
            vec![
                json!({"id": "v", "type": "validation", "schema": {"type": "object", "required": ["n"]},
                    "rules": [{"when": "value.n < 3", "message": "작아야 해요"}]}),
                json!({"id": "sub", "type": "subworkflow", "workflow": "child", "input": {"n": "${input.n}"}}),
                json!({"id": "end", "type": "finalize", "output": {"sub": {"$ref": "sub"}}}),
            ],
            edges(&[("v", "sub"), ("sub", "end")]),
        ),
        // A step whose failure is handled, one that then fails, and what hangs on each.
        7 => graph(
            vec![
                on(tool("a", "s.find", "1"), "branch"),
                tool("good", "s.write", "2"),
                tool("bad", "s.say", "3"),
                tool("last", "s.blind", "4"),
            ],
            json!([{"from": "a", "to": "good"}, {"from": "a", "to": "bad", "on": "error"},
                {"from": "good", "to": "last"}, {"from": "bad", "to": "last"}]),
        ),
        8 => map(
            "fail",
            "fail",
            vec![tool("w", "s.find", "n${index}"), tool("v", "s.delete", "${w.url}")],
            &[("w", "v")],
        ),
        9 => map("continue", "continue", item_fork(), &[("q", "x"), ("q", "y"), ("x", "k"), ("y", "k")]),
        10 => map("fail", "continue", item_fork(), &[("q", "x"), ("q", "y")]),
        // Maps within maps.
        11 => map(
            "fail",
            "continue",
            vec![json!({"id": "inner", "type": "map", "items": ["가", "나"], "concurrency": 2, "body":
                graph(vec![tool("w", "s.blind", "${item}${index}"), tool("v", "s.delete", "x")], edges(&[("w", "v")]))})],
            &[],
        ),
        12 => everything(),
        // Rounds of calls, and rounds within items.
        13 => graph(
            vec![
                json!({"id": "l", "type": "loop", "until": "index >= 2", "max": 3, "on_limit": "continue", "body":
                    graph(vec![tool("w", "s.find", "n${index}"), tool("v", "s.delete", "${w.url}")], edges(&[("w", "v")]))}),
                tool("after", "s.write", "끝"),
            ],
            edges(&[("l", "after")]),
        ),
        14 => map(
            "continue",
            "fail",
            vec![json!({"id": "l", "type": "loop", "until": "false", "max": 2, "first": "${item}", "body":
                graph(vec![tool("w", "s.blind", "${index}")], json!([]))})],
            &[],
        ),
        15 => graph(
            vec![
                json!({"id": "e", "type": "emit", "message": "나감", "payload": {"n": "${input.n}"}}),
                json!({"id": "m", "type": "wait", "message": "x", "timeout_ms": 5000, "on_error": "continue"}),
                json!({"id": "t", "type": "human_task", "form": {"type": "object", "required": ["n"]}, "expires_ms": 9000}),
                tool("z", "s.write", "끝"),
            ],
            edges(&[("e", "m"), ("m", "t"), ("t", "z")]),
        ),
        // Agents that name calls: alone, side by side, and within items.
        17 => graph(vec![talker("t", &["a"], "fail"), tool("z", "s.write", "끝")], edges(&[("t", "z")])),
        18 => map("continue", "continue", vec![talker("t", &["a", "b"], "continue")], &[]),
        _ => {
            let undo =
                |node: Value, tool: &str| with(node, json!({"undo": {"tool": tool, "args": {"text": "되돌림"}}}));
            graph(
                vec![
                    undo(tool("a", "s.write", "1"), "s.delete"),
                    undo(tool("b", "s.blind", "2"), "s.find"),
                    tool("c", "s.say", "3"),
                ],
                edges(&[("a", "b"), ("b", "c")]),
            )
        }
    }
}

fn talker(id: &str, agents: &[&str], on_error: &str) -> Value {
    let tools = ["s.read", "s.web", "s.find", "s.blind", "s.delete", "s.mail"];
    json!({"id": id, "type": "agent_call", "agents": agents, "tools": tools, "rounds": 3, "on_error": on_error})
}

fn item_fork() -> Vec<Value> {
    vec![
        json!({"id": "q", "type": "parallel"}),
        tool("x", "s.find", "n${index}"),
        tool("y", "s.delete", "n${index}"),
        json!({"id": "k", "type": "join"}),
    ]
}

fn map(on_item: &str, on_error: &str, mut body: Vec<Value>, inner: &[(&str, &str)]) -> Value {
    if !inner.iter().any(|(_, to)| *to == "k") {
        body.retain(|node| node["id"] != "k");
    }
    graph(
        vec![
            json!({"id": "m", "type": "map", "items": [1, 2, 3], "concurrency": 2, "on_item_error": on_item,
                "on_error": on_error, "body": graph(body, edges(inner))}),
            tool("after", "s.write", "끝"),
        ],
        edges(&[("m", "after")]),
    )
}

/// All node types in one run.
fn everything() -> Value {
    graph(
        vec![
            json!({"id": "v", "type": "validation", "rules": [{"when": "true", "message": "x"}]}),
            json!({"id": "p", "type": "parallel"}),
            tool("x", "s.find", "1"),
            json!({"id": "g", "type": "agent_call", "agents": ["a", "b"], "on_error": "continue"}),
            json!({"id": "gate", "type": "human_gate", "expires_ms": 5000, "on_error": "continue"}),
            json!({"id": "j", "type": "join", "mode": {"at_least": 2}}),
            json!({"id": "m", "type": "map", "items": [1, 2], "concurrency": 1, "body":
                graph(vec![json!({"id": "nap", "type": "wait", "duration_ms": 50}), tool("w", "s.write", "n${item}")],
                    edges(&[("nap", "w")]))}),
            json!({"id": "b", "type": "branch"}),
            json!({"id": "sub", "type": "subworkflow", "workflow": "child"}),
            tool("y", "s.delete", "1"),
            json!({"id": "end", "type": "finalize", "output": {"n": "${input.n}"}}),
        ],
        json!([{"from": "v", "to": "p"}, {"from": "p", "to": "x"}, {"from": "p", "to": "g"}, {"from": "p", "to": "gate"},
            {"from": "x", "to": "j"}, {"from": "g", "to": "j"}, {"from": "gate", "to": "j"}, {"from": "j", "to": "m"},
            {"from": "m", "to": "b"}, {"from": "b", "to": "sub", "when": "input.n == 1"}, {"from": "b", "to": "y"},
            {"from": "sub", "to": "end"}, {"from": "y", "to": "end"}]),
    )
}

/// What a planner might propose. `done` are ids that stand already and may be referred to.
pub fn proposal(dice: u8, done: &[String]) -> Value {
    let action = |id: &str, tool: &str, args: Value| json!({"id": id, "tool": tool, "args": args});
    let text = |text: &str| json!({"text": text});
    let before = done.first().map_or("x".to_owned(), |id| format!("${{{id}.url}}"));
    let fresh = format!("n{}", done.len() + usize::from(dice));
    match dice % 9 {
        0 => plan(json!([action("a1", "s.write", text("1")), action("a2", "s.delete", text("${a1.url}"))])),
        1 => plan(json!([
            action("a1", "s.find", text("1")),
            action("a2", "s.say", json!({"text": "2", "to": "partners"})),
            action("a3", "s.blind", text("${a1.url} ${a2.url}"))
        ])),
        2 => plan(json!([
            action(&fresh, "s.write", text(&before)),
            action("b2", "s.pay", text(&format!("${{{fresh}.url}} {before}")))
        ])),
        3 => {
            let mut plan = plan(json!([action("a1", "s.say", json!({"text": "1", "to": "MISSING"}))]));
            plan["missing"] =
                json!([{"action": "a1", "field": "to", "title": "어디로?", "schema": {"type": "string"}}]);
            plan
        }
        4 => plan(json!([
            action("a1", "s.web", text("1")),
            action("a2", "text.summarize", text("${a1.url}")),
            action("a3", "s.say", json!({"text": "x", "to": "${a1.url}"}))
        ])),
        5 => plan(json!([action("a1", "s.write", json!({}))])),
        6 => plan(json!([
            action("a2", "s.find", text("다시")),
            action("a3", "s.find", text(&before)),
            action("a4", "s.write", text("${a2.url}${a3.url}"))
        ])),
        7 => plan(json!([action("a1", "shell.run", text("rm"))])),
        _ => plan(json!([])),
    }
}
