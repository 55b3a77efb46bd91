//! A plan as a graph: order follows what is used, the rest runs side by side, what stands stays.

use metel_model::plan::{Action, ActionPlan};

use super::*;

fn action(id: &str, args: Value, requires: &[&str]) -> Action {
    serde_json::from_value(json!({"id": id, "tool": "notion.create_page", "args": args, "requires": requires})).unwrap()
}

fn graph(actions: Vec<Action>, done: &[Action]) -> (Program, Vec<(String, String)>) {
    let plan = ActionPlan { goal: "해 줘".into(), actions, ..ActionPlan::default() };
    let workflow = workflow_of_plan(&plan, done, &|tool| (tool == "text.summarize").then(|| "writer".to_owned()));
    let mut edges: Vec<(String, String)> = workflow.edges.iter().map(|e| (e.from.clone(), e.to.clone())).collect();
    edges.sort();
    (Program::compile(workflow).map_err(|f| format!("{f:?}")).unwrap(), edges)
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[test]
fn edges_follow_references_and_requirements() {
    let (program, edges) = graph(
        vec![
            action("a1", json!({"title": "첫째"}), &[]),
            action("a2", json!({"title": "둘째"}), &[]),
            action("a3", json!({"title": "${a1.page_url} ${a1.page_id}", "content": ["${a2.page_url}"]}), &[]),
            action("a4", json!({"title": "x", "content": {"$ref": "a3.page_url"}}), &[]),
            action("a5", json!({"title": "$${a1.page_url}"}), &["a2.page_url", "nobody.x"]),
        ],
        &[],
    );
    assert_eq!(
        edges,
        pairs(&[("_start", "a1"), ("_start", "a2"), ("a1", "a3"), ("a2", "a3"), ("a2", "a5"), ("a3", "a4")])
    );
    assert_eq!(check(&program, &Shipped), []);
    assert_eq!((program.find("a3").unwrap().ins, program.find("a1").unwrap().ins), (2, 1));
}

#[test]
fn what_stands_stays_and_is_built_upon() {
    let done = [action("a1", json!({"title": "된 것"}), &[])];
    let (program, edges) = graph(
        vec![action("b1", json!({"title": "${a1.page_url}"}), &[]), action("b2", json!({"title": "x"}), &[])],
        &done,
    );
    assert_eq!(edges, pairs(&[("_start", "a1"), ("_start", "b2"), ("a1", "b1")]));
    assert_eq!(check(&program, &Shipped), []);
}

#[test]
fn a_plan_that_turns_in_a_circle_or_repeats_an_id_is_found() {
    let of = |actions: Vec<Action>| {
        let plan = ActionPlan { goal: "x".into(), actions, ..ActionPlan::default() };
        match Program::compile(workflow_of_plan(&plan, &[], &|_| None)) {
            Ok(program) => check(&program, &Shipped),
            Err(faults) => faults,
        }
    };
    let circle = of(vec![
        action("a1", json!({"title": "${a2.page_url}"}), &[]),
        action("a2", json!({"title": "${a1.page_url}"}), &[]),
    ]);
    assert!(circle.iter().any(|f| f.message.en.contains("circle")), "{circle:?}");
    let itself = of(vec![action("a1", json!({"title": "${a1.page_url}"}), &[])]);
    assert_eq!(itself[0].pointer, "/nodes/1/args/title");
    let twice = of(vec![action("a1", json!({"title": "x"}), &[]), action("a1", json!({"title": "y"}), &[])]);
    assert!(twice.iter().any(|f| f.pointer == "/nodes/2/id"), "{twice:?}");
    assert!(!of(vec![action("_start", json!({"title": "x"}), &[])]).is_empty());
    assert!(!of(vec![action("input", json!({"title": "x"}), &[])]).is_empty());
}

#[test]
fn only_criteria_that_can_be_computed_are() {
    let mut one = action("a1", json!({"title": "x"}), &[]);
    one.success_criteria =
        vec!["페이지가 만들어졌다".into(), "output.page_url != ''".into(), "size(output.page_id) > 0".into()];
    let (program, _) = graph(vec![one], &[]);
    assert_eq!(
        program.workflow.nodes[1].success.as_deref(),
        Some("(output.page_url != '') && (size(output.page_id) > 0)")
    );
}
