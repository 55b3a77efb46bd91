//! `metel torture WORKFLOW`: a user's own workflow under faults at every step. No server, no network, no data
//! folder is needed or touched; a running server is only asked for the stored definition of a name.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use metel_engine::platform::{shipped_pipelines, shipped_templates};
use metel_model::contract::Contract;
use metel_model::lang::Lang;
use metel_model::workflow::Workflow;
use metel_model::{Code, Fault};
use metel_rules::contract::Compiled;
use metel_rules::graph::read_pipeline;
use metel_rules::plan::{Catalogue, practice, template};
use metel_sim::torture::{Finding, Options, Report, Schedule, Subject, repeat, torture, workflow_of_template};
use metel_tools::Registry;
use serde_json::{Value, json};

use super::Common;
use crate::home;

/// Largest definition that is read, in bytes.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  metel torture grant-factory\n  metel torture order.json --budget 3000 --seed 7\n  \
    metel torture order.json --at crash@after-call:pay"
)]
pub struct Torture {
    /// A stored workflow's name, or a file: pipeline JSON or template YAML
    workflow: String,
    /// Runs at most
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    budget: u32,
    /// Draws ids, and which pairs of faults are tried
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Carry out this schedule of faults only; may be given several times
    #[arg(long, value_name = "FAULT@PLACE,…")]
    at: Vec<String>,
    /// The input of the runs; a sample of the workflow's input schema without it
    #[arg(long, value_name = "JSON")]
    input: Option<String>,
    /// A folder of further tool contracts
    #[arg(long, value_name = "FOLDER")]
    contracts: Option<PathBuf>,
    /// Where capsules are written
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    output: PathBuf,
    /// Tell what happened in each run that is shown
    #[arg(long, short = 'v')]
    verbose: bool,
}

impl Torture {
    /// 0 when nothing was found, else 1.
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let began = std::time::Instant::now();
        let schedules: Vec<Schedule> = self.at.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
        let input = self.input.as_deref().map(serde_json::from_str).transpose();
        let input = input.map_err(|e| Fault::new(Code::JsonMalformed).about(e).at("--input"))?;
        let contracts = contracts(self.contracts.as_deref())?;
        let (workflow, others) = self.load(common, &contracts).await?;
        let is_agent = |name: &str| metel_llm::agent::named(name).is_some();
        let subject = Subject { workflow, others, contracts, is_agent, input };
        let options = Options {
            seed: self.seed,
            budget: self.budget as usize,
            pairs: usize::MAX,
            threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            made_by: format!("metel {} torture", env!("CARGO_PKG_VERSION")),
        };
        // The simulated processes have runtimes of their own, which no other runtime may be around.
        let work = tokio::task::spawn_blocking(move || match schedules.is_empty() {
            true => torture(subject, &options),
            false => repeat(subject, &options, &schedules),
        });
        let report = work.await.map_err(|error| Fault::new(Code::Internal).about(error))??;
        let mut files = Vec::with_capacity(report.findings.len());
        for finding in &report.findings {
            files.push(self.keep(finding)?);
        }
        let found = !report.findings.is_empty();
        if common.json {
            println!("{:#}", self.json(&report, &files, began.elapsed().as_millis() as u64));
        } else {
            self.print(&report, &files, common.lang(), began.elapsed());
        }
        Ok(u8::from(found))
    }

    async fn load(&self, common: &Common, contracts: &[Arc<Compiled>]) -> Result<(Workflow, Vec<Workflow>), Fault> {
        let path = Path::new(&self.workflow);
        let mut others: Vec<Workflow> = Vec::new();
        for (name, text) in shipped_pipelines() {
            others.push(pipeline(name, text)?);
        }
        if path.is_file() {
            // What stands beside it may be started by it.
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten().take(1_000) {
                let beside = entry.path();
                let is_json = beside.extension().is_some_and(|end| end == "json");
                if is_json
                    && beside != path
                    && let Ok(workflow) = read(&beside, contracts)
                {
                    others.push(workflow);
                }
            }
            return Ok((read(path, contracts)?, others));
        }
        if let Ok(api) = common.api()
            && let Ok(stored) = api.get(&format!("/v1/workflows/{}", super::in_query(&self.workflow))).await
            && let Ok(workflow) = serde_json::from_value(stored["definition"].clone())
        {
            let list = api.get("/v1/workflows?limit=200").await.unwrap_or(Value::Null);
            for one in list["items"].as_array().into_iter().flatten() {
                if let Ok(workflow) = serde_json::from_value::<Workflow>(one["definition"].clone()) {
                    others.retain(|other| other.name != workflow.name);
                    others.push(workflow);
                }
            }
            return Ok((workflow, others));
        }
        if let Some(at) = others.iter().position(|workflow| workflow.name == self.workflow) {
            return Ok((others[at].clone(), others));
        }
        let templates = shipped_templates()?;
        if let Some(found) = templates.iter().find(|template| template.skill == self.workflow) {
            return Ok((workflow_of_template(found, &catalogue(contracts)), others));
        }
        Err(Fault::new(Code::NotFound).detail(
            format!("`{}` is no file, no stored workflow of a running metel, no shipped one", self.workflow),
            format!("`{}`라는 파일도, 켜져 있는 metel에 저장된 워크플로도, 기본 제공 워크플로도 없어요", self.workflow),
        ))
    }

    /// Writes a finding's capsule.
    fn keep(&self, finding: &Finding) -> Result<PathBuf, Fault> {
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' };
        let step: String = finding.step.chars().take(80).map(plain).collect();
        let dash = if step.is_empty() { "" } else { "-" };
        let path = self.output.join(format!("torture-{}{dash}{step}.capsule", finding.flaw.key()));
        let bytes = finding.capsule.to_bytes()?;
        std::fs::write(&path, bytes).map_err(|e| Fault::new(Code::Usage).about(e).at(path.display()))?;
        Ok(path)
    }

    /// The command that shows a finding once more.
    fn again(&self, finding: &Finding) -> String {
        let mut text = format!("metel torture {}", quoted(&self.workflow));
        if self.seed != 1 {
            text.push_str(&format!(" --seed {}", self.seed));
        }
        if let Some(input) = &self.input {
            text.push_str(&format!(" --input {}", quoted(input)));
        }
        if let Some(folder) = &self.contracts {
            text.push_str(&format!(" --contracts {}", quoted(&folder.to_string_lossy())));
        }
        text.push_str(&format!(" --at {}", quoted(&finding.schedule.to_string())));
        text
    }

    fn json(&self, report: &Report, files: &[PathBuf], ms: u64) -> Value {
        let findings: Vec<Value> = report
            .findings
            .iter()
            .zip(files)
            .map(|(finding, file)| {
                json!({
                    "kind": finding.flaw.key(),
                    "title": finding.flaw.title(),
                    "workflow": finding.workflow,
                    "step": finding.step,
                    "what": finding.what,
                    "mend": finding.mend,
                    "at": finding.schedule.to_string(),
                    "again": self.again(finding),
                    "capsule": file,
                    "story": if self.verbose { json!(finding.story) } else { Value::Null },
                })
            })
            .collect();
        json!({
            "schema": "metel.torture.v1",
            "workflow": report.workflow,
            "seed": report.seed,
            "clean": report.findings.is_empty(),
            "findings": findings,
            "runs": report.runs,
            "ways": report.ways,
            "places": report.points,
            "single_faults": {"all": report.singles.0, "tried": report.singles.1},
            "pairs_tried": report.pairs,
            "calls": report.calls,
            "simulated_ms": report.simulated_ms,
            "steps": {"reached": report.reached.0, "all": report.reached.1, "unreached": report.unreached},
            "missed": report.missed,
            "ms": ms,
        })
    }

    fn print(&self, report: &Report, files: &[PathBuf], lang: Lang, took: std::time::Duration) {
        println!(
            "{} {} · {} {}",
            lang.pick("torture", "가혹 시험"),
            report.workflow,
            lang.pick("seed", "씨앗"),
            report.seed
        );
        for (finding, file) in report.findings.iter().zip(files) {
            let of =
                if finding.workflow == report.workflow { String::new() } else { format!("{} · ", finding.workflow) };
            println!("✕ {}  {of}{}", finding.flaw.title().get(lang), finding.step);
            let line = |word: &str, text: &str| println!("  {word}  {text}");
            line(lang.pick("what ", "무엇  "), finding.what.get(lang));
            line(lang.pick("fault", "고장  "), &finding.schedule.to_string());
            line(lang.pick("mend ", "고치기"), finding.mend.get(lang));
            line(lang.pick("file ", "캡슐  "), &format!("{}   (metel replay {0})", file.display()));
            line(lang.pick("again", "다시  "), &self.again(finding));
            if self.verbose {
                finding.story.iter().for_each(|text| println!("    {text}"));
            }
        }
        for missed in &report.missed {
            println!("! {}: {missed}", lang.pick("no run came to this place", "이 자리에 온 실행이 없었어요"));
        }
        if report.findings.is_empty() {
            println!("{}", lang.pick("✓ nothing found", "✓ 찾은 것이 없어요"));
        }
        match lang {
            Lang::En => println!(
                "{} runs in {:.1} s · {} ways · {} places · {} of {} single faults · {} pairs · {} calls",
                report.runs,
                took.as_secs_f64(),
                report.ways,
                report.points,
                report.singles.1,
                report.singles.0,
                report.pairs,
                report.calls
            ),
            Lang::Ko => println!(
                "실행 {}번 {:.1}초 · 길 {}가지 · 자리 {}곳 · 고장 하나 {}/{} · 고장 둘 {} · 호출 {}번",
                report.runs,
                took.as_secs_f64(),
                report.ways,
                report.points,
                report.singles.1,
                report.singles.0,
                report.pairs,
                report.calls
            ),
        }
        if !report.unreached.is_empty() {
            println!(
                "! {} {}/{}: {}",
                lang.pick("steps reached", "닿은 단계"),
                report.reached.0,
                report.reached.1,
                report.unreached.join(", ")
            );
        }
        if report.singles.1 < report.singles.0 {
            println!(
                "! {}",
                lang.pick(
                    "the budget was too small for every single fault: --budget",
                    "고장을 하나씩 다 해 보기에 모자랐어요: --budget"
                )
            );
        }
    }
}

/// As a shell reads it.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:@,+=/".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

fn catalogue(contracts: &[Arc<Compiled>]) -> Catalogue {
    let contracts: Vec<Arc<Contract>> = contracts.iter().map(|c| Arc::new(c.contract.clone())).collect();
    Catalogue::build(&contracts, &[]).with_places(practice::places())
}

/// Shipped contracts, those of the data folder, and those of a given folder.
fn contracts(folder: Option<&Path>) -> Result<Vec<Arc<Compiled>>, Fault> {
    let registry = Registry::builtin().map_err(|faults| {
        Fault::new(Code::ContractInvalid)
            .about(faults.iter().map(|f| format!("{}: {}", f.file, f.fault)).collect::<Vec<_>>().join("; "))
    })?;
    let own = home::folder().join("contracts");
    if own.is_dir() {
        // What the server would not take, it does not take here either.
        let _ = registry.load_folder(&own);
    }
    if let Some(folder) = folder {
        let faults = registry.load_folder(folder);
        if let Some(first) = faults.into_iter().next() {
            return Err(first.fault.at(first.file));
        }
    }
    Ok(registry.snapshot().list().cloned().collect())
}

fn pipeline(name: &str, text: &str) -> Result<Workflow, Fault> {
    let definition: Value =
        serde_json::from_str(text).map_err(|e| Fault::new(Code::JsonMalformed).about(e).at(name))?;
    read_pipeline(name, &definition).map_err(|faults| Fault::new(Code::DefinitionInvalid).about(name).fields(faults))
}

/// A pipeline or a template, by the end of its name.
fn read(path: &Path, contracts: &[Arc<Compiled>]) -> Result<Workflow, Fault> {
    let wrong = |error: std::io::Error| Fault::new(Code::Usage).about(error).at(path.display());
    if std::fs::metadata(path).map_err(wrong)?.len() > FILE_BYTES_MAX {
        return Err(Fault::new(Code::TooLarge).at(path.display()));
    }
    let text = std::fs::read_to_string(path).map_err(wrong)?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
        let found = template::load(&text);
        let found = found
            .map_err(|e| Fault::new(Code::TemplateInvalid).detail(e.message.en, e.message.ko).at(path.display()))?;
        return Ok(workflow_of_template(&found, &catalogue(contracts)));
    }
    pipeline(&name, &text)
}
