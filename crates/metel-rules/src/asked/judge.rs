//! The judgement on one call, with everything that led to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use metel_model::lang::Text;
use metel_model::policy::{PiiMark, PolicyEffect};
use metel_model::provenance::Origin;
use metel_model::status::Risk;
use serde::Serialize;
use serde_json::Value;

use super::act::{Acts, covering};
use super::directive::{self, Sign, Wish};
use super::field::{LEAVES_MAX, Leaf, Role, leaves, looks_like_address};
use super::memory::Memory;
use super::record::Doc;
use super::thing;
use super::tool::{Nature, Tool};
use super::trace::Sought;
use super::user::Words;
use super::vouch::{self, Sources, Vouched, text_of};
use crate::pii;

/// A call that somebody wants to make.
#[derive(Debug, Clone, Copy)]
pub struct Call<'c> {
    pub tool: &'c Tool,
    pub payload: &'c Value,
    /// What is known already of where values come from, by pointer.
    pub origins: &'c BTreeMap<String, Origin>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    User,
    System,
    Assistant,
    Tool,
}

/// One message before the call.
#[derive(Debug, Clone)]
pub struct Said {
    pub speaker: Speaker,
    pub content: Value,
    /// The tool that answered, and what it was called with.
    pub tool: Option<String>,
    pub payload: Option<Value>,
    /// Outsiders cannot have written it.
    pub trusted: bool,
}

/// What the call stands in.
#[derive(Debug, Clone, Copy)]
pub struct Context<'c> {
    /// The user's request.
    pub request: &'c str,
    pub said: &'c [Said],
    /// Mail domains of the workspace's own.
    pub inside: &'c [String],
}

/// How one value of the payload stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldView {
    pub pointer: String,
    /// `target`, `exact`, `prose`, `setting`, `amount`.
    pub role: &'static str,
    pub origin: Origin,
    /// The user, or somebody whom the user's words lead to, vouches for it.
    pub vouched: bool,
    /// A person should look at it.
    pub highlight: bool,
}

/// What is decided, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    pub effect: PolicyEffect,
    /// The rule that decided: `risk.write`, `asked.target` …
    pub rule: &'static str,
    pub reasons: Vec<Text>,
    /// The rule of each reason.
    pub rules: Vec<&'static str>,
    pub risk: Vec<Risk>,
    pub acts: Acts,
    /// Untrusted content was read before.
    pub tainted: bool,
    /// The user's words cover the call.
    pub asked: bool,
    pub fields: Vec<FieldView>,
    pub signs: Vec<Sign>,
    pub pii: Vec<PiiMark>,
    pub outside: bool,
}

impl Judgement {
    pub(crate) fn ask(&mut self, rule: &'static str, en: impl Into<String>, ko: impl Into<String>) {
        if self.effect == PolicyEffect::Allow {
            self.effect = PolicyEffect::Approval;
            self.rule = rule;
        }
        self.rules.push(rule);
        self.reasons.push(Text::new(en, ko));
    }

    /// Content drove it: a person is asked for another reason than the risk alone.
    pub fn is_driven(&self) -> bool {
        self.rules.iter().any(|rule| rule.starts_with("asked."))
    }

    /// Pointers that come from content which outsiders may have written.
    pub fn untrusted(&self) -> Vec<String> {
        self.fields.iter().filter(|f| f.origin == Origin::UntrustedTool).map(|f| f.pointer.clone()).collect()
    }
}

/// Judges a call. The same call in the same context is always judged the same.
pub fn judge(call: &Call<'_>, context: &Context<'_>) -> Judgement {
    judge_with(call, context, &mut Memory::default())
}

/// Judges a call as [`judge`] does, without reading again what the memory holds.
pub fn judge_with(call: &Call<'_>, context: &Context<'_>, memory: &mut Memory) -> Judgement {
    let nature = memory.nature(call.tool);
    let heard = Heard::of(call, context, memory);
    let creates = nature.acts.has(Acts::CREATE.or(Acts::POST));
    let leaves = leaves(call.payload, call.tool.audience.as_deref(), creates);
    let wishes = heard.wishes_for(&nature);
    let sources = heard.sources();
    // Where no outsider was heard, nothing is looked for.
    let sought_in = |leaf: &Leaf<'_>| match heard.untrusted.is_empty() {
        true => Sought::default(),
        false => Sought::of(&text_of(leaf.value), &heard.words),
    };
    let sought: Vec<Sought> = leaves.iter().map(sought_in).collect();
    let fields: Vec<FieldView> = leaves
        .iter()
        .zip(&sought)
        .map(|(leaf, sought)| view(leaf, sought, call, &nature, &sources, &wishes, !heard.signs.is_empty()))
        .collect();
    let outside =
        leaves.iter().any(|leaf| leaf.role == Role::Target && reaches_out(&text_of(leaf.value), context.inside))
            || nature.has(Risk::ExternalSend) && !inside_only(&leaves, context.inside);
    let mut out = Judgement {
        effect: PolicyEffect::Allow,
        rule: rule_of(&nature),
        reasons: Vec::new(),
        rules: Vec::new(),
        risk: nature.risk.clone(),
        acts: nature.acts,
        tainted: !heard.untrusted.is_empty() || call.origins.values().any(|origin| *origin == Origin::UntrustedTool),
        asked: true,
        fields,
        signs: heard.signs.clone(),
        pii: Vec::new(),
        outside,
    };
    if !nature.is_consequential() {
        reading(&mut out, &nature, &leaves, &sources);
        return out;
    }
    always(&mut out, &nature, call.payload, &leaves);
    if out.tainted {
        let about = About { nature: &nature, leaves: &leaves, sought: &sought, wishes: &wishes, heard: &heard, call };
        about.judge(&mut out);
    }
    out
}

/// What was said before, taken apart.
struct Heard<'h> {
    words: Arc<Words>,
    trusted: Vec<Arc<Doc>>,
    untrusted: Vec<Arc<Doc>>,
    signs: Vec<Sign>,
    said: &'h [Said],
}

impl<'h> Heard<'h> {
    fn of(call: &Call<'_>, context: &Context<'h>, memory: &mut Memory) -> Self {
        let of_user = context.said.iter().filter(|said| said.speaker == Speaker::User && said.trusted);
        let spoken: Vec<String> = of_user.map(|said| text_of(&said.content)).collect();
        let words = memory.words(std::iter::once(context.request).chain(spoken.iter().map(String::as_str)));
        let mut names: Vec<&str> = context.said.iter().filter_map(|said| said.tool.as_deref()).collect();
        names.push(&call.tool.name);
        let (mut trusted, mut untrusted) = (Vec::new(), Vec::new());
        for said in context.said {
            match (said.speaker, said.trusted) {
                (Speaker::Assistant, _) | (Speaker::User, true) => {}
                (_, true) => trusted.push(memory.doc(&said.content)),
                (_, false) => untrusted.push(memory.doc(&said.content)),
            }
        }
        let signs = untrusted.iter().filter_map(|doc| directive::sign(doc, &names)).collect();
        Self { words, trusted, untrusted, signs, said: context.said }
    }

    fn sources(&self) -> Sources<'_> {
        Sources {
            words: &self.words,
            trusted: &self.trusted,
            untrusted: &self.untrusted,
            strict: !self.signs.is_empty(),
        }
    }

    /// What content wishes for that this tool could do.
    fn wishes_for(&self, nature: &Nature) -> Vec<&Wish> {
        let wanted = covering(nature.acts).or(nature.acts);
        self.untrusted.iter().flat_map(|doc| directive::wishes(doc)).filter(|wish| wish.acts.has(wanted)).collect()
    }
}

fn view(
    leaf: &Leaf<'_>,
    sought: &Sought,
    call: &Call<'_>,
    nature: &Nature,
    sources: &Sources<'_>,
    wishes: &[&Wish],
    strict: bool,
) -> FieldView {
    let text = text_of(leaf.value);
    let given =
        call.origins.iter().filter(|(pointer, _)| covers(pointer, &leaf.pointer)).map(|(_, origin)| *origin).max();
    let found = vouch::origin(&text, sought, sources, leaf.role == Role::Target);
    let named = sources.words.name(&text);
    let origin = match given {
        _ if named => Origin::User,
        // A value that stands in the user's words is the user's, whatever way it came.
        Some(given) => given,
        None => found,
    };
    let vouched = match leaf.role {
        Role::Target if given == Some(Origin::UntrustedTool) => {
            matches!(vouch::target(&text, sources, wishes), Vouched::Named | Vouched::Trusted)
        }
        Role::Target => {
            matches!(given, Some(Origin::User | Origin::Workspace | Origin::TrustedTool))
                || vouch::target(&text, sources, wishes) != Vouched::No
        }
        Role::Exact => {
            text.is_empty()
                || vouch::is_users(&text, sources.words)
                || matches!(given.unwrap_or(found), Origin::TrustedTool | Origin::Workspace)
        }
        Role::Amount | Role::Setting if strict => is_users_setting(leaf.value, sources, origin),
        Role::Prose if strict => vouch::is_users(&text, sources.words),
        _ => true,
    };
    let highlight = nature.is_consequential() && (!vouched || origin == Origin::UntrustedTool);
    FieldView { pointer: leaf.pointer.clone(), role: leaf.role.name(), origin, vouched, highlight }
}

fn covers(outer: &str, pointer: &str) -> bool {
    outer.is_empty() || pointer == outer || pointer.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
}

/// After content spoke to the machine: a setting that it does not hold, or that the user said.
fn is_users_setting(value: &Value, sources: &Sources<'_>, origin: Origin) -> bool {
    match value {
        Value::Null | Value::Bool(_) => true,
        Value::Number(number) => {
            let n = number.as_f64().unwrap_or_default();
            n.abs() <= 1.0 || sources.words.name_number(n)
        }
        _ => origin != Origin::UntrustedTool,
    }
}

fn rule_of(nature: &Nature) -> &'static str {
    match nature.risk.iter().max() {
        Some(Risk::Write) => "risk.write",
        Some(Risk::Destructive) => "risk.destructive",
        Some(Risk::Financial) => "risk.financial",
        Some(Risk::ExternalSend) => "risk.external_send",
        _ => "risk.read",
    }
}

fn is_mail(text: &str) -> bool {
    looks_like_address(text) && text.contains('@') && !text.contains("://")
}

fn is_inside(text: &str, inside: &[String]) -> bool {
    text.rsplit('@').next().is_some_and(|host| inside.iter().any(|own| own.eq_ignore_ascii_case(host.trim())))
}

fn reaches_out(text: &str, inside: &[String]) -> bool {
    is_mail(text.trim()) && !is_inside(text.trim(), inside)
}

/// Every receiver is known and of our own.
fn inside_only(leaves: &[Leaf<'_>], inside: &[String]) -> bool {
    let mut mails = leaves
        .iter()
        .filter(|leaf| leaf.role == Role::Target)
        .map(|leaf| text_of(leaf.value))
        .filter(|text| is_mail(text))
        .peekable();
    mails.peek().is_some() && mails.all(|text| is_inside(&text, inside))
}

/// What asks a person whoever asked for it.
fn always(out: &mut Judgement, nature: &Nature, payload: &Value, leaves: &[Leaf<'_>]) {
    if nature.has(Risk::Destructive) {
        out.ask("risk.destructive", "it deletes or takes something away", "무언가를 지우거나 없애요");
    }
    if nature.has(Risk::Financial) {
        out.ask("risk.financial", "it moves money", "돈이 오가요");
    }
    if !out.outside {
        return;
    }
    // A receiver's own address is not what is given away.
    let is_target = |pointer: &str| leaves.iter().any(|leaf| leaf.role == Role::Target && leaf.pointer == pointer);
    out.pii = pii::scan_value(payload)
        .into_iter()
        .filter(|(pointer, _)| !is_target(pointer))
        .map(|(pointer, found)| PiiMark { pointer, kind: found.kind.name().to_owned(), masked: found.masked })
        .collect();
    if !out.pii.is_empty() {
        let mut kinds: Vec<&str> = out.pii.iter().map(|mark| mark.kind.as_str()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let kinds = kinds.join(", ");
        out.ask(
            "pii.external_send",
            format!("personal data goes outside: {kinds}"),
            format!("개인정보가 밖으로 나가요: {kinds}"),
        );
    }
}

/// Whether a call reads what anybody may read: whatever was said before, it goes.
pub fn is_free(tool: &Tool, payload: &Value) -> bool {
    let nature = tool.nature();
    let creates = nature.acts.has(Acts::CREATE.or(Acts::POST));
    !nature.is_consequential()
        && !leaves(payload, tool.audience.as_deref(), creates).iter().any(|leaf| opens(&nature, leaf))
}

/// Whether a value of a call that reads is an address.
fn opens(nature: &Nature, leaf: &Leaf<'_>) -> bool {
    let text = text_of(leaf.value);
    leaf.role == Role::Target
        && (nature.fetches && super::tool::is_address_name(&leaf.name) || looks_like_address(&text) && !is_mail(&text))
}

/// Reading is free, but for an address that content has supplied.
fn reading(out: &mut Judgement, nature: &Nature, leaves: &[Leaf<'_>], sources: &Sources<'_>) {
    if !out.tainted {
        return;
    }
    for leaf in leaves.iter().filter(|leaf| opens(nature, leaf)) {
        let text = text_of(leaf.value);
        let view = out.fields.iter().find(|view| view.pointer == leaf.pointer);
        let shown = sources
            .untrusted
            .iter()
            .any(|doc| doc.parts.iter().any(|part| part.text.plain.contains(&super::fold::plain(text.trim()))));
        let plain = super::fold::plain(text.trim());
        let urged =
            sources.untrusted.iter().flat_map(|doc| directive::visits(doc)).any(|sentence| sentence.contains(&plain));
        let meant = !sources.strict && sources.words.links && shown && !urged && !text.contains(['?', '=', '@']);
        if view.is_some_and(|view| view.vouched) || meant {
            continue;
        }
        out.asked = false;
        out.ask("asked.address", "it opens an address that you did not name", "직접 말씀하지 않은 주소를 열어요");
        if let Some(view) = out.fields.iter_mut().find(|view| view.pointer == leaf.pointer) {
            view.highlight = true;
        }
        return;
    }
}

/// An effect after untrusted content was read.
struct About<'a> {
    nature: &'a Nature,
    leaves: &'a [Leaf<'a>],
    sought: &'a [Sought],
    wishes: &'a [&'a Wish],
    heard: &'a Heard<'a>,
    call: &'a Call<'a>,
}

impl About<'_> {
    fn judge(&self, out: &mut Judgement) {
        let before = out.reasons.len();
        if !self.is_covered() {
            out.ask("asked.act", "nothing in the request asks for this", "요청에 이 일을 해 달라는 말이 없어요");
        }
        if self.leaves.len() > LEAVES_MAX {
            out.ask("asked.target", "it is too large to be judged", "너무 커서 판단할 수 없어요");
        }
        self.values(out);
        self.content(out);
        self.repeated(out);
        out.asked = out.reasons.len() == before;
    }

    /// Whether the user's words ask for such an act on such a thing.
    fn is_covered(&self) -> bool {
        let words = &self.heard.words;
        // Once content spoke to the machine, only the very act counts, not what may go with it.
        let acts = if self.heard.signs.is_empty() { covering(self.nature.acts) } else { self.nature.acts };
        if words.is_empty() || !words.acts.has(acts) {
            return false;
        }
        // Whom or what it reaches says which thing is meant.
        let sources = self.heard.sources();
        let named = self.leaves.iter().filter(|leaf| leaf.role == Role::Target).any(|leaf| {
            let text = text_of(leaf.value);
            // By its name, or by the record that the user spoke of.
            words.name(&text) || !text.is_empty() && vouch::target(&text, &sources, self.wishes) == Vouched::Record
        });
        let things = !self.nature.things.is_disjoint(&words.things)
            || self.nature.nouns.iter().any(|noun| words.has_stem(noun))
            || self.leaves.iter().any(|leaf| !thing::of_text(&leaf.name).is_disjoint(&words.things));
        let sends = self.nature.acts.has(Acts::SEND) && self.leaves.iter().any(|leaf| leaf.role == Role::Target);
        named || things || sends
    }

    fn values(&self, out: &mut Judgement) {
        let mut strange = Vec::new();
        for (leaf, field) in self.leaves.iter().zip(&out.fields) {
            if !field.vouched && matches!(leaf.role, Role::Target | Role::Exact) {
                strange.push(leaf.name.clone());
            }
        }
        strange.dedup();
        if !strange.is_empty() {
            let names = strange.join(", ");
            out.ask(
                "asked.target",
                format!("where it goes or what it touches is not in the request: {names}"),
                format!("받는 곳이나 대상이 요청에 없어요: {names}"),
            );
        }
    }

    /// Whether a wish speaks of this very target, or, where the call names none, of this kind of thing
    /// with a value that is not the user's own.
    fn is_for(&self, wish: &Wish, leaf: &Leaf<'_>) -> bool {
        if wish.vague {
            return false;
        }
        if leaf.role == Role::Target {
            let text = super::fold::plain(text_of(leaf.value).trim());
            return text.chars().count() >= 2 && super::user::stands_in(&wish.window, &text);
        }
        self.is_kind(wish) && !vouch::is_users(&text_of(leaf.value), &self.heard.words)
    }

    /// Whether a wish is for such an act on such a thing, and the call names no target.
    fn is_kind(&self, wish: &Wish) -> bool {
        let named = |leaf: &Leaf<'_>| leaf.role == Role::Target && !text_of(leaf.value).is_empty();
        !wish.vague
            && wish.acts.has(self.nature.acts)
            && !self.leaves.iter().any(named)
            && !thing::of_text(&wish.window).is_disjoint(&self.nature.things)
    }

    /// A number that content holds and the user did not say.
    fn is_supplied(&self, leaf: &Leaf<'_>) -> bool {
        let Some(number) = leaf.value.as_f64().filter(|n| n.abs() > 1.0) else { return false };
        let text = leaf.value.to_string();
        matches!(leaf.role, Role::Setting | Role::Amount)
            && !self.heard.words.name_number(number)
            && self.heard.untrusted.iter().any(|doc| doc.holds_number(&text, number))
    }

    fn content(&self, out: &mut Judgement) {
        let sources = self.heard.sources();
        let words = &self.heard.words;
        for (leaf, sought) in self.leaves.iter().zip(self.sought) {
            let is_meant = |wish: &&Wish| vouch::is_wished(leaf, sought, wish, words) || self.is_for(wish, leaf);
            if self.wishes.iter().any(is_meant) {
                mark(out, &leaf.pointer);
                out.ask(
                    "asked.directive",
                    "content that was read asks for this, not the request",
                    "요청이 아니라 읽은 내용이 이 일을 시키고 있어요",
                );
                break;
            }
        }
        if self.leaves.is_empty() && self.wishes.iter().any(|wish| self.is_kind(wish)) {
            out.ask(
                "asked.directive",
                "content that was read asks for this, not the request",
                "요청이 아니라 읽은 내용이 이 일을 시키고 있어요",
            );
        }
        if let Some(leaf) = self.leaves.iter().find(|leaf| self.is_supplied(leaf)) {
            mark(out, &leaf.pointer);
            out.ask(
                "asked.number",
                format!("it sets a number that content supplied and you did not say: {}", leaf.value),
                format!("말씀하지 않은, 읽은 내용에 있던 숫자로 정해요: {}", leaf.value),
            );
        }
        for leaf in self.leaves.iter().filter(|leaf| leaf.role == Role::Prose) {
            if !words.links
                && let Some(found) = vouch::carried(&text_of(leaf.value), &sources)
            {
                mark(out, &leaf.pointer);
                out.ask(
                    "asked.carries",
                    format!("it carries an address or number from content that was read: {found}"),
                    format!("읽은 내용에 있던 주소나 번호가 들어 있어요: {found}"),
                );
                break;
            }
        }
        if sources.strict {
            let strange = self
                .leaves
                .iter()
                .zip(&out.fields)
                .any(|(leaf, field)| !field.vouched && !matches!(leaf.role, Role::Target | Role::Exact));
            if strange {
                let why = out.signs.first().map_or("", |sign| sign.why).to_owned();
                out.ask(
                    "asked.steered",
                    format!("content that was read gives orders ({why}), and this is not word for word in the request"),
                    format!("읽은 내용이 지시를 내리고 있고({why}), 이 내용은 요청에 그대로 있지 않아요"),
                );
            }
        }
    }

    /// The same effect on the same targets once more.
    fn repeated(&self, out: &mut Judgement) {
        let mut same =
            self.heard.said.iter().filter(|said| said.tool.as_deref() == Some(self.call.tool.name.as_str())).peekable();
        if same.peek().is_none() {
            return;
        }
        let mine = targets(self.call.payload, self.call.tool);
        let again = same.any(|said| {
            said.payload.as_ref().is_some_and(|payload| {
                payload == self.call.payload || !self.heard.words.many && targets(payload, self.call.tool) == mine
            })
        });
        if again {
            out.ask("asked.again", "the same was done before in this run", "이 실행에서 이미 같은 일을 했어요");
        }
    }
}

fn mark(out: &mut Judgement, pointer: &str) {
    if let Some(view) = out.fields.iter_mut().find(|view| view.pointer == pointer) {
        view.highlight = true;
    }
}

fn targets(payload: &Value, tool: &Tool) -> Vec<String> {
    let mut found: Vec<String> = leaves(payload, tool.audience.as_deref(), false)
        .iter()
        .filter(|leaf| leaf.role == Role::Target)
        .map(|leaf| super::fold::plain(&text_of(leaf.value)))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}
