//! metel-llm
