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
    },
    /// Check a definition file; every fault at once
    Validate {
        file: std::path::PathBuf,
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
            Act::Run { name, input } => {
                let input: Value =
                    serde_json::from_str(&input).map_err(|e| Fault::new(Code::JsonMalformed).about(e).at("--input"))?;
                let state = api.post_and_wait("/v1/runs", &json!({ "workflow": name, "input": input }), 60).await?;
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
