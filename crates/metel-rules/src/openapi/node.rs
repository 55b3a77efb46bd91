//! A description in memory: a compact tree in the order of the text, about twice as large as the
//! text itself. Bounded while it is read, so that what is refused was never built.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::limits::{NODES_MAX, PATHS_MAX, TEXT_BYTES_MAX};

/// Longest name that is kept once for all its uses.
const SHARED_BYTES_MAX: usize = 40;
/// Largest integer that every reader of JSON agrees on: 2^53 - 1.
const INTEGER_MAX: i64 = 9_007_199_254_740_991;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Number(Number),
    Text(Box<str>),
    List(Box<[Node]>),
    Map(Box<[(Arc<str>, Node)]>),
}

static NULL: Node = Node::Null;

impl Node {
    /// The member of a map; null where there is none.
    pub fn get(&self, name: &str) -> &Node {
        self.find(name).unwrap_or(&NULL)
    }

    pub fn find(&self, name: &str) -> Option<&Node> {
        self.members().iter().find(|(known, _)| **known == *name).map(|(_, node)| node)
    }

    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The members of a map; none of anything else.
    pub fn members(&self) -> &[(Arc<str>, Node)] {
        match self {
            Self::Map(members) => members,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub fn items(&self) -> &[Node] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn is_true(&self) -> bool {
        *self == Self::Bool(true)
    }

    pub fn is_map(&self) -> bool {
        matches!(self, Self::Map(_))
    }

    pub fn is_null(&self) -> bool {
        *self == Self::Null
    }

    /// As plain JSON; none when it holds an integer that other readers would round.
    pub fn value(&self) -> Option<Value> {
        Some(match self {
            Self::Null => Value::Null,
            Self::Bool(is) => Value::Bool(*is),
            Self::Number(number) => {
                let is_narrow = match number.as_i64() {
                    Some(n) => (-INTEGER_MAX..=INTEGER_MAX).contains(&n),
                    None => number.is_f64(),
                };
                return is_narrow.then(|| Value::Number(number.clone()));
            }
            Self::Text(text) => Value::from(&**text),
            Self::List(items) => Value::Array(items.iter().map(Self::value).collect::<Option<_>>()?),
            Self::Map(members) => Value::Object(
                members
                    .iter()
                    .map(|(name, node)| Some((name.to_string(), node.value()?)))
                    .collect::<Option<Map<_, _>>>()?,
            ),
        })
    }
}

/// What is left of the bounds while one description is read.
#[derive(Default)]
pub(super) struct Reading {
    nodes: Cell<usize>,
    names: RefCell<HashSet<Arc<str>>>,
}

impl Reading {
    fn name(&self, name: String) -> Arc<str> {
        if name.len() > SHARED_BYTES_MAX {
            return name.into();
        }
        let mut names = self.names.borrow_mut();
        if let Some(known) = names.get(name.as_str()) {
            return known.clone();
        }
        let name: Arc<str> = name.into();
        names.insert(name.clone());
        name
    }

    fn count<E: Error>(&self) -> Result<(), E> {
        self.nodes.set(self.nodes.get() + 1);
        if self.nodes.get() > NODES_MAX {
            return Err(E::custom(format!("{TOO_LARGE}more than {NODES_MAX} values")));
        }
        Ok(())
    }
}

/// Begins the messages of what is refused for its size, so that the reason survives the reader.
pub(super) const TOO_LARGE: &str = "too large: ";

impl<'de> DeserializeSeed<'de> for &Reading {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

fn number<E>(number: impl Into<Number>) -> Result<Node, E> {
    Ok(Node::Number(number.into()))
}

impl<'de> Visitor<'de> for &Reading {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, is: bool) -> Result<Node, E> {
        Ok(Node::Bool(is))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Node, E> {
        number(n)
    }

    fn visit_u64<E>(self, n: u64) -> Result<Node, E> {
        number(n)
    }

    fn visit_f64<E>(self, n: f64) -> Result<Node, E> {
        Ok(Number::from_f64(n).map_or(Node::Null, Node::Number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Node, E> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(E::custom(format!("{TOO_LARGE}a text of more than {TEXT_BYTES_MAX} bytes")));
        }
        Ok(Node::Text(text.into()))
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Node::List(items.into_boxed_slice()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut members = Vec::new();
        while let Some(name) = map.next_key_seed(Name)? {
            let value = map.next_value_seed(self)?;
            members.push((self.name(name), value));
        }
        Ok(Node::Map(members.into_boxed_slice()))
    }
}

/// A member's name; YAML writes some of them as numbers.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Name {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_bool<E>(self, is: bool) -> Result<String, E> {
        Ok(is.to_string())
    }

    fn visit_i64<E>(self, n: i64) -> Result<String, E> {
        Ok(n.to_string())
    }

    fn visit_u64<E>(self, n: u64) -> Result<String, E> {
        Ok(n.to_string())
    }

    fn visit_f64<E>(self, n: f64) -> Result<String, E> {
        Ok(n.to_string())
    }

    fn visit_unit<E>(self) -> Result<String, E> {
        Ok("null".to_owned())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(E::custom(format!("{TOO_LARGE}a name of more than {TEXT_BYTES_MAX} bytes")));
        }
        Ok(text.to_owned())
    }
}

/// Counts the members of `paths` and builds nothing: the cheapest look at a description.
pub(super) struct PathCount;

impl<'de> Visitor<'de> for PathCount {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<usize, A::Error> {
        let mut count = 0;
        while let Some(name) = map.next_key_seed(Name)? {
            match name.as_str() {
                "paths" => count = map.next_value_seed(Members)?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(count)
    }
}

/// How many members a value has.
struct Members;

impl<'de> DeserializeSeed<'de> for Members {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Members {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<usize, A::Error> {
        let mut count = 0;
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            count += 1;
            if count > PATHS_MAX {
                return Err(A::Error::custom(format!("{TOO_LARGE}more than {PATHS_MAX} paths")));
            }
        }
        Ok(count)
    }

    fn visit_unit<E>(self) -> Result<usize, E> {
        Ok(0)
    }
}
