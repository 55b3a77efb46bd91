//! What a planner may use: the workspace's tools, templates and known places. Built once per
//! version of these, then shared by all requests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use metel_model::contract::Contract;
use metel_model::template::Template;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::retrieve::Index;
use super::understand::lexicon::lexicon;

/// Something in a connected service that requests call by name: a channel, a database, a sheet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Semantic type: `slack.channel`, `notion.database`, `sheets.spreadsheet`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// What a tool takes as the argument.
    pub value: Value,
    /// What people call it; the first is shown.
    pub names: Vec<String>,
    /// True when people outside the workspace can read it.
    #[serde(default)]
    pub outside: bool,
}

impl Place {
    pub fn new(kind: &str, name: &str) -> Self {
        Self { kind: kind.into(), value: Value::from(name), names: vec![name.into()], outside: false }
    }

    /// Brings the names to the form in which requests use them, and adds what a well-known channel
    /// is called in Korean.
    fn complete(&mut self) {
        for name in &mut self.names {
            *name = name.trim_start_matches('#').to_owned();
        }
        if self.kind == "sheets.sheet" {
            self.kind = "sheets.tab".to_owned();
        }
        if self.kind.ends_with(".channel") {
            let spoken: Vec<String> =
                self.names.iter().flat_map(|name| lexicon().spoken(name)).map(str::to_owned).collect();
            self.names.extend(spoken);
        }
        let mut seen = BTreeSet::new();
        self.names.retain(|name| !name.is_empty() && seen.insert(name.clone()));
    }
}

/// Tools, templates and places of one workspace.
#[derive(Debug, Clone)]
pub struct Catalogue {
    contracts: Vec<Arc<Contract>>,
    by_id: BTreeMap<String, usize>,
    templates: Vec<Arc<Template>>,
    index: Arc<Index>,
    skills: Arc<Index>,
    /// Services that exist but are not connected: a request for one is refused by name.
    pub unconnected: BTreeSet<String>,
    pub places: Vec<Place>,
    /// Minutes east of UTC: in which day "tomorrow" begins.
    pub zone_minutes: i32,
}

/// Steps that metel does itself.
static STEPS: LazyLock<Vec<Arc<Contract>>> = LazyLock::new(|| {
    yaml_serde::from_str::<Vec<Contract>>(include_str!("steps.yaml"))
        .map(|steps| steps.into_iter().map(Arc::new).collect())
        .unwrap_or_default()
});

/// The built-in steps that a plan may name besides contracts.
pub fn steps() -> &'static [Arc<Contract>] {
    &STEPS
}

impl Catalogue {
    /// `contracts` are the enabled ones of connected services; built-in steps are added.
    pub fn build(contracts: &[Arc<Contract>], templates: &[Arc<Template>]) -> Self {
        let mut all: Vec<Arc<Contract>> = contracts.to_vec();
        for step in steps() {
            if !all.iter().any(|contract| contract.id == step.id) {
                all.push(step.clone());
            }
        }
        let by_id = all.iter().enumerate().map(|(at, contract)| (contract.id.clone(), at)).collect();
        let index = Arc::new(Index::build(&all));
        let skills = Arc::new(Index::of_templates(templates));
        Self {
            contracts: all,
            by_id,
            templates: templates.to_vec(),
            index,
            skills,
            unconnected: BTreeSet::new(),
            places: Vec::new(),
            zone_minutes: 540,
        }
    }

    /// The same without one tool: it is switched off, or its service is no longer connected.
    #[must_use]
    pub fn without(&self, tool: &str) -> Self {
        self.keeping(|contract| contract.id != tool)
    }

    /// The same with the tools of some services only.
    #[must_use]
    pub fn only(&self, services: &[&str]) -> Self {
        self.keeping(|contract| services.contains(&contract.service()))
    }

    fn keeping(&self, keeps: impl Fn(&Contract) -> bool) -> Self {
        let mut rest = self.clone();
        rest.contracts.retain(|contract| keeps(contract));
        rest.by_id = rest.contracts.iter().enumerate().map(|(at, contract)| (contract.id.clone(), at)).collect();
        rest.index = Arc::new(Index::build(&rest.contracts));
        rest
    }

    #[must_use]
    pub fn with_places(mut self, places: Vec<Place>) -> Self {
        self.places = places;
        for place in &mut self.places {
            place.complete();
        }
        self
    }

    #[must_use]
    pub fn with_unconnected(mut self, services: impl IntoIterator<Item = String>) -> Self {
        self.unconnected = services.into_iter().collect();
        self
    }

    pub fn tool(&self, id: &str) -> Option<&Arc<Contract>> {
        self.by_id.get(id).and_then(|at| self.contracts.get(*at))
    }

    pub fn tools(&self) -> &[Arc<Contract>] {
        &self.contracts
    }

    pub fn templates(&self) -> &[Arc<Template>] {
        &self.templates
    }

    /// Ranking over the tools.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Ranking over the templates.
    pub fn skills(&self) -> &Index {
        &self.skills
    }

    /// Services that have at least one tool here.
    pub fn services(&self) -> BTreeSet<&str> {
        self.contracts.iter().map(|contract| contract.service()).collect()
    }

    pub fn places_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Place> {
        self.places.iter().filter(move |place| place.kind == kind)
    }
}
