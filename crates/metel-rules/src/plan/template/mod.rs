//! Templates: reusable workflows that a request can be matched with. Read and validated here, wired by
//! semantic types where only tools are listed, filled with what a request says, and made from a plan
//! that worked.

mod fill;
mod learn;
mod load;
mod wire;

pub use fill::{matching, plan_from};
pub use learn::from_plan;
pub use load::{load, validate};
pub use wire::instantiate;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::catalogue::Catalogue;
    use crate::plan::check::check_shape;
    use crate::plan::fault::FaultKind;
    use crate::plan::tests::fixture;
    use metel_model::lang::Lang;
    use metel_model::plan::{MISSING, PlanInput, Request};
    use metel_model::time::Micros;
    use serde_json::json;

    fn catalogue() -> Catalogue {
        let places = fixture::catalogue().places;
        Catalogue::build(&fixture::shipped(), &fixture::templates()).with_places(places)
    }

    fn input(text: &str) -> PlanInput {
        let request = Request { text: text.into(), lang: Lang::of(text), session: None };
        PlanInput { request, mentions: Vec::new(), tools: Default::default(), replan: None }
    }

    #[test]
    fn every_shipped_template_holds_and_makes_a_valid_plan() {
        let catalogue = catalogue();
        assert!(catalogue.templates().len() >= 10);
        for template in catalogue.templates() {
            assert_eq!(validate(template, &catalogue), [], "{}", template.skill);
            let korean = template.examples.iter().filter(|text| Lang::of(text) == Lang::Ko).count();
            assert!(
                template.examples.len() >= 6 && korean >= 3 && template.examples.len() - korean >= 3,
                "{}",
                template.skill
            );
            for lang in [Lang::En, Lang::Ko] {
                let plan = instantiate(template, &Default::default(), lang, &catalogue);
                assert_eq!(check_shape(&plan, &catalogue), [], "{}", template.skill);
                assert_eq!(plan.template.as_deref(), Some(template.skill.as_str()));
            }
        }
    }

    #[test]
    fn the_examples_find_their_template() {
        let catalogue = catalogue();
        for template in catalogue.templates() {
            for example in &template.examples {
                let hits: Vec<String> = catalogue.skills().search(example, 3).into_iter().map(|hit| hit.id).collect();
                assert!(hits.contains(&template.skill), "{example}: {hits:?}");
            }
        }
    }

    #[test]
    fn a_request_that_only_a_template_knows_is_planned_from_it() {
        let catalogue = catalogue();
        let plan = crate::plan::plan_without_model(&input("회의 준비해줘"), &catalogue, Micros(0)).unwrap();
        assert_eq!(plan.template.as_deref(), Some("notion_meeting_workflow"));
        assert!(plan.missing.iter().any(|field| field.field == "channel"));
        let plan = crate::plan::plan_without_model(&input("Set up the weekly meeting in #team"), &catalogue, Micros(0))
            .unwrap();
        assert_eq!(plan.actions.last().unwrap().args["channel"], "#team");
    }

    #[test]
    fn a_plan_of_a_templates_shape_names_it() {
        let catalogue = catalogue();
        let text = "노션에 '주간 회의록' 페이지를 만들고 링크를 슬랙 #team 에 공유해줘";
        let plan = crate::plan::plan_without_model(&input(text), &catalogue, Micros(0)).unwrap();
        assert_eq!(plan.template.as_deref(), Some("notion_meeting_workflow"));
    }

    #[test]
    fn a_bare_list_of_tools_is_wired_by_types() {
        let catalogue = fixture::catalogue();
        let template = load("skill: share\ndescription: 노션 회의 생성 및 슬랙 공유\nactions:\n  - notion.create_page\n  - slack.post_message\n").unwrap();
        let plan = instantiate(&template, &Default::default(), Lang::Ko, &catalogue);
        assert_eq!(plan.actions[0].args["title"], MISSING);
        assert_eq!(plan.actions[1].args["text"], json!("${a1.page_url}"));
        assert_eq!(plan.missing.len(), 2);
        assert_eq!(check_shape(&plan, &catalogue), []);
        let long = load("skill: digest\ndescription: x\nactions: [sheets.get_range, text.summarize, notion.create_page, slack.post_message]\n").unwrap();
        let plan = instantiate(&long, &Default::default(), Lang::En, &catalogue);
        assert_eq!(plan.actions[1].args["text"], "${a1.values}");
        assert_eq!(plan.actions[2].args["content"], "${a2.summary}");
        assert_eq!(plan.actions[3].args["text"], "${a3.page_url}");
    }

    #[test]
    fn every_fault_of_a_template_is_named_with_its_place() {
        let catalogue = fixture::catalogue();
        let template = load(
            "skill: bad\ndescription: x\nparams:\n  who: {type: title}\nactions:\n  - slack.nothing\n  - {tool: slack.post_message, args: {channel: \"${params.where}\", text: \"${a9.x}\", as: me}}\n",
        )
        .unwrap();
        let faults = validate(&template, &catalogue);
        let found: Vec<(FaultKind, &str)> = faults.iter().map(|fault| (fault.kind, fault.pointer.as_str())).collect();
        assert!(found.contains(&(FaultKind::ToolUnknown, "/actions/0/tool")), "{found:?}");
        assert!(found.contains(&(FaultKind::Reference, "/actions/1/args/channel")), "{found:?}");
        assert!(found.contains(&(FaultKind::Reference, "/actions/1/args/text")), "{found:?}");
        assert!(found.contains(&(FaultKind::ArgUnknown, "/actions/1/args/as")), "{found:?}");
        assert!(load("skill: x\nsurprise: 1\n").is_err());
        assert!(load("- 1").is_err());
        assert!(load(&"a: ".repeat(200_000)).is_err());
    }

    #[test]
    fn a_plan_becomes_a_template_whose_literals_are_parameters() {
        let catalogue = fixture::catalogue();
        let text = "노션에 '주간 회의록' 페이지를 만들고 링크를 슬랙 #team 에 공유해줘";
        let plan = crate::plan::plan_without_model(&input(text), &catalogue, Micros(0)).unwrap();
        let template = from_plan(&plan, "morning_share", text, &catalogue);
        assert_eq!(template.params["title"].default, Some(json!("주간 회의록")));
        assert_eq!(template.params["channel"].kind, "slack.channel");
        assert_eq!(validate(&template, &catalogue), []);
        let again = instantiate(&template, &Default::default(), Lang::Ko, &catalogue);
        assert_eq!(again.actions[0].args, plan.actions[0].args);
        assert!(again.missing.is_empty());
    }
}
