//! What a description may be.

/// Longest description, in bytes.
pub const BYTES_MAX: usize = 64 * 1024 * 1024;
/// Longest description in YAML, whose reader keeps more in memory.
pub const YAML_BYTES_MAX: usize = 24 * 1024 * 1024;
/// Most values in a description.
pub const NODES_MAX: usize = 8_000_000;
/// Longest single text, in bytes.
pub const TEXT_BYTES_MAX: usize = 1024 * 1024;
/// Most paths.
pub const PATHS_MAX: usize = 25_000;
/// Most operations that are imported at once; of a larger description, parts are.
pub const OPERATIONS_MAX: usize = 5_000;
/// Most parameters of one operation.
pub const PARAMETERS_MAX: usize = 300;
/// Bytes of input schemas that one import may unfold to before each is given only the least.
pub const SCHEMAS_BYTES_AMPLE: usize = 8 * 1024 * 1024;
/// Most bytes of input schemas that one import may unfold to.
pub const SCHEMAS_BYTES_MAX: usize = 12 * 1024 * 1024;
/// Most bytes of one operation's input schema; what lies deeper is described in less detail.
pub const SCHEMA_BYTES_MAX: usize = 32 * 1024;
/// The least that an operation's schema is given, however much the others took.
pub const SCHEMA_BYTES_LEAST: usize = 1_500;
/// Deepest nesting of a converted schema.
pub const SCHEMA_DEPTH_MAX: usize = 36;
/// Longest chain of references that lead to one another.
pub const CHAIN_MAX: usize = 64;
/// Most alternatives that a discriminator's mapping adds.
pub const MAPPED_MAX: usize = 64;
