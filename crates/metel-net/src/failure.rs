//! Why a call gave no answer, and whether the receiver may have acted all the same.
//! Texts never hold the address: it may carry a credential.

use std::error::Error;

use metel_model::effect::Certainty;
use metel_model::{Code, Fault};

use crate::egress::Refused;

/// A call without a usable answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{fault}")]
pub struct NetFailure {
    pub fault: Fault,
    /// `Certain`: surely nothing reached the receiver. `Ambiguous`: bytes may have left.
    pub certainty: Certainty,
    /// Set when the egress guard said no.
    pub refused: Option<Refused>,
    /// HTTP status, when one was read before things went wrong.
    pub status: Option<u16>,
}

impl NetFailure {
    pub(crate) fn refused(refused: Refused) -> Self {
        Self { fault: refused.fault(), certainty: Certainty::Certain, refused: Some(refused), status: None }
    }

    pub(crate) fn not_sent(what: &str) -> Self {
        Self::of(Code::NetworkFailed, what, Certainty::Certain)
    }

    pub(crate) fn of(code: Code, what: &str, certainty: Certainty) -> Self {
        Self { fault: Fault::new(code).about(what), certainty, refused: None, status: None }
    }

    pub(crate) fn timeout(phase: &str, ms: u64, sent: bool) -> Self {
        let mut failure = Self::of(Code::ToolTimeout, "", certainty(sent));
        failure.fault = Fault::new(Code::ToolTimeout)
            .detail(format!("{phase} took longer than {ms} ms"), format!("{}에 {ms}ms가 넘게 걸렸어요", korean(phase)));
        failure
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Sorts out what the client library reports.
    pub(crate) fn explain(error: reqwest::Error, sent: bool) -> Self {
        let error = error.without_url();
        if let Some(refused) = find::<Refused>(&error) {
            return Self::refused(refused.clone());
        }
        if error.is_builder() {
            return Self::not_sent("the request cannot be built");
        }
        if error.is_connect() {
            let what = if error.is_timeout() { "no connection in time".to_owned() } else { innermost(&error) };
            let code = if error.is_timeout() { Code::ToolTimeout } else { Code::NetworkFailed };
            return Self::of(code, &what, Certainty::Certain);
        }
        let code = if error.is_timeout() { Code::ToolTimeout } else { Code::NetworkFailed };
        Self::of(code, &innermost(&error), certainty(sent))
    }
}

fn korean(phase: &str) -> &'static str {
    match phase {
        "the answer's beginning" => "첫 응답",
        "the answer's next part" => "다음 응답",
        _ => "전체 응답",
    }
}

fn certainty(sent: bool) -> Certainty {
    if sent { Certainty::Ambiguous } else { Certainty::Certain }
}

fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        // An io::Error hides what it wraps behind `get_ref`.
        if let Some(io) = error.downcast_ref::<std::io::Error>()
            && let Some(inner) = io.get_ref()
            && let Some(found) = find_in::<T>(inner)
        {
            return Some(found);
        }
        next = error.source();
    }
    None
}

fn find_in<'a, T: Error + 'static>(error: &'a (dyn Error + Send + Sync + 'static)) -> Option<&'a T> {
    error.downcast_ref::<T>()
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(next) = last.source() {
        last = next;
    }
    last.to_string().chars().take(300).collect()
}
