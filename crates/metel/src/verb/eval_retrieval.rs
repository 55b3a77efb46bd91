//! `metel eval retrieval`: whether the tools that requests need are among those that a planner is shown.

use std::path::{Path, PathBuf};

use clap::Args;
use metel_model::{Code, Fault};
use metel_rules::plan::evaluate::{Found, Sizes, Wanting, evaluate_retrieval};
use metel_rules::plan::retrieve::{Index, TOP_K};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Common;

#[derive(Args)]
pub struct Retrieval {
    /// Labelled requests, one JSON object a line: lang, text, tools
    set: PathBuf,
    /// Tools, one JSON object a line: name, description, input_schema
    #[arg(long, default_value = "eval/retrieval/catalogue.jsonl")]
    tools: PathBuf,
    /// Tools that a planner is shown
    #[arg(long, default_value_t = TOP_K)]
    k: usize,
    /// Name the requests that lack a tool among them (for sets that may be read)
    #[arg(long)]
    failures: bool,
}

/// Largest file, in bytes.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

#[derive(Deserialize)]
struct Tool {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    input_schema: Value,
}

fn lines<T: for<'de> Deserialize<'de>>(file: &Path) -> Result<Vec<T>, Fault> {
    let unreadable = |error: std::io::Error| Fault::new(Code::NotFound).about(error).at(file.display());
    if std::fs::metadata(file).map_err(unreadable)?.len() > FILE_BYTES_MAX {
        return Err(Fault::new(Code::TooLarge).at(file.display()));
    }
    let text = std::fs::read_to_string(file).map_err(unreadable)?;
    let wrong = |error: serde_json::Error| Fault::new(Code::FieldInvalid).about(error).at(file.display());
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| serde_json::from_str(line).map_err(wrong)).collect()
}

impl Retrieval {
    pub fn run(self, common: &Common) -> Result<u8, Fault> {
        let (tools, cases) = (lines::<Tool>(&self.tools)?, lines::<Wanting>(&self.set)?);
        let index = Index::of_tools(
            tools.iter().map(|tool| (tool.name.as_str(), tool.description.as_str(), &tool.input_schema)),
        );
        let sizes: Sizes = tools
            .iter()
            .map(|tool| (tool.name.clone(), tool.input_schema.to_string().len() + tool.description.len()))
            .collect();
        let (figures, failures) = evaluate_retrieval(&cases, &index, &sizes, self.k);
        if common.json {
            let of = |found: &Found| {
                json!({ "requests": found.requests, "recall_at_k": found.recall(), "recall_of_tools": found.recall_of_tools(),
                    "mrr": found.mrr(), "saved": found.saved() })
            };
            let all: serde_json::Map<String, Value> =
                figures.iter().map(|((kind, lang), found)| (format!("{kind}/{lang}"), of(found))).collect();
            println!("{}", json!({ "k": self.k, "tools": tools.len(), "found": all }));
        } else {
            println!("{} tools, {} requests, {} shown", tools.len(), cases.len(), self.k);
            println!(
                "{:<9} {:<5} {:>8} {:>9} {:>9} {:>6} {:>8}",
                "tools", "lang", "requests", "recall", "of tools", "MRR", "saved"
            );
            for ((kind, lang), found) in &figures {
                println!(
                    "{kind:<9} {lang:<5} {:>8} {:>7.1} % {:>7.1} % {:>6.3} {:>6.1} %",
                    found.requests,
                    100.0 * found.recall(),
                    100.0 * found.recall_of_tools(),
                    found.mrr(),
                    100.0 * found.saved()
                );
            }
        }
        if self.failures {
            for (id, first, lacking) in &failures {
                println!("{id}: lacks {}; in front {}", lacking.join(", "), first.join(", "));
            }
        }
        Ok(0)
    }
}
