//! metel-model
