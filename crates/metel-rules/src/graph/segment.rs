//! Long maps: the workflow of a child run that does some of the items.
//!
//! It is the map alone, made from the parent's program, the same every time. What its body reads from
//! outside comes with the child's input, and is named here. Nothing else of the parent is in it.

use std::collections::{BTreeMap, BTreeSet};

use metel_model::workflow::{Node, NodeKind, Workflow};
use serde_json::{Value, json};

use super::program::{Kind, Program};
use crate::cel;
use crate::refs::{Reference, Segment, Template};

/// Roots that a body reads from around its map: all of one, or only some of its members.
pub type Outer = BTreeMap<String, Option<BTreeSet<String>>>;

impl Program {
    /// The workflow of the child runs of a long map.
    pub fn segment(&self, map: usize) -> Option<Workflow> {
        let node = find(&self.workflow.nodes, &self.nodes[map].id)?;
        let NodeKind::Map { concurrency, on_item_error, body, .. } = &node.kind else { return None };
        let kind = NodeKind::Map {
            items: json!({ "$ref": "input.items" }),
            concurrency: *concurrency,
            on_item_error: *on_item_error,
            body: body.clone(),
        };
        let only = Node {
            id: node.id.clone(),
            label: node.label.clone(),
            kind,
            timeout_ms: None,
            retry: None,
            on_error: Default::default(),
            success: None,
            undo: None,
            needs: Vec::new(),
        };
        Some(Workflow {
            name: format!("{}.{}", self.workflow.name, node.id),
            title: node.label.clone().unwrap_or_else(|| self.workflow.title.clone()),
            description: None,
            input_schema: Value::Null,
            nodes: vec![only],
            edges: Vec::new(),
            entry_point: node.id.clone(),
            output: Value::Null,
            deadline_ms: None,
            trigger: Value::Null,
            success: None,
            segment: true,
        })
    }

    /// What the body of a map reads from around it.
    pub fn outer_of(&self, map: usize) -> Outer {
        let mut outer = Outer::new();
        for (at, node) in self.nodes.iter().enumerate().filter(|(at, _)| self.is_within(*at, map)) {
            let inner = |root: &str| {
                matches!(root, "item" | "index" | "now" | "output" | "response" | "value")
                    || self.position(root).is_some_and(|target| self.is_within(target, map) || target == at)
            };
            for template in templates(&node.kind).chain(node.undo.as_ref().map(|undo| &undo.args)) {
                template.visit(&mut |_, reference, _| {
                    if !inner(&reference.root) {
                        add(&mut outer, reference);
                    }
                });
            }
            for condition in conditions(&node.kind).chain(&node.success).chain(node.outs.iter().flat_map(|o| &o.when)) {
                for root in condition.references().filter(|root| !inner(root)) {
                    outer.insert(root.to_owned(), None);
                }
            }
            // An agent without an input of its own is shown the run's.
            if matches!(node.kind, Kind::Agents { input: None, .. } | Kind::Validation { value: None, .. }) {
                outer.insert("input".to_owned(), None);
            }
        }
        outer
    }
}

fn add(outer: &mut Outer, reference: &Reference) {
    // `params` is another name of the same.
    let root = if reference.root == "params" { "input" } else { &reference.root };
    let entry = outer.entry(root.to_owned()).or_insert_with(|| Some(BTreeSet::new()));
    match (reference.path.first(), entry) {
        (Some(Segment::Key(key)), Some(keys)) => {
            keys.insert(key.clone());
        }
        (_, entry) => *entry = None,
    }
}

fn find<'n>(nodes: &'n [Node], id: &str) -> Option<&'n Node> {
    nodes.iter().find_map(|node| match &node.kind {
        _ if node.id == id => Some(node),
        NodeKind::Map { body, .. } | NodeKind::Loop { body, .. } => find(&body.nodes, id),
        _ => None,
    })
}

fn templates(kind: &Kind) -> impl Iterator<Item = &Template> {
    let (first, second): (Option<&Template>, Option<&Template>) = match kind {
        Kind::Validation { value, .. } => (value.as_ref(), None),
        Kind::Tool { args, .. } => (Some(args), None),
        Kind::Agents { task, input, .. } => (task.as_ref(), input.as_ref()),
        Kind::Gate { show, .. } => (show.as_ref(), None),
        Kind::Map { items, .. } => (Some(items), None),
        Kind::Loop { first, .. } => (first.as_ref(), None),
        Kind::Wait { until, .. } => (until.as_ref(), None),
        Kind::Message { correlation, .. } => (correlation.as_ref(), None),
        Kind::Emit { correlation, payload, .. } => (correlation.as_ref(), payload.as_ref()),
        Kind::Task(task) => (task.show.as_ref(), task.assignee.as_ref()),
        Kind::Sub { input, .. } => (input.as_ref(), None),
        Kind::Finalize { output } => (output.as_ref(), None),
        Kind::Branch | Kind::Parallel | Kind::Join(_) => (None, None),
    };
    first.into_iter().chain(second)
}

fn conditions(kind: &Kind) -> impl Iterator<Item = &cel::Program> {
    let (rules, until): (&[_], _) = match kind {
        Kind::Validation { rules, .. } => (rules, None),
        Kind::Loop { until, .. } => (&[], Some(until)),
        _ => (&[], None),
    };
    rules.iter().map(|(when, _)| when).chain(until)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::graph::read_pipeline;

    fn program() -> Program {
        let workflow = read_pipeline(
            "t",
            &json!({"nodes": [
                {"id": "a", "type": "tool", "tool": "s.read", "args": {}},
                {"id": "m", "type": "map", "items": {"$ref": "input.list"}, "concurrency": 7, "on_item_error": "continue",
                    "body": {"nodes": [
                        {"id": "w", "type": "tool", "tool": "s.write",
                            "args": {"text": "${a.url} ${item} ${input.name} ${params.이름}", "to": "${index}"}},
                        {"id": "v", "type": "validation", "value": "${w.url}",
                            "rules": [{"when": "size(a.url) > 0 && value != run.name", "message": "x"}]}
                    ], "edges": [{"from": "w", "to": "v"}], "entry_point": "w"}}
            ], "edges": [{"from": "a", "to": "m"}], "entry_point": "a"}),
        )
        .unwrap();
        Program::compile(workflow).map_err(|f| format!("{f:?}")).unwrap()
    }

    #[test]
    fn only_what_is_read_goes_along() {
        let program = program();
        let outer = program.outer_of(program.position("m").unwrap());
        let keys: BTreeSet<String> = ["name".to_owned(), "이름".to_owned()].into();
        assert_eq!(outer, [("a".to_owned(), None), ("input".to_owned(), Some(keys)), ("run".to_owned(), None)].into());
    }

    #[test]
    fn the_child_is_the_map_alone_and_always_the_same() {
        let (one, two) = (program(), program());
        let make = |program: &Program| {
            let workflow = program.segment(program.position("m").unwrap()).unwrap();
            Program::compile(workflow).map_err(|f| format!("{f:?}")).unwrap()
        };
        let child = make(&one);
        assert_eq!(child.digest, make(&two).digest);
        assert_eq!((child.nodes.len(), child.top.len()), (3, 1));
        let Kind::Map { concurrency: 7, .. } = child.nodes[child.entry].kind else { panic!("the map") };
        let text = serde_json::to_string(&child.workflow).unwrap();
        let read: Workflow = serde_json::from_str(&text).unwrap();
        assert_eq!(Program::compile(read).map_err(|f| format!("{f:?}")).unwrap().digest, child.digest);
        assert!(read_pipeline("t", &serde_json::from_str(&text).unwrap()).is_err(), "no front reads it");
    }
}
