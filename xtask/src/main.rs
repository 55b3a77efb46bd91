//! Checks of the repository's own rules. `cargo run -p xtask -- floors` compares each crate's
//! dependencies with the table below; a crate uses only what stands here.

use std::collections::BTreeMap;
use std::process::ExitCode;

/// Crate → the crates of ours that it may use.
const FLOORS: &[(&str, &[&str])] = &[
    ("metel-model", &[]),
    ("metel-rules", &["metel-model"]),
    ("metel-net", &["metel-model"]),
    ("metel-store", &["metel-model"]),
    ("metel-llm", &["metel-model", "metel-rules", "metel-net"]),
    ("metel-tools", &["metel-model", "metel-rules", "metel-net"]),
    ("metel-engine", &["metel-model", "metel-rules", "metel-net", "metel-store", "metel-llm", "metel-tools"]),
    ("metel-server", &["metel-model", "metel-rules", "metel-store", "metel-engine"]),
    ("metel-sim", &["metel-model", "metel-rules", "metel-store", "metel-engine"]),
    ("metel-sandbox", &["metel-model"]),
    // It judges the record and shares no code with what it judges.
    ("metel-verify", &[]),
    (
        "metel",
        &[
            "metel-model",
            "metel-rules",
            "metel-net",
            "metel-store",
            "metel-llm",
            "metel-tools",
            "metel-engine",
            "metel-server",
            "metel-sim",
            "metel-sandbox",
        ],
    ),
    ("xtask", &[]),
];

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("floors") => floors(),
        _ => {
            eprintln!("usage: xtask floors");
            ExitCode::from(2)
        }
    }
}

fn floors() -> ExitCode {
    let table: BTreeMap<&str, &[&str]> = FLOORS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (name, allowed) in &table {
        let folder = if *name == "xtask" { "xtask".to_owned() } else { format!("crates/{name}") };
        let manifest =
            match std::fs::read_to_string(format!("{folder}/Cargo.toml")).map(|text| text.parse::<toml::Table>()) {
                Ok(Ok(manifest)) => manifest,
                _ => {
                    wrong.push(format!("{folder}/Cargo.toml cannot be read"));
                    continue;
                }
            };
        let uses =
            manifest.get("dependencies").and_then(|d| d.as_table()).map(|d| d.keys().cloned().collect::<Vec<_>>());
        for used in uses.unwrap_or_default().iter().filter(|used| table.contains_key(used.as_str())) {
            if !allowed.contains(&used.as_str()) {
                wrong.push(format!("{name} must not use {used}"));
            }
        }
    }
    for fault in &wrong {
        eprintln!("floors: {fault}");
    }
    if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
