//! Maps: order, bounds, and items that fail.

use super::*;

#[test]
fn a_map_keeps_order_and_its_bound() {
    let mut w = World::new();
    w.start_with(
        json!({"nodes": [
        {"id": "m", "type": "map", "items": {"$ref": "input.list"}, "concurrency": 2, "body": {
            "nodes": [{"id": "w", "type": "tool", "tool": "s.write", "args": {"text": "${item.t} #${index}"}},
                      {"id": "v", "type": "tool", "tool": "s.write", "args": {"text": "${w.url}"}}],
            "edges": [{"from": "w", "to": "v"}], "entry_point": "w"}},
        {"id": "end", "type": "finalize", "output": {"all": {"$ref": "m"}}}
    ], "edges": [{"from": "m", "to": "end"}], "entry_point": "m"}),
        json!({"list": [{"t": "가"}, {"t": "나"}, {"t": "다"}]}),
    )
    .unwrap();
    assert_eq!(w.run.slots.len(), 2, "two at a time");
    assert_eq!(w.run.steps["w[1]"].payload.as_ref().unwrap().value().unwrap()["text"], "나 #1");
    for i in [1, 0, 2] {
        w.answer(&format!("w[{i}]"), json!({"url": format!("u{i}")})).unwrap();
        w.answer(&format!("v[{i}]"), json!({"url": format!("v{i}")})).unwrap();
    }
    assert_eq!(
        w.run.output.as_ref().unwrap().value().unwrap(),
        &json!({"all": [{"url": "v0"}, {"url": "v1"}, {"url": "v2"}]})
    );
    assert!(w.replay().diverged.is_none());
}
