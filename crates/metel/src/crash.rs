//! `METEL_CRASH_AT=name[:nth]` makes a build with crash points die where that place is reached for the nth
//! time. Every other build says that it takes no notice.

use metel_model::{Code, Fault};

const NAME: &str = "METEL_CRASH_AT";

/// Takes the environment's word. A place that does not exist is refused, so that no test passes by a typing error.
pub fn arm() -> Result<(), Fault> {
    let Some(text) = std::env::var(NAME).ok().filter(|text| !text.is_empty()) else { return Ok(()) };
    if !metel_store::crash::HAS_POINTS {
        eprintln!("metel: {NAME} is set, but this build has no crash points: it is ignored");
        return Ok(());
    }
    metel_store::crash::arm(&text).map_err(|error| Fault::new(Code::ConfigInvalid).about(error).at(NAME))
}
