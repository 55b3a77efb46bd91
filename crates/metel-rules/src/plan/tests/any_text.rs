//! Whatever is typed: no panic, no invalid plan, no unknown tool, no long wait.

use std::time::{Duration, Instant};

use metel_model::plan::{Mention, PlanInput, Request};
use metel_model::{Lang, Micros};
use proptest::prelude::*;
use serde_json::json;

use super::fixture;
use crate::plan::check::check_shape;
use crate::plan::{check_plan, plan_without_model, repair_surplus};

fn input(text: &str) -> PlanInput {
    let request = Request { text: text.into(), lang: Lang::of(text), session: None };
    let page = Mention {
        kind: "notion.page_id".into(),
        value: json!("p1"),
        tool: "notion.create_page".into(),
        label: "x".into(),
    };
    PlanInput { request, mentions: vec![page], tools: Default::default(), replan: None }
}

fn pieces() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "노션에",
        "슬랙",
        "'주간 회의록'",
        "페이지",
        "를",
        "만들고",
        "링크",
        "공유해줘",
        "#team",
        "에",
        "그",
        "하위에",
        "요약해서",
        "지우지 말고",
        "할 일",
        "조회",
        "매출 시트",
        "A1:C5",
        "주간 보고",
        "추가해줘",
        "\"가\"",
        "→",
        ",",
        "(",
        ")",
        "\n\n",
        ":",
        "검색",
        "말고",
        "random",
        "채널",
        "create",
        "a page",
        "called",
        "and",
        "then",
        "post",
        "share the link",
        "in",
        "general",
        "summarize",
        "https://example.com/a",
        "delete",
        "1718600000.000700",
        "not",
        "don't",
        "after",
        "before",
        "Sales!A1:B2",
        "Weekly report",
        "Tasks",
        "append",
        "to",
        "#",
        "@kim",
        "a@b.co",
        "${a1.x}",
        "$${",
        "MISSING",
        "${",
        "}",
        "'",
        "\"\"\"",
        "C열 2행부터 30행까지",
        "해",
        "한",
        "다음",
        "둘 다",
        "it",
        "that page",
        "메일로",
        "보내",
    ]);
    prop::collection::vec(words, 0..24).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_from_likely_words_is_valid(text in pieces()) {
        let catalogue = fixture::catalogue();
        let input = input(&text);
        if let Ok(plan) = plan_without_model(&input, &catalogue, Micros(0)) {
            prop_assert_eq!(check_shape(&plan, &catalogue), vec![], "{}", text);
            let again = plan_without_model(&input, &catalogue, Micros(0)).unwrap();
            prop_assert_eq!(&plan, &again);
            repair_surplus(&plan, &input.request, &catalogue);
        }
    }

    #[test]
    fn any_characters_are_survived(text in "\\PC{0,200}") {
        let catalogue = fixture::catalogue();
        let input = input(&text);
        if let Ok(plan) = plan_without_model(&input, &catalogue, Micros(0)) {
            prop_assert_eq!(check_shape(&plan, &catalogue), vec![], "{}", text);
        }
    }
}

#[test]
fn the_planners_own_plans_have_no_surplus() {
    let catalogue = fixture::catalogue();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../eval/plan/tuning.jsonl");
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let input = input(case["text"].as_str().unwrap());
        if let Ok(plan) = plan_without_model(&input, &catalogue, Micros(0)) {
            assert_eq!(check_plan(&plan, &input.request, &catalogue), [], "{}", case["id"]);
        }
    }
}

#[test]
fn a_hundred_kilobytes_are_read_quickly() {
    let catalogue = fixture::catalogue();
    for unit in [
        "노션에 '회의록' 페이지 만들고 #team에 공유해줘. ",
        "(((",
        "''''\"",
        "create a page and ",
        "가",
        "a",
        "검색 말고 ",
        "https://a.b/",
        "\n\n",
        "하고",
    ] {
        let text = unit.repeat(100_000 / unit.len() + 1);
        let start = Instant::now();
        let _ = plan_without_model(&input(&text), &catalogue, Micros(0));
        let took = start.elapsed();
        assert!(took < Duration::from_secs(1) * crate::SLACK, "{unit:?}: {took:?}");
    }
}
