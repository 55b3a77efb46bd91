//! `metel dead`: steps that failed for good, and starting their runs again.

use clap::{Args, Subcommand};
use metel_model::Fault;
use serde_json::json;

use super::Common;

#[derive(Args)]
pub struct Dead {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// What failed for good
    List {
        /// Only failures of this code, as METEL-3001
        #[arg(long)]
        code: Option<String>,
    },
    /// Start runs again from where they failed
    Retry {
        /// Those named
        #[arg(required_unless_present = "code", conflicts_with = "code")]
        runs: Vec<String>,
        /// All that failed with this code
        #[arg(long)]
        code: Option<String>,
    },
}

impl Dead {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let (api, lang) = (common.api()?, common.lang());
        match self.act {
            Act::List { code } => {
                let code = code.map_or(String::new(), |code| format!("&code={}", super::in_query(&code)));
                let list = api.get(&format!("/v1/dead?limit=200{code}")).await?;
                if common.json {
                    println!("{list:#}");
                    return Ok(0);
                }
                for item in list["items"].as_array().into_iter().flatten() {
                    let of = |key: &str| item[key].as_str().unwrap_or_default();
                    let title = item["error"]["title"].as_str().unwrap_or_default();
                    println!("{}  {}  {}  {title}  {}", of("run"), of("step"), of("code"), of("at"));
                }
                Ok(0)
            }
            Act::Retry { runs, code } => {
                let wanted = match code {
                    Some(code) => json!({ "code": code }),
                    None => json!({ "runs": runs }),
                };
                let answer = api.post("/v1/dead/retry", &wanted).await?;
                let refused = answer["refused"].as_array().map_or(0, Vec::len);
                if common.json {
                    println!("{answer:#}");
                    return Ok(u8::from(refused > 0));
                }
                let retried = answer["retried"].as_array().map_or(0, Vec::len);
                println!("{} {retried}", lang.pick("started again", "다시 시작함"));
                for item in answer["refused"].as_array().into_iter().flatten() {
                    let why = item["problem"]["title"].as_str().unwrap_or_default();
                    println!("✕ {}  {why}", item["run"].as_str().unwrap_or_default());
                }
                if answer["more"] == true {
                    println!("{}", lang.pick("there are more: run it again", "더 있어요. 한 번 더 실행하세요"));
                }
                Ok(u8::from(refused > 0))
            }
        }
    }
}
