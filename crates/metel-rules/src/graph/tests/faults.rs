//! Each kind of fault, found at its place; many at once, found all at once.

use super::*;

fn with(pointer: &str, value: Value) -> Value {
    let mut definition = sound();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match definition.pointer_mut(parent).unwrap() {
        Value::Object(members) => {
            members.insert(key.to_owned(), value);
        }
        Value::Array(items) if key == "-" => items.push(value),
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
        other => panic!("{other}"),
    }
    definition
}

#[test]
fn a_sound_definition_has_none() {
    assert_eq!(faults(&sound()), []);
}

#[test]
fn each_fault_is_found_at_its_place() {
    let node = |more: Value| {
        let mut node =
            json!({"id": "x", "type": "tool", "tool": "slack.post_message", "args": {"channel": "c", "text": "t"}});
        node.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        node
    };
    for (pointer, value, place) in [
        // Shape and types.
        ("/nodes", json!({}), "/nodes"),
        ("/nodes/0", json!("a"), "/nodes/0"),
        ("/nodes/0/type", json!("tol"), "/nodes/0/type"),
        ("/nodes/0/type", json!(7), "/nodes/0/type"),
        ("/nodes/0/arg", json!({}), "/nodes/0/arg"),
        ("/nodes/0/args", json!(3), "/nodes/0/args"),
        ("/nodes/0/timeout_ms", json!("soon"), "/nodes/0"),
        ("/nodes/0/on_error", json!("explode"), "/nodes/0"),
        ("/nodes/2/body", json!(null), "/nodes/2/body"),
        ("/nodes/2/body/more", json!(1), "/nodes/2/body/more"),
        ("/nodes/2/concurrency", json!(0), "/nodes/2/concurrency"),
        ("/nodes/2/concurrency", json!(1001), "/nodes/2/concurrency"),
        ("/nodes/2/concurrency", json!(-1), "/nodes/2"),
        ("/edges", json!(3), "/edges"),
        ("/edges/0", json!({"from": "a"}), "/edges/0"),
        ("/edges/0/weight", json!(3), "/edges/0"),
        ("/entry_point", json!(3), "/entry_point"),
        ("/deadline_ms", json!("x"), ""),
        ("/surprise", json!(1), "/surprise"),
        // Names.
        ("/nodes/1/id", json!("a"), "/nodes/1/id"),
        ("/nodes/0/id", json!("단계"), "/nodes/0/id"),
        ("/nodes/2/body/nodes/0/id", json!("a"), "/nodes/2/body/nodes/0/id"),
        ("/entry_point", json!("nowhere"), "/entry_point"),
        ("/nodes/2/body/entry_point", json!("a"), "/nodes/2/body/entry_point"),
        ("/edges/0/to", json!("nowhere"), "/edges/0/to"),
        ("/edges/0/from", json!("v"), "/edges/0/from"),
        ("/nodes/2/body/edges/0/to", json!("end"), "/nodes/2/body/edges/0/to"),
        // Order.
        ("/edges/-", json!({"from": "a", "to": "b"}), "/edges/3"),
        ("/edges/-", json!({"from": "end", "to": "b"}), "/nodes/1"),
        ("/nodes/-", node(json!({})), "/nodes/4"),
        ("/nodes/2/body/nodes/-", json!({"id": "q", "type": "parallel"}), "/nodes/2/body/nodes/2"),
        // References.
        ("/nodes/1/args/text", json!("${end.x}"), "/nodes/1/args/text"),
        ("/nodes/1/args/text", json!("${b.permalink}"), "/nodes/1/args/text"),
        ("/nodes/1/args/text", json!("${zz.x}"), "/nodes/1/args/text"),
        ("/nodes/1/args/text", json!("${item}"), "/nodes/1/args/text"),
        ("/nodes/1/args/text", json!("${v.t}"), "/nodes/1/args/text"),
        ("/nodes/1/args/text", json!("${a.nope}"), "/nodes/1/args/text"),
        ("/nodes/1/args/text", json!("${open"), "/nodes/1/args/text"),
        ("/nodes/1/args/channel", json!({"$ref": "a.text"}), "/nodes/1/args/channel"),
        ("/nodes/2/items", json!({"$ref": "w"}), "/nodes/2/items"),
        ("/nodes/2/body/nodes/0/value", json!("${m[0]}"), "/nodes/2/body/nodes/0/value"),
        ("/nodes/2/body/nodes/0/value", json!("${w}"), "/nodes/2/body/nodes/0/value"),
        ("/nodes/2/body/nodes/0/rules/0/when", json!("size(m) > 0"), "/nodes/2/body/nodes/0/rules/0/when"),
        ("/nodes/2/body/nodes/0/rules/0/when", json!("value ="), "/nodes/2/body/nodes/0/rules/0/when"),
        ("/nodes/2/body/nodes/0/schema", json!({"type": "strin"}), "/nodes/2/body/nodes/0/schema"),
        ("/nodes/0/success", json!("nobody == 1"), "/nodes/0/success"),
        ("/output", json!({"x": "${v}"}), "/output/x"),
        ("/success", json!("1 +"), "/success"),
        // Tools, agents, workflows.
        ("/nodes/0/tool", json!("shell.run"), "/nodes/0/tool"),
        ("/nodes/1/args/colour", json!("red"), "/nodes/1/args/colour"),
        ("/nodes/3", json!({"id": "end", "type": "agent_call", "agents": ["critic", "ghost"]}), "/nodes/3/agents/1"),
        ("/nodes/3", json!({"id": "end", "type": "agent_call", "agents": ["critic", "critic"]}), "/nodes/3/agents/1"),
        ("/nodes/3", json!({"id": "end", "type": "subworkflow", "workflow": "ghost"}), "/nodes/3/workflow"),
        // What can never go on.
        ("/nodes/3", json!({"id": "end", "type": "join", "mode": {"at_least": 2}}), "/nodes/3/mode"),
        ("/nodes/3", json!({"id": "end", "type": "join", "mode": {"at_least": 0}}), "/nodes/3/mode"),
        ("/nodes/3", json!({"id": "end", "type": "branch"}), "/nodes/3"),
        ("/nodes/3", json!({"id": "end", "type": "wait"}), "/nodes/3"),
        ("/nodes/3", json!({"id": "end", "type": "wait", "duration_ms": 1, "until": "x"}), "/nodes/3"),
        ("/edges/0/when", json!("true"), "/edges/0/when"),
        ("/nodes/0/on_error", json!("branch"), "/nodes/0/on_error"),
        ("/edges/0/on", json!("error"), "/nodes/0/on_error"),
    ] {
        let definition = with(pointer, value.clone());
        let found = faults(&definition);
        assert!(found.iter().any(|f| f.pointer == place), "{pointer} = {value}: {found:?}");
        assert!(found.iter().all(|f| !f.message.en.is_empty() && !f.message.ko.is_empty()));
        assert!(found.iter().all(|f| f.pointer.is_empty() || f.pointer.starts_with('/')));
    }
}

#[test]
fn branches_name_their_edges() {
    let branch = |edges: Value| {
        json!({"nodes": [{"id": "b", "type": "branch"}, {"id": "x", "type": "parallel"}, {"id": "y", "type": "parallel"}],
            "edges": edges, "entry_point": "b"})
    };
    let ends = |x: Value, y: Value| json!([{"from": "b", "to": "x", "when": x}, {"from": "b", "to": "y", "when": y}]);
    assert_eq!(places(&branch(ends(json!("input.n > 1"), json!(null)))), Vec::<String>::new());
    assert_eq!(places(&branch(ends(json!("1 +"), json!("y.z")))), ["/edges/0/when"]);
    assert_eq!(places(&branch(ends(json!("input.n > 1"), json!("y.z > 1")))), ["/edges/1/when"]);
    assert_eq!(places(&branch(ends(json!(null), json!(null)))), ["/nodes/0"]);
}

#[test]
fn all_faults_come_at_once() {
    let mut many = sound();
    many["nodes"][0]["tool"] = json!("shell.run");
    many["nodes"][1]["args"]["text"] = json!("${zz.x} ${item}");
    many["nodes"][2]["body"]["nodes"][0]["value"] = json!("${end.all}");
    many["nodes"][3]["output"]["link"] = json!("${b.nope}");
    many["output"] = json!({"q": "${nobody.x}"});
    assert_eq!(
        places(&many),
        [
            "/nodes/0/tool",
            "/nodes/1/args/text",
            "/nodes/1/args/text",
            "/nodes/2/body/nodes/0/value",
            "/nodes/3/output/link",
            "/output/q"
        ]
    );
    let mut shapes = sound();
    shapes["nodes"][0]["type"] = json!("tol");
    shapes["nodes"][1]["retries"] = json!(3);
    shapes["edges"][1] = json!([]);
    shapes["entry_point"] = json!(null);
    shapes["extra"] = json!(null);
    assert_eq!(places(&shapes), ["/edges/1", "/entry_point", "/extra", "/nodes/0/type", "/nodes/1/retries"]);
    let near = faults(&shapes).into_iter().find(|f| f.pointer == "/nodes/0/type").unwrap();
    assert!(near.message.en.contains("`tool`") && near.message.ko.contains("`tool`"));
}

#[test]
fn size_and_depth_are_bounded() {
    let chain = |n: usize| {
        let nodes: Vec<Value> = (0..n).map(|i| json!({"id": format!("n{i}"), "type": "parallel"})).collect();
        let edges: Vec<Value> = (1..n).map(|i| json!({"from": format!("n{}", i - 1), "to": format!("n{i}")})).collect();
        json!({"nodes": nodes, "edges": edges, "entry_point": "n0"})
    };
    assert_eq!(places(&chain(NODES_MAX)), Vec::<String>::new(), "at the limit it works");
    assert_eq!(places(&chain(NODES_MAX + 1)), ["/nodes"]);
    // Nodes inside maps count too.
    let inside =
        |n: usize| json!({"nodes": [{"id": "m", "type": "map", "items": [], "body": chain(n)}], "entry_point": "m"});
    assert_eq!(places(&inside(NODES_MAX - 1)), Vec::<String>::new());
    assert_eq!(places(&inside(NODES_MAX)), ["/nodes/0/body/nodes"]);
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    assert_eq!(places(&with("/nodes/0/args/query", deep)), [""]);
    let mut maps = json!({"id": "m", "type": "map", "items": [], "body": {"nodes": [{"id": "x", "type": "parallel"}], "entry_point": "x"}});
    for i in 0..40 {
        let inner = maps["id"].clone();
        maps =
            json!({"id": format!("m{i}"), "type": "map", "items": [], "body": {"nodes": [maps], "entry_point": inner}});
    }
    let entry = maps["id"].clone();
    assert_eq!(places(&json!({"nodes": [maps], "entry_point": entry})), [""]);
    assert_eq!(
        places(&with("/nodes/0/id", json!("x".repeat(1_000_000)))),
        ["/edges/0/from", "/entry_point", "/nodes/0/id"]
    );
    let edges: Vec<Value> = vec![json!({"from": "a", "to": "b"}); 50_001];
    assert_eq!(places(&with("/edges", json!(edges))), ["/edges"]);
}
