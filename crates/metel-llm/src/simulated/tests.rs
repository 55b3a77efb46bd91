#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::Simulated;
use crate::agent::{self, Work};
use crate::model::{Call, Model};
use metel_model::Lang;

fn notice() -> Value {
    json!({"announcement": {
        "title": "AI 솔루션 기반 민원 분석 시스템 구축",
        "text": "사업예산은 3억 원입니다. 접수 마감은 2026년 12월 10일 18시입니다. 최근 3년 내 유사 실적이 필수입니다. 중소기업은 가점이 있습니다. 납기 지연 시 지체상금이 부과됩니다."
    }})
}

async fn ask(name: &str, task: &str, input: &Value, schema: &Value) -> Value {
    let agent = agent::named(name).unwrap();
    let work = Work { agent, lang: Lang::Ko, task, input, output_schema: schema, timeout_ms: 1_000 };
    agent::work(&Simulated, work, None).await.unwrap().output
}

fn open() -> Value {
    json!({"type": "object"})
}

#[tokio::test]
async fn every_agent_answers_from_its_input_and_from_nothing_else() {
    let status = json!({"service": "firecrawl", "key": {"status": "expiring", "days_left": 3}});
    for agent in agent::shipped() {
        let input = if agent.name == "coo" { status.clone() } else { notice() };
        let with = ask(&agent.name, "분석해줘", &input, &open()).await;
        let again = ask(&agent.name, "분석해줘", &input, &open()).await;
        let without = ask(&agent.name, "분석해줘", &json!({}), &open()).await;
        assert_eq!(with, again, "{}", agent.name);
        assert_ne!(with, without, "{}", agent.name);
        assert_eq!(with["simulated"], true, "{}", agent.name);
    }
}

#[tokio::test]
async fn quotes_stand_in_the_input() {
    let source = notice()["announcement"]["text"].as_str().unwrap().to_owned();
    let risks = ask("critic", "위험을 찾아줘", &notice(), &open()).await;
    let list = risks["risks"].as_array().unwrap();
    assert!(list.len() >= 3, "{risks}");
    for risk in list.iter().filter(|risk| risk["source"] == "/announcement/text") {
        assert!(source.contains(risk["quote"].as_str().unwrap()), "{risk}");
    }
    let gains = ask("optimist", "기회를 찾아줘", &notice(), &open()).await;
    assert!(gains["opportunities"].to_string().contains("3억"), "{gains}");
}

#[tokio::test]
async fn the_realist_weighs_what_the_others_found() {
    let input = |risks: Value| json!({"optimist": {"opportunities": [{"what": "예산", "quote": "3억", "weight": 3}]}, "critic": {"risks": risks}});
    let calm = ask("realist", "판단해줘", &input(json!([])), &open()).await;
    let grave = input(
        json!([{"what": "a", "quote": "q", "severity": "high"}, {"what": "b", "quote": "r", "severity": "high"}, {"what": "c", "quote": "s", "severity": "high"}]),
    );
    let grave = ask("realist", "판단해줘", &grave, &open()).await;
    assert_eq!((calm["verdict"].as_str(), grave["verdict"].as_str()), (Some("go"), Some("leave")));
}

#[tokio::test]
async fn the_draft_holds_the_facts_and_names_the_gaps() {
    let draft = ask("blog", "입찰서류 초안을 써줘", &notice(), &open()).await;
    let text = draft["document"].as_str().unwrap();
    assert!(text.contains("민원 분석") && text.contains("3억") && text.contains("12월 10일"), "{text}");
    let bare = ask("blog", "입찰서류 초안을 써줘", &json!({"title": "무제"}), &open()).await;
    assert!(!bare["missing"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn operations_finds_the_expiring_key() {
    let status = json!({"service": "firecrawl", "key": {"status": "expiring", "days_left": 3}});
    let found = ask("coo", "원인을 분석하고 복구 계획을 세워줘", &status, &open()).await;
    assert_eq!(found["cause"], "key_expiring");
    assert!(found["diagnosis"].as_str().unwrap().starts_with("firecrawl"));
    assert_eq!(found["steps"].as_array().unwrap().len(), 3);
    let well =
        ask("coo", "원인을 분석해줘", &json!({"service": "firecrawl", "key": {"status": "ok", "age": 300}}), &open())
            .await;
    assert_eq!(well["cause"], "none");
}

#[tokio::test]
async fn answers_take_the_shape_that_is_asked_or_none() {
    let schema = json!({"type": "object", "required": ["summary", "risks"], "additionalProperties": false, "properties": {
        "summary": {"type": "string"}, "risks": {"type": "array", "items": {"type": "string"}}, "score": {"type": "number", "maximum": 1}}});
    let risks = ask("critic", "위험", &notice(), &schema).await;
    assert!(risks["risks"][0].is_string() && risks["score"].as_f64().unwrap() <= 1.0, "{risks}");

    let agent = agent::named("critic").unwrap();
    let schema = json!({"type": "object", "required": ["latitude"], "properties": {"latitude": {"type": "number"}}});
    let input = notice();
    let work = Work { agent, lang: Lang::Ko, task: "x", input: &input, output_schema: &schema, timeout_ms: 1 };
    assert!(!agent::work(&Simulated, work, None).await.unwrap_err().is_transient);
}

#[tokio::test]
async fn free_text_says_what_made_it_and_nothing_else_is_answered() {
    let text = ask("writer", "두 문장으로 요약해줘", &notice(), &Value::Null).await;
    assert!(text.as_str().unwrap().contains("AI가 아니라"), "{text}");
    assert!(Simulated.chat(Call::new("s", "u"), None).await.is_err());
    assert!(!Simulated.is_ai());
}
