//! `metel tool`: what there is, and a try.

use clap::{Args, Subcommand};
use metel_model::{Code, Fault};
use serde_json::{Value, json};

use super::{Common, run};

#[derive(Args)]
pub struct Tool {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// All tools, or those that fit a request
    List {
        query: Option<String>,
    },
    Show {
        id: String,
    },
    /// Call one, as a run of one step: `--args '{"channel":"#team","text":"hi"}'`
    Call {
        id: String,
        #[arg(long, default_value = "{}")]
        args: String,
    },
}

impl Tool {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let (api, lang) = (common.api()?, common.lang());
        match self.act {
            Act::List { query } => {
                let list = match query {
                    Some(query) => api.get(&format!("/v1/tools?limit=200&q={}", encoded(&query))).await?,
                    None => api.get("/v1/tools?limit=200").await?,
                };
                if common.json {
                    println!("{list:#}");
                    return Ok(0);
                }
                for tool in list["items"].as_array().into_iter().flatten() {
                    println!(
                        "{:<26} {:<14} {}",
                        tool["id"].as_str().unwrap_or_default(),
                        tool["risk"][0].as_str().unwrap_or_default(),
                        tool["title"][lang.tag()].as_str().unwrap_or_default()
                    );
                }
            }
            Act::Show { id } => println!("{:#}", api.get(&format!("/v1/tools/{id}")).await?),
            Act::Call { id, args } => {
                let args: Value =
                    serde_json::from_str(&args).map_err(|e| Fault::new(Code::JsonMalformed).about(e).at("--args"))?;
                let state = api.post(&format!("/v1/tools/{id}/call"), &json!({ "args": args })).await?;
                return run::finish(&run::settle(&api, state).await?, common);
            }
        }
        Ok(0)
    }
}

/// Percent-encodes a query value.
fn encoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~');
    text.bytes().map(|b| if plain(b) { (b as char).to_string() } else { format!("%{b:02X}") }).collect()
}
