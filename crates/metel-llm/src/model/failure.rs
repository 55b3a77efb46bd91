//! A call without a usable answer, sorted into: try again, or don't.

use metel_model::effect::{Certainty, Usage};
use metel_model::{Code, Fault};

/// A call without a usable answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{fault}")]
pub struct ModelFailure {
    pub fault: Box<Fault>,
    /// Whether the provider may have done (and charged for) the work all the same.
    pub certainty: Certainty,
    /// True when the same call may well succeed later.
    pub is_transient: bool,
    pub retry_after_ms: Option<u64>,
    /// The HTTP status of the answer, where there was one that is no success.
    pub status: Option<u16>,
    /// What was used up, where the provider said so.
    pub usage: Option<Usage>,
}

impl ModelFailure {
    pub fn new(fault: Fault, is_transient: bool) -> Self {
        let fault = Box::new(fault);
        Self { fault, certainty: Certainty::Certain, is_transient, retry_after_ms: None, status: None, usage: None }
    }

    /// The provider said no: trying again changes nothing.
    pub fn refused(why: impl std::fmt::Display) -> Self {
        Self::new(Fault::new(Code::ModelRefused).about(why), false)
    }

    /// There was an answer, and it cannot be used.
    pub fn bad_answer(en: impl Into<String>, ko: impl Into<String>) -> Self {
        Self::new(Fault::new(Code::ModelBadAnswer).detail(en, ko), true)
    }

    /// The answer broke off before it said that it was over.
    pub fn cut() -> Self {
        Self::bad_answer("the stream broke off before its end", "스트림이 끝나기 전에 끊겼어요").ambiguous()
    }

    #[must_use]
    pub fn lasting(mut self) -> Self {
        self.is_transient = false;
        self
    }

    #[must_use]
    pub fn ambiguous(mut self) -> Self {
        self.certainty = Certainty::Ambiguous;
        self
    }

    #[must_use]
    pub fn used(mut self, usage: Usage) -> Self {
        self.usage = Some(usage);
        self
    }
}

/// Adds what two calls used. The cost is unknown as soon as one part is.
pub fn add_usage(total: Option<Usage>, more: &Usage) -> Usage {
    match total {
        None => more.clone(),
        Some(total) => Usage {
            model: more.model.clone(),
            input_tokens: total.input_tokens.saturating_add(more.input_tokens),
            output_tokens: total.output_tokens.saturating_add(more.output_tokens),
            cached_tokens: total.cached_tokens.saturating_add(more.cached_tokens),
            cache_written_tokens: total.cache_written_tokens.saturating_add(more.cache_written_tokens),
            reasoning_tokens: total.reasoning_tokens.saturating_add(more.reasoning_tokens),
            cost: total.cost.zip(more.cost).and_then(|(a, b)| a.checked_add(b)),
        },
    }
}
