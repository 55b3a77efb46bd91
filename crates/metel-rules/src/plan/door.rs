//! The measuring door for planning: `{"op":"plan","text","lang"}` answers with the action plan, what is
//! missing and whether it needs approval, or with `{"refused": reason}`.

use std::collections::BTreeMap;

use metel_model::lang::Lang;
use metel_model::plan::{Mention, PlanInput, Request};
use metel_model::time::Micros;
use serde::Deserialize;
use serde_json::{Value, json};

use super::approval::needs_approval;
use super::catalogue::Catalogue;
use super::planner::plan_without_model;

#[derive(Deserialize)]
struct Ask {
    text: String,
    #[serde(default)]
    lang: Option<String>,
    #[serde(default)]
    mentions: Vec<Mention>,
}

/// Answers one request with the template planner.
pub fn door(request: &Value, catalogue: &Catalogue, now: Micros) -> Value {
    let ask = match Ask::deserialize(request) {
        Ok(ask) => ask,
        Err(error) => return json!({"error": error.to_string()}),
    };
    let lang = ask.lang.as_deref().map_or_else(|| Lang::of(&ask.text), Lang::from_tag);
    let request = Request { text: ask.text, lang, session: None };
    let input = PlanInput { request, mentions: ask.mentions, tools: BTreeMap::new(), replan: None };
    answer(&plan_without_model(&input, catalogue, now), lang, catalogue)
}

/// The door's answer for any planner's result.
pub fn answer(
    result: &Result<metel_model::plan::ActionPlan, super::fault::PlanRefusal>,
    lang: Lang,
    catalogue: &Catalogue,
) -> Value {
    match result {
        Ok(plan) => {
            let mut out = serde_json::to_value(plan).unwrap_or_default();
            let missing: Vec<String> = plan
                .missing
                .iter()
                .map(|field| {
                    let tool =
                        plan.actions.iter().find(|action| action.id == field.action).map(|action| action.tool.as_str());
                    format!("{}.{}", tool.unwrap_or(&field.action), field.field)
                })
                .collect();
            let gated = needs_approval(plan, catalogue);
            out["questions"] = out["missing"].take();
            out["missing"] = json!(missing);
            out["needs_approval"] = json!(!gated.is_empty());
            out["gated"] = json!(gated);
            out
        }
        Err(refusal) => json!({"refused": refusal.reason.get(lang)}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::fixture;

    #[test]
    fn the_door_answers_in_every_case() {
        let catalogue = fixture::catalogue();
        let ask = |text: &str| door(&json!({"op": "plan", "text": text}), &catalogue, Micros(0));
        let made = ask("노션에 '주간 회의록' 페이지를 만들고 링크를 슬랙 #team 에 공유해줘");
        assert_eq!(made["actions"][1]["args"]["channel"], "#team");
        assert_eq!((made["missing"].clone(), made["needs_approval"].clone()), (json!([]), json!(false)));
        assert_eq!(ask("노션에 페이지 하나 만들어줘")["missing"], json!(["notion.create_page.title"]));
        assert_eq!(ask("'옛 문서' 페이지 지워줘")["needs_approval"], true);
        assert!(ask("지라에 티켓 만들어줘")["refused"].is_string());
        assert!(ask("")["refused"].is_string());
        assert!(door(&json!({"op": "plan"}), &catalogue, Micros(0))["error"].is_string());
    }
}
