//! `metel audit`: is the record whole?

use std::path::PathBuf;

use clap::{Args, Subcommand};
use metel_model::checkpoint::Checkpoint;
use metel_model::{Code, Fault};

use super::Common;
use crate::api::Api;

#[derive(Args)]
pub struct Audit {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Check every hash of the record, and the signed checkpoints
    Verify {
        /// Only this run
        #[arg(long)]
        run: Option<String>,
        /// A checkpoint that was kept elsewhere: the record must still hold it
        #[arg(long, value_name = "KEPT.json", conflicts_with = "run")]
        checkpoint: Option<PathBuf>,
    },
    /// Write the whole record to a file that metel-verify checks without metel
    Export { file: PathBuf },
    /// Print a signed checkpoint, to be kept elsewhere: the newest, or the one of this number
    Checkpoint { number: Option<u64> },
    /// List the public keys that sign checkpoints
    Keys {
        /// Let a new key sign from now on; the old one vouches for it
        #[arg(long)]
        rotate: bool,
    },
}

impl Audit {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let (api, lang) = (common.api()?, common.lang());
        match self.act {
            Act::Verify { run, checkpoint } => verify(&api, common, run, checkpoint).await,
            Act::Export { file } => {
                let bytes = api.save("/v1/audit/export", &file).await?;
                println!("{} · {bytes} {}", file.display(), lang.pick("bytes", "바이트"));
                Ok(0)
            }
            Act::Checkpoint { number } => {
                let number = number.map_or_else(|| "newest".to_owned(), |number| number.to_string());
                println!("{:#}", api.get(&format!("/v1/audit/checkpoints/{number}")).await?);
                Ok(0)
            }
            Act::Keys { rotate } => {
                if rotate {
                    api.post("/v1/audit/keys", &serde_json::json!({})).await?;
                }
                let keys = api.get("/v1/audit/keys").await?;
                if common.json {
                    println!("{keys:#}");
                    return Ok(0);
                }
                for key in keys.as_array().into_iter().flatten() {
                    println!("{} {}", key["number"], key["public"].as_str().unwrap_or_default());
                }
                Ok(0)
            }
        }
    }
}

async fn verify(api: &Api, common: &Common, run: Option<String>, kept: Option<PathBuf>) -> Result<u8, Fault> {
    let lang = common.lang();
    let path = run.map_or_else(|| "/v1/audit/verify".to_owned(), |run| format!("/v1/audit/verify?run={run}"));
    let mut report = api.get(&path).await?;
    if let (Some(kept), true) = (kept, report["ok"] == true) {
        let text = std::fs::read_to_string(&kept).map_err(|e| Fault::new(Code::Usage).about(e).at(kept.display()))?;
        let kept: Checkpoint = serde_json::from_str::<serde_json::Value>(&text)
            .and_then(|mut value| {
                if let Some(members) = value.as_object_mut() {
                    members.remove("named");
                }
                serde_json::from_value(value)
            })
            .map_err(|e| Fault::new(Code::Usage).about(e).at(kept.display()))?;
        let here = api.get(&format!("/v1/audit/checkpoints/{}", kept.number)).await;
        let same = here.is_ok_and(|here| here["signature"] == serde_json::json!(kept.signature));
        if !same {
            report["ok"] = false.into();
            report["first_fault"] =
                serde_json::json!({"run": null, "seq": null, "checkpoint": kept.number, "what": "kept"});
        }
    }
    let ok = report["ok"] == true;
    if common.json {
        println!("{report:#}");
    } else if ok {
        println!(
            "{} {} · {} {} · {} {} · {} {} ✓",
            lang.pick("runs", "실행"),
            report["runs"],
            lang.pick("events", "이벤트"),
            report["events"],
            lang.pick("signed", "서명됨"),
            report["signed_events"],
            lang.pick("checkpoints", "체크포인트"),
            report["checkpoints"],
        );
    } else {
        println!("✕ {}", report["first_fault"]);
    }
    Ok(u8::from(!ok))
}
