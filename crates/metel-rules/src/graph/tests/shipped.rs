//! Everything that is shipped holds: pipelines and templates, against the shipped contracts.

use metel_model::lang::Lang;

use super::*;
use crate::plan::{Catalogue, practice, template};

fn files(folder: &str, ending: &str) -> Vec<std::path::PathBuf> {
    let folder = format!("{}/../../{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == ending));
    paths.sort();
    paths
}

#[test]
fn every_contract_compiles() {
    assert!(CONTRACTS.len() >= 20);
    for (id, contract) in CONTRACTS.iter() {
        crate::contract::Compiled::compile(contract.as_ref().clone()).unwrap_or_else(|e| panic!("{id}: {e:?}"));
    }
}

#[test]
fn every_pipeline_holds() {
    let paths = files("pipelines", "json");
    assert!(paths.len() >= 2);
    for path in paths {
        let definition: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(faults(&definition), [], "{path:?}");
    }
}

#[test]
fn every_template_becomes_a_workflow_that_holds() {
    let contracts: Vec<_> = CONTRACTS.values().cloned().collect();
    let catalogue = Catalogue::build(&contracts, &[]).with_places(practice::places());
    let paths = files("templates", "yaml");
    assert!(paths.len() >= 10);
    for path in paths {
        let template = template::load(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(template::validate(&template, &catalogue), [], "{path:?}");
        for lang in [Lang::Ko, Lang::En] {
            let plan = template::instantiate(&template, &Default::default(), lang, &catalogue);
            assert_eq!(plan.actions.len(), template.actions.len());
            let agent = |tool: &str| (tool == "text.summarize").then(|| "writer".to_owned());
            let program = Program::compile(workflow_of_plan(&plan, &[], &agent)).map_err(|f| format!("{f:?}")).unwrap();
            assert_eq!(check(&program, &Shipped), [], "{path:?}");
            // Whatever a required parameter does not fill is asked for by name.
            for field in &plan.missing {
                assert!(plan.actions.iter().any(|a| a.id == field.action), "{path:?} {field:?}");
                assert!(!field.title.en.is_empty() && !field.title.ko.is_empty());
            }
        }
    }
}
