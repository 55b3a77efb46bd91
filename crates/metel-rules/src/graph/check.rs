//! Whether a compiled workflow holds: every fault at once, each with its place.

use metel_model::contract::Contract;
use metel_model::fault::FieldFault;
use metel_model::workflow::{JoinMode, OnError};

use super::order::{Ancestors, reach, sort};
use super::program::{Kind, PNode, Program};
use crate::cel;
use crate::refs::{Reference, Segment, Template};

/// The contracts and workflows that a definition may use.
pub trait Tools {
    fn contract(&self, id: &str) -> Option<&Contract>;
    fn has_workflow(&self, name: &str) -> bool;
    /// Agents that exist; `None` when they are not checked here.
    fn has_agent(&self, name: &str) -> bool;
}

/// Finds everything that does not hold. An empty list means the program can run.
pub fn check(program: &Program, tools: &dyn Tools) -> Vec<FieldFault> {
    let mut check = Check { program, tools, faults: Vec::new() };
    let successors: Vec<Vec<usize>> =
        program.nodes.iter().map(|node| node.outs.iter().map(|out| out.to).collect()).collect();
    let order = sort(program.nodes.len(), &successors);
    check.cycles(&order.cyclic);
    check.reachable(&successors);
    // A body comes after whatever its map or loop comes after.
    let mut nested = successors.clone();
    for (i, node) in program.nodes.iter().enumerate() {
        if let Some((entry, _)) = node.kind.body() {
            nested[i].push(entry);
        }
    }
    let sorted = sort(program.nodes.len(), &nested).sorted;
    if order.cyclic.is_empty() {
        let before = Ancestors::new(program.nodes.len(), &sorted, &nested);
        for (i, node) in program.nodes.iter().enumerate() {
            check.node(i, node, &before);
        }
        for (node, most) in super::joins::starved(program) {
            check.starved(&program.nodes[node], most);
        }
        check.outputs();
    }
    check.faults
}

struct Check<'c> {
    program: &'c Program,
    tools: &'c dyn Tools,
    faults: Vec<FieldFault>,
}

impl Check<'_> {
    fn fault(&mut self, at: String, en: String, ko: String) {
        self.faults.push(FieldFault::new(at, en, ko));
    }

    fn cycles(&mut self, cyclic: &[usize]) {
        if let Some(first) = cyclic.first() {
            let names: Vec<&str> = cyclic.iter().take(10).map(|i| self.program.nodes[*i].id.as_str()).collect();
            let at = self.program.nodes[*first].pointer.clone();
            self.fault(
                at,
                format!("the order turns in a circle: {}", names.join(", ")),
                format!("순서가 돌고 돌아요: {}", names.join(", ")),
            );
        }
    }

    fn reachable(&mut self, successors: &[Vec<usize>]) {
        let program = self.program;
        let mut seen = reach(program.entry, successors);
        for node in &program.nodes {
            if let Some((entry, _)) = node.kind.body() {
                for (at, reached) in reach(entry, successors).into_iter().enumerate() {
                    seen[at] |= reached;
                }
            }
        }
        for (i, node) in program.nodes.iter().enumerate() {
            if !seen[i] {
                self.fault(
                    node.pointer.clone(),
                    format!("`{}` can never be reached", node.id),
                    format!("`{}`에는 닿을 길이 없어요", node.id),
                );
            }
        }
    }

    fn node(&mut self, here: usize, node: &PNode, before: &Ancestors) {
        let at = &node.pointer;
        match &node.kind {
            Kind::Validation { value, rules, .. } => {
                self.references(value.as_ref(), &format!("{at}/value"), here, before);
                for (i, (when, _)) in rules.iter().enumerate() {
                    self.condition(when, &format!("{at}/rules/{i}/when"), here, before, &["value"]);
                }
            }
            Kind::Tool { tool, args } => {
                self.references(Some(args), &format!("{at}/args"), here, before);
                self.tool(&node.pointer, tool, args);
            }
            Kind::Agents { agents, task, input, tools, .. } => {
                for (i, tool) in tools.iter().enumerate() {
                    if self.tools.contract(tool).is_none() {
                        self.fault(
                            format!("{at}/tools/{i}"),
                            format!("there is no tool `{tool}`"),
                            format!("`{tool}`이라는 도구가 없어요"),
                        );
                    }
                }
                for (i, agent) in agents.iter().enumerate() {
                    if !self.tools.has_agent(agent) {
                        self.fault(
                            format!("{at}/agents/{i}"),
                            format!("there is no agent `{agent}`"),
                            format!("`{agent}`라는 에이전트가 없어요"),
                        );
                    }
                }
                self.references(task.as_ref(), &format!("{at}/task"), here, before);
                self.references(input.as_ref(), &format!("{at}/input"), here, before);
            }
            Kind::Gate { show, .. } => self.references(show.as_ref(), &format!("{at}/show"), here, before),
            Kind::Branch => self.branch(here, node, before),
            Kind::Join(mode) => self.join(node, *mode),
            Kind::Map { items, .. } => self.references(Some(items), &format!("{at}/items"), here, before),
            Kind::Loop { until, first, .. } => {
                self.references(first.as_ref(), &format!("{at}/first"), here, before);
                self.condition(until, &format!("{at}/until"), here, before, &["item", "index"]);
            }
            Kind::Wait { until, .. } => self.references(until.as_ref(), &format!("{at}/until"), here, before),
            Kind::Message { correlation, .. } => {
                self.references(correlation.as_ref(), &format!("{at}/correlation"), here, before);
            }
            Kind::Emit { correlation, payload, .. } => {
                self.references(correlation.as_ref(), &format!("{at}/correlation"), here, before);
                self.references(payload.as_ref(), &format!("{at}/payload"), here, before);
            }
            Kind::Task(task) => {
                self.references(task.show.as_ref(), &format!("{at}/show"), here, before);
                self.references(task.assignee.as_ref(), &format!("{at}/assignee"), here, before);
            }
            Kind::Sub { workflow, input } => {
                if !self.tools.has_workflow(workflow) {
                    self.fault(
                        format!("{at}/workflow"),
                        format!("there is no workflow `{workflow}`"),
                        format!("`{workflow}`라는 워크플로가 없어요"),
                    );
                }
                self.references(input.as_ref(), &format!("{at}/input"), here, before);
            }
            Kind::Finalize { output } => self.references(output.as_ref(), &format!("{at}/output"), here, before),
            Kind::Parallel => {}
        }
        self.undo(here, node, before);
        if let Some(success) = &node.success {
            self.condition(success, &format!("{at}/success"), here, before, &["output", "response"]);
        }
        let has_error_edge = node.outs.iter().any(|out| out.on_error);
        if (node.on_error == OnError::Branch) != has_error_edge {
            self.fault(
                format!("{at}/on_error"),
                "`on_error: branch` and an edge with `on: error` go together".into(),
                "`on_error: branch`와 `on: error` 선은 함께 있어야 해요".into(),
            );
        }
    }

    fn branch(&mut self, here: usize, node: &PNode, before: &Ancestors) {
        if node.outs.is_empty() {
            self.fault(
                node.pointer.clone(),
                "a branch needs outgoing edges".into(),
                "branch에는 나가는 선이 있어야 해요".into(),
            );
        }
        if node.outs.iter().filter(|out| out.when.is_none()).count() > 1 {
            self.fault(
                node.pointer.clone(),
                "a branch has at most one edge without a condition (the default)".into(),
                "branch에서 조건 없는 선(기본)은 하나만 둘 수 있어요".into(),
            );
        }
        for out in &node.outs {
            if let Some(when) = &out.when {
                self.condition(when, &format!("{}/when", out.pointer), here, before, &[]);
            }
        }
    }

    fn join(&mut self, node: &PNode, mode: JoinMode) {
        if let JoinMode::AtLeast(n) = mode
            && (n == 0 || n > node.ins)
        {
            self.fault(
                format!("{}/mode", node.pointer),
                format!("waits for {n} of {} edges and can never complete", node.ins),
                format!("들어오는 선 {}개 가운데 {n}개를 기다려서 끝날 수 없어요", node.ins),
            );
        }
    }

    /// Fewer edges than it waits for can ever be taken together.
    fn starved(&mut self, node: &PNode, most: u32) {
        let Kind::Join(JoinMode::AtLeast(n)) = node.kind else { return };
        self.fault(
            format!("{}/mode", node.pointer),
            format!("waits for {n} edges, but branches let at most {most} be taken together: it can never complete"),
            format!("선 {n}개를 기다리는데 갈림길 때문에 함께 올 수 있는 선은 {most}개까지라 끝날 수 없어요"),
        );
    }

    fn undo(&mut self, here: usize, node: &PNode, before: &Ancestors) {
        let Some(undo) = &node.undo else { return };
        let at = format!("{}/undo", node.pointer);
        let acts = matches!(node.kind, Kind::Tool { .. } | Kind::Agents { .. } | Kind::Sub { .. })
            || matches!(node.kind, Kind::Emit { .. } | Kind::Task(_));
        if !acts {
            self.fault(
                at.clone(),
                "this node type has no effect that could be undone".into(),
                "이 단계 종류에는 되돌릴 것이 없어요".into(),
            );
        }
        let mut wrong = Vec::new();
        undo.args.visit(&mut |pointer, reference, _| {
            // What it undoes has succeeded by then.
            let found = match reference.root == node.id {
                true => self.no_such_key(reference),
                false => self.unreachable(reference, here, before),
            };
            if let Some((en, ko)) = found {
                wrong.push(FieldFault::new(format!("{at}/args{pointer}"), en, ko));
            }
        });
        self.faults.extend(wrong);
        self.tool(&at, &undo.tool, &undo.args);
    }

    fn tool(&mut self, place: &str, tool: &str, args: &Template) {
        let at = format!("{place}/tool");
        let Some(contract) = self.tools.contract(tool) else {
            self.fault(at, format!("there is no tool `{tool}`"), format!("`{tool}`이라는 도구가 없어요"));
            return;
        };
        let properties = contract.input_schema.get("properties").and_then(|p| p.as_object());
        let Some(properties) = properties else { return };
        let names: Vec<&str> = match args {
            Template::Object(members) => members.iter().map(|(name, _)| name.as_str()).collect(),
            Template::Literal(serde_json::Value::Object(members)) => members.keys().map(String::as_str).collect(),
            _ => return,
        };
        for name in &names {
            if !properties.contains_key(*name) {
                self.faults.push(FieldFault::new(
                    metel_model::json::pointer_push(&format!("{place}/args"), name),
                    format!("`{tool}` has no field `{name}`"),
                    format!("`{tool}`에는 `{name}` 항목이 없어요"),
                ));
            }
        }
        let mut wrong = Vec::new();
        args.visit(&mut |pointer, reference, whole| {
            let field = pointer.trim_start_matches('/');
            let wants = properties.get(field).and_then(|p| p.get("x-type")).and_then(|t| t.as_str());
            let gives = self.product_type(reference);
            if let (true, Some(wants), Some(gives)) = (whole, wants, gives)
                && !fits(gives, wants)
            {
                wrong.push((pointer.to_owned(), reference.to_string(), gives.to_owned(), wants.to_owned()));
            }
        });
        for (pointer, reference, gives, wants) in wrong {
            self.fault(
                format!("{place}/args{pointer}"),
                format!("`{reference}` is a {gives}, and {wants} is wanted"),
                format!("`{reference}`는 {gives}인데 {wants}가 필요해요"),
            );
        }
    }

    /// The semantic type of what a reference names, where a contract declares it.
    fn product_type(&self, reference: &Reference) -> Option<&str> {
        let Kind::Tool { tool, .. } = &self.program.find(&reference.root)?.kind else { return None };
        match reference.path.as_slice() {
            [Segment::Key(key)] => self.tools.contract(tool)?.produces.get(key).map(|p| p.kind.as_str()),
            _ => None,
        }
    }

    fn references(&mut self, template: Option<&Template>, at: &str, here: usize, before: &Ancestors) {
        let Some(template) = template else { return };
        let mut wrong = Vec::new();
        template.visit(&mut |pointer, reference, _| {
            if let Some((en, ko)) = self.unreachable(reference, here, before) {
                wrong.push(FieldFault::new(format!("{at}{pointer}"), en, ko));
            }
        });
        self.faults.extend(wrong);
    }

    /// Why a reference cannot hold at a node; `None` when it can.
    fn unreachable(&self, reference: &Reference, here: usize, before: &Ancestors) -> Option<(String, String)> {
        let root = reference.root.as_str();
        let in_map = self.program.nodes[here].parent.is_some();
        match root {
            "input" | "params" | "run" => return None,
            "item" | "index" if in_map => return None,
            "item" | "index" => {
                return Some((
                    format!("`{root}` exists only inside a map or a loop"),
                    format!("`{root}`은 map이나 loop 안에서만 쓸 수 있어요"),
                ));
            }
            _ => {}
        }
        let Some(target) = self.program.position(root) else {
            return Some((
                format!("`{reference}` names the step `{root}`, which does not exist"),
                format!("`{reference}`가 가리키는 `{root}` 단계가 없어요"),
            ));
        };
        if !before.is_before(target, here) || self.program.is_within(here, target) {
            return Some((
                format!("`{reference}` names a step that does not come before this one"),
                format!("`{reference}`가 가리키는 단계가 이 단계보다 앞에 있지 않아요"),
            ));
        }
        self.no_such_key(reference)
    }

    fn no_such_key(&self, reference: &Reference) -> Option<(String, String)> {
        let Kind::Tool { tool, .. } = &self.program.find(&reference.root)?.kind else { return None };
        let contract = self.tools.contract(tool)?;
        let Some(Segment::Key(key)) = reference.path.first() else { return None };
        if contract.produces.contains_key(key) {
            return None;
        }
        let declared = contract.output_schema.as_ref().and_then(|s| s.get("properties"));
        if declared.is_none_or(|properties| properties.get(key).is_some()) && contract.output_schema.is_some() {
            return None;
        }
        let has: Vec<&str> = contract.produces.keys().map(String::as_str).collect();
        Some((
            format!("`{tool}` leaves no `{key}`: it leaves {}", has.join(", ")),
            format!("`{tool}`은 `{key}`를 남기지 않아요. 남기는 것: {}", has.join(", ")),
        ))
    }

    fn condition(&mut self, program: &cel::Program, at: &str, here: usize, before: &Ancestors, more: &[&str]) {
        let in_map = self.program.nodes[here].parent.is_some();
        let wrong: Vec<String> = program
            .references()
            .filter(|name| match *name {
                "input" | "params" | "nodes" | "run" | "now" => false,
                other if more.contains(&other) => false,
                "item" | "index" => !in_map,
                other => !self
                    .program
                    .position(other)
                    .is_some_and(|target| before.is_before(target, here) && !self.program.is_within(here, target)),
            })
            .map(str::to_owned)
            .collect();
        for name in wrong {
            self.fault(
                at.to_owned(),
                format!("`{name}` is not known here: use input, nodes['id'], or a step that comes before"),
                format!("`{name}`은 여기서 알 수 없어요. input, nodes['id'], 앞선 단계를 쓰세요"),
            );
        }
    }

    fn outputs(&mut self) {
        let program = self.program;
        let Some(output) = &program.output else { return };
        let mut wrong = Vec::new();
        output.visit(&mut |pointer, reference, _| {
            let known = matches!(reference.root.as_str(), "input" | "params" | "run")
                || program.find(&reference.root).is_some_and(|node| node.parent.is_none());
            if !known {
                wrong.push(FieldFault::new(
                    format!("/output{pointer}"),
                    format!("`{reference}` names no step of this workflow"),
                    format!("`{reference}`가 가리키는 단계가 없어요"),
                ));
            }
        });
        self.faults.extend(wrong);
    }
}

/// Whether a value of type `gives` can stand where `wants` is asked for: the same type, a more
/// special one (`notion.page_url` is a `url`), or plain text.
pub(crate) fn fits(gives: &str, wants: &str) -> bool {
    let tail = |t: &str| t.rsplit('.').next().unwrap_or(t).to_owned();
    let (g, w) = (tail(gives), tail(wants));
    gives == wants
        || matches!(wants, "text" | "any" | "title")
        || gives == "any"
        || g == w
        || g.ends_with(&format!("_{w}"))
}
