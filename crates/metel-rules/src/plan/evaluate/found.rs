//! How often the tools that a request needs are among those that a planner is shown: recall at k, the
//! mean of one over the first wanted tool's rank (MRR), and how much of the schemas need not be sent.

use std::collections::BTreeMap;

use metel_model::lang::Lang;
use serde::Deserialize;

use crate::plan::retrieve::Index;

/// One labelled request.
#[derive(Debug, Clone, Deserialize)]
pub struct Wanting {
    #[serde(default)]
    pub id: String,
    pub lang: Lang,
    pub text: String,
    /// All of them are needed.
    pub tools: Vec<String>,
}

/// Bytes of each tool's description and schema.
pub type Sizes = BTreeMap<String, usize>;

/// Counts of one kind and language.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Found {
    pub requests: usize,
    /// Requests of which every tool is shown.
    pub shown: usize,
    /// Tools that are wanted, and those of them that are shown.
    pub tools: usize,
    pub tools_shown: usize,
    /// Sum of one over the rank of the best placed wanted tool.
    pub reciprocal: f64,
    /// Bytes of schemas that are sent, and that all tools would take.
    pub sent: usize,
    pub whole: usize,
}

impl Found {
    pub fn recall(&self) -> f64 {
        self.shown as f64 / self.requests.max(1) as f64
    }

    pub fn recall_of_tools(&self) -> f64 {
        self.tools_shown as f64 / self.tools.max(1) as f64
    }

    pub fn mrr(&self) -> f64 {
        self.reciprocal / self.requests.max(1) as f64
    }

    pub fn saved(&self) -> f64 {
        1.0 - self.sent as f64 / self.whole.max(1) as f64
    }
}

/// Figures by kind (`one` tool, `several`, `all`) and language (`ko`, `en`, `both`), and what was not
/// found: id, tools in front, tools that lack.
pub type Outcome = (BTreeMap<(&'static str, &'static str), Found>, Vec<(String, Vec<String>, Vec<String>)>);

/// Ranks every request over the index.
pub fn evaluate_retrieval(cases: &[Wanting], index: &Index, sizes: &Sizes, k: usize) -> Outcome {
    let mut figures: BTreeMap<(&str, &str), Found> = BTreeMap::new();
    let mut failures = Vec::new();
    let whole: usize = sizes.values().sum();
    for case in cases {
        let hits = index.search(&case.text, k);
        // For the mean rank the order is followed further than what is shown.
        let ranked = index.search(&case.text, 100);
        let lacking: Vec<String> =
            case.tools.iter().filter(|tool| !hits.iter().any(|hit| hit.id == **tool)).cloned().collect();
        let rank = ranked.iter().position(|hit| case.tools.contains(&hit.id));
        let one = Found {
            requests: 1,
            shown: usize::from(lacking.is_empty()),
            tools: case.tools.len(),
            tools_shown: case.tools.len() - lacking.len(),
            reciprocal: rank.map_or(0.0, |rank| 1.0 / (rank + 1) as f64),
            sent: hits.iter().filter_map(|hit| sizes.get(&hit.id)).sum(),
            whole,
        };
        let kind = if case.tools.len() == 1 { "one" } else { "several" };
        for key in [kind, "all"].into_iter().flat_map(|kind| [(kind, case.lang.tag()), (kind, "both")]) {
            figures.entry(key).or_default().add(&one);
        }
        if !lacking.is_empty() {
            failures.push((case.id.clone(), hits.iter().take(4).map(|hit| hit.id.clone()).collect(), lacking));
        }
    }
    (figures, failures)
}

impl Found {
    fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.shown += other.shown;
        self.tools += other.tools;
        self.tools_shown += other.tools_shown;
        self.reciprocal += other.reciprocal;
        self.sent += other.sent;
        self.whole += other.whole;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn what_is_shown_is_counted() {
        let schema = Value::Null;
        let tools = [("mail.send", "Send an email"), ("rain.forecast", "Weather forecast"), ("x.y", "Sum of numbers")];
        let index = Index::of_tools(tools.iter().map(|(name, text)| (*name, *text, &schema)));
        let sizes: Sizes = tools.iter().map(|(name, _)| ((*name).to_owned(), 100)).collect();
        let case = |text: &str, tools: &[&str]| Wanting {
            id: String::new(),
            lang: Lang::En,
            text: text.into(),
            tools: tools.iter().map(|tool| (*tool).to_owned()).collect(),
        };
        let cases = [case("weather", &["rain.forecast"]), case("weather by email", &["rain.forecast", "mail.send"])];
        let (figures, failures) = evaluate_retrieval(&cases, &index, &sizes, 1);
        let all = figures[&("all", "both")];
        assert_eq!((all.requests, all.shown, all.tools, all.tools_shown), (2, 1, 3, 2));
        assert_eq!((all.mrr(), all.saved() > 0.6, failures.len()), (1.0, true, 1));
    }
}
