//! Every shipped contract against the simulated services: real HTTP over loopback.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod faults;
mod guard;
mod imported;
mod room;
mod services;
mod shipped;
mod success;
