//! The ground of a torture: a workspace of its own with the user's workflow, stand-ins for its tools, and
//! nothing of the user's data. It is made once and shared by all runs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use futures::future::BoxFuture;
use metel_engine::{Definitions, Surroundings};
use metel_model::contract::Contract;
use metel_model::facts::Facts;
use metel_model::hash::Digest;
use metel_model::id::{ConnectionId, WorkspaceId};
use metel_model::service::{ConnectionFact, ConnectionState};
use metel_model::workflow::Workflow;
use metel_model::{Code, Fault, json as canon};
use metel_rules::contract::Compiled;
use metel_rules::graph::{Kind, Program, Tools, check};
use metel_rules::plan::catalogue::steps;
use serde_json::{Value, json};
use uuid::Uuid;

use super::sample;
use super::stand_in::{StandIn, stand_in};
use super::words::{Words, variants};

pub(super) const WS: WorkspaceId = WorkspaceId(Uuid::from_u128(0x746f_7274));

/// The agent behind metel's own steps.
const WRITER: &str = "writer";

/// What is put through torture.
pub struct Subject {
    pub workflow: Workflow,
    /// Workflows that it may start, by name.
    pub others: Vec<Workflow>,
    /// Contracts that may be called.
    pub contracts: Vec<Arc<Compiled>>,
    /// Whether an agent of this name exists.
    pub is_agent: fn(&str) -> bool,
    /// The input of its runs; a sample of its schema when absent.
    pub input: Option<Value>,
}

pub(super) struct Ground {
    pub program: Arc<Program>,
    pub programs: HashMap<Digest, Arc<Program>>,
    names: HashMap<String, Digest>,
    pub tools: BTreeMap<String, StandIn>,
    by_digest: HashMap<Digest, Arc<Compiled>>,
    is_agent: fn(&str) -> bool,
    pub facts: Facts,
    /// What workers must be able to do.
    pub needs: Vec<String>,
    /// The usual input first.
    pub inputs: Vec<Value>,
    /// Answers of agents and people by node: the usual one first.
    pub replies: HashMap<String, Vec<Value>>,
    /// Some condition reads the time.
    pub reads_time: bool,
}

impl Ground {
    pub fn new(subject: Subject) -> Result<Arc<Self>, Fault> {
        let faulty = |name: &str| {
            let name = name.to_owned();
            move |faults| Fault::new(Code::DefinitionInvalid).about(name).fields(faults)
        };
        let known: HashMap<&str, &Arc<Compiled>> =
            subject.contracts.iter().map(|compiled| (compiled.contract.id.as_str(), compiled)).collect();
        let name = subject.workflow.name.clone();
        let program = Arc::new(Program::compile(subject.workflow).map_err(faulty(&name))?);
        let mut others: BTreeMap<String, Arc<Program>> = BTreeMap::new();
        let given: BTreeMap<String, Workflow> = subject.others.into_iter().map(|w| (w.name.clone(), w)).collect();
        let mut wanted: Vec<String> = subs(&program).collect();
        while let Some(next) = wanted.pop() {
            if let (false, Some(workflow)) = (others.contains_key(&next), given.get(&next)) {
                let other = Arc::new(Program::compile(workflow.clone()).map_err(faulty(&next))?);
                wanted.extend(subs(&other));
                others.insert(next, other);
            }
        }
        let all: Vec<&Arc<Program>> = std::iter::once(&program).chain(others.values()).collect();
        let bench = Bench { known: &known, others: &others, is_agent: subject.is_agent };
        for one in &all {
            let faults = check(one, &bench);
            if !faults.is_empty() {
                return Err(faulty(&one.workflow.name)(faults));
            }
        }
        let mut words = Words::default();
        let mut reads_time = false;
        for condition in all.iter().flat_map(|program| conditions(program)) {
            words.add(condition.source());
            reads_time |= condition.references().any(|name| name == "now");
        }
        let mut tools = BTreeMap::new();
        for id in all.iter().flat_map(|program| program.tools()) {
            if let (false, Some(compiled)) = (tools.contains_key(id), known.get(id)) {
                tools.insert(id.to_owned(), stand_in(compiled, &words)?);
            }
        }
        let mut replies = HashMap::new();
        for program in &all {
            for node in &program.nodes {
                if let Some(list) = replies_of(&node.kind, &words) {
                    replies.insert(node.id.clone(), list);
                }
            }
        }
        let mut facts = Facts { approvers: 2, ..Facts::default() };
        let mut needs: BTreeSet<String> = all.iter().flat_map(|p| &p.nodes).flat_map(|n| n.needs.clone()).collect();
        for (id, tool) in &tools {
            let contract = &tool.compiled.contract;
            needs.extend(contract.needs.iter().cloned());
            let service = id.split('.').next().unwrap_or_default().to_owned();
            let fact = facts.connections.entry(service).or_insert(ConnectionFact {
                id: ConnectionId(Uuid::nil()),
                state: ConnectionState::Ready,
                scopes: Vec::new(),
                sandbox: true,
            });
            fact.scopes.extend(contract.scopes.iter().cloned());
        }
        let inputs = inputs(&program, subject.input, &words)?;
        let by_digest = tools.values().map(|tool| (tool.compiled.digest, tool.compiled.clone())).collect();
        let names = others.iter().map(|(name, program)| (name.clone(), program.digest)).collect();
        let programs = all.iter().map(|program| (program.digest, (*program).clone())).collect();
        Ok(Arc::new(Self {
            program: program.clone(),
            programs,
            names,
            tools,
            by_digest,
            is_agent: subject.is_agent,
            facts,
            needs: needs.into_iter().collect(),
            inputs,
            replies,
            reads_time,
        }))
    }

    /// The text of a workflow as it is stored.
    pub fn text(program: &Program) -> Result<String, Fault> {
        let value = serde_json::to_value(&program.workflow).map_err(|e| Fault::new(Code::Internal).about(e))?;
        canon::canonical(&value).map_err(|e| Fault::new(Code::DefinitionInvalid).about(e))
    }

    pub fn tool(&self, id: &str) -> Option<&StandIn> {
        self.tools.get(id)
    }

    /// Whether somebody may feel a tool's effect.
    pub fn is_effect(&self, tool: &str) -> bool {
        self.tools.get(tool).is_some_and(|tool| tool.compiled.contract.is_consequential())
    }
}

fn subs(program: &Program) -> impl Iterator<Item = String> {
    program.nodes.iter().filter_map(|node| match &node.kind {
        Kind::Sub { workflow, .. } => Some(workflow.clone()),
        _ => None,
    })
}

/// Every condition of a workflow.
fn conditions(program: &Program) -> impl Iterator<Item = &metel_rules::cel::Program> {
    let of_nodes = program.nodes.iter().flat_map(|node| {
        let own: Vec<&metel_rules::cel::Program> = match &node.kind {
            Kind::Validation { rules, .. } => rules.iter().map(|(when, _)| when).collect(),
            Kind::Loop { until, .. } => vec![until],
            _ => Vec::new(),
        };
        own.into_iter().chain(&node.success).chain(node.outs.iter().filter_map(|out| out.when.as_ref()))
    });
    of_nodes.chain(&program.success)
}

fn replies_of(kind: &Kind, words: &Words) -> Option<Vec<Value>> {
    let (schema, fallback) = match kind {
        Kind::Agents { schema, .. } if schema.is_null() => {
            (json!({}), json!({"text": "sample text", "summary": "sample summary"}))
        }
        Kind::Agents { schema, .. } => (schema.clone(), json!({"text": "sample text"})),
        Kind::Task(task) => (task.form.clone(), Value::Null),
        _ => return None,
    };
    let compiled = metel_rules::schema::Schema::compile(&schema).ok();
    let fits = |value: &Value| compiled.as_ref().is_none_or(|schema| schema.is_valid(value));
    let plain = schema.as_object().is_some_and(|members| members.is_empty());
    let base = if plain { Some(fallback.clone()) } else { sample::fitting(&schema, &|_| true) }.unwrap_or(fallback);
    let others = variants(&base, words, &fits);
    let replies = std::iter::once(base).chain(others);
    match kind {
        // An agent that may use tools tells its answer from its calls.
        Kind::Agents { tools, .. } if !tools.is_empty() => {
            Some(replies.map(|answer| json!({"answer": answer})).collect())
        }
        _ => Some(replies.collect()),
    }
}

fn inputs(program: &Program, given: Option<Value>, words: &Words) -> Result<Vec<Value>, Fault> {
    let schema = &program.workflow.input_schema;
    let fits = |value: &Value| program.check_input(value).is_empty();
    let base = match given {
        Some(value) => value,
        None if schema.is_null() => json!({}),
        None => sample::fitting(schema, &fits).ok_or_else(|| {
            Fault::new(Code::FieldInvalid).detail(
                "no sample fits the workflow's input schema: give one with --input",
                "입력 스키마에 맞는 예시를 만들지 못했어요. --input으로 주세요",
            )
        })?,
    };
    let faults = program.check_input(&base);
    if !faults.is_empty() {
        return Err(Fault::new(Code::FieldInvalid).about("--input").fields(faults));
    }
    let others = variants(&base, words, &fits);
    Ok(std::iter::once(base).chain(others).collect())
}

struct Bench<'b> {
    known: &'b HashMap<&'b str, &'b Arc<Compiled>>,
    others: &'b BTreeMap<String, Arc<Program>>,
    is_agent: fn(&str) -> bool,
}

impl Tools for Bench<'_> {
    fn contract(&self, id: &str) -> Option<&Contract> {
        self.known.get(id).map(|compiled| &compiled.contract)
    }

    fn has_workflow(&self, name: &str) -> bool {
        self.others.contains_key(name)
    }

    fn has_agent(&self, name: &str) -> bool {
        (self.is_agent)(name)
    }
}

impl Definitions for Ground {
    fn current(&self, tool: &str) -> Option<Arc<Compiled>> {
        self.tools.get(tool).map(|tool| tool.compiled.clone())
    }

    fn contract(&self, digest: &Digest) -> Option<Arc<Compiled>> {
        self.by_digest.get(digest).cloned()
    }

    fn workflow(&self, name: &str) -> Option<Digest> {
        self.names.get(name).copied()
    }

    fn agent_step(&self, tool: &str) -> Option<String> {
        steps().iter().any(|step| step.id == tool).then(|| WRITER.to_owned())
    }

    fn has_agent(&self, name: &str) -> bool {
        (self.is_agent)(name)
    }
}

/// One process's look at the ground.
pub(super) struct Around(pub Arc<Ground>);

impl Surroundings for Around {
    fn definitions(&self, _: WorkspaceId) -> Arc<dyn Definitions> {
        self.0.clone()
    }

    fn facts(&self, _: WorkspaceId) -> BoxFuture<'_, Result<Facts, Fault>> {
        let facts = self.0.facts.clone();
        Box::pin(async move { Ok(facts) })
    }
}
