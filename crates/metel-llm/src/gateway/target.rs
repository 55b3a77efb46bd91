//! One model that may be asked, with the lane that leads to it.

use crate::client::Client;
use crate::lane::{Lane, Outcome};
use crate::model::ModelFailure;

/// A model that may be asked.
#[derive(Clone)]
pub struct Target {
    pub client: Client,
    pub lane: Lane,
}

impl Target {
    pub fn new(client: Client, lane: Lane) -> Self {
        Self { client, lane }
    }
}

/// What a failure says of the provider's health.
pub(super) fn outcome(failure: &ModelFailure) -> Outcome {
    match failure.status {
        Some(429) => Outcome::Busy,
        Some(status) if status >= 500 || status == 408 => Outcome::Failed,
        Some(_) => Outcome::Answered,
        // No answer, a broken stream, nonsense.
        None if failure.is_transient => Outcome::Failed,
        None => Outcome::Answered,
    }
}

impl ModelFailure {
    /// Whether another model may be asked after this failure. A call that is wrong in itself would be
    /// wrong there too.
    pub(crate) fn falls_back(&self) -> bool {
        self.is_transient || self.status.is_some_and(|status| !matches!(status, 400 | 413 | 422))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use metel_model::{Code, Fault};

    #[test]
    fn a_wrong_call_is_wrong_everywhere() {
        let of = |status: u16, transient| ModelFailure {
            status: Some(status),
            ..ModelFailure::new(Fault::new(Code::ModelRefused), transient)
        };
        for (status, transient, falls, outcome_of) in [
            (400, false, false, Outcome::Answered),
            (401, false, true, Outcome::Answered),
            (404, false, true, Outcome::Answered),
            (429, true, true, Outcome::Busy),
            (429, false, true, Outcome::Busy),
            (503, true, true, Outcome::Failed),
            (529, true, true, Outcome::Failed),
        ] {
            let failure = of(status, transient);
            assert_eq!((failure.falls_back(), outcome(&failure)), (falls, outcome_of), "{status}");
        }
        assert!(!ModelFailure::refused("budget").falls_back());
    }
}
