//! Every shipped template runs from its parameters to its end over the simulated services, without a
//! model; and together they touch every service that has a simulator.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use metel_engine::gateway::NewRun;
use metel_model::approval::{Channel, Decision};
use metel_model::lang::Lang;
use metel_model::plan::Request;
use metel_model::status::ApprovalStatus;
use metel_model::template::{Param, Template};
use metel_rules::plan::template::instantiate;
use metel_store::ApprovalFilter;
use serde_json::{Value, json};

use crate::house::House;

/// What a person would say for a parameter.
fn said(template: &Template, name: &str, param: &Param) -> Value {
    match param.kind.as_str() {
        "title" => json!(format!("{} 주간 회의", template.skill)),
        "slack.channel" => json!("#team"),
        "text" if name == "filter" => json!("완료"),
        "text" => json!("안내 말씀 드립니다"),
        "sheets.spreadsheet" => json!("Weekly report"),
        "sheets.range" if template.skill == "fresh_sheet" => json!("Log!A1:B2"),
        "sheets.range"
            if ["receipt_to_sheet", "announcement_log", "tasks_to_sheet"].contains(&template.skill.as_str()) =>
        {
            json!("Log")
        }
        "sheets.range" => json!("Weekly!A1:C3"),
        "query" | "brave.terms" => json!("공고"),
        "url" => json!("https://www.g2b.example/notices/20260105-0011"),
        "site_address" => json!("https://www.g2b.example/notices"),
        "notion.page_id" => json!("예전 회의록"),
        "notion.database_id" => json!("Tasks"),
        "github.repo" => json!("metel-lab/quickstart"),
        "github.issue_number" => json!(3),
        "github.pull_number" => json!(12),
        "github.labels" => json!(["question"]),
        "github.tag" => json!("v0.2.0"),
        "arxiv.terms" => json!("tools"),
        "gmail.terms" => json!("견적"),
        "telegram.chat" => json!("@metel_alerts"),
        "file" => json!("https://files.example/receipt.png"),
        "file_name" => json!("tenders.md"),
        "file_path" => json!("reports/site.md"),
        "stripe.payment_id" => json!("pi_sandbox0001"),
        "amount" => json!(1_000),
        "erp.sku" => json!("M-100"),
        "number" => json!(2),
        "email" => json!("seoyeon@partner.example"),
        "drive.file_id" => json!("Launch plan"),
        "image_prompt" => json!("a harbour at dusk"),
        "fcm.project" => json!("metel-demo"),
        "fcm.target" => json!("news"),
        "elevenlabs.voice" => json!("하늘"),
        "trend_series" => json!("news"),
        "service" => json!("sheets"),
        "date" if name == "start" => json!("2026-01-12T15:00"),
        "date" => json!("2026-01-05"),
        other => panic!("{}: nobody knows what to say for {name}: {other}", template.skill),
    }
}

#[tokio::test]
async fn every_template_runs_to_its_end() {
    let house = House::build().await;
    let engine = house.engine().clone();
    let catalogue = house.platform.catalogue(house.ours).await.unwrap();
    let templates = house.platform.templates().to_vec();
    assert!(templates.len() >= 30, "{}", templates.len());
    // A page that can be retired.
    let old = house.post("/v1/tools/notion.create_page/call", &json!({"args": {"title": "예전 회의록"}})).await.body;
    assert_eq!(old["status"], "completed", "{old:#}");
    let mut touched = BTreeSet::new();
    for template in &templates {
        let values: BTreeMap<String, Value> =
            template.params.iter().map(|(name, param)| (name.clone(), said(template, name, param))).collect();
        let plan = instantiate(template, &values, Lang::Ko, &catalogue);
        assert!(plan.missing.is_empty(), "{}: {:?}", template.skill, plan.missing);
        touched.extend(plan.actions.iter().filter_map(|action| action.tool.split('.').next().map(str::to_owned)));
        let text = template.examples.last().cloned().unwrap_or_default();
        let new = NewRun {
            name: template.skill.clone(),
            workflow: None,
            request: Some(Request { text, lang: Lang::Ko, session: None }),
            plan: Some(plan),
            mentions: Vec::new(),
            input: Value::Null,
            by: "requester".to_owned(),
            deadline_ms: None,
            priority: 0,
            subject: None,
            client_key: None,
        };
        let run = engine.start(house.ours, new).await.unwrap().run;
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let shown = house.get(&format!("/v1/runs/{run}")).await.body;
            match shown["status"].as_str().unwrap_or_default() {
                "completed" => break,
                "failed" | "cancelled" => panic!("{}: {shown:#}", template.skill),
                _ => {}
            }
            assert!(shown["display"] != "waiting_input", "{}: {shown:#}", template.skill);
            assert!(Instant::now() < deadline, "{}: {shown:#}", template.skill);
            let filter = ApprovalFilter { limit: 100, ..ApprovalFilter::default() };
            let pending = engine.store().approvals(house.ours, &filter).await.unwrap();
            for approval in pending.into_iter().filter(|a| a.run == run && a.status == ApprovalStatus::Pending) {
                let (id, digest) = (approval.ask.id, approval.ask.digest);
                let yes = Decision::Approve { all_like_this: false };
                engine.decide(house.ours, id, digest, yes, "owner", Channel::Api).await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    let simulated = house.platform.registry().snapshot();
    // The ledger box only counts; it has no use in an office.
    for service in simulated.services().keys().filter(|service| *service != "ledgerbox") {
        assert!(touched.contains(service), "no template uses {service}");
    }
    for builtin in ["file", "trend", "slides"] {
        assert!(touched.contains(builtin), "no template uses {builtin}");
    }
    let done: BTreeSet<String> = house.sandbox.effects().into_iter().map(|effect| effect.op).collect();
    for op in
        ["create_review", "create_release", "create_draft", "create_refund", "upload_file", "create_event", "sendPhoto"]
    {
        assert!(done.contains(op), "{op} in {done:?}");
    }
    house.forget_files();
    house.end().await;
}
