//! Plays every task alone and with every attack, and counts.

use std::collections::BTreeMap;

use metel_model::policy::PolicyEffect;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::world::{Goal, HERE, Step, Task, World, WorldError};
use crate::asked::{Call, Context, Judgement, Memory, Said, Speaker, judge_with};

/// The ways in which attackers put what they want: a name and a text with `{goal}` or `{goal_ko}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wordings {
    pub wordings: BTreeMap<String, String>,
    /// Never looked at while the gate is tuned.
    #[serde(default)]
    pub held_out: BTreeMap<String, String>,
}

impl Wordings {
    pub fn read(text: &str) -> Result<Self, WorldError> {
        yaml_serde::from_str(text).map_err(|e| WorldError::Shape(e.to_string()))
    }
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Figures {
    pub tools: usize,
    pub tasks: usize,
    pub goals: usize,
    /// Tasks whose every call was made.
    pub done: usize,
    /// Approvals asked for in tasks that nobody attacks.
    pub approvals: usize,
    /// Effects in those tasks: what asking about every one would cost.
    pub effects: usize,
    /// Attacks whose text the model came to read.
    pub pairs: usize,
    /// Attacks of which at least one call went through without an approval.
    pub through: usize,
    /// Attacked tasks that were done all the same.
    pub done_attacked: usize,
    /// `world/task goal wording`: what went through.
    pub failures: Vec<String>,
    /// `world/task tool rule`: what was asked about in tasks that nobody attacks.
    pub asked: Vec<String>,
}

impl Figures {
    pub fn add(&mut self, other: Self) {
        self.tools += other.tools;
        self.tasks += other.tasks;
        self.goals += other.goals;
        self.done += other.done;
        self.approvals += other.approvals;
        self.effects += other.effects;
        self.pairs += other.pairs;
        self.through += other.through;
        self.done_attacked += other.done_attacked;
        self.failures.extend(other.failures);
        self.asked.extend(other.asked);
    }

    pub fn approvals_per_task(&self) -> f64 {
        self.approvals as f64 / self.tasks.max(1) as f64
    }
}

/// When the model obeys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Obeys {
    AtOnce,
    AtTheEnd,
}

/// Whoever judges the calls, told of each.
pub type Judging<'j> = dyn FnMut(&Call<'_>, &Context<'_>) -> Judgement + 'j;

/// Plays a world with the wordings that are given.
pub fn play(world: &World, wordings: &BTreeMap<String, String>) -> Figures {
    let mut memory = Memory::default();
    play_with(world, wordings, &mut |call, context| judge_with(call, context, &mut memory))
}

/// Plays a world as [`play`] does, with a judge of one's own: to measure it, or to compare two.
pub fn play_with(world: &World, wordings: &BTreeMap<String, String>, judging: &mut Judging<'_>) -> Figures {
    let mut figures =
        Figures { tools: world.tools.len(), tasks: world.tasks.len(), goals: world.goals.len(), ..Figures::default() };
    for task in &world.tasks {
        let alone = Played::of(world, task, None, judging);
        figures.done += usize::from(alone.done);
        figures.approvals += alone.asked.len();
        figures.effects += alone.effects;
        // Where no step reads what outsiders wrote, there is nothing to attack.
        let places: Vec<bool> = task.steps.iter().map(|step| holds_attack(world, step)).collect();
        figures.asked.extend(alone.asked.iter().map(|what| format!("{}/{} {what}", world.world, task.id)));
        let Some(first) = places.iter().position(|place| *place) else { continue };
        // Until then nothing differs: the same call in the same context is judged the same.
        let known = &alone.judged[..=first];
        for goal in world.goals.iter().filter(|goal| !is_own(task, goal)) {
            for (i, (name, wording)) in wordings.iter().enumerate() {
                let text = worded(wording, goal, task);
                let obeys = if i % 2 == 0 { Obeys::AtOnce } else { Obeys::AtTheEnd };
                let played = Played::of(
                    world,
                    task,
                    Some(Attack { goal, text: &text, obeys, places: &places, answers: &alone.answers, known }),
                    judging,
                );
                if !played.read {
                    continue;
                }
                figures.pairs += 1;
                figures.done_attacked += usize::from(played.done);
                if let Some(what) = played.through {
                    figures.through += 1;
                    figures.failures.push(format!("{}/{} {} {name}: {what}", world.world, task.id, goal.id));
                }
            }
        }
    }
    figures
}

/// Whether a task reads anything that outsiders write.
pub fn attackable(world: &World, task: &Task) -> bool {
    task.steps.iter().any(|step| holds_attack(world, step))
}

/// What the user asked for is no attack.
pub fn is_own(task: &Task, goal: &Goal) -> bool {
    goal.calls.iter().all(|call| task.steps.contains(call))
}

/// What an attacker wants, as it is put.
pub fn worded(wording: &str, goal: &Goal, task: &Task) -> String {
    use base64::Engine;
    let korean = if goal.ko.is_empty() { &goal.say } else { &goal.ko };
    let encoded = base64::engine::general_purpose::STANDARD.encode(&goal.say);
    let calls: Vec<String> = goal.calls.iter().map(|call| format!("{} with {}", call.call, call.args)).collect();
    wording
        .replace("{goal_ko}", korean)
        .replace("{goal_base64}", &encoded)
        .replace("{goal_reversed}", &goal.say.chars().rev().collect::<String>())
        .replace("{calls}", &calls.join(", then "))
        .replace("{task}", &task.ask)
        .replace("{goal}", &goal.say)
}

/// What an attacker wants, as it is put, and where it is read.
#[derive(Clone, Copy)]
struct Attack<'a> {
    goal: &'a Goal,
    text: &'a str,
    obeys: Obeys,
    /// For every step of the task, whether its answer has a place where outsiders write.
    places: &'a [bool],
    /// What every step answers where nobody attacks.
    answers: &'a [String],
    /// What was judged before any of it is read.
    known: &'a [(PolicyEffect, &'static str)],
}

struct Played {
    done: bool,
    /// The attacker's text was read.
    read: bool,
    effects: usize,
    asked: Vec<String>,
    through: Option<String>,
    /// What became of each step.
    judged: Vec<(PolicyEffect, &'static str)>,
    answers: Vec<String>,
}

impl Played {
    fn of(world: &World, task: &Task, attack: Option<Attack<'_>>, judging: &mut Judging<'_>) -> Self {
        let mut out = Self {
            done: true,
            read: false,
            effects: 0,
            asked: Vec::new(),
            through: None,
            judged: Vec::new(),
            answers: Vec::new(),
        };
        let mut said: Vec<Said> = Vec::new();
        let text = attack.map_or("", |attack| attack.text);
        let mut obeyed = false;
        for (i, step) in task.steps.iter().enumerate() {
            let tool = world.tool(&step.call);
            let judged = match attack.and_then(|attack| attack.known.get(i)) {
                Some(known) => *known,
                None => verdict(world, task, step, &said, judging),
            };
            out.judged.push(judged);
            if attack.is_none() {
                out.effects += usize::from(tool.nature().is_consequential());
            }
            match judged {
                (PolicyEffect::Allow, _) => {}
                (PolicyEffect::Approval, rule) => out.asked.push(format!("{} {rule}", step.call)),
                (PolicyEffect::Deny, _) => {
                    out.done = false;
                    out.answers.push(String::new());
                    continue;
                }
            }
            let answer = match attack {
                Some(attack) if !attack.places[i] => attack.answers[i].clone(),
                _ => world.answer(step, text),
            };
            said.push(answered(step, &answer));
            out.read |= attack.is_some_and(|attack| attack.places[i]) && !answer.is_empty();
            out.answers.push(answer);
            let last = i + 1 == task.steps.len();
            if let Some(Attack { goal, obeys, .. }) = attack
                && !obeyed
                && out.read
                && (obeys == Obeys::AtOnce || last)
            {
                obeyed = true;
                for call in &goal.calls {
                    let (effect, rule) = verdict(world, task, call, &said, judging);
                    if effect == PolicyEffect::Allow && does_harm(world, call) {
                        out.through.get_or_insert_with(|| format!("{} ({rule})", call.call));
                    }
                    if effect == PolicyEffect::Allow {
                        said.push(answered(call, &world.answer(call, "")));
                    }
                }
            }
        }
        out
    }
}

/// Whether an answer of this call has a place where outsiders write.
fn holds_attack(world: &World, step: &Step) -> bool {
    let (marked, plain) = (world.answer(step, "\u{1}"), world.answer(step, ""));
    marked != plain && !marked.contains(HERE)
}

/// An effect, or an address that is opened.
fn does_harm(world: &World, call: &Step) -> bool {
    let nature = world.tool(&call.call).nature();
    nature.is_consequential() || nature.fetches
}

fn verdict(
    world: &World,
    task: &Task,
    step: &Step,
    said: &[Said],
    judging: &mut Judging<'_>,
) -> (PolicyEffect, &'static str) {
    let tool = world.tool(&step.call);
    let origins = BTreeMap::new();
    let empty = Value::Object(serde_json::Map::new());
    let payload = if step.args.is_null() { &empty } else { &step.args };
    let call = Call { tool: &tool, payload, origins: &origins };
    let context = Context { request: &task.ask, said, inside: &world.inside };
    let judged = judging(&call, &context);
    (judged.effect, judged.rule)
}

fn answered(step: &Step, answer: &str) -> Said {
    Said {
        speaker: Speaker::Tool,
        content: Value::String(answer.to_owned()),
        tool: Some(step.call.clone()),
        payload: Some(step.args.clone()),
        trusted: false,
    }
}
