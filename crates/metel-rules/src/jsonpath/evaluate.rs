//! Walks a document with a selector. Every node that is visited, compared or chosen is counted.

use std::cmp::Ordering;
use std::collections::HashMap;

use serde_json::{Number, Value};

use super::functions;
use super::limits::MAX_VISITS;
use super::location::{Places, Step};
use super::path::PathError;
use super::syntax::{Comparison, Condition, Match, Operand, PatternOperand, Query as Syntax, Segment, Selector};
use crate::cel::{COMPILE_STEPS, Fuel, Meter, Pattern};

/// A node of the document and its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'v> {
    pub value: &'v Value,
    pub place: usize,
}

/// Counts visits.
#[derive(Debug)]
pub(super) struct Budget {
    meter: Meter,
}

impl Budget {
    pub fn visit(&mut self, count: u64) -> Result<(), PathError> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        self.meter.step(count).map_err(|_| PathError::Exhausted)
    }
}

pub(super) struct Query<'v> {
    root: &'v Value,
    pub budget: Budget,
    pub places: Places<'v>,
    /// Patterns that the document gave, by text and by whether they must match whole.
    patterns: HashMap<(String, bool), Option<Pattern>>,
}

impl<'v> Query<'v> {
    pub fn new(root: &'v Value, located: bool) -> Self {
        let fuel = Fuel { steps: MAX_VISITS, bytes: u64::MAX };
        Query {
            root,
            budget: Budget { meter: Meter::new(fuel) },
            places: Places::new(located),
            patterns: HashMap::new(),
        }
    }

    /// The chosen nodes.
    pub fn run(&mut self, query: &Syntax) -> Result<Vec<Node<'v>>, PathError> {
        self.nodes(query, self.root)
    }

    fn nodes(&mut self, query: &Syntax, current: &'v Value) -> Result<Vec<Node<'v>>, PathError> {
        let start = if query.absolute { self.root } else { current };
        let mut nodes = vec![Node { value: start, place: 0 }];
        for segment in &query.segments {
            let mut next = Vec::new();
            for node in nodes {
                self.segment(segment, node, &mut next)?;
            }
            nodes = next;
        }
        Ok(nodes)
    }

    fn segment(&mut self, segment: &Segment, node: Node<'v>, out: &mut Vec<Node<'v>>) -> Result<(), PathError> {
        if !segment.descendant {
            self.budget.visit(1)?;
            return segment.selectors.iter().try_for_each(|s| self.select(s, node, out));
        }
        let mut stack = vec![node];
        while let Some(node) = stack.pop() {
            self.budget.visit(1)?;
            segment.selectors.iter().try_for_each(|s| self.select(s, node, out))?;
            let height = stack.len();
            self.children(node, &mut stack)?;
            stack[height..].reverse();
        }
        Ok(())
    }

    fn children(&mut self, node: Node<'v>, out: &mut Vec<Node<'v>>) -> Result<(), PathError> {
        match node.value {
            Value::Array(items) => {
                self.budget.visit(items.len() as u64)?;
                for (i, value) in items.iter().enumerate() {
                    let place = self.places.below(node.place, Step::Index(i));
                    out.push(Node { value, place });
                }
            }
            Value::Object(entries) => {
                self.budget.visit(entries.len() as u64)?;
                for (name, value) in entries {
                    let place = self.places.below(node.place, Step::Name(name));
                    out.push(Node { value, place });
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn select(&mut self, selector: &Selector, node: Node<'v>, out: &mut Vec<Node<'v>>) -> Result<(), PathError> {
        self.budget.visit(1)?;
        match (selector, node.value) {
            (Selector::Wildcard, _) => self.children(node, out)?,
            (Selector::Name(name), Value::Object(entries)) => {
                if let Some((name, value)) = entries.get_key_value(name) {
                    let place = self.places.below(node.place, Step::Name(name));
                    out.push(Node { value, place });
                }
            }
            (Selector::Index(index), Value::Array(items)) => {
                let at = if *index < 0 { *index + items.len() as i64 } else { *index };
                self.element(items, at, node.place, out);
            }
            (Selector::Slice(start, end, step), Value::Array(items)) => {
                let (mut at, end) = bounds(*start, *end, *step, items.len() as i64);
                while (*step > 0 && at < end) || (*step < 0 && at > end) {
                    self.budget.visit(1)?;
                    self.element(items, at, node.place, out);
                    at = at.saturating_add(*step);
                }
            }
            (Selector::Filter(condition), Value::Array(_) | Value::Object(_)) => {
                let mut children = Vec::new();
                self.children(node, &mut children)?;
                for child in children {
                    if self.holds(condition, child.value)? {
                        out.push(child);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn element(&mut self, items: &'v [Value], at: i64, parent: usize, out: &mut Vec<Node<'v>>) {
        let at = usize::try_from(at).ok();
        if let Some((at, value)) = at.and_then(|at| Some((at, items.get(at)?))) {
            let place = self.places.below(parent, Step::Index(at));
            out.push(Node { value, place });
        }
    }

    fn holds(&mut self, condition: &Condition, current: &'v Value) -> Result<bool, PathError> {
        self.budget.visit(1)?;
        match condition {
            Condition::Or(terms) => {
                for term in terms {
                    if self.holds(term, current)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Condition::And(terms) => {
                for term in terms {
                    if !self.holds(term, current)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Condition::Not(inner) => Ok(!self.holds(inner, current)?),
            Condition::Exists(query) => Ok(!self.untracked(query, current)?.is_empty()),
            Condition::Match(parts) => self.matches(parts, current),
            Condition::Compare(comparison, left, right) => {
                let left = self.operand(left, current)?;
                let right = self.operand(right, current)?;
                self.compare(*comparison, &left, &right)
            }
        }
    }

    /// Nodes of a query inside a filter; their places are never asked for.
    fn untracked(&mut self, query: &Syntax, current: &'v Value) -> Result<Vec<Node<'v>>, PathError> {
        let places = std::mem::replace(&mut self.places, Places::new(false));
        let nodes = self.nodes(query, current);
        self.places = places;
        nodes
    }

    fn operand(&mut self, operand: &Operand, current: &'v Value) -> Result<Operative<'v>, PathError> {
        self.budget.visit(1)?;
        Ok(match operand {
            Operand::Literal(value) => Operative::Own(value.clone()),
            Operand::Singular(query) => {
                let nodes = self.untracked(query, current)?;
                nodes.first().map_or(Operative::Nothing, |node| Operative::Node(node.value))
            }
            Operand::Count(query) => Operative::Own(Value::from(self.untracked(query, current)?.len())),
            Operand::Value(query) => match self.untracked(query, current)?.as_slice() {
                [node] => Operative::Node(node.value),
                _ => Operative::Nothing,
            },
            Operand::Length(inner) => {
                let inner = self.operand(inner, current)?;
                match inner.value() {
                    Some(Value::String(text)) => {
                        self.budget.visit(text.len() as u64 / 64)?;
                        Operative::Own(Value::from(text.chars().count()))
                    }
                    Some(Value::Array(items)) => Operative::Own(Value::from(items.len())),
                    Some(Value::Object(entries)) => Operative::Own(Value::from(entries.len())),
                    _ => Operative::Nothing,
                }
            }
        })
    }

    fn matches(&mut self, parts: &Match, current: &'v Value) -> Result<bool, PathError> {
        let text = self.operand(&parts.text, current)?;
        let pattern = match &parts.pattern {
            PatternOperand::Known(pattern) => pattern.clone(),
            PatternOperand::Given(operand) => match self.operand(operand, current)?.value() {
                Some(Value::String(text)) => self.given(text, parts.whole)?,
                _ => None,
            },
        };
        match (text.value(), pattern) {
            (Some(Value::String(text)), Some(pattern)) => {
                let found = pattern.matches(text, &mut self.budget.meter);
                found.map_err(|_| PathError::Exhausted)
            }
            _ => Ok(false),
        }
    }

    fn given(&mut self, text: &str, whole: bool) -> Result<Option<Pattern>, PathError> {
        self.budget.visit(text.len() as u64 / 64)?;
        let key = (text.to_owned(), whole);
        if let Some(known) = self.patterns.get(&key) {
            return Ok(known.clone());
        }
        self.budget.visit(COMPILE_STEPS as u64)?;
        let pattern = functions::pattern(text, whole);
        self.patterns.insert(key, pattern.clone());
        Ok(pattern)
    }

    fn compare(&mut self, comparison: Comparison, left: &Operative, right: &Operative) -> Result<bool, PathError> {
        let (left, right) = (left.value(), right.value());
        Ok(match comparison {
            Comparison::Equal => self.equal(left, right)?,
            Comparison::NotEqual => !self.equal(left, right)?,
            Comparison::Less => less(left, right),
            Comparison::Greater => less(right, left),
            Comparison::LessEqual => less(left, right) || self.equal(left, right)?,
            Comparison::GreaterEqual => less(right, left) || self.equal(left, right)?,
        })
    }

    fn equal(&mut self, left: Option<&Value>, right: Option<&Value>) -> Result<bool, PathError> {
        self.budget.visit(1)?;
        Ok(match (left, right) {
            (Some(Value::Number(a)), Some(Value::Number(b))) => numbers(a, b) == Some(Ordering::Equal),
            (Some(Value::String(a)), Some(Value::String(b))) => {
                self.budget.visit(a.len().min(b.len()) as u64 / 64)?;
                a == b
            }
            (Some(Value::Array(a)), Some(Value::Array(b))) => {
                if a.len() != b.len() {
                    return Ok(false);
                }
                for (a, b) in a.iter().zip(b) {
                    if !self.equal(Some(a), Some(b))? {
                        return Ok(false);
                    }
                }
                true
            }
            (Some(Value::Object(a)), Some(Value::Object(b))) => {
                if a.len() != b.len() {
                    return Ok(false);
                }
                for (name, value) in a {
                    let other = b.get(name);
                    if other.is_none() || !self.equal(Some(value), other)? {
                        return Ok(false);
                    }
                }
                true
            }
            (a, b) => a == b,
        })
    }
}

/// The value of an operand, or nothing (RFC 9535 §2.4.1).
enum Operative<'v> {
    Nothing,
    Node(&'v Value),
    Own(Value),
}

impl Operative<'_> {
    fn value(&self) -> Option<&Value> {
        match self {
            Operative::Nothing => None,
            Operative::Node(value) => Some(value),
            Operative::Own(value) => Some(value),
        }
    }
}

fn less(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(Value::Number(a)), Some(Value::Number(b))) => numbers(a, b) == Some(Ordering::Less),
        (Some(Value::String(a)), Some(Value::String(b))) => a < b,
        _ => false,
    }
}

fn numbers(a: &Number, b: &Number) -> Option<Ordering> {
    let whole = |n: &Number| match (n.as_i64(), n.as_u64()) {
        (Some(n), _) => Some(i128::from(n)),
        (None, n) => n.map(i128::from),
    };
    match (whole(a), whole(b)) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

/// First place and the place to stop before (RFC 9535 §2.3.4.2.2).
fn bounds(start: Option<i64>, end: Option<i64>, step: i64, len: i64) -> (i64, i64) {
    let place = |n: i64| if n < 0 { n + len } else { n };
    if step >= 0 {
        let start = place(start.unwrap_or(0)).clamp(0, len);
        (start, place(end.unwrap_or(len)).clamp(0, len))
    } else {
        let start = start.map_or(len - 1, place).clamp(-1, len - 1);
        (start, end.map_or(-1, place).clamp(-1, len - 1))
    }
}
