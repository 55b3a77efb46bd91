//! A workspace's own rules: which hold for an action.

use metel_model::fault::FieldFault;
use metel_model::lang::Text;
use metel_model::policy::{Hours, Policy, PolicyEffect, PolicyRule, Span, When};
use metel_model::time::Micros;
use serde_json::{Value, json};
use std::borrow::Cow;

use super::subject::Subject;
use crate::cel;

/// Names that a rule's condition may read.
const NAMES: &[&str] = &[
    "input",
    "tool",
    "service",
    "risk",
    "pii",
    "untrusted",
    "outside",
    "requester",
    "now",
    "agent",
    "amount",
    "recipients",
    "domains",
    "origins",
];

/// Every rule that holds, in order, with its reason.
pub fn holding<'p>(policy: &'p Policy, subject: &Subject<'_>) -> Vec<(&'p PolicyRule, Text)> {
    policy
        .rules
        .iter()
        .filter(|rule| holds(subject, &rule.when, rule.effect))
        .map(|rule| (rule, rule.reason.clone()))
        .collect()
}

fn holds(subject: &Subject<'_>, when: &When, effect: PolicyEffect) -> bool {
    // What cannot be told never allows and always holds back.
    let unknown = effect != PolicyEffect::Allow;
    let tool = when.tool.as_ref().is_none_or(|pattern| matches(pattern, subject.tool));
    let service = when.service.as_ref().is_none_or(|service| service == subject.service);
    let risk = when.risk.is_empty() || when.risk.iter().any(|risk| subject.risk.contains(risk));
    let agent = when.agent.as_ref().is_none_or(|agent| subject.agent.is_some_and(|own| matches(agent, own)));
    let amount = when.amount.is_none_or(|span| within(span, subject.amount()));
    let domain =
        when.domains.is_empty() || subject.domains().iter().any(|own| when.domains.iter().any(|d| is_domain(d, own)));
    let hours = when.hours.as_ref().is_none_or(|hours| is_at(hours, subject.now).unwrap_or(unknown));
    let origin =
        when.origins.is_empty() || when.origins.iter().any(|origin| subject.origins.values().any(|own| own == origin));
    if !(tool && service && risk && agent && amount && domain && hours && origin) {
        return false;
    }
    let Some(condition) = &when.condition else { return true };
    let Ok(program) = cel::Program::compile(condition) else { return unknown };
    let vars = Names {
        input: subject.payload,
        facts: json!({
            "tool": subject.tool,
            "service": subject.service,
            "risk": subject.risk,
            "pii": subject.pii.iter().map(|mark| &mark.kind).collect::<Vec<_>>(),
            "untrusted": subject.untrusted,
            "outside": subject.outside,
            "requester": subject.requester,
            "agent": subject.agent,
            "amount": subject.amount(),
            "recipients": subject.recipients(),
            "domains": subject.domains(),
            "origins": subject.origins,
            "now": subject.now.rfc3339(),
        }),
    };
    program.truth(&vars, cel::Fuel::default()).unwrap_or(unknown)
}

/// An amount that the payload does not name is in no span.
fn within(span: Span, amount: Option<f64>) -> bool {
    amount.is_some_and(|amount| {
        span.over.is_none_or(|over| amount > over) && span.under.is_none_or(|under| amount < under)
    })
}

fn is_domain(pattern: &str, domain: &str) -> bool {
    let (pattern, domain) = (pattern.to_lowercase(), domain.to_lowercase());
    match pattern.strip_prefix("*.") {
        Some(above) => domain.strip_suffix(above).is_some_and(|head| head.ends_with('.')),
        None => pattern == domain,
    }
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// `None` where the zone or a time cannot be read.
fn is_at(hours: &Hours, now: Micros) -> Option<bool> {
    let zone = zone_of(&hours.zone)?;
    let at = jiff::Timestamp::from_microsecond(now.0).ok()?.to_zoned(zone);
    let minute = u32::from(at.hour().unsigned_abs()) * 60 + u32::from(at.minute().unsigned_abs());
    let (from, to) = (minute_of(&hours.from)?, minute_of(&hours.to)?);
    let inside = if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to };
    let day = DAYS.get(usize::from(at.weekday().to_monday_zero_offset().unsigned_abs()))?;
    Some(inside && (hours.days.is_empty() || hours.days.iter().any(|known| known == day)))
}

/// By the bundled database: the same everywhere, whatever is installed.
fn zone_of(name: &str) -> Option<jiff::tz::TimeZone> {
    match name {
        "UTC" => Some(jiff::tz::TimeZone::UTC),
        name => jiff::tz::TimeZoneDatabase::bundled().get(name).ok(),
    }
}

fn minute_of(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour <= 24 && minute < 60 && hour * 60 + minute <= 24 * 60).then_some(hour * 60 + minute)
}

struct Names<'n> {
    input: &'n Value,
    facts: Value,
}

impl cel::Resolve for Names<'_> {
    fn resolve(&self, name: &str) -> Option<Cow<'_, Value>> {
        let value = if name == "input" { Some(self.input) } else { self.facts.get(name) };
        value.map(Cow::Borrowed)
    }
}

fn matches(pattern: &str, tool: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(head) => tool.starts_with(head),
        None => tool == pattern,
    }
}

/// Every fault of a policy document, with its place.
pub fn check(policy: &Policy) -> Vec<FieldFault> {
    let mut faults = Vec::new();
    for (i, rule) in policy.rules.iter().enumerate() {
        if rule.id.is_empty() || policy.rules[..i].iter().any(|other| other.id == rule.id) {
            faults.push(FieldFault::new(
                format!("/rules/{i}/id"),
                "must be there and be unique",
                "있어야 하고 겹치지 않아야 해요",
            ));
        }
        if let Some(hours) = &rule.when.hours {
            check_hours(i, hours, &mut faults);
        }
        if let Some(condition) = &rule.when.condition {
            check_condition(i, condition, &mut faults);
        }
        check_deciders(i, rule, &mut faults);
    }
    faults
}

fn check_hours(i: usize, hours: &Hours, faults: &mut Vec<FieldFault>) {
    let mut bad = |member: &str, en: &str, ko: &str| {
        faults.push(FieldFault::new(format!("/rules/{i}/when/hours/{member}"), en, ko))
    };
    for (member, text) in [("from", &hours.from), ("to", &hours.to)] {
        if minute_of(text).is_none() {
            bad(member, "must be a time of day such as 09:30", "09:30 같은 시각이어야 해요");
        }
    }
    if zone_of(&hours.zone).is_none() {
        bad("zone", "is no time zone: write a name such as Asia/Seoul", "알 수 없는 시간대예요. Asia/Seoul처럼 쓰세요");
    }
    if hours.days.iter().any(|day| !DAYS.contains(&day.as_str())) {
        bad("days", "must be of mon, tue, wed, thu, fri, sat, sun", "mon부터 sun까지의 요일이어야 해요");
    }
}

/// Longest time after which others are asked, and shortest: thirty days, a second.
const ESCALATION_MS: (u64, u64) = (1_000, 30 * 24 * 60 * 60 * 1_000);

fn check_deciders(i: usize, rule: &PolicyRule, faults: &mut Vec<FieldFault>) {
    let mut bad = |member: &str, en: &str, ko: &str| {
        faults.push(FieldFault::new(format!("/rules/{i}/{member}"), en, ko));
    };
    let escalated = rule.escalation.as_ref();
    let given = [
        ("approvers", !rule.approvers.is_empty()),
        ("quorum", rule.quorum.is_some()),
        ("separation", rule.separation),
        ("escalation", escalated.is_some()),
    ];
    for (member, _) in given.iter().filter(|(_, given)| *given && rule.effect != PolicyEffect::Approval) {
        bad(member, "belongs to a rule whose effect is approval", "effect가 approval인 규칙에만 쓸 수 있어요");
    }
    if rule.approvers.iter().any(|name| !is_name(name)) {
        bad(
            "approvers",
            "must be names such as user:mina or group:finance",
            "user:mina나 group:재무 같은 이름이어야 해요",
        );
    }
    let people: std::collections::BTreeSet<&String> = rule.approvers.iter().collect();
    let closed = !people.is_empty() && people.iter().all(|name| name.starts_with("user:"));
    let others = escalated.is_some_and(|escalation| !escalation.to.is_empty());
    match rule.quorum {
        Some(n) if n == 0 || n > crate::approvers::QUORUM_MAX => bad("quorum", "is from 1 to 20", "1부터 20까지예요"),
        Some(n) if closed && !others && people.len() < n as usize => {
            bad("quorum", "asks for more people than are named", "이름을 적은 사람보다 많아요");
        }
        _ => {}
    }
    if let Some(escalation) = escalated {
        if escalation.to.is_empty() || escalation.to.iter().any(|name| !is_name(name)) {
            bad(
                "escalation/to",
                "must be names such as user:mina or group:finance",
                "user:mina나 group:재무 같은 이름이어야 해요",
            );
        }
        if !(ESCALATION_MS.0..=ESCALATION_MS.1).contains(&escalation.after_ms) {
            bad("escalation/after_ms", "is from a second to thirty days", "1초부터 30일까지예요");
        }
    }
}

/// `user:NAME` or `group:NAME`.
fn is_name(text: &str) -> bool {
    let name = text.strip_prefix("user:").or_else(|| text.strip_prefix("group:"));
    name.is_some_and(|name| !name.trim().is_empty() && name.chars().count() <= 100)
}

fn check_condition(i: usize, condition: &str, faults: &mut Vec<FieldFault>) {
    match cel::Program::compile(condition) {
        Err(error) => faults.push(FieldFault::new(
            format!("/rules/{i}/when/condition"),
            error.to_string(),
            format!("식을 읽을 수 없어요: {error}"),
        )),
        Ok(program) => {
            for name in program.references().filter(|name| !NAMES.contains(name)) {
                faults.push(FieldFault::new(
                    format!("/rules/{i}/when/condition"),
                    format!("`{name}` is not known: use {}", NAMES.join(", ")),
                    format!("`{name}`은 알 수 없어요. {} 가운데서 쓰세요", NAMES.join(", ")),
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_go_over_midnight_and_through_zones() {
        let hours = |from: &str, to: &str, days: &[&str]| Hours {
            from: from.into(),
            to: to.into(),
            zone: "Asia/Seoul".into(),
            days: days.iter().map(|d| (*d).to_owned()).collect(),
        };
        // Monday 23:30 in Seoul.
        let now = Micros::parse("2026-03-02T14:30:00Z").unwrap();
        assert_eq!(is_at(&hours("22:00", "06:00", &[]), now), Some(true));
        assert_eq!(is_at(&hours("22:00", "06:00", &["tue"]), now), Some(false));
        assert_eq!(is_at(&hours("09:00", "18:00", &["mon"]), now), Some(false));
        assert_eq!(is_at(&hours("9", "18:00", &[]), now), None);
    }

    #[test]
    fn domains_and_spans() {
        assert!(
            is_domain("*.x.com", "a.x.com") && !is_domain("*.x.com", "x.com") && !is_domain("*.x.com", "evilx.com")
        );
        assert!(within(Span { over: Some(10.0), under: None }, Some(11.0)));
        assert!(!within(Span { over: Some(10.0), under: None }, None));
    }
}
