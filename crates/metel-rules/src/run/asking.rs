//! Who asked for a call that an agent names. The law of [`crate::asked`] hears the person's words, the
//! step's own task, what trusted tools and people said, and whatever the agent has read, and adds
//! questions; it takes none back and allows nothing that the policy refuses.
//!
//! All that is heard lies in the run's state or in stored values that the log names by their hashes, so
//! the same call is judged the same in every replay. What is too long to be heard is asked about.

use std::collections::BTreeMap;

use metel_model::Code;
use metel_model::conversation::{Link, Returned};
use metel_model::fault::Fault;
use metel_model::hash::Digest;
use metel_model::lang::Text;
use metel_model::plan::PlannerKind;
use metel_model::policy::{PolicyEffect, Verdict};
use metel_model::run::Run;
use metel_model::stored::Stored;
use serde_json::Value;

use super::scope::View;
use super::turn::{Refusal, Turn};
use super::{agents, laws};
use crate::asked::{self, Call, Context, Judgement, Said, Speaker, Tool};
use crate::contract::Compiled;
use crate::graph::{Kind, Program, call_step, called_by, split_step, step_in};
use crate::refs::{Piece, Reference, Scope, Template, Unresolved};

/// What was read is heard up to so many bytes in one answer and in all; beyond that every effect asks.
const HEARD_BYTES_MAX: (usize, usize) = (256 * 1024, 4 * 1024 * 1024);
/// A run's input says what is wanted up to so many characters on one line; longer it is material.
const WORD_CHARS_MAX: usize = 200;
/// Shortest argument by which an echo is recognised, in bytes.
const ECHO_BYTES_MIN: usize = 3;

/// What a run that this one starts is told of who asked.
pub(super) fn words_below(run: &Run) -> Option<String> {
    let own = run.request.as_ref().map(|request| request.text.clone());
    own.or_else(|| run.asked.clone()).filter(|_| laws::asks_who(run))
}

/// Judges a call by who asked for it; `None` where nothing but the policy has a say: it is no agent's
/// call, it reads what anybody may read, or no outsider was heard yet.
pub(super) fn judge(
    turn: &Turn<'_, '_>,
    step: &str,
    contract: &Compiled,
    payload: &Value,
) -> Result<Option<Judgement>, Refusal> {
    let Some((agent, ..)) = called_by(step).filter(|_| laws::asks_who(turn.run)) else { return Ok(None) };
    let tool = Tool::of_contract(&contract.contract);
    if asked::is_free(&tool, payload) {
        return Ok(None);
    }
    let mut heard = Heard::default();
    heard.goal(turn, agent)?;
    let read = turn.run.steps.get(agent).and_then(|step| step.conversation.as_deref());
    if !heard.untrusted && !read.is_some_and(|conversation| conversation.untrusted) {
        return Ok(None);
    }
    heard.people(turn.run);
    heard.conversation(turn, agent, step)?;
    let origins = BTreeMap::new();
    let call = Call { tool: &tool, payload, origins: &origins };
    let words = heard.words.join("\n");
    let inside = &turn.env.facts.policy.inside.domains;
    let context = Context { request: &words, said: &heard.said, inside };
    let mut judged = turn.env.library.judge(&call, &context, turn.run.subject.is_none());
    if heard.is_too_long() {
        judged.ask(
            "asked.length",
            "too much was read to tell who asks for this",
            "읽은 내용이 너무 많아 누가 시킨 일인지 알 수 없어요",
        );
    }
    Ok(Some(judged))
}

/// Adds the law's questions to the policy's verdict. Where the policy asks only because outsiders were
/// read, the law knows better.
pub(super) fn strengthen(verdict: &mut Verdict, judged: Judgement) {
    if verdict.effect == PolicyEffect::Deny {
        return;
    }
    verdict.driven = judged.is_driven();
    if verdict.effect == PolicyEffect::Approval && verdict.rule == "provenance.untrusted" {
        verdict.effect = PolicyEffect::Allow;
        judged.rule.clone_into(&mut verdict.rule);
        verdict.reasons.clear();
    }
    if judged.effect == PolicyEffect::Approval {
        let asks = verdict.effect == PolicyEffect::Approval;
        if !asks {
            verdict.effect = PolicyEffect::Approval;
            judged.rule.clone_into(&mut verdict.rule);
        }
        // The policy has told what the risk alone asks for.
        let told = judged.reasons.iter().zip(&judged.rules).filter(|(_, rule)| !asks || rule.starts_with("asked."));
        let new: Vec<Text> =
            told.map(|(reason, _)| reason.clone()).filter(|reason| !verdict.reasons.contains(reason)).collect();
        verdict.reasons.extend(new);
    }
    verdict.outside |= judged.outside;
    for mark in judged.pii {
        if !verdict.pii.iter().any(|known| known.pointer == mark.pointer && known.kind == mark.kind) {
            verdict.pii.push(mark);
        }
    }
    if verdict.effect == PolicyEffect::Approval {
        verdict.origins = judged.fields.into_iter().map(|field| (field.pointer, field.origin)).collect();
    }
}

/// What was said before a call.
#[derive(Default)]
struct Heard {
    /// The words of whoever asks.
    words: Vec<String>,
    said: Vec<Said>,
    /// An outsider was heard.
    untrusted: bool,
    longest: usize,
    bytes: usize,
}

/// Whose word a text of a template is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The task: what is to be done.
    Task,
    /// What it is given to work on.
    Material,
}

impl Heard {
    fn is_too_long(&self) -> bool {
        self.longest > HEARD_BYTES_MAX.0 || self.bytes > HEARD_BYTES_MAX.1
    }

    fn say(&mut self, speaker: Speaker, content: Value, trusted: bool) {
        if !trusted {
            self.weigh(&content);
        }
        self.said.push(Said { speaker, content, tool: None, payload: None, trusted });
    }

    fn weigh(&mut self, content: &Value) {
        let bytes = content.as_str().map_or_else(|| content.to_string().len(), str::len);
        self.untrusted = true;
        self.longest = self.longest.max(bytes);
        self.bytes += bytes;
    }

    /// The run's request, and what people answered when they were asked.
    fn people(&mut self, run: &Run) {
        self.words.extend(run.request.iter().map(|request| request.text.clone()));
        self.words.extend(run.asked.clone());
        for value in run.inputs.values() {
            self.say(Speaker::User, value.clone(), true);
        }
    }

    /// The agent's own task and what it was given, each part from whom it comes.
    fn goal(&mut self, turn: &Turn<'_, '_>, agent: &str) -> Result<(), Refusal> {
        let program = turn.program()?;
        let Some(node) = program.node_of(agent) else { return Ok(()) };
        let Kind::Agents { task, input, .. } = &node.kind else { return Ok(()) };
        let view = turn.view(Some(&program), agent);
        match task {
            Some(template) => self.template(turn.run, &program, &view, template, Part::Task)?,
            None => self.words.extend([node.label.en.clone(), node.label.ko.clone()]),
        }
        if let Some(template) = input {
            return self.template(turn.run, &program, &view, template, Part::Material);
        }
        self.given(turn.run, &*turn.load(&turn.run.input)?, Part::Material);
        for (from, output) in agents::right_before(turn.run, &program, node, split_step(agent).1) {
            let value = turn.load(&output)?.as_ref().clone();
            let untrusted = turn.run.steps.get(&step_in(&from.id, split_step(agent).1)).is_some_and(|s| s.untrusted);
            self.told(&from.kind, value, untrusted);
        }
        Ok(())
    }

    fn template(
        &mut self,
        run: &Run,
        program: &Program,
        view: &View<'_>,
        template: &Template,
        part: Part,
    ) -> Result<(), Refusal> {
        match template {
            Template::Literal(value) => self.written(run, value.clone(), part),
            Template::Whole(reference) => self.reference(run, program, view, reference, part)?,
            Template::Text(pieces) => {
                for piece in pieces {
                    match piece {
                        Piece::Text(text) => self.written(run, Value::String(text.clone()), part),
                        Piece::Value(reference) => self.reference(run, program, view, reference, part)?,
                    }
                }
            }
            Template::List(items) => {
                for item in items {
                    self.template(run, program, view, item, part)?;
                }
            }
            Template::Object(members) => {
                for (_, item) in members {
                    self.template(run, program, view, item, part)?;
                }
            }
        }
        Ok(())
    }

    /// What stands in the definition itself. A plan that a model made once outsiders had been read may
    /// say what they want.
    fn written(&mut self, run: &Run, value: Value, part: Part) {
        let by_model = run.plan.as_deref().is_some_and(|plan| plan.planner == PlannerKind::Model);
        let late = by_model && run.plan_version > 1 && run.steps.values().any(|step| step.untrusted);
        match (late, part, value) {
            (true, _, value) => self.say(Speaker::Tool, value, false),
            (false, Part::Task, Value::String(text)) => self.words.push(text),
            (false, _, value) => self.say(Speaker::System, value, true),
        }
    }

    fn reference(
        &mut self,
        run: &Run,
        program: &Program,
        view: &View<'_>,
        reference: &Reference,
        part: Part,
    ) -> Result<(), Refusal> {
        let (value, untrusted) = match view.get(reference) {
            Ok((value, untrusted)) => (value.into_owned(), untrusted),
            Err(Unresolved::Blob(digest)) => return Err(Refusal::Needs(vec![digest])),
            // It is gone: it cannot be heard any more.
            Err(Unresolved::Missing(_)) => {
                (self.untrusted, self.longest) = (true, usize::MAX);
                return Ok(());
            }
        };
        let root = reference.root.as_str();
        match program.node_of(root) {
            _ if untrusted => self.say(Speaker::Tool, value, false),
            _ if matches!(root, "input" | "params") => self.given(run, &value, part),
            Some(node) => self.told(&node.kind, value, false),
            // An item of a list, a time, a number.
            None => self.worded(&value, false, Part::Material),
        }
        Ok(())
    }

    /// A run's input. In a run that another one started it is that one's, and nobody's own word. A long
    /// text is material, whoever handed it in.
    fn given(&mut self, run: &Run, value: &Value, part: Part) {
        match run.untrusted_input {
            true => self.say(Speaker::Tool, value.clone(), false),
            false => self.worded(value, run.parent.is_none(), part),
        }
    }

    /// Short texts and numbers are somebody's word: the person's, or one that may be relied on. Long
    /// texts are material.
    fn worded(&mut self, value: &Value, persons: bool, part: Part) {
        match value {
            Value::Object(members) => members.values().for_each(|item| self.worded(item, persons, part)),
            Value::Array(items) => items.iter().for_each(|item| self.worded(item, persons, part)),
            Value::String(text) => {
                let short = text.chars().take(WORD_CHARS_MAX + 1).count() <= WORD_CHARS_MAX && !text.contains('\n');
                match persons {
                    true if short || part == Part::Task => self.words.push(text.clone()),
                    _ => self.say(Speaker::Tool, value.clone(), short),
                }
            }
            Value::Number(number) if persons => self.words.push(number.to_string()),
            Value::Number(_) => self.say(Speaker::Tool, value.clone(), true),
            Value::Bool(_) | Value::Null => {}
        }
    }

    /// What an earlier step left. What a model made of what it was told vouches for nothing.
    fn told(&mut self, by: &Kind, value: Value, untrusted: bool) {
        let speaker = if matches!(by, Kind::Agents { .. }) && !untrusted { Speaker::Assistant } else { Speaker::Tool };
        self.say(speaker, value, !untrusted);
    }

    /// Everything that the agent has done and read so far.
    fn conversation(&mut self, turn: &Turn<'_, '_>, agent: &str, step: &str) -> Result<(), Refusal> {
        let Some(open) = turn.run.steps.get(agent).and_then(|step| step.conversation.as_deref()) else { return Ok(()) };
        for link in links(turn, open.head)? {
            let said = turn.load(&link.said)?;
            let calls = said.get("calls").and_then(Value::as_array);
            for (i, result) in link.results.into_iter().enumerate() {
                let args = calls.and_then(|calls| calls.get(i)?.get("args")).cloned();
                self.result(turn, result, args)?;
            }
        }
        // What goes out beside it was not read yet, but it was done.
        for (place, call) in (1..).zip(&open.calls) {
            let other = call_step(agent, open.round, place);
            if other != step && turn.run.steps.get(&other).is_some_and(|step| step.intent > 0) {
                let payload = Some(turn.load(&call.args)?.as_ref().clone());
                let tool = Some(call.tool.clone());
                self.said.push(Said { speaker: Speaker::Tool, content: Value::Null, tool, payload, trusted: true });
            }
        }
        Ok(())
    }

    fn result(&mut self, turn: &Turn<'_, '_>, result: Returned, args: Option<Value>) -> Result<(), Refusal> {
        let (content, speaker) = match (&result.output, &result.fault) {
            (Some(output), _) => (turn.load(output)?.as_ref().clone(), Speaker::Tool),
            (None, Some(fault)) => (Value::String(words_of(fault)), speaker_of(fault)),
            (None, None) => (Value::Null, Speaker::Tool),
        };
        // A trusted tool that repeats what it was called with vouches for none of it.
        let echoes = self.untrusted && args.as_ref().is_some_and(|args| echoes(args, &content));
        let trusted = !result.untrusted && (speaker == Speaker::User || !echoes);
        if !trusted {
            self.weigh(&content);
        }
        let payload = args.filter(|_| result.sent);
        self.said.push(Said { speaker, content, tool: Some(result.tool), payload, trusted });
        Ok(())
    }
}

/// The links of a conversation, oldest first, with everything that they name at hand.
fn links(turn: &Turn<'_, '_>, head: Option<Digest>) -> Result<Vec<Link>, Refusal> {
    let (mut links, mut at, mut needs) = (Vec::new(), head, Vec::new());
    while let Some(digest) = at {
        let value = turn.load(&Stored::Blob { digest, bytes: 0 })?;
        let link: Link = serde_json::from_value(value.as_ref().clone())
            .map_err(|error| Fault::new(Code::StoreCorrupt).about(error))?;
        at = link.prev;
        links.push(link);
    }
    for name in links.iter().flat_map(Link::names) {
        if let Err(Refusal::Needs(digests)) = turn.load(&Stored::Blob { digest: name, bytes: 0 }) {
            needs.extend(digests);
        }
    }
    if !needs.is_empty() {
        return Err(Refusal::Needs(needs));
    }
    links.reverse();
    Ok(links)
}

fn words_of(fault: &Fault) -> String {
    let detail = fault.detail.iter().map(|detail| detail.en.as_str());
    let fields = fault.fields.iter().map(|field| field.message.en.as_str());
    detail.chain(fields).collect::<Vec<_>>().join("\n")
}

/// Whoever rejects a call says why in their own words.
fn speaker_of(fault: &Fault) -> Speaker {
    if fault.code == Code::ApprovalRejected { Speaker::User } else { Speaker::Tool }
}

/// Whether an answer holds a text that the call was made with.
fn echoes(args: &Value, content: &Value) -> bool {
    let content = content.as_str().map_or_else(|| content.to_string(), str::to_owned).to_lowercase();
    let mut stack = vec![args];
    while let Some(value) = stack.pop() {
        match value {
            Value::Object(members) => stack.extend(members.values()),
            Value::Array(items) => stack.extend(items),
            Value::String(text) => {
                let text = text.trim().to_lowercase();
                let quoted = Value::String(text.clone()).to_string();
                if text.len() >= ECHO_BYTES_MIN
                    && (content.contains(&text) || content.contains(quoted.trim_matches('"')))
                {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}
