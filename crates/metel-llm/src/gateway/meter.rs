//! What a call may cost: asked before it goes out, told after it came back. Whoever keeps the books
//! implements this; the gateway only asks.

use futures::FutureExt;
use futures::future::BoxFuture;
use metel_model::effect::Usage;

use crate::endpoint::Price;
use crate::model::ModelFailure;

/// What a call is expected to use at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asking {
    pub input_tokens: u64,
    pub output_tokens: u64,
    /// None: what it costs is not known, and nobody can say whether there is enough.
    pub price: Option<Price>,
}

impl Asking {
    /// In micro-credits; none where the price is not known.
    pub fn cost(&self) -> Option<i64> {
        let usage = Usage { input_tokens: self.input_tokens, output_tokens: self.output_tokens, ..Usage::default() };
        self.price?.cost(&usage)
    }
}

/// Books of somebody's spending.
pub trait Meter: Send + Sync {
    /// Sets the cost aside, or refuses the call.
    fn reserve(&self, asking: Asking) -> BoxFuture<'_, Result<Box<dyn Hold>, ModelFailure>>;
}

/// What was set aside for one call. Dropped unsettled, it is given back whole.
pub trait Hold: Send {
    /// The call is over: what it used, as far as the provider said so.
    fn settle(self: Box<Self>, usage: Option<&Usage>);
}

/// Books that nobody keeps.
#[derive(Debug, Clone, Copy, Default)]
pub struct Free;

impl Meter for Free {
    fn reserve(&self, _: Asking) -> BoxFuture<'_, Result<Box<dyn Hold>, ModelFailure>> {
        async { Ok(Box::new(Self) as Box<dyn Hold>) }.boxed()
    }
}

impl Hold for Free {
    fn settle(self: Box<Self>, _: Option<&Usage>) {}
}
