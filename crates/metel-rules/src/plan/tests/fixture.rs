//! A small workspace: four services, their tools, and the places people name.

use std::sync::{Arc, LazyLock};

use metel_model::contract::Contract;

use crate::plan::catalogue::Catalogue;
use crate::plan::practice;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let contracts: Vec<Contract> = yaml_serde::from_str(include_str!("contracts.yaml")).unwrap();
    let contracts: Vec<Arc<Contract>> = contracts.into_iter().map(Arc::new).collect();
    Catalogue::build(&contracts, &[]).with_places(practice::places())
});

pub fn catalogue() -> Catalogue {
    CATALOGUE.clone()
}
