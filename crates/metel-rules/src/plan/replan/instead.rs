//! Another way to the same end: a tool that leaves the same sort of thing and takes what is known, a
//! step that nothing needs left out, an end that is reached already. Nothing more dangerous takes over.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use metel_model::contract::Contract;
use metel_model::plan::{Action, ActionPlan, MISSING};
use metel_model::status::Risk;
use regex::Regex;
use serde_json::{Map, Value};

use super::Stuck;
use crate::plan::kinds;
use crate::plan::reference::{Reference, Use, rewrite, uses};
use crate::plan::understand::evidence::meaning;
use crate::plan::understand::lexicon::expression;

/// Keys of an action's products that later actions use.
pub fn needed(action: &Action, plan: &ActionPlan) -> BTreeSet<String> {
    plan.actions
        .iter()
        .flat_map(|later| later.args.values())
        .flat_map(uses)
        .filter_map(|one| match one {
            Use::Whole(reference) | Use::Inside(reference) if reference.root == action.id => {
                Some(reference.key().to_owned())
            }
            _ => None,
        })
        .collect()
}

/// Another tool of the same meaning, else of the same service and product, and the names by which it
/// leaves what is needed where they differ.
pub fn other_tool(action: &Action, stuck: &Stuck<'_>) -> Option<(Action, BTreeMap<String, String>)> {
    let known = stuck.known(&action.tool);
    let mut needed = needed(action, &stuck.replan.plan);
    let reads = known.as_deref().is_none_or(|known| !known.is_consequential());
    if needed.is_empty() && reads {
        // What it would have left is what was asked for.
        let own = action.produces.iter().filter_map(|key| key.split_once('.')).map(|(_, key)| key);
        needed.extend(
            own.filter(|key| matches!(*key, "rows" | "values" | "text" | "summary")).take(1).map(str::to_owned),
        );
    }
    let (intent, objects) = meaning(&action.tool);
    let service = action.tool.split('.').next().unwrap_or_default();
    let mut best: Option<(u32, Action, BTreeMap<String, String>)> = None;
    for other in stuck.catalogue.tools() {
        if other.id == action.tool || !as_safe(other, known.as_deref()) || other.id.starts_with("text.") {
            continue;
        }
        let (other_intent, other_objects) = meaning(&other.id);
        let like = !objects.is_empty() || other.service() == service;
        let same = intent.is_some() && other_intent == intent && other_objects == objects && like;
        // A write is done by another tool only where that does the very same.
        let akin = reads && !other.is_consequential() && other.service() == service && !needed.is_empty();
        if !same && !akin {
            continue;
        }
        let Some(names) = leaves(other, known.as_deref(), &needed) else { continue };
        let Some((args, asked)) = arguments(action, other, known.as_deref(), stuck) else { continue };
        if !same && asked {
            continue;
        }
        let score = u32::from(same) * 8
            + u32::from(names.is_empty()) * 4
            + u32::from(!asked) * 2
            + u32::from(other.service() == service);
        if best.as_ref().is_none_or(|(high, ..)| score > *high) {
            best = Some((score, Action { tool: other.id.clone(), args, ..action.clone() }, names));
        }
    }
    best.map(|(_, action, names)| (action, names))
}

/// What takes over is no more dangerous: nothing goes to people outside because a channel inside is shut.
fn as_safe(other: &Contract, known: Option<&Contract>) -> bool {
    let may = |risk: &Risk| known.map_or(matches!(risk, Risk::Read | Risk::Write), |known| known.has_risk(*risk));
    other.risk.iter().all(may)
}

/// By which names another tool leaves what is needed; nothing where it does not.
fn leaves(other: &Contract, known: Option<&Contract>, needed: &BTreeSet<String>) -> Option<BTreeMap<String, String>> {
    let mut names = BTreeMap::new();
    for key in needed {
        if other.produces.contains_key(key) {
            continue;
        }
        let old = known.and_then(|known| known.produces.get(key))?;
        let (new, _) = other.produces.iter().find(|(_, new)| new.kind == old.kind)?;
        names.insert(key.clone(), new.clone());
    }
    Some(names)
}

/// Arguments for another tool from those of the first, and whether something has to be asked for.
fn arguments(
    action: &Action,
    other: &Contract,
    known: Option<&Contract>,
    stuck: &Stuck<'_>,
) -> Option<(Map<String, Value>, bool)> {
    let old_kind = |name: &str| {
        known.and_then(|known| {
            kinds::fields(known).into_iter().find(|field| field.name == name).map(|field| field.kind.to_owned())
        })
    };
    let named = super::forgotten::Named::of(&stuck.input.request.text, stuck);
    let mut args = Map::new();
    let mut asked = false;
    for field in kinds::fields(other) {
        let value = action.args.get(field.name).cloned().or_else(|| {
            let same_kind = action.args.iter().find(|(name, _)| {
                !field.kind.is_empty() && field.kind.contains('.') && old_kind(name).as_deref() == Some(field.kind)
            });
            same_kind.map(|(_, value)| value.clone())
        });
        // A page that cannot be read may be found by its address.
        let value = value.or_else(|| action.args.get("url").filter(|_| field.name == "query").cloned());
        let value = value.or_else(|| named.value(field.name, field.kind, other.service()).filter(|_| field.required));
        match value {
            Some(value) => {
                args.insert(field.name.to_owned(), value);
            }
            None if field.required => {
                args.insert(field.name.to_owned(), Value::from(MISSING));
                asked = true;
            }
            None => {}
        }
    }
    (!args.is_empty()).then_some((args, asked))
}

/// Later actions take from another tool under its own names.
pub fn rename_uses(rest: &mut [Action], id: &str, names: &BTreeMap<String, String>) {
    let to = |old: &Reference| {
        let new = names.get(old.key()).filter(|_| old.root == id)?;
        Some(Reference { root: old.root.clone(), path: old.path.replacen(old.key(), new, 1) })
    };
    for action in rest {
        action.args.values_mut().for_each(|value| rewrite(value, &to));
    }
}

/// Whether a step only looked at something that nothing later takes.
pub fn is_spare(action: &Action, known: Option<&Arc<Contract>>, stuck: &Stuck<'_>) -> bool {
    let looked = known.is_none_or(|known| !known.is_consequential());
    looked && needed(action, &stuck.replan.plan).is_empty() && stuck.replan.plan.actions.len() > 1
}

/// Whether an error says that the end is reached: what should go is gone.
pub fn is_reached(action: &Action, known: Option<&Contract>, error: &str) -> bool {
    let destroys = known.is_some_and(|known| known.has_risk(Risk::Destructive));
    let _ = action;
    REACHED.is_match(error) || destroys && GONE.is_match(error)
}

/// What was to be made is there: a tool that looks it up leaves what is needed of it.
pub fn there_already(action: &Action, stuck: &Stuck<'_>) -> Option<Action> {
    let needed = needed(action, &stuck.replan.plan);
    let title = action.args.get("title").filter(|title| uses(title).is_empty())?;
    let service = action.tool.split('.').next().unwrap_or_default();
    let found = stuck.catalogue.tools().iter().find(|tool| {
        let fields = kinds::fields(tool);
        let asks: Vec<_> = fields.iter().filter(|field| field.required).collect();
        !needed.is_empty()
            && tool.service() == service
            && !tool.is_consequential()
            && needed.iter().all(|key| tool.produces.contains_key(key))
            && matches!(asks.as_slice(), [one] if one.kind.ends_with("_id"))
    })?;
    let field = kinds::fields(found).into_iter().find(|field| field.required)?.name.to_owned();
    Some(Action { tool: found.id.clone(), args: Map::from_iter([(field, title.clone())]), ..action.clone() })
}

static REACHED: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)already|이미|duplicate|no changes?|up to date|nothing to (?:do|clear|delete)|is in the trash|휴지통에 있",
    )
});
static GONE: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)message_not_found|archived|no longer exists|was deleted|has been deleted|is gone|지워진|삭제된|보관된|비어 있|is empty|410",
    )
});
/// Whether an error says that somebody may not: another try is no help.
pub fn is_forbidden(error: &str) -> bool {
    FORBIDDEN.is_match(error)
}

static FORBIDDEN: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)permission|forbidden|restricted|not_allowed|not allowed|missing_scope|unauthori[sz]ed|access denied|denied|cant_delete|cannot_delete|read.?only|protected|403|401|insufficient|권한|금지|허용되지|거부|보호된|보호되어",
    )
});
