//! metel-server
