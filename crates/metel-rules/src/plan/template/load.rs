//! Reading a template file and listing everything that is wrong with it.

use metel_model::template::{Template, TemplateAction};
use serde_json::Value;

use super::wire::{action_id, instantiate};
use crate::plan::catalogue::Catalogue;
use crate::plan::check::{ACTIONS_MAX, check_shape};
use crate::plan::fault::{FaultKind, PlanFault};
use crate::plan::reference::{Use, uses};

/// Longest template file, in bytes.
const BYTES_MAX: usize = 256 * 1024;

/// Reads one YAML template. Unknown fields are refused.
pub fn load(text: &str) -> Result<Template, PlanFault> {
    if text.len() > BYTES_MAX {
        return Err(PlanFault::new(
            FaultKind::Shape,
            "",
            format!("The template is larger than {BYTES_MAX} bytes"),
            format!("템플릿이 {BYTES_MAX}바이트보다 커요"),
        ));
    }
    yaml_serde::from_str(text).map_err(|error| {
        PlanFault::new(
            FaultKind::Shape,
            "",
            format!("The template is not readable: {error}"),
            format!("템플릿을 읽을 수 없어요: {error}"),
        )
    })
}

/// Every fault of a template against the tools at hand, each with its place.
pub fn validate(template: &Template, catalogue: &Catalogue) -> Vec<PlanFault> {
    let mut faults = Vec::new();
    let name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-' || c == '.';
    if template.skill.is_empty() || template.skill.len() > 80 || !template.skill.chars().all(name) {
        faults.push(PlanFault::new(
            FaultKind::Id,
            "/skill",
            "A skill's name is letters, digits, `_`, `-`, `.`",
            "스킬 이름은 영문자, 숫자, `_`, `-`, `.`만 써요",
        ));
    }
    if template.actions.is_empty() {
        faults.push(PlanFault::new(
            FaultKind::Empty,
            "/actions",
            "The template has no action",
            "템플릿에 단계가 없어요",
        ));
    }
    if template.actions.len() > ACTIONS_MAX {
        faults.push(PlanFault::new(
            FaultKind::TooMany,
            "/actions",
            format!("At most {ACTIONS_MAX} actions"),
            format!("{ACTIONS_MAX}단계까지예요"),
        ));
        return faults;
    }
    for (at, action) in template.actions.iter().enumerate() {
        let TemplateAction::Action(action) = action else { continue };
        for (field, value) in &action.args {
            for unknown in unknown_params(value, template) {
                faults.push(PlanFault::new(
                    FaultKind::Reference,
                    format!("/actions/{at}/args/{field}"),
                    format!("There is no parameter {unknown}"),
                    format!("없는 매개변수예요: {unknown}"),
                ));
            }
        }
    }
    // The rest is what any plan is checked for; parameters stand filled with what is missing.
    let plan = instantiate(template, &Default::default(), Default::default(), catalogue);
    let known: Vec<String> = faults.iter().map(|fault| fault.pointer.clone()).collect();
    faults.extend(
        check_shape(&plan, catalogue)
            .into_iter()
            .filter(|fault| !known.contains(&fault.pointer) && fault.kind != FaultKind::Empty),
    );
    let ids: Vec<String> = template.actions.iter().enumerate().map(|(at, action)| action_id(at, action)).collect();
    for (at, id) in ids.iter().enumerate() {
        if ids[..at].contains(id) && !faults.iter().any(|fault| fault.kind == FaultKind::Id) {
            faults.push(PlanFault::new(
                FaultKind::Id,
                format!("/actions/{at}/id"),
                format!("Two actions are called {id}"),
                format!("단계 id가 겹쳐요: {id}"),
            ));
        }
    }
    faults
}

/// Parameters that a value names and the template does not declare.
fn unknown_params(value: &Value, template: &Template) -> Vec<String> {
    uses(value)
        .into_iter()
        .filter_map(|one| match one {
            Use::Whole(reference) | Use::Inside(reference) if reference.root == "params" => {
                Some(reference.key().to_owned())
            }
            _ => None,
        })
        .filter(|name| !template.params.contains_key(name))
        .collect()
}
