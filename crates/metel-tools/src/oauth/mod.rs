//! OAuth 2.0 as a client (RFC 6749, with PKCE of RFC 7636 and the advice of RFC 9700): the address that a person's
//! browser is sent to, and the exchange of codes, refresh tokens and signed assertions for tokens.
//!
//! Nothing is kept here: who may ask, where tokens lie and who renews them is decided by others. Refused are answers
//! of another issuer, tokens of unknown types, and whatever is not told in the protocol's own form.

mod account;
mod answer;
mod exchange;
mod issuer;
mod party;
mod pkce;
mod request;

pub use account::ServiceAccount;
pub use answer::Tokens;
pub use exchange::{Exchange, Failure};
pub use issuer::check as check_issuer;
pub use party::Party;
pub use pkce::{Verifier, state};
pub use request::address;
