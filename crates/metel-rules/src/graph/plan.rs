//! An action plan becomes a workflow: order follows the references, independent actions run side by side.

use metel_model::lang::Text;
use metel_model::plan::{Action, ActionPlan};
use metel_model::workflow::{Edge, Node, NodeKind, OnError, Workflow};
use serde_json::Value;

use crate::cel;
use crate::refs::Template;

/// The node that every plan begins with.
pub(crate) const START: &str = "_start";

/// Builds the workflow of `plan`. `done` are actions of earlier plan versions that stand already;
/// `is_agent` tells which tool names are built-in agent steps rather than contracts.
pub fn workflow_of_plan(plan: &ActionPlan, done: &[Action], is_agent: &dyn Fn(&str) -> Option<String>) -> Workflow {
    let actions: Vec<&Action> = done.iter().chain(&plan.actions).collect();
    let mut nodes = vec![Node {
        id: START.to_owned(),
        label: Some(Text::new("Start", "시작")),
        kind: NodeKind::Parallel {},
        timeout_ms: None,
        retry: None,
        on_error: OnError::Fail,
        success: None,
        undo: None,
        needs: Vec::new(),
    }];
    let mut edges = Vec::new();
    for action in &actions {
        nodes.push(node_of(action, is_agent));
        let sources = sources(action, &actions);
        if sources.is_empty() {
            edges.push(edge(START, &action.id));
        }
        edges.extend(sources.iter().map(|from| edge(from, &action.id)));
    }
    Workflow {
        name: "plan".to_owned(),
        title: Text::both(plan.goal.clone()),
        description: None,
        input_schema: Value::Null,
        nodes,
        edges,
        entry_point: START.to_owned(),
        output: Value::Null,
        deadline_ms: None,
        trigger: Value::Null,
        success: None,
        segment: false,
    }
}

fn edge(from: &str, to: &str) -> Edge {
    Edge { from: from.to_owned(), to: to.to_owned(), when: None, on: None, label: None }
}

fn node_of(action: &Action, is_agent: &dyn Fn(&str) -> Option<String>) -> Node {
    let args = Value::Object(action.args.clone());
    let kind = match is_agent(&action.tool) {
        Some(agent) => NodeKind::AgentCall {
            agents: vec![agent],
            task: None,
            input: args,
            output_schema: Value::Null,
            tools: Vec::new(),
            rounds: None,
        },
        None => NodeKind::Tool { tool: action.tool.clone(), version: None, args },
    };
    // A plain sentence is for a judge; only what is an expression is computed.
    let computed: Vec<String> = action
        .success_criteria
        .iter()
        .filter(|text| {
            cel::Program::compile(text).is_ok_and(|p| p.references().any(|r| r == "output" || r == "response"))
        })
        .map(|text| format!("({text})"))
        .collect();
    Node {
        id: action.id.clone(),
        label: Some(label(action)),
        kind,
        timeout_ms: None,
        retry: None,
        on_error: OnError::Replan,
        success: (!computed.is_empty()).then(|| computed.join(" && ")),
        undo: None,
        needs: Vec::new(),
    }
}

fn label(action: &Action) -> Text {
    let about = crate::answer::about(action);
    Text::both(if about.is_empty() { action.tool.clone() } else { format!("{}: {about}", action.tool) })
}

/// Ids of the actions that must come first: those that references or `requires` name.
pub(crate) fn sources(action: &Action, actions: &[&Action]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut add = |root: &str| {
        let exists = root != action.id && actions.iter().any(|other| other.id == root);
        if exists && !found.iter().any(|f| f == root) {
            found.push(root.to_owned());
        }
    };
    if let Ok(template) = Template::compile(&Value::Object(action.args.clone())) {
        template.visit(&mut |_, reference, _| add(&reference.root));
    }
    for need in &action.requires {
        add(need.split('.').next().unwrap_or_default());
    }
    found
}
