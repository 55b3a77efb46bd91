//! `metel bench retrieval`: how often the right tool is among the first, how long a search takes over
//! more and more tools, and how much of what a model would be sent is saved.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use metel_model::{Code, Fault};
use metel_rules::plan::retrieve::{Index, TOP_K};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Common, lost};

#[derive(Args)]
pub struct Retrieval {
    /// Tools, one JSON object a line: name, description, input_schema
    #[arg(long, default_value = "eval/retrieval/catalogue.jsonl")]
    tools: PathBuf,
    /// Labelled requests, one JSON object a line: lang, text, tools
    #[arg(long, default_value = "eval/retrieval/tuning.jsonl")]
    set: PathBuf,
    /// Tools that a model is shown
    #[arg(long, default_value_t = TOP_K)]
    k: usize,
    /// Name the requests that lack a tool among them (for sets that may be read)
    #[arg(long)]
    failures: bool,
}

/// Largest file, in bytes.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// How many tools the searches are timed over.
const SIZES: [usize; 3] = [100, 1_000, 10_000];
/// Searches that are timed; none is asked twice.
const SEARCHES: usize = 200;
/// Characters of JSON for one token, about.
const CHARS_OF_TOKEN: usize = 4;

#[derive(Deserialize)]
struct Tool {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    input_schema: Value,
}

#[derive(Deserialize)]
struct Case {
    lang: String,
    text: String,
    /// All of them are needed.
    tools: Vec<String>,
}

fn lines<T: for<'de> Deserialize<'de>>(file: &Path) -> Result<Vec<T>, Fault> {
    let fault = |error: &dyn std::fmt::Display| Fault::new(Code::Usage).about(error).at(file.display());
    let size = std::fs::metadata(file).map_err(|error| fault(&error))?.len();
    if size > FILE_BYTES_MAX {
        return Err(Fault::new(Code::TooLarge).at(file.display()));
    }
    let text = std::fs::read_to_string(file).map_err(|error| fault(&error))?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| serde_json::from_str(line).map_err(|error| fault(&error))).collect()
}

fn index(tools: &[Tool]) -> Index {
    Index::of_tools(tools.iter().map(|tool| (tool.name.as_str(), tool.description.as_str(), &tool.input_schema)))
}

impl Retrieval {
    pub fn run(self, common: &Common) -> Result<u8, Fault> {
        let (tools, cases) = (lines::<Tool>(&self.tools)?, lines::<Case>(&self.set)?);
        let index = index(&tools);
        let mut found: BTreeMap<&str, [usize; 5]> = BTreeMap::new();
        let sizes: BTreeMap<&str, usize> = tools
            .iter()
            .map(|tool| (tool.name.as_str(), tool.input_schema.to_string().len() + tool.description.len()))
            .collect();
        let whole: usize = sizes.values().sum();
        let mut sent = 0;
        for case in &cases {
            let hits = index.search(&case.text, 20.max(self.k));
            let rank_of = |tool: &String| hits.iter().position(|hit| hit.id == *tool).unwrap_or(usize::MAX);
            let rank = case.tools.iter().map(rank_of).max().unwrap_or(usize::MAX);
            let counts = found.entry(&case.lang).or_default();
            counts[0] += 1;
            for (slot, most) in [1, self.k, 10, 20].into_iter().enumerate() {
                counts[slot + 1] += usize::from(rank < most);
            }
            sent += hits.iter().take(self.k).filter_map(|hit| sizes.get(hit.id.as_str())).sum::<usize>();
            if self.failures && rank >= self.k {
                let first: Vec<&str> = hits.iter().take(3).map(|hit| hit.id.as_str()).collect();
                println!("  {} → {} (wanted {})", case.text, first.join(", "), case.tools.join(", "));
            }
        }
        let saved = 100.0 - 100.0 * sent as f64 / (whole * cases.len()).max(1) as f64;
        let times = SIZES.into_iter().map(|size| timed(&tools, &cases, size, self.k)).collect::<Result<Vec<_>, _>>()?;
        if common.json {
            let recall = |counts: &[usize; 5], at: usize| counts[at] as f64 / counts[0].max(1) as f64;
            let found: BTreeMap<&str, Value> = found
                .iter()
                .map(|(lang, counts)| {
                    let figures = json!({
                        "cases": counts[0], "recall_at_1": recall(counts, 1), "recall_at_k": recall(counts, 2),
                        "recall_at_10": recall(counts, 3), "recall_at_20": recall(counts, 4),
                    });
                    (*lang, figures)
                })
                .collect();
            let times: Vec<Value> =
                times.iter().map(|time| json!({"tools": time.tools, "p50_us": time.p50, "p99_us": time.p99, "build_ms": time.build_ms})).collect();
            println!(
                "{:#}",
                json!({"k": self.k, "tools": tools.len(), "found": found, "saved_percent": saved, "searches": times})
            );
            return Ok(0);
        }
        println!("{} tools, {} requests; recall at {}", tools.len(), cases.len(), self.k);
        for (lang, counts) in &found {
            let percent = |at: usize| 100.0 * counts[at] as f64 / counts[0].max(1) as f64;
            println!(
                "  {lang}: {:.1} % (at 1: {:.1}, at 10: {:.1}, at 20: {:.1})",
                percent(2),
                percent(1),
                percent(3),
                percent(4)
            );
        }
        println!(
            "schema tokens: about {} of {} sent, {saved:.1} % saved",
            sent / cases.len().max(1) / CHARS_OF_TOKEN,
            whole / CHARS_OF_TOKEN
        );
        println!("search: p50 and p99 of {SEARCHES} different requests");
        for time in times {
            println!(
                "  {:>6} tools: {:>6} µs {:>6} µs (index built in {} ms)",
                time.tools, time.p50, time.p99, time.build_ms
            );
        }
        Ok(0)
    }
}

struct Timed {
    tools: usize,
    p50: u128,
    p99: u128,
    build_ms: u128,
}

/// Searches over so many tools: those of the file, again and again under other names.
fn timed(tools: &[Tool], cases: &[Case], size: usize, k: usize) -> Result<Timed, Fault> {
    let (Some(_), Some(_)) = (tools.first(), cases.first()) else { return Err(lost("nothing to search")) };
    let many: Vec<Tool> = tools
        .iter()
        .cycle()
        .take(size)
        .enumerate()
        .map(|(n, tool)| Tool {
            name: format!("{}_{}", tool.name, n / tools.len()),
            description: format!("{} Part {}.", tool.description, n / tools.len()),
            input_schema: tool.input_schema.clone(),
        })
        .collect();
    let began = Instant::now();
    let index = index(&many);
    let build_ms = began.elapsed().as_millis();
    let mut times: Vec<u128> = (0..SEARCHES)
        .map(|n| {
            // What was asked before would be answered from memory.
            let query = format!("{} {n}", cases[n % cases.len()].text);
            let began = Instant::now();
            let hits = index.search(&query, k);
            let took = began.elapsed().as_micros();
            debug_assert!(hits.len() <= k);
            took
        })
        .collect();
    times.sort_unstable();
    Ok(Timed { tools: size, p50: times[SEARCHES / 2], p99: times[SEARCHES * 99 / 100], build_ms })
}
