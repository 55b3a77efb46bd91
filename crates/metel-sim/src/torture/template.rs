//! A template as the workflow that a request would make of it, with sample values for what a request says.

use std::collections::BTreeMap;

use metel_model::lang::Lang;
use metel_model::template::{Param, Template};
use metel_model::workflow::Workflow;
use metel_rules::graph::workflow_of_plan;
use metel_rules::plan::catalogue::steps;
use metel_rules::plan::template::instantiate;
use metel_rules::plan::{Catalogue, practice};
use serde_json::{Value, json};

/// The workflow of a template. What no sample fits is asked of a simulated person in its runs.
pub fn workflow_of_template(template: &Template, catalogue: &Catalogue) -> Workflow {
    let values: BTreeMap<String, Value> =
        template.params.iter().map(|(name, param)| (name.clone(), value(name, param, catalogue))).collect();
    let plan = instantiate(template, &values, Lang::En, catalogue);
    let is_agent = |tool: &str| steps().iter().any(|step| step.id == tool).then(|| "writer".to_owned());
    let mut workflow = workflow_of_plan(&plan, &[], &is_agent);
    workflow.name.clone_from(&template.skill);
    workflow.title = template.title.clone();
    workflow.success.clone_from(&template.success);
    workflow
}

fn value(name: &str, param: &Param, catalogue: &Catalogue) -> Value {
    if let Some(value) = &param.default {
        return value.clone();
    }
    let kind = param.kind.as_str();
    let place = practice::places().into_iter().find(|place| place.kind == kind || kind.starts_with(&place.kind));
    if let Some(place) = place {
        return place.value;
    }
    if let Some(example) = example(kind, catalogue) {
        return example;
    }
    match kind.rsplit('.').next().unwrap_or_default() {
        "service" => json!("sheets"),
        "url" => json!("https://sample.test/page"),
        "number" => json!(1),
        "date" => json!("2026-01-02"),
        "email" => json!("sample@sample.test"),
        "range" => json!("Sales!A1:C10"),
        _ => json!(format!("sample {name}")),
    }
}

/// What a tool gives as an example of a value of this type.
fn example(kind: &str, catalogue: &Catalogue) -> Option<Value> {
    let tools = catalogue.tools().iter();
    let mut fields =
        tools.filter_map(|tool| tool.input_schema.get("properties")?.as_object()).flat_map(|all| all.values());
    fields.find_map(|field| {
        let fits = field.get("x-type").and_then(Value::as_str) == Some(kind);
        fits.then(|| field.get("examples")?.get(0).cloned()).flatten()
    })
}
