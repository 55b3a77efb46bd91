//! A small workspace: four services, their tools, and the places people name.

use std::sync::{Arc, LazyLock};

use metel_model::contract::Contract;
use metel_model::template::Template;

use crate::plan::catalogue::Catalogue;
use crate::plan::{practice, template};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let contracts: Vec<Contract> = yaml_serde::from_str(include_str!("contracts.yaml")).unwrap();
    let contracts: Vec<Arc<Contract>> = contracts.into_iter().map(Arc::new).collect();
    Catalogue::build(&contracts, &[]).with_places(practice::places())
});

/// Every shipped contract.
pub fn shipped() -> Vec<Arc<Contract>> {
    let mut found = Vec::new();
    for folder in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts")).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let value: serde_json::Value = yaml_serde::from_str(&text).unwrap();
            if value.get("base_url").is_none() {
                found.push(Arc::new(serde_json::from_value::<Contract>(value).unwrap()));
            }
        }
    }
    found.sort_by(|a, b| a.id.cmp(&b.id));
    found
}

/// Every shipped template.
pub fn templates() -> Vec<Arc<Template>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../templates");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let yaml = |path: &&std::path::PathBuf| path.extension().is_some_and(|end| end == "yaml");
    let load = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        Arc::new(template::load(&text).unwrap_or_else(|e| panic!("{path:?}: {e:?}")))
    };
    paths.iter().filter(yaml).map(load).collect()
}

pub fn catalogue() -> Catalogue {
    CATALOGUE.clone()
}
