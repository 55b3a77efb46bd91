//! metel-rules

pub mod cel;
pub mod door;
pub mod jsonpath;
pub mod pii;
pub mod plan;
