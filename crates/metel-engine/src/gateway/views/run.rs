//! A run as lists show it, and whole, with its steps in the order of the definition.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::effect::EffectKind;
use metel_model::event::Event;
use metel_model::id::{RunId, WorkspaceId};
use metel_model::lang::{Lang, Text};
use metel_model::run::{Run, Step};
use metel_model::status::{StepStatus, WaitingFor};
use metel_model::stored::Stored;
use metel_rules::graph::{Kind, PNode, Program, called_by, split_step, undone_by};
use metel_rules::run::{COMPOSE_STEP, PLAN_STEP};
use metel_store::{ApprovalFilter, Header};
use serde_json::{Value, json};

use super::{Proposal, both, plan, problem};
use crate::engine::Engine;
use crate::library::Definitions;

/// Longest log that is read for the payloads of steps that are done.
const LOG_EVENTS_MAX: u64 = 5_000;

pub fn run_summary(header: &Header, lang: Lang) -> Value {
    let display = match header.waiting {
        Some(waiting) => format!("waiting_{}", waiting.key()),
        None => header.status.key().to_owned(),
    };
    json!({
        "id": header.id,
        "short": header.id.short(),
        "name": header.name,
        "title": header.title,
        "status": header.status.key(),
        "waiting": header.waiting.map(|w| w.key()),
        "display": display,
        "request": header.request,
        "steps_done": header.steps_done,
        "steps_total": header.steps_total,
        "cost": header.cost,
        "tokens": header.tokens,
        "created_at": header.created_at.rfc3339(),
        "updated_at": header.updated_at.rfc3339(),
        "by": header.by,
        "parent": header.parent.as_ref().map(|(run, step)| json!({"run": run, "step": step})),
        "error": header.error.map(|code| problem(&Fault::new(code), lang)),
    })
}

impl Engine {
    /// The whole run. Large values stand as `{"$blob", "bytes"}`.
    pub async fn run_view(&self, workspace: WorkspaceId, id: RunId, lang: Lang) -> Result<Value, Fault> {
        let header =
            self.store().header(workspace, id).await?.ok_or_else(|| Fault::new(Code::RunNotFound).about(id))?;
        let run = self.load(workspace, id).await?;
        let program = match run.workflow {
            Some(digest) => Some(self.program(workspace, digest).await?),
            None => None,
        };
        let definitions = self.definitions(workspace);
        let subject = match &run.subject {
            Some(subject) => self.store().subject_key(workspace, &subject.key).await?,
            None => None,
        };
        let erased_at = subject.as_ref().and_then(|key| key.erased.as_ref()).map(|(at, _)| at.rfc3339());
        let facts = match erased_at {
            Some(_) => self.facts(workspace).await?,
            None => self.facts_at(workspace, run.facts).await?,
        };
        let payloads = if run.seq <= LOG_EVENTS_MAX { self.payloads(workspace, id).await? } else { BTreeMap::new() };
        let mut out = run_summary(&header, lang);
        let about = Proposal { by: run.by.clone(), ..Proposal::default() };
        let filter = ApprovalFilter { run: Some(id), limit: 200, ..ApprovalFilter::default() };
        let mut approvals = Vec::new();
        for approval in self.approvals(workspace, &filter).await? {
            approvals.push(self.approval_view_in(workspace, &approval, &run, definitions.as_ref()).await?);
        }
        let simulated = run.pins.keys().any(|tool| {
            let service = tool.split('.').next().unwrap_or_default();
            facts.facts.connections.get(service).is_some_and(|c| c.sandbox)
        });
        let waiting =
            run.steps.values().filter(|s| s.status == StepStatus::Waiting && s.waiting == Some(WaitingFor::Input));
        let missing: Vec<Value> = waiting.flat_map(|s| &s.missing).map(super::plan::missing).collect();
        let parts = json!({
            "error": run.error.as_ref().map(|fault| problem(fault, lang)),
            "workflow": run.workflow,
            "plan": run.plan.as_ref().map(|p| plan(p, definitions.as_ref(), &facts.facts, run.updated_at, &about)),
            "plan_version": run.plan_version,
            "subject": subject.map(|key| json!({"id": key.subject, "erased_at": erased_at})),
            "input": run.input,
            "output": run.output,
            "answer": run.answer.as_ref().map(|a| json!({
                "text": a.text,
                "links": a.links.iter().map(|l| json!({"title": l.title, "url": l.url})).collect::<Vec<_>>(),
                "worded": a.worded,
            })),
            "session": run.request.as_ref().and_then(|r| r.session),
            "simulated": simulated,
            "paused": run.paused,
            "undoing": run.undoing,
            "priority": run.priority,
            "deadline": run.deadline.map(|t| t.rfc3339()),
            "seq": run.seq.saturating_sub(1),
            "version": run.version,
            "head": run.head,
            "steps": steps(&run, program.as_deref(), definitions.as_ref(), &payloads, lang),
            "missing": missing,
            "approvals": approvals,
        });
        if let (Some(out), Value::Object(parts)) = (out.as_object_mut(), parts) {
            out.extend(parts);
        }
        Ok(out)
    }

    /// The last payload that each step intended to send.
    async fn payloads(&self, workspace: WorkspaceId, id: RunId) -> Result<BTreeMap<String, Stored>, Fault> {
        let mut payloads = BTreeMap::new();
        for entry in self.log(workspace, id).await? {
            let events = entry.events().map_err(|e| Fault::new(Code::StoreCorrupt).about(e))?;
            for event in events {
                if let Event::EffectIntended {
                    step,
                    kind: EffectKind::Tool | EffectKind::Agent,
                    payload: Some(payload),
                    ..
                } = event
                {
                    payloads.insert(step, payload);
                }
            }
        }
        Ok(payloads)
    }

    /// How the steps of a run are called.
    pub async fn labels(&self, workspace: WorkspaceId, workflow: Option<metel_model::Digest>) -> Option<Arc<Program>> {
        self.program(workspace, workflow?).await.ok()
    }
}

/// The label of a step: its node's, with the item or agent beside it.
pub(crate) fn label_of(program: Option<&Program>, step: &str) -> Text {
    match step {
        PLAN_STEP => return Text::new("Plan", "계획 세우기"),
        COMPOSE_STEP => return Text::new("Word the answer", "답 쓰기"),
        _ => {}
    }
    if let Some(undone) = undone_by(step) {
        let label = label_of(program, undone);
        return Text::new(format!("Take back: {}", label.en), format!("되돌리기: {}", label.ko));
    }
    let Some(node) = program.and_then(|p| p.node_of(step)) else { return Text::both(step) };
    let rest = &step[split_step(step).0.len()..];
    let name = |label: &str| if label.is_empty() { step.to_owned() } else { format!("{label}{rest}") };
    Text::new(name(&node.label.en), name(&node.label.ko))
}

fn steps(
    run: &Run,
    program: Option<&Program>,
    definitions: &dyn Definitions,
    payloads: &BTreeMap<String, Stored>,
    lang: Lang,
) -> Vec<Value> {
    let mut out = Vec::new();
    let mut seen: HashSet<&str> = HashSet::new();
    let pending = Step::default();
    let view = |id: &str, step: &Step| one(run, program, definitions, payloads, lang, id, step);
    // Planning comes before any workflow.
    for (id, step) in &run.steps {
        if program.and_then(|p| p.node_of(id)).is_none() {
            out.push(view(id, step));
        }
    }
    for node in program.iter().flat_map(|p| &p.nodes) {
        if node.parent.is_none() {
            seen.insert(&node.id);
            out.push(view(&node.id, run.steps.get(&node.id).unwrap_or(&pending)));
        }
        let mut parts: Vec<(&String, &Step)> =
            run.steps.iter().filter(|(id, _)| split_step(id).0 == node.id && !seen.contains(id.as_str())).collect();
        parts.sort_by_key(|(id, _)| (indices(id), (*id).clone()));
        out.extend(parts.into_iter().map(|(id, step)| view(id, step)));
    }
    out
}

/// The numbers of the map items around a step, so that item 10 follows item 9.
fn indices(step: &str) -> Vec<u32> {
    split_step(step).1.split(['[', ']']).filter_map(|n| n.parse().ok()).collect()
}

fn kind_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Validation { .. } => "validation",
        Kind::Tool { .. } => "tool",
        Kind::Agents { .. } => "agent_call",
        Kind::Gate { .. } => "human_gate",
        Kind::Branch => "branch",
        Kind::Parallel => "parallel",
        Kind::Join(_) => "join",
        Kind::Map { .. } => "map",
        Kind::Loop { .. } => "loop",
        Kind::Wait { .. } | Kind::Message { .. } => "wait",
        Kind::Emit { .. } => "emit",
        Kind::Task(_) => "human_task",
        Kind::Sub { .. } => "subworkflow",
        Kind::Finalize { .. } => "finalize",
    }
}

fn incoming<'p>(program: &'p Program, node: &PNode) -> Vec<&'p str> {
    let Some(at) = program.position(&node.id) else { return Vec::new() };
    program.nodes.iter().filter(|n| n.outs.iter().any(|o| o.to == at)).map(|n| n.id.as_str()).collect()
}

fn one(
    run: &Run,
    program: Option<&Program>,
    definitions: &dyn Definitions,
    payloads: &BTreeMap<String, Stored>,
    lang: Lang,
    id: &str,
    step: &Step,
) -> Value {
    let node = program.and_then(|p| p.node_of(id));
    let part = split_step(id).2;
    let undo = undone_by(id).is_some();
    let call = called_by(id);
    let tool = match node.map(|n| &n.kind) {
        Some(Kind::Tool { tool, .. }) => Some(tool.as_str()),
        _ if (undo || call.is_some()) && !step.target.is_empty() => Some(step.target.as_str()),
        _ => None,
    };
    let agent = match (part, node.map(|n| &n.kind)) {
        _ if call.is_some() => None,
        (Some(part), _) => Some(part.to_owned()),
        (None, Some(Kind::Agents { agents, .. })) => Some(agents.join(", ")),
        _ => None,
    };
    let contract = tool.and_then(|tool| match run.pins.get(tool) {
        Some(digest) => definitions.contract(digest),
        None => definitions.current(tool),
    });
    let risk: Vec<&str> = contract.iter().flat_map(|c| &c.contract.risk).map(|r| r.key()).collect();
    let parent = match (part, node.and_then(|n| n.parent)) {
        _ if call.is_some() => call.map(|(agent, ..)| agent.to_owned()),
        (Some(_), _) => id.split_once('#').map(|(group, _)| group.to_owned()),
        (None, Some(map)) => program.map(|p| {
            let scope = split_step(id).1;
            let outer = scope.rfind('[').map_or("", |at| &scope[..at]);
            format!("{}{outer}", p.nodes[map].id)
        }),
        _ => None,
    };
    // A planned action is called what its tool is called, and what it is about.
    let action = run.plan.iter().flat_map(|plan| &plan.actions).find(|action| action.id == id);
    let label = match (action, &contract) {
        (Some(action), Some(compiled)) => {
            let about = metel_rules::answer::about(action);
            let named = |title: &str| if about.is_empty() { title.to_owned() } else { format!("{title}: {about}") };
            Text::new(named(&compiled.contract.title.en), named(&compiled.contract.title.ko))
        }
        _ => label_of(program, id),
    };
    let ms = step.started_at.zip(step.ended_at).map(|(from, to)| to.millis_since(from));
    json!({
        "id": id,
        "label": both(&label),
        "type": if undo { "undo" } else if call.is_some() { "tool" } else { node.map_or("plan", |n| kind_name(&n.kind)) },
        "tool": tool,
        "agent": agent,
        "status": step.status.key(),
        "waiting": step.waiting.filter(|_| step.status == StepStatus::Waiting).map(|w| w.key()),
        "attempt": step.attempt,
        // Which call of the step it is: what somebody says of a doubt names it.
        "intent": step.intent,
        "parent": parent,
        "started_at": step.started_at.map(|t| t.rfc3339()),
        "ended_at": step.ended_at.map(|t| t.rfc3339()),
        "ms": ms,
        "payload": step.payload.as_ref().or_else(|| payloads.get(id)),
        "output": step.output,
        "products": step.products,
        "untrusted": step.untrusted,
        "error": step.error.as_ref().map(|fault| problem(fault, lang)),
        "wake_at": step.wake_at.map(|t| t.rfc3339()),
        "approval": step.approval.as_ref().map(|a| a.id),
        "message": step.message.as_ref().map(|m| json!({"name": m.name, "correlation": m.correlation})),
        "task": step.task.as_ref().map(|task| json!({
            "title": both(&task.title),
            "form": task.form,
            "assignee": task.assignee,
            "due": task.due.map(|t| t.rfc3339()),
        })),
        "child": step.child,
        "after": node.and_then(|n| program.map(|p| incoming(p, n))).unwrap_or_default(),
        "risk": risk,
    })
}
