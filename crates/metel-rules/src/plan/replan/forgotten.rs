//! A value that comes from no action: taken from what is done or planned already, else its producer is
//! put in front, with arguments that the request holds. Where it holds none, nothing is invented.

use std::sync::LazyLock;

use metel_model::plan::{Action, MISSING};
use regex::Regex;
use serde_json::{Map, Value};

use super::Stuck;
use crate::plan::kinds;
use crate::plan::reference::{Reference, Use, rewrite, uses};
use crate::plan::understand::clause::clauses;
use crate::plan::understand::lexicon::expression;
use crate::plan::understand::literal::Literal;
use crate::plan::understand::mark::{What, mark};
use crate::plan::understand::residue;

/// The action with every reference led somewhere, behind the producers that it needs.
pub fn supplied(action: &Action, rest: &[Action], stuck: &Stuck<'_>) -> Option<Vec<Action>> {
    let mut new = action.clone();
    let mut producers: Vec<Action> = Vec::new();
    for lost in lost(action, rest, stuck) {
        let key = lost.key().to_owned();
        let held =
            stuck.replan.plan.actions.iter().rev().filter(|other| other.id != action.id).find(|other| {
                match stuck.replan.done.get(&other.id) {
                    Some(products) => products.get(&key).is_some(),
                    None => {
                        rest.iter().take_while(|one| one.id != action.id).any(|one| one.id == other.id)
                            && stuck.catalogue.tool(&other.tool).is_some_and(|tool| tool.produces.contains_key(&key))
                    }
                }
            });
        let root = match held {
            Some(held) => held.id.clone(),
            None => {
                let made = producer(&key, action, rest, stuck, producers.len())?;
                let root = made.last()?.id.clone();
                producers.extend(made);
                root
            }
        };
        let to = |old: &Reference| (*old == lost).then(|| Reference { root: root.clone(), path: old.path.clone() });
        new.args.values_mut().for_each(|value| rewrite(value, &to));
    }
    (new.args != action.args).then(|| {
        producers.push(new);
        producers
    })
}

/// References of an action to what is neither done nor planned before it.
fn lost(action: &Action, rest: &[Action], stuck: &Stuck<'_>) -> Vec<Reference> {
    let known = |root: &str| {
        stuck.replan.done.contains_key(root)
            || rest.iter().take_while(|one| one.id != action.id).any(|one| one.id == root)
    };
    let mut out: Vec<Reference> = Vec::new();
    for one in action.args.values().flat_map(uses) {
        if let Use::Whole(reference) | Use::Inside(reference) = one {
            let absent =
                stuck.replan.done.get(&reference.root).is_some_and(|products| products.get(reference.key()).is_none());
            if (!known(&reference.root) || absent) && !out.contains(&reference) {
                out.push(reference);
            }
        }
    }
    out
}

/// Actions, the last of which leaves `key`.
fn producer(key: &str, action: &Action, rest: &[Action], stuck: &Stuck<'_>, n: usize) -> Option<Vec<Action>> {
    let id = format!("{}p{n}", action.id);
    let make = |tool: &str, args: Map<String, Value>| Action {
        id: id.clone(),
        tool: tool.to_owned(),
        args,
        requires: Vec::new(),
        produces: Vec::new(),
        success_criteria: Vec::new(),
        reason: String::new(),
    };
    // What the request itself asks for comes first: its plan leaves such a thing.
    if let Some(fresh) = &stuck.fresh {
        let planned = |tool: &str| stuck.replan.plan.actions.iter().any(|old| old.tool == tool);
        let leaves = |one: &&Action| {
            stuck.catalogue.tool(&one.tool).is_some_and(|tool| tool.produces.contains_key(key))
                && one.args.values().all(|value| *value != MISSING && uses(value).is_empty())
                && !planned(&one.tool)
        };
        if let Some(found) = fresh.actions.iter().find(leaves) {
            return Some(vec![make(&found.tool, found.args.clone())]);
        }
    }
    if key == "summary" {
        let source = stuck.replan.plan.actions.iter().rev().find_map(|other| {
            let usable = stuck.replan.done.contains_key(&other.id)
                || rest.iter().take_while(|one| one.id != action.id).any(|one| one.id == other.id);
            let tool = stuck.catalogue.tool(&other.tool).filter(|_| usable)?;
            let data = tool
                .produces
                .iter()
                .find(|(_, product)| kinds::is_prose(&product.kind) || kinds::is_table(&product.kind))?;
            Some(format!("${{{}.{}}}", other.id, data.0))
        });
        let mut before = Vec::new();
        let text = match source {
            Some(text) => text,
            None => {
                let read =
                    ["rows", "values", "text"].iter().find_map(|key| producer(key, action, rest, stuck, n + 10))?;
                let last = read.last()?;
                let tool = stuck.catalogue.tool(&last.tool)?;
                let data = tool
                    .produces
                    .iter()
                    .find(|(_, product)| kinds::is_prose(&product.kind) || kinds::is_table(&product.kind))?;
                let text = format!("${{{}.{}}}", last.id, data.0);
                before.extend(read);
                text
            }
        };
        stuck.catalogue.tool("text.summarize")?;
        before.push(make("text.summarize", Map::from_iter([("text".to_owned(), Value::from(text))])));
        return Some(before);
    }
    let named = Named::of(&stuck.input.request.text, stuck);
    // The reading tools that leave it, those first whose arguments the request names.
    let mut best: Option<(usize, Action)> = None;
    for tool in stuck.catalogue.tools() {
        let kind_fits = tool.produces.contains_key(key);
        if !kind_fits || tool.is_consequential() || stuck.refused(&tool.id) || tool.id == action.tool {
            continue;
        }
        let mut args = Map::new();
        let mut score = 0usize;
        let mut whole = true;
        for field in kinds::fields(tool).into_iter().filter(|field| field.required) {
            match named.value(field.name, field.kind, tool.service()) {
                Some(value) => {
                    score += 2;
                    args.insert(field.name.to_owned(), value);
                }
                None => whole = false,
            }
        }
        if !whole || args.is_empty() {
            continue;
        }
        // One thing rather than a list of things; the plainest tool of a kind.
        score = score * 4
            + usize::from(!tool.id.ends_with(".search") && !tool.id.contains("find")) * 2
            + usize::from(tool.produces.len() > 1 && key != "rows");
        if best.as_ref().is_none_or(|(high, _)| score > *high) {
            best = Some((score, make(&tool.id, args)));
        }
    }
    best.map(|(_, found)| vec![found])
}

static TALK: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)대화|이야기|얘기|오간|메시지|메세지|스레드|채널(?:을|를)? 읽|conversation|discuss|messages|thread|was said|chatter|history",
    )
});

/// What a request names, by sort.
pub struct Named {
    page: Option<String>,
    database: Option<String>,
    spreadsheet: Option<String>,
    range: Option<String>,
    channel: Option<String>,
    url: Option<String>,
    query: Option<String>,
    talk: bool,
}

impl Named {
    pub fn of(text: &str, stuck: &Stuck<'_>) -> Self {
        let marked = mark(text, stuck.catalogue);
        let mut out = Self {
            page: None,
            database: None,
            spreadsheet: None,
            range: None,
            channel: None,
            url: None,
            query: None,
            talk: TALK.is_match(text),
        };
        let mut tab = None;
        for clause in clauses(&marked) {
            for mark in &clause.marks {
                match &mark.what {
                    What::Channel { value, .. } => out.channel = out.channel.or(Some(value.clone())),
                    What::Database(name) => out.database = out.database.or(Some(name.clone())),
                    What::Spreadsheet(name) => out.spreadsheet = out.spreadsheet.or(Some(name.clone())),
                    What::Tab(name) => tab = tab.or(Some(name.clone())),
                    What::Cells { tab: own, cells } => {
                        let sheet = own.clone().or_else(|| tab.clone());
                        let range = sheet.map_or(cells.clone(), |sheet| format!("{sheet}!{cells}"));
                        out.range = out.range.or(Some(range));
                    }
                    What::Literal(at) => match marked.lifted.literals.get(*at) {
                        Some(Literal::Quote(text)) => out.page = out.page.or(Some(text.clone())),
                        Some(Literal::Url(url)) => out.url = out.url.or(Some(url.clone())),
                        _ => {}
                    },
                    _ => {}
                }
            }
            if out.page.is_none() {
                out.page = residue::page_name(&marked, &clause).filter(|name| !residue::is_pronoun(name));
            }
            if out.query.is_none() {
                out.query = residue::query(&marked, &clause).filter(|query| !residue::is_pronoun(query));
            }
        }
        out.range = out.range.or(tab);
        out
    }

    /// The value for one field of a tool.
    pub fn value(&self, field: &str, kind: &str, service: &str) -> Option<Value> {
        let found = match field {
            "page" => self.page.clone(),
            "database" => self.database.clone(),
            "spreadsheet" => self.spreadsheet.clone(),
            "range" => self.range.clone(),
            // Where something is to go is not where it comes from, unless talk is asked for.
            "channel" if kind.ends_with("channel") && self.talk => self.channel.clone(),
            "url" => self.url.clone(),
            "query" if service == "notion" => self.page.clone(),
            "query" => self.query.clone().filter(|_| self.page.is_none()),
            _ => None,
        };
        found.map(|text| Value::from(crate::plan::reference::literal(&text)))
    }
}
