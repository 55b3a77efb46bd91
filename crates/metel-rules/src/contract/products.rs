//! What a call leaves behind for later steps.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Compiled;
use super::names::{Names, value_of};
use crate::cel::Program;
use crate::jsonpath::Path;

/// Where a product comes from.
#[derive(Debug)]
pub(super) enum Source {
    Path(Path),
    Cel(Program),
}

impl Compiled {
    /// Every product that the output holds; the key of the first one that is missing and not optional.
    pub fn products(&self, output: &Value) -> Result<BTreeMap<String, Value>, String> {
        let mut products = BTreeMap::new();
        for (key, (source, optional)) in &self.products {
            let value = match source {
                Source::Path(path) => path.first(output).ok().flatten().cloned(),
                Source::Cel(program) => value_of(program, Names(&[("response", output)])).ok(),
            };
            match value.filter(|value| !value.is_null()) {
                Some(value) => drop(products.insert(key.clone(), value)),
                None if *optional => {}
                None => return Err(key.clone()),
            }
        }
        Ok(products)
    }
}
