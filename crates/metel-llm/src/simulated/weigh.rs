//! Realist: sets what speaks for it against what speaks against it. Takes the findings that others
//! left in the input; where there are none, finds its own.

use metel_model::Lang;
use serde_json::{Value, json};

use super::findings::{find, nothing};
use super::reading::Passage;
use super::signs::{OPPORTUNITIES, RISKS};

const DEPTH_MAX: usize = 64;

pub(super) fn weigh(lang: Lang, input: &Value, passages: &[Passage]) -> Value {
    let mut pros = Vec::new();
    let mut cons = Vec::new();
    gather(input, "opportunities", 0, &mut pros);
    gather(input, "risks", 0, &mut cons);
    let given = !(pros.is_empty() && cons.is_empty());
    if !given {
        let own = |signs| find(lang, signs, passages).into_iter().map(|f| (f.what, f.quote, f.weight)).collect();
        pros = own(OPPORTUNITIES);
        cons = own(RISKS);
    }
    let gaps: Vec<&Passage> =
        passages.iter().filter(|p| p.says(&["to be filled in", "채워야 함", "tbd", "미정"])).collect();
    let sum = |list: &[(String, String, i64)]| list.iter().map(|(_, _, weight)| *weight).sum::<i64>();
    let (plus, minus) = (sum(&pros), sum(&cons) + gaps.len() as i64);
    let score = match plus + minus {
        0 => 0,
        all => plus * 100 / all,
    };
    let verdict = match score {
        _ if plus + minus == 0 => "undecided",
        60.. => "go",
        30..60 => "go_with_conditions",
        _ => "leave",
    };
    let summary = match lang {
        _ if passages.is_empty() => nothing(lang),
        Lang::En => format!(
            "{} points for it, {} against it, {} open places: {}.",
            pros.len(),
            cons.len(),
            gaps.len(),
            word(lang, verdict)
        ),
        Lang::Ko => format!(
            "찬성 {}가지, 반대 {}가지, 빈 곳 {}가지: {}.",
            pros.len(),
            cons.len(),
            gaps.len(),
            word(lang, verdict)
        ),
    };
    let quotes = |list: &[(String, String, i64)]| -> Vec<Value> {
        list.iter().map(|(what, quote, _)| json!({"what": what, "quote": quote})).collect()
    };
    let reasons: Vec<String> =
        pros.iter().take(2).chain(cons.iter().take(3)).map(|(what, quote, _)| format!("{what}: “{quote}”")).collect();
    json!({
        "summary": summary,
        "verdict": verdict,
        "approved": matches!(verdict, "go" | "go_with_conditions"),
        "score": score,
        "reasons": reasons,
        "for": quotes(&pros),
        "against": quotes(&cons),
        "open": gaps.iter().map(|p| json!(p.text)).collect::<Vec<_>>(),
    })
}

fn word(lang: Lang, verdict: &str) -> &'static str {
    match verdict {
        "go" => lang.pick("go", "진행"),
        "go_with_conditions" => lang.pick("go, with conditions", "조건을 갖추고 진행"),
        "leave" => lang.pick("leave it", "보류"),
        _ => lang.pick("nothing to decide on", "판단할 근거가 없음"),
    }
}

/// Lists under `name` anywhere in the input.
fn gather(value: &Value, name: &str, depth: usize, out: &mut Vec<(String, String, i64)>) {
    if depth > DEPTH_MAX || out.len() >= 200 {
        return;
    }
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match member {
                    Value::Array(items) if key == name => out.extend(items.iter().filter_map(finding)),
                    _ => gather(member, name, depth + 1, out),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, name, depth + 1, out)),
        _ => {}
    }
}

fn finding(item: &Value) -> Option<(String, String, i64)> {
    if let Some(text) = item.as_str() {
        return Some((text.to_owned(), text.to_owned(), 2));
    }
    let text = |key: &str| item.get(key).and_then(Value::as_str).map(str::to_owned);
    let what = text("what").or_else(|| text("title")).or_else(|| text("summary")).or_else(|| text("quote"))?;
    let quote = text("quote").unwrap_or_else(|| what.clone());
    let weight = item.get("weight").and_then(Value::as_i64).map(|weight| weight.clamp(1, 3)).unwrap_or_else(|| {
        match text("severity").as_deref() {
            Some("high") => 3,
            Some("low") => 1,
            _ => 2,
        }
    });
    Some((what, quote, weight))
}
