//! Precision and recall on labelled texts: a finding is right when its kind and
//! both ends are exactly those of a label.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Kind, scan};

/// One labelled text of a set, a line of JSON.
#[derive(Deserialize)]
struct Labelled {
    text: String,
    found: Vec<Label>,
}

#[derive(Clone, Deserialize, PartialEq, Eq)]
struct Label {
    #[serde(rename = "type")]
    kind: Kind,
    start: usize,
    end: usize,
}

/// A line that is no labelled text.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct EvaluateError {
    /// Counted from 1.
    pub line: usize,
    pub reason: String,
}

/// Counts of one kind; precision and recall are 1 where there was nothing to get wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct KindFigures {
    pub right: usize,
    /// Reported, not labelled so.
    pub surplus: usize,
    /// Labelled, not reported so.
    pub missed: usize,
    pub precision: f64,
    pub recall: f64,
}

/// A text whose findings differ from its labels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mismatch {
    /// Line of the set, counted from 1.
    pub line: usize,
    pub surplus: Vec<(Kind, usize, usize)>,
    pub missed: Vec<(Kind, usize, usize)>,
}

/// What a detector run over a labelled set yields.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    pub texts: usize,
    /// Texts without a label in which nothing was found, of all without a label.
    pub clean_right: usize,
    pub clean: usize,
    pub precision: f64,
    pub recall: f64,
    pub kinds: BTreeMap<Kind, KindFigures>,
    pub mismatches: Vec<Mismatch>,
}

/// Runs the detector over lines of `{"text","found":[{"type","start","end"}]}`.
///
/// # Errors
/// The first line that is not one.
pub fn evaluate(lines: &str) -> Result<Figures, EvaluateError> {
    let mut kinds: BTreeMap<Kind, KindFigures> = BTreeMap::new();
    let mut mismatches = Vec::new();
    let (mut texts, mut clean, mut clean_right) = (0, 0, 0);
    for (index, line) in lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let labelled: Labelled =
            serde_json::from_str(line).map_err(|error| EvaluateError { line: index + 1, reason: error.to_string() })?;
        texts += 1;
        let found: Vec<Label> = scan(&labelled.text)
            .into_iter()
            .map(|finding| Label { kind: finding.kind, start: finding.start, end: finding.end })
            .collect();
        clean += usize::from(labelled.found.is_empty());
        clean_right += usize::from(labelled.found.is_empty() && found.is_empty());
        let surplus: Vec<&Label> = found.iter().filter(|label| !labelled.found.contains(label)).collect();
        let missed: Vec<&Label> = labelled.found.iter().filter(|label| !found.contains(label)).collect();
        for label in &found {
            let figures = kinds.entry(label.kind).or_default();
            if labelled.found.contains(label) {
                figures.right += 1;
            } else {
                figures.surplus += 1;
            }
        }
        for label in &missed {
            kinds.entry(label.kind).or_default().missed += 1;
        }
        if !surplus.is_empty() || !missed.is_empty() {
            let plain = |labels: &[&Label]| labels.iter().map(|l| (l.kind, l.start, l.end)).collect();
            mismatches.push(Mismatch { line: index + 1, surplus: plain(&surplus), missed: plain(&missed) });
        }
    }
    let mut all = KindFigures::default();
    for figures in kinds.values_mut() {
        all.right += figures.right;
        all.surplus += figures.surplus;
        all.missed += figures.missed;
        figures.settle();
    }
    all.settle();
    Ok(Figures { texts, clean_right, clean, precision: all.precision, recall: all.recall, kinds, mismatches })
}

impl KindFigures {
    fn settle(&mut self) {
        let share = |part: usize, whole: usize| {
            if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
        };
        self.precision = share(self.right, self.right + self.surplus);
        self.recall = share(self.right, self.right + self.missed);
    }
}
