//! The nouns of metel: plain data, ids, errors, time.
//!
//! Everything here can be printed, stored and compared. This crate refuses to
//! decide, to wait and to touch the outside: it has no I/O, reads no clock except
//! through [`time::Clock`], and knows nothing of SQL, HTTP or models.

pub mod agent;
pub mod approval;
pub mod chance;
pub mod checkpoint;
pub mod code;
pub mod command;
pub mod contract;
pub mod conversation;
pub mod credit;
pub mod effect;
pub mod envelope;
pub mod event;
pub mod facts;
pub mod fault;
pub mod hash;
pub mod id;
pub mod json;
pub mod lang;
pub mod message;
pub mod plan;
pub mod policy;
pub mod provenance;
pub mod run;
pub mod service;
pub mod standing;
pub mod status;
pub mod stored;
pub mod subject;
pub mod task;
pub mod template;
pub mod time;
pub mod workflow;

pub use code::Code;
pub use fault::Fault;
pub use hash::Digest;
pub use lang::{Lang, Text};
pub use time::Micros;
