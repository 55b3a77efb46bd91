//! `metel demo run`: a real request against the simulated services, then proof of the record.

use clap::{Args, Subcommand};
use metel_model::Fault;
use serde_json::json;

use super::{Common, run};

#[derive(Args)]
pub struct Demo {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Make a page, share its link, verify the record, replay the run
    Run,
}

impl Demo {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let Act::Run = self.act;
        let (api, lang) = (common.api()?, common.lang());
        let text = lang.pick(
            "Create a Notion page 'Weekly notes' and share the link in Slack #team",
            "노션에 '주간 회의록' 페이지를 만들고 링크를 슬랙 #team 에 공유해줘",
        );
        eprintln!("{} {text}", lang.pick("request:", "요청:"));
        let plan = api.post("/v1/plans", &json!({ "request": text })).await?;
        let state = api.post_and_wait("/v1/runs", &json!({ "plan": plan["id"] }), 60).await?;
        let state = run::settle(&api, state).await?;
        let code = run::finish(&state, common)?;
        let id = state["id"].as_str().unwrap_or_default();
        let audit = api.get("/v1/audit/verify").await?;
        let replay = api.post(&format!("/v1/runs/{id}/replay"), &json!({})).await?;
        eprintln!(
            "{} {} · {} {}",
            lang.pick("audit:", "감사 기록:"),
            if audit["ok"] == true {
                lang.pick("verified ✓", "확인됨 ✓")
            } else {
                lang.pick("altered ✕", "바뀌었음 ✕")
            },
            lang.pick("replay differences:", "재생 차이:"),
            replay["differences"]
        );
        let fine = audit["ok"] == true && replay["differences"] == 0;
        Ok(if fine { code } else { 1 })
    }
}
