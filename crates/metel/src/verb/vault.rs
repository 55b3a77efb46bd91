//! `metel vault`: which master key wraps, and another one, while everything goes on.

use clap::{Args, Subcommand};
use metel_model::Fault;
use serde_json::{Value, json};

use super::Common;

#[derive(Args)]
pub struct Vault {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Show which master key wraps; keys are told by name only
    Show,
    /// Let a fresh master key wrap every key; with METEL_MASTER_KEY, the one that is set wraps
    #[command(after_help = "Examples:\n  metel vault rotate\n  metel vault rotate --data-keys --forget")]
    Rotate {
        /// Seal every secret anew under fresh data keys as well
        #[arg(long)]
        data_keys: bool,
        /// Forget earlier master keys: backups that they wrapped open no more
        #[arg(long)]
        forget: bool,
    },
}

impl Vault {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let api = common.api()?;
        let told = match self.act {
            Act::Show => api.get("/v1/vault").await?,
            Act::Rotate { data_keys, forget } => {
                api.post("/v1/vault/rotate", &json!({ "data_keys": data_keys, "forget": forget })).await?
            }
        };
        if common.json {
            println!("{told:#}");
            return Ok(0);
        }
        let lang = common.lang();
        let of = |key: &str| told[key].as_str().unwrap_or_default().to_owned();
        println!("{}  {} ({})", lang.pick("master key", "마스터 키"), of("master"), of("kept"));
        for earlier in told["earlier"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            println!("{}  {earlier}", lang.pick("earlier   ", "이전 키   "));
        }
        if let Some(keys) = told["rewrapped"].as_u64() {
            println!(
                "{} {keys} · {} {}",
                lang.pick("keys wrapped anew", "다시 감싼 키"),
                lang.pick("secrets sealed anew", "다시 봉인한 값"),
                told["resealed"]
            );
        }
        Ok(u8::from(told["shut"].as_u64().is_some_and(|shut| shut > 0)))
    }
}
