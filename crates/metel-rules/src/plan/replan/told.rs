//! A person said no, and perhaps what instead: another channel, other words, a summary first, the link
//! alone, without personal data. A plain no ends the action and what hangs on it.

use std::sync::LazyLock;

use metel_model::plan::Action;
use regex::Regex;
use serde_json::{Map, Value};

use super::Stuck;
use super::words::amended;
use crate::pii;
use crate::plan::kinds;
use crate::plan::reference::{Use, uses};
use crate::plan::understand::lexicon::expression;

/// The actions that do as the reason says; nothing where it only says no.
pub fn as_told(action: &Action, reason: &str, stuck: &Stuck<'_>) -> Option<Vec<Action>> {
    let contract = stuck.catalogue.tool(&action.tool)?;
    if WITHOUT_IT.is_match(reason) && !INSTEAD.is_match(reason) {
        return None;
    }
    let mut before: Vec<Action> = Vec::new();
    let mut new = amended(action, contract, reason, stuck.catalogue).unwrap_or_else(|| action.clone());
    if PRIVATE.is_match(reason) {
        for value in new.args.values_mut() {
            if let Value::String(text) = value {
                *text = without_personal(text);
            }
        }
    }
    if SHORTER.is_match(reason)
        && let Some(field) = kinds::fields(contract)
            .into_iter()
            .find(|field| kinds::is_prose(field.kind) && new.args.contains_key(field.name))
    {
        let value = new.args[field.name].clone();
        let from_summary = uses(&value).iter().any(|one| match one {
            Use::Whole(reference) | Use::Inside(reference) => reference.key() == "summary",
            Use::Broken(_) => false,
        });
        let id = format!("{}s", action.id);
        let mut args = Map::from_iter([("text".to_owned(), value)]);
        if from_summary || new.args.get(field.name).is_some_and(|value| uses(value).is_empty()) {
            args.insert("instruction".to_owned(), Value::from(reason.chars().take(400).collect::<String>()));
        }
        if stuck.catalogue.tool("text.summarize").is_some() {
            new.args.insert(field.name.to_owned(), Value::from(format!("${{{id}.summary}}")));
            before.push(Action {
                id,
                tool: "text.summarize".to_owned(),
                args,
                requires: Vec::new(),
                produces: Vec::new(),
                success_criteria: Vec::new(),
                reason: String::new(),
            });
        }
    }
    if LINK_ONLY.is_match(reason) {
        let link = stuck.replan.plan.actions.iter().find_map(|other| {
            let done = stuck.replan.done.get(&other.id)?;
            ["page_url", "permalink"]
                .iter()
                .find(|key| done.get(**key).is_some())
                .map(|key| format!("${{{}.{key}}}", other.id))
        });
        if let (Some(link), true) = (link, new.args.contains_key("text")) {
            new.args.insert("text".to_owned(), Value::from(link));
        }
    }
    if new.args != action.args {
        before.push(new);
        return Some(before);
    }
    // `페이지로 만들어서 주세요`: said as a request of its own.
    let plan = stuck.plan_of(reason)?;
    let sure = plan.missing.is_empty()
        && !plan.actions.is_empty()
        && plan.actions.iter().all(|one| stuck.may_take_over(one, action));
    sure.then(|| stuck.adopted(plan.actions, action))
}

fn without_personal(text: &str) -> String {
    let mut found = pii::scan(text);
    found.sort_by_key(|one| std::cmp::Reverse(one.start));
    let chars: Vec<char> = text.chars().collect();
    let mut out = chars.clone();
    for one in found {
        out.splice(one.start.min(out.len())..one.end.min(out.len()), std::iter::empty());
    }
    out.into_iter().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `이건 빼고 진행하세요`: the rest goes on without it.
static WITHOUT_IT: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)(?:이건|이거|그건|이 (?:단계|메시지|작업|글|페이지)(?:는|은)?|공유는|삭제는|게시는|전송은|링크는)\s?(?:빼고|말고|생략|건너뛰|하지\s?마|필요\s?없)|(?:skip|leave out|drop|omit) (?:this|that|it|the)|나머지만|그냥 (?:두|놔)|보내지\s?마|올리지\s?마|지우지\s?마|do not (?:send|post|delete|archive|clear|share)|don't (?:send|post|delete|archive|clear|share)",
    )
});
static INSTEAD: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?i)대신|말고\s?\S|instead|rather|로\s?(?:보내|올려|바꿔|해)|use\s|in\s#|to\s#"));
static PRIVATE: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)개인\s?정보|전화번호|연락처|주민|이메일\s?(?:주소)?(?:는|를|은)?\s?(?:빼|지우|가려)|personal (?:data|info)|phone number|e-?mail address|contact details|without the (?:number|mail|phone)",
    )
});
static SHORTER: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?i)요약|짧게|줄여|너무\s?길|간단히|summar|shorter|too long|shorten|condense|brief"));
static LINK_ONLY: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?i)링크만|주소만|just the link|only the link|link only|link alone"));
