//! `metel tool`: what there is, a try, and what a workspace adds, pins and switches off.

mod import;

use clap::{Args, Subcommand};
use metel_model::{Code, Fault};
use serde_json::{Value, json};

use super::{Common, in_query, run};

#[derive(Args)]
pub struct Tool {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// All tools, or those that fit a request
    List { query: Option<String> },
    /// Tools that fit a request, best first
    Search { query: String },
    /// One whole contract
    Show {
        id: String,
        /// That version, instead of the one that counts
        #[arg(long)]
        version: Option<String>,
    },
    /// Every version of a contract
    Versions { id: String },
    /// Check a contract file (YAML or JSON) without adding it
    Validate { file: std::path::PathBuf },
    /// Add a contract file (YAML or JSON)
    #[command(alias = "new")]
    Add { file: std::path::PathBuf },
    /// Switch a tool off
    Disable { id: String },
    /// Switch a tool on
    Enable { id: String },
    /// Make one version count; without a version, the highest counts again
    Pin { id: String, version: Option<String> },
    /// Import tools from a description of a foreign interface
    Import(import::Import),
    /// Call one, as a run of one step: `--args '{"channel":"#team","text":"hi"}'`
    Call {
        id: String,
        #[arg(long, default_value = "{}")]
        args: String,
    },
}

impl Tool {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        match self.act {
            Act::List { query } => list(common, query.as_deref()).await,
            Act::Search { query } => list(common, Some(&query)).await,
            Act::Show { id, version } => {
                let version = version.map(|version| format!("?version={}", in_query(&version))).unwrap_or_default();
                shown(&common.api()?.get(&format!("/v1/tools/{}{version}", in_query(&id))).await?)
            }
            Act::Versions { id } => {
                let found = common.api()?.get(&format!("/v1/tools/{}/versions", in_query(&id))).await?;
                if common.json {
                    return shown(&found);
                }
                for version in found["items"].as_array().into_iter().flatten() {
                    let mark = if version["current"] == true { "*" } else { " " };
                    let digest = version["digest"].as_str().unwrap_or_default();
                    println!(
                        "{mark} {:<12} {}",
                        version["version"].as_str().unwrap_or_default(),
                        &digest[..digest.len().min(12)]
                    );
                }
                Ok(0)
            }
            Act::Validate { file } => shown(&common.api()?.post("/v1/tools/validate", &contract(&file)?).await?),
            Act::Add { file } => {
                let added = common.api()?.post("/v1/tools", &contract(&file)?).await?;
                match common.json {
                    true => shown(&added),
                    false => told(&format!(
                        "{} {}",
                        added["id"].as_str().unwrap_or_default(),
                        added["version"].as_str().unwrap_or_default()
                    )),
                }
            }
            Act::Disable { id } => act(common, &id, "disable", &json!({})).await,
            Act::Enable { id } => act(common, &id, "enable", &json!({})).await,
            Act::Pin { id, version } => act(common, &id, "pin", &json!({ "version": version })).await,
            Act::Import(import) => import.run(common).await,
            Act::Call { id, args } => {
                let api = common.api()?;
                let args: Value =
                    serde_json::from_str(&args).map_err(|e| Fault::new(Code::JsonMalformed).about(e).at("--args"))?;
                let state = api.post(&format!("/v1/tools/{}/call", in_query(&id)), &json!({ "args": args })).await?;
                run::finish(&run::settle(&api, state).await?, common)
            }
        }
    }
}

fn shown(value: &Value) -> Result<u8, Fault> {
    println!("{value:#}");
    Ok(0)
}

fn told(line: &str) -> Result<u8, Fault> {
    println!("{line}");
    Ok(0)
}

async fn act(common: &Common, id: &str, what: &str, body: &Value) -> Result<u8, Fault> {
    shown(&common.api()?.post(&format!("/v1/tools/{}/{what}", in_query(id)), body).await?)
}

async fn list(common: &Common, query: Option<&str>) -> Result<u8, Fault> {
    let (api, lang) = (common.api()?, common.lang());
    let query = query.map(|query| format!("&q={}", in_query(query))).unwrap_or_default();
    let mut all: Vec<Value> = Vec::new();
    let mut cursor = String::new();
    loop {
        let mut page = api.get(&format!("/v1/tools?limit=200{query}{cursor}")).await?;
        if let Some(Value::Array(items)) = page.get_mut("items").map(Value::take) {
            all.extend(items);
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={}", in_query(next)),
            None => break,
        }
    }
    if common.json {
        return shown(&json!({ "items": all }));
    }
    for tool in &all {
        println!(
            "{:<26} {:<14} {}",
            tool["id"].as_str().unwrap_or_default(),
            tool["risk"][0].as_str().unwrap_or_default(),
            tool["title"][lang.tag()].as_str().unwrap_or_default()
        );
    }
    Ok(0)
}

/// A contract file as the interface takes it.
fn contract(file: &std::path::Path) -> Result<Value, Fault> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|error| Fault::new(Code::Usage).about(error).at(&name))?;
    match metel_tools::registry::parse(&name, &text)? {
        metel_tools::registry::Parsed::Contract(contract) => {
            serde_json::to_value(contract).map_err(|error| Fault::new(Code::Internal).about(error))
        }
        metel_tools::registry::Parsed::Service(_) => {
            Err(Fault::new(Code::ContractInvalid).about("this describes a service, not a tool").at(name))
        }
    }
}
