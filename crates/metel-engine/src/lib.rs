//! metel-engine
