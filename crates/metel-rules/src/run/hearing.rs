//! Between asking and deciding: the right to decide is handed over, questions go back and are answered, and
//! after a while others are asked as well. None of it decides anything.

use metel_model::Code;
use metel_model::approval::Channel;
use metel_model::event::Event;
use metel_model::fault::Fault;
use metel_model::id::ApprovalId;
use metel_model::run::Step;
use metel_model::status::{StepStatus, WaitingFor};
use metel_model::time::Micros;

use super::turn::{Refusal, Turn};
use crate::approvers::{self, Panel};

/// Most questions back about one approval, and their longest text.
const QUESTIONS_MAX: usize = 50;
pub const TEXT_CHARS_MAX: usize = 2_000;

/// When a waiting question wants something next: others are asked, or it expires.
pub(super) fn next(step: &Step) -> Option<Micros> {
    let pending = step.approval.as_ref()?;
    let first = escalations(step).map(|(_, _, at)| at).min();
    Some(first.map_or(pending.expires_at, |at| at.min(pending.expires_at)))
}

/// Escalations that are still to come: rule, others and time.
fn escalations(step: &Step) -> impl Iterator<Item = (&str, &[String], Micros)> {
    let hearing = step.hearing.as_deref();
    step.needs.iter().filter_map(move |need| {
        let (hearing, escalation) = (hearing?, need.escalation.as_ref()?);
        let at = hearing.asked_at.plus_millis(escalation.after_ms);
        (!hearing.escalated.contains(&need.rule)).then_some((need.rule.as_str(), escalation.to.as_slice(), at))
    })
}

/// Its time has come: others are asked, unless it has expired. False where nothing is due.
pub(super) fn escalate(turn: &mut Turn<'_, '_>, id: &str) -> bool {
    let Some(step) = turn.run.steps.get(id) else { return false };
    let Some(pending) = step.approval.as_ref().filter(|pending| pending.expires_at > turn.now) else { return false };
    let due: Vec<(&str, &[String], Micros)> = escalations(step).filter(|(_, _, at)| *at <= turn.now).collect();
    if due.is_empty() {
        return false;
    }
    let rules = due.iter().map(|(rule, ..)| (*rule).to_owned()).collect();
    let mut to: Vec<String> = due.iter().flat_map(|(_, to, _)| to.iter().cloned()).collect();
    to.sort();
    to.dedup();
    let event = Event::ApprovalEscalated { approval: pending.id, step: id.to_owned(), rules, to };
    turn.emit(event);
    true
}

/// The step whose question it is, while it is open.
fn open(turn: &Turn<'_, '_>, approval: ApprovalId) -> Result<String, Refusal> {
    let found = turn.run.steps.iter().find(|(_, step)| {
        step.status == StepStatus::Waiting
            && step.waiting == Some(WaitingFor::Approval)
            && step.approval.as_ref().is_some_and(|pending| pending.id == approval)
    });
    let (id, step) = found.ok_or_else(|| Fault::new(Code::ApprovalGone).about(approval))?;
    if step.approval.as_ref().is_some_and(|pending| pending.expires_at <= turn.now) {
        return Err(Fault::new(Code::ApprovalExpired).about(approval).into());
    }
    Ok(id.clone())
}

fn forbidden(en: &str, ko: &str) -> Refusal {
    Fault::new(Code::ApprovalForbidden).detail(en, ko).into()
}

fn person(by: &str) -> Result<(), Refusal> {
    if approvers::is_person(by) {
        return Ok(());
    }
    Err(forbidden("only people take part in an approval", "승인에는 사람만 참여할 수 있어요"))
}

fn said(text: &str) -> Result<(), Refusal> {
    if !text.trim().is_empty() && text.chars().count() <= TEXT_CHARS_MAX {
        return Ok(());
    }
    let (en, ko) =
        (format!("is a text of 1 to {TEXT_CHARS_MAX} characters"), format!("1~{TEXT_CHARS_MAX}자의 글이어야 해요"));
    Err(Fault::new(Code::FieldInvalid).detail(en, ko).at("text").into())
}

/// Gives the right to decide to somebody else.
pub(super) fn delegate(
    turn: &mut Turn<'_, '_>,
    approval: ApprovalId,
    to: String,
    reason: Option<String>,
    by: String,
    channel: Channel,
) -> Result<(), Refusal> {
    let id = open(turn, approval)?;
    person(&by)?;
    person(&to)?;
    let Some(step) = turn.run.steps.get(&id) else { return Err(Refusal::Stale) };
    let panel = Panel {
        needs: &step.needs,
        requester: &turn.run.by,
        groups: &turn.env.facts.groups,
        hearing: step.hearing.as_deref().filter(|hearing| hearing.approval == approval),
    };
    panel.admit(&by, std::iter::empty())?;
    if approvers::is_same(&to, &by) || panel.has_handed(&to) {
        return Err(forbidden("it cannot go back to whoever handed it over", "넘긴 사람에게 다시 넘길 수 없어요"));
    }
    if approvers::is_same(&to, &turn.run.by) && step.needs.iter().any(|need| need.separation) {
        return Err(forbidden(
            "whoever asked for this may not approve it",
            "이 일을 요청한 사람은 스스로 승인할 수 없어요",
        ));
    }
    if step.votes.iter().any(|vote| approvers::is_same(&vote.by, &by)) {
        return Err(Fault::new(Code::ApprovalCounted).about(&by).into());
    }
    turn.emit(Event::ApprovalDelegated { approval, step: id, by, to, reason, channel });
    Ok(())
}

/// Asks back.
pub(super) fn question(
    turn: &mut Turn<'_, '_>,
    approval: ApprovalId,
    text: String,
    by: String,
    channel: Channel,
) -> Result<(), Refusal> {
    let id = open(turn, approval)?;
    person(&by)?;
    said(&text)?;
    let asked = talk(turn, &id, approval).len();
    if asked >= QUESTIONS_MAX {
        return Err(Fault::new(Code::LimitExceeded).about(format!("{QUESTIONS_MAX} questions")).into());
    }
    turn.emit(Event::ApprovalQuestioned { approval, step: id, text, by, channel });
    Ok(())
}

/// Answers what was asked back.
pub(super) fn answer(
    turn: &mut Turn<'_, '_>,
    approval: ApprovalId,
    question: u32,
    text: String,
    by: String,
    channel: Channel,
) -> Result<(), Refusal> {
    let id = open(turn, approval)?;
    person(&by)?;
    said(&text)?;
    let place = (question as usize).checked_sub(1);
    let asked = place.and_then(|place| talk(turn, &id, approval).get(place));
    match asked {
        Some(asked) if asked.answer.is_none() => {}
        Some(_) => return Err(Fault::new(Code::InputUnexpected).about(format!("question {question}")).into()),
        None => return Err(Fault::new(Code::NotFound).about(format!("question {question}")).into()),
    }
    turn.emit(Event::ApprovalAnswered { approval, step: id, question, text, by, channel });
    Ok(())
}

fn talk<'t>(turn: &'t Turn<'_, '_>, id: &str, approval: ApprovalId) -> &'t [metel_model::approval::Exchange] {
    let hearing = turn.run.steps.get(id).and_then(|step| step.hearing.as_deref());
    hearing.filter(|hearing| hearing.approval == approval).map(|hearing| hearing.talk.as_slice()).unwrap_or_default()
}
