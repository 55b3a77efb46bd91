//! `metel connect`, `metel secret`: accounts and what opens them. Values are read from stdin, never from arguments.

use clap::{Args, Subcommand};
use metel_model::{Code, Fault};
use serde_json::json;

use super::Common;

#[derive(Args)]
pub struct Connect {
    /// A service, `list`, or `test`
    service: String,
    /// For `test`: the connection
    id: Option<String>,
    /// Scopes that were granted
    #[arg(long)]
    scope: Vec<String>,
    /// Another base address
    #[arg(long)]
    base_url: Option<String>,
}

fn read_secret() -> Result<String, Fault> {
    let mut text = String::new();
    std::io::stdin().read_line(&mut text).map_err(|e| Fault::new(Code::Usage).about(e))?;
    match text.trim() {
        "" => Err(Fault::new(Code::Usage).detail("give the value on standard input", "값을 표준 입력으로 주세요")),
        text => Ok(text.to_owned()),
    }
}

impl Connect {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let api = common.api()?;
        match (self.service.as_str(), self.id) {
            ("list", _) => {
                let list = api.get("/v1/connections?limit=200").await?;
                for one in list["items"].as_array().into_iter().flatten() {
                    let of = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
                    println!(
                        "{}  {:<12} {:<8} {}",
                        of("id"),
                        of("service"),
                        of("state"),
                        if one["sandbox"] == true { "sandbox" } else { "" }
                    );
                }
            }
            ("test", Some(id)) => println!("{:#}", api.post(&format!("/v1/connections/{id}/test"), &json!({})).await?),
            (service, _) => {
                let mut body = json!({ "service": service, "secret": read_secret()? });
                if !self.scope.is_empty() {
                    body["scopes"] = json!(self.scope);
                }
                if let Some(url) = self.base_url {
                    body["base_url"] = json!(url);
                }
                println!("{:#}", api.post("/v1/connections", &body).await?);
            }
        }
        Ok(0)
    }
}

#[derive(Args)]
pub struct Secret {
    #[command(subcommand)]
    act: SecretAct,
}

#[derive(Subcommand)]
enum SecretAct {
    /// Set one; the value is read from standard input
    Set { name: String },
    /// Names only
    List,
}

impl Secret {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let api = common.api()?;
        match self.act {
            SecretAct::Set { name } => {
                api.put(&format!("/v1/secrets/{name}"), &json!({ "value": read_secret()? })).await?;
            }
            SecretAct::List => {
                let list = api.get("/v1/secrets").await?;
                for one in list["items"].as_array().into_iter().flatten() {
                    println!("{}", one["name"].as_str().unwrap_or_default());
                }
            }
        }
        Ok(0)
    }
}
