//! `metel torture` as people call it: findings, capsules that replay, the same fault again, exit codes.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn metel(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_metel"));
    command.args(arguments).current_dir(folder).env_clear().env("METEL_HOME", folder.join("home"));
    command.env("METEL_LANG", "en").output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A payment that cannot be repeated safely, and a gate behind it.
fn flawed(folder: &Path) {
    let definition = json!({
        "input_schema": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
        "nodes": [
            {"id": "record", "type": "tool", "tool": "ledgerbox.post_blind", "args": {"reference": "${input.name}"}},
            {"id": "agree", "type": "human_gate", "show": {"name": "${input.name}"}}
        ],
        "edges": [{"from": "record", "to": "agree"}],
        "entry_point": "record"
    });
    std::fs::write(folder.join("flawed.json"), definition.to_string()).unwrap();
}

#[test]
fn flaws_are_named_and_their_capsules_replay() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    flawed(folder);
    let found = metel(folder, &["torture", "flawed.json", "--budget", "150", "--json"]);
    assert_eq!(found.status.code(), Some(1), "{}", text(&found));
    let report: Value = serde_json::from_slice(&found.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let kinds: Vec<&str> = findings.iter().map(|f| f["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["missing-key", "late-gate"], "{report:#}");
    for finding in findings {
        let capsule = finding["capsule"].as_str().unwrap();
        let replayed = metel(folder, &["replay", capsule]);
        assert_eq!(replayed.status.code(), Some(0), "{}", text(&replayed));
        let at = finding["at"].as_str().unwrap();
        let again = metel(folder, &["torture", "flawed.json", "--at", at, "--json"]);
        assert_eq!(again.status.code(), Some(1), "{}", text(&again));
        let again: Value = serde_json::from_slice(&again.stdout).unwrap();
        assert!(again["findings"].as_array().unwrap().iter().any(|f| f["kind"] == finding["kind"]), "{again:#}");
    }
    // People get the same in words.
    let told = metel(folder, &["torture", "flawed.json", "--budget", "60", "--lang", "ko"]);
    assert!(text(&told).contains("멱등 키 없음") && text(&told).contains("다시    metel torture flawed.json --at"));
    // It needs no data folder and makes none.
    assert!(!folder.join("home").exists());
}

#[test]
fn a_sound_workflow_ends_well_and_nonsense_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let clean = metel(folder, &["torture", "notion_meeting_workflow", "--budget", "60"]);
    assert_eq!(clean.status.code(), Some(0), "{}", text(&clean));
    for (arguments, code) in [
        (vec!["torture", "no_such_workflow"], 5),
        (vec!["torture", "grant-factory", "--at", "boom@start:run"], 2),
        (vec!["torture", "grant-factory", "--input", "{"], 2),
        (vec!["torture", "grant-factory", "--input", "{\"query\": 7}"], 2),
        (vec!["torture", "."], 5),
    ] {
        let refused = metel(folder, &arguments);
        assert_eq!(refused.status.code(), Some(code), "{arguments:?}: {}", text(&refused));
    }
    std::fs::write(
        folder.join("odd.json"),
        "{\"nodes\": [{\"id\": \"a\", \"type\": \"boom\"}], \"entry_point\": \"b\"}",
    )
    .unwrap();
    let refused = metel(folder, &["torture", "odd.json"]);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
}
