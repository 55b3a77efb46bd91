//! Words that amend an action: a person's reason, the request's own way out (`안 되면 …`, `otherwise
//! …`), names that a service offers in its error. Only a value of the same sort takes another's place.

use std::sync::LazyLock;

use metel_model::contract::Contract;
use metel_model::plan::Action;
use regex::Regex;
use serde_json::Value;

use crate::plan::catalogue::Catalogue;
use crate::plan::kinds;
use crate::plan::reference::{literal, uses};
use crate::plan::understand::clause::clauses;
use crate::plan::understand::lexicon::expression;
use crate::plan::understand::literal::Literal;
use crate::plan::understand::mark::{What, mark};
use crate::plan::understand::spelling;

/// The action with what `words` name in the places of the same sort; nothing where that changes nothing.
pub fn amended(action: &Action, contract: &Contract, words: &str, catalogue: &Catalogue) -> Option<Action> {
    let marked = mark(words, catalogue);
    let mut new = action.clone();
    let fields = kinds::fields(contract);
    let mut put = |names: &[&str], value: String, only_literal: bool| -> bool {
        let Some(field) = fields.iter().find(|field| names.contains(&field.name)) else { return false };
        let old = action.args.get(field.name);
        if only_literal && old.is_some_and(|old| !uses(old).is_empty()) {
            return false;
        }
        new.args.insert(field.name.to_owned(), Value::from(literal(&value)));
        true
    };
    // What is negated is not among the marks of clauses: `marketing 말고 team으로`.
    let marks: Vec<What> = clauses(&marked).into_iter().flat_map(|clause| clause.marks).map(|mark| mark.what).collect();
    let mut quoted = false;
    for what in &marks {
        match what {
            What::Channel { value, .. } => {
                put(&["channel"], value.clone(), false);
            }
            What::Database(name) => {
                put(&["database"], name.clone(), false);
            }
            What::Spreadsheet(name) => {
                put(&["spreadsheet"], name.clone(), false);
            }
            What::Tab(name) => {
                let cells = action.args.get("range").and_then(Value::as_str).and_then(|range| range.split_once('!'));
                put(&["range"], cells.map_or(name.clone(), |(_, cells)| format!("{name}!{cells}")), false);
            }
            What::Cells { tab, cells } => {
                let old = action.args.get("range").and_then(Value::as_str).unwrap_or_default();
                let sheet = tab.clone().or_else(|| {
                    let named = marks
                        .iter()
                        .find_map(|what| if let What::Tab(name) = what { Some(name.clone()) } else { None });
                    named.or_else(|| old.split_once('!').map(|(sheet, _)| sheet.to_owned()))
                });
                put(&["range"], sheet.map_or(cells.clone(), |sheet| format!("{sheet}!{cells}")), false);
            }
            What::Literal(at) => match marked.lifted.literals.get(*at) {
                Some(Literal::Quote(text) | Literal::Block(text)) if !quoted => {
                    quoted = put(&["title", "page", "query", "text", "rows"], text.clone(), true)
                        || put(&["database", "spreadsheet"], text.clone(), true);
                }
                Some(Literal::Url(url)) => {
                    put(&["url", "page"], url.clone(), false);
                }
                _ => {}
            },
            _ => {}
        }
    }
    (new.args != action.args).then_some(new)
}

/// What the request says to do where its first way fails.
pub fn way_out(request: &str) -> Option<&str> {
    let found = WAY_OUT.find_iter(request).last()?;
    let tail = request[found.end()..].trim_start_matches([',', ' ']);
    (!tail.trim().is_empty()).then_some(tail)
}

static WAY_OUT: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)(?:안\s?(?:되|돼|열리|보이|나오|읽히|올라가|먹히)[가-힣]{0,4}면|안\s?될\s?(?:경우|때)(?:에는|엔|는)?|없(?:으면|을\s?(?:경우|때)(?:에는|엔)?)|아니면|실패(?:하면|\s?시(?:에는|엔)?)|못\s?[가-힣]{1,6}면|막히면|막혀\s?있으면|(?-u:\b)(?:otherwise|or else|failing that|if (?:that|it|this|not|the|there|she|he)[^,.;]{0,60}(?:fails?|works?|work|exists?|gone|missing|down|archived|not|cannot|can't|doesn't|isn't|unavailable|closed|blocked|none)[^,.;]{0,20},?(?: then)?|(?:falling|fall) back (?:to|on)|if not,?))",
    )
});

/// The name among those that an error offers which is most like the one that was refused.
pub fn offered(action: &Action, contract: &Contract, error: &str) -> Option<Action> {
    let (_, list) = OFFER.find(error).map(|found| error.split_at(found.end()))?;
    let names: Vec<&str> = list
        .split([',', '/', '·', '|', ';'])
        .map(|name| name.trim().trim_matches(['\'', '"', '“', '”', '‘', '’', '.', '?', ')', '(', ' ']))
        .filter(|name| !name.is_empty() && name.chars().count() <= 80)
        .collect();
    let fields = kinds::fields(contract);
    let mut best: Option<(usize, &str, String)> = None;
    for field in &fields {
        let Some(old) = action.args.get(field.name).and_then(Value::as_str).filter(|old| !old.contains("${")) else {
            continue;
        };
        let (sheet, cells) = old.split_once('!').map_or((old, None), |(sheet, cells)| (sheet, Some(cells)));
        for name in &names {
            let far = spelling::distance(&fold(sheet), &fold(name));
            let like = fold(name).contains(&fold(sheet)) || far <= fold(sheet).chars().count().div_ceil(2);
            if *name != sheet && (like || names.len() == 1) && best.as_ref().is_none_or(|(least, ..)| far < *least) {
                let value = cells.map_or_else(|| (*name).to_owned(), |cells| format!("{name}!{cells}"));
                best = Some((far, field.name, value));
            }
        }
    }
    let (_, field, value) = best?;
    let mut new = action.clone();
    new.args.insert(field.to_owned(), Value::from(literal(&value)));
    Some(new)
}

static OFFER: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)(?:did you mean|available(?: [a-z]+)?(?: are)?|existing [a-z]+|known [a-z]+|there (?:is|are)(?: only)?|renamed to|moved to|now called|is now|(?-u:\b)use(?-u:\b)|valid (?:[a-z]+ )?(?:are|is)?|사용 가능한 [가-힣]+|있는 (?:시트|채널|페이지|탭)|다음 중|이름이 바뀌)\s?[:：]?\s*",
    )
});

fn fold(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_' | '#')).flat_map(char::to_lowercase).collect()
}

/// Another name of the same known place: `매출` is `Sales`.
pub fn other_name(action: &Action, contract: &Contract, catalogue: &Catalogue) -> Option<Action> {
    for field in kinds::fields(contract) {
        let Some(old) = action.args.get(field.name).and_then(Value::as_str) else { continue };
        let (head, cells) = old.split_once('!').map_or((old, None), |(head, cells)| (head, Some(cells)));
        let place = catalogue.places.iter().find(|place| place.names.iter().any(|name| fold(name) == fold(head)));
        let other = place.and_then(|place| place.names.iter().find(|name| fold(name) != fold(head)));
        if let Some(other) = other.filter(|_| matches!(field.name, "database" | "spreadsheet" | "range")) {
            let mut new = action.clone();
            let value = cells.map_or_else(|| other.clone(), |cells| format!("{other}!{cells}"));
            new.args.insert(field.name.to_owned(), Value::from(value));
            return Some(new);
        }
    }
    None
}
