//! Workflows drawn from the seed: blocks within blocks, every node type among them.

use serde_json::{Value, json};

use metel_sim::Dice;

/// Names that runs wait for and publish.
pub const MESSAGES: [&str; 3] = ["주문", "paid", "x"];

struct Draw<'d> {
    dice: &'d mut Dice,
    /// Blocks still to be placed.
    left: u32,
    named: u32,
    /// Child workflows may be started.
    children: bool,
}

/// One region: the graph of a workflow or of a body.
#[derive(Default)]
struct Region {
    nodes: Vec<Value>,
    edges: Vec<Value>,
    /// A tool step that comes before whatever is placed next.
    before: Option<String>,
}

/// A definition of about `size` blocks.
pub fn definition(dice: &mut Dice, size: u32, children: bool) -> Value {
    let mut draw = Draw { dice, left: size, named: 0, children };
    let mut region = Region::default();
    let (first, last) = draw.sequence(&mut region, 0, false);
    if draw.dice.percent(40) {
        let id = draw.name("end");
        region.nodes.push(json!({"id": id, "type": "finalize", "output": {"n": "${input.n}"}}));
        region.edges.push(json!({"from": last, "to": id}));
    }
    json!({"nodes": region.nodes, "edges": region.edges, "entry_point": first})
}

impl Draw<'_> {
    fn name(&mut self, stem: &str) -> String {
        self.named += 1;
        format!("{stem}{}", self.named)
    }

    fn sequence(&mut self, region: &mut Region, depth: u32, within: bool) -> (String, String) {
        let (first, mut last) = self.block(region, depth, within);
        let mut more = self.dice.within(if depth == 0 { 2 } else { 0 }, if depth == 0 { 12 } else { 2 });
        while more > 0 && self.left > 0 {
            let (next, end) = self.block(region, depth, within);
            region.edges.push(json!({"from": last, "to": next}));
            last = end;
            more -= 1;
        }
        (first, last)
    }

    fn block(&mut self, region: &mut Region, depth: u32, within: bool) -> (String, String) {
        self.left = self.left.saturating_sub(1);
        let deep = depth >= 2 || self.left == 0;
        match self.dice.below(100) {
            0..=9 if !deep => self.fork(region, depth, within),
            10..=16 if !deep => self.branch(region, depth, within),
            17..=21 if !deep => self.caught(region, within),
            22..=27 if !deep => self.map(region, depth),
            28..=32 if !deep => self.rounds(region, depth),
            _ => {
                let id = self.leaf(region, within);
                (id.clone(), id)
            }
        }
    }

    fn fork(&mut self, region: &mut Region, depth: u32, within: bool) -> (String, String) {
        let (p, j) = (self.name("p"), self.name("j"));
        region.nodes.push(json!({"id": p, "type": "parallel"}));
        let ways = self.dice.within(2, 3);
        let before = region.before.clone();
        for _ in 0..ways {
            region.before.clone_from(&before);
            let (first, last) = self.sequence(region, depth + 1, within);
            region.edges.push(json!({"from": p, "to": first}));
            region.edges.push(json!({"from": last, "to": j}));
        }
        region.before = before;
        let mode = match self.dice.below(3) {
            0 => json!("all"),
            1 => json!("any"),
            _ => json!({"at_least": self.dice.within(1, ways)}),
        };
        region.nodes.push(json!({"id": j, "type": "join", "mode": mode}));
        (p, j)
    }

    fn branch(&mut self, region: &mut Region, depth: u32, within: bool) -> (String, String) {
        let b = self.name("b");
        region.nodes.push(json!({"id": b, "type": "branch"}));
        let before = region.before.clone();
        let (x, xe) = self.sequence(region, depth + 1, within);
        region.before.clone_from(&before);
        let (y, ye) = self.sequence(region, depth + 1, within);
        region.before = before;
        let z = self.leaf(region, within);
        let n = self.dice.below(4);
        region.edges.extend([
            json!({"from": b, "to": x, "when": format!("input.n > {n}")}),
            json!({"from": b, "to": y}),
            json!({"from": xe, "to": z}),
            json!({"from": ye, "to": z}),
        ]);
        (b, z)
    }

    /// A call whose failure goes another way.
    fn caught(&mut self, region: &mut Region, within: bool) -> (String, String) {
        let (a, mut node) = self.tool(region, within);
        node["on_error"] = json!("branch");
        region.nodes.push(node);
        let before = region.before.clone();
        let mut way = |draw: &mut Self| {
            region.before.clone_from(&before);
            draw.leaf(region, within)
        };
        let (good, bad, z) = (way(self), way(self), way(self));
        region.edges.extend([
            json!({"from": a, "to": good}),
            json!({"from": a, "to": bad, "on": "error"}),
            json!({"from": good, "to": z}),
            json!({"from": bad, "to": z}),
        ]);
        (a, z)
    }

    fn body(&mut self, region: &Region, depth: u32) -> Value {
        let mut body = Region { before: region.before.clone(), ..Region::default() };
        let (first, _) = self.sequence(&mut body, depth + 1, true);
        json!({"nodes": body.nodes, "edges": body.edges, "entry_point": first})
    }

    fn map(&mut self, region: &mut Region, depth: u32) -> (String, String) {
        let id = self.name("m");
        let items: Vec<u64> = (0..self.dice.within(0, 4)).collect();
        let (on_item, on_error) = (self.on_error(), self.on_error());
        let body = self.body(region, depth);
        region.nodes.push(json!({"id": id, "type": "map", "items": items, "concurrency": self.dice.within(1, 3),
            "on_item_error": on_item, "on_error": on_error, "body": body}));
        (id.clone(), id)
    }

    fn rounds(&mut self, region: &mut Region, depth: u32) -> (String, String) {
        let id = self.name("l");
        let max = self.dice.within(1, 4);
        let until = if self.dice.percent(70) { format!("index >= {}", self.dice.below(4)) } else { "false".to_owned() };
        let on_limit = *self.dice.pick(&["fail", "continue", "continue"]);
        let on_error = self.on_error();
        let body = self.body(region, depth);
        region.nodes.push(json!({"id": id, "type": "loop", "until": until, "max": max, "on_limit": on_limit,
            "on_error": on_error, "body": body}));
        (id.clone(), id)
    }

    fn on_error(&mut self) -> Value {
        json!(*self.dice.pick(&["fail", "continue", "continue"]))
    }

    fn tool(&mut self, region: &Region, within: bool) -> (String, Value) {
        let id = self.name("t");
        let tools = [
            "s.read", "s.note", "s.put", "s.write", "s.write", "s.write", "s.find", "s.find", "s.blind", "s.delete",
            "s.pay", "s.film",
        ];
        let tool = *self.dice.pick(&tools);
        let mut text = format!("{id} ${{input.n}}");
        if within {
            text.push_str(" ${index}");
        }
        if let Some(before) = region.before.clone().filter(|_| self.dice.percent(15)) {
            text.push_str(&format!(" ${{{before}.url}}"));
        }
        let mut node = json!({"id": id, "type": "tool", "tool": tool, "args": {"text": text}});
        if self.dice.percent(45) {
            node["on_error"] = json!("continue");
        }
        if self.dice.percent(30) {
            node["retry"] = json!({"attempts": self.dice.within(1, 6), "backoff_ms": self.dice.within(10, 2_000)});
        }
        if self.dice.percent(20) && !super::tools::reads(tool) {
            let undo = *self.dice.pick(&["s.write", "s.put", "s.find", "s.blind", "s.delete"]);
            node["undo"] = json!({"tool": undo, "args": {"text": format!("{id} 되돌림")}});
        }
        (id, node)
    }

    /// One node.
    fn leaf(&mut self, region: &mut Region, within: bool) -> String {
        let dice = self.dice.below(100);
        let message = *self.dice.pick(&MESSAGES);
        let correlation = *self.dice.pick(&["", "가", "${input.n}"]);
        let (id, mut node) = match dice {
            0..=6 => {
                let id = self.name("nap");
                let ms = self.dice.within(1, 8_000);
                (id.clone(), json!({"id": id, "type": "wait", "duration_ms": ms}))
            }
            7..=13 => {
                let id = self.name("msg");
                let mut node = json!({"id": id, "type": "wait", "message": message, "correlation": correlation});
                if self.dice.percent(50) {
                    node["timeout_ms"] = json!(self.dice.within(500, 20_000));
                }
                (id, node)
            }
            14..=19 => {
                let id = self.name("emit");
                let mut node = json!({"id": id, "type": "emit", "message": message, "correlation": correlation,
                    "payload": {"n": "${input.n}"}});
                if self.dice.percent(30) {
                    node["ttl_ms"] = json!(self.dice.within(100, 10_000));
                }
                (id, node)
            }
            20..=24 => {
                let id = self.name("gate");
                let mut node = json!({"id": id, "type": "human_gate", "show": {"who": "${input.name}"}});
                if self.dice.percent(40) {
                    node["expires_ms"] = json!(self.dice.within(1_000, 30_000));
                }
                (id, node)
            }
            25..=29 => {
                let id = self.name("form");
                let mut node = json!({"id": id, "type": "human_task",
                    "form": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}});
                if self.dice.percent(40) {
                    node["expires_ms"] = json!(self.dice.within(1_000, 30_000));
                }
                (id, node)
            }
            30..=34 if self.children => {
                let id = self.name("sub");
                let child = *self.dice.pick(&["child", "child2"]);
                (
                    id.clone(),
                    json!({"id": id, "type": "subworkflow", "workflow": child,
                    "input": {"n": "${input.n}", "name": "${input.name}"}}),
                )
            }
            35..=39 => {
                let id = self.name("agent");
                let agents: &[&str] = if self.dice.percent(50) { &["낙관", "비판"] } else { &["혼자"] };
                (id.clone(), json!({"id": id, "type": "agent_call", "agents": agents, "task": "생각해 줘"}))
            }
            40..=41 => {
                let id = self.name("check");
                let rule = json!({"when": format!("value.n < {}", self.dice.within(2, 9)), "message": "커요"});
                (id.clone(), json!({"id": id, "type": "validation", "rules": [rule]}))
            }
            _ => self.tool(region, within),
        };
        if node["type"] == "tool" {
            region.before = Some(id.clone());
        } else if self.dice.percent(50) {
            node["on_error"] = json!("continue");
        }
        region.nodes.push(node);
        id
    }
}
