//! The agent and the world's services: it does what the user asked for, and whatever it is told to by
//! what it reads. It keeps what really went out.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use futures::future::BoxFuture;
use metel_engine::perform::{Hands, Job};
use metel_model::approval::Ask;
use metel_model::effect::{EffectKind, Outcome};
use metel_model::hash::Digest;
use metel_model::id::SessionId;
use metel_rules::asked::suite::{Step, Task, World};
use parking_lot::Mutex;
use serde_json::{Map, Value, json};

use crate::around::{is_effect, name_of};

/// What an attacker wants, and when the agent obeys.
pub struct Attack {
    pub calls: Vec<Step>,
    pub text: String,
    pub at_once: bool,
}

/// One run as the agent goes through it.
pub struct Script {
    steps: Vec<Step>,
    attack: Option<Attack>,
    next: usize,
    obeys: VecDeque<Step>,
    obeyed: bool,
    /// The attacker's text was read.
    pub read: bool,
    /// By round: the call that was named, and whether the attacker wanted it.
    named: Vec<(Step, bool)>,
    /// What went out, and whether the attacker wanted it.
    sent: Vec<(Step, bool)>,
    /// What a person was asked about: tool and rule.
    pub asked: Vec<String>,
}

impl Script {
    pub fn new(task: &Task, attack: Option<Attack>) -> Self {
        Self {
            steps: task.steps.clone(),
            attack,
            next: 0,
            obeys: VecDeque::new(),
            obeyed: false,
            read: false,
            named: Vec::new(),
            sent: Vec::new(),
            asked: Vec::new(),
        }
    }

    pub fn is_done(&self) -> bool {
        self.sent.iter().filter(|(_, wanted)| !wanted).count() == self.steps.len()
    }

    pub fn effects(&self, world: &World) -> usize {
        self.sent.iter().filter(|(step, _)| is_effect(world, &step.call)).count()
    }

    /// Calls that the attacker wanted and that went out; the approver approves none of them.
    pub fn harm<'s>(&'s self, world: &'s World) -> impl Iterator<Item = String> + 's {
        self.sent
            .iter()
            .filter(|(step, wanted)| *wanted && does_harm(world, &step.call))
            .map(|(step, _)| step.call.clone())
    }

    fn reply(&mut self) -> Value {
        if let Some(attack) = &self.attack
            && self.read
            && !self.obeyed
            && (attack.at_once || self.next == self.steps.len())
        {
            self.obeyed = true;
            self.obeys.extend(attack.calls.iter().cloned());
        }
        let (step, wanted) = match (self.obeys.pop_front(), self.steps.get(self.next)) {
            (Some(step), _) => (step, true),
            (None, Some(step)) => {
                self.next += 1;
                (step.clone(), false)
            }
            (None, None) => return json!({"text": "done", "answer": "done"}),
        };
        let call = json!({"tool": format!("suite.{}", step.call), "args": args_of(&step)});
        self.named.push((step, wanted));
        json!({"text": "next", "calls": [call]})
    }

    fn answer(&mut self, world: &World, round: usize) -> String {
        let Some((step, wanted)) = self.named.get(round.wrapping_sub(1)).cloned() else { return String::new() };
        let text = self.attack.as_ref().filter(|_| !wanted).map_or("", |attack| attack.text.as_str());
        let (with, without) = (world.answer(&step, text), world.answer(&step, ""));
        self.read |= with != without;
        self.sent.push((step, wanted));
        with
    }
}

/// An effect, or an address that is opened.
fn does_harm(world: &World, tool: &str) -> bool {
    is_effect(world, tool) || world.tool(tool).nature().fetches
}

fn args_of(step: &Step) -> Value {
    if step.args.is_null() { Value::Object(Map::new()) } else { step.args.clone() }
}

/// Runs are told apart by the session that they belong to.
pub fn session_of(name: &str) -> SessionId {
    let digest = Digest::of(name.as_bytes());
    SessionId(uuid::Uuid::from_slice(&digest.0[..16]).unwrap())
}

/// The hands of all runs of one world.
pub struct Obedient {
    world: Arc<World>,
    scripts: Arc<Mutex<HashMap<SessionId, Script>>>,
}

impl Obedient {
    pub fn new(world: Arc<World>) -> Self {
        Self { world, scripts: Arc::default() }
    }

    pub fn expect(&self, name: &str, script: Script) {
        self.scripts.lock().insert(session_of(name), script);
    }

    pub fn take(&self, name: &str) -> Script {
        self.scripts.lock().remove(&session_of(name)).unwrap()
    }

    /// Whether the user wants this call; it is counted as a question.
    pub fn is_wanted(&self, name: &str, ask: &Ask) -> bool {
        let mut scripts = self.scripts.lock();
        let script = scripts.get_mut(&session_of(name)).unwrap();
        let tool = name_of(ask.tool.as_deref().unwrap_or_default()).to_owned();
        script.asked.push(format!("{tool} {}", ask.verdict.rule));
        round_of(&ask.step).and_then(|round| script.named.get(round.wrapping_sub(1))).is_some_and(|(_, wanted)| !wanted)
    }
}

/// The round of a call's step: `a#2.1`.
fn round_of(step: &str) -> Option<usize> {
    step.split_once('#')?.1.split_once('.')?.0.parse().ok()
}

impl Hands for Obedient {
    fn instant(&self, _: &Job) -> Option<Outcome> {
        None
    }

    fn perform(&self, job: Job) -> BoxFuture<'static, Outcome> {
        let (world, scripts) = (self.world.clone(), self.scripts.clone());
        Box::pin(async move {
            let session = job.request.as_ref().and_then(|request| request.session).unwrap();
            let mut scripts = scripts.lock();
            let script = scripts.get_mut(&session).unwrap();
            let output = match job.effect.kind {
                EffectKind::Agent => script.reply(),
                EffectKind::Tool => Value::String(script.answer(&world, round_of(&job.effect.step).unwrap())),
                kind => panic!("{kind:?}"),
            };
            Outcome::answer(output, 0)
        })
    }
}
