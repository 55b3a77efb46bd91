//! The policy: what happens with one action on its final payload.
//!
//! Order, first to last: the contract (checked by the caller), the connection, its scopes, the
//! workspace's rules, the risk table, the data rules. Deny wins over everything; personal data going
//! outside, money and destruction ask a person whatever an `allow` rule says.

mod audience;
pub mod cases;
mod gate;
mod rules;
mod subject;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use metel_model::code::Code;
use metel_model::contract::{Contract, Transport};
use metel_model::facts::Facts;
use metel_model::lang::Text;
use metel_model::policy::{Need, PiiMark, PolicyEffect, PolicyRule, Verdict};
use metel_model::service::ConnectionState;
use metel_model::status::Risk;
use metel_model::time::Micros;
use serde_json::Value;

use crate::approvers::{add_needs, need_of};
use crate::contract::Compiled;
use crate::pii;
use audience::Reach;

pub use audience::receivers;
pub use gate::{GateVerdict, Wanted, gate};
pub use rules::{check as check_rules, holding};
pub use subject::{Subject, amounts};

/// One action, ready to be judged.
pub struct Case<'c> {
    pub contract: &'c Compiled,
    pub payload: &'c Value,
    /// Pointers of values that outsiders may have written.
    pub untrusted: &'c [String],
    pub requester: &'c str,
    pub now: Micros,
    pub facts: &'c Facts,
}

/// Judges an action. Every reason that led to the verdict is in it.
pub fn evaluate(case: &Case<'_>) -> Verdict {
    let contract = &case.contract.contract;
    if let Some(denied) = connection(case) {
        return denied;
    }
    let reach = audience::reach(case);
    let outside = reach == Reach::Outside;
    let sends = contract.has_risk(Risk::ExternalSend) || outside;
    // Personal data matters where the payload leaves for somebody.
    let found = if contract.is_consequential() { pii::scan_value(case.payload) } else { Vec::new() };
    let pii: Vec<PiiMark> = found
        .into_iter()
        .map(|(pointer, finding)| PiiMark { pointer, kind: finding.kind.name().to_owned(), masked: finding.masked })
        .collect();
    let mut verdict = Verdict {
        effect: PolicyEffect::Allow,
        rule: String::new(),
        reasons: Vec::new(),
        pii,
        untrusted: if contract.is_consequential() { case.untrusted.to_vec() } else { Vec::new() },
        origins: BTreeMap::new(),
        outside,
        needs: Vec::new(),
        driven: false,
    };
    let ruled = rules::holding(&case.facts.policy, &Subject::of_case(case, &verdict));
    add_needs(&mut verdict.needs, needs_of(&ruled));
    if let Some((rule, reason)) = ruled.iter().find(|r| r.0.effect == PolicyEffect::Deny) {
        return decide(verdict, PolicyEffect::Deny, &rule.id, reason.clone());
    }
    let hard = hard_rules(contract, sends, &verdict);
    let asked = ruled.iter().find(|r| r.0.effect == PolicyEffect::Approval);
    let allowed = ruled.iter().find(|r| r.0.effect == PolicyEffect::Allow);
    match (hard, asked, allowed) {
        (Some((rule, reason)), _, _) => decide(verdict, PolicyEffect::Approval, rule, reason),
        (None, Some((rule, reason)), _) => decide(verdict, PolicyEffect::Approval, &rule.id, reason.clone()),
        (None, None, Some((rule, reason))) => decide(verdict, PolicyEffect::Allow, &rule.id, reason.clone()),
        (None, None, None) => match soft_rules(contract, sends && reach != Reach::Inside, &verdict) {
            Some((rule, reason)) => decide(verdict, PolicyEffect::Approval, rule, reason),
            None => {
                let worst = contract.risk.iter().max().copied().unwrap_or(Risk::Read);
                verdict.rule = format!("risk.{worst}");
                verdict
            }
        },
    }
}

/// What the rules that ask need beyond one yes.
fn needs_of(ruled: &[(&PolicyRule, Text)]) -> Vec<Need> {
    let asks = ruled.iter().filter(|(rule, _)| rule.effect == PolicyEffect::Approval);
    asks.filter_map(|(rule, _)| need_of(rule)).collect()
}

fn decide(mut verdict: Verdict, effect: PolicyEffect, rule: &str, reason: Text) -> Verdict {
    verdict.effect = effect;
    rule.clone_into(&mut verdict.rule);
    if !reason.en.is_empty() || !reason.ko.is_empty() {
        verdict.reasons.push(reason);
    }
    verdict
}

/// A denial because of the connection, if there is one.
fn connection(case: &Case<'_>) -> Option<Verdict> {
    let contract = &case.contract.contract;
    if matches!(contract.transport, Transport::Builtin { .. }) {
        return None;
    }
    let service = contract.service();
    let deny = |rule: &str, en: String, ko: String| {
        let verdict = Verdict {
            effect: PolicyEffect::Deny,
            rule: rule.to_owned(),
            reasons: vec![Text::new(en, ko)],
            pii: Vec::new(),
            untrusted: Vec::new(),
            origins: BTreeMap::new(),
            outside: false,
            needs: Vec::new(),
            driven: false,
        };
        Some(verdict)
    };
    let Some(connection) = case.facts.connections.get(service) else {
        return deny(
            "connection.missing",
            format!("{service} is not connected"),
            format!("{service} 서비스가 연결되어 있지 않아요"),
        );
    };
    if connection.state != ConnectionState::Ready {
        return deny(
            "connection.expired",
            format!("the connection to {service} has expired"),
            format!("{service} 연결이 만료되었어요"),
        );
    }
    let missing: Vec<&str> =
        contract.scopes.iter().filter(|s| !connection.scopes.contains(s)).map(String::as_str).collect();
    if !missing.is_empty() {
        let list = missing.join(", ");
        return deny(
            "connection.scope",
            format!("{service} lacks {list}"),
            format!("{service} 연결에 {list} 권한이 없어요"),
        );
    }
    None
}

/// What always asks a person.
fn hard_rules(contract: &Contract, sends: bool, verdict: &Verdict) -> Option<(&'static str, Text)> {
    if contract.has_risk(Risk::Destructive) {
        return Some(("risk.destructive", Text::new("it deletes something", "무언가를 지워요")));
    }
    if contract.has_risk(Risk::Financial) {
        return Some(("risk.financial", Text::new("it moves money", "돈이 오가요")));
    }
    if sends && !verdict.pii.is_empty() {
        let kinds = kinds(verdict);
        return Some((
            "pii.external_send",
            Text::new(format!("personal data goes outside: {kinds}"), format!("개인정보가 밖으로 나가요: {kinds}")),
        ));
    }
    None
}

/// What asks a person unless a rule of the workspace allows it.
fn soft_rules(contract: &Contract, leaves: bool, verdict: &Verdict) -> Option<(&'static str, Text)> {
    if leaves {
        return Some(("risk.external_send", Text::new("it goes to people outside", "회사 밖 사람에게 나가요")));
    }
    if contract.is_consequential()
        && !verdict.untrusted.is_empty()
        && verdict.untrusted.iter().any(|p| steers(contract, p))
    {
        return Some((
            "provenance.untrusted",
            Text::new("where it goes was written by somebody outside", "받는 곳이나 대상이 외부에서 온 값이에요"),
        ));
    }
    None
}

/// Names that fields for people to read go by.
const PROSE: &[&str] =
    &["text", "title", "body", "content", "message", "description", "summary", "subject", "note", "comment"];

/// Whether a field decides where an action goes or what it touches, rather than what it says.
fn steers(contract: &Contract, pointer: &str) -> bool {
    // All of the payload.
    if pointer.is_empty() {
        return true;
    }
    let field = pointer.trim_start_matches('/').split('/').next().unwrap_or_default();
    if contract.audience.as_ref().is_some_and(|a| a.field == field) {
        return true;
    }
    let type_of = |schema: &Value| schema.get("x-type").and_then(Value::as_str).map(str::to_owned);
    let properties = contract.input_schema.get("properties").and_then(Value::as_object);
    // A contract that says nothing of what its fields mean: only what is called like prose is prose.
    if properties.is_none_or(|fields| !fields.values().any(|schema| type_of(schema).is_some())) {
        return !PROSE.contains(&field.to_lowercase().as_str());
    }
    let kind = properties.and_then(|fields| type_of(fields.get(field)?)).unwrap_or_default();
    !matches!(
        kind.rsplit('.').next().unwrap_or_default(),
        "" | "text" | "title" | "content" | "rows" | "table" | "markdown"
    )
}

fn kinds(verdict: &Verdict) -> String {
    let mut kinds: Vec<&str> = verdict.pii.iter().map(|mark| mark.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.join(", ")
}

/// Whether "all like this" may cover it: never destruction, money, personal data going outside, a target
/// other than the receiver that an outsider has named, or an agent's call that content drove.
pub fn is_grantable(contract: &Contract, verdict: &Verdict) -> bool {
    let sends_pii = (verdict.outside || contract.has_risk(Risk::ExternalSend)) && !verdict.pii.is_empty();
    let receiver = |pointer: &str| {
        contract
            .audience
            .as_ref()
            .is_some_and(|audience| pointer.trim_start_matches('/').split('/').next() == Some(&audience.field))
    };
    let steered = verdict.untrusted.iter().any(|pointer| !receiver(pointer) && steers(contract, pointer));
    !verdict.driven
        && !contract.has_risk(Risk::Destructive)
        && !contract.has_risk(Risk::Financial)
        && !sends_pii
        && !steered
}

/// Whether an outsider's value decides where the action goes or what it touches.
pub fn is_steered(contract: &Contract, verdict: &Verdict) -> bool {
    verdict.untrusted.iter().any(|pointer| steers(contract, pointer))
}

/// The command that opens the way again, where a connection is what denies.
pub fn remedy(rule: &str, contract: &Contract, facts: &Facts) -> Option<Text> {
    let service = contract.service();
    let command = match rule {
        "connection.missing" => format!("metel connect {service}"),
        "connection.expired" => format!("metel connect {service} --renew"),
        "connection.scope" => {
            let present = facts.connections.get(service).map(|c| c.scopes.as_slice()).unwrap_or_default();
            let missing = contract.scopes.iter().filter(|scope| !present.contains(scope));
            let flags: String = missing.map(|scope| format!(" --add-scope {scope}")).collect();
            format!("metel connect {service}{flags}")
        }
        _ => return None,
    };
    Some(Text::new(format!("Run `{command}`, then retry the run."), format!("`{command}` 한 뒤 실행을 다시 하세요.")))
}

/// The error code that a denial is told with.
pub fn code_of(rule: &str) -> Code {
    match rule {
        "connection.missing" => Code::ConnectionMissing,
        "connection.expired" => Code::ConnectionExpired,
        "connection.scope" => Code::ScopeMissing,
        _ => Code::Denied,
    }
}
