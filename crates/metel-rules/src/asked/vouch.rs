//! Where a value of a payload comes from, and who vouches for it.

use std::sync::Arc;

use metel_model::provenance::Origin;
use serde_json::Value;

use super::directive::Wish;
use super::field::{Leaf, Role, actionable};
use super::fold::{is_invisible, plain, words};
use super::lexicon::is_common;
use super::record::Doc;
use super::trace::Sought;
use super::user::{Words, stands_in};

/// Who says that an action may touch this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vouched {
    /// The user's own words name it.
    Named,
    /// The workspace or a trusted tool says it.
    Trusted,
    /// It stands in one record with what the user named.
    Record,
    /// The user meant all, or described it, and it stands as a whole value in an answer.
    Described,
    /// Nobody but content, or a model.
    No,
}

/// What is known when a value is judged.
pub struct Sources<'s> {
    pub words: &'s Words,
    pub trusted: &'s [Arc<Doc>],
    pub untrusted: &'s [Arc<Doc>],
    /// Content spoke to the machine: only the user's own words count.
    pub strict: bool,
}

/// A scalar as text.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Who vouches for a target. Of several in one text everybody has to be vouched for.
pub fn target(text: &str, sources: &Sources<'_>, wishes: &[&Wish]) -> Vouched {
    if text.chars().any(is_invisible) {
        return Vouched::No;
    }
    let parts: Vec<&str> = text.split([',', ';', '<', '>']).map(str::trim).filter(|part| !part.is_empty()).collect();
    if parts.len() > 1 && !sources.words.name(text) {
        let weakest = |a: Vouched, b: Vouched| if a as u8 >= b as u8 { a } else { b };
        return parts.iter().map(|part| one(part, sources, wishes)).fold(Vouched::Named, weakest);
    }
    one(text.trim(), sources, wishes)
}

fn one(text: &str, sources: &Sources<'_>, wishes: &[&Wish]) -> Vouched {
    let value = plain(text);
    if value.is_empty() {
        return Vouched::Named;
    }
    let digits = value.chars().all(|c| c.is_ascii_digit()) && value.len() < 5;
    let named = if digits {
        sources.words.name_id(&value)
    } else {
        sources.words.name(&value) || sources.words.name(bare(&value))
    };
    if named {
        return Vouched::Named;
    }
    let whole = |doc: &Arc<Doc>| doc.parts.iter().any(|part| part.whole && part.text.plain == value);
    if sources
        .trusted
        .iter()
        .any(|doc| whole(doc) || doc.parts.iter().any(|part| !digits && stands_in(&part.text.plain, &value)))
    {
        return Vouched::Trusted;
    }
    if sources.strict || wishes.iter().any(|wish| stands_in(&wish.window, &value)) {
        return Vouched::No;
    }
    for doc in sources.untrusted {
        for part in doc.parts.iter().filter(|part| part.whole && part.text.plain == value) {
            let beside = |other: &&super::record::Part| {
                other.record == part.record && other.record != 0 && other.whole && other.text.plain != value
            };
            if doc.parts.iter().filter(beside).any(|other| sources.words.speaks_of(&other.text.text)) {
                return Vouched::Record;
            }
        }
    }
    if (sources.words.many || sources.words.describes) && sources.untrusted.iter().any(whole) {
        return Vouched::Described;
    }
    Vouched::No
}

/// A web address without its scheme and last stroke.
fn bare(value: &str) -> &str {
    value.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/')
}

/// Whether the user's words say all that this text says.
pub fn is_users(text: &str, words_of_user: &Words) -> bool {
    if words_of_user.name(text) {
        return true;
    }
    if !actionable(text).iter().all(|found| words_of_user.name(found)) {
        return false;
    }
    let folded = plain(text);
    words(&folded).filter(|word| !is_common(word)).all(|word| {
        words_of_user.has_stem(word)
            || words_of_user.name(word)
            || word.parse().is_ok_and(|n: f64| words_of_user.name_number(n))
    })
}

/// What in a text people can act on (addresses, accounts, links) that only untrusted content says.
pub fn carried(text: &str, sources: &Sources<'_>) -> Option<String> {
    actionable(text).into_iter().find(|found| {
        !sources.words.name(found)
            && !sources.words.name(bare(found))
            && sources.untrusted.iter().any(|doc| doc.parts.iter().any(|part| part.text.plain.contains(bare(found))))
            && !sources.trusted.iter().any(|doc| doc.parts.iter().any(|part| stands_in(&part.text.plain, found)))
    })
}

/// Whether a wish of content speaks of this very value, beyond what the user said.
pub fn is_wished(leaf: &Leaf<'_>, sought: &Sought, wish: &Wish, user: &Words) -> bool {
    let text = text_of(leaf.value);
    if text.trim().is_empty() || leaf.value.is_boolean() {
        return false;
    }
    if matches!(leaf.role, Role::Setting | Role::Amount) {
        let users = leaf.value.as_f64().map_or_else(|| user.name(&text), |n| n.abs() <= 1.0 || user.name_number(n));
        return !users && text.len() >= 2 && stands_in(&wish.window, &plain(text.trim()));
    }
    if sought.actionable.iter().any(|found| !user.name(found) && wish.window.contains(found.as_str())) {
        return true;
    }
    let folded = super::fold::read(text.trim());
    // Korean words carry endings: what is short is looked for as it stands.
    if sought.length <= 2 && folded.chars().any(|c| ('가'..='힣').contains(&c)) {
        return !sought.runs.is_empty() && wish.window.contains(&folded);
    }
    sought.runs.iter().any(|run| wish.words.contains(run.as_str()))
}

/// Where a value comes from, whatever it was turned into on its way.
pub fn origin(text: &str, sought: &Sought, sources: &Sources<'_>, digits_count: bool) -> Origin {
    let value = plain(text.trim());
    if value.is_empty() {
        return Origin::Model;
    }
    if is_users(&value, sources.words) && !(digits_count && value.chars().all(|c| c.is_ascii_digit()))
        || sources.words.name(&value)
    {
        return Origin::User;
    }
    if sources
        .trusted
        .iter()
        .any(|doc| doc.parts.iter().any(|part| part.text.plain == value || stands_in(&part.text.plain, &value)))
    {
        return Origin::TrustedTool;
    }
    if sources.untrusted.iter().any(|doc| sought.comes_from(doc.traces())) {
        return Origin::UntrustedTool;
    }
    Origin::Model
}
