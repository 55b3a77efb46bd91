//! metel-net
