//! Literals must stand in the request, in what was mentioned, or among the workspace's known places.
//! A quoted text is copied exactly; an address, channel or id that nobody gave becomes `MISSING`.

use metel_model::plan::{ActionPlan, MISSING};
use metel_rules::plan::kinds::{self, Field};
use metel_rules::plan::missing;
use metel_rules::plan::reference::{literal, uses};
use serde_json::Value;

use super::Ask;

/// Types that name something outside: nobody may make them up.
const NAMES: &[&str] = &[
    "channel",
    "email",
    "url",
    "person",
    "user",
    "phone",
    "id",
    "page_id",
    "database",
    "spreadsheet",
    "message",
    "account",
    "repo",
    "repository",
    "issue",
    "file",
    "folder",
    "sheet",
    "range",
    "payment",
    "charge",
    "number",
    "amount",
    "date",
    "time",
];

pub(super) fn ground(plan: &mut ActionPlan, from: usize, ask: &Ask<'_>, notes: &mut Vec<String>) {
    let request = ask.input.request.text.as_str();
    let quotes = quotes(request);
    for action in plan.actions.iter_mut().skip(from) {
        let Some(tool) = ask.tools.iter().find(|tool| tool.id == action.tool) else { continue };
        for field in kinds::fields(tool) {
            let Some(value) = action.args.get(field.name).cloned() else { continue };
            if !uses(&value).is_empty() || value == MISSING {
                continue;
            }
            match judge(&value, &field, ask, request, &quotes) {
                Grounded::Stands => {}
                Grounded::Becomes(better) => {
                    action.args.insert(field.name.to_owned(), better);
                }
                Grounded::Unfounded if field.required => {
                    notes.push(format!("{}.{}: the request does not give it", action.tool, field.name));
                    action.args.insert(field.name.to_owned(), Value::from(MISSING));
                }
                Grounded::Unfounded => {
                    notes.push(format!("{}.{}: left out, the request does not give it", action.tool, field.name));
                    action.args.remove(field.name);
                }
            }
        }
    }
}

enum Grounded {
    Stands,
    Becomes(Value),
    Unfounded,
}

fn judge(value: &Value, field: &Field<'_>, ask: &Ask<'_>, request: &str, quotes: &[String]) -> Grounded {
    let leaf = kinds::leaf(field.kind);
    let text = match value {
        Value::String(text) => text.trim(),
        Value::Number(number) => return number_given(&number.to_string(), request, field),
        _ => return Grounded::Stands,
    };
    if let Some(place) = place(text, field.kind, ask) {
        return Grounded::Becomes(place);
    }
    if let Some(quote) = quotes.iter().find(|quote| is_near(text, quote)) {
        return Grounded::Becomes(Value::String(literal(quote)));
    }
    let is_name = NAMES.contains(&leaf) || leaf.ends_with("_id") || kinds::is_link(field.kind);
    if is_name {
        return match fold(request).contains(&fold(text)) || mentioned(text, ask) {
            true if fold(text).is_empty() => Grounded::Unfounded,
            true => Grounded::Stands,
            false => Grounded::Unfounded,
        };
    }
    if leaf == "title" && !fold(request).contains(&fold(text)) {
        // The one thing quoted is what it is called.
        return match quotes {
            [only] => Grounded::Becomes(Value::String(literal(only))),
            _ => Grounded::Unfounded,
        };
    }
    if field.schema.get("enum").is_none() && text.contains("://") && !fold(request).contains(&fold(text)) {
        return without_invented_links(text, request);
    }
    Grounded::Stands
}

fn number_given(number: &str, request: &str, field: &Field<'_>) -> Grounded {
    let bare = request.replace(',', "");
    match bare.contains(number) || field.required && field.schema.get("default").is_some() {
        true => Grounded::Stands,
        false => Grounded::Unfounded,
    }
}

/// A known place by any of its names: the value that the tool takes.
fn place(text: &str, kind: &str, ask: &Ask<'_>) -> Option<Value> {
    let wanted = fold(text);
    ask.catalogue
        .places_of(kind)
        .find(|place| {
            !wanted.is_empty()
                && (place.value.as_str().is_some_and(|v| fold(v) == wanted)
                    || place.names.iter().any(|name| fold(name) == wanted))
        })
        .map(|place| place.value.clone())
        .filter(|value| {
            fold(&ask.input.request.text).contains(&wanted) || value.as_str().is_some_and(|v| fold(v) == wanted)
        })
        .filter(|_| named_in_request(text, kind, ask))
}

/// Whether the request says one of the names of the place that `text` names.
fn named_in_request(text: &str, kind: &str, ask: &Ask<'_>) -> bool {
    let request = fold(&ask.input.request.text);
    let wanted = fold(text);
    ask.catalogue.places_of(kind).any(|place| {
        let own = place.value.as_str().map(fold);
        let is_it = own.as_deref() == Some(wanted.as_str()) || place.names.iter().any(|name| fold(name) == wanted);
        let said = place.names.iter().any(|name| request.contains(&fold(name)))
            || own.is_some_and(|own| request.contains(&own));
        is_it && said
    })
}

fn mentioned(text: &str, ask: &Ask<'_>) -> bool {
    let wanted = fold(text);
    ask.input.mentions.iter().any(|mention| {
        mention.value.as_str().is_some_and(|value| fold(value) == wanted) || fold(&mention.label) == wanted
    })
}

fn without_invented_links(text: &str, request: &str) -> Grounded {
    let kept: Vec<&str> = text
        .split_whitespace()
        .filter(|word| !word.contains("://") || request.contains(word.trim_matches(|c: char| !c.is_alphanumeric())))
        .collect();
    match kept.is_empty() {
        true => Grounded::Unfounded,
        false => Grounded::Becomes(Value::String(kept.join(" "))),
    }
}

/// Letters and digits in lower case: how names are compared.
fn fold(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The model's copy of a quoted text, give or take signs, spaces and a particle.
fn is_near(text: &str, quote: &str) -> bool {
    let (a, b) = (fold(text), fold(quote));
    if a.is_empty() || b.is_empty() {
        return false;
    }
    let longer = a.chars().count().abs_diff(b.chars().count());
    a == b || (b.chars().count() >= 3 && longer <= 2 && (a.contains(&b) || b.contains(&a)))
}

/// Texts in quotation marks, longest pairs first seen.
pub(super) fn quotes(text: &str) -> Vec<String> {
    const PAIRS: &[(char, char)] =
        &[('"', '"'), ('“', '”'), ('‘', '’'), ('\'', '\''), ('「', '」'), ('『', '』'), ('《', '》'), ('«', '»')];
    let mut found = Vec::new();
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        let open = chars[at];
        let pair = PAIRS.iter().find(|(left, _)| *left == open);
        // An apostrophe inside a word opens nothing.
        let inside_word = open == '\'' && at > 0 && chars[at - 1].is_ascii_alphanumeric();
        if let Some((_, close)) = pair.filter(|_| !inside_word)
            && let Some(size) = chars[at + 1..].iter().take(500).position(|c| c == close)
        {
            let inner: String = chars[at + 1..at + 1 + size].iter().collect();
            if !inner.trim().is_empty() {
                found.push(inner.trim().to_owned());
            }
            at += size + 2;
            continue;
        }
        at += 1;
    }
    found
}

/// A question for every `MISSING` that nothing else can fill.
pub(super) fn ask_for_missing(plan: &mut ActionPlan, from: usize, ask: &Ask<'_>) {
    plan.missing.clear();
    for action in plan.actions.iter().skip(from) {
        let Some(tool) = ask.tools.iter().find(|tool| tool.id == action.tool) else { continue };
        for field in kinds::fields(tool) {
            let is_open = action.args.get(field.name).is_some_and(|value| value == MISSING);
            if !is_open || crate::author::may_word(tool, field.name) {
                continue;
            }
            plan.missing.push(missing::ask(&action.id, tool, &field, ask.catalogue));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_found_and_apostrophes_are_not() {
        assert_eq!(quotes("노션에 '회의록' 만들고 “done” 이라고"), ["회의록", "done"]);
        assert_eq!(quotes("Ben's page isn't 'Launch plan'"), ["Launch plan"]);
        assert!(quotes("it's fine").is_empty());
    }

    #[test]
    fn a_copy_may_differ_in_signs_only() {
        assert!(is_near("회의록을", "회의록") && is_near("launch-plan", "Launch plan"));
        assert!(!is_near("회의록 공유해줘요", "회의록") && !is_near("a", "b"));
    }
}
