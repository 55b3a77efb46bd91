//! The places of the practice workspace, as people call them.

use std::sync::LazyLock;

use super::catalogue::Place;

static PLACES: LazyLock<Vec<Place>> =
    LazyLock::new(|| yaml_serde::from_str(include_str!("practice.yaml")).unwrap_or_default());

/// Channels, databases, spreadsheets and tabs that the simulated services start with.
pub fn places() -> Vec<Place> {
    PLACES.clone()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_practice_places_load() {
        assert!(super::places().iter().any(|place| place.outside));
    }
}
