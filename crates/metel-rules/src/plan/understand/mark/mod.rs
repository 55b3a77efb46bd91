//! The working text as a row of marks: literals, known places, services, things, verbs, breaks.
//! Earlier kinds win over later ones where they overlap; what stays unmarked is names and filler.

mod breaks;
mod channel;
mod object;
mod place;

use std::collections::BTreeSet;

use crate::plan::catalogue::Catalogue;
use crate::plan::understand::lexicon::{Form, Intent, Object, lexicon};
use crate::plan::understand::literal::{Lifted, Literal, lift};
use crate::plan::understand::{spelling, verb};

#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Index of a literal that is nothing more special.
    Literal(usize),
    /// A channel: what a tool takes, and whether people outside read it.
    Channel {
        value: String,
        outside: bool,
    },
    Cells {
        tab: Option<String>,
        cells: String,
    },
    Database(String),
    Spreadsheet(String),
    Tab(String),
    Service(String),
    Object(Object),
    Verb(Verb),
    /// A verb's noun that is not used as a verb: `검색` in `검색 결과`.
    Nominal(Intent),
    Break(Break),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verb {
    /// Absent for `부탁해`, which asks without saying what.
    pub intent: Option<Intent>,
    pub form: Form,
    /// Korean verbs end their clause, English ones begin it.
    pub korean: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// End of a sentence or line.
    Hard,
    Arrow,
    /// `and`, `그리고`.
    And,
    Comma,
    Dash,
    Colon,
    Open,
    Close,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    pub start: usize,
    pub end: usize,
    pub what: What,
}

/// A request, lifted, mended and marked.
#[derive(Debug, Clone)]
pub struct Marked {
    pub lifted: Lifted,
    pub marks: Vec<Mark>,
}

impl Marked {
    pub fn low(&self) -> &str {
        &self.lifted.low
    }

    /// Text before `at`, without trailing space.
    pub fn before(&self, at: usize) -> &str {
        self.lifted.low[..at].trim_end()
    }

    pub fn after(&self, at: usize) -> &str {
        &self.lifted.low[at..]
    }

    pub fn quote(&self, index: usize) -> Option<&str> {
        match self.lifted.literals.get(index) {
            Some(Literal::Quote(text)) => Some(text),
            _ => None,
        }
    }
}

/// Marks a request. Linear in its length but for a constant number of passes.
pub fn mark(text: &str, catalogue: &Catalogue) -> Marked {
    let mut lifted = lift(text);
    let names: BTreeSet<String> = catalogue
        .places
        .iter()
        .flat_map(|place| &place.names)
        .filter(|name| name.is_ascii())
        .flat_map(|name| name.split([' ', '-']).map(str::to_ascii_lowercase).collect::<Vec<_>>())
        .collect();
    lifted.work = spelling::mend(&lifted.work, &names);
    lifted.low = lifted.work.to_ascii_lowercase();
    let mut scan = Scan { taken: vec![false; lifted.low.len()], marks: Vec::new(), lifted: &lifted };
    scan.literals(catalogue);
    scan.places(catalogue);
    scan.services();
    scan.verbs();
    scan.objects();
    scan.breaks();
    let mut marks = scan.marks;
    marks.sort_by_key(|mark| (mark.start, mark.end));
    Marked { lifted, marks }
}

struct Scan<'a> {
    lifted: &'a Lifted,
    taken: Vec<bool>,
    marks: Vec<Mark>,
}

impl Scan<'_> {
    fn free(&self, start: usize, end: usize) -> bool {
        !self.taken[start..end].iter().any(|taken| *taken)
    }

    fn add(&mut self, start: usize, end: usize, what: What) {
        if start < end && self.free(start, end) {
            self.taken[start..end].fill(true);
            self.marks.push(Mark { start, end, what });
        }
    }

    fn low(&self) -> &str {
        &self.lifted.low
    }

    fn services(&mut self) {
        let lexicon = lexicon();
        for phrases in [&lexicon.services, &lexicon.services_latin] {
            let found: Vec<(usize, usize, String)> = phrases
                .find
                .find_iter(&self.lifted.low)
                .filter_map(|m| phrases.get(m.as_str()).map(|service| (m.start(), m.end(), service.clone())))
                .collect();
            for (start, end, service) in found {
                self.add(start, end, What::Service(service));
            }
        }
    }

    fn verbs(&mut self) {
        for found in verb::korean(&self.lifted.low, &self.taken) {
            self.add(found.start, found.end, found.what);
        }
        let quiet: Vec<(usize, usize)> = self.marks.iter().map(|mark| (mark.start, mark.end)).collect();
        for found in verb::english(&self.lifted.low, &self.taken, &quiet) {
            self.add(found.start, found.end, found.what);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{What, mark};
    use crate::plan::tests::fixture;

    /// The marks of a text, as they stand in it.
    pub(super) fn marks(text: &str) -> Vec<What> {
        mark(text, &fixture::catalogue()).marks.into_iter().map(|mark| mark.what).collect()
    }

    #[test]
    fn marks_stand_in_order_and_never_overlap() {
        for text in [
            "노션에 '주간 회의록' 페이지를 만들고 링크를 슬랙 #team 에 공유해줘",
            "Copy Sales!A1:B2 to the Metrics tab, then tell #random",
        ] {
            let marks = mark(text, &fixture::catalogue()).marks;
            assert!(marks.windows(2).all(|pair| pair[0].end <= pair[1].start), "{marks:?}");
        }
    }
}
