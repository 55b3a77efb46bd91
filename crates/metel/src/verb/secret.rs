//! `metel secret`: what opens accounts. Values are read from stdin, never from arguments, and never shown.

use std::io::Read as _;

use clap::{Args, Subcommand};
use metel_model::{Code, Fault};
use serde_json::json;

use super::{Common, in_query};

#[derive(Args)]
pub struct Secret {
    #[command(subcommand)]
    act: SecretAct,
}

#[derive(Subcommand)]
enum SecretAct {
    /// Set one; the value is read from standard input
    Set { name: String },
    /// Replace one that is there; with --test only if its service takes the new one
    Rotate {
        name: String,
        #[arg(long)]
        test: bool,
    },
    /// Whether one opens, and whether the service of its connection takes it
    Test { name: String },
    /// Remove one
    #[command(alias = "remove")]
    Delete { name: String },
    /// Names, versions and last four characters
    List,
}

/// Longest value that is read.
const BYTES_MAX: u64 = 64 * 1024;

pub(super) fn read_secret() -> Result<String, Fault> {
    let mut text = String::new();
    std::io::stdin().take(BYTES_MAX + 1).read_to_string(&mut text).map_err(|e| Fault::new(Code::Usage).about(e))?;
    if text.len() as u64 > BYTES_MAX {
        return Err(Fault::new(Code::TooLarge).about(format!("more than {BYTES_MAX} bytes")));
    }
    match text.trim() {
        "" => Err(Fault::new(Code::Usage).detail("give the value on standard input", "값을 표준 입력으로 주세요")),
        text => Ok(text.to_owned()),
    }
}

impl Secret {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let api = common.api()?;
        let path = |name: &str| format!("/v1/secrets/{}", in_query(name));
        match self.act {
            SecretAct::Set { name } => {
                api.put(&path(&name), &json!({ "value": read_secret()? })).await?;
            }
            SecretAct::Rotate { name, test } => {
                let body = json!({ "value": read_secret()?, "test": test });
                let told = api.post(&format!("{}/rotate", path(&name)), &body).await?;
                println!("{name}  v{}", told["version"]);
            }
            SecretAct::Test { name } => {
                let told = api.post(&format!("{}/test", path(&name)), &json!({})).await?;
                println!("{told:#}");
                return Ok(u8::from(told["ok"] != true));
            }
            SecretAct::Delete { name } => {
                api.delete(&path(&name)).await?;
            }
            SecretAct::List => {
                let list = api.get("/v1/secrets?limit=200").await?;
                if common.json {
                    println!("{:#}", list["items"]);
                    return Ok(0);
                }
                for one in list["items"].as_array().into_iter().flatten() {
                    let of = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
                    println!("{:<32} v{:<4} …{:<6} {}", of("name"), one["version"], of("last4"), of("updated_at"));
                }
            }
        }
        Ok(0)
    }
}
