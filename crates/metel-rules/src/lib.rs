//! metel-rules
