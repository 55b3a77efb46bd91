//! `metel jsonl`: one JSON object a line in, one a line out, in order; the product's own code answers.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::sync::Arc;

use clap::Args;
use metel_model::contract::Contract;
use metel_model::plan::{PlanInput, Request};
use metel_model::status::Risk;
use metel_model::time::{Clock, SystemClock};
use metel_model::{Fault, Lang};
use metel_rules::plan::{Catalogue, Place};
use serde_json::{Value, json};

#[derive(Args)]
pub struct Jsonl {}

/// Longest line that is read.
const LINE_BYTES_MAX: usize = 64 * 1024 * 1024;

impl Jsonl {
    pub fn run(self) -> Result<u8, Fault> {
        let mut doors = Doors::default();
        let stdin = std::io::stdin().lock();
        let mut stdout = std::io::stdout().lock();
        for line in stdin.split(b'\n') {
            let Ok(line) = line else { break };
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let answer = match serde_json::from_slice::<Value>(&line) {
                _ if line.len() > LINE_BYTES_MAX => json!({ "error": "the line is too long" }),
                Ok(request) => doors.answer(&request),
                Err(error) => json!({ "error": format!("not JSON: {error}") }),
            };
            if writeln!(stdout, "{answer}").and_then(|()| stdout.flush()).is_err() {
                break;
            }
        }
        Ok(0)
    }
}

#[derive(Default)]
struct Doors {
    catalogue: Option<Catalogue>,
}

impl Doors {
    fn answer(&mut self, request: &Value) -> Value {
        match request.get("op").and_then(Value::as_str) {
            Some("pii") => metel_rules::pii::door(request),
            Some("plan") => {
                let catalogue = self.catalogue.get_or_insert_with(catalogue);
                plan(request, catalogue)
            }
            _ => {
                metel_rules::door::answer(request).unwrap_or_else(|| json!({ "error": "this operation is not known" }))
            }
        }
    }
}

/// Plans a text with the template planner.
fn plan(request: &Value, catalogue: &Catalogue) -> Value {
    let Some(text) = request.get("text").and_then(Value::as_str) else {
        return json!({ "error": "`text` is missing" });
    };
    let lang = request.get("lang").and_then(Value::as_str).map_or_else(|| Lang::of(text), Lang::from_tag);
    let request = Request { text: text.to_owned(), lang, session: None };
    let input = PlanInput { request, mentions: Vec::new(), tools: BTreeMap::new(), replan: None };
    match metel_rules::plan::plan_without_model(&input, catalogue, SystemClock.now()) {
        Ok(plan) => {
            let missing: Vec<String> = plan.missing.iter().map(metel_model::plan::MissingField::key).collect();
            let asks = |tool: &str| {
                catalogue.tool(tool).is_some_and(|t| t.has_risk(Risk::Destructive) || t.has_risk(Risk::Financial))
            };
            let needs_approval = plan.actions.iter().any(|action| asks(&action.tool));
            let mut answer = serde_json::to_value(&plan).unwrap_or_default();
            answer["missing"] = json!(missing);
            answer["needs_approval"] = json!(needs_approval);
            answer
        }
        Err(refusal) => json!({ "refused": refusal.reason.get(lang) }),
    }
}

/// All shipped tools with the places of the simulated services.
fn catalogue() -> Catalogue {
    let contracts: Vec<Arc<Contract>> = match metel_tools::Registry::builtin() {
        Ok(registry) => registry
            .snapshot()
            .list()
            .filter(|c| !c.contract.examples.is_empty())
            .map(|c| Arc::new(c.contract.clone()))
            .collect(),
        Err(_) => Vec::new(),
    };
    let places = ["general", "team", "standup", "random", "marketing", "alerts", "팀-공지"]
        .iter()
        .map(|name| Place::new("slack.channel", &format!("#{name}")))
        .collect();
    Catalogue::build(&contracts, &[]).with_places(places)
}
