//! A call that worked and did not give what was asked for: read, search or sum up anew with what the
//! request says; what was written is mended by what lacks; what is rightly empty ends it.

use std::sync::LazyLock;

use metel_model::plan::Action;
use regex::Regex;
use serde_json::{Map, Value};

use super::Stuck;
use crate::plan::reference::uses;
use crate::plan::understand::lexicon::expression;

/// The actions that mend it; nothing where there is nothing to mend.
pub fn mended(action: &Action, error: &str, stuck: &Stuck<'_>) -> Option<Vec<Action>> {
    let contract = stuck.catalogue.tool(&action.tool)?;
    let said = stuck.said(action);
    if contract.is_consequential() {
        return written(action, error, said.as_ref(), stuck);
    }
    let mut new = action.clone();
    if action.tool.starts_with("text.") {
        // Summed up anew, as the request words it and as the finding says.
        let told = format!("{} ({})", stuck.input.request.text.trim(), error.trim());
        new.args.insert(
            "instruction".to_owned(),
            Value::from(crate::plan::reference::literal(&told).chars().take(480).collect::<String>()),
        );
        return Some(vec![new]);
    }
    if let Some(said) = &said {
        for (name, value) in &said.args {
            if uses(value).is_empty() && value != metel_model::plan::MISSING {
                new.args.insert(name.clone(), value.clone());
            }
        }
        // What the request does not narrow is not narrowed.
        new.args.retain(|name, value| {
            said.args.contains_key(name)
                || !uses(value).is_empty()
                || matches!(name.as_str(), "limit" | "oldest" | "latest")
        });
    }
    if new.args != action.args {
        return Some(vec![new]);
    }
    if let Some(way) = super::words::way_out(&stuck.input.request.text)
        && let Some(plan) = stuck.plan_of(way)
        && plan.actions.first().is_some_and(|one| stuck.may_take_over(one, action))
        && plan.missing.is_empty()
    {
        return Some(stuck.adopted(plan.actions.into_iter().take(1).collect(), action));
    }
    if EMPTY.is_match(error) {
        return None;
    }
    // Off the point: looked for once more in the request's own words.
    let query = action.args.get("query").and_then(Value::as_str)?;
    let marked = crate::plan::understand::mark::mark(&stuck.input.request.text, stuck.catalogue);
    let wider = crate::plan::understand::clause::clauses(&marked)
        .iter()
        .find_map(|clause| crate::plan::understand::residue::query(&marked, clause))
        .filter(|wider| wider != query)
        .unwrap_or_else(|| stuck.input.request.text.trim().chars().take(200).collect());
    new.args.insert("query".to_owned(), Value::from(crate::plan::reference::literal(&wider)));
    (new.args != action.args).then(|| vec![new])
}

/// What was written stays; what lacks is added.
fn written(action: &Action, error: &str, said: Option<&Action>, stuck: &Stuck<'_>) -> Option<Vec<Action>> {
    match action.tool.as_str() {
        "notion.create_page" if LACKS.is_match(error) || EMPTY.is_match(error) => {
            let content =
                action.args.get("content").or_else(|| said.and_then(|said| said.args.get("content"))).filter(|value| {
                    uses(value).iter().all(|one| match one {
                        crate::plan::reference::Use::Whole(reference)
                        | crate::plan::reference::Use::Inside(reference) => {
                            stuck.replan.plan.actions.iter().any(|old| old.id == reference.root)
                        }
                        crate::plan::reference::Use::Broken(_) => false,
                    })
                });
            let content = content.cloned().or_else(|| stuck.left_data(action))?;
            let page = action.args.get("title")?.clone();
            stuck.catalogue.tool("notion.append_blocks")?;
            Some(vec![Action {
                id: format!("{}b", action.id),
                tool: "notion.append_blocks".to_owned(),
                args: Map::from_iter([("page".to_owned(), page), ("content".to_owned(), content)]),
                requires: Vec::new(),
                produces: Vec::new(),
                success_criteria: Vec::new(),
                reason: String::new(),
            }])
        }
        // The message stands; what it lacks follows in one of its own.
        "slack.post_message" if LACKS.is_match(error) => {
            let link = stuck.left_link(action)?;
            let mut new = action.clone();
            new.args.insert("text".to_owned(), Value::from(link));
            (new.args != action.args).then(|| vec![new])
        }
        // It went elsewhere than the request says: there too.
        "slack.post_message" | "sheets.append_rows" | "sheets.clear_range" => {
            let mut new = action.clone();
            for (name, value) in &said?.args {
                if uses(value).is_empty()
                    && value != metel_model::plan::MISSING
                    && matches!(name.as_str(), "channel" | "range" | "spreadsheet")
                {
                    new.args.insert(name.clone(), value.clone());
                }
            }
            (new.args != action.args).then(|| vec![new])
        }
        _ => None,
    }
}

static EMPTY: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)(?-u:\b)(?:empty|no (?:rows|results|items|entries|content|values|matches|tasks)|0 (?:rows|results|items)|zero|nothing)(?-u:\b)|비어|빈 |없(?:음|어|습|다|는)|0\s?(?:건|행|개)",
    )
});
static LACKS: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)lack|missing|without|not contain|does not|doesn't|has no|left out|blank|absent|빠졌|빠져|누락|없(?:음|어|습|다)|들어 있지|포함되지|비어|담기지",
    )
});
