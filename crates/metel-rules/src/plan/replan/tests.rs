//! What becomes of stuck plans: mended, asked for, replaced or left out, and never done again.

use super::*;
use crate::plan::plan_without_model;
use crate::plan::tests::fixture;
use metel_model::status::Risk;
use serde_json::json;

fn input(text: &str) -> PlanInput {
    let request = Request { text: text.into(), lang: metel_model::Lang::of(text), session: None };
    PlanInput { request, mentions: Vec::new(), tools: Default::default(), replan: None }
}

fn stuck(text: &str, done: &[&str], failed: &str, cause: &str) -> Result<ActionPlan, PlanRefusal> {
    let catalogue = fixture::catalogue();
    let mut input = input(text);
    let plan = plan_without_model(&input, &catalogue, Micros(0)).unwrap();
    let done = done.iter().map(|id| ((*id).to_owned(), json!({"page_url": "https://notion.so/x"}))).collect();
    input.replan = Some(Replan { plan, done, failed: failed.into(), cause: cause.into() });
    plan_without_model(&input, &catalogue, Micros(0))
}

const SHARE: &str = "노션에 '주간 회의록' 페이지를 만들고 링크를 슬랙 #team 에 공유해줘";

#[test]
fn a_channel_that_is_not_found_is_asked_for_and_the_page_is_not_made_again() {
    let plan =
        stuck(SHARE, &["a1"], "a2", "tool.failed: The service answered with an error: channel_not_found").unwrap();
    assert_eq!(plan.actions.len(), 1);
    assert_eq!(plan.actions[0].id, "a3");
    assert_eq!(plan.actions[0].args["channel"], MISSING);
    assert_eq!(plan.actions[0].args["text"], "주간 회의록\n${a1.page_url}");
    assert_eq!(plan.missing[0].key(), "a3.channel");
    assert!(!plan.missing[0].candidates.contains(&json!("#team")) && !plan.missing[0].candidates.is_empty());
}

#[test]
fn what_was_rejected_goes_with_what_hangs_on_it() {
    let text = "https://example.com/a 요약해서 #random에 올려주고 '메모' 페이지도 만들어줘";
    let plan = stuck(text, &[], "a1", "approval.rejected: A person rejected the action: no").unwrap();
    assert_eq!(plan.actions.iter().map(|action| action.tool.as_str()).collect::<Vec<_>>(), ["notion.create_page"]);
    assert_eq!(plan.assumptions.len(), 1);
    let only = stuck("'옛 문서' 페이지 지워줘", &[], "a1", "approval.rejected: A person rejected the action");
    assert!(only.is_err());
    let rest = stuck(SHARE, &["a1"], "a2", "approval.rejected: A person rejected the action").unwrap();
    assert!(rest.actions.is_empty());
}

#[test]
fn a_reason_that_names_another_channel_is_followed() {
    let plan =
        stuck(SHARE, &["a1"], "a2", "approval.rejected: A person rejected the action: #general 채널로 보내 주세요")
            .unwrap();
    assert_eq!(plan.actions[0].args["channel"], "#general");
}

#[test]
fn a_passing_failure_is_tried_once_more_and_not_twice() {
    let plan = stuck(SHARE, &[], "a1", "tool.timeout: The service did not answer in time").unwrap();
    assert_eq!(plan.actions.len(), 2);
    assert_eq!(plan.actions[1].args["text"], "주간 회의록\n${a3.page_url}");
    let catalogue = fixture::catalogue();
    let mut next = input(SHARE);
    let failed = plan.actions[0].id.clone();
    next.replan = Some(Replan { plan, done: BTreeMap::new(), failed, cause: "tool.timeout: again".into() });
    assert!(plan_without_model(&next, &catalogue, Micros(0)).is_err());
}

#[test]
fn another_tool_of_the_same_meaning_takes_over() {
    let base = fixture::catalogue();
    let mut other = base.tool("slack.post_message").unwrap().as_ref().clone();
    other.id = "mattermost.post_message".into();
    let mut outside = other.clone();
    (outside.id, outside.risk) = ("billboard.post_message".into(), vec![Risk::ExternalSend]);
    let mut contracts = base.tools().to_vec();
    contracts.extend([std::sync::Arc::new(outside), std::sync::Arc::new(other)]);
    let catalogue = Catalogue::build(&contracts, &[]).with_places(base.places.clone());
    let mut input = input(SHARE);
    let plan = plan_without_model(&input, &catalogue, Micros(0)).unwrap();
    let done = BTreeMap::from([("a1".to_owned(), json!({}))]);
    input.replan =
        Some(Replan { plan, done, failed: "a2".into(), cause: "tool.disabled: The tool is switched off".into() });
    let plan = plan_without_model(&input, &catalogue, Micros(0)).unwrap();
    assert_eq!(plan.actions[0].tool, "mattermost.post_message");
    assert_eq!(plan.actions[0].args["channel"], "#team");
}

#[test]
fn nothing_more_dangerous_takes_over() {
    let base = fixture::catalogue();
    let mut other = base.tool("slack.post_message").unwrap().as_ref().clone();
    other.id = "pager.post_message".into();
    other.risk.push(metel_model::status::Risk::ExternalSend);
    let mut contracts = base.tools().to_vec();
    contracts.push(std::sync::Arc::new(other));
    let catalogue = Catalogue::build(&contracts, &[]).with_places(base.places.clone());
    let mut input = input(SHARE);
    let plan = plan_without_model(&input, &catalogue, Micros(0)).unwrap();
    let done = BTreeMap::from([("a1".to_owned(), json!({}))]);
    let cause = "tool.disabled: The tool is switched off".into();
    input.replan = Some(Replan { plan, done, failed: "a2".into(), cause });
    assert_eq!(plan_without_model(&input, &catalogue, Micros(0)).unwrap().actions, []);
}

#[test]
fn a_write_that_was_not_as_it_should_is_not_repeated() {
    let plan = stuck(SHARE, &["a1"], "a2", "tool.bad_answer: The service's answer does not fit").unwrap();
    assert!(plan.actions.is_empty());
}
