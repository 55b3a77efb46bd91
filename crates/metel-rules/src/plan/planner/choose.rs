//! Which tool does an act: by what tool ids say of themselves, the fields they take, and how well
//! their descriptions answer the words.

use std::sync::Arc;

use metel_model::contract::{Contract, Trust};

use super::slots::slot_of;
use crate::plan::catalogue::Catalogue;
use crate::plan::kinds;
use crate::plan::understand::evidence::meaning;
use crate::plan::understand::seed::{Act, Seed, Slot};

/// The best tool for a seed, or nothing where no tool does such a thing. `words` are the request's.
pub fn choose<'a>(seed: &Seed, words: &str, catalogue: &'a Catalogue) -> Option<&'a Arc<Contract>> {
    let able: Vec<&Arc<Contract>> = catalogue.tools().iter().filter(|tool| does(tool, seed)).collect();
    if able.len() < 2 {
        return able.into_iter().next();
    }
    let ranked = catalogue.index().search(words, 50);
    let rank = |tool: &Contract| {
        let best = ranked.first().map_or(1.0, |hit| hit.score.max(1.0));
        ranked.iter().find(|hit| hit.id == tool.id).map_or(0.0, |hit| f64::from(hit.score / best))
    };
    let score = |tool: &Contract| {
        let fields = kinds::fields(tool);
        let has = |slot: &Slot| fields.iter().any(|field| slot_of(tool, field, seed.act) == *slot);
        let filled = seed.slots.keys().filter(|slot| has(slot)).count() as f64;
        let lacking = fields
            .iter()
            .filter(|field| field.required && !seed.slots.contains_key(&slot_of(tool, field, seed.act)))
            .count() as f64;
        let named = seed.service.as_deref() == Some(tool.service());
        // A source is there for its data; the open web is where outsiders write.
        let data =
            tool.produces.values().any(|product| kinds::is_table(&product.kind) || kinds::is_prose(&product.kind));
        let apt = seed.act.is_source() && data || seed.act == Act::SearchWeb && tool.trust == Trust::Untrusted;
        // What is looked up is outside unless its own words say otherwise.
        let outside = seed.act == Act::SearchWeb && tool.trust == Trust::Untrusted;
        let bonus = if named { 8.0 } else { 0.0 } + if apt { 3.0 } else { 0.0 } + if outside { 4.0 } else { 0.0 };
        filled * 2.0 - lacking + bonus + rank(tool)
    };
    able.into_iter()
        .fold(None, |best: Option<(f64, &Arc<Contract>)>, tool| {
            let score = score(tool);
            match best {
                Some((high, _)) if high >= score => best,
                _ => Some((score, tool)),
            }
        })
        .map(|(_, tool)| tool)
}

fn does(tool: &Contract, seed: &Seed) -> bool {
    let (intent, objects) = meaning(&tool.id);
    let Some(intent) = intent else { return false };
    let takes = |slot: Slot| kinds::fields(tool).iter().any(|field| slot_of(tool, field, seed.act) == slot);
    if let Act::Other(wanted, object) = seed.act {
        return intent == wanted && objects.contains(&object);
    }
    let (intents, things) = seed.act.names();
    if !intents.contains(&intent) {
        return false;
    }
    match seed.act {
        Act::ReadUrl => takes(Slot::Url) && objects.iter().all(|object| things.contains(object)),
        Act::SearchWeb => takes(Slot::Query) && objects.iter().all(|object| things.contains(object)),
        Act::Summarise => takes(Slot::Text),
        // A message needs words of its own, and somewhere to go.
        Act::Send => {
            (objects.is_empty() || objects.iter().any(|object| things.contains(object)))
                && takes(Slot::Text)
                && takes(Slot::Channel)
        }
        _ => objects.iter().any(|object| things.contains(object)),
    }
}
