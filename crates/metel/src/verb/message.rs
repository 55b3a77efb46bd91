//! `metel message`: publish messages for steps that wait for them, and look at them.

use clap::{Args, Subcommand};
use metel_model::{Code, Fault};
use serde_json::{Value, json};

use super::Common;

#[derive(Args)]
pub struct Message {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Publish one
    Publish {
        name: String,
        /// Tells messages of one name apart: an order's number, say
        #[arg(long, default_value = "")]
        correlation: String,
        /// What it carries, as JSON
        #[arg(long)]
        payload: Option<String>,
        /// Its own id: publishing it again changes nothing
        #[arg(long)]
        id: Option<String>,
        /// Milliseconds for which it is kept (default: a day)
        #[arg(long)]
        ttl_ms: Option<u64>,
    },
    /// The newest ones
    List {
        #[arg(long)]
        name: Option<String>,
        /// new, kept, given or taken
        #[arg(long)]
        state: Option<String>,
    },
}

impl Message {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let (api, lang) = (common.api()?, common.lang());
        match self.act {
            Act::Publish { name, correlation, payload, id, ttl_ms } => {
                let payload: Value = match payload {
                    Some(text) => serde_json::from_str(&text)
                        .map_err(|e| Fault::new(Code::Usage).about(format!("--payload: {e}")))?,
                    None => Value::Null,
                };
                let message = json!({
                    "id": id, "name": name, "correlation": correlation, "payload": payload, "ttl_ms": ttl_ms,
                });
                let answer = api.post("/v1/messages", &message).await?;
                if common.json {
                    println!("{answer:#}");
                } else {
                    let known = lang.pick("  (published before)", "  (이미 보낸 메시지)");
                    let known = if answer["known"] == true { known } else { "" };
                    println!("{}{known}", answer["id"].as_str().unwrap_or_default());
                }
            }
            Act::List { name, state } => {
                let mut query = vec![("limit", "50".to_owned())];
                query.extend(name.map(|name| ("name", name)));
                query.extend(state.map(|state| ("state", state)));
                let query: Vec<String> =
                    query.iter().map(|(key, value)| format!("{key}={}", super::in_query(value))).collect();
                let list = api.get(&format!("/v1/messages?{}", query.join("&"))).await?;
                if common.json {
                    println!("{list:#}");
                    return Ok(0);
                }
                for item in list["items"].as_array().into_iter().flatten() {
                    let of = |key: &str| item[key].as_str().unwrap_or_default();
                    println!("{}  {:<6} {}  {}  {}", of("id"), of("state"), of("name"), of("correlation"), of("at"));
                }
            }
        }
        Ok(0)
    }
}
