//! Who has to approve something, who has, and how many are wanting: for people who look at an approval.

use metel_model::approval::{Approval, Hearing, Vote};
use metel_model::run::Run;
use metel_model::status::ApprovalStatus;
use metel_rules::approvers::{Groups, Panel};
use metel_rules::contract::visible;
use serde_json::{Value, json};

/// Who approved this very payload.
fn given<'a>(approval: &'a Approval, run: &'a Run) -> Vec<&'a Vote> {
    if let Some(decided) = &approval.decided {
        return decided.votes.iter().collect();
    }
    let step = run.steps.get(&approval.ask.step);
    let open = step.filter(|s| s.approval.as_ref().is_some_and(|pending| pending.id == approval.ask.id));
    open.into_iter().flat_map(|step| &step.votes).filter(|vote| vote.digest == approval.ask.digest).collect()
}

pub fn votes(approval: &Approval, run: &Run) -> Value {
    let votes = given(approval, run);
    votes.iter().map(|vote| json!({"by": vote.by, "channel": vote.channel, "at": vote.at.rfc3339()})).collect()
}

fn heard<'a>(approval: &'a Approval, run: &'a Run) -> Option<&'a Hearing> {
    let kept = approval.decided.as_ref().and_then(|decided| decided.hearing.as_deref());
    let open = run.steps.get(&approval.ask.step).and_then(|step| step.hearing.as_deref());
    kept.or(open.filter(|hearing| hearing.approval == approval.ask.id))
}

/// Who handed over to whom, and what was asked back.
pub fn hearing(approval: &Approval, run: &Run) -> (Value, Value) {
    let Some(hearing) = heard(approval, run) else { return (json!([]), json!([])) };
    let handed = hearing.handed.iter();
    let handed = handed.map(|h| json!({"from": h.from, "to": h.to, "reason": h.reason, "at": h.at.rfc3339()}));
    let talk = hearing.talk.iter().map(|asked| {
        let answer = asked.answer.as_ref();
        let answer = answer.map(|a| json!({"by": a.by, "text": visible(&a.text), "at": a.at.rfc3339()}));
        json!({"by": asked.by, "text": visible(&asked.text), "at": asked.at.rfc3339(), "answer": answer})
    });
    (handed.collect(), talk.collect())
}

/// Groups are read as they are now.
pub fn needs(approval: &Approval, run: &Run, groups: &Groups) -> Value {
    let needs = &approval.ask.verdict.needs;
    let hearing = heard(approval, run);
    let panel = Panel { needs, requester: &run.by, groups, hearing };
    let voters: Vec<&str> = given(approval, run).iter().map(|vote| vote.by.as_str()).collect();
    let wanting = panel.wanting(voters.into_iter());
    let pending = approval.status == ApprovalStatus::Pending;
    needs
        .iter()
        .map(|need| {
            let open = wanting.iter().find(|open| pending && open.need == need);
            json!({
                "rule": need.rule,
                "approvers": need.approvers,
                "quorum": need.quorum,
                "separation": need.separation,
                "have": open.map_or(need.quorum, |open| open.have),
                "escalation": need.escalation.as_ref().map(|escalation| json!({
                    "to": escalation.to,
                    "at": approval.created_at.plus_millis(escalation.after_ms).rfc3339(),
                    "done": hearing.is_some_and(|hearing| hearing.escalated.contains(&need.rule)),
                })),
            })
        })
        .collect()
}
