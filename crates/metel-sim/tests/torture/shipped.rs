//! Subjects: the shipped pipelines and templates, and examples with what those lack.

use std::path::PathBuf;
use std::sync::Arc;

use metel_model::contract::Contract;
use metel_rules::contract::Compiled;
use metel_rules::graph::read_pipeline;
use metel_rules::plan::template::load;
use metel_rules::plan::{Catalogue, practice};
use metel_sim::torture::{Subject, workflow_of_template};
use metel_tools::Registry;

use super::seeding;

pub fn contracts() -> Vec<Arc<Compiled>> {
    let registry = Registry::builtin().map_err(|faults| faults.len()).unwrap();
    registry.snapshot().list().cloned().collect()
}

pub fn is_agent(name: &str) -> bool {
    metel_llm::agent::named(name).is_some()
}

fn folder(name: &str) -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

pub fn all() -> Vec<Subject> {
    let contracts = [contracts(), seeding::contracts()].concat();
    let of_contract: Vec<Arc<Contract>> = contracts.iter().map(|c| Arc::new(c.contract.clone())).collect();
    let catalogue = Catalogue::build(&of_contract, &[]).with_places(practice::places());
    let mut all = Vec::new();
    let mut add = |workflow| {
        all.push(Subject { workflow, others: Vec::new(), contracts: contracts.clone(), is_agent, input: None });
    };
    for file in [folder("pipelines"), folder("crates/metel-sim/tests/torture/examples")].concat() {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let definition = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        add(read_pipeline(&name, &definition).map_err(|f| format!("{f:?}")).unwrap());
    }
    for file in folder("templates").iter().filter(|file| file.extension().is_some_and(|end| end == "yaml")) {
        let template = load(&std::fs::read_to_string(file).unwrap()).map_err(|f| format!("{f:?}")).unwrap();
        add(workflow_of_template(&template, &catalogue));
    }
    all
}
