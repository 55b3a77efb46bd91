//! The published schema says what plans really look like.

use metel_model::plan::{ActionPlan, PlanInput, Request};
use metel_model::{Lang, Micros};
use serde_json::{Value, json};

use super::fixture;
use crate::plan::plan_without_model;

const SCHEMA: &str = include_str!("../../../../../docs/schemas/action-plan.schema.json");

#[test]
fn plans_follow_the_published_schema() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for text in [
        "노션에 '주간 회의록' 페이지를 만들고 링크를 슬랙 #team 에 공유해줘",
        "Archive that page, then post 'done' on slack",
        "할 일 조회해서 주간 보고 매출 시트에 추가해줘",
    ] {
        let request = Request { text: text.into(), lang: Lang::of(text), session: None };
        let input = PlanInput { request, mentions: Vec::new(), tools: Default::default(), replan: None };
        let plan = plan_without_model(&input, &fixture::catalogue(), Micros(0)).unwrap();
        let value = serde_json::to_value(&plan).unwrap();
        assert!(validator.is_valid(&value), "{value}");
        assert_eq!(serde_json::from_value::<ActionPlan>(value).unwrap(), plan);
    }
    for bad in [
        json!({}),
        json!({"goal": "x", "actions": [{"id": "1", "tool": "x"}]}),
        json!({"goal": "x", "actions": [], "more": 1}),
    ] {
        assert!(!validator.is_valid(&bad), "{bad}");
    }
}
