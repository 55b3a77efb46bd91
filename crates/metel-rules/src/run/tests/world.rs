//! One run in a small world. Every command goes through [`World::send`], which holds it to the laws.

use super::*;

pub struct World {
    pub shelf: Shelf,
    pub facts: Facts,
    pub run: Run,
    pub log: Vec<Entry>,
    pub now: Micros,
    pub starts: u32,
    pub able: Vec<String>,
    /// The version of the rules that runs begin with.
    pub laws: u32,
    /// Every state of the surroundings that a decision saw.
    known: HashMap<Digest, Arc<Facts>>,
    pub ledger: Ledger,
    /// Commands are not held to the laws: other tests do that.
    pub swift: bool,
}

impl World {
    pub fn new() -> Self {
        let mut facts = Facts { approvers: 1, ..Facts::default() };
        let connection = ConnectionFact {
            id: ConnectionId(Uuid::nil()),
            state: ConnectionState::Ready,
            scopes: Vec::new(),
            sandbox: true,
        };
        facts.connections.insert("s".to_owned(), connection);
        facts.policy.inside.domains.push("own.kr".to_owned());
        facts.policy.inside.shared_channels.push("partners".to_owned());
        Self {
            shelf: Shelf::stocked(),
            facts,
            run: blank(WorkspaceId(Uuid::from_u128(1)), RunId(Uuid::from_u128(2))),
            log: Vec::new(),
            now: Micros(1_000_000),
            starts: u32::MAX,
            able: Vec::new(),
            laws: LAWS,
            known: HashMap::new(),
            ledger: Ledger::default(),
            swift: false,
        }
    }

    fn bind(&mut self) -> Digest {
        let digest = Digest::of(serde_json::to_string(&self.facts).unwrap().as_bytes());
        self.known.entry(digest).or_insert_with(|| Arc::new(self.facts.clone()));
        digest
    }

    /// Decides a command. A refusal changes nothing; what is accepted is held to every law.
    pub fn send(&mut self, command: Command) -> Result<Vec<Event>, Refusal> {
        let name = command.name().to_owned();
        let facts_digest = self.bind();
        let env = Env { library: &self.shelf, facts: &self.facts, facts_digest };
        let able = Able::To(self.able.clone());
        let context = Context { now: self.now, actor: "test".into(), starts: self.starts, able };
        if self.swift {
            let before = blank(self.run.workspace, self.run.id);
            let decision = transition(&mut self.run, &env, command, &context)?;
            self.append(name, &before, &decision);
            self.keep(&decision);
            return Ok(decision.events);
        }
        let before = self.run.clone();
        let decision = match transition(&mut self.run, &env, command.clone(), &context) {
            Ok(decision) => decision,
            Err(refusal) => {
                assert_eq!(self.run, before, "a refusal changes nothing: {refusal:?}");
                return Err(refusal);
            }
        };
        assert!(!decision.events.is_empty(), "an accepted command leaves an event: {command:?}");
        let mut folded = before.clone();
        for event in &decision.events {
            evolve(&mut folded, event, self.now);
        }
        folded.version += 1;
        folded.status = self.run.status;
        assert_eq!(folded, self.run, "the events are all there is");
        self.append(name, &before, &decision);
        self.keep(&decision);
        let scene = ledger::Scene { shelf: &self.shelf, facts: &self.facts, now: self.now };
        self.ledger.note(&before, &self.run, &decision.events, scene);
        Ok(decision.events)
    }

    /// Decides a command without holding it to the laws: for runs too long for that.
    pub fn quick(&mut self, command: Command) {
        let facts_digest = self.bind();
        let env = Env { library: &self.shelf, facts: &self.facts, facts_digest };
        let able = Able::To(self.able.clone());
        let context = Context { now: self.now, actor: "test".into(), starts: self.starts, able };
        transition(&mut self.run, &env, command, &context).unwrap();
    }

    fn append(&mut self, command: String, before: &Run, decision: &Turned) {
        let body = serde_json::to_string(&decision.events).unwrap();
        let (workspace, id, seq) = (before.workspace, before.id, before.seq);
        let hash = Entry::chain(&before.head, workspace, id, seq, &command, "test", self.now, &body);
        self.run.head = hash;
        let count = decision.events.len() as u32;
        self.log.push(Entry { seq, count, at: self.now, actor: "test".into(), command, body, hash });
    }

    fn keep(&mut self, decision: &Turned) {
        for (digest, text) in &decision.blobs {
            let value: Value = serde_json::from_str(text).unwrap();
            if let Ok(workflow) = serde_json::from_value::<metel_model::workflow::Workflow>(value.clone())
                && let Ok(program) = Program::compile(workflow)
            {
                assert_eq!(program.digest, *digest);
                self.shelf.programs.insert(*digest, Arc::new(program));
            }
            self.shelf.blobs.insert(*digest, Arc::new(value));
        }
    }

    pub fn start(&mut self, definition: Value) -> Result<Vec<Event>, Refusal> {
        self.start_with(definition, json!({"name": "김"}))
    }

    pub fn start_with(&mut self, definition: Value, input: Value) -> Result<Vec<Event>, Refusal> {
        let workflow = read_pipeline("t", &definition).map_err(|f| format!("{f:?}")).unwrap();
        let program = Program::compile(workflow).map_err(|f| format!("{f:?}")).unwrap();
        self.start_program(Arc::new(program), input, None)
    }

    pub fn start_program(
        &mut self,
        program: Arc<Program>,
        input: Value,
        deadline: Option<Micros>,
    ) -> Result<Vec<Event>, Refusal> {
        let digest = program.digest;
        self.shelf.programs.insert(digest, program);
        let mut pins: std::collections::BTreeMap<String, Digest> =
            self.shelf.contracts.iter().map(|(id, c)| (id.clone(), c.digest)).collect();
        pins.insert("workflow:child".into(), Digest::of(b"child"));
        let started = Started { workflow: Some(digest), pins, deadline, ..self.started("t", input) };
        self.send(Command::Start { started: Box::new(started), plan: None })
    }

    pub fn ask(&mut self, plan: Option<Value>) -> Result<Vec<Event>, Refusal> {
        let request = Request { text: "써 줘".into(), lang: metel_model::Lang::Ko, session: None };
        let started = Started { request: Some(request), ..self.started("ask", json!({})) };
        let plan = plan.map(|p| Box::new(serde_json::from_value::<ActionPlan>(p).unwrap()));
        self.send(Command::Start { started: Box::new(started), plan })
    }

    /// Begins a run of somebody's request, or one that another run started for it.
    pub fn start_asked(
        &mut self,
        definition: Value,
        request: Option<&str>,
        asked: Option<&str>,
    ) -> Result<Vec<Event>, Refusal> {
        let workflow = read_pipeline("t", &definition).map_err(|f| format!("{f:?}")).unwrap();
        let program = Arc::new(Program::compile(workflow).map_err(|f| format!("{f:?}")).unwrap());
        let digest = program.digest;
        self.shelf.programs.insert(digest, program);
        let request = request.map(|text| Request { text: text.into(), lang: metel_model::Lang::En, session: None });
        let pins = [("workflow:child".to_owned(), Digest::of(b"child"))].into();
        let asked = asked.map(str::to_owned);
        let started = Started { workflow: Some(digest), pins, request, asked, ..self.started("t", json!({})) };
        self.send(Command::Start { started: Box::new(started), plan: None })
    }

    fn started(&mut self, name: &str, input: Value) -> Started {
        Started {
            workflow: None,
            name: name.into(),
            request: None,
            asked: None,
            mentions: Vec::new(),
            input: Stored::inline(input),
            facts: self.bind(),
            pins: Default::default(),
            by: "user:1".into(),
            parent: None,
            deadline: None,
            priority: 0,
            untrusted: false,
            laws: self.laws,
            subject: None,
        }
    }

    pub fn answer(&mut self, step: &str, output: Value) -> Result<Vec<Event>, Refusal> {
        self.outcome(step, Outcome { status: Some(200), ..Outcome::answer(output, 5) })
    }

    /// The service answered with this status.
    pub fn status_of(&mut self, step: &str, status: u16) -> Result<Vec<Event>, Refusal> {
        self.outcome(step, Outcome { status: Some(status), ..Outcome::answer(json!({}), 1) })
    }

    /// The answer was lost on the way.
    pub fn lose(&mut self, step: &str) -> Result<Vec<Event>, Refusal> {
        self.outcome(step, Outcome::fault(Fault::new(Code::ToolTimeout), Certainty::Ambiguous, 30_000))
    }

    pub fn outcome(&mut self, step: &str, outcome: Outcome) -> Result<Vec<Event>, Refusal> {
        let intent = self.run.steps[step].intent;
        self.send(Command::Observe { step: step.into(), intent, outcome: Box::new(outcome) })
    }

    /// Waits until a sleeping step is due and wakes it.
    pub fn wake(&mut self, step: &str) -> Result<Vec<Event>, Refusal> {
        self.now = self.now.max(self.run.steps[step].wake_at.unwrap_or(self.now));
        self.send(Command::Wake { step: step.into() })
    }

    /// `user:2` decides on what a step shows.
    pub fn decide(&mut self, step: &str, decision: Decision) -> Result<Vec<Event>, Refusal> {
        let shown = self.run.steps[step].approval.clone().unwrap();
        self.send(decide_on(&shown, decision))
    }

    pub fn approve(&mut self, step: &str) -> Result<Vec<Event>, Refusal> {
        self.decide(step, Decision::Approve { all_like_this: false })
    }

    pub fn cancel(&mut self) -> Result<Vec<Event>, Refusal> {
        self.send(Command::Cancel { by: "user:1".into(), reason: None })
    }

    pub fn retry(&mut self) -> Result<Vec<Event>, Refusal> {
        self.send(Command::Retry { by: "user:1".into() })
    }

    pub fn status(&self, step: &str) -> StepStatus {
        self.run.steps.get(step).map(|s| s.status).unwrap_or_default()
    }

    pub fn payload(&self, step: &str) -> Value {
        self.run.steps[step].payload.as_ref().unwrap().value().unwrap().clone()
    }

    pub fn output(&self) -> Value {
        self.run.output.as_ref().unwrap().value().unwrap().clone()
    }

    pub fn replay(&self) -> Report {
        replay(self.run.workspace, self.run.id, &self.log, &self.shelf, &|d| self.known.get(d).cloned()).unwrap()
    }

    /// The whole log folds from nothing to the live state, its chain holds, and replayed it is the same.
    pub fn check_history(&self) {
        let mut folded = blank(self.run.workspace, self.run.id);
        for entry in &self.log {
            assert_eq!(entry.seq, folded.seq, "no gap");
            for event in entry.events().unwrap() {
                evolve(&mut folded, &event, entry.at);
            }
            folded.version += 1;
            folded.head = entry.hash;
        }
        folded.status = self.run.status;
        assert_eq!(crate::run::replay::state_hash(&folded), crate::run::replay::state_hash(&self.run));
        let read: Run = serde_json::from_str(&serde_json::to_string(&self.run).unwrap()).unwrap();
        assert_eq!(read, self.run, "a snapshot read back is the state");
        let mut audit = crate::audit::Audit::new(self.run.workspace, self.run.id);
        audit.feed(&self.log).unwrap();
        audit.end(self.run.seq, self.run.head).unwrap();
        let report = self.replay();
        assert_eq!(report.diverged, None);
        assert_eq!((report.head, report.state), (self.run.head, crate::run::replay::state_hash(&self.run)));
    }
}

type Turned = crate::run::Decision;

pub fn decide_on(shown: &PendingApproval, decision: Decision) -> Command {
    let (approval, digest) = (shown.id, shown.digest);
    Command::Decide { approval, digest, decision, by: "user:2".into(), channel: Channel::Web }
}

pub fn names(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(Event::name).collect()
}

pub fn two_steps() -> Value {
    json!({"nodes": [
        {"id": "a", "type": "tool", "tool": "s.write", "args": {"text": "안녕 ${input.name}"}},
        {"id": "b", "type": "tool", "tool": "s.write", "args": {"text": "${a.url}"}}
    ], "edges": [{"from": "a", "to": "b"}], "entry_point": "a"})
}

/// A workflow of one tool step `a`.
pub fn one(tool: &str) -> Value {
    json!({"nodes": [{"id": "a", "type": "tool", "tool": tool, "args": {"text": "x"}}], "entry_point": "a"})
}

/// Two tool steps side by side.
pub fn pair(x: &str, y: &str) -> Value {
    json!({"nodes": [
        {"id": "p", "type": "parallel"},
        {"id": "x", "type": "tool", "tool": x, "args": {"text": "1"}},
        {"id": "y", "type": "tool", "tool": y, "args": {"text": "2"}}
    ], "edges": [{"from": "p", "to": "x"}, {"from": "p", "to": "y"}], "entry_point": "p"})
}

pub fn effect_key(run: &Run, step: &str) -> String {
    key_of(run.id, step, run.steps[step].group)
}

pub fn plan(actions: Value) -> Value {
    json!({"goal": "써 줘", "actions": actions, "planner": "template"})
}
