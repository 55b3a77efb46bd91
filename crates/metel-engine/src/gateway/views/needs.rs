//! Who has to approve something, who has, and how many are wanting: for people who look at an approval.

use metel_model::approval::{Approval, Vote};
use metel_model::run::Run;
use metel_model::status::ApprovalStatus;
use metel_rules::approvers::{Groups, Panel};
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

/// Groups are read as they are now.
pub fn needs(approval: &Approval, run: &Run, groups: &Groups) -> Value {
    let needs = &approval.ask.verdict.needs;
    let panel = Panel { needs, requester: &run.by, groups };
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
            })
        })
        .collect()
}
