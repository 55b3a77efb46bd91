//! Simulated SaaS services and scripted model servers, on one port.
//!
//! Each service speaks its vendor's real wire format: paths, required headers, error bodies,
//! pagination and rate-limit answers. Effects "really" happen in memory, are counted, can be
//! kept in an fsynced ledger, and are shown on human pages. Nothing here shares code with the
//! contracts, clients or engine that it judges.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod app;
mod authority;
mod bearer;
mod clock;
mod config;
mod connection;
mod control;
mod door;
mod effect;
mod fault;
mod firecrawl;
mod identifier;
mod intake;
mod ledger;
mod ledgerbox;
mod model;
mod notion;
mod requests;
mod serve;
mod sheets;
mod slack;
mod ui;
mod world;

pub use clock::{Clock, fixed_clock, system_clock};
pub use config::{SandboxConfig, Token};
pub use effect::Effect;
pub use ledger::read_ledger;
pub use serve::{SandboxHandle, serve};
