//! Planning anew without a model: what is done stays done, what failed is mended, asked for, replaced
//! by another tool, or left out with all that hangs on it. The plan that comes out holds only what is
//! still to do, under ids that were never used.

use std::collections::{BTreeMap, BTreeSet};

use metel_model::contract::Contract;
use metel_model::lang::Text;
use metel_model::plan::{Action, ActionPlan, MISSING, PlanInput, PlannerKind, Replan};
use metel_model::status::Risk;
use serde_json::{Map, Value};

use super::catalogue::Catalogue;
use super::check::{produces_of, requires_of};
use super::fault::PlanRefusal;
use super::kinds;
use super::missing;
use super::reference::{Reference, Use, rewrite, uses};
use super::understand::evidence::meaning;
use super::understand::mark::{What, mark};

/// Marks an action that was tried again once; a second failure is not met with a third try.
const AGAIN: &str = "again";

/// What a cause means for the failed action.
enum Remedy {
    /// Somebody said no: leave it out, or do as the reason says.
    Rejected,
    /// The tool is gone.
    ToolGone,
    /// A value was not accepted.
    Value,
    /// It may pass the next time.
    Again,
    /// It happened, but not as it should.
    Wrong,
}

/// The rest of a stuck plan.
pub fn replan(input: &PlanInput, stuck: &Replan, catalogue: &Catalogue) -> Result<ActionPlan, PlanRefusal> {
    let mut rest: Vec<Action> =
        stuck.plan.actions.iter().filter(|action| !stuck.done.contains_key(&action.id)).cloned().collect();
    let mut assumptions = Vec::new();
    if let Some(at) = rest.iter().position(|action| action.id == stuck.failed) {
        let known = catalogue.tool(&rest[at].tool);
        let mended = match remedy(&stuck.cause, known, &rest[at]) {
            Remedy::Rejected => as_told(&rest[at], &stuck.cause, known, catalogue),
            Remedy::ToolGone => other_tool(&rest[at], &stuck.plan, known, catalogue),
            Remedy::Value => known.and_then(|contract| ask_again(&rest[at], contract, &stuck.cause)),
            Remedy::Again => once_more(&rest[at]),
            Remedy::Wrong => None,
        };
        match mended {
            Some(action) => rest[at] = action,
            None => {
                let gone = leave_out(&mut rest, &stuck.failed);
                assumptions.push(left_out(&gone, catalogue));
            }
        }
    }
    if rest.is_empty() && stuck.done.is_empty() {
        return Err(PlanRefusal::new(
            format!("Nothing is left to do: {}", stuck.cause),
            format!("더 할 수 있는 것이 없어요: {}", stuck.cause),
        ));
    }
    Ok(renamed(rest, stuck, input, assumptions, catalogue))
}

fn remedy(cause: &str, contract: Option<&std::sync::Arc<Contract>>, action: &Action) -> Remedy {
    let kind = cause.split(':').next().unwrap_or_default().trim();
    let writes = contract.is_some_and(|contract| contract.is_consequential());
    match kind {
        "approval.rejected" | "approval.expired" | "policy.denied" => Remedy::Rejected,
        "tool.disabled" | "tool.unknown" | "connection.missing" | "contract.changed" => Remedy::ToolGone,
        "tool.payload" | "field.invalid" | "input.unexpected" => Remedy::Value,
        "tool.failed" if speaks_of_value(cause) => Remedy::Value,
        // What was written is not written twice.
        "tool.bad_answer" | "criteria.unmet" | "step.failed" if writes => Remedy::Wrong,
        _ if action.reason.starts_with(AGAIN) => Remedy::ToolGone,
        _ => Remedy::Again,
    }
}

/// Services say it in many ways that a name leads nowhere.
fn speaks_of_value(cause: &str) -> bool {
    const SIGNS: &[&str] = &[
        "not_found",
        "not found",
        "notfound",
        "invalid",
        "does not exist",
        "unknown",
        "no such",
        "unable to parse",
        "validation",
        "is_archived",
        "not_in_channel",
        "bad request",
        "400",
        "404",
        "malformed",
        "찾을 수 없",
        "없는",
        "올바르지",
    ];
    let lower = cause.to_lowercase();
    SIGNS.iter().any(|sign| lower.contains(sign))
}

/// A reason that names another channel is done as it says.
fn as_told(
    action: &Action,
    cause: &str,
    contract: Option<&std::sync::Arc<Contract>>,
    catalogue: &Catalogue,
) -> Option<Action> {
    let reason = cause.split_once(':')?.1;
    let channel = mark(reason, catalogue).marks.into_iter().find_map(|mark| match mark.what {
        What::Channel { value, .. } => Some(value),
        _ => None,
    })?;
    let field = kinds::fields(contract?)
        .into_iter()
        .find(|field| kinds::leaf(field.kind) == "channel" || field.name == "channel")?;
    let same = action.args.get(field.name).and_then(Value::as_str) == Some(channel.as_str());
    (!same).then(|| {
        let mut action = action.clone();
        action.args.insert(field.name.to_owned(), Value::from(channel));
        action
    })
}

/// Another tool of the same meaning that leaves what later actions need.
fn other_tool(
    action: &Action,
    plan: &ActionPlan,
    known: Option<&std::sync::Arc<Contract>>,
    catalogue: &Catalogue,
) -> Option<Action> {
    let (intent, objects) = meaning(&action.tool);
    let needed: BTreeSet<String> = plan
        .actions
        .iter()
        .flat_map(|later| later.args.values())
        .flat_map(uses)
        .filter_map(|one| match one {
            Use::Whole(reference) | Use::Inside(reference) if reference.root == action.id => {
                Some(reference.key().to_owned())
            }
            _ => None,
        })
        .collect();
    let fits = |other: &&std::sync::Arc<Contract>| {
        let (other_intent, other_objects) = meaning(&other.id);
        let leaves = needed.iter().all(|key| {
            other.produces.contains_key(key)
                || known
                    .and_then(|known| known.produces.get(key))
                    .is_some_and(|old| other.produces.values().any(|new| new.kind == old.kind))
        });
        // What takes over is no more dangerous: nothing goes to people outside because a channel inside is shut.
        let may = |risk: &Risk| known.map_or(matches!(risk, Risk::Read | Risk::Write), |known| known.has_risk(*risk));
        let as_safe = other.risk.iter().all(may);
        other.id != action.tool
            && as_safe
            && intent.is_some()
            && other_intent == intent
            && other_objects == objects
            && leaves
    };
    let other = catalogue.tools().iter().find(fits)?;
    let old_kind = |name: &str| {
        known.and_then(|known| {
            kinds::fields(known).into_iter().find(|field| field.name == name).map(|field| field.kind.to_owned())
        })
    };
    let mut args = Map::new();
    for field in kinds::fields(other) {
        let value = action.args.get(field.name).or_else(|| {
            action
                .args
                .iter()
                .find(|(name, _)| !field.kind.is_empty() && old_kind(name).as_deref() == Some(field.kind))
                .map(|(_, value)| value)
        });
        match value {
            Some(value) => {
                args.insert(field.name.to_owned(), value.clone());
            }
            None if field.required => {
                args.insert(field.name.to_owned(), Value::from(MISSING));
            }
            None => {}
        }
    }
    Some(Action { tool: other.id.clone(), args, ..action.clone() })
}

/// The value that the cause speaks of is asked for again: the field it names, else the first that
/// names something outside.
fn ask_again(action: &Action, contract: &Contract, cause: &str) -> Option<Action> {
    let lower = cause.to_lowercase();
    let fields = kinds::fields(contract);
    let given = |name: &str| action.args.get(name).is_some_and(|value| uses(value).is_empty() && value != MISSING);
    let named = fields.iter().find(|field| given(field.name) && lower.contains(&field.name.to_lowercase()));
    let outside = fields.iter().filter(|field| given(field.name)).find(|field| {
        field.kind.contains('.')
            || kinds::is_link(field.kind)
            || matches!(field.name, "channel" | "page" | "parent" | "database" | "spreadsheet" | "range")
    });
    let field = named.or(outside)?;
    let mut action = action.clone();
    action.args.insert(field.name.to_owned(), Value::from(MISSING));
    Some(action)
}

fn once_more(action: &Action) -> Option<Action> {
    let mut action = action.clone();
    action.reason = format!("{AGAIN}: {}", action.reason);
    Some(action)
}

/// Takes an action out, and all that needs what it would have left. Gives the tools that go.
fn leave_out(rest: &mut Vec<Action>, failed: &str) -> Vec<String> {
    let mut gone: BTreeSet<String> = BTreeSet::from([failed.to_owned()]);
    loop {
        let more: Vec<String> = rest
            .iter()
            .filter(|action| !gone.contains(&action.id) && roots(action).iter().any(|root| gone.contains(root)))
            .map(|action| action.id.clone())
            .collect();
        if more.is_empty() {
            break;
        }
        gone.extend(more);
    }
    let tools = rest.iter().filter(|action| gone.contains(&action.id)).map(|action| action.tool.clone()).collect();
    rest.retain(|action| !gone.contains(&action.id));
    tools
}

fn left_out(tools: &[String], catalogue: &Catalogue) -> Text {
    let titles = |ko: bool| -> String {
        let title = |id: &String| match catalogue.tool(id) {
            Some(contract) if ko => contract.title.ko.clone(),
            Some(contract) => contract.title.en.clone(),
            None => id.clone(),
        };
        tools.iter().map(title).collect::<Vec<_>>().join(", ")
    };
    Text::new(format!("Left out: {}", titles(false)), format!("하지 않기로 한 단계: {}", titles(true)))
}

fn roots(action: &Action) -> BTreeSet<String> {
    let used = action.args.values().flat_map(uses).filter_map(|one| match one {
        Use::Whole(reference) | Use::Inside(reference) => Some(reference.root),
        Use::Broken(_) => None,
    });
    used.chain(action.requires.iter().filter_map(|key| Reference::parse(key)).map(|reference| reference.root)).collect()
}

/// Gives what is still to do ids after all that were used, in references too.
fn renamed(
    rest: Vec<Action>,
    stuck: &Replan,
    input: &PlanInput,
    assumptions: Vec<Text>,
    catalogue: &Catalogue,
) -> ActionPlan {
    let numbers = stuck
        .plan
        .actions
        .iter()
        .filter_map(|action| action.id.trim_start_matches(|c: char| !c.is_ascii_digit()).parse::<usize>().ok());
    let first = numbers.filter(|n| *n < 100_000).max().unwrap_or(0).max(stuck.plan.actions.len()) + 1;
    let names: BTreeMap<String, String> =
        rest.iter().enumerate().map(|(at, action)| (action.id.clone(), format!("a{}", first + at))).collect();
    let mut plan = ActionPlan {
        goal: input.request.text.trim().chars().take(500).collect(),
        assumptions,
        planner: PlannerKind::Template,
        ..ActionPlan::default()
    };
    let new_name = |old: &Reference| Some(Reference { root: names.get(&old.root)?.clone(), path: old.path.clone() });
    for mut action in rest {
        for value in action.args.values_mut() {
            rewrite(value, &new_name);
        }
        action.id = names.get(&action.id).cloned().unwrap_or(action.id);
        action.requires = requires_of(&action.args);
        action.produces =
            catalogue.tool(&action.tool).map(|contract| produces_of(&action.id, contract)).unwrap_or_default();
        plan.actions.push(action);
    }
    plan.missing = missing::fields_of(&plan, catalogue);
    // The value that was just refused is no candidate.
    if let Some(failed) = stuck.plan.actions.iter().find(|action| action.id == stuck.failed) {
        for field in &mut plan.missing {
            let refused = failed.args.get(&field.field);
            field.candidates.retain(|candidate| Some(candidate) != refused);
        }
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::plan_without_model;
    use crate::plan::tests::fixture;
    use metel_model::plan::Request;
    use metel_model::time::Micros;
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
}
