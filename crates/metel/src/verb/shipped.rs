//! What every metel brings along, for planning without a server: tools, templates, practice places.

use std::sync::Arc;

use metel_engine::platform::shipped_templates;
use metel_model::contract::Contract;
use metel_model::{Code, Fault};
use metel_rules::plan::{Catalogue, practice};
use metel_tools::Registry;

/// All shipped tools.
pub fn registry() -> Result<Registry, Fault> {
    Registry::builtin().map_err(|faults| {
        Fault::new(Code::ContractInvalid)
            .about(faults.iter().map(|f| format!("{}: {}", f.file, f.fault)).collect::<Vec<_>>().join("; "))
    })
}

/// All shipped tools and templates over the places of the simulated services.
pub fn catalogue() -> Result<Catalogue, Fault> {
    let registry = registry()?;
    let snapshot = registry.snapshot();
    // Tools without example requests are for pipelines, not for planners.
    let contracts: Vec<Arc<Contract>> = snapshot
        .list()
        .filter(|compiled| !compiled.contract.examples.is_empty())
        .map(|compiled| Arc::new(compiled.contract.clone()))
        .collect();
    Ok(Catalogue::build(&contracts, &shipped_templates()?).with_places(practice::places()))
}

/// The same with the tools that are for pipelines.
pub fn whole() -> Result<Catalogue, Fault> {
    let registry = registry()?;
    let contracts: Vec<Arc<Contract>> =
        registry.snapshot().list().map(|compiled| Arc::new(compiled.contract.clone())).collect();
    Ok(Catalogue::build(&contracts, &shipped_templates()?).with_places(practice::places()))
}
