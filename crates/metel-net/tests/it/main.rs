//! Attacks and faults against the client, over loopback only.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod attacks;
mod faults;
mod server;
mod streams;
mod table;
