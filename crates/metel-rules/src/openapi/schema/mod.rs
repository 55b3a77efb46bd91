//! Schemas of a description made into JSON Schema 2020-12 that stands alone: references become local
//! definitions, what only OpenAPI knows is translated, what no reader would take is mended or left out.

mod convert;
mod cut;
mod discriminator;
mod keyword;
mod library;

pub(super) use convert::Part;
pub(super) use keyword::is_file;
pub(super) use library::{Assembled, Library};

use super::document::Lost;

/// Why a schema cannot be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unfit {
    Lost(Lost),
    /// Applying it would never end.
    Endless,
}

impl From<Lost> for Unfit {
    fn from(lost: Lost) -> Self {
        Self::Lost(lost)
    }
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Lost(lost) => write!(f, "{lost}"),
            Self::Endless => f.write_str("its schema refers to itself without end"),
        }
    }
}
