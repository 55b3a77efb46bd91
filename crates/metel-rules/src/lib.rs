//! metel-rules
pub mod pii;
