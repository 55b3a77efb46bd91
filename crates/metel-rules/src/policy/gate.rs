//! The gate as a whole: the policy of a workspace and who asked, in one verdict. The stricter counts.

use std::collections::BTreeMap;

use metel_model::facts::Facts;
use metel_model::lang::Text;
use metel_model::policy::{Need, PolicyEffect};
use metel_model::provenance::Origin;
use metel_model::time::Micros;
use serde_json::Value;

use super::{Case, Subject, evaluate, holding, needs_of};
use crate::approvers::add_needs;
use crate::asked::{Call, Context, Judgement, Said, Tool, judge};
use crate::contract::Compiled;

/// A call that an agent wants to make.
#[derive(Clone, Copy)]
pub struct Wanted<'w> {
    pub tool: &'w Tool,
    /// The workspace's contract of it, where there is one.
    pub contract: Option<&'w Compiled>,
    pub payload: &'w Value,
    pub origins: &'w BTreeMap<String, Origin>,
    pub request: &'w str,
    pub said: &'w [Said],
    pub agent: Option<&'w str>,
    pub requester: &'w str,
    pub now: Micros,
    pub facts: &'w Facts,
}

/// What is decided, and all that led to it.
#[derive(Debug, Clone, PartialEq)]
pub struct GateVerdict {
    pub effect: PolicyEffect,
    pub rule: String,
    pub reasons: Vec<Text>,
    pub judgement: Judgement,
    /// Who has to approve it; where there is any, nothing but people's votes lets the call pass.
    pub needs: Vec<Need>,
}

/// Judges a call.
pub fn gate(wanted: &Wanted<'_>) -> GateVerdict {
    let call = Call { tool: wanted.tool, payload: wanted.payload, origins: wanted.origins };
    let inside = &wanted.facts.policy.inside.domains;
    let judgement = judge(&call, &Context { request: wanted.request, said: wanted.said, inside });
    let untrusted = judgement.untrusted();
    let mut out = GateVerdict {
        effect: judgement.effect,
        rule: judgement.rule.to_owned(),
        reasons: judgement.reasons.clone(),
        judgement,
        needs: Vec::new(),
    };
    let origins: BTreeMap<String, Origin> =
        out.judgement.fields.iter().map(|field| (field.pointer.clone(), field.origin)).collect();
    if let Some(contract) = wanted.contract {
        let case = Case {
            contract,
            payload: wanted.payload,
            untrusted: &untrusted,
            requester: wanted.requester,
            now: wanted.now,
            facts: wanted.facts,
        };
        let verdict = evaluate(&case);
        take(&mut out, verdict.effect, &verdict.rule, verdict.reasons);
        out.needs = verdict.needs;
    }
    let subject = Subject {
        tool: &wanted.tool.name,
        service: wanted.tool.name.split('.').next().unwrap_or_default(),
        risk: &out.judgement.risk,
        payload: wanted.payload,
        requester: wanted.requester,
        agent: wanted.agent,
        now: wanted.now,
        pii: &out.judgement.pii,
        untrusted: &untrusted,
        outside: out.judgement.outside,
        origins: &origins,
    };
    let held = holding(&wanted.facts.policy, &subject);
    add_needs(&mut out.needs, needs_of(&held));
    let strictest = held
        .into_iter()
        .map(|(rule, reason)| (rank(rule.effect), rule.effect, rule.id.clone(), reason))
        .reduce(|best, next| if next.0 > best.0 { next } else { best });
    if let Some((_, effect, rule, reason)) = strictest {
        take(&mut out, effect, &rule, vec![reason]);
    }
    out
}

/// The stricter verdict stands. A rule that allows names itself where nothing else is asked about; it takes
/// back no question, for it cannot know who asked.
fn take(out: &mut GateVerdict, effect: PolicyEffect, rule: &str, reasons: Vec<Text>) {
    let names = effect == PolicyEffect::Allow && out.effect == PolicyEffect::Allow && !rule.starts_with("risk.");
    if rank(effect) > rank(out.effect) || names {
        out.effect = effect;
        rule.clone_into(&mut out.rule);
    }
    for reason in reasons {
        let says = !reason.en.is_empty() || !reason.ko.is_empty();
        if says && !out.reasons.contains(&reason) {
            out.reasons.push(reason);
        }
    }
}

fn rank(effect: PolicyEffect) -> u8 {
    match effect {
        PolicyEffect::Allow => 0,
        PolicyEffect::Approval => 1,
        PolicyEffect::Deny => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use metel_model::policy::Policy;
    use serde_json::json;

    fn verdict(rules: Value, name: &str, payload: Value) -> (PolicyEffect, String) {
        let policy: Policy = serde_json::from_value(json!({ "rules": rules })).unwrap();
        let facts = Facts { policy, ..Facts::default() };
        let tool = Tool { name: name.into(), ..Tool::default() };
        let verdict = gate(&Wanted {
            tool: &tool,
            contract: None,
            payload: &payload,
            origins: &BTreeMap::new(),
            request: "Pay 20 to GB29NWBK60161331926819 and post hello to general",
            said: &[],
            agent: Some("helper"),
            requester: "user:1",
            now: Micros::parse("2026-03-02T23:30:00Z").unwrap(),
            facts: &facts,
        });
        (verdict.effect, verdict.rule)
    }

    #[test]
    fn rules_match_amounts_domains_hours_agents_and_origins() {
        use PolicyEffect::{Allow, Approval, Deny};
        let post = json!({"channel": "general", "body": "hello"});
        let rule = |when: Value, effect: &str| json!([{"id": "own", "when": when, "effect": effect}]);
        assert_eq!(verdict(json!([]), "post_note", post.clone()), (Allow, "risk.write".into()));
        for (when, effect, wanted) in [
            (json!({"agent": "helper"}), "deny", Deny),
            (json!({"agent": "other"}), "deny", Allow),
            (json!({"hours": {"from": "22:00", "to": "06:00"}}), "approval", Approval),
            (json!({"hours": {"from": "09:00", "to": "18:00"}}), "approval", Allow),
            (json!({"origins": ["user"]}), "deny", Deny),
            (json!({"origins": ["untrusted_tool"]}), "deny", Allow),
            (json!({"risk": ["write"], "condition": "input.channel == 'general'"}), "deny", Deny),
        ] {
            assert_eq!(verdict(rule(when.clone(), effect), "post_note", post.clone()).0, wanted, "{when}");
        }
        let pay = json!({"recipient": "GB29NWBK60161331926819", "amount": 20});
        assert_eq!(verdict(json!([]), "send_money", pay.clone()), (Approval, "risk.financial".into()));
        assert_eq!(verdict(rule(json!({"amount": {"over": 10}}), "deny"), "send_money", pay.clone()).0, Deny);
        assert_eq!(verdict(rule(json!({"amount": {"over": 50}}), "deny"), "send_money", pay.clone()).0, Approval);
        // Nothing takes back a question about money.
        assert_eq!(verdict(rule(json!({}), "allow"), "send_money", pay).0, Approval);
        let mail = json!({"to": "a@rival.biz", "body": "x"});
        assert_eq!(verdict(rule(json!({"domains": ["rival.biz"]}), "deny"), "send_mail", mail).0, Deny);
    }
}
