//! How an expression meets the values around it: by name, borrowed, converted only where touched.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::value::CelValue;

/// Gives values to names. Asked with whole dotted names first (`a.b.c`, then `a.b`, then `a`).
pub trait Resolve {
    /// JSON by name: whole numbers are read as `int`, others as `double`. Borrowed JSON is read
    /// where it lies; owned JSON is converted whole.
    fn resolve(&self, name: &str) -> Option<Cow<'_, Value>>;

    /// A value that JSON cannot say (a timestamp, bytes, `uint`). Asked before [`Resolve::resolve`].
    fn typed(&self, name: &str) -> Option<CelValue> {
        let _ = name;
        None
    }
}

impl Resolve for () {
    fn resolve(&self, _: &str) -> Option<Cow<'_, Value>> {
        None
    }
}

impl Resolve for Map<String, Value> {
    fn resolve(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.get(name).map(Cow::Borrowed)
    }
}

/// An object gives its members; other JSON gives nothing.
impl Resolve for Value {
    fn resolve(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.get(name).map(Cow::Borrowed)
    }
}

impl Resolve for BTreeMap<String, Value> {
    fn resolve(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.get(name).map(Cow::Borrowed)
    }
}

impl Resolve for HashMap<String, Value> {
    fn resolve(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.get(name).map(Cow::Borrowed)
    }
}

impl Resolve for BTreeMap<String, CelValue> {
    fn resolve(&self, _: &str) -> Option<Cow<'_, Value>> {
        None
    }

    fn typed(&self, name: &str) -> Option<CelValue> {
        self.get(name).cloned()
    }
}
