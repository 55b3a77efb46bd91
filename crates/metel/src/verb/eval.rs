//! `metel eval`: figures over labelled sets, made by the code that serves requests.

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, Subcommand};
use metel_engine::platform::{Around, propose};
use metel_model::lang::Lang;
use metel_model::policy::Policy;
use metel_model::time::{Clock, SystemClock};
use metel_model::{Code, Fault};
use metel_rules::plan::PlanRefusal;
use metel_rules::plan::evaluate::{Case, Figures, evaluate, evaluate_again, evaluate_with};
use metel_rules::plan::plan_without_model;
use serde_json::json;

use super::{Common, eval_injection, eval_retrieval, shipped};
use crate::wire;

/// Largest set, in bytes.
const SET_BYTES_MAX: u64 = 64 * 1024 * 1024;

#[derive(Args)]
pub struct Eval {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Requests to plans: tools, values, data flow, questions and gates, all right or the request counts as wrong
    Plan {
        /// Labelled requests, one JSON object a line
        set: PathBuf,
        /// With the configured model, rules where it fails
        #[arg(long)]
        model: bool,
        /// Only requests of so many steps
        #[arg(long, value_delimiter = ',')]
        steps: Vec<usize>,
        /// Only so many requests, spread over the set
        #[arg(long)]
        limit: Option<usize>,
        /// Name the requests that went wrong
        #[arg(long)]
        failures: bool,
    },
    /// Planning anew after a failure, by rules: what runs then, and that nothing is done again
    Replan {
        /// Labelled cases, one JSON object a line
        set: PathBuf,
        /// Name the cases that went wrong (for sets that may be read)
        #[arg(long)]
        failures: bool,
    },
    /// Finding tools: recall, mean reciprocal rank, schemas saved
    Retrieval(eval_retrieval::Retrieval),
    /// Injections: what an obedient model does behind the gate
    Injection {
        /// Folder with worlds and `wordings.yaml`
        folder: PathBuf,
        /// Name what went through and what was asked about
        #[arg(long)]
        failures: bool,
    },
    /// Personal data: exact span and type
    Pii {
        /// Labelled texts, one JSON object a line
        set: PathBuf,
    },
}

impl Eval {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        match self.act {
            Act::Plan { set, model, steps, limit, failures } => {
                let text = read(&set)?;
                let lines = chosen(&text, &steps, limit)?;
                plan(common, lines, model, failures).await
            }
            Act::Replan { set, failures } => replan(common, &read(&set)?, failures),
            Act::Retrieval(retrieval) => retrieval.run(common),
            Act::Injection { folder, failures } => eval_injection::run(common, &folder, failures),
            Act::Pii { set } => pii(common, &read(&set)?),
        }
    }
}

fn read(set: &PathBuf) -> Result<String, Fault> {
    let unreadable = |error: std::io::Error| Fault::new(Code::NotFound).about(error).at(set.display());
    if std::fs::metadata(set).map_err(unreadable)?.len() > SET_BYTES_MAX {
        return Err(Fault::new(Code::TooLarge).at(set.display()));
    }
    std::fs::read_to_string(set).map_err(unreadable)
}

fn wrong_line(error: impl std::fmt::Display) -> Fault {
    Fault::new(Code::FieldInvalid).about(error)
}

/// The lines that are measured: of the wanted lengths, spread evenly where only some are wanted.
fn chosen<'t>(text: &'t str, steps: &[usize], limit: Option<usize>) -> Result<Vec<&'t str>, Fault> {
    let mut lines = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let case: Case = serde_json::from_str(line).map_err(wrong_line)?;
        if steps.is_empty() || steps.contains(&case.steps) {
            lines.push(line);
        }
    }
    let every = limit.map_or(1, |limit| lines.len().div_ceil(limit.max(1)).max(1));
    Ok(lines.into_iter().step_by(every).collect())
}

async fn plan(common: &Common, lines: Vec<&str>, with_model: bool, failures: bool) -> Result<u8, Fault> {
    let catalogue = shipped::catalogue()?;
    let (now, began) = (SystemClock.now(), Instant::now());
    let asked = lines.len();
    let mut by_rules = 0usize;
    let figures: Figures = if with_model {
        let model = wire::model_of_environment()?;
        if !model.is_ai() {
            return Err(Fault::new(Code::ConfigInvalid).detail(
                "no model is configured: set METEL_MODEL_URL",
                "모델이 설정되지 않았어요: METEL_MODEL_URL을 정하세요",
            ));
        }
        let policy = Policy::default();
        let runtime = tokio::runtime::Handle::current();
        tokio::task::block_in_place(|| {
            evaluate_with(lines, &catalogue, |input| {
                let around = Around { catalogue: &catalogue, policy: &policy, now };
                let proposed = runtime.block_on(propose(model.as_ref(), input, around));
                let refused = |fault: Fault| PlanRefusal::new(fault.sentence(Lang::En), fault.sentence(Lang::Ko));
                let plan = proposed.map_err(refused)?;
                by_rules += usize::from(plan.plan.planner != metel_model::plan::PlannerKind::Model);
                Ok(plan.plan)
            })
        })
        .map_err(wrong_line)?
    } else {
        evaluate(lines, &catalogue, now).map_err(wrong_line)?
    };
    let ms = began.elapsed().as_secs_f64() * 1e3 / asked.max(1) as f64;
    if common.json {
        let share = |kind: &str| figures.share(kind);
        let kinds = ["one", "two", "three", "missing", "impossible", "all"];
        let shares: serde_json::Map<_, _> = kinds.iter().map(|kind| ((*kind).to_owned(), json!(share(kind)))).collect();
        println!("{}", json!({ "requests": asked, "right": shares, "ms_per_request": ms, "by_rules": by_rules }));
    } else {
        print!("{}", figures.table());
        println!("{asked} requests, {ms:.1} ms each");
        if with_model {
            println!("{by_rules} plans were made by rules because the model's did not hold");
        }
    }
    if failures {
        for (id, why) in &figures.failures {
            println!("{id}: {why}");
        }
    }
    Ok(0)
}

fn replan(common: &Common, text: &str, failures: bool) -> Result<u8, Fault> {
    // The services that the cases are about.
    let catalogue = shipped::whole()?.only(&["notion", "slack", "sheets", "firecrawl", "text"]);
    let now = SystemClock.now();
    let figures = evaluate_again(text.lines(), &catalogue, |input, tools| plan_without_model(input, tools, now))
        .map_err(wrong_line)?;
    if common.json {
        let kinds = ["missing_requires", "schema", "criteria", "permanent_error", "rejected", "tool_gone"];
        let shares: serde_json::Map<_, _> = kinds
            .iter()
            .chain(&["recovers", "all"])
            .map(|kind| ((*kind).to_owned(), json!(figures.share(kind))))
            .collect();
        println!("{}", json!({ "right": shares, "repeats": figures.repeats }));
    } else {
        print!("{}", figures.table());
        println!("{} plans do something again that must not be", figures.repeats);
    }
    if failures {
        figures.failures.iter().for_each(|(id, why)| println!("{id}: {why}"));
    }
    Ok(0)
}

fn pii(common: &Common, text: &str) -> Result<u8, Fault> {
    let figures = metel_rules::pii::evaluate(text).map_err(wrong_line)?;
    if common.json {
        println!(
            "{}",
            json!({ "texts": figures.texts, "clean": figures.clean, "clean_right": figures.clean_right,
                "precision": figures.precision, "recall": figures.recall })
        );
    } else {
        println!(
            "precision {:.4}  recall {:.4}  {} texts, {} of {} clean ones left alone",
            figures.precision, figures.recall, figures.texts, figures.clean_right, figures.clean
        );
    }
    Ok(0)
}
