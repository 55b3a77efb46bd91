//! The interface from outside, over a whole platform with simulated services: bad input, the
//! description and what it promises, made-up requests, broken clients.
#![allow(clippy::unwrap_used)]

mod bad_input;
mod document;
mod evaluate;
mod examples;
mod house;
mod quorum;
mod raw;
mod schema;
mod strangers;
mod templates;
