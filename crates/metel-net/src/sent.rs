//! A request body that remembers whether the connection asked for it. The client asks only once a
//! connection stands, so an untouched body proves that nothing was sent.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// Shared with the body; true once it was read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sent(Arc<AtomicBool>);

impl Sent {
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// For requests without a body nothing can be observed: they count as sent.
    pub(crate) fn assume(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

pub(crate) struct Watched {
    bytes: Option<Bytes>,
    sent: Sent,
}

impl Watched {
    pub(crate) fn new(bytes: Bytes, sent: Sent) -> Self {
        Self { bytes: (!bytes.is_empty()).then_some(bytes), sent }
    }
}

impl Body for Watched {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.sent.assume();
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
