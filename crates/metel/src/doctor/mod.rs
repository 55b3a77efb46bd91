//! `metel doctor`: looks at everything that metel stands on, names what is wrong, and gives the command that mends it.
//!
//! Looking changes nothing: it is done beside a running metel, with a broken configuration and on a damaged database.
//! Each area is a file. A finding is an error (metel does not start, or loses or shows something), a warning (it goes
//! on, worse), or a note (worth knowing; nothing to do).

mod connections;
mod contracts;
mod database;
mod finding;
mod folder;
mod keys;
mod machine;
mod model;
mod plant;
mod ports;
mod postgres;
mod repair;
mod scene;
mod settings;

use std::time::Instant;

pub use finding::{Finding, Weight};
pub use plant::Plant;
pub use repair::Repair;
pub use scene::{Scene, Variables};

/// All that was found, and how long it took.
#[derive(Debug)]
pub struct Report {
    pub findings: Vec<Finding>,
    pub looked_at: usize,
    pub ms: u64,
}

impl Report {
    /// Errors and warnings.
    pub fn troubles(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.weight != Weight::Note)
    }
}

/// Looks at everything once.
pub async fn look(scene: &Scene) -> Report {
    let began = Instant::now();
    let mut findings = Vec::new();
    let mut looked_at = 0;
    let mut take = |found: Vec<Finding>| {
        findings.extend(found);
        looked_at += 1;
    };
    take(folder::look(scene));
    take(folder::leftovers(scene));
    take(settings::file(scene));
    take(settings::variables(scene));
    take(machine::look(scene));
    take(contracts::look(scene));
    take(ports::look(scene));
    let database = database::look(scene).await;
    let facts = database.facts;
    take(database.findings);
    take(keys::look(scene, facts.as_ref()));
    if let Some(facts) = &facts {
        take(connections::look(scene, facts));
        take(contracts::policies(scene, facts));
    }
    // What waits for others waits at the same time.
    let (model, webhook, sandbox) = tokio::join!(model::look(scene), ports::webhook(scene), ports::sandbox(scene));
    for found in [model, webhook, sandbox] {
        take(found);
    }
    findings.sort_by_key(|finding| finding.weight);
    Report { findings, looked_at, ms: began.elapsed().as_millis() as u64 }
}
