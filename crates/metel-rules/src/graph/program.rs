//! A checked workflow, ready to be followed: nodes by index, references and conditions parsed.
//!
//! Step ids: a node's id, then `[i]` for each map item or round of a loop around it, then `#agent` for
//! one agent of a group or `!undo` for what takes it back: `post[3]`, `review#critic`, `post[3]!undo`. A call
//! that an agent named is a part of the agent's step: `research#2.1`, `review#critic/2.1`.

use std::collections::HashMap;

use metel_model::contract::Retry;
use metel_model::conversation::ROUNDS;
use metel_model::fault::FieldFault;
use metel_model::hash::Digest;
use metel_model::json;
use metel_model::lang::Text;
use metel_model::workflow::{
    Body, Edge, EdgeOn, JoinMode, Node, NodeKind, OnError, OnItemError, OnLimit, Undo, Workflow,
};
use serde_json::Value;

use crate::cel;
use crate::refs::{BadReference, Template};
use crate::schema::Schema;

/// A workflow in the form that decisions are made with.
pub struct Program {
    pub workflow: Workflow,
    pub digest: Digest,
    pub nodes: Vec<PNode>,
    pub entry: usize,
    /// Nodes outside any map.
    pub top: Vec<usize>,
    /// What a run's input has to fit.
    pub input: Option<Schema>,
    pub output: Option<Template>,
    pub success: Option<cel::Program>,
    pub(super) index: HashMap<String, usize>,
}

/// One node of a program.
pub struct PNode {
    pub id: String,
    pub label: Text,
    /// The map or loop that it stands in.
    pub parent: Option<usize>,
    /// Where it stands in the definition.
    pub pointer: String,
    pub kind: Kind,
    pub outs: Vec<Out>,
    /// Number of incoming edges.
    pub ins: u32,
    pub timeout_ms: Option<u64>,
    pub retry: Option<Retry>,
    pub on_error: OnError,
    pub success: Option<cel::Program>,
    pub undo: Option<PUndo>,
    /// What a worker must be able to do for it.
    pub needs: Vec<String>,
}

/// The call that takes a step back.
pub struct PUndo {
    pub tool: String,
    pub args: Template,
}

pub struct Out {
    pub to: usize,
    pub when: Option<cel::Program>,
    pub on_error: bool,
    /// Where the edge stands in the definition.
    pub pointer: String,
}

pub enum Kind {
    Validation {
        value: Option<Template>,
        schema: Option<Schema>,
        rules: Vec<(cel::Program, Text)>,
    },
    Tool {
        tool: String,
        args: Template,
    },
    Agents {
        agents: Vec<String>,
        task: Option<Template>,
        input: Option<Template>,
        schema: Value,
        /// What it may call; none for an agent that only answers.
        tools: Vec<String>,
        rounds: u32,
    },
    Gate {
        title: Option<Text>,
        show: Option<Template>,
        expires_ms: Option<u64>,
    },
    Branch,
    Parallel,
    Join(JoinMode),
    Map {
        items: Template,
        concurrency: u32,
        on_item_error: OnItemError,
        entry: usize,
        body: Vec<usize>,
    },
    Loop {
        until: cel::Program,
        max: u32,
        on_limit: OnLimit,
        first: Option<Template>,
        entry: usize,
        body: Vec<usize>,
    },
    Wait {
        duration_ms: Option<u64>,
        until: Option<Template>,
    },
    Message {
        name: String,
        correlation: Option<Template>,
        timeout_ms: Option<u64>,
    },
    Emit {
        name: String,
        correlation: Option<Template>,
        payload: Option<Template>,
        ttl_ms: Option<u64>,
    },
    Task(Box<Task>),
    Sub {
        workflow: String,
        input: Option<Template>,
    },
    Finalize {
        output: Option<Template>,
    },
}

/// A form for a person.
pub struct Task {
    pub title: Option<Text>,
    pub show: Option<Template>,
    pub form: Value,
    pub schema: Schema,
    pub assignee: Option<Template>,
    pub due_ms: Option<u64>,
    pub expires_ms: Option<u64>,
}

impl Kind {
    /// Entry and nodes of the body of a map or a loop.
    pub fn body(&self) -> Option<(usize, &[usize])> {
        match self {
            Self::Map { entry, body, .. } | Self::Loop { entry, body, .. } => Some((*entry, body)),
            _ => None,
        }
    }
}

/// Most contracts that one agent is shown.
pub const AGENT_TOOLS_MAX: usize = 64;

/// What the id of a step ends with that takes another one back.
pub const UNDO: &str = "!undo";

/// The step that a step takes back, if it is one of those.
pub fn undone_by(step: &str) -> Option<&str> {
    step.strip_suffix(UNDO)
}

/// The agent's step that named a call, the round and the call's place in it, both from 1, if a step is one.
pub fn called_by(step: &str) -> Option<(&str, u32, u32)> {
    let (_, part) = step.split_once('#')?;
    let (agent, call) = match part.rsplit_once('/') {
        Some((_, call)) => (&step[..step.len() - call.len() - 1], call),
        None => (&step[..step.len() - part.len() - 1], part),
    };
    let (round, place) = call.split_once('.')?;
    Some((agent, round.parse().ok()?, place.parse().ok()?))
}

/// The step of a call that an agent named.
pub fn call_step(agent: &str, round: u32, place: u32) -> String {
    let mark = if agent.contains('#') { '/' } else { '#' };
    format!("{agent}{mark}{round}.{place}")
}

/// Splits a step id into node id, scope and part: `post[3]#x` → (`post`, `[3]`, `x`). What takes a step
/// back is of no node and in no scope.
pub fn split_step(step: &str) -> (&str, &str, Option<&str>) {
    if undone_by(step).is_some() {
        return (step, "", None);
    }
    let (rest, part) = match step.split_once('#') {
        Some((rest, part)) => (rest, Some(part)),
        None => (step, None),
    };
    let at = rest.find('[').unwrap_or(rest.len());
    (&rest[..at], &rest[at..], part)
}

/// The scope of a step: `[3]`, or nothing at the top.
pub fn scope_of(step: &str) -> &str {
    split_step(step).1
}

/// The step of a node in a scope.
pub fn step_in(node: &str, scope: &str) -> String {
    let mut step = String::with_capacity(node.len() + scope.len());
    step.push_str(node);
    step.push_str(scope);
    step
}

impl Program {
    /// Compiles a definition; every syntax fault at once. Whether it holds is told by [`super::check`].
    pub fn compile(workflow: Workflow) -> Result<Self, Vec<FieldFault>> {
        let mut build = Build { nodes: Vec::new(), index: HashMap::new(), faults: Vec::new() };
        let top = build.region(&workflow.nodes, &workflow.edges, None, "");
        let entry = build.entry(&workflow.entry_point, &top, "/entry_point");
        let input = build.schema(&workflow.input_schema, "/input_schema");
        let output = build.template(&workflow.output, "/output");
        let success = workflow.success.as_deref().and_then(|text| build.condition(text, "/success"));
        let digest = serde_json::to_value(&workflow)
            .ok()
            .and_then(|value| {
                json::digest(&value)
                    .map_err(|e| build.fault("", e.to_string(), format!("쓸 수 없는 숫자가 있어요: {e}")))
                    .ok()
            })
            .unwrap_or_default();
        if !build.faults.is_empty() {
            return Err(build.faults);
        }
        let Build { nodes, index, .. } = build;
        Ok(Self { workflow, digest, nodes, entry, top, input, output, success, index })
    }

    /// Every way in which a run's input does not fit, with pointers into the input.
    pub fn check_input(&self, input: &Value) -> Vec<FieldFault> {
        self.input.as_ref().map(|schema| crate::contract::field_faults(schema, input)).unwrap_or_default()
    }

    pub fn find(&self, node: &str) -> Option<&PNode> {
        self.index.get(node).map(|i| &self.nodes[*i])
    }

    /// The node that a step is of.
    pub fn node_of(&self, step: &str) -> Option<&PNode> {
        self.find(split_step(step).0)
    }

    pub fn position(&self, node: &str) -> Option<usize> {
        self.index.get(node).copied()
    }

    /// Nodes of a region that nothing follows.
    pub fn ends<'p>(&'p self, region: &'p [usize]) -> impl Iterator<Item = &'p PNode> {
        region.iter().map(|i| &self.nodes[*i]).filter(|node| !node.outs.iter().any(|out| !out.on_error))
    }

    /// The top-level nodes or those of a map's body.
    pub fn region(&self, parent: Option<usize>) -> &[usize] {
        parent.and_then(|i| self.nodes[i].kind.body()).map_or(&self.top, |(_, body)| body)
    }

    /// Every contract that it may call, those that undo included; names may come twice.
    pub fn tools(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().flat_map(|node| {
            let own = match &node.kind {
                Kind::Tool { tool, .. } => std::slice::from_ref(tool),
                Kind::Agents { tools, .. } => tools.as_slice(),
                _ => &[],
            };
            own.iter().map(String::as_str).chain(node.undo.as_ref().map(|undo| undo.tool.as_str()))
        })
    }

    /// Whether a node stands in the body of a map or loop, at any depth.
    pub fn is_within(&self, node: usize, around: usize) -> bool {
        let mut parent = self.nodes[node].parent;
        while let Some(at) = parent {
            if at == around {
                return true;
            }
            parent = self.nodes[at].parent;
        }
        false
    }
}

struct Build {
    nodes: Vec<PNode>,
    index: HashMap<String, usize>,
    faults: Vec<FieldFault>,
}

impl Build {
    fn fault(&mut self, at: &str, en: String, ko: String) {
        self.faults.push(FieldFault::new(at, en, ko));
    }

    fn region(&mut self, nodes: &[Node], edges: &[Edge], parent: Option<usize>, at: &str) -> Vec<usize> {
        let mut region = Vec::with_capacity(nodes.len());
        for (i, node) in nodes.iter().enumerate() {
            region.push(self.node(node, parent, &format!("{at}/nodes/{i}")));
        }
        for (i, edge) in edges.iter().enumerate() {
            self.edge(edge, parent, &format!("{at}/edges/{i}"));
        }
        region
    }

    fn node(&mut self, node: &Node, parent: Option<usize>, at: &str) -> usize {
        let here = self.nodes.len();
        if !crate::refs::is_node_id(&node.id) || ROOTS.contains(&node.id.as_str()) {
            self.faults.push(FieldFault::new(
                format!("{at}/id"),
                format!(
                    "`{}` cannot be a node id: a letter, then letters, digits, _ or -, and not a reserved word",
                    node.id
                ),
                format!(
                    "`{}`는 단계 id가 될 수 없어요: 영문자로 시작해 영문자, 숫자, _, -만 쓰고 예약어는 피하세요",
                    node.id
                ),
            ));
        }
        if self.index.insert(node.id.clone(), here).is_some() {
            self.faults.push(FieldFault::new(
                format!("{at}/id"),
                format!("the id `{}` is used twice", node.id),
                format!("id `{}`를 두 번 썼어요", node.id),
            ));
        }
        let success = node.success.as_deref().and_then(|text| self.condition(text, &format!("{at}/success")));
        self.nodes.push(PNode {
            id: node.id.clone(),
            label: node.label.clone().unwrap_or_else(|| Text::both(node.id.clone())),
            parent,
            pointer: at.to_owned(),
            kind: Kind::Parallel,
            outs: Vec::new(),
            ins: 0,
            timeout_ms: node.timeout_ms,
            retry: node.retry.clone(),
            on_error: node.on_error,
            success,
            undo: None,
            needs: node.needs.clone(),
        });
        self.nodes[here].undo = node.undo.as_ref().map(|undo| self.undo(undo, at));
        self.needs(&node.needs, at);
        let kind = self.kind(&node.kind, here, at);
        self.nodes[here].kind = kind;
        here
    }

    fn kind(&mut self, kind: &NodeKind, here: usize, at: &str) -> Kind {
        match kind {
            NodeKind::Validation { value, schema, rules } => Kind::Validation {
                value: self.template(value, &format!("{at}/value")),
                schema: self.schema(schema, &format!("{at}/schema")),
                rules: rules
                    .iter()
                    .enumerate()
                    .filter_map(|(i, rule)| {
                        let when = self.condition(&rule.when, &format!("{at}/rules/{i}/when"))?;
                        Some((when, rule.message.clone()))
                    })
                    .collect(),
            },
            NodeKind::Tool { tool, args, .. } => {
                let args = if args.is_null() { Value::Object(Default::default()) } else { args.clone() };
                if !args.is_object() {
                    self.fault(&format!("{at}/args"), "args must be an object".into(), "args는 객체여야 해요".into());
                }
                let args = self.template(&args, &format!("{at}/args")).unwrap_or(Template::Literal(Value::Null));
                Kind::Tool { tool: tool.clone(), args }
            }
            NodeKind::AgentCall { agents, task, input, output_schema, tools, rounds } => {
                let (usual, most) = ROUNDS;
                if rounds.is_some_and(|rounds| !(1..=most).contains(&rounds)) {
                    let (en, ko) = (format!("rounds must be 1 to {most}"), format!("rounds는 1부터 {most}까지예요"));
                    self.fault(&format!("{at}/rounds"), en, ko);
                }
                if tools.len() > AGENT_TOOLS_MAX {
                    let (en, ko) = (
                        format!("more than {AGENT_TOOLS_MAX} tools for one agent"),
                        format!("에이전트 하나에 도구는 {AGENT_TOOLS_MAX}개까지예요"),
                    );
                    self.fault(&format!("{at}/tools"), en, ko);
                }
                if agents.len() > 16 {
                    let (en, ko) = ("more than 16 agents on one node", "한 단계에 에이전트는 16명까지예요");
                    self.fault(&format!("{at}/agents"), en.into(), ko.into());
                }
                for (i, agent) in agents.iter().enumerate().filter(|(i, agent)| agents[..*i].contains(agent)) {
                    self.fault(
                        &format!("{at}/agents/{i}"),
                        format!("the agent `{agent}` is there twice"),
                        format!("`{agent}` 에이전트를 두 번 썼어요"),
                    );
                }
                let _ = self.schema(output_schema, &format!("{at}/output_schema"));
                Kind::Agents {
                    agents: if agents.is_empty() { vec!["general".to_owned()] } else { agents.clone() },
                    task: task.as_ref().and_then(|t| self.template(&Value::String(t.clone()), &format!("{at}/task"))),
                    input: self.template(input, &format!("{at}/input")),
                    schema: output_schema.clone(),
                    tools: tools.clone(),
                    rounds: rounds.unwrap_or(usual),
                }
            }
            NodeKind::HumanGate { title, show, expires_ms } => Kind::Gate {
                title: title.clone(),
                show: self.template(show, &format!("{at}/show")),
                expires_ms: *expires_ms,
            },
            NodeKind::Branch {} => Kind::Branch,
            NodeKind::Parallel {} => Kind::Parallel,
            NodeKind::Join { mode } => Kind::Join(*mode),
            NodeKind::Map { items, concurrency, on_item_error, body } => {
                self.map(items, *concurrency, *on_item_error, body, here, at)
            }
            NodeKind::Loop { body, until, max, on_limit, first } => {
                let (entry, region) = self.body(body, here, at);
                if !(1..=ROUNDS_MAX).contains(max) {
                    self.fault(
                        &format!("{at}/max"),
                        format!("max lies between 1 and {ROUNDS_MAX}"),
                        format!("max는 1에서 {ROUNDS_MAX}까지예요"),
                    );
                }
                let first = self.template(first, &format!("{at}/first"));
                match self.condition(until, &format!("{at}/until")) {
                    Some(until) => Kind::Loop { until, max: *max, on_limit: *on_limit, first, entry, body: region },
                    None => Kind::Parallel,
                }
            }
            NodeKind::Wait { .. } => self.wait(kind, at),
            NodeKind::Emit { message, correlation, payload, ttl_ms } => {
                self.message(message, &format!("{at}/message"));
                if ttl_ms.is_some_and(|ms| !(1..=TTL_MS_MAX).contains(&ms)) {
                    let (en, ko) = ("a message is kept for 1 ms to 30 days", "메시지는 1ms에서 30일까지 보관해요");
                    self.fault(&format!("{at}/ttl_ms"), en.into(), ko.into());
                }
                Kind::Emit {
                    name: message.clone(),
                    correlation: self.text(correlation.as_ref(), &format!("{at}/correlation")),
                    payload: self.template(payload, &format!("{at}/payload")),
                    ttl_ms: *ttl_ms,
                }
            }
            NodeKind::HumanTask { title, show, form, assignee, due_ms, expires_ms } => {
                if form.to_string().len() > FORM_BYTES_MAX {
                    let (en, ko) = ("the form is larger than 64 KiB", "양식이 64KiB보다 커요");
                    self.fault(&format!("{at}/form"), en.into(), ko.into());
                    return Kind::Parallel;
                }
                if !form.is_object() {
                    let (en, ko) = ("a form is a JSON Schema object", "form은 JSON Schema 객체여야 해요");
                    self.fault(&format!("{at}/form"), en.into(), ko.into());
                }
                let show = self.template(show, &format!("{at}/show"));
                let assignee = self.text(assignee.as_ref(), &format!("{at}/assignee"));
                match self.schema(form, &format!("{at}/form")) {
                    Some(schema) => Kind::Task(Box::new(Task {
                        title: title.clone(),
                        show,
                        form: form.clone(),
                        schema,
                        assignee,
                        due_ms: *due_ms,
                        expires_ms: *expires_ms,
                    })),
                    None => Kind::Parallel,
                }
            }
            NodeKind::Subworkflow { workflow, input } => {
                Kind::Sub { workflow: workflow.clone(), input: self.template(input, &format!("{at}/input")) }
            }
            NodeKind::Finalize { output } => Kind::Finalize { output: self.template(output, &format!("{at}/output")) },
        }
    }

    fn map(
        &mut self,
        items: &Value,
        concurrency: u32,
        on_item_error: OnItemError,
        body: &Body,
        here: usize,
        at: &str,
    ) -> Kind {
        let items = self.template(items, &format!("{at}/items")).unwrap_or(Template::Literal(Value::Null));
        if !(1..=1_000).contains(&concurrency) {
            let (en, ko) = ("concurrency lies between 1 and 1000", "concurrency는 1에서 1000까지예요");
            self.fault(&format!("{at}/concurrency"), en.into(), ko.into());
        }
        let (entry, region) = self.body(body, here, at);
        Kind::Map { items, concurrency, on_item_error, entry, body: region }
    }

    /// The body of a map or a loop: its entry and its nodes.
    fn body(&mut self, body: &Body, here: usize, at: &str) -> (usize, Vec<usize>) {
        if body.nodes.is_empty() {
            let (en, ko) = ("a body needs a node", "body에는 단계가 있어야 해요");
            self.fault(&format!("{at}/body/nodes"), en.into(), ko.into());
        }
        let region = self.region(&body.nodes, &body.edges, Some(here), &format!("{at}/body"));
        let entry = self.entry(&body.entry_point, &region, &format!("{at}/body/entry_point"));
        (entry, region)
    }

    fn wait(&mut self, kind: &NodeKind, at: &str) -> Kind {
        let NodeKind::Wait { duration_ms, until, message, correlation, timeout_ms } = kind else {
            return Kind::Parallel;
        };
        let forms = [duration_ms.is_some(), until.is_some(), message.is_some()];
        if forms.iter().filter(|there| **there).count() != 1 {
            let (en, ko) = (
                "a wait needs exactly one of duration_ms, until and message",
                "wait에는 duration_ms, until, message 가운데 하나만 있어야 해요",
            );
            self.fault(at, en.into(), ko.into());
        }
        if message.is_none() {
            for (field, there) in [("correlation", correlation.is_some()), ("timeout_ms", timeout_ms.is_some())] {
                if there {
                    self.fault(
                        &format!("{at}/{field}"),
                        format!("{field} goes with message"),
                        format!("{field}은(는) message와 함께 써요"),
                    );
                }
            }
        }
        match message {
            Some(name) => {
                self.message(name, &format!("{at}/message"));
                let correlation = self.text(correlation.as_ref(), &format!("{at}/correlation"));
                Kind::Message { name: name.clone(), correlation, timeout_ms: *timeout_ms }
            }
            None => {
                let until = self.text(until.as_ref(), &format!("{at}/until"));
                Kind::Wait { duration_ms: *duration_ms, until }
            }
        }
    }

    /// The name of a message: a literal.
    fn message(&mut self, name: &str, at: &str) {
        if !is_message_name(name) {
            self.fault(
                at,
                format!("the name of a message has 1 to {MESSAGE_CHARS_MAX} characters and no reference"),
                format!("메시지 이름은 1자에서 {MESSAGE_CHARS_MAX}자이고 참조를 쓸 수 없어요"),
            );
        }
    }

    fn undo(&mut self, undo: &Undo, at: &str) -> PUndo {
        let args = if undo.args.is_null() { Value::Object(Default::default()) } else { undo.args.clone() };
        if !args.is_object() {
            self.fault(&format!("{at}/undo/args"), "args must be an object".into(), "args는 객체여야 해요".into());
        }
        let args = self.template(&args, &format!("{at}/undo/args")).unwrap_or(Template::Literal(Value::Null));
        PUndo { tool: undo.tool.clone(), args }
    }

    fn needs(&mut self, needs: &[String], at: &str) {
        if needs.len() > crate::run::NEEDS_MAX || needs.iter().any(|word| !crate::run::is_need(word)) {
            self.fault(
                &format!("{at}/needs"),
                "needs are up to 8 short words of lower-case letters, digits, _ and -".into(),
                "needs는 영문 소문자, 숫자, _, -로 된 짧은 낱말 8개까지예요".into(),
            );
        }
    }

    fn edge(&mut self, edge: &Edge, parent: Option<usize>, at: &str) {
        let mut end = |side: &str, id: &str| {
            let found = self.index.get(id).copied().filter(|i| self.nodes[*i].parent == parent);
            if found.is_none() {
                self.faults.push(FieldFault::new(
                    format!("{at}/{side}"),
                    format!("there is no node `{id}` here"),
                    format!("`{id}`라는 단계가 여기에 없어요"),
                ));
            }
            found
        };
        let (from, to) = (end("from", &edge.from), end("to", &edge.to));
        let when = edge.when.as_deref().and_then(|text| self.condition(text, &format!("{at}/when")));
        let (Some(from), Some(to)) = (from, to) else { return };
        if edge.when.is_some() && !matches!(self.nodes[from].kind, Kind::Branch) {
            self.faults.push(FieldFault::new(
                format!("{at}/when"),
                "only edges out of a branch carry a condition",
                "조건은 branch에서 나가는 선에만 달 수 있어요",
            ));
        }
        if self.nodes[from].outs.iter().any(|out| out.to == to && out.on_error == (edge.on == Some(EdgeOn::Error))) {
            let (en, ko) = (
                format!("the edge {} → {} is there twice", edge.from, edge.to),
                format!("{} → {} 연결이 두 번 있어요", edge.from, edge.to),
            );
            self.fault(at, en, ko);
        }
        self.nodes[from].outs.push(Out { to, when, on_error: edge.on == Some(EdgeOn::Error), pointer: at.to_owned() });
        self.nodes[to].ins += 1;
    }

    fn entry(&mut self, id: &str, region: &[usize], at: &str) -> usize {
        match self.index.get(id).copied().filter(|i| region.contains(i)) {
            Some(entry) => entry,
            None => {
                self.faults.push(FieldFault::new(
                    at,
                    format!("there is no node `{id}` here"),
                    format!("`{id}`라는 단계가 여기에 없어요"),
                ));
                0
            }
        }
    }

    fn template(&mut self, value: &Value, at: &str) -> Option<Template> {
        if value.is_null() {
            return None;
        }
        match Template::compile(value) {
            Ok(template) => Some(template),
            Err(bad) => {
                for (pointer, error) in bad {
                    self.bad_reference(&format!("{at}{pointer}"), &error);
                }
                None
            }
        }
    }

    fn text(&mut self, text: Option<&String>, at: &str) -> Option<Template> {
        self.template(&Value::String(text?.clone()), at)
    }

    fn bad_reference(&mut self, at: &str, error: &BadReference) {
        let ko = match error {
            BadReference::Syntax(text) => format!("`{text}`는 참조가 아니에요. a1.page_url처럼 단계 id와 키를 쓰세요"),
            BadReference::Open(text) => format!("`{text}`에서 시작한 참조에 닫는 괄호가 없어요"),
        };
        self.faults.push(FieldFault::new(at, error.to_string(), ko));
    }

    fn condition(&mut self, text: &str, at: &str) -> Option<cel::Program> {
        match cel::Program::compile(text) {
            Ok(program) => Some(program),
            Err(error) => {
                self.fault(at, error.to_string(), format!("식을 읽을 수 없어요: {error}"));
                None
            }
        }
    }

    fn schema(&mut self, schema: &Value, at: &str) -> Option<Schema> {
        if schema.is_null() {
            return None;
        }
        match Schema::compile(schema) {
            Ok(compiled) => Some(compiled),
            Err(error) => {
                self.fault(at, error.to_string(), format!("JSON Schema로 쓸 수 없어요: {error}"));
                None
            }
        }
    }
}

/// Most rounds of a loop.
pub const ROUNDS_MAX: u32 = 10_000;
/// Longest name of a message, in characters.
pub const MESSAGE_CHARS_MAX: usize = 128;
/// Longest time that a message is kept: 30 days.
pub const TTL_MS_MAX: u64 = 30 * 24 * 60 * 60 * 1_000;
/// Largest form of a `human_task`, as JSON.
pub const FORM_BYTES_MAX: usize = 64 * 1024;

/// Whether a text can be the name of a message: short, one line, literal.
pub fn is_message_name(name: &str) -> bool {
    let chars = name.chars().count();
    (1..=MESSAGE_CHARS_MAX).contains(&chars) && !name.contains("${") && !name.chars().any(char::is_control)
}

/// Names that references begin with besides node ids; no node may be called so.
pub const ROOTS: &[&str] = &["input", "params", "item", "index", "run", "nodes", "output", "response", "now"];
