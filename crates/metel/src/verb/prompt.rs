//! `metel prompt show`: what would be sent to a model for a request, section by section.

use clap::{Args, Subcommand};
use metel_model::Fault;
use serde_json::{Value, json};

use super::Common;

#[derive(Args)]
pub struct Prompt {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// The planner's prompt for a request, or an agent's for a task
    Show {
        request: String,
        /// The agent that would work on it
        #[arg(long)]
        agent: Option<String>,
    },
}

impl Prompt {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let Act::Show { request, agent } = self.act;
        let mut body = json!({ "text": request });
        if let Some(agent) = agent {
            body["agent"] = json!(agent);
        }
        let shown = common.api()?.post("/v1/prompts", &body).await?;
        if common.json {
            println!("{shown:#}");
            return Ok(0);
        }
        let tokens = common.lang().pick("tokens, estimated", "토큰 (어림)");
        for section in shown["sections"].as_array().into_iter().flatten() {
            println!("── {} · {} {tokens}", section["name"].as_str().unwrap_or(""), section["tokens"]);
            println!("{}\n", section["text"].as_str().unwrap_or(""));
        }
        println!("{} {tokens}: {}", shown["name"].as_str().unwrap_or(""), shown.get("tokens").unwrap_or(&Value::Null));
        Ok(0)
    }
}
