//! Counts how many cases of public conformance suites pass. `METEL_SUITES` names a folder with
//! checkouts called `JSON-Schema-Test-Suite` and `jsonpath-compliance-test-suite`; what is not
//! there is named. Prints one line a suite, and the failures.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

use metel_rules::door::answer;
use serde_json::{Value, json};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let root = PathBuf::from(std::env::var("METEL_SUITES").map_err(|_| "METEL_SUITES is not set")?);
    match root.join("jsonpath-compliance-test-suite/cts.json") {
        file if file.is_file() => paths(&file)?,
        file => println!("jsonpath: {} is not there", file.display()),
    }
    let schemas = root.join("JSON-Schema-Test-Suite");
    let mut remotes = BTreeMap::new();
    documents(&schemas.join("remotes"), "http://localhost:1234", &mut remotes)?;
    for draft in ["draft2020-12", "draft2019-09", "draft7", "draft6", "draft4"] {
        schema(&schemas.join("tests").join(draft), draft, &remotes)?;
    }
    Ok(())
}

fn read(path: &Path) -> Outcome<Value> {
    let text = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(serde_json::from_slice(&text)?)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn paths(file: &Path) -> Outcome<()> {
    let suite = read(file)?;
    let (mut passed, mut total) = (0, 0);
    for case in list(&suite["tests"]) {
        let request = json!({"op": "jsonpath", "selector": case["selector"], "document": case["document"]});
        let answer = answer(&request).unwrap_or_default();
        let fits = match (case.get("invalid_selector"), case.get("results")) {
            (Some(Value::Bool(true)), _) => answer["error"] == "invalid",
            (_, Some(results)) => list(results).contains(&answer["result"]),
            _ => answer["result"] == case["result"],
        };
        total += 1;
        passed += usize::from(fits);
        if !fits {
            println!("  {} {answer}", case["name"]);
        }
    }
    println!("jsonpath {passed} of {total}");
    Ok(())
}

/// All JSON files below a folder, by the address that the suite serves them at.
fn documents(folder: &Path, base: &str, out: &mut BTreeMap<String, Value>) -> Outcome<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let address = format!("{base}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            documents(&entry.path(), &address, out)?;
        } else {
            out.insert(address, read(&entry.path())?);
        }
    }
    Ok(())
}

fn schema(folder: &Path, draft: &str, remotes: &BTreeMap<String, Value>) -> Outcome<()> {
    let (mut passed, mut total) = (0, 0);
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let suite = read(&path)?;
        for group in list(&suite) {
            for case in list(&group["tests"]) {
                let request = json!({"op": "jsonschema", "draft": draft, "schema": group["schema"],
                    "data": case["data"], "remotes": remotes});
                let answer = answer(&request).unwrap_or_default();
                total += 1;
                passed += usize::from(answer["valid"] == case["valid"]);
                if answer["valid"] != case["valid"] {
                    println!("  {} {} {answer}", group["description"], case["description"]);
                }
            }
        }
    }
    println!("{draft} {passed} of {total}");
    Ok(())
}
