//! Accounts that people grant by OAuth, from the link that is shown to the token that a call carries.
//!
//! `begin` makes the link, `finish` takes the browser's answer, `renew` keeps tokens fresh. Tokens lie sealed in one
//! row with a version: whoever wants to write the next ones takes the row's lease first, so that of all workers and
//! processes one asks the authorisation server.

mod begin;
mod client;
mod finish;
mod fixed;
mod kept;
mod renew;

pub use begin::{Begun, NewAuthorization};
pub use finish::{Answered, AuthorizationInfo, Came};
pub(crate) use fixed::service_account;
pub(crate) use kept::{Body, Granted, Kept};
pub(crate) use renew::Renewals;
