//! Locking a model to what exists: a JSON Schema for one request in which the tool is one of those
//! retrieved, the arguments are that tool's own, and a reference can only name what these tools make.
//! It keeps to what strict structured output and grammar converters understand: object, array,
//! string, number, boolean, null, enum, anyOf, plain patterns; every object closed, every member required.

mod decode;
mod schema;

pub use decode::{Decoded, decode};
pub use schema::plan_schema;

/// Actions that a model may propose at once.
pub const MODEL_ACTIONS_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::fault::FaultKind;
    use crate::plan::tests::fixture;
    use metel_model::lang::Lang;
    use metel_model::plan::{PlanInput, Request};
    use serde_json::{Value, json};
    use std::collections::BTreeMap;

    fn input(text: &str) -> PlanInput {
        let request = Request { text: text.into(), lang: Lang::of(text), session: None };
        PlanInput { request, mentions: Vec::new(), tools: BTreeMap::new(), replan: None }
    }

    fn flagship() -> Value {
        json!({"goal": "회의록 공유", "actions": [
            {"tool": "notion.create_page", "args": {"title": "주간 회의록", "content": null, "parent": null}},
            {"tool": "slack.post_message", "args": {"channel": "#team", "text": "주간 회의록 ${a1.page_url}", "thread_ts": null}},
        ]})
    }

    const WORDS: &str = "노션에 '주간 회의록' 페이지를 만들고 링크를 슬랙 #team 에 공유해줘";

    /// Every object closed with all members required; only the allowed keywords.
    fn check_strict(schema: &Value) {
        let allowed = [
            "type",
            "properties",
            "required",
            "additionalProperties",
            "items",
            "maxItems",
            "enum",
            "anyOf",
            "const",
            "pattern",
            "description",
            "title",
        ];
        let Some(members) = schema.as_object() else { return };
        for key in members.keys() {
            assert!(allowed.contains(&key.as_str()), "{key}");
        }
        if schema["type"] == "object" {
            assert_eq!(schema["additionalProperties"], false);
            let names: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
            let required: Vec<&str> = schema["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            assert_eq!(names.len(), required.len());
            schema["properties"].as_object().unwrap().values().for_each(check_strict);
        }
        schema.get("items").into_iter().for_each(check_strict);
        schema.get("anyOf").and_then(Value::as_array).into_iter().flatten().for_each(check_strict);
    }

    #[test]
    fn the_schema_is_strict_and_takes_a_good_answer() {
        let catalogue = fixture::catalogue();
        let schema = plan_schema(catalogue.tools(), Lang::Ko);
        check_strict(&schema);
        let validator = jsonschema::validator_for(&schema).unwrap();
        assert!(validator.is_valid(&flagship()));
        for (pointer, value) in [
            ("/actions/0/tool", json!("slack.nothing")),
            ("/actions/0/tool", json!("slack.post_message")),
            ("/actions/0/args/title", json!(3)),
            ("/actions/1/args", json!({"channel": "#team", "text": "x", "extra": 1})),
            ("/actions/1/args", json!({"channel": "#team"})),
        ] {
            let mut bad = flagship();
            *bad.pointer_mut(pointer).unwrap() = value;
            assert!(!validator.is_valid(&bad), "{bad}");
        }
    }

    #[test]
    fn an_answer_becomes_a_plan() {
        let catalogue = fixture::catalogue();
        let plan = decode(&flagship(), &input(WORDS), &catalogue).unwrap().plan;
        assert_eq!(plan.actions[1].requires, ["a1.page_url"]);
        assert_eq!(plan.actions[0].produces, ["a1.page_id", "a1.page_url"]);
        assert!(!plan.actions[0].args.contains_key("parent"));
        assert_eq!(plan.actions.len(), 2);
    }

    #[test]
    fn a_hostile_model_gets_nothing_through() {
        let catalogue = fixture::catalogue();
        let kinds = |answer: Value| -> Vec<FaultKind> {
            decode(&answer, &input(WORDS), &catalogue)
                .err()
                .map(|faults| faults.into_iter().map(|fault| fault.kind).collect())
                .unwrap_or_default()
        };
        let act = |tool: &str, args: Value| json!({"goal": "g", "actions": [{"tool": tool, "args": args}]});
        assert!(kinds(act("shell.run", json!({"cmd": "rm"}))).contains(&FaultKind::ToolUnknown));
        assert!(kinds(json!({"goal": "g"})).contains(&FaultKind::Shape));
        assert!(kinds(json!([1])).contains(&FaultKind::Shape));
        let later = act("slack.post_message", json!({"channel": "#team", "text": "${a2.page_url}"}));
        assert!(kinds(later).contains(&FaultKind::Reference));
        let wrong = json!({"goal": "g", "actions": [
            {"tool": "notion.create_page", "args": {"title": "x", "content": null, "parent": null}},
            {"tool": "slack.post_message", "args": {"channel": "${a1.page_url}", "text": "x"}},
        ]});
        assert!(kinds(wrong).contains(&FaultKind::ReferenceType));
        let nobody_asked = json!({"goal": "g", "actions": [
            {"tool": "notion.create_page", "args": {"title": "주간 회의록", "content": null, "parent": null}},
            {"tool": "slack.post_message", "args": {"channel": "#team", "text": "${a1.page_url}"}},
            {"tool": "notion.archive_page", "args": {"page": "x"}},
        ]});
        let decoded = decode(&nobody_asked, &input(WORDS), &catalogue).unwrap();
        assert_eq!(decoded.plan.actions.len(), 2);
        assert_eq!(decoded.cut, ["a3"]);
    }

    #[test]
    fn what_the_model_could_not_say_is_asked_for() {
        let catalogue = fixture::catalogue();
        let answer = json!({"goal": "g", "actions": [
            {"tool": "notion.create_page", "args": {"title": "MISSING", "content": null, "parent": null}},
        ]});
        let plan = decode(&answer, &input("노션에 페이지 만들어줘"), &catalogue).unwrap().plan;
        assert_eq!(plan.missing[0].key(), "a1.title");
        assert_eq!(plan.missing[0].title.ko, "페이지 제목을 뭐라고 할까요?");
    }
}
