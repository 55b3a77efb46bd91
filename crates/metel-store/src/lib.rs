//! metel-store
