//! Summaries by extraction: the sentences that share most words with the rest of the text, first the
//! early ones and those with numbers, in the order in which they stand.

use std::collections::{BTreeMap, BTreeSet};

use metel_model::Lang;
use serde_json::{Value, json};

use super::findings::nothing;
use super::reading::Passage;

/// Sentences of a summary, unless the task says how many.
const SENTENCES: usize = 3;

pub(super) fn summarize(lang: Lang, task: &str, passages: &[Passage]) -> Value {
    let count = asked_count(task).unwrap_or(SENTENCES);
    let points: Vec<String> = pick(passages, task, count).into_iter().map(|passage| passage.text.clone()).collect();
    let summary = if points.is_empty() { nothing(lang) } else { points.join(" ") };
    json!({"summary": summary, "points": points})
}

/// "세 줄로", "3문장", "in five lines".
fn asked_count(task: &str) -> Option<usize> {
    const WORDS: &[(&str, usize)] = &[
        ("한", 1),
        ("두", 2),
        ("세", 3),
        ("네", 4),
        ("다섯", 5),
        ("one", 1),
        ("two", 2),
        ("three", 3),
        ("four", 4),
        ("five", 5),
    ];
    let lower = task.to_lowercase();
    for unit in ["줄", "문장", "가지", "line", "sentence", "point", "bullet"] {
        let Some(at) = lower.find(unit) else { continue };
        let head = lower[..at].trim_end();
        let digits: String = head.chars().rev().take_while(char::is_ascii_digit).collect();
        let digits: String = digits.chars().rev().collect();
        let number = digits
            .parse::<usize>()
            .ok()
            .or_else(|| WORDS.iter().find(|(word, _)| head.ends_with(word)).map(|(_, number)| *number));
        if let Some(number) = number.filter(|number| (1..=20).contains(number)) {
            return Some(number);
        }
    }
    None
}

pub(super) fn pick<'a>(passages: &'a [Passage], task: &str, count: usize) -> Vec<&'a Passage> {
    let mut seen = BTreeSet::new();
    let passages: Vec<&Passage> = passages.iter().filter(|passage| seen.insert(passage.text.as_str())).collect();
    let mut frequency: BTreeMap<String, usize> = BTreeMap::new();
    for passage in &passages {
        for word in words(&passage.text) {
            *frequency.entry(word).or_default() += 1;
        }
    }
    let asked = words(task);
    let mut ranked: Vec<(usize, u64)> = passages
        .iter()
        .enumerate()
        .map(|(at, passage)| {
            let own = words(&passage.text);
            let shared: usize =
                own.iter().map(|word| frequency.get(word).copied().unwrap_or(0).saturating_sub(1)).sum();
            let asked = own.intersection(&asked).count();
            let numbers = usize::from(passage.text.chars().any(|c| c.is_ascii_digit()));
            let early = usize::from(at == 0) * 2 + usize::from(at < 3);
            // In hundredths, so that ranking needs no fractions.
            let score = shared * 100 / (own.len() + 3) + asked * 60 + numbers * 40 + early * 30;
            (at, score as u64)
        })
        .collect();
    ranked.sort_by_key(|(at, score)| (std::cmp::Reverse(*score), *at));
    ranked.truncate(count);
    ranked.sort_by_key(|(at, _)| *at);
    ranked.into_iter().map(|(at, _)| passages[at]).collect()
}

/// Words for counting; Korean ones without their last letter when long, which drops most particles.
fn words(text: &str) -> BTreeSet<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() > 1)
        .map(|word| match word.chars().next().is_some_and(|c| ('가'..='힣').contains(&c)) && word.chars().count() > 2
        {
            true => word.chars().take(word.chars().count() - 1).collect(),
            false => word.to_owned(),
        })
        .collect()
}
