//! The index itself: postings per term, scored with BM25 where a field's weight multiplies its counts,
//! and the sum of what its words mean beside them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use metel_model::contract::Contract;
use metel_model::template::Template;
use serde_json::Value;

use super::cache::Cache;
use super::gloss;
use super::meaning::{self, WIDTH};
use super::parts::{parts, signs};
use super::terms::{is_hangul, terms};

const K1: f32 = 1.2;
const B: f32 = 0.75;
/// How much likeness of meaning counts beside the words themselves.
const MEANING: f32 = 0.5;
/// Least likeness at which a document is found that shares no word with the query.
const LIKENESS_LEAST: f32 = 0.1;
/// How much an answer to a part of a request counts beside one to the whole.
const PART: f32 = 0.8;

/// Terms of one query that are looked up; the rest is not read.
const TERMS_MAX: usize = 400;

/// One ranked document.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Tool id or template skill.
    pub id: String,
    /// Larger is better; comparable within one search only.
    pub score: f32,
}

/// A query's vector, and those of the documents by id.
pub type Vectors<'a> = (&'a [f32], &'a HashMap<String, Vec<f32>>);

/// What may be added to the words: nothing by default.
#[derive(Debug, Default)]
pub struct Signals<'a> {
    /// The query's vector and one per document id, of equal length.
    pub vector: Option<Vectors<'a>>,
    /// Past success of a tool in this workspace, 0 to 1.
    pub prior: Option<&'a HashMap<String, f32>>,
}

/// Ranking over a fixed set of documents. What was asked before is answered from memory: another set
/// of documents is another index.
#[derive(Debug, Default)]
pub struct Index {
    ids: Vec<String>,
    lengths: Vec<f32>,
    average: f32,
    postings: HashMap<String, Vec<(u32, f32)>>,
    /// What the words of each document mean together; empty where only words count.
    meanings: Vec<[i8; WIDTH]>,
    asked: Cache,
}

impl Index {
    /// Indexes contracts by id, titles, descriptions, examples and argument names.
    pub fn build(contracts: &[Arc<Contract>]) -> Self {
        let mut index = Self::default();
        for contract in contracts {
            let mut doc = Doc::default();
            doc.add(&contract.id, 3.0);
            doc.add(&contract.title.en, 2.0);
            doc.add(&contract.title.ko, 2.0);
            doc.add(&contract.description.en, 1.0);
            if contract.description.ko != contract.description.en {
                doc.add(&contract.description.ko, 1.0);
            }
            for example in &contract.examples {
                doc.add(example, 1.0);
            }
            doc.add_schema(&contract.input_schema);
            index.push(&contract.id, doc, true);
        }
        index.finish()
    }

    /// Indexes templates by skill, title, description and examples.
    pub fn of_templates(templates: &[Arc<Template>]) -> Self {
        let mut index = Self::default();
        for template in templates {
            let mut doc = Doc::default();
            doc.add(&template.skill, 1.0);
            doc.add(&template.title.en, 2.0);
            doc.add(&template.title.ko, 2.0);
            doc.add(&template.description.en, 1.0);
            doc.add(&template.description.ko, 1.0);
            for example in &template.examples {
                doc.add(example, 1.0);
            }
            index.push(&template.skill, doc, false);
        }
        index.finish()
    }

    /// Indexes foreign tool descriptions: name, description, input schema.
    pub fn of_tools<'a>(tools: impl Iterator<Item = (&'a str, &'a str, &'a Value)>) -> Self {
        let mut index = Self::default();
        for (name, description, schema) in tools {
            let mut doc = Doc::default();
            doc.add(name, 3.0);
            doc.add(description, 1.0);
            doc.add_schema(schema);
            index.push(name, doc, true);
        }
        index.finish()
    }

    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The best `k` by words and meaning.
    pub fn search(&self, query: &str, k: usize) -> Vec<Hit> {
        if let Some(known) = self.asked.get(query, k) {
            return known;
        }
        let hits = self.search_with(query, k, &Signals::default());
        self.asked.put(query, k, &hits);
        hits
    }

    /// The best `k` by words and whatever else is known. Ties are broken by order of insertion.
    pub fn search_with(&self, query: &str, k: usize, signals: &Signals<'_>) -> Vec<Hit> {
        let mut scores = self.scores(query);
        // A request of several acts: what answers one of them well counts as if it were asked alone.
        if !self.meanings.is_empty() {
            for part in parts(query) {
                for (score, of_part) in scores.iter_mut().zip(self.scores(part)) {
                    *score = score.max(PART * of_part);
                }
            }
        }
        self.mix(&mut scores, signals);
        let mut order: Vec<usize> = (0..scores.len()).filter(|at| scores[*at] > 0.0).collect();
        let by_score = |a: &usize, b: &usize| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b));
        if order.len() > k && k > 0 {
            order.select_nth_unstable_by(k - 1, by_score);
        }
        order.truncate(k);
        order.sort_by(by_score);
        order.into_iter().map(|at| Hit { id: self.ids[at].clone(), score: scores[at] }).collect()
    }

    /// How well each document answers, by words and meaning.
    fn scores(&self, query: &str) -> Vec<f32> {
        let mut scores = vec![0f32; self.ids.len()];
        let n = self.ids.len() as f32;
        let wanted = query_terms(query, !self.meanings.is_empty());
        // What a document would score that holds every term once or more.
        let mut whole = 0f32;
        for (term, weight) in &wanted {
            let Some(postings) = self.postings.get(term) else {
                // Pairs of syllables are many for one word; unknown ones say little.
                whole += if term.starts_with(is_hangul) { 0.0 } else { weight * 0.6 * (1.0 + n / 0.5).ln() };
                continue;
            };
            let idf = idf(n, postings.len() as f32);
            whole += weight * idf;
            for (doc, count) in postings {
                let at = *doc as usize;
                let norm = K1 * (1.0 - B + B * self.lengths[at] / self.average);
                scores[at] += weight * idf * count * (K1 + 1.0) / (count + norm);
            }
        }
        if whole > 0.0 && !self.meanings.is_empty() {
            let scale = 1.0 / (whole * (K1 + 1.0) / 1.6);
            scores.iter_mut().for_each(|score| *score *= scale);
            self.mean(&wanted, &mut scores);
        }
        scores
    }

    /// Adds likeness of meaning to the scores of words.
    fn mean(&self, wanted: &[(String, f32)], scores: &mut [f32]) {
        let n = self.ids.len() as f32;
        let rarity = |term: &str| self.postings.get(term).map_or(3.0, |postings| idf(n, postings.len() as f32));
        let Some(query) = meaning::of(wanted.iter().map(|(term, weight)| (term.as_str(), weight * rarity(term))))
        else {
            return;
        };
        for (score, meaning) in scores.iter_mut().zip(&self.meanings) {
            let alike = meaning::alike(&query, meaning);
            if *score > 0.0 || alike >= LIKENESS_LEAST {
                *score = (*score + MEANING * alike).max(0.0);
            }
        }
    }

    /// Brings vectors and prior to the scale of the best lexical score, then adds them.
    fn mix(&self, scores: &mut [f32], signals: &Signals<'_>) {
        if let Some((query, vectors)) = signals.vector {
            let best = scores.iter().copied().fold(0f32, f32::max);
            let best = if best > 0.0 { best } else { 1.0 };
            for (at, id) in self.ids.iter().enumerate() {
                if let Some(vector) = vectors.get(id) {
                    scores[at] += best * cosine(query, vector).max(0.0);
                }
            }
        }
        if let Some(prior) = signals.prior {
            for (at, id) in self.ids.iter().enumerate() {
                if let Some(success) = prior.get(id).filter(|success| success.is_finite()) {
                    scores[at] *= 1.0 + 0.2 * success.clamp(0.0, 1.0);
                }
            }
        }
    }

    fn push(&mut self, id: &str, doc: Doc, has_meaning: bool) {
        let at = self.ids.len() as u32;
        self.ids.push(id.to_owned());
        self.lengths.push(doc.length);
        if has_meaning {
            let words = doc.counts.iter().map(|(term, count)| (term.as_str(), count.min(3.0).sqrt()));
            self.meanings.push(meaning::of(words).unwrap_or([0; WIDTH]));
        }
        for (term, count) in doc.counts {
            self.postings.entry(term).or_default().push((at, count));
        }
    }

    fn finish(mut self) -> Self {
        let total: f32 = self.lengths.iter().sum();
        self.average = (total / self.ids.len().max(1) as f32).max(1.0);
        self
    }
}

/// The counts of one document while it is read.
#[derive(Default)]
struct Doc {
    /// In order, so that sums over it are the same each time.
    counts: BTreeMap<String, f32>,
    length: f32,
}

impl Doc {
    fn add(&mut self, text: &str, weight: f32) {
        terms(text, |term| {
            *self.counts.entry(term.to_owned()).or_default() += weight;
            self.length += weight;
        });
    }

    /// Argument names and what is said about them, lightly.
    fn add_schema(&mut self, schema: &Value) {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
        for (name, property) in properties.iter().take(64) {
            self.add(name, 0.3);
            if let Some(text) = property.get("description").and_then(Value::as_str) {
                self.add(text, 0.15);
            }
        }
    }
}

/// How much a term tells that so many of `n` documents hold.
fn idf(n: f32, holders: f32) -> f32 {
    (1.0 + (n - holders + 0.5) / (holders + 0.5)).ln()
}

/// Each distinct term of the query with its weight: its own words, and English words for Korean ones.
fn query_terms(query: &str, with_english: bool) -> Vec<(String, f32)> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut out: Vec<(String, f32)> = Vec::new();
    let mut add = |term: &str, weight: f32| match seen.get(term) {
        Some(at) => out[*at].1 = out[*at].1.max(weight),
        None if out.len() < TERMS_MAX => {
            seen.insert(term.to_owned(), out.len());
            out.push((term.to_owned(), weight));
        }
        None => {}
    };
    terms(query, |term| add(term, 1.0));
    if with_english {
        gloss::english(query, |words, weight| terms(words, |term| add(term, weight)));
        signs(query, |words| terms(words, |term| add(term, 0.6)));
    }
    out
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    if a.len() != b.len() || a.is_empty() {
        return 0.0;
    }
    let dot: f32 = a.iter().zip(b).map(|(x, y)| x * y).sum();
    let norm = |v: &[f32]| v.iter().map(|x| x * x).sum::<f32>().sqrt();
    let size = norm(a) * norm(b);
    if size > 0.0 && size.is_finite() { dot / size } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::fixture;

    #[test]
    fn both_languages_find_the_tool() {
        let catalogue = fixture::catalogue();
        for (query, tool) in [
            ("노션에 회의록 페이지를 만들어줘", "notion.create_page"),
            ("슬랙 팀 채널에 메시지 보내줘", "slack.post_message"),
            ("share it on slack", "slack.post_message"),
            ("get the values of the sheet", "sheets.get_range"),
            ("세 줄로 요약", "text.summarize"),
        ] {
            assert_eq!(catalogue.index().search(query, 3)[0].id, tool, "{query}");
        }
    }

    #[test]
    fn vectors_and_prior_move_the_order() {
        let schema = Value::Null;
        let index = Index::of_tools([("x_tool", "weather", &schema), ("y_tool", "weather", &schema)].into_iter());
        assert_eq!(index.search("weather", 2)[0].id, "x_tool");
        let prior = HashMap::from([("y_tool".to_owned(), 1.0f32)]);
        let signals = Signals { prior: Some(&prior), ..Signals::default() };
        assert_eq!(index.search_with("weather", 2, &signals)[0].id, "y_tool");
        let vectors = HashMap::from([("y_tool".to_owned(), vec![1.0, 0.0]), ("x_tool".to_owned(), vec![0.0, 1.0])]);
        let signals = Signals { vector: Some((&[1.0, 0.1], &vectors)), ..Signals::default() };
        assert_eq!(index.search_with("weather", 2, &signals)[0].id, "y_tool");
    }

    #[test]
    fn ten_thousand_tools_are_searched_quickly() {
        let schema = Value::Null;
        let verbs = ["create", "list", "delete", "update", "search", "export", "merge", "close", "open", "share"];
        let nouns = ["page", "issue", "invoice", "ticket", "order", "message", "channel", "file", "event", "user"];
        let names: Vec<(String, String)> = (0..10_000)
            .map(|i| {
                let (verb, noun) = (verbs[i % 10], nouns[i / 10 % 10]);
                (
                    format!("s{}.{verb}_{noun}", i / 100),
                    format!("{verb} a {noun} 만들기 페이지 {i} in service {}", i / 100),
                )
            })
            .collect();
        let index = Index::of_tools(names.iter().map(|(name, text)| (name.as_str(), text.as_str(), &schema)));
        let start = std::time::Instant::now();
        for _ in 0..20 {
            assert_eq!(index.search("create a page in service 7 and share it, 페이지 만들기", 8).len(), 8);
        }
        let each = start.elapsed() / 20;
        assert!(each.as_millis() < 10 * u128::from(crate::SLACK), "{each:?} a search");
    }
}
