//! Optimist and Critic: passages that show a sign, each with its quote and its place.

use metel_model::Lang;
use serde_json::{Value, json};

use super::reading::Passage;
use super::signs::{OPPORTUNITIES, RISKS, Sign};

/// Most quotes for one sign.
const QUOTES_MAX: usize = 2;

pub(super) struct Finding {
    pub what: String,
    pub quote: String,
    pub source: String,
    pub weight: i64,
}

pub(super) fn find(lang: Lang, signs: &[Sign], passages: &[Passage]) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for sign in signs {
        for passage in passages.iter().filter(|passage| passage.says(sign.terms)).take(QUOTES_MAX) {
            found.push(Finding {
                what: sign.text().get(lang).to_owned(),
                quote: passage.text.clone(),
                source: passage.source.clone(),
                weight: sign.weight,
            });
        }
    }
    found.sort_by_key(|finding| -finding.weight);
    found
}

pub(super) fn opportunities(lang: Lang, passages: &[Passage]) -> Value {
    let found = find(lang, OPPORTUNITIES, passages);
    let list: Vec<Value> = found
        .iter()
        .map(|f| json!({"what": f.what, "quote": f.quote, "source": f.source, "weight": f.weight}))
        .collect();
    let summary = match (found.first(), lang) {
        (None, _) if passages.is_empty() => nothing(lang),
        (None, Lang::En) => format!("Of {} passages none shows an opportunity that the rules know.", passages.len()),
        (None, Lang::Ko) => format!("읽은 {}곳에서 규칙이 아는 기회를 찾지 못했어요.", passages.len()),
        (Some(best), Lang::En) => {
            format!("{} opportunities; the strongest: {} (“{}”).", found.len(), best.what, best.quote)
        }
        (Some(best), Lang::Ko) => format!("기회 {}가지. 가장 큰 것: {} (“{}”)", found.len(), best.what, best.quote),
    };
    let score = (found.iter().map(|f| f.weight * 10).sum::<i64>()).min(100);
    json!({"summary": summary, "opportunities": list, "score": score})
}

pub(super) fn risks(lang: Lang, passages: &[Passage]) -> Value {
    let found = find(lang, RISKS, passages);
    let list: Vec<Value> = found
        .iter()
        .map(|f| json!({"what": f.what, "quote": f.quote, "source": f.source, "severity": severity(f.weight)}))
        .collect();
    let summary = match (found.first(), lang) {
        (None, _) if passages.is_empty() => nothing(lang),
        (None, Lang::En) => format!("Of {} passages none shows a risk that the rules know.", passages.len()),
        (None, Lang::Ko) => format!("읽은 {}곳에서 규칙이 아는 위험을 찾지 못했어요.", passages.len()),
        (Some(worst), Lang::En) => format!("{} risks; the gravest: {} (“{}”).", found.len(), worst.what, worst.quote),
        (Some(worst), Lang::Ko) => format!("위험 {}가지. 가장 큰 것: {} (“{}”)", found.len(), worst.what, worst.quote),
    };
    let grave = found.iter().any(|f| f.weight >= 3);
    let score = (found.iter().map(|f| f.weight * 10).sum::<i64>()).min(100);
    json!({"summary": summary, "risks": list, "score": score, "grave": grave})
}

pub(super) fn severity(weight: i64) -> &'static str {
    match weight {
        3.. => "high",
        2 => "medium",
        _ => "low",
    }
}

pub(super) fn nothing(lang: Lang) -> String {
    lang.pick("Nothing was given to read.", "읽을 것이 주어지지 않았어요.").to_owned()
}
