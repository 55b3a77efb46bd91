//! How much work checking a value takes: how often some subschema is applied to some part of it,
//! counting every repeat. Itself bounded by the number of different pairs.

use std::collections::HashMap;

use serde_json::Value;

use super::limits::{MAX_DEPTH, MAX_PAIRS, MAX_REACH, MAX_WORK, nodes};
use super::reach::{Graph, Part};

/// What checking a value would take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Estimate {
    /// Applications of a subschema, and what explaining failed alternatives may copy.
    Work {
        copied: u64,
    },
    TooDeep,
    TooMuch,
}

impl Graph {
    /// Estimates before anything is checked.
    pub fn estimate(&self, value: &Value) -> Estimate {
        if nodes(value, MAX_PAIRS).is_none() {
            let deep = depth(value) > MAX_DEPTH;
            return if deep { Estimate::TooDeep } else { Estimate::TooMuch };
        }
        let mut walk = Walk { graph: self, known: HashMap::new(), sizes: HashMap::new(), visits: 0 };
        match walk.work(0, value, 0) {
            Some(cost) if cost.work <= MAX_WORK => Estimate::Work { copied: cost.copied },
            _ => Estimate::TooMuch,
        }
    }
}

#[derive(Clone, Copy)]
struct Cost {
    work: u64,
    copied: u64,
}

struct Walk<'g> {
    graph: &'g Graph,
    /// Costs by subschema and address of the part; `None` while being counted.
    known: HashMap<(usize, usize), Option<Cost>>,
    /// Nodes of parts that alternatives are applied to, by address.
    sizes: HashMap<usize, u64>,
    visits: u64,
}

impl Walk<'_> {
    /// `None` when there are too many pairs or they lead too far.
    fn work(&mut self, node: usize, value: &Value, depth: usize) -> Option<Cost> {
        let one = Cost { work: 1, copied: 0 };
        self.visits += 1;
        let edges = &self.graph.edges[node];
        if edges.is_empty() {
            return (self.visits <= MAX_WORK).then_some(one);
        }
        let key = (node, address(value));
        match self.known.get(&key) {
            // A pair that leads to itself is not checked again.
            Some(None) => return Some(one),
            Some(Some(cost)) => return Some(*cost),
            None => {}
        }
        if self.known.len() >= MAX_PAIRS || depth > MAX_REACH || self.visits > MAX_WORK {
            return None;
        }
        self.known.insert(key, None);
        let mut sum = one;
        for (part, target) in edges {
            let mut add = |walk: &mut Self, value| {
                let cost = walk.work(*target, value, depth + 1)?;
                sum.work = sum.work.saturating_add(cost.work);
                sum.copied = sum.copied.saturating_add(cost.copied);
                Some(cost)
            };
            match (part, value) {
                (Part::Same, value) => {
                    add(self, value)?;
                }
                (Part::Alternative, value) => {
                    let cost = add(self, value)?;
                    let copied = cost.work.saturating_mul(self.size(value));
                    sum.copied = sum.copied.saturating_add(copied);
                }
                (Part::Property(name), Value::Object(entries)) => {
                    if let Some(value) = entries.get(name.as_ref()) {
                        add(self, value)?;
                    }
                }
                (Part::AnyProperty, Value::Object(entries)) => {
                    for value in entries.values() {
                        add(self, value)?;
                    }
                }
                (Part::Item(at), Value::Array(items)) => {
                    if let Some(value) = items.get(*at) {
                        add(self, value)?;
                    }
                }
                (Part::AnyItem, Value::Array(items)) => {
                    for value in items {
                        add(self, value)?;
                    }
                }
                _ => {}
            }
        }
        self.known.insert(key, Some(sum));
        Some(sum)
    }

    fn size(&mut self, value: &Value) -> u64 {
        if let Some(size) = self.sizes.get(&address(value)) {
            return *size;
        }
        let size = match value {
            Value::Array(items) => 1 + items.iter().map(|item| self.size(item)).sum::<u64>(),
            Value::Object(entries) => 1 + entries.values().map(|value| self.size(value)).sum::<u64>(),
            Value::String(text) => return 1 + text.len() as u64 / 64,
            _ => return 1,
        };
        self.sizes.insert(address(value), size);
        size
    }
}

fn address(value: &Value) -> usize {
    std::ptr::from_ref(value).addr()
}

fn depth(value: &Value) -> usize {
    let mut deepest = 0;
    let mut stack = vec![(value, 1)];
    while let Some((value, depth)) = stack.pop() {
        deepest = deepest.max(depth);
        match value {
            Value::Array(items) => stack.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(entries) => stack.extend(entries.values().map(|v| (v, depth + 1))),
            _ => {}
        }
    }
    deepest
}
