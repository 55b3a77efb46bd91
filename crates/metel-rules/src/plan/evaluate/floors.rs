//! What planning without a model gets right of the sets that may be read: it may rise, and cannot fall
//! unseen. `cargo test -p metel-rules floors -- --nocapture` prints the tables and what goes wrong.

use super::*;
use crate::plan::retrieve::{Index, TOP_K};
use crate::plan::tests::fixture;

const NOW: Micros = Micros(1_750_000_000_000_000);

fn lines(set: &str) -> String {
    std::fs::read_to_string(format!("{}/../../eval/{set}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Every shipped tool that is for planners, and every template.
fn shipped(pipelines_too: bool) -> Catalogue {
    let tools: Vec<_> =
        fixture::shipped().into_iter().filter(|tool| pipelines_too || !tool.examples.is_empty()).collect();
    Catalogue::build(&tools, &fixture::templates()).with_places(fixture::catalogue().places)
}

fn show(figures: &Figures) {
    println!("{}", figures.table());
    for (id, why) in &figures.failures {
        println!("{id}  {why}");
    }
}

fn planned(set: &str, catalogue: &Catalogue) -> f64 {
    let figures = evaluate(lines(set).lines(), catalogue, NOW).unwrap();
    show(&figures);
    figures.share("all")
}

#[test]
fn tuning_requests_are_planned_right() {
    let share = planned("plan/tuning.jsonl", &fixture::catalogue());
    assert!(share >= 0.97, "{share:.3}");
}

#[test]
fn more_tuning_requests_are_planned_right() {
    let share = planned("plan/tuning2.jsonl", &shipped(false));
    assert!(share >= 0.95, "{share:.3}");
}

#[test]
fn stuck_plans_are_planned_anew() {
    // The services that the cases are about.
    let catalogue = shipped(true).only(&["notion", "slack", "sheets", "firecrawl", "text"]);
    let figures = evaluate_again(lines("replan/tuning.jsonl").lines(), &catalogue, |input, tools| {
        plan_without_model(input, tools, NOW)
    })
    .unwrap();
    show(&figures);
    assert_eq!(figures.repeats, 0);
    let share = figures.share("all");
    assert!(share >= 0.95, "{share:.3}");
}

#[test]
fn wanted_tools_are_found() {
    let tools: Vec<Value> =
        lines("retrieval/catalogue.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let text = |tool: &Value, key: &str| tool[key].as_str().unwrap_or_default().to_owned();
    let named: Vec<(String, String, &Value)> =
        tools.iter().map(|tool| (text(tool, "name"), text(tool, "description"), &tool["input_schema"])).collect();
    let index = Index::of_tools(named.iter().map(|(name, about, schema)| (name.as_str(), about.as_str(), *schema)));
    let sizes: Sizes =
        named.iter().map(|(name, about, schema)| (name.clone(), about.len() + schema.to_string().len())).collect();
    let cases: Vec<Wanting> =
        lines("retrieval/tuning.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (figures, failures) = evaluate_retrieval(&cases, &index, &sizes, TOP_K);
    let found = figures[&("all", "both")];
    for ((kind, lang), found) in &figures {
        println!("{kind} {lang} recall {:.3} MRR {:.3} saved {:.3}", found.recall(), found.mrr(), found.saved());
    }
    for (id, first, lacking) in &failures {
        let text = &cases.iter().find(|case| case.id == *id).unwrap().text;
        println!("{id} {text} lacks {lacking:?} in front {first:?}");
    }
    assert!(found.recall() >= 0.97 && found.saved() >= 0.9, "{found:?}");
}
