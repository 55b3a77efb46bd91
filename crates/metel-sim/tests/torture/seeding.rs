//! Puts faults into workflows, where and which drawn from a seed; and makes the like without a fault.

use std::sync::Arc;

use metel_model::contract::{Contract, Idempotency, KeyPlace, Transport};
use metel_model::lang::Text;
use metel_model::workflow::{Edge, JoinMode, Node, NodeKind, OnError, Undo, Workflow};
use metel_rules::contract::Compiled;
use metel_sim::Dice;
use metel_sim::torture::{Flaw, Subject};
use serde_json::{Value, json};

/// A subject with a fault in it: at which step, and how it was made.
pub struct Seeded {
    pub subject: Subject,
    pub step: String,
    pub how: &'static str,
}

/// Contracts that seeding adds.
pub fn contracts() -> Vec<Arc<Compiled>> {
    let of = |id: &str, risk: &str, output: Value| {
        let contract = json!({
            "id": id, "version": "1.0.0", "title": id, "description": id, "risk": [risk],
            "input_schema": {"type": "object", "properties": {}, "additionalProperties": false},
            "output_schema": output,
            "transport": {"type": "http", "method": "POST", "path": "/x"},
            "idempotency": {"type": "natural"}
        });
        let contract: Contract = serde_json::from_value(contract).unwrap();
        Arc::new(Compiled::compile(contract).map_err(|f| format!("{f:?}")).unwrap())
    };
    let open = json!({"type": "object", "required": ["open"], "properties": {"open": {"type": "boolean", "x-volatile": true}}});
    vec![of("seed.peek", "read", open), of("seed.take_back", "write", json!({"type": "object"}))]
}

fn node(id: &str, kind: NodeKind) -> Node {
    Node {
        id: id.to_owned(),
        label: None,
        kind,
        timeout_ms: None,
        retry: None,
        on_error: OnError::Fail,
        success: None,
        undo: None,
        needs: Vec::new(),
    }
}

fn tool(id: &str, tool: &str, args: Value) -> Node {
    node(id, NodeKind::Tool { tool: tool.to_owned(), version: None, args })
}

fn edge(from: &str, to: &str, when: Option<&str>) -> Edge {
    Edge { from: from.to_owned(), to: to.to_owned(), when: when.map(str::to_owned), on: None, label: None }
}

fn contract<'s>(subject: &'s Subject, node: &Node) -> Option<&'s Arc<Compiled>> {
    let NodeKind::Tool { tool, .. } = &node.kind else { return None };
    subject.contracts.iter().find(|compiled| compiled.contract.id == *tool)
}

/// Nodes outside maps whose effect somebody may feel, in the order of the definition.
fn effects(subject: &Subject) -> Vec<usize> {
    let nodes = &subject.workflow.nodes;
    (0..nodes.len())
        .filter(|at| contract(subject, &nodes[*at]).is_some_and(|c| c.contract.is_consequential()))
        .collect()
}

/// What follows a node on an ordinary way.
fn after<'w>(workflow: &'w Workflow, id: &str) -> Vec<&'w str> {
    workflow.edges.iter().filter(|e| e.from == id && e.on.is_none()).map(|e| e.to.as_str()).collect()
}

fn follows(workflow: &Workflow, first: &str, second: &str) -> bool {
    let mut todo = after(workflow, first);
    let mut seen: Vec<&str> = Vec::new();
    while let Some(at) = todo.pop() {
        if at == second {
            return true;
        }
        if !seen.contains(&at) {
            seen.push(at);
            todo.extend(after(workflow, at));
        }
    }
    false
}

/// Reached by a failure only.
fn is_for_failures(workflow: &Workflow, id: &str) -> bool {
    workflow.entry_point != id && !follows(workflow, &workflow.entry_point, id)
}

/// Puts `nodes`, joined by `inner`, behind a node: whatever followed it follows the last of them.
fn put_behind(workflow: &mut Workflow, id: &str, nodes: Vec<Node>, mut inner: Vec<Edge>) {
    let (first, last) = (nodes[0].id.clone(), nodes[nodes.len() - 1].id.clone());
    for edge in workflow.edges.iter_mut().filter(|edge| edge.from == id && edge.on.is_none()) {
        edge.from.clone_from(&last);
    }
    workflow.edges.push(edge(id, &first, None));
    workflow.edges.append(&mut inner);
    workflow.nodes.extend(nodes);
}

fn put_before(workflow: &mut Workflow, id: &str, new: Node) {
    for edge in workflow.edges.iter_mut().filter(|edge| edge.to == id) {
        edge.to.clone_from(&new.id);
    }
    if workflow.entry_point == id {
        workflow.entry_point.clone_from(&new.id);
    }
    workflow.edges.push(edge(&new.id, id, None));
    workflow.nodes.push(new);
}

fn change(subject: &mut Subject, id: &str, how: impl Fn(&mut Contract)) {
    for compiled in subject.contracts.iter_mut().filter(|compiled| compiled.contract.id == id) {
        let mut contract = compiled.contract.clone();
        how(&mut contract);
        *compiled = Arc::new(Compiled::compile(contract).map_err(|f| format!("{f:?}")).unwrap());
    }
}

/// A step without a key that holds.
fn without_key(mut subject: Subject, dice: &mut Dice) -> Option<Seeded> {
    let effects = effects(&subject);
    let at = *effects.get(dice.below(effects.len()))?;
    let step = subject.workflow.nodes[at].id.clone();
    let compiled = contract(&subject, &subject.workflow.nodes[at])?.contract.clone();
    let same = effects.iter().filter(|other| {
        contract(&subject, &subject.workflow.nodes[**other]).is_some_and(|c| c.contract.id == compiled.id)
    });
    let twice = same.count() > 1 && matches!(compiled.idempotency, Idempotency::Key { .. });
    let how = match dice.below(3) {
        0 if twice => {
            change(&mut subject, &compiled.id, |contract| {
                let Idempotency::Key { place: KeyPlace::Header, name } = &contract.idempotency else { return };
                if let Transport::Http(http) = &mut contract.transport {
                    http.headers.insert(name.clone(), "always-the-same".to_owned());
                }
            });
            "another header stands where the key goes"
        }
        1 if compiled.idempotency != Idempotency::Natural => {
            let retry = metel_model::contract::Retry { attempts: 1, ..compiled.retry.clone() };
            subject.workflow.nodes[at].retry = Some(retry);
            "no attempt is left to ask or to send the key again"
        }
        _ => {
            change(&mut subject, &compiled.id, |contract| contract.idempotency = Idempotency::None { reconcile: None });
            "no key and nobody to ask"
        }
    };
    // A fixed header shows at another step of the same tool.
    let step = if how.starts_with("another") { String::new() } else { step };
    Some(Seeded { subject, step, how })
}

/// A gate right before an effect (as it should be), or behind it.
fn with_gate(mut subject: Subject, dice: &mut Dice, late: bool) -> Option<Seeded> {
    // Effects that ask for an approval of their own need no gate.
    let asks = |compiled: &Compiled| {
        use metel_model::status::Risk;
        [Risk::Destructive, Risk::Financial].iter().any(|risk| compiled.contract.has_risk(*risk))
    };
    let workflow = &subject.workflow;
    let guarded = |id: &str| {
        workflow.nodes.iter().any(|n| matches!(n.kind, NodeKind::HumanGate { .. }) && follows(workflow, &n.id, id))
    };
    let all = effects(&subject);
    // The last effect: what stands before it needs no gate of this kind.
    let mut fit: Vec<usize> = all.clone();
    fit.retain(|at| {
        let id = &workflow.nodes[*at].id;
        let last = !all.iter().any(|other| follows(workflow, id, &workflow.nodes[*other].id));
        let compiled = contract(&subject, &workflow.nodes[*at]);
        last && !guarded(id) && !is_for_failures(workflow, id) && !compiled.is_some_and(|c| asks(c))
    });
    let at = *fit.get(dice.below(fit.len()))?;
    let id = subject.workflow.nodes[at].id.clone();
    let NodeKind::Tool { args, .. } = subject.workflow.nodes[at].kind.clone() else { return None };
    let title = Some(Text::new("May it go out?", "내보내도 될까요?"));
    let gate = node("seeded_gate", NodeKind::HumanGate { title, show: args, expires_ms: None });
    let how = match late {
        true => {
            put_behind(&mut subject.workflow, &id, vec![gate], Vec::new());
            "the gate stands behind the effect that it shows"
        }
        false => {
            put_before(&mut subject.workflow, &id, gate);
            "the gate stands before the effect that it shows"
        }
    };
    Some(Seeded { subject, step: "seeded_gate".to_owned(), how })
}

/// An existing gate goes behind the effects that it guarded.
fn gate_moved(mut subject: Subject) -> Option<Seeded> {
    let workflow = &subject.workflow;
    let gate = workflow.nodes.iter().find(|n| matches!(n.kind, NodeKind::HumanGate { .. }))?.id.clone();
    let all = effects(&subject);
    let first = all.iter().map(|at| workflow.nodes[*at].id.clone()).find(|id| follows(workflow, &gate, id))?;
    let next: Vec<String> = after(workflow, &gate).into_iter().map(str::to_owned).collect();
    let [next] = next.as_slice() else { return None };
    // One of several ways leads through it: without it they would be the same.
    if workflow.edges.iter().any(|edge| edge.to == gate && edge.when.is_some()) {
        return None;
    }
    let workflow = &mut subject.workflow;
    workflow.edges.retain(|edge| edge.from != gate);
    for edge in workflow.edges.iter_mut().filter(|edge| edge.to == gate) {
        edge.to.clone_from(next);
    }
    let at = workflow.nodes.iter().position(|n| n.id == gate)?;
    let node = workflow.nodes.remove(at);
    put_behind(workflow, &first, vec![node], Vec::new());
    Some(Seeded { subject, step: gate, how: "the gate was moved behind the effect that it guarded" })
}

/// A branch on something that does not hold still; or, `steady`, on something that does.
fn with_branch(mut subject: Subject, dice: &mut Dice, steady: bool) -> Option<Seeded> {
    let workflow = &subject.workflow;
    let mut fit: Vec<String> = workflow.nodes.iter().map(|n| n.id.clone()).collect();
    let plain = |id: &str| {
        let node = workflow.nodes.iter().find(|n| n.id == id);
        let sides = node.is_some_and(|n| matches!(n.kind, NodeKind::Branch {} | NodeKind::Parallel {}));
        !sides && after(workflow, id).len() == 1
    };
    // Behind one of several ways it might not be gone at all.
    fit.retain(|id| plain(id) && (workflow.entry_point == *id || !is_for_failures(workflow, id)));
    let from = fit.get(dice.below(fit.len()))?.clone();
    let next = after(workflow, &from)[0].to_owned();
    let (mut nodes, mut edges) = (Vec::new(), Vec::new());
    let echo = |id: &str| tool(id, "metel.echo", json!({"text": "sample"}));
    let peek = || tool("seeded_peek", "seed.peek", json!({}));
    let kind = dice.below(3);
    let (when, how) = match (kind, steady) {
        (0, false) => {
            let when = *dice.pick(&[
                "now < '2026-01-01T08:00:00Z'",
                "timestamp(now).getHours() < 12",
                "timestamp(now).getDayOfWeek() == 4",
                "timestamp(now) - timestamp('2026-01-01T00:00:00Z') < duration('20h')",
            ]);
            (when, "a condition on the time")
        }
        (1, _) => {
            nodes.extend([node("seeded_both", NodeKind::Parallel {}), echo("seeded_a"), echo("seeded_b")]);
            let mode = if steady { JoinMode::All } else { JoinMode::Any };
            nodes.push(node("seeded_join", NodeKind::Join { mode }));
            for side in ["seeded_a", "seeded_b"] {
                edges.push(edge("seeded_both", side, None));
                edges.push(edge(side, "seeded_join", None));
            }
            (
                "'seeded_a' in nodes",
                if steady { "a condition behind a whole join" } else { "a condition on which of two was first" },
            )
        }
        (_, false) => {
            nodes.push(peek());
            ("nodes['seeded_peek'].open == true", "a condition on a value that another reading changes")
        }
        (_, true) => {
            nodes.push(echo("seeded_echo"));
            ("nodes['seeded_echo'].text != ''", "a condition on a value that stays")
        }
    };
    if let Some(last) = nodes.last() {
        edges.push(edge(&last.id, "seeded_branch", None));
    }
    nodes.push(node("seeded_branch", NodeKind::Branch {}));
    put_behind(&mut subject.workflow, &from, nodes, edges);
    // The way on is taken if the condition holds; else by way of a node that does nothing.
    for edge in subject.workflow.edges.iter_mut().filter(|e| e.from == "seeded_branch" && e.to == next) {
        edge.when = Some(when.to_owned());
    }
    subject.workflow.nodes.push(node("seeded_else", NodeKind::Parallel {}));
    subject.workflow.edges.push(edge("seeded_branch", "seeded_else", None));
    subject.workflow.edges.push(edge("seeded_else", &next, None));
    Some(Seeded { subject, step: "seeded_branch".to_owned(), how })
}

/// One of two effects is taken back and the other is not; or, `whole`, both are.
fn with_undo(mut subject: Subject, dice: &mut Dice, whole: bool) -> Option<Seeded> {
    let workflow = &subject.workflow;
    let all = effects(&subject);
    let mut pairs = Vec::new();
    for first in &all {
        for second in &all {
            let (a, b) = (&workflow.nodes[*first].id, &workflow.nodes[*second].id);
            // A way past one of them would be no fault.
            let single = |id: &str| workflow.edges.iter().filter(|e| e.to == id).count() <= 1;
            if follows(workflow, a, b) && single(a) && single(b) && !is_for_failures(workflow, b) {
                pairs.push((*first, *second));
            }
        }
    }
    let (first, second) = *pairs.get(dice.below(pairs.len()))?;
    let undo = || Some(Undo { tool: "seed.take_back".to_owned(), args: json!({}) });
    let swap = dice.below(2) == 1;
    let left = if swap { first } else { second };
    for at in &all {
        subject.workflow.nodes[*at].undo = undo();
    }
    let step = subject.workflow.nodes[left].id.clone();
    if !whole {
        subject.workflow.nodes[left].undo = None;
    }
    // Something that may fail has to come after both.
    let last = subject.workflow.nodes[second].id.clone();
    let check = tool("seeded_check", "metel.echo", json!({"text": "sample"}));
    put_behind(&mut subject.workflow, &last, vec![check], Vec::new());
    let how = if whole { "every effect can be taken back" } else { "one effect cannot be taken back" };
    Some(Seeded { subject, step, how })
}

/// A subject with one fault of a kind, if there is a place for it.
pub fn faulty(subject: Subject, flaw: Flaw, dice: &mut Dice) -> Option<Seeded> {
    match flaw {
        Flaw::MissingKey => without_key(subject, dice),
        Flaw::LateGate => {
            let has = subject.workflow.nodes.iter().any(|n| matches!(n.kind, NodeKind::HumanGate { .. }));
            if has { gate_moved(subject) } else { with_gate(subject, dice, true) }
        }
        Flaw::UnsteadyCondition => with_branch(subject, dice, false),
        Flaw::ForgottenUndo => with_undo(subject, dice, false),
        Flaw::Metel => None,
    }
}

/// The like of it without the fault.
pub fn clean(subject: Subject, flaw: Flaw, dice: &mut Dice) -> Option<Seeded> {
    match flaw {
        Flaw::LateGate => with_gate(subject, dice, false),
        Flaw::UnsteadyCondition => with_branch(subject, dice, true),
        Flaw::ForgottenUndo => with_undo(subject, dice, true),
        _ => None,
    }
}
