//! metel-sandbox
