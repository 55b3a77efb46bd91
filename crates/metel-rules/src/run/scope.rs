//! What a step can see: the run's input, earlier steps, the item of the map or loop that it stands in.
//! In a child run that does a part of a long map, what the parent's steps left comes with the input.

use std::borrow::Cow;
use std::sync::Arc;

use metel_model::run::{Run, Step};
use metel_model::status::StepStatus;
use metel_model::stored::Stored;
use serde_json::{Map, Value, json};

use super::turn::{Library, Refusal};
use crate::cel;
use crate::contract::Compiled;
use crate::graph::{Kind, Program, scope_of, step_in};
use crate::refs::{Reference, Scope, Segment, Unresolved};

/// The view from one step.
pub(super) struct View<'v> {
    pub run: &'v Run,
    pub library: &'v dyn Library,
    /// The step's scope: `[3]` in a map.
    pub scope: String,
    /// The step of the map whose item this is.
    map: Option<String>,
    /// The map itself, within its program.
    node: Option<usize>,
    program: Option<&'v Program>,
    /// Further names: `output`, `response`, `value`.
    pub more: Vec<(&'static str, Value)>,
    pub now: metel_model::Micros,
    /// Values that are being stored and cannot be looked up yet.
    own: &'v [(metel_model::Digest, String)],
}

impl<'v> View<'v> {
    pub fn of(
        run: &'v Run,
        library: &'v dyn Library,
        program: Option<&'v Program>,
        step: &str,
        now: metel_model::Micros,
    ) -> Self {
        let scope = scope_of(step);
        let node = program.and_then(|program| program.node_of(step)?.parent);
        let map = scope.rfind('[').and_then(|open| Some(step_in(&program?.nodes[node?].id, &scope[..open])));
        Self { run, library, scope: scope.to_owned(), map, node, program, more: Vec::new(), now, own: &[] }
    }

    #[must_use]
    pub fn over(mut self, own: &'v [(metel_model::Digest, String)]) -> Self {
        self.own = own;
        self
    }

    fn blob(&self, digest: &metel_model::Digest) -> Option<Arc<Value>> {
        let own = self.own.iter().find(|(known, _)| known == digest);
        let own = own.and_then(|(_, text)| serde_json::from_str(text).ok()).map(Arc::new);
        own.or_else(|| self.library.blob(digest))
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: Value) -> Self {
        self.more.push((name, value));
        self
    }

    fn load<'a>(&'a self, stored: &'a Stored) -> Result<Cow<'a, Value>, Unresolved> {
        match stored {
            Stored::Inline(value) => Ok(Cow::Borrowed(value)),
            Stored::Blob { digest, .. } => match self.blob(digest) {
                Some(value) => Ok(Cow::Owned(Arc::unwrap_or_clone(value))),
                None => Err(Unresolved::Blob(*digest)),
            },
        }
    }

    /// The step of a node as seen from here: in this scope, or in one around it.
    fn step(&self, node: &str) -> Option<&Step> {
        self.step_from(node, &self.scope)
    }

    fn step_from(&self, node: &str, mut scope: &str) -> Option<&Step> {
        loop {
            if let Some(step) = self.run.steps.get(&step_in(node, scope)) {
                return Some(step);
            }
            let cut = scope.rfind('[')?;
            scope = &scope[..cut];
        }
    }

    fn shared(&self, stored: &Stored) -> Result<Arc<Value>, Unresolved> {
        match stored {
            Stored::Inline(value) => Ok(value.clone()),
            Stored::Blob { digest, .. } => self.blob(digest).ok_or(Unresolved::Blob(*digest)),
        }
    }

    /// Whether outsiders may have written what a name stands for in a scope: an item is as untrusted as
    /// the list that it comes from, or as the round before.
    fn is_untrusted(&self, name: &str, around: Option<usize>, scope: &str) -> bool {
        if matches!(name, "input" | "params") && !self.is_segment() {
            return self.run.untrusted_input;
        }
        if name != "item" {
            let step = self.step_from(name, scope);
            return step.map_or_else(|| self.comes_untrusted(name), |step| step.untrusted);
        }
        let (Some(program), Some(around), Some(cut)) = (self.program, around, scope.rfind('[')) else { return false };
        let node = &program.nodes[around];
        let from = match &node.kind {
            Kind::Map { .. } if self.is_segment() && node.parent.is_none() => return self.comes_untrusted("item"),
            Kind::Map { items, .. } => Some(items),
            Kind::Loop { first, .. } => {
                let items = self.run.steps.get(&step_in(&node.id, &scope[..cut])).and_then(|step| step.items.as_ref());
                match items.filter(|items| items.done > 0) {
                    Some(items) => return items.untrusted,
                    None => first.as_ref(),
                }
            }
            _ => None,
        };
        let mut untrusted = false;
        if let Some(template) = from {
            template.visit(&mut |_, reference, _| {
                untrusted |= self.is_untrusted(&reference.root, node.parent, &scope[..cut]);
            });
        }
        untrusted
    }

    /// Whether this run does a part of a long map.
    fn is_segment(&self) -> bool {
        self.program.is_some_and(|program| program.workflow.segment)
    }

    /// Whether the parent says that outsiders may have written what a name stands for.
    fn comes_untrusted(&self, name: &str) -> bool {
        let name = if name == "params" { "input" } else { name };
        self.is_segment()
            && self.shared(&self.run.input).is_ok_and(|input| {
                let names = input.get("untrusted").and_then(Value::as_array);
                names.is_some_and(|names| names.iter().any(|known| known == name))
            })
    }

    /// What a name stood for at the parent's step.
    fn outer(&self, name: &str) -> Result<Option<(Cow<'_, Value>, bool)>, Unresolved> {
        if !self.is_segment() {
            return Ok(None);
        }
        let name = if name == "params" { "input" } else { name };
        let input = self.shared(&self.run.input)?;
        let value = input.get("outer").and_then(|outer| outer.get(name)).cloned();
        Ok(value.map(|value| (Cow::Owned(value), self.comes_untrusted(name))))
    }

    /// The whole of what a name stands for here, and whether outsiders may have written it.
    pub fn whole(&self, name: &str) -> Result<Option<(Value, bool)>, Refusal> {
        if name == "nodes" {
            let untrusted = self.run.steps.values().any(|step| step.untrusted) || self.comes_untrusted(name);
            return Ok(Some((self.nodes()?, untrusted)));
        }
        match self.root(name) {
            Ok(found) => Ok(found.map(|(value, untrusted)| (value.into_owned(), untrusted))),
            Err(Unresolved::Blob(digest)) => Err(Refusal::Needs(vec![digest])),
            Err(Unresolved::Missing(_)) => Ok(None),
        }
    }

    /// Index and value of the innermost item, or what the round before left.
    fn item(&self) -> Result<Option<(u32, Value)>, Unresolved> {
        let Some(open) = self.scope.rfind('[') else { return Ok(None) };
        let Ok(index) = self.scope[open + 1..self.scope.len() - 1].parse::<u32>() else { return Ok(None) };
        let items = self.map.as_ref().and_then(|map| self.run.steps.get(map)).and_then(|step| step.items.as_ref());
        let Some(items) = items else { return Ok(None) };
        if items.rounds {
            return Ok(Some((index, self.before(items)?)));
        }
        let Some(list) = &items.list else { return Ok(None) };
        let list = self.shared(list)?;
        let top = self.node.is_none_or(|node| self.program.is_none_or(|p| p.nodes[node].parent.is_none()));
        let first = match self.is_segment() && top {
            true => self.shared(&self.run.input)?.get("first").and_then(Value::as_u64).unwrap_or_default() as u32,
            false => 0,
        };
        Ok(list.get(index as usize).map(|value| (first + index, value.clone())))
    }

    /// What the round before the present one left; before the first, what the loop begins with.
    fn before(&self, items: &metel_model::run::Items) -> Result<Value, Unresolved> {
        let Some((_, parts)) = items.results.last_key_value() else {
            return items.list.as_ref().map_or(Ok(Value::Null), |first| Ok(self.shared(first)?.as_ref().clone()));
        };
        let mut values = Map::new();
        for (end, stored) in parts {
            values.insert(end.clone(), self.shared(stored)?.as_ref().clone());
        }
        Ok(match values.len() {
            0 => Value::Null,
            1 => values.into_iter().next().map(|(_, value)| value).unwrap_or_default(),
            _ => Value::Object(values),
        })
    }

    fn root(&self, name: &str) -> Result<Option<(Cow<'_, Value>, bool)>, Unresolved> {
        if let Some((_, value)) = self.more.iter().find(|(known, _)| *known == name) {
            return Ok(Some((Cow::Borrowed(value), false)));
        }
        Ok(match name {
            "input" | "params" | "run" if self.is_segment() => self.outer(name)?,
            "input" | "params" => Some((self.load(&self.run.input)?, self.run.untrusted_input)),
            "run" => Some((Cow::Owned(self.facts_of_run()), false)),
            "item" => {
                self.item()?.map(|(_, value)| (Cow::Owned(value), self.is_untrusted("item", self.node, &self.scope)))
            }
            "index" => self.item()?.map(|(index, _)| (Cow::Owned(json!(index)), false)),
            node => match self.step(node) {
                Some(step) if step.status == StepStatus::Succeeded => Some((self.result(step)?, step.untrusted)),
                Some(_) => None,
                None => self.outer(node)?,
            },
        })
    }

    /// A step's output with its products beside it; products win.
    fn result<'a>(&'a self, step: &'a Step) -> Result<Cow<'a, Value>, Unresolved> {
        let null = Cow::Owned(Value::Null);
        let output = match &step.output {
            Some(stored) => self.load(stored)?,
            None => null,
        };
        if step.products.is_empty() {
            return Ok(output);
        }
        let mut object = match output.into_owned() {
            Value::Object(object) => object,
            Value::Null => Map::new(),
            other => Map::from_iter([("output".to_owned(), other)]),
        };
        for (key, value) in &step.products {
            object.insert(key.clone(), value.clone());
        }
        Ok(Cow::Owned(Value::Object(object)))
    }

    fn facts_of_run(&self) -> Value {
        json!({
            "id": self.run.id,
            "name": self.run.name,
            "request": self.run.request.as_ref().map(|r| r.text.as_str()),
            "by": self.run.by,
        })
    }

    /// Computes a condition.
    pub fn holds(&self, condition: &cel::Program) -> Result<Result<bool, cel::CelError>, Refusal> {
        let vars = Vars::new(self, condition)?;
        Ok(condition.truth(&vars, cel::Fuel::default()))
    }
}

/// The names that one condition reads, resolved beforehand.
pub(super) struct Vars(Vec<(String, Value)>);

impl Vars {
    fn new(view: &View<'_>, condition: &cel::Program) -> Result<Self, Refusal> {
        let mut vars = Vec::new();
        for name in condition.references() {
            let value = match name {
                "nodes" => view.nodes()?,
                "now" => Value::String(view.now.rfc3339()),
                other => match view.root(other) {
                    Ok(Some((value, _))) => value.into_owned(),
                    Ok(None) => continue,
                    Err(Unresolved::Blob(digest)) => return Err(Refusal::Needs(vec![digest])),
                    Err(Unresolved::Missing(_)) => continue,
                },
            };
            vars.push((name.to_owned(), value));
        }
        Ok(Self(vars))
    }
}

impl cel::Resolve for Vars {
    fn resolve(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| Cow::Borrowed(value))
    }
}

impl View<'_> {
    fn nodes(&self) -> Result<Value, Refusal> {
        match self.outer("nodes") {
            Ok(Some((nodes, _))) => return Ok(nodes.into_owned()),
            Err(Unresolved::Blob(digest)) => return Err(Refusal::Needs(vec![digest])),
            _ => {}
        }
        let mut nodes = Map::new();
        for (id, step) in &self.run.steps {
            if step.status == StepStatus::Succeeded && !id.contains(['[', '#', '@', '!']) {
                match self.result(step) {
                    Ok(value) => nodes.insert(id.clone(), value.into_owned()),
                    Err(Unresolved::Blob(digest)) => return Err(Refusal::Needs(vec![digest])),
                    Err(Unresolved::Missing(_)) => None,
                };
            }
        }
        Ok(Value::Object(nodes))
    }
}

impl Scope for View<'_> {
    fn get(&self, reference: &Reference) -> Result<(Cow<'_, Value>, bool), Unresolved> {
        let missing = || Unresolved::Missing(reference.to_string());
        if let (Some(step), Some(Segment::Key(key))) = (self.step(&reference.root), reference.path.first())
            && let (StepStatus::Succeeded, Some(value)) = (step.status, step.products.get(key))
        {
            let found = Reference::follow(&reference.path[1..], value).ok_or_else(missing)?;
            return Ok((Cow::Borrowed(found), step.untrusted));
        }
        let (root, untrusted) = self.root(&reference.root)?.ok_or_else(missing)?;
        let value = match root {
            Cow::Borrowed(root) => Cow::Borrowed(Reference::follow(&reference.path, root).ok_or_else(missing)?),
            Cow::Owned(root) => Cow::Owned(Reference::follow(&reference.path, &root).ok_or_else(missing)?.clone()),
        };
        Ok((value, untrusted))
    }
}

/// The contract that a run's tool name is pinned to.
pub(super) fn pinned(run: &Run, library: &dyn Library, tool: &str) -> Option<Arc<Compiled>> {
    library.contract(run.pins.get(tool)?)
}
