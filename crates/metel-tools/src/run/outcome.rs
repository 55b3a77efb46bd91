//! Outcomes in the making.

use metel_model::effect::{Certainty, Outcome};
use metel_model::stored::Stored;
use metel_model::{Code, Fault};
use metel_rules::contract::{Compiled, Judgement};
use serde_json::Value;

use crate::redact::Redactor;

/// Nothing was sent.
pub(super) fn refused(fault: Fault) -> Outcome {
    Outcome::fault(fault, Certainty::Certain, 0)
}

/// Masks secrets in everything that an outcome says.
pub(super) fn mask(outcome: &mut Outcome, redactor: &Redactor) {
    if redactor.is_empty() {
        return;
    }
    if let Some(fault) = &mut outcome.fault {
        redactor.fault(fault);
    }
    if let Some(value) = outcome.output.value() {
        let mut value = value.clone();
        redactor.value(&mut value);
        outcome.output = Stored::inline(value);
    }
}

/// The body of a read that succeeded by its own contract; else its outcome as a fault.
pub(super) fn body_of_success(compiled: &Compiled, input: &Value, outcome: Outcome) -> Result<Value, Box<Outcome>> {
    if outcome.fault.is_some() {
        return Err(Box::new(outcome));
    }
    let body = outcome.output.value().cloned().unwrap_or_default();
    match compiled.judge(outcome.status.unwrap_or(200), &body, input) {
        Judgement::Pass => Ok(body),
        Judgement::Fail { code, message, retryable } => {
            let said = if message.is_empty() || message == code { code } else { format!("{code}: {message}") };
            // A read that may pass by itself is told as a network fault: whoever tries again looks at that.
            let passing = retryable || outcome.status.is_some_and(|status| status >= 500);
            let kind = if passing { Code::NetworkFailed } else { Code::ToolFailed };
            let fault = Fault::new(kind).about(format!("{}: {said}", compiled.contract.id));
            Err(Box::new(Outcome { fault: Some(fault), output: Stored::null(), ..outcome }))
        }
    }
}
