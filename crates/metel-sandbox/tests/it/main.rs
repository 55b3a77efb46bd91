//! The simulated services over real sockets: wire formats, refusals, faults, the ledger.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod authority;
mod control;
mod faults;
mod firecrawl;
mod guest;
mod ledger;
mod ledgerbox;
mod model;
mod notion;
mod oauth;
mod pages;
mod sheets;
mod slack;
mod vendors;
