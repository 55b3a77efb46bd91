//! Planning without a model: the request is read into acts, the acts are connected by what they
//! leave and need, and a tool is chosen for each. The same request and catalogue always give the
//! same plan. What cannot be done is refused with its reason; what is not said is asked for.

mod choose;
mod emit;
mod flow;
mod refuse;
mod slots;

use metel_model::lang::Lang;
use metel_model::plan::{ActionPlan, Mention, PlanInput};
use metel_model::time::Micros;

use super::catalogue::Catalogue;
use super::fault::PlanRefusal;
use super::template;
use super::understand::clause::clauses;
use super::understand::lexicon::{Intent, Object};
use super::understand::mark::mark;
use super::understand::read::{Lacking, Reading};
use super::understand::seed::Act;

/// Makes a plan from templates and rules alone. Never panics; bounded by the request's length.
pub fn plan_without_model(input: &PlanInput, catalogue: &Catalogue, now: Micros) -> Result<ActionPlan, PlanRefusal> {
    let _ = now;
    let text = &input.request.text;
    if text.trim().is_empty() {
        return Err(PlanRefusal::new("The request is empty", "요청이 비어 있어요"));
    }
    if let Some(stuck) = &input.replan {
        return super::replan::replan(input, stuck, catalogue);
    }
    let korean = Lang::of(text) == Lang::Ko;
    let marked = mark(text, catalogue);
    let mut reading = Reading::default();
    let clauses = clauses(&marked);
    for clause in &clauses {
        reading.read(&marked, clause, korean);
    }
    if let Some(what) = reading.lacking.iter().find(|what| !provided(what, catalogue)) {
        let refusal = refuse::lacking(what, catalogue);
        // A verb that rules do not know may be a template's.
        return match what {
            Lacking::Unknown => template::plan_from(input, catalogue).ok_or(refusal),
            _ => Err(refusal),
        };
    }
    // What is left of the lacking is there after all: it must have a part in the plan.
    let named: Vec<String> = reading.lacking.iter().filter_map(Lacking::service).map(str::to_owned).collect();
    let serves = |plan: &ActionPlan| named.iter().all(|service| uses(plan, service));
    resolve_pronouns(&mut reading, &input.mentions);
    let seeds = flow::connect(reading, &input.mentions);
    let from_template = || template::plan_from(input, catalogue).filter(&serves);
    if seeds.is_empty() {
        return from_template().ok_or_else(|| refuse::nothing(catalogue));
    }
    let emitted = emit::emit(&seeds, text, input.request.lang, &input.mentions, catalogue);
    let mut plan = match emitted {
        Ok(plan) if serves(&plan) => plan,
        Ok(_) => return from_template().ok_or_else(|| refuse::unserved(&named)),
        Err(refusal) if named.is_empty() => return Err(refusal),
        Err(refusal) => return from_template().ok_or(refusal),
    };
    plan.template = template::matching(&plan, catalogue).map(|template| template.skill.clone());
    Ok(plan)
}

fn uses(plan: &ActionPlan, service: &str) -> bool {
    plan.actions.iter().any(|action| action.tool.split('.').next() == Some(service))
}

/// A named service may have tools after all.
fn provided(what: &Lacking, catalogue: &Catalogue) -> bool {
    match what {
        Lacking::Service(service) => catalogue.services().contains(service.as_str()),
        _ => false,
    }
}

/// `그거 지워줘`: the newest thing decides what sort of deleting is meant.
fn resolve_pronouns(reading: &mut Reading, mentions: &[Mention]) {
    for seed in &mut reading.seeds {
        if seed.act != Act::Other(Intent::Delete, Object::Result) {
            continue;
        }
        if let Some(newest) = mentions.first() {
            seed.act = match super::kinds::leaf(&newest.kind) {
                leaf if leaf.starts_with("page") => Act::ArchivePage,
                leaf if leaf.starts_with("message") || leaf == "permalink" || leaf == "ts" => Act::DeleteMessage,
                _ => seed.act,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::check::check_plan;
    use crate::plan::tests::fixture;
    use metel_model::plan::Request;
    use serde_json::json;

    fn input(text: &str, mentions: Vec<Mention>) -> PlanInput {
        let request = Request { text: text.into(), lang: Lang::of(text), session: None };
        PlanInput { request, mentions, tools: Default::default(), replan: None }
    }

    #[test]
    fn a_page_is_made_and_its_link_shared_in_both_languages() {
        let catalogue = fixture::catalogue();
        for (text, title) in [
            ("노션에 '주간 회의록' 페이지를 만들고 링크를 슬랙 #team 에 공유해줘", "주간 회의록"),
            ("Create a Notion page called 'Weekly notes' and share the link in Slack #team", "Weekly notes"),
        ] {
            let input = input(text, Vec::new());
            let plan = plan_without_model(&input, &catalogue, Micros(0)).unwrap();
            assert_eq!(plan.actions.len(), 2);
            assert_eq!(plan.actions[0].tool, "notion.create_page");
            assert_eq!(plan.actions[0].args["title"], title);
            assert_eq!(plan.actions[1].args["channel"], "#team");
            assert_eq!(plan.actions[1].args["text"], json!(format!("{title}\n${{a1.page_url}}")));
            assert_eq!(plan.actions[1].requires, ["a1.page_url"]);
            assert_eq!(check_plan(&plan, &input.request, &catalogue), []);
        }
    }

    #[test]
    fn a_named_service_has_a_part_in_the_plan_or_there_is_none() {
        let tools = fixture::shipped();
        let catalogue = Catalogue::build(&tools, &fixture::templates()).with_places(fixture::catalogue().places);
        // Nothing that reads so plainly goes to Slack instead.
        let refusal =
            plan_without_model(&input("김 부장님께 이메일로 견적서를 보내 주세요", Vec::new()), &catalogue, Micros(0))
                .unwrap_err();
        assert!(refusal.reason.en.contains("gmail"), "{refusal:?}");
        let plan = plan_without_model(&input("지메일에 답장 초안 남겨줘", Vec::new()), &catalogue, Micros(0)).unwrap();
        assert_eq!(plan.template.as_deref(), Some("mail_reply_drafts"));
    }

    #[test]
    fn and_is_no_word_for_drawing() {
        let catalogue = fixture::catalogue();
        let input = input("노션에 '가나' 페이지 만들어줘. 그리고 링크를 슬랙 #team에 공유해줘", Vec::new());
        let plan = plan_without_model(&input, &catalogue, Micros(0)).unwrap();
        let tools: Vec<&str> = plan.actions.iter().map(|action| action.tool.as_str()).collect();
        assert_eq!(tools, ["notion.create_page", "slack.post_message"]);
    }

    #[test]
    fn that_page_is_the_newest_one_of_the_session() {
        let catalogue = fixture::catalogue();
        let page = |id: &str, label: &str| Mention {
            kind: "notion.page_id".into(),
            value: json!(id),
            tool: "notion.create_page".into(),
            label: label.into(),
        };
        let message = Mention {
            kind: "slack.permalink".into(),
            value: json!("https://acme.slack.com/archives/C1/p1"),
            tool: "slack.post_message".into(),
            label: "#team".into(),
        };
        for text in ["그 페이지를 지워줘", "delete that page", "방금 만든 페이지 보관해줘"] {
            let mentions = vec![message.clone(), page("p2", "회의록"), page("p1", "옛 것")];
            let plan = plan_without_model(&input(text, mentions), &catalogue, Micros(0)).unwrap();
            assert_eq!(plan.actions.len(), 1, "{text}");
            assert_eq!(plan.actions[0].args["page"], "p2", "{text}");
            assert!(plan.missing.is_empty());
        }
        let plan = plan_without_model(&input("그 페이지를 지워줘", Vec::new()), &catalogue, Micros(0)).unwrap();
        assert_eq!(plan.missing[0].key(), "a1.page");
        let plan = plan_without_model(&input("그거 지워줘", vec![page("p9", "x")]), &catalogue, Micros(0)).unwrap();
        assert_eq!(plan.actions[0].args["page"], "p9");
        assert!(plan_without_model(&input("그거 지워줘", Vec::new()), &catalogue, Micros(0)).is_err());
    }
}
