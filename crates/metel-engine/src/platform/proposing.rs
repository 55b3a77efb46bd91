//! A request's plan: the model proposes where there is one; where it cannot, rules take over and the plan
//! says so. Nothing here decides: every proposal is checked again by the run that takes it.

use std::sync::Arc;

use metel_llm::{Model, ModelFailure, planner};
use metel_model::code::Code;
use metel_model::contract::Contract;
use metel_model::effect::Usage;
use metel_model::lang::Lang;
use metel_model::plan::{ActionPlan, PlanInput};
use metel_model::policy::{Policy, PolicyEffect, PolicyRule};
use metel_model::template::{Template, TemplateAction};
use metel_model::{Fault, Micros};
use metel_rules::plan::{Catalogue, plan_without_model, retrieve};

/// Tools that a model is shown.
const SHOWN: usize = 8;
/// Templates and policy rules that a model is told of.
const TEMPLATES_SHOWN: usize = 3;
const RULES_SHOWN: usize = 8;
/// For one call of the planner to the model.
const PLAN_TIMEOUT_MS: u64 = 150_000;

/// What a workspace has and allows at one moment.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    pub catalogue: &'a Catalogue,
    pub policy: &'a Policy,
    pub now: Micros,
}

/// What a planner came back with.
#[derive(Debug)]
pub struct Proposal {
    pub plan: ActionPlan,
    /// Tools that it chose among.
    pub tools: Vec<String>,
    pub usage: Option<Usage>,
    /// The model that proposed it, or that was asked in vain.
    pub model: Option<String>,
    /// What code changed of the model's words, or why rules took over.
    pub notes: Vec<String>,
}

/// Proposes a plan. The refusal is the rules' own, in both languages.
pub async fn propose(model: &dyn Model, input: &PlanInput, around: Around<'_>) -> Result<Proposal, Fault> {
    let catalogue = around.catalogue;
    let hits = catalogue.index().search(&input.request.text, SHOWN);
    let chosen: Vec<String> = hits.into_iter().map(|hit| hit.id).collect();
    let mut shown = retrieve::close(&chosen, catalogue.tools(), SHOWN);
    let by_rules = plan_without_model(input, catalogue, around.now);
    // What the rules chose is always among what a model may choose from.
    for action in by_rules.iter().flat_map(|plan| &plan.actions) {
        if !shown.contains(&action.tool) {
            shown.push(action.tool.clone());
        }
    }
    let (mut usage, mut asked, mut notes) = (None, None, Vec::new());
    if model.is_ai() && !shown.is_empty() && is_for_model(input) {
        match with_model(model, input, around, &shown).await {
            Ok(reply) => {
                let planner::PlannerReply { plan, usage, notes, .. } = reply;
                let model = Some(model.name().to_owned());
                return Ok(Proposal { plan, tools: shown, usage: Some(usage), model, notes });
            }
            Err(failure) => {
                notes.push(format!("rules took over: {}", failure.fault));
                asked = Some(model.name().to_owned());
                usage = failure.usage;
            }
        }
    }
    let plan =
        by_rules.map_err(|refusal| Fault::new(Code::PlanRefused).detail(refusal.reason.en, refusal.reason.ko))?;
    Ok(Proposal { plan, tools: shown, usage, model: asked, notes })
}

/// The planner's prompt for a request, as it would be sent.
pub(crate) fn prompt_for(input: &PlanInput, around: Around<'_>) -> Result<metel_llm::prompt::Prompt, Fault> {
    let catalogue = around.catalogue;
    let hits = catalogue.index().search(&input.request.text, SHOWN);
    let chosen: Vec<String> = hits.into_iter().map(|hit| hit.id).collect();
    let mut shown = retrieve::close(&chosen, catalogue.tools(), SHOWN);
    for action in plan_without_model(input, catalogue, around.now).iter().flat_map(|plan| &plan.actions) {
        if !shown.contains(&action.tool) {
            shown.push(action.tool.clone());
        }
    }
    let lang = input.request.lang;
    let tools: Vec<Arc<Contract>> = shown.iter().filter_map(|id| catalogue.tool(id).cloned()).collect();
    planner::prompt(&planner::Ask {
        input,
        tools: &tools,
        catalogue,
        policy: &policy_words(around.policy, lang),
        templates: &template_words(catalogue.templates(), &shown, lang),
        now: around.now,
        timeout_ms: PLAN_TIMEOUT_MS,
    })
}

async fn with_model(
    model: &dyn Model,
    input: &PlanInput,
    around: Around<'_>,
    shown: &[String],
) -> Result<planner::PlannerReply, ModelFailure> {
    let lang = input.request.lang;
    let tools: Vec<Arc<Contract>> = shown.iter().filter_map(|id| around.catalogue.tool(id).cloned()).collect();
    let ask = planner::Ask {
        input,
        tools: &tools,
        catalogue: around.catalogue,
        policy: &policy_words(around.policy, lang),
        templates: &template_words(around.catalogue.templates(), shown, lang),
        now: around.now,
        timeout_ms: PLAN_TIMEOUT_MS,
    };
    planner::propose(model, ask).await
}

/// A person's no and the policy's are carried out by rules: there is nothing to propose about them.
fn is_for_model(input: &PlanInput) -> bool {
    let said_no = |cause: &str| ["approval.", "policy."].iter().any(|kind| cause.starts_with(kind));
    !input.replan.as_ref().is_some_and(|replan| said_no(&replan.cause))
}

/// Templates whose tools are all shown, one a line.
fn template_words(templates: &[Arc<Template>], shown: &[String], lang: Lang) -> String {
    let fits = |template: &&Arc<Template>| template.actions.iter().all(|a| shown.iter().any(|id| id == a.tool()));
    let line = |template: &Arc<Template>| {
        let tools: Vec<&str> = template.actions.iter().map(TemplateAction::tool).collect();
        format!("{}: {}", template.title.get(lang), tools.join(" → "))
    };
    templates.iter().filter(fits).take(TEMPLATES_SHOWN).map(line).collect::<Vec<_>>().join("\n")
}

/// What the workspace forbids or asks about, one rule a line.
fn policy_words(policy: &Policy, lang: Lang) -> String {
    let line = |rule: &PolicyRule| {
        let what = rule.when.tool.as_deref().or(rule.when.service.as_deref()).unwrap_or("*");
        let effect = match rule.effect {
            PolicyEffect::Allow => return None,
            PolicyEffect::Deny => lang.pick("never", "금지"),
            PolicyEffect::Approval => lang.pick("a person is asked", "사람에게 물어봄"),
        };
        Some(format!("{what}: {effect} {}", rule.reason.get(lang)))
    };
    policy.rules.iter().filter_map(line).take(RULES_SHOWN).collect::<Vec<_>>().join("\n")
}
