//! The planner that asks a model. The model chooses tools and says which words of the request ask for
//! each; everything that code can know better, code decides: ids, references, exact quotes, what a
//! request really names, what nobody asked for. A tool that was not shown cannot come out.

mod example;
mod flow;
mod ground;
mod offer;
mod suggest;
mod wire;

use std::sync::Arc;

use metel_model::contract::Contract;
use metel_model::effect::Usage;
use metel_model::fault::FieldFault;
use metel_model::plan::{Action, ActionPlan, PlanInput, PlannerKind};
use metel_model::{Code, Digest, Fault, Micros};
use metel_rules::plan::{Catalogue, FaultKind, PlanFault, check_plan, repair_surplus};
use serde_json::{Value, json};

use crate::locked;
use crate::model::{About, Call, Finish, Message, Model, ModelFailure, add_usage};
use crate::prompt::{self, Prompt};

/// How often a faulty plan is sent back.
pub const REPAIRS_MAX: u32 = 2;
/// Longest request that is planned, in characters.
const REQUEST_CHARS_MAX: usize = 6_000;

/// All that a proposal is made from.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    pub input: &'a PlanInput,
    /// The tools that are shown: the only ones that can come out.
    pub tools: &'a [Arc<Contract>],
    /// The workspace's whole catalogue, for names of places and for the check.
    pub catalogue: &'a Catalogue,
    /// A few words on what the workspace allows; may be empty.
    pub policy: &'a str,
    /// A few words on the workspace's templates; may be empty.
    pub templates: &'a str,
    /// When the request came: "tomorrow" counts from here.
    pub now: Micros,
    /// For one call to the model.
    pub timeout_ms: u64,
}

/// A plan that holds, and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannerReply {
    /// After a replan: only what is still to do, with ids that no earlier action had.
    pub plan: ActionPlan,
    pub usage: Usage,
    /// How often the model was asked again.
    pub repairs: u32,
    pub prompt_digest: Digest,
    /// What code changed of the model's words, for the record.
    pub notes: Vec<String>,
}

/// What would be sent, for people to read.
pub fn prompt(ask: &Ask<'_>) -> Result<Prompt, Fault> {
    prompt_with(ask, suggest::suggestion(ask).as_ref())
}

fn prompt_with(ask: &Ask<'_>, suggestion: Option<&ActionPlan>) -> Result<Prompt, Fault> {
    let lang = ask.input.request.lang;
    let request: String = ask.input.request.text.chars().take(REQUEST_CHARS_MAX).collect();
    let lines: Vec<String> = ask.tools.iter().map(|tool| offer::line(tool, lang)).collect();
    let mentions: Vec<Value> = ask
        .input
        .mentions
        .iter()
        .take(8)
        .map(|mention| json!({"type": mention.kind, "value": mention.value, "label": mention.label}))
        .collect();
    let (done, cause) = match &ask.input.replan {
        None => (String::new(), String::new()),
        Some(replan) => (
            wire::done_lines(replan).join("\n"),
            format!("{}: {}", wire::tool_of(&replan.plan, &replan.failed), replan.cause),
        ),
    };
    prompt::render(
        "planner",
        json!({
            "tools": lines,
            "policy": ask.policy,
            "templates": ask.templates,
            "example": example::example(lang),
            "mentions": if mentions.is_empty() { Value::Null } else { json!(mentions) },
            "done": done,
            "cause": cause,
            "suggestion": suggestion.map(suggest::written),
            "request": request,
        }),
    )
}

/// Asks for a plan, at most three times. Faults that remain are named in the failure.
pub async fn propose(model: &dyn Model, ask: Ask<'_>) -> Result<PlannerReply, ModelFailure> {
    let suggestion = suggest::suggestion(&ask);
    let prompt = prompt_with(&ask, suggestion.as_ref()).map_err(|fault| ModelFailure::new(fault, false))?;
    let prompt_digest = prompt.digest();
    let mut call = Call::new(prompt.system(), prompt.user())
        .about(About::Plan)
        .schema("plan", wire::schema(ask.tools, ask.input))
        .max_tokens(700);
    call.timeout_ms = ask.timeout_ms;
    call.seed = Some(7);
    let mut usage: Option<Usage> = None;
    let mut repairs = 0;
    loop {
        let reply = model.chat(call.clone(), None).await.map_err(|mut failure| {
            failure.usage = sum(usage.clone(), failure.usage.as_ref());
            failure
        })?;
        usage = sum(usage, Some(&reply.usage));
        let (text, finish) = (reply.text.clone(), reply.finish);
        let faults = match locked::read(reply) {
            Ok(value) => match settle(&ask, suggestion.as_ref(), &value, repairs == 0) {
                Ok(Settled::Plan(plan, notes)) => {
                    let usage = usage.unwrap_or_default();
                    return Ok(PlannerReply { plan, usage, repairs, prompt_digest, notes });
                }
                Ok(Settled::Nothing) => return Err(nothing(usage)),
                Err(faults) => faults,
            },
            Err(failure) => {
                vec![PlanFault::new(FaultKind::Shape, "", said(&failure.fault, true), said(&failure.fault, false))]
            }
        };
        if repairs >= REPAIRS_MAX {
            return Err(invalid(faults, usage));
        }
        repairs += 1;
        send_back(&mut call, &text, finish, &faults);
    }
}

fn said(fault: &Fault, english: bool) -> String {
    let lang = if english { metel_model::Lang::En } else { metel_model::Lang::Ko };
    fault.sentence(lang)
}

fn sum(total: Option<Usage>, more: Option<&Usage>) -> Option<Usage> {
    match more {
        Some(more) => Some(add_usage(total, more)),
        None => total,
    }
}

enum Settled {
    Plan(ActionPlan, Vec<String>),
    /// The model says that the tools cannot do it.
    Nothing,
}

/// From the model's words to a plan that holds, or the faults that are left. At the first try a tool
/// that the rules find asked for and the model left out is a fault too; if the model insists, it stands.
fn settle(
    ask: &Ask<'_>,
    suggestion: Option<&ActionPlan>,
    value: &Value,
    is_first: bool,
) -> Result<Settled, Vec<PlanFault>> {
    let draft = wire::decode(value, ask.tools, ask.input)?;
    let absent = suggestion.filter(|_| is_first).map(|plan| suggest::absent(plan, &draft.actions)).unwrap_or_default();
    if let Some(tool) = absent.first() {
        return Err(vec![PlanFault::new(
            FaultKind::Empty,
            "/steps",
            format!("no step answers to the words that ask for {tool}"),
            format!("{tool}에 해당하는 단계가 없어요"),
        )]);
    }
    if draft.actions.is_empty() {
        return Ok(Settled::Nothing);
    }
    let mut notes = draft.notes;
    let done = wire::done_actions(ask.input);
    let mut plan = ActionPlan {
        goal: ask.input.request.text.chars().take(300).collect(),
        actions: done.iter().cloned().chain(draft.actions).collect(),
        planner: PlannerKind::Model,
        ..ActionPlan::default()
    };
    if let Some(suggestion) = suggestion {
        suggest::cut(&mut plan, done.len(), suggestion, &ask.input.request.text, &mut notes);
    }
    ground::ground(&mut plan, done.len(), ask, &mut notes);
    if let Some(suggestion) = suggestion {
        suggest::borrow(&mut plan, suggestion, ask.tools, &mut notes);
    }
    flow::wire_up(&mut plan, done.len(), ask, &mut notes);
    let before = plan.actions.len();
    let mut kept = repair_surplus(&plan, &ask.input.request, ask.catalogue);
    // What stands already is not up for cutting.
    let stands = |action: &Action| done.iter().any(|one| one.id == action.id);
    if kept.actions.iter().filter(|action| stands(action)).count() < done.len() {
        kept.actions.retain(|action| !stands(action));
        kept.actions.splice(0..0, done.iter().cloned());
    }
    if kept.actions.len() < before {
        notes.push(format!("cut {} steps that nobody asked for", before - kept.actions.len()));
    }
    plan = kept;
    ground::ask_for_missing(&mut plan, done.len(), ask);
    wire::annotate(&mut plan, ask.tools);
    let faults: Vec<PlanFault> = check_plan(&plan, &ask.input.request, ask.catalogue)
        .into_iter()
        .filter(|fault| {
            fault.kind != FaultKind::Surplus
                && !fault.action.as_ref().is_some_and(|id| done.iter().any(|one| &one.id == id))
        })
        .collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    plan.actions.drain(..done.len());
    match plan.actions.is_empty() {
        true => Ok(Settled::Nothing),
        false => Ok(Settled::Plan(plan, notes)),
    }
}

/// Puts the faults to the model, with its own answer before them.
fn send_back(call: &mut Call, text: &str, finish: Finish, faults: &[PlanFault]) {
    call.messages.truncate(1);
    call.messages.push(Message::assistant(text.chars().take(4_000).collect::<String>()));
    let mut words = String::from("That plan has faults:\n");
    if finish == Finish::Length {
        words.push_str("- it was cut off: use fewer steps and shorter texts\n");
    }
    for fault in faults.iter().take(8) {
        words.push_str(&format!("- {}: {}\n", fault.pointer, fault.message.en));
    }
    words.push_str("Send the whole corrected plan.");
    call.messages.push(Message::user(words));
    // The same words at the same temperature would bring the same plan.
    call.temperature = Some(0.4);
    call.seed = call.seed.map(|seed| seed + 1);
}

fn nothing(usage: Option<Usage>) -> ModelFailure {
    let failure = ModelFailure::new(Fault::new(Code::PlanRefused), false);
    ModelFailure { usage, ..failure }
}

fn invalid(faults: Vec<PlanFault>, usage: Option<Usage>) -> ModelFailure {
    let fields =
        faults.into_iter().map(|fault| FieldFault { pointer: fault.pointer, message: fault.message }).collect();
    let failure = ModelFailure::new(Fault::new(Code::PlanInvalid).fields(fields), false);
    ModelFailure { usage, ..failure }
}
