//! Granted accounts and the vault over a whole platform, with the simulated authorisation servers judging: how often
//! they are asked, what comes of every wrong answer, and what lies in the database.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod accounts;
mod desk;
mod flow;
mod renewal;
mod vault;
