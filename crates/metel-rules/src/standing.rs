//! What a standing rule covers. Never destruction, money or personal data going outside, never what certain
//! people have to approve, and never a call that outsiders' content drove.

use std::collections::BTreeSet;

use metel_model::Code;
use metel_model::fault::Fault;
use metel_model::id::StandingId;
use metel_model::standing::Standing;
use metel_model::time::Micros;

use crate::envelope::{Action, amount_micros, wants_exact, within_bounds};
use crate::policy::receivers;

/// Refuses what no rule may stand for.
pub fn may_stand(action: &Action<'_>, driven: bool) -> Result<(), Fault> {
    let never = |en: &str, ko: &str| {
        let fault = Fault::new(Code::ApprovalForbidden).detail(en, ko);
        Err(fault.hint("Approve this one alone.", "이 건만 승인하세요."))
    };
    if wants_exact(&action.contract.contract, action.verdict) {
        return never(
            "deletion, money, and personal data going outside are approved one by one",
            "삭제, 돈, 밖으로 나가는 개인정보는 하나씩 승인해야 해요",
        );
    }
    if !action.verdict.needs.is_empty() {
        return never("the policy asks about each of these", "정책이 이런 일은 하나씩 승인받게 해 두었어요");
    }
    if driven || !action.verdict.untrusted.is_empty() {
        return never("outsiders wrote a part of this", "밖에서 온 내용이 들어 있어요");
    }
    Ok(())
}

/// The rule that an action's own shape gives: this tool, these receivers, no larger amount than this or `amount`.
pub fn shape_of(action: &Action<'_>, id: StandingId, until: Micros, amount: Option<i64>) -> Standing {
    let receivers: BTreeSet<String> =
        receivers(action.contract, action.payload).into_iter().map(str::to_owned).collect();
    let own = amount_micros(action.payload);
    Standing {
        id,
        tool: action.contract.contract.id.clone(),
        receivers,
        amount_micros: own.map(|own| amount.unwrap_or(own)),
        until,
    }
}

/// Whether a rule covers an action.
pub fn covers(rule: &Standing, action: &Action<'_>, driven: bool) -> bool {
    let plain = !driven && action.verdict.needs.is_empty() && !wants_exact(&action.contract.contract, action.verdict);
    plain
        && rule.tool == action.contract.contract.id
        && action.now < rule.until
        && within_bounds(&rule.receivers, rule.amount_micros, action).is_ok()
}
