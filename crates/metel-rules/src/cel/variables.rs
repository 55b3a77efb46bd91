//! How an expression meets the values around it: by name, borrowed, converted only where touched.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::value::CelValue;

/// A variable's value: JSON as it lies, or a value of the language.
#[derive(Clone, Debug)]
pub enum Variable<'a> {
    Json(&'a Value),
    Value(CelValue),
}

/// Gives values to names. Asked with whole dotted names first (`a.b.c`, then `a.b`, then `a`).
pub trait Resolve {
    fn resolve(&self, name: &str) -> Option<Variable<'_>>;
}

impl Resolve for () {
    fn resolve(&self, _: &str) -> Option<Variable<'_>> {
        None
    }
}

impl Resolve for Map<String, Value> {
    fn resolve(&self, name: &str) -> Option<Variable<'_>> {
        self.get(name).map(Variable::Json)
    }
}

/// An object gives its members; other JSON gives nothing.
impl Resolve for Value {
    fn resolve(&self, name: &str) -> Option<Variable<'_>> {
        self.get(name).map(Variable::Json)
    }
}

impl Resolve for BTreeMap<String, CelValue> {
    fn resolve(&self, name: &str) -> Option<Variable<'_>> {
        self.get(name).cloned().map(Variable::Value)
    }
}

impl Resolve for BTreeMap<String, Value> {
    fn resolve(&self, name: &str) -> Option<Variable<'_>> {
        self.get(name).map(Variable::Json)
    }
}

impl Resolve for HashMap<String, Value> {
    fn resolve(&self, name: &str) -> Option<Variable<'_>> {
        self.get(name).map(Variable::Json)
    }
}
