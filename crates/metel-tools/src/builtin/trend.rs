//! Which keywords rise: counted over several sources and held against what was seen before. A keyword
//! that only one source speaks of, or that was there all along, is no trend; where nothing is new,
//! `is_new` is false and nothing needs to begin.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use metel_model::{Code, Fault};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Desk, wrong};

const SOURCES_MAX: usize = 20;
const TEXT_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Most keywords remembered, and how much of a memory one round keeps.
const WORDS_MAX: usize = 5_000;
const KEPT: f64 = 0.8;
/// A keyword whose memory is above this share of its present weight is not new.
const KNOWN_SHARE: f64 = 0.5;
/// Answers remembered, so that a repeated call gives the same one.
const ANSWERS_MAX: usize = 50;

/// Words that say nothing of a subject.
const COMMON: &[&str] = &[
    "the",
    "and",
    "for",
    "that",
    "with",
    "this",
    "from",
    "are",
    "was",
    "were",
    "has",
    "have",
    "not",
    "but",
    "you",
    "your",
    "will",
    "can",
    "its",
    "our",
    "their",
    "about",
    "into",
    "more",
    "than",
    "new",
    "all",
    "one",
    "which",
    "http",
    "https",
    "www",
    "com",
    "html",
    "그리고",
    "하지만",
    "있다",
    "있는",
    "없는",
    "하는",
    "했다",
    "한다",
    "대한",
    "위한",
    "통해",
    "이번",
    "지난",
    "오늘",
    "내일",
    "것으로",
    "것이다",
    "등을",
    "등의",
    "따르면",
    "관련",
    "기자",
    "뉴스",
    "밝혔다",
    "합니다",
    "입니다",
];
/// Endings that are cut off Korean words, longest first.
const ENDINGS: &[&str] = &[
    "에서는",
    "으로는",
    "에게서",
    "입니다",
    "에서",
    "에게",
    "으로",
    "까지",
    "부터",
    "처럼",
    "보다",
    "라고",
    "이나",
    "과의",
    "와의",
    "은",
    "는",
    "이",
    "가",
    "을",
    "를",
    "의",
    "에",
    "로",
    "와",
    "과",
    "도",
    "만",
];

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Memory {
    rounds: u64,
    words: BTreeMap<String, f64>,
    answers: Vec<(String, Value)>,
}

pub(super) fn detect(desk: &Desk, payload: &Value) -> Result<Value, Fault> {
    let series = payload.get("series").and_then(Value::as_str).unwrap_or_default();
    let is_name = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    if series.is_empty() || series.chars().count() > 60 || !series.chars().all(is_name) {
        return Err(wrong("/series", "must be a plain name", "보통 이름이어야 해요"));
    }
    let sources = sources(payload)?;
    let number = |name: &str, otherwise: u64| payload.get(name).and_then(Value::as_u64).unwrap_or(otherwise) as usize;
    let (needed, limit) = (number("sources_min", 2).min(sources.len()).max(1), number("limit", 10).clamp(1, 50));
    let folder = desk.workspace()?.join("trends");
    let file = folder.join(format!("{series}.json"));
    let mut memory = remembered(&file)?;
    if let Some((_, answer)) = memory.answers.iter().find(|(key, _)| *key == desk.key) {
        return Ok(answer.clone());
    }
    let weights = weights(&sources);
    let mut trends: Vec<(f64, Value)> = Vec::new();
    for (word, (weight, spoken)) in &weights {
        let known = memory.words.get(word).copied().unwrap_or(0.0);
        if spoken.len() >= needed && known <= weight * KNOWN_SHARE {
            let score = (weight - known) * spoken.len() as f64;
            let names: Vec<&str> = spoken.iter().map(String::as_str).collect();
            let rounded = (score * 1_000.0).round() / 1_000.0;
            trends.push((
                score,
                json!({"keyword": word, "score": rounded, "sources": names, "seen_before": known > 0.0}),
            ));
        }
    }
    trends.sort_by(|a, b| b.0.total_cmp(&a.0));
    let trends: Vec<Value> = trends.into_iter().take(limit).map(|(_, trend)| trend).collect();
    let answer = json!({"series": series, "round": memory.rounds + 1, "is_new": !trends.is_empty(), "trends": trends});
    remember(&mut memory, &weights, &desk.key, &answer);
    keep(&folder, &file, &memory)?;
    Ok(answer)
}

/// Name and text of each source; rows are read as their texts.
fn sources(payload: &Value) -> Result<Vec<(String, String)>, Fault> {
    let given = payload.get("sources").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if given.is_empty() || given.len() > SOURCES_MAX {
        return Err(wrong("/sources", "must hold 1 to 20 sources", "1개에서 20개까지예요"));
    }
    let mut out = Vec::new();
    let mut bytes = 0;
    for (nth, source) in given.iter().enumerate() {
        let name = source.get("name").and_then(Value::as_str).map_or_else(|| format!("{}", nth + 1), str::to_owned);
        let mut text = String::new();
        collect(source.get("content").unwrap_or(source), &mut text);
        bytes += text.len();
        if bytes > TEXT_BYTES_MAX {
            return Err(Fault::new(Code::TooLarge).about("more than 2 MiB of sources"));
        }
        out.push((name, text));
    }
    Ok(out)
}

fn collect(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => {
            out.push_str(text);
            out.push('\n');
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, out)),
        Value::Object(members) => {
            members.iter().filter(|(name, _)| *name != "url").for_each(|(_, value)| collect(value, out));
        }
        _ => {}
    }
}

/// Each keyword's weight (one more for each doubling within a source) and who speaks of it.
fn weights(sources: &[(String, String)]) -> BTreeMap<String, (f64, BTreeSet<String>)> {
    let mut all: BTreeMap<String, (f64, BTreeSet<String>)> = BTreeMap::new();
    for (name, text) in sources {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for word in text.split(|c: char| !c.is_alphanumeric()).filter_map(keyword) {
            *counts.entry(word).or_default() += 1;
        }
        for (word, count) in counts {
            let slot = all.entry(word).or_default();
            slot.0 += 1.0 + f64::from(count).log2();
            slot.1.insert(name.clone());
        }
    }
    all
}

/// A word in its plain form; `None` for one that is no keyword.
fn keyword(word: &str) -> Option<String> {
    let mut word = word.to_lowercase();
    let is_korean = word.chars().any(|c| ('가'..='힣').contains(&c));
    if is_korean {
        let ending =
            ENDINGS.iter().find(|end| word.ends_with(**end) && word.chars().count() >= end.chars().count() + 2);
        if let Some(ending) = ending {
            word.truncate(word.len() - ending.len());
        }
    }
    let length = word.chars().count();
    let least = if is_korean { 2 } else { 3 };
    let fits =
        length >= least && length <= 40 && !COMMON.contains(&word.as_str()) && !word.chars().all(char::is_numeric);
    fits.then_some(word)
}

fn remembered(file: &Path) -> Result<Memory, Fault> {
    match fs::read(file) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map_err(|error| Fault::new(Code::StoreCorrupt).about(error).at(file.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Memory::default()),
        Err(error) => Err(Fault::new(Code::Internal).about(format!("trends: {}", error.kind()))),
    }
}

fn remember(memory: &mut Memory, weights: &BTreeMap<String, (f64, BTreeSet<String>)>, key: &str, answer: &Value) {
    memory.rounds += 1;
    memory.words.values_mut().for_each(|weight| *weight *= KEPT);
    for (word, (weight, _)) in weights {
        let slot = memory.words.entry(word.clone()).or_default();
        *slot = slot.max(*weight);
    }
    if memory.words.len() > WORDS_MAX {
        let mut ranked: Vec<f64> = memory.words.values().copied().collect();
        ranked.sort_by(|a, b| b.total_cmp(a));
        let least = ranked[WORDS_MAX - 1];
        memory.words.retain(|_, weight| *weight >= least);
    }
    memory.answers.push((key.to_owned(), answer.clone()));
    let surplus = memory.answers.len().saturating_sub(ANSWERS_MAX);
    memory.answers.drain(..surplus);
}

fn keep(folder: &Path, file: &Path, memory: &Memory) -> Result<(), Fault> {
    let failed = |error: std::io::Error| Fault::new(Code::Internal).about(format!("trends: {}", error.kind()));
    fs::create_dir_all(folder).map_err(failed)?;
    let half = file.with_extension("half");
    let text = serde_json::to_vec(memory).map_err(|error| Fault::new(Code::Internal).about(error))?;
    fs::write(&half, text).and_then(|()| fs::rename(&half, file)).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(desk: &Desk, texts: &[(&str, &str)]) -> Value {
        let sources: Vec<Value> = texts.iter().map(|(name, text)| json!({"name": name, "content": text})).collect();
        detect(desk, &json!({"series": "ai-news", "sources": sources})).unwrap()
    }

    #[test]
    fn what_several_sources_newly_speak_of_is_a_trend_once() {
        let root = tempfile::tempdir().unwrap();
        let desk = |key: &str| Desk::at(root.path(), "ws", "run_1", key);
        let first = [("a", "반도체 수출이 늘었다. 반도체를 보라"), ("b", "정부는 반도체에 투자"), ("c", "축제 소식")];
        let one = ask(&desk("k1"), &first);
        assert_eq!((one["is_new"].as_bool(), &one["trends"][0]["keyword"]), (Some(true), &json!("반도체")));
        assert_eq!(one["trends"].as_array().unwrap().len(), 1, "{one}");
        // The same call again is the same call; the same news in another call is none.
        assert_eq!(ask(&desk("k1"), &first), one);
        let two = ask(&desk("k2"), &first);
        assert_eq!((two["is_new"].as_bool(), two["trends"].as_array().unwrap().len()), (Some(false), 0));
        let three = ask(&desk("k3"), &[("a", "양자컴퓨터와 반도체"), ("b", "반도체, 그리고 양자컴퓨터의 시대")]);
        assert_eq!(three["trends"][0]["keyword"], "양자컴퓨터");
        assert_eq!((three["trends"].as_array().unwrap().len(), three["round"].as_u64()), (1, Some(3)));
        // Another workspace remembers for itself.
        let elsewhere = Desk::at(root.path(), "other", "run_1", "k9");
        assert_eq!(ask(&elsewhere, &first)["is_new"], true);
    }

    #[test]
    fn rows_are_read_and_names_stay_names() {
        let root = tempfile::tempdir().unwrap();
        let desk = Desk::at(root.path(), "ws", "run_1", "k");
        let rows = json!([{"title": "Robots learn", "url": "https://robots.example/robots"}]);
        let payload = json!({"series": "x", "sources": [{"name": "s", "content": rows}], "sources_min": 1});
        assert_eq!(detect(&desk, &payload).unwrap()["trends"][0]["keyword"], "learn");
        for series in ["", "../x", "a b", "a/b"] {
            assert!(detect(&desk, &json!({"series": series, "sources": [{"content": "a"}]})).is_err(), "{series}");
        }
        assert!(detect(&desk, &json!({"series": "x", "sources": []})).is_err());
        assert!(detect(&Desk::none(), &payload).is_err());
    }
}
