//! Connected seeds written out as an action plan: arguments, references, and what is missing.

use std::sync::Arc;

use metel_model::contract::Contract;
use metel_model::lang::{Lang, Text};
use metel_model::plan::{ACTIONS_MAX, Action, ActionPlan, MISSING, Mention, MissingField, PlannerKind};
use serde_json::{Map, Value, json};

use super::choose::choose;
use super::refuse;
use super::slots::slot_of;
use crate::plan::catalogue::Catalogue;
use crate::plan::check::{produces_of, requires_of};
use crate::plan::fault::PlanRefusal;
use crate::plan::kinds::{self, Field};
use crate::plan::missing;
use crate::plan::reference::literal;
use crate::plan::understand::seed::{Act, Filling, Piece, Seed, Slot, Want};

struct Emitter<'a> {
    seeds: &'a [Seed],
    tools: Vec<&'a Arc<Contract>>,
    catalogue: &'a Catalogue,
    mentions: &'a [Mention],
    lang: Lang,
}

/// The plan for connected seeds. `words` is the request's text.
pub fn emit(
    seeds: &[Seed],
    words: &str,
    lang: Lang,
    mentions: &[Mention],
    catalogue: &Catalogue,
) -> Result<ActionPlan, PlanRefusal> {
    if seeds.len() > ACTIONS_MAX {
        return Err(PlanRefusal::new(
            format!("The request asks for more than {ACTIONS_MAX} actions; split it up"),
            format!("한 번에 {ACTIONS_MAX}단계까지 할 수 있어요. 나누어 요청해 주세요"),
        ));
    }
    let mut tools = Vec::new();
    for seed in seeds {
        tools.push(choose(seed, words, catalogue).ok_or_else(|| refuse::no_tool(seed, catalogue))?);
    }
    let emitter = Emitter { seeds, tools, catalogue, mentions, lang };
    let mut plan = ActionPlan {
        goal: words.trim().chars().take(500).collect(),
        planner: PlannerKind::Template,
        ..ActionPlan::default()
    };
    for at in 0..seeds.len() {
        let (action, asked) = emitter.action(at, words, &mut plan.assumptions);
        plan.actions.push(action);
        plan.missing.extend(asked);
    }
    Ok(plan)
}

impl Emitter<'_> {
    fn action(&self, at: usize, words: &str, assumptions: &mut Vec<Text>) -> (Action, Vec<MissingField>) {
        let (seed, tool) = (&self.seeds[at], self.tools[at]);
        let id = name(at);
        let mut args = Map::new();
        let mut asked = Vec::new();
        let mut used = Vec::new();
        for field in kinds::fields(tool) {
            let slot = slot_of(tool, &field, seed.act);
            // What was said fills one field; an optional twin of it stays empty.
            if !field.required && used.contains(&slot) {
                continue;
            }
            used.push(slot);
            let value = match seed.slots.get(&slot) {
                Some(filling) => self.value(filling, &field),
                None if field.required => self.mentioned(seed, slot, &field, assumptions),
                None => None,
            };
            match value {
                Some(value) => {
                    args.insert(field.name.to_owned(), value);
                }
                None if field.required && field.schema.get("default").is_none() => {
                    args.insert(field.name.to_owned(), Value::from(MISSING));
                    asked.push(missing::ask(&id, tool, &field, self.catalogue));
                }
                None => {}
            }
        }
        let reason: String = words_of(words, seed).chars().take(200).collect();
        let action = Action {
            requires: requires_of(&args),
            produces: produces_of(&id, tool),
            id,
            tool: tool.id.clone(),
            args,
            success_criteria: Vec::new(),
            reason,
        };
        (action, asked)
    }

    fn value(&self, filling: &Filling, field: &Field<'_>) -> Option<Value> {
        let takes = |kind: &str| kinds::takes(field.schema, kind);
        match filling {
            Filling::Text(text) if takes("string") => Some(Value::from(literal(text))),
            Filling::Text(text) if takes("array") => Some(json!([[literal(text)]])),
            Filling::Text(_) => None,
            Filling::Rows(rows) if takes("array") => Some(json!(
                rows.iter().map(|row| row.iter().map(|cell| literal(cell)).collect::<Vec<_>>()).collect::<Vec<_>>()
            )),
            Filling::Rows(rows) => {
                Some(Value::from(literal(&rows.iter().map(|row| row.join(", ")).collect::<Vec<_>>().join("\n"))))
            }
            Filling::Mixed(pieces) => self.mixed(pieces, field),
        }
    }

    fn mixed(&self, pieces: &[Piece], field: &Field<'_>) -> Option<Value> {
        let cells = kinds::is_table(field.kind);
        let mut lines: Vec<String> = Vec::new();
        let alone = pieces.len() == 1;
        for piece in pieces {
            match piece {
                Piece::Text(text) => lines.push(literal(text)),
                Piece::From { seed, want } => {
                    let (key, kind) = self.product(*seed, *want)?;
                    let reference = format!("${{{}.{key}}}", name(*seed));
                    let table = kinds::is_table(kind);
                    if alone && table && kinds::takes(field.schema, "array") {
                        return Some(Value::from(reference));
                    }
                    // A link alone gets its page's name; a table in a text gets a heading, so that the text stays one.
                    if alone && !cells && (table || *want == Want::PageLink) {
                        lines.extend(self.heading(*seed));
                    }
                    lines.push(reference);
                }
            }
        }
        Some(match cells && kinds::takes(field.schema, "array") {
            true => json!([lines]),
            false => Value::from(lines.join("\n")),
        })
    }

    /// The product of a seed's tool that answers a want: its key and semantic type.
    fn product(&self, seed: usize, want: Want) -> Option<(&str, &str)> {
        let tool = self.tools.get(seed)?;
        let all: Vec<(&str, &str)> =
            tool.produces.iter().map(|(key, product)| (key.as_str(), product.kind.as_str())).collect();
        let link = || all.iter().copied().find(|(_, kind)| kinds::is_link(kind));
        let id =
            || all.iter().copied().find(|(key, kind)| key.ends_with("_id") || *key == "id" || kind.ends_with("_id"));
        let prose = || all.iter().copied().find(|(_, kind)| kinds::is_prose(kind));
        let table = || all.iter().copied().find(|(_, kind)| kinds::is_table(kind));
        match want {
            Want::PageLink | Want::PageLinks | Want::MessageLink => link().or_else(id),
            Want::PageId => id().or_else(link),
            Want::Data | Want::AllData | Want::Last => prose().or_else(table).or_else(|| all.first().copied()),
        }
    }

    /// What to call a seed's product in a text: its page's title, its range.
    fn heading(&self, seed: usize) -> Option<String> {
        let seed = self.seeds.get(seed)?;
        [Slot::Title, Slot::Database, Slot::Range, Slot::Query]
            .iter()
            .find_map(|slot| seed.text(*slot))
            .map(literal)
            .or_else(|| {
                Some(match self.lang {
                    Lang::Ko => "링크".to_owned(),
                    Lang::En => "Link".to_owned(),
                })
            })
    }

    /// `그 페이지`: the newest thing of a fitting type that the session made or touched.
    fn mentioned(&self, seed: &Seed, slot: Slot, field: &Field<'_>, assumptions: &mut Vec<Text>) -> Option<Value> {
        if !matches!(slot, Slot::Page | Slot::Message | Slot::Channel | Slot::Url | Slot::Database)
            || slot == Slot::Channel && seed.act != Act::DeleteMessage
        {
            return None;
        }
        let service = self
            .catalogue
            .tool(&self.tools[self.seeds.iter().position(|other| other == seed)?].id)?
            .service()
            .to_owned();
        let stem = match slot {
            Slot::Page => "page",
            Slot::Message => "message",
            Slot::Channel => "channel",
            Slot::Database => "database",
            _ => "url",
        };
        let fits = |mention: &&Mention| {
            kinds::fit(field.kind, &mention.kind).is_some_and(|fit| fit != kinds::Fit::Written)
                || mention.kind.starts_with(&format!("{service}."))
                    && (kinds::leaf(&mention.kind).starts_with(stem)
                        || stem == "message" && matches!(kinds::leaf(&mention.kind), "permalink" | "ts"))
        };
        let exact = self.mentions.iter().find(|mention| mention.kind == field.kind);
        let newest = self.mentions.iter().find(fits)?;
        // The newest thing decides; of several values of that one thing, the exact type does.
        let chosen = exact.filter(|exact| exact.label == newest.label && exact.tool == newest.tool).unwrap_or(newest);
        let called = if chosen.label.is_empty() { chosen.value.to_string() } else { chosen.label.clone() };
        assumptions.push(Text::new(format!("“{called}” is meant"), format!("‘{called}’을(를) 말하는 것으로 봤어요")));
        Some(match &chosen.value {
            Value::String(text) => Value::from(literal(text)),
            other => other.clone(),
        })
    }
}

fn name(at: usize) -> String {
    format!("a{}", at + 1)
}

/// The words of the request that a seed answers to.
fn words_of(words: &str, seed: &Seed) -> String {
    let _ = seed;
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}
