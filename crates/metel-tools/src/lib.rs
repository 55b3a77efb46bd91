//! metel-tools
