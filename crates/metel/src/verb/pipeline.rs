//! `metel pipeline`: list, show, run, add.

use clap::{Args, Subcommand};
use metel_model::{Code, Fault};
use serde_json::{Value, json};

use super::{Common, run};

#[derive(Args)]
pub struct Pipeline {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    List,
    Show {
        name: String,
    },
    /// Start one: `--input '{"query":"AI 솔루션"}'`
    Run {
        name: String,
        #[arg(long, default_value = "{}")]
        input: String,
        /// Whom it is about (employee-42): its record is sealed, and `metel subject erase` forgets it
        #[arg(long)]
        subject: Option<String>,
    },
    /// Check a definition file; every fault at once
    Validate {
        file: std::path::PathBuf,
    },
    /// Move runs that are under way onto a version (the newest by default)
    Migrate {
        name: String,
        /// Only show what would move and what stands in the way
        #[arg(long)]
        dry_run: bool,
        /// Leave runs that cannot move where they are
        #[arg(long)]
        skip_blocked: bool,
        #[arg(long)]
        version: Option<u32>,
    },
    /// Store a definition file as a new version
    Import {
        name: String,
        file: std::path::PathBuf,
    },
}

fn read(file: &std::path::Path) -> Result<Value, Fault> {
    let text = std::fs::read_to_string(file).map_err(|e| Fault::new(Code::Usage).about(e).at(file.display()))?;
    serde_json::from_str(&text).map_err(|e| Fault::new(Code::JsonMalformed).about(e).at(file.display()))
}

impl Pipeline {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let (api, lang) = (common.api()?, common.lang());
        let shown = match self.act {
            Act::Migrate { name, dry_run, skip_blocked, version } => {
                let how = json!({"dry_run": dry_run, "skip_blocked": skip_blocked, "version": version});
                let done = api.post(&format!("/v1/workflows/{}/migrate", super::in_query(&name)), &how).await?;
                let runs = done["runs"].as_array().cloned().unwrap_or_default();
                let is_blocked = |run: &&Value| run["blockers"].as_array().is_some_and(|list| !list.is_empty());
                let blocked = runs.iter().filter(is_blocked).count();
                if !common.json {
                    for run in runs.iter().filter(is_blocked) {
                        for blocker in run["blockers"].as_array().into_iter().flatten() {
                            let of = |key: &str| blocker[key].as_str().unwrap_or_default().to_owned();
                            println!(
                                "✕ {}  {}: {}",
                                run["run"].as_str().unwrap_or_default(),
                                of("step"),
                                of("message")
                            );
                        }
                    }
                    println!(
                        "{name} v{}: {} {} · {} {blocked} · {} {}",
                        done["version"],
                        lang.pick("can move", "옮길 수 있음"),
                        runs.len() - blocked,
                        lang.pick("blocked", "걸림"),
                        lang.pick("moved", "옮김"),
                        done["moved"]
                    );
                    return Ok(u8::from(dry_run && blocked > 0));
                }
                done
            }
            Act::List => {
                let list = api.get("/v1/workflows?limit=200").await?;
                if !common.json {
                    for one in list["items"].as_array().into_iter().flatten() {
                        println!(
                            "{:<20} v{}  {}",
                            one["name"].as_str().unwrap_or_default(),
                            one["version"],
                            one["title"][lang.tag()].as_str().unwrap_or_default()
                        );
                    }
                    return Ok(0);
                }
                list
            }
            Act::Show { name } => api.get(&format!("/v1/workflows/{name}")).await?,
            Act::Run { name, input, subject } => {
                let input: Value =
                    serde_json::from_str(&input).map_err(|e| Fault::new(Code::JsonMalformed).about(e).at("--input"))?;
                let mut body = json!({ "workflow": name, "input": input });
                if let Some(subject) = subject {
                    body["subject"] = subject.into();
                }
                let state = api.post_and_wait("/v1/runs", &body, 60).await?;
                return run::finish(&run::settle(&api, state).await?, common);
            }
            Act::Validate { file } => {
                api.post("/v1/workflows/validate", &json!({ "name": "file", "definition": read(&file)? })).await?
            }
            Act::Import { name, file } => {
                api.post("/v1/workflows", &json!({ "name": name, "definition": read(&file)? })).await?
            }
        };
        println!("{shown:#}");
        Ok(0)
    }
}
