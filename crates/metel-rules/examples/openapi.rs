//! Imports every description below the folders that are named, and prints what became of each: how many
//! operations, tools and reasons for what was left out. What should never happen is counted as wrong
//! and named: a name that model providers refuse or that stands twice, a schema that is none, that is
//! no object, that refers outside itself or that takes nothing. Exits 1 when anything is wrong.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use metel_rules::openapi::{Choice, Document, Import, ImportFault};
use metel_rules::schema::Schema;
use serde_json::Value;

#[derive(Default)]
struct Total {
    documents: usize,
    others: usize,
    refused: BTreeMap<String, usize>,
    operations: usize,
    tools: usize,
    shortened: usize,
    skipped: BTreeMap<String, usize>,
    wrong: usize,
    slowest: (u128, String),
}

fn main() {
    let mut total = Total::default();
    let each = std::env::var_os("METEL_EACH").is_some();
    for folder in std::env::args().skip(1) {
        let mut files = Vec::new();
        collect(Path::new(&folder), &mut files);
        files.sort();
        for file in files {
            one(&file, &mut total, each);
        }
    }
    println!("documents  {:>7}", total.documents);
    println!("refused    {:>7}", total.refused.values().sum::<usize>());
    total.refused.iter().for_each(|(why, count)| println!("           {count:>7}  {why}"));
    println!("others     {:>7}  (no descriptions)", total.others);
    println!("operations {:>7}", total.operations);
    println!("tools      {:>7}", total.tools);
    println!("shortened  {:>7}", total.shortened);
    println!("skipped    {:>7}", total.skipped.values().sum::<usize>());
    let mut reasons: Vec<_> = total.skipped.iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    reasons.iter().take(25).for_each(|(why, count)| println!("           {count:>7}  {why}"));
    println!("slowest    {:>7} ms  {}", total.slowest.0, total.slowest.1);
    println!("wrong      {:>7}", total.wrong);
    std::process::exit(i32::from(total.wrong > 0));
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_file() {
        files.push(path.to_owned());
    }
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        let path = entry.path();
        let named = |ending: &str| path.extension().is_some_and(|known| known == ending);
        if path.is_dir() {
            collect(&path, files);
        } else if named("json") || named("yaml") || named("yml") {
            files.push(path);
        }
    }
}

fn one(file: &Path, total: &mut Total, each: bool) {
    let name = file.display().to_string();
    let Ok(text) = std::fs::read_to_string(file) else { return };
    let began = Instant::now();
    let document = match Document::parse(&text) {
        Ok(document) => document,
        // Package files, fragments and other JSON that lies beside.
        Err(ImportFault::NotOpenApi(_) | ImportFault::Malformed(_)) => return total.others += 1,
        Err(fault) => {
            total.documents += 1;
            return *total.refused.entry(fault.to_string()).or_default() += 1;
        }
    };
    total.documents += 1;
    let choice = Choice::default();
    let import = match Import::of(&document, &choice) {
        Ok(import) => import,
        Err(fault) => return *total.refused.entry(fault.to_string()).or_default() += 1,
    };
    let mut names: HashSet<String> = HashSet::new();
    let (mut tools, mut skipped, mut wrong) = (0, 0, Vec::new());
    import.run(|made| match made {
        Ok(imported) => {
            tools += 1;
            total.shortened += usize::from(imported.shortened);
            if let Err(why) = judge(&imported.name(), &imported.contract().input_schema, &mut names) {
                wrong.push(format!("{name}: {}: {why}", imported.operation));
            }
        }
        Err(left_out) => {
            skipped += 1;
            *total.skipped.entry(kind(&left_out.why)).or_default() += 1;
        }
    });
    if tools + skipped != import.len() {
        wrong.push(format!("{name}: {} of {} operations answered", tools + skipped, import.len()));
    }
    let took = began.elapsed().as_millis();
    if took > total.slowest.0 {
        total.slowest = (took, name.clone());
    }
    if each {
        println!("{:>6} operations {tools:>6} tools {skipped:>6} skipped {took:>6} ms  {name}", import.len());
    }
    total.operations += import.len();
    total.tools += tools;
    total.wrong += wrong.len();
    wrong.iter().take(5).for_each(|wrong| println!("WRONG {wrong}"));
}

/// A reason without what is particular to one operation.
fn kind(why: &str) -> String {
    let plain = why.split('`').enumerate().map(|(at, part)| if at % 2 == 0 { part } else { "…" }).collect::<String>();
    plain.split(": ").next().unwrap_or(&plain).to_owned()
}

fn judge(name: &str, schema: &Value, names: &mut HashSet<String>) -> Result<(), String> {
    let is_name =
        (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    if !is_name {
        return Err(format!("the name {name}"));
    }
    if !names.insert(name.to_owned()) {
        return Err(format!("the name {name} stands twice"));
    }
    if schema["type"] != "object" || !schema["properties"].is_object() || schema["additionalProperties"] != false {
        return Err("its schema is no closed object".to_owned());
    }
    if !jsonschema::meta::is_valid(schema) {
        return Err("its schema does not fit the meta-schema".to_owned());
    }
    lost(schema, schema)?;
    Schema::compile(schema).map_err(|error| error.to_string())?;
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if schema["properties"].get(name).is_none() {
            return Err(format!("{name} is asked for and not there"));
        }
    }
    Ok(())
}

/// References that do not lead to one of the schema's own definitions.
fn lost(root: &Value, value: &Value) -> Result<(), String> {
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| lost(root, item)),
        Value::Object(members) => members.iter().try_for_each(|(name, value)| match (name.as_str(), value) {
            ("$ref", Value::String(target)) => {
                let pointer = target.strip_prefix('#').filter(|pointer| pointer.starts_with("/$defs/"));
                pointer.and_then(|p| root.pointer(p)).map(drop).ok_or_else(|| format!("{target} leads nowhere"))
            }
            _ => lost(root, value),
        }),
        _ => Ok(()),
    }
}
