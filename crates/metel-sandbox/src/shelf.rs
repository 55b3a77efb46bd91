//! What a simulated service holds: things by kind, in the order in which they came to be. Each is kept
//! as its vendor would answer it; effects carry the whole thing, so a ledger rebuilds it as it was.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::effect::Effect;
use crate::world::needed;

/// The state of one service.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shelf {
    kinds: BTreeMap<String, Vec<(String, Value)>>,
}

impl Shelf {
    /// Everything of a kind, oldest first.
    pub fn all(&self, kind: &str) -> impl DoubleEndedIterator<Item = &Value> {
        self.kinds.get(kind).into_iter().flatten().map(|(_, thing)| thing)
    }

    pub fn one(&self, kind: &str, id: &str) -> Option<&Value> {
        self.kinds.get(kind)?.iter().find(|(known, _)| known == id).map(|(_, thing)| thing)
    }

    /// Kinds and how much there is of each, for people.
    pub fn kinds(&self) -> impl Iterator<Item = (&str, &[(String, Value)])> {
        self.kinds.iter().map(|(kind, things)| (kind.as_str(), things.as_slice()))
    }

    /// Adds a thing or changes the one of this id.
    pub fn put(&mut self, kind: &str, id: &str, thing: Value) {
        let things = self.kinds.entry(kind.to_owned()).or_default();
        match things.iter_mut().find(|(known, _)| known == id) {
            Some((_, known)) => *known = thing,
            None => things.push((id.to_owned(), thing)),
        }
    }

    /// A seed's things, by the member that is their id.
    #[must_use]
    pub fn with(mut self, kind: &str, id: &str, things: Vec<Value>) -> Self {
        for thing in things {
            let name = match &thing[id] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            self.put(kind, &name, thing);
        }
        self
    }

    pub fn apply(&mut self, effect: &Effect) -> Result<(), String> {
        let text = |field: &str| needed(effect, field).map(|value| value.as_str().unwrap_or_default().to_owned());
        let (kind, id, thing) = (text("kind")?, text("id")?, needed(effect, "thing")?.clone());
        self.put(&kind, &id, thing);
        Ok(())
    }
}
