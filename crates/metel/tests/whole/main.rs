//! The real binary as a process, the simulated services beside it, HTTP between them: what a user,
//! a failing service and a hostile model can make of it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod adversary;
mod canary;
mod connections;
mod doctor;
mod faults;
mod house;
mod missing;
mod notices;
mod torture;
mod two_processes;
