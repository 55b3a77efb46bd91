//! metel-rules

pub mod cel;
pub mod door;
pub mod pii;
