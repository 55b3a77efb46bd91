//! `metel audit`, `metel doctor`: is the record whole, and is anything wrong here?

use clap::{Args, Subcommand};
use metel_model::Fault;

use super::Common;
use crate::home;

#[derive(Args)]
pub struct Audit {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Check every hash of the record
    Verify {
        /// Only this run
        #[arg(long)]
        run: Option<String>,
    },
}

impl Audit {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let Act::Verify { run } = self.act;
        let (api, lang) = (common.api()?, common.lang());
        let path = run.map_or_else(|| "/v1/audit/verify".to_owned(), |run| format!("/v1/audit/verify?run={run}"));
        let report = api.get(&path).await?;
        let ok = report["ok"] == true;
        if common.json {
            println!("{report:#}");
        } else if ok {
            println!(
                "{} {} · {} {} ✓",
                lang.pick("runs", "실행"),
                report["runs"],
                lang.pick("events", "이벤트"),
                report["events"]
            );
        } else {
            println!("✕ {}", report["first_fault"]);
        }
        Ok(u8::from(!ok))
    }
}

#[derive(Args)]
pub struct Doctor {}

impl Doctor {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        use std::os::unix::fs::PermissionsExt;
        let lang = common.lang();
        let folder = home::folder();
        let mut wrong = 0;
        let mut say = |ok: bool, what: &str, fix: &str| {
            println!("{} {what}{}", if ok { "✓" } else { "✕" }, if ok { String::new() } else { format!("   {fix}") });
            wrong += u8::from(!ok);
        };
        say(folder.is_dir(), &format!("{} {}", lang.pick("data folder", "데이터 폴더"), folder.display()), "metel up");
        for name in ["master.key", "token"] {
            if let Ok(meta) = std::fs::metadata(folder.join(name)) {
                let private = meta.permissions().mode() & 0o077 == 0;
                say(private, &format!("{name} 0600"), &format!("chmod 600 {}", folder.join(name).display()));
            }
        }
        let reached = match common.api() {
            Ok(api) => api.get("/v1/status").await,
            Err(fault) => Err(fault),
        };
        match reached {
            Ok(status) => {
                say(
                    true,
                    &format!("{} {}", lang.pick("server", "서버"), status["version"].as_str().unwrap_or_default()),
                    "",
                );
                say(
                    true,
                    &format!("{} {}", lang.pick("store", "저장소"), status["store"].as_str().unwrap_or_default()),
                    "",
                );
            }
            Err(fault) => say(false, &fault.sentence(lang), "metel up"),
        }
        Ok(if wrong == 0 { 0 } else { 3 })
    }
}
