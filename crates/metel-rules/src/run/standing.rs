//! Standing rules in a run: a call that one covers passes, and the log names the rule.

use std::sync::Arc;

use metel_model::event::Event;
use metel_model::policy::Verdict;
use serde_json::Value;

use super::tool::approval_digest;
use super::turn::Turn;
use crate::contract::Compiled;
use crate::envelope::Action;
use crate::standing::covers;

/// Notes that a call is covered, if it is.
pub(super) fn lets_pass(
    turn: &mut Turn<'_, '_>,
    step: &str,
    contract: &Arc<Compiled>,
    payload: &Value,
    verdict: &Verdict,
    driven: bool,
) -> bool {
    let Ok(digest) = approval_digest(turn.run, &contract.contract, payload) else { return false };
    let action = Action { contract, payload, digest, verdict, now: turn.now };
    let found = turn.env.facts.standing.iter().find(|rule| covers(rule, &action, driven));
    let Some(rule) = found.map(|rule| rule.id) else { return false };
    turn.emit(Event::StandingUsed { step: step.to_owned(), rule, digest });
    true
}
