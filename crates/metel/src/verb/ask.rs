//! `metel ask`: a request becomes a plan, the plan a run, the run an answer.

use clap::Args;
use metel_model::{Fault, Lang};
use serde_json::{Value, json};

use super::{Common, approve, run};
use crate::home;

#[derive(Args)]
pub struct Ask {
    /// What you want done
    text: String,
    /// Only show the plan
    #[arg(long)]
    plan_only: bool,
    /// Begin anew: do not understand "that page" from earlier requests
    #[arg(long)]
    new: bool,
}

/// The terminal's session lasts a day.
fn session(new: bool) -> Option<String> {
    let path = home::folder().join("session");
    if new {
        let _ = std::fs::remove_file(&path);
    }
    let fresh = std::fs::metadata(&path).and_then(|m| m.modified()).ok().and_then(|at| at.elapsed().ok());
    if fresh.is_some_and(|age| age < std::time::Duration::from_secs(24 * 3_600)) {
        return std::fs::read_to_string(&path).ok().map(|text| text.trim().to_owned());
    }
    use metel_model::id::{FreshIds, IdSource, SessionId};
    let id = SessionId(FreshIds.next()).to_string();
    let _ = home::write_private(&path, &id);
    Some(id)
}

fn words(value: &Value, lang: Lang) -> &str {
    value.get(lang.tag()).or(Some(value)).and_then(Value::as_str).unwrap_or_default()
}

impl Ask {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let (api, lang) = (common.api()?, common.lang());
        let plan = api.post("/v1/plans", &json!({ "request": self.text, "session": session(self.new) })).await?;
        if self.plan_only && common.json {
            println!("{plan:#}");
            return Ok(0);
        }
        eprintln!(
            "{}{}",
            lang.pick("plan", "계획"),
            if plan["planner"] == "template" {
                lang.pick(" (no model was used)", " (모델 없이 세웠어요)")
            } else {
                ""
            }
        );
        for (i, action) in plan["actions"].as_array().into_iter().flatten().enumerate() {
            let mark = if action["approval"].is_null() {
                ""
            } else {
                lang.pick("  ⏸ needs approval", "  ⏸ 승인 필요")
            };
            eprintln!(
                "  {} {}  {}{mark}",
                i + 1,
                action["tool"].as_str().unwrap_or_default(),
                words(&action["sentence"], lang).split_whitespace().collect::<Vec<_>>().join(" ")
            );
        }
        let mut inputs = serde_json::Map::new();
        for field in plan["missing"].as_array().into_iter().flatten() {
            let key = field["key"].as_str().unwrap_or_default();
            if common.no_input || !is_terminal() {
                eprintln!("  ? {key}: {}", words(&field["title"], lang));
                continue;
            }
            inputs.insert(key.to_owned(), Value::String(prompt(&format!("{}: ", words(&field["title"], lang)))));
        }
        if self.plan_only {
            return Ok(0);
        }
        if !common.yes && !common.no_input && is_terminal() {
            let answer = prompt(lang.pick("Run it? [Y/n] ", "실행할까요? [Y/n] "));
            if answer.to_lowercase().starts_with('n') {
                return Ok(0);
            }
        }
        let mut body = json!({ "plan": plan["id"] });
        if !inputs.is_empty() {
            body["inputs"] = Value::Object(inputs);
        }
        let mut state = api.post_and_wait("/v1/runs", &body, 60).await?;
        loop {
            let id = state["id"].as_str().unwrap_or_default().to_owned();
            state = run::settle(&api, state).await?;
            if state["display"] != "waiting_approval" || common.no_input || !is_terminal() {
                return run::finish(&state, common);
            }
            if !approve::ask_all(&api, &state, lang).await? {
                return run::finish(&state, common);
            }
            state = api.get(&format!("/v1/runs/{id}")).await?;
        }
    }
}

pub fn is_terminal() -> bool {
    use std::io::IsTerminal;
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

pub fn prompt(question: &str) -> String {
    use std::io::Write;
    eprint!("{question}");
    let _ = std::io::stderr().flush();
    let mut line = String::new();
    let _ = std::io::stdin().read_line(&mut line);
    line.trim().to_owned()
}
