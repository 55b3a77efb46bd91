//! The services outside: calls travel over a wire that may delay and lose them and their answers, and act
//! once they arrive, whatever has become of the sender. What happened there is kept in a ledger of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use metel_model::code::Code;
use metel_model::contract::Idempotency;
use metel_model::effect::{Certainty, EffectKind, Outcome};
use metel_model::fault::Fault;
use metel_model::id::RunId;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::altered::Altered;
use super::tools;
use metel_sim::Dice;
use metel_sim::Story;

/// Longest time on the way to a service, in milliseconds: shorter than what a worker gives its calls up
/// before its lease is over.
const WAY_MAX_MS: u64 = 900;

/// A call as it is sent.
#[derive(Debug, Clone)]
pub struct Call {
    pub process: usize,
    pub run: RunId,
    pub step: String,
    pub intent: u32,
    pub kind: EffectKind,
    pub tool: String,
    pub key: String,
    /// JSON text.
    pub payload: String,
}

/// A call that arrived.
#[derive(Debug, Clone)]
pub struct Arrived {
    pub at: u64,
    pub call: Call,
    /// It had an effect of its own, beyond what one of the same key had before.
    pub acted: bool,
}

/// An answer that reached whoever called, to be heard once more.
#[derive(Debug, Clone)]
pub struct Heard {
    pub run: RunId,
    pub step: String,
    pub intent: u32,
    pub outcome: Outcome,
}

enum Travels {
    Call(Call, How, oneshot::Sender<Outcome>),
    Answer(Call, Box<Outcome>, oneshot::Sender<Outcome>),
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Good,
    Refused429,
    /// Before acting, and after.
    Broken(bool),
    NotFound,
    /// The answer never comes; whether it acts.
    Lost(bool),
    Unreachable,
    /// The answer cannot be read.
    Garbled,
}

#[derive(Clone)]
pub struct Services(Arc<Mutex<Inner>>);

struct Inner {
    dice: Dice,
    story: Story,
    altered: Altered,
    faulty: bool,
    way: BTreeMap<(u64, u64), Travels>,
    sent: u64,
    arrived: Vec<Arrived>,
    /// Tool and key of what acted.
    held: BTreeSet<(String, String)>,
    heard: Vec<Heard>,
    /// Keys that were asked about while a call was still on its way.
    asked_early: BTreeSet<String>,
}

impl Services {
    pub fn new(dice: Dice, story: Story, altered: Altered) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            dice,
            story,
            altered,
            faulty: true,
            way: BTreeMap::new(),
            sent: 0,
            arrived: Vec::new(),
            held: BTreeSet::new(),
            heard: Vec::new(),
            asked_early: BTreeSet::new(),
        })))
    }

    /// Sends a call; the answer comes by the receiver, or never.
    pub fn send(&self, mut call: Call) -> oneshot::Receiver<Outcome> {
        let mut inner = self.0.lock();
        let (answer, wait) = oneshot::channel();
        if inner.altered == Altered::NewKeyEachTime && call.kind == EffectKind::Tool {
            call.key = format!("{}-{}", call.key, call.intent);
        }
        let how = inner.how(&call);
        let delay = match inner.dice.below(20) {
            0..=12 => inner.dice.within(1, 40),
            13..=17 => inner.dice.within(40, 300),
            _ => inner.dice.within(300, WAY_MAX_MS),
        };
        let travels = match how {
            How::Unreachable => {
                let fault = Fault::new(Code::NetworkFailed);
                Travels::Answer(call, Box::new(Outcome::fault(fault, Certainty::Certain, delay)), answer)
            }
            how => Travels::Call(call, how, answer),
        };
        inner.put(delay, travels);
        wait
    }

    /// Lets everything arrive that is due.
    pub fn advance(&self) {
        let mut inner = self.0.lock();
        let now = inner.story.now();
        while let Some(entry) = inner.way.first_entry() {
            if entry.key().0 > now {
                return;
            }
            match entry.remove() {
                Travels::Call(call, how, answer) => inner.arrive(call, how, answer),
                Travels::Answer(call, outcome, answer) => {
                    if answer.send(outcome.as_ref().clone()).is_ok() {
                        let Call { run, step, intent, .. } = call;
                        inner.heard.push(Heard { run, step, intent, outcome: *outcome });
                    }
                }
            }
        }
    }

    /// When the next thing arrives.
    pub fn next(&self) -> Option<u64> {
        self.0.lock().way.first_key_value().map(|((at, _), _)| *at)
    }

    pub fn heal(&self) {
        self.0.lock().faulty = false;
    }

    pub fn arrived(&self) -> Vec<Arrived> {
        self.0.lock().arrived.clone()
    }

    pub fn asked_early(&self) -> BTreeSet<String> {
        self.0.lock().asked_early.clone()
    }

    /// One of the newest answers that were heard.
    pub fn heard(&self, dice: &mut Dice) -> Option<Heard> {
        let inner = self.0.lock();
        let from = inner.heard.len().saturating_sub(12);
        (!inner.heard.is_empty()).then(|| dice.pick(&inner.heard[from..]).clone())
    }

    /// What somebody who looks finds: whether the call of this key happened; `None` while one is on its way.
    pub fn looked_up(&self, tool: &str, key: &str) -> Option<bool> {
        let inner = self.0.lock();
        match inner.is_on_way(key) {
            true => None,
            false => Some(inner.held.contains(&(tool.to_owned(), key.to_owned()))),
        }
    }
}

pub fn answer_of(key: &str) -> Value {
    json!({ "url": format!("https://s.example/{key}") })
}

impl Inner {
    fn put(&mut self, after: u64, travels: Travels) {
        self.sent += 1;
        let at = self.story.now() + after;
        self.way.insert((at, self.sent), travels);
    }

    fn is_on_way(&self, key: &str) -> bool {
        let same = |travels: &Travels| {
            matches!(travels, Travels::Call(call, how, _)
                if call.key == key && call.kind == EffectKind::Tool && acts(*how))
        };
        self.way.values().any(same)
    }

    fn how(&mut self, call: &Call) -> How {
        if !self.faulty || !self.dice.percent(28) {
            return How::Good;
        }
        let asks = call.kind == EffectKind::Reconcile;
        match self.dice.below(16) {
            0..=2 => How::Broken(false),
            3..=5 if !asks => How::Broken(true),
            6..=8 => How::Lost(false),
            9..=11 if !asks => How::Lost(true),
            12 => How::Refused429,
            13 => How::Unreachable,
            14 => How::Garbled,
            15 if self.dice.percent(50) => How::NotFound,
            _ => How::Good,
        }
    }

    fn arrive(&mut self, call: Call, how: How, answer: oneshot::Sender<Outcome>) {
        let now = self.story.now();
        if how != How::Good {
            self.story.tell(format!("{} « {} {}: {how:?}", call.tool, call.run.short(), call.step));
        }
        let agent = call.kind == EffectKind::Agent;
        let mut outcome = match call.kind {
            EffectKind::Tool => {
                let place = (call.tool.clone(), call.key.clone());
                let again = !matches!(tools::idempotency(&call.tool), Idempotency::None { .. });
                let acted = acts(how) && !(again && self.held.contains(&place));
                if acts(how) {
                    self.held.insert(place);
                }
                self.arrived.push(Arrived { at: now, call: call.clone(), acted });
                good(answer_of(&call.key))
            }
            EffectKind::Reconcile => {
                if self.is_on_way(&call.key) {
                    self.asked_early.insert(call.key.clone());
                }
                let held = self.held.contains(&(call.tool.clone(), call.key.clone()));
                let blind = self.altered == Altered::NeverFound;
                let found = if held && !blind { answer_of(&call.key) } else { Value::Null };
                good(json!({ "found": found }))
            }
            _ => Outcome::answer(json!({ "text": "생각했어요" }), 5),
        };
        let fault = |code: Code, certainty: Certainty| Outcome::fault(Fault::new(code), certainty, 20);
        // Whoever asks judges the answer: a bad one comes back as a fault.
        let plain = agent || call.kind == EffectKind::Reconcile;
        let mut wait = match self.dice.below(30) {
            0..=22 => self.dice.within(1, 60),
            23..=28 => self.dice.within(60, 2_000),
            _ if self.faulty => self.dice.within(2_000, 25_000),
            _ => 1,
        };
        match how {
            How::Good | How::Unreachable => {}
            How::Refused429 if plain => outcome = fault(Code::Overloaded, Certainty::Certain),
            How::Refused429 => {
                let after = self.dice.within(100, 4_000);
                outcome = Outcome { status: Some(429), retry_after_ms: Some(after), ..Outcome::answer(json!({}), 1) };
            }
            How::Broken(_) if plain => outcome = fault(Code::ToolFailed, Certainty::Certain),
            How::Broken(_) => outcome = Outcome { status: Some(500), ..Outcome::answer(json!({}), 1) },
            How::NotFound if plain => outcome = fault(Code::ToolFailed, Certainty::Certain),
            How::NotFound => outcome = Outcome { status: Some(404), ..Outcome::answer(json!({}), 1) },
            How::Garbled if plain => outcome = fault(Code::ModelBadAnswer, Certainty::Certain),
            How::Garbled => outcome = fault(Code::ToolBadAnswer, Certainty::Ambiguous),
            How::Lost(_) => {
                outcome = fault(Code::ToolTimeout, Certainty::Ambiguous);
                wait = self.dice.within(1_000, 20_000);
            }
        }
        self.put(wait, Travels::Answer(call, Box::new(outcome), answer));
    }
}

fn acts(how: How) -> bool {
    matches!(how, How::Good | How::Broken(true) | How::Lost(true) | How::Garbled)
}

fn good(output: Value) -> Outcome {
    Outcome { status: Some(200), ..Outcome::answer(output, 5) }
}
