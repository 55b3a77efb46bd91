//! The one HTTP client, with its egress guard.
//!
//! Whatever leaves metel over HTTP leaves through [`Net`]: the address is checked against the call's
//! own allow list and against the ranges that nobody outside may be pointed at, names are resolved
//! once and the checked addresses are the ones connected to, redirects are never followed off the
//! list, and time and size are capped. It knows nothing of tools, models or retries.

mod address;
mod call;
mod client;
mod door;
mod egress;
mod failure;
mod guard;
mod sent;
mod spelling;
mod stream;

pub use address::{Ban, ban};
pub use call::{Call, Reply, headers_of};
pub use client::{Limits, Net};
pub use door::door;
pub use egress::{Egress, Refused};
pub use failure::NetFailure;
pub use guard::{Lookup, SystemLookup};
pub use http::Method;
pub use stream::Streamed;
