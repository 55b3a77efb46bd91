//! Planning anew without a model: what is done stays done, what failed is mended, asked for, replaced
//! by another tool, or left out with all that hangs on it. The plan that comes out holds only what is
//! still to do, under ids that were never used.

mod forgotten;
mod instead;
mod told;
mod unmet;
mod value;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use metel_model::contract::Contract;
use metel_model::lang::Text;
use metel_model::plan::{Action, ActionPlan, MISSING, PlanInput, PlannerKind, Replan, Request};
use metel_model::time::Micros;
use serde_json::Value;

use super::catalogue::Catalogue;
use super::check::{produces_of, requires_of};
use super::fault::PlanRefusal;
use super::kinds;
use super::missing;
use super::reference::{Reference, Use, rewrite, uses};

/// Marks an action that was tried again once; a second failure is not met with a third try.
const AGAIN: &str = "again";

/// What a cause means for the failed action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Remedy {
    /// Somebody said no: leave it out, or do as the reason says.
    Rejected,
    /// The tool is gone.
    ToolGone,
    /// A value comes from nowhere.
    Forgotten,
    /// The arguments do not fit the tool.
    Shape,
    /// The service refuses a value, or refuses at all.
    Refused,
    /// It may pass the next time.
    Again,
    /// It happened, and its result is not what was asked for.
    Unmet,
    /// Something was written, and nobody knows what: not once more.
    Unsure,
}

/// What becomes of a failed action.
enum Mend {
    /// These run in its place, the last of them under its name.
    With(Vec<Action>),
    /// Another tool, and the names by which it leaves what is needed.
    Other(Action, BTreeMap<String, String>),
    /// Its end is reached already, or nothing needs it.
    Spare,
    /// It goes with all that hangs on it; the rest goes on.
    LeaveOut,
    /// Nothing helps: what would follow might say that it was done.
    Stop,
}

/// A stuck plan with what it is judged by.
struct Stuck<'a> {
    input: &'a PlanInput,
    replan: &'a Replan,
    catalogue: &'a Catalogue,
    /// What the request alone would be planned as.
    fresh: Option<ActionPlan>,
}

/// The rest of a stuck plan.
pub fn replan(input: &PlanInput, stuck: &Replan, catalogue: &Catalogue) -> Result<ActionPlan, PlanRefusal> {
    let mut rest: Vec<Action> =
        stuck.plan.actions.iter().filter(|action| !stuck.done.contains_key(&action.id)).cloned().collect();
    let mut assumptions = Vec::new();
    if let Some(at) = rest.iter().position(|action| action.id == stuck.failed) {
        let failed = rest[at].clone();
        let mut about = Stuck { input, replan: stuck, catalogue, fresh: None };
        about.fresh = about.plan_of(&input.request.text);
        let mend = about.mend(&failed, &rest);
        match mend {
            Mend::With(mut actions) => {
                if let Some(last) = actions.last_mut() {
                    last.id.clone_from(&failed.id);
                }
                rest.splice(at..=at, actions);
            }
            Mend::Other(action, names) => {
                rest[at] = action;
                instead::rename_uses(&mut rest, &failed.id, &names);
            }
            Mend::Spare if instead::needed(&failed, &stuck.plan).is_empty() => {
                rest.remove(at);
            }
            Mend::Spare | Mend::LeaveOut => {
                let gone = leave_out(&mut rest, &stuck.failed);
                assumptions.push(left_out(&gone, catalogue));
            }
            Mend::Stop => {
                let gone: Vec<String> = rest.iter().map(|action| action.tool.clone()).collect();
                rest.clear();
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

impl Stuck<'_> {
    fn mend(&self, failed: &Action, rest: &[Action]) -> Mend {
        let known = self.known(&failed.tool);
        let contract = known.as_deref();
        let error = message(&self.replan.cause);
        let with = |action: Action| Mend::With(vec![action]);
        let remedy = remedy(&self.replan.cause, contract, failed);
        let mend = match remedy {
            Remedy::Rejected if error.is_empty() => None,
            Remedy::Rejected => told::as_told(failed, error, self).map(Mend::With),
            Remedy::Forgotten => forgotten::supplied(failed, rest, self).map(Mend::With),
            Remedy::ToolGone if self.said(failed).is_none() && instead::is_spare(failed, known.as_ref(), self) => {
                Some(Mend::Spare)
            }
            Remedy::ToolGone => match instead::other_tool(failed, self) {
                Some((action, names)) => Some(Mend::Other(action, names)),
                None => self.way_out(failed).map(Mend::With),
            },
            Remedy::Shape => contract
                .and_then(|contract| value::fitted(failed, contract, self.said(failed).as_ref(), error))
                .map(with)
                .or_else(|| contract.and_then(|contract| ask_again(failed, contract, error)).map(with)),
            Remedy::Refused => self.refused_for_good(failed, contract, error),
            Remedy::Again => once_more(failed).map(with),
            Remedy::Unmet => unmet::mended(failed, error, self).map(Mend::With),
            Remedy::Unsure => None,
        };
        // What asks a person is no worse than an end; a plain no to one step leaves the others.
        mend.unwrap_or(match remedy {
            Remedy::Rejected if !self.announces(failed, rest) => Mend::LeaveOut,
            _ => Mend::Stop,
        })
    }

    /// Whether what is left besides would tell people of something that was not done.
    fn announces(&self, failed: &Action, rest: &[Action]) -> bool {
        let destroys =
            self.known(&failed.tool).is_some_and(|known| known.has_risk(metel_model::status::Risk::Destructive));
        destroys && rest.iter().any(|action| action.id != failed.id && action.args.contains_key("text"))
    }

    fn refused_for_good(&self, failed: &Action, contract: Option<&Contract>, error: &str) -> Option<Mend> {
        if instead::is_reached(failed, contract, error) {
            return Some(match instead::there_already(failed, self) {
                Some(found) => Mend::With(vec![found]),
                None => Mend::Spare,
            });
        }
        let contract = contract?;
        let with = |action: Action| Mend::With(vec![action]);
        if let Some(actions) = self.way_out(failed) {
            return Some(Mend::With(actions));
        }
        if instead::is_forbidden(error) {
            return None;
        }
        if let Some(action) = words::offered(failed, contract, error) {
            return Some(with(action));
        }
        if !speaks_of_value(error) {
            return (!contract.is_consequential())
                .then(|| instead::other_tool(failed, self))
                .flatten()
                .map(|(action, names)| Mend::Other(action, names));
        }
        // What the request really says, where the plan said it otherwise.
        if let Some(said) = self.said(failed) {
            let mut new = failed.clone();
            for (name, value) in &said.args {
                if uses(value).is_empty()
                    && value != MISSING
                    && new.args.get(name).is_some_and(|old| uses(old).is_empty())
                {
                    new.args.insert(name.clone(), value.clone());
                }
            }
            if new.args != failed.args {
                return Some(with(new));
            }
        }
        words::other_name(failed, contract, self.catalogue)
            .map(with)
            .or_else(|| ask_again(failed, contract, error).map(with))
    }

    /// What the request itself says to do where this fails.
    fn way_out(&self, failed: &Action) -> Option<Vec<Action>> {
        let tail = words::way_out(&self.input.request.text)?;
        let contract = self.catalogue.tool(&failed.tool);
        let mut plan = self.plan_of(tail).unwrap_or_default();
        // What is still planned behind it is not planned twice.
        let goes = |one: &Action| one.args.get("channel").or_else(|| one.args.get("title")).cloned();
        plan.actions.retain(|one| {
            let later = |old: &Action| old.id != failed.id && old.tool == one.tool && goes(old) == goes(one);
            !self.replan.plan.actions.iter().any(later)
        });
        let plan = Some(plan).filter(|plan| plan.missing.is_empty() && !plan.actions.is_empty());
        if let Some(plan) = plan
            && plan.actions.iter().all(|one| self.may_take_over(one, failed))
        {
            return Some(self.adopted(plan.actions, failed));
        }
        contract.and_then(|contract| words::amended(failed, contract, tail, self.catalogue)).map(|action| vec![action])
    }

    /// Whether an action that somebody's words ask for may stand in for a failed one: it is at hand,
    /// has not run or failed already, and takes nothing from outside its own plan.
    fn may_take_over(&self, one: &Action, failed: &Action) -> bool {
        let same = |old: &Action| old.tool == one.tool && old.args == one.args;
        self.catalogue.tool(&one.tool).is_some()
            && !same(failed)
            && !self.replan.plan.actions.iter().any(same)
            && one.args.values().all(|value| value != MISSING)
    }

    /// Actions of another plan under names of their own. Later actions of the stuck plan take from the
    /// last one that leaves what the failed one left.
    fn adopted(&self, mut actions: Vec<Action>, failed: &Action) -> Vec<Action> {
        let names: BTreeMap<String, String> =
            actions.iter().map(|action| (action.id.clone(), format!("{}w{}", failed.id, action.id))).collect();
        let to = |old: &Reference| Some(Reference { root: names.get(&old.root)?.clone(), path: old.path.clone() });
        for action in &mut actions {
            action.args.values_mut().for_each(|value| rewrite(value, &to));
            action.id = names.get(&action.id).cloned().unwrap_or_default();
        }
        if let Some(last) = actions.last().map(|last| last.id.clone()) {
            let to = |old: &Reference| {
                (old.root == last).then(|| Reference { root: failed.id.clone(), path: old.path.clone() })
            };
            for action in &mut actions {
                action.args.values_mut().for_each(|value| rewrite(value, &to));
            }
        }
        actions
    }

    /// What words alone would be planned as.
    fn plan_of(&self, words: &str) -> Option<ActionPlan> {
        let request = Request { text: words.to_owned(), lang: self.input.request.lang, session: None };
        let input =
            PlanInput { request, mentions: self.input.mentions.clone(), tools: self.input.tools.clone(), replan: None };
        super::plan_without_model(&input, self.catalogue, Micros(0)).ok()
    }

    /// The same action as the request alone would have it: by tool, and by place among its like.
    fn said(&self, action: &Action) -> Option<Action> {
        let fresh = self.fresh.as_ref()?;
        let place = self
            .replan
            .plan
            .actions
            .iter()
            .filter(|old| old.tool == action.tool)
            .position(|old| old.id == action.id)?;
        let like: Vec<&Action> = fresh.actions.iter().filter(|one| one.tool == action.tool).collect();
        let mut said = (*like.get(place).or(like.first().filter(|_| like.len() == 1))?).clone();
        // What it takes from its own plan's actions it takes from the like ones of this plan.
        let old_of = |root: &str| {
            let tool = &fresh.actions.iter().find(|one| one.id == root)?.tool;
            let before = self.replan.plan.actions.iter().take_while(|old| old.id != action.id);
            before.filter(|old| old.tool == *tool).last().map(|old| old.id.clone())
        };
        said.args.retain(|_, value| {
            uses(value).iter().all(|one| match one {
                Use::Whole(reference) | Use::Inside(reference) => old_of(&reference.root).is_some(),
                Use::Broken(_) => false,
            })
        });
        let to = |old: &Reference| Some(Reference { root: old_of(&old.root)?, path: old.path.clone() });
        said.args.values_mut().for_each(|value| rewrite(value, &to));
        Some(said)
    }

    fn known(&self, tool: &str) -> Option<Arc<Contract>> {
        self.catalogue.tool(tool).cloned()
    }

    /// Whether a tool is the one that failed for good.
    fn refused(&self, tool: &str) -> bool {
        let failed = self.replan.plan.actions.iter().find(|action| action.id == self.replan.failed);
        failed.is_some_and(|failed| failed.tool == tool) && self.catalogue.tool(tool).is_none()
    }

    /// A reference to what was read last before an action, where something was.
    fn left_data(&self, action: &Action) -> Option<Value> {
        let before = self.replan.plan.actions.iter().take_while(|old| old.id != action.id);
        let keys = ["summary", "text", "values", "rows"];
        let found = before.filter_map(|old| {
            let products = self.replan.done.get(&old.id)?;
            let key = keys.iter().find(|key| products.get(**key).is_some())?;
            Some(Value::from(format!("${{{}.{key}}}", old.id)))
        });
        found.last()
    }

    /// A reference to the address of what was made before an action.
    fn left_link(&self, action: &Action) -> Option<String> {
        let before = self.replan.plan.actions.iter().take_while(|old| old.id != action.id);
        let found = before.filter_map(|old| {
            let products = self.replan.done.get(&old.id)?;
            let key = ["page_url", "permalink"].into_iter().find(|key| products.get(*key).is_some())?;
            Some(format!("${{{}.{key}}}", old.id))
        });
        found.last()
    }
}

/// What a cause says beyond its code and the code's own sentence.
fn message(cause: &str) -> &str {
    let said = cause.split_once(':').map_or(cause, |(_, said)| said);
    let own = said.split_once(':').map(|(_, own)| own.trim());
    match cause.starts_with("approval.") {
        true => own.unwrap_or_default(),
        false => own.unwrap_or(said).trim(),
    }
}

fn remedy(cause: &str, contract: Option<&Contract>, action: &Action) -> Remedy {
    let kind = cause.split(':').next().unwrap_or_default().trim();
    let writes = contract.is_some_and(Contract::is_consequential);
    match kind {
        "approval.rejected" | "approval.expired" | "policy.denied" => Remedy::Rejected,
        "tool.disabled" | "tool.unknown" | "connection.missing" | "contract.changed" => Remedy::ToolGone,
        "reference.missing" => Remedy::Forgotten,
        "tool.payload" | "field.invalid" | "input.unexpected" => Remedy::Shape,
        "tool.failed"
            if speaks_of_value(cause)
                || instead::is_forbidden(message(cause))
                || instead::is_reached(action, contract, message(cause)) =>
        {
            Remedy::Refused
        }
        "criteria.unmet" => Remedy::Unmet,
        // What was written is not written twice.
        "tool.bad_answer" | "step.failed" if writes => Remedy::Unsure,
        _ if action.reason.starts_with(AGAIN) => Remedy::ToolGone,
        "tool.failed" if !message(cause).is_empty() && !passes(cause) => Remedy::Refused,
        _ => Remedy::Again,
    }
}

/// Whether an error is likely to pass.
fn passes(cause: &str) -> bool {
    const SIGNS: &[&str] = &[
        "timeout",
        "timed out",
        "rate",
        "429",
        "500",
        "502",
        "503",
        "504",
        "unavailable",
        "temporar",
        "try again",
        "overload",
        "busy",
        "reset",
        "시간 초과",
        "잠시",
    ];
    let lower = cause.to_lowercase();
    SIGNS.iter().any(|sign| lower.contains(sign))
}

/// Services say it in many ways that a name leads nowhere.
fn speaks_of_value(cause: &str) -> bool {
    const SIGNS: &[&str] = &[
        "not_found",
        "not found",
        "notfound",
        "invalid",
        "does not exist",
        "doesn't exist",
        "unknown",
        "no such",
        "unable to parse",
        "validation",
        "is_archived",
        "not_in_channel",
        "could not find",
        "cannot find",
        "bad request",
        "400",
        "404",
        "410",
        "malformed",
        "찾을 수 없",
        "없는",
        "없습니다",
        "없어요",
        "올바르지",
    ];
    let lower = cause.to_lowercase();
    SIGNS.iter().any(|sign| lower.contains(sign))
}

/// The value that the cause speaks of is asked for again: the field it names, else the first that
/// names something outside.
fn ask_again(action: &Action, contract: &Contract, cause: &str) -> Option<Action> {
    let lower = cause.to_lowercase();
    let fields = kinds::fields(contract);
    let given = |name: &str| action.args.get(name).is_some_and(|value| uses(value).is_empty() && value != MISSING);
    let lacking = fields.iter().find(|field| field.required && action.args.get(field.name).is_none_or(Value::is_null));
    let named = fields.iter().find(|field| given(field.name) && lower.contains(&field.name.to_lowercase()));
    let outside = fields.iter().filter(|field| given(field.name)).find(|field| {
        field.kind.contains('.')
            || kinds::is_link(field.kind)
            || matches!(field.name, "channel" | "page" | "parent" | "database" | "spreadsheet" | "range")
    });
    let field = lacking.or(named).or(outside)?;
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
}
