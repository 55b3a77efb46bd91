//! Simulated SaaS services and scripted model servers, on one port.
//!
//! Each service speaks its vendor's real wire format: paths, required headers, error bodies,
//! pagination and rate-limit answers. Effects "really" happen in memory, are counted, can be
//! kept in an fsynced ledger, and are shown on human pages. Nothing here shares code with the
//! contracts, clients or engine that it judges.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod app;
mod arxiv;
mod asked;
mod authority;
mod bearer;
mod brave;
mod clock;
mod config;
mod connection;
mod control;
mod door;
mod effect;
mod erp;
mod fault;
mod firecrawl;
mod github;
mod google;
mod identifier;
mod intake;
mod ledger;
mod ledgerbox;
mod media;
mod model;
mod multipart;
mod notion;
mod oauth;
mod paddleocr;
mod requests;
mod serve;
mod sheets;
mod shelf;
mod slack;
mod stripe;
mod telegram;
mod ui;
mod vendors;
mod world;

pub use clock::{Clock, fixed_clock, system_clock};
pub use config::{SandboxConfig, Token};
pub use effect::Effect;
pub use ledger::read_ledger;
pub use serve::{SandboxHandle, serve};
