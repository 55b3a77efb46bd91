//! What must hold in the end: the record, and what the services hold.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use metel_sandbox::read_ledger;
use serde_json::{Value, json};

use crate::client::Client;
use crate::load::Asked;
use crate::work::{Care, expected};

/// The record of a run: events without a gap, no step done twice, and a replay that ends where it stands.
pub async fn record(client: &Client, run: &str) -> u64 {
    let (mut after, mut done) = (0, HashMap::new());
    let mut lost: HashMap<String, u64> = HashMap::new();
    loop {
        let page = client.ask(&format!("/v1/runs/{run}/events?after={after}&limit=1000")).await;
        for event in page["items"].as_array().unwrap() {
            assert_eq!(event["seq"], after + 1, "{run}: events have a gap");
            after += 1;
            let step = event["step"].as_str().unwrap_or_default();
            match event["type"].as_str().unwrap() {
                "lease_lost" => drop(lost.insert(step.to_owned(), event["data"]["n"].as_u64().unwrap())),
                // Whoever had lost it was not to tell anything of it any more.
                "effect_observed" => {
                    let late = event["data"]["n"].as_u64().unwrap() <= lost.get(step).copied().unwrap_or(0);
                    assert!(!late, "{run}: {step} was told of by a worker that had lost it: {page:#}");
                }
                _ => {}
            }
            if event["type"] == "step_succeeded" {
                let step = event["step"].as_str().unwrap().to_owned();
                assert_eq!(done.insert(step.clone(), after), None, "{run}: {step} was completed twice: {page:#}");
            }
        }
        if page["next"].is_null() {
            break;
        }
    }
    let (status, replay) = client.post(&format!("/v1/runs/{run}/replay"), &json!({})).await.unwrap();
    assert_eq!((status, &replay["differences"]), (200, &json!(0)), "{run}: {replay}");
    assert_eq!(replay["events"], after, "{run}");
    after
}

/// What the services hold against what the runs were to do.
#[derive(Debug, Default, PartialEq)]
pub struct Effects {
    pub expected: u64,
    pub missing: Vec<String>,
    pub doubled: Vec<String>,
    /// Done before what had to come first.
    pub disordered: Vec<String>,
    /// Nobody asked for them.
    pub foreign: Vec<String>,
    /// By how they are kept from happening twice: expected, missing, doubled.
    pub by_care: BTreeMap<Care, [u64; 3]>,
}

impl Effects {
    /// None is missing, doubled, out of order or asked for by nobody.
    pub fn are_right(&self) -> bool {
        [&self.missing, &self.doubled, &self.disordered, &self.foreign].iter().all(|wrong| wrong.is_empty())
    }
}

/// References of the steps that a run says it has done.
fn done(run: &Value) -> Vec<&str> {
    let steps = run["steps"].as_array().into_iter().flatten();
    steps
        .filter(|step| step["status"] == "succeeded")
        .filter_map(|step| step["payload"]["reference"].as_str())
        .collect()
}

/// A run that is completed has done everything once. One that failed has done once what it says it has
/// done, and nothing twice. Looks at what came to the ledger after `since`.
pub fn effects(asked: &[Asked], ended: &BTreeMap<String, Value>, ledger: &Path, since: u64) -> Effects {
    let mut held: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for effect in read_ledger(ledger).unwrap() {
        if effect.service == "ledgerbox" && effect.seq > since {
            held.entry(effect.body["reference"].as_str().unwrap().to_owned()).or_default().push(effect.seq);
        }
    }
    let mut found = Effects::default();
    for one in asked {
        let run = &ended[&one.run];
        let (failed, done) = (run["status"] == "failed", done(run));
        let mut expected = expected(one.workflow, &one.id);
        expected.sort_by_key(|effect| effect.place);
        // Of the effects before it, and of those before its place.
        let (mut newest, mut floor, mut at) = (0, 0, 0);
        for effect in expected {
            let needed = !failed || done.contains(&effect.reference.as_str());
            found.expected += u64::from(needed);
            let count = found.by_care.entry(effect.care).or_default();
            count[0] += u64::from(needed);
            let Some(seqs) = held.remove(&effect.reference) else {
                if needed {
                    count[1] += 1;
                    found.missing.push(effect.reference);
                }
                continue;
            };
            if seqs.len() > 1 {
                count[2] += 1;
                found.doubled.push(effect.reference.clone());
            }
            if effect.place > at {
                (at, floor) = (effect.place, newest);
            }
            if seqs[0] < floor {
                found.disordered.push(effect.reference);
            }
            newest = newest.max(seqs[0]);
        }
    }
    found.foreign = held.into_keys().collect();
    found
}

/// Tells what happened to a reference: the record of its run beside what the services hold.
pub async fn tell(client: &Client, asked: &[Asked], reference: &str, ledger: &Path) {
    for effect in read_ledger(ledger).unwrap().iter().filter(|effect| effect.body["reference"] == reference) {
        eprintln!("{reference}: held as {} since {} under key {:?}", effect.seq, effect.at, effect.key);
    }
    let Some(one) = asked.iter().find(|one| reference.starts_with(&format!("{}-", one.id))) else { return };
    let page = client.ask(&format!("/v1/runs/{}/events?limit=1000", one.run)).await;
    for event in page["items"].as_array().unwrap() {
        let (at, data) = (event["at"].as_str().unwrap(), event["data"].to_string());
        eprintln!("  {} {at} {} {}", event["seq"], event["type"], data.chars().take(300).collect::<String>());
    }
}

/// Faults of the record as a whole, by the command that users have for it.
pub fn audit(home: &Path, server: &str) -> Value {
    let done = crate::process::binary()
        .args(["--json", "audit", "verify"])
        .env("METEL_HOME", home)
        .env("METEL_SERVER", server)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{text}{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_str(&text).unwrap()
}
