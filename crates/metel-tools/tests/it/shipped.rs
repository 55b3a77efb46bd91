//! What every shipped contract must have.

use std::collections::BTreeMap;
use std::path::PathBuf;

use metel_model::Lang;
use metel_model::contract::{Idempotency, Transport};
use metel_rules::contract::Compiled;
use metel_rules::schema::Schema;
use metel_tools::Registry;
use serde_json::{Value, json};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn files() -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for folder in std::fs::read_dir(root().join("contracts")).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path.display().to_string(), yaml_serde::from_str(&text).unwrap()));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

#[test]
fn every_contract_fits_the_published_schema() {
    let text = std::fs::read_to_string(root().join("docs/schemas/tool-contract.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let schema = Schema::compile(&schema).unwrap();
    let mut contracts = 0;
    for (file, value) in files() {
        if value.get("base_url").is_some() {
            continue;
        }
        contracts += 1;
        let faults = schema.check(&value);
        assert!(faults.is_empty(), "{file}: {faults:#?}");
        let mut wrong = value.clone();
        wrong["surprise"] = json!(1);
        assert!(!schema.check(&wrong).is_empty(), "{file}");
    }
    assert!(contracts >= 20, "{contracts}");
}

#[test]
fn every_contract_is_complete() {
    let registry = Registry::builtin().unwrap_or_else(|faults| panic!("{faults:#?}"));
    let snapshot = registry.snapshot();
    let mut said: BTreeMap<String, String> = BTreeMap::new();
    let is_read = |tool: &str| snapshot.get(tool).is_some_and(|read| !read.contract.is_consequential());
    for compiled in snapshot.list() {
        let contract = &compiled.contract;
        let id = &contract.id;
        let korean = contract.examples.iter().filter(|text| Lang::of(text) == Lang::Ko).count();
        // Without examples a tool is for workflows that name it: planners never see it.
        let is_for_planners = !["bench", "ledgerbox"].contains(&contract.service());
        let others = contract.examples.len() - korean;
        assert!(
            if is_for_planners { korean >= 3 && others >= 3 } else { contract.examples.is_empty() },
            "{id}: {} examples",
            contract.examples.len()
        );
        for example in &contract.examples {
            let other = said.insert(example.to_lowercase(), id.clone());
            assert_eq!(other, None, "{example} is said twice");
        }
        assert!(contract.title.en != contract.title.ko || contract.title.en == "Notion", "{id}");
        let required = contract.input_schema["required"].as_array().cloned().unwrap_or_default();
        for name in required.iter().filter_map(Value::as_str) {
            let property = &contract.input_schema["properties"][name];
            assert!(property.get("x-type").is_some() && property.get("title").is_some(), "{id}.{name}");
            if contract.is_consequential() {
                assert!(property.get("x-ask").is_some(), "{id}.{name} has no question");
            }
        }
        if let Transport::Http(_) = &contract.transport {
            assert!(snapshot.services().contains_key(contract.service()), "{id}");
        }
        if let Idempotency::None { reconcile: Some(reconcile) } = &contract.idempotency {
            assert!(is_read(&reconcile.tool), "{id}");
        }
        let reads = contract.lookups.values().filter_map(|lookup| lookup.tool.as_ref());
        for tool in reads.chain(contract.after.values().map(|after| &after.tool)) {
            assert!(is_read(tool), "{id}: {tool}");
        }
        if contract.is_consequential() && contract.service() != "ledgerbox" {
            assert!(contract.preview.is_some() && contract.undo.is_some(), "{id}");
        }
    }
    for service in snapshot.services().values() {
        if let Some(test) = &service.test {
            let tool = snapshot.get(&test.tool).unwrap();
            assert_eq!(tool.check_input(&test.args), Vec::new(), "{}", service.id);
        }
        assert!(service.sandbox_path.is_some(), "{}", service.id);
    }
}

fn preview(id: &str, lang: Lang, payload: Value) -> String {
    let registry = Registry::builtin().unwrap();
    let compiled: std::sync::Arc<Compiled> = registry.get(id).unwrap();
    compiled.preview(lang, &payload)
}

#[test]
fn previews_say_exactly_what_is_sent() {
    let payload = json!({"channel": "#team", "text": "확인 \u{202e}요망\u{200b}"});
    assert_eq!(preview("slack.post_message", Lang::Ko, payload), "Slack · #team\n\n확인 ⟦U+202E⟧요망⟦U+200B⟧");
    let payload = json!({"spreadsheet": "예산", "range": "B2:B9"});
    assert_eq!(preview("sheets.clear_range", Lang::En, payload), "Empty B2:B9 of the spreadsheet 예산");
    let table =
        preview("slack.post_message", Lang::En, json!({"channel": "#a", "text": [["a", 1], "b", {"c": "{{ 7*7 }}"}]}));
    assert_eq!(table, "Slack · #a\n\n[\"a\", 1]\nb\n{\"c\": \"{{ 7*7 }}\"}");
    let listed = preview("ledgerbox.post_plain", Lang::Ko, json!({"reference": "r1", "value": [1]}));
    assert_eq!(listed, "키 없이 기록하기\nWhat tells entries apart: r1\nAnything to keep with it: [1]");
}
