//! One clause read into seeds: which acts its verb and its things make together, and which of the
//! quoted strings and bare names belong where. The walk is here; each act has a file of its own.

mod cells;
mod delete;
mod lacking;
mod leftover;
mod message;
mod page;
mod role;
mod sink;
mod source;
mod summary;
mod things;

use std::sync::LazyLock;

use regex::Regex;

use crate::plan::understand::clause::Clause;
use crate::plan::understand::lexicon::{Intent, Object, expression};
use crate::plan::understand::mark::{Marked, What};
use crate::plan::understand::seed::{Seed, Want};
use things::Things;

/// What has been read so far.
#[derive(Debug, Default)]
pub struct Reading {
    pub seeds: Vec<Seed>,
    /// Services and things that were asked of without there being a tool, with the verb's intent.
    pub lacking: Vec<Lacking>,
    /// Titles and the like that were said apart from the act: `제목은 'X'`.
    pub loose_title: Option<String>,
    pub loose_content: Option<String>,
    /// A message that was only spoken of, with its channel: `1718….0002 in #alerts was a mistake`.
    loose_message: Option<(String, Option<(String, bool)>)>,
    /// A link that the next act takes: `그 링크 담아`.
    carried: Option<Want>,
    pub spreadsheets: Vec<(usize, String)>,
    pub tabs: Vec<(usize, String)>,
    /// Channels named before any act: `#general: …`.
    pub topic_channel: Option<(String, bool)>,
    /// What an earlier question was about: `churn rate? search it`.
    pub topic: Option<String>,
}

/// Something that no tool here can do.
#[derive(Debug, Clone, PartialEq)]
pub enum Lacking {
    Service(String),
    Unsupported(usize),
    Thing(Intent, Object),
    /// A verb that is not known here: `눌러줘`.
    Unknown,
}

impl Lacking {
    /// The service, where it is one.
    pub fn service(&self) -> Option<&str> {
        match self {
            Self::Service(service) => Some(service),
            _ => None,
        }
    }
}

/// One clause with the request that it stands in.
struct View<'a> {
    marked: &'a Marked,
    clause: &'a Clause,
    text: &'a str,
    korean: bool,
}

impl Reading {
    /// Reads one clause: what no tool can do ends it, then come taking away and looking at messages,
    /// then what is read from outside, summed up, and put somewhere. `korean`: the whole request is.
    pub fn read(&mut self, marked: &Marked, clause: &Clause, korean: bool) {
        let view = View { marked, clause, text: &marked.low()[clause.start..clause.end], korean };
        if UNSURE.is_match(view.text) && clause.verb.is_none() {
            return;
        }
        let things = view.things();
        let before = self.seeds.len();
        self.note(&view, &things);
        self.find_lacking(&view);
        if !self.lacking.is_empty() {
            return;
        }
        if matches!(clause.intent(), None | Some(Intent::Send))
            && !clause.arrow
            && things.quotes.is_empty()
            && let Some(stamp) = things.stamps.first().filter(|_| !view.deletes())
        {
            self.loose_message = Some((stamp.clone(), things.channels.first().cloned()));
            return;
        }
        if view.deletes() {
            self.delete(&view, &things);
            return;
        }
        if view.reads_messages(&things) {
            self.seeds.push(view.other(Intent::Get, Object::Message, &things));
            return;
        }
        if self.adds_to_message(&view, &things) {
            return;
        }
        self.sources(&view, &things);
        self.transform(&view, &things);
        self.sinks(&view, &things);
        if self.seeds.len() == before {
            self.leftover(&view, &things);
        }
        if clause.verb.is_none() && !clause.arrow {
            self.seeds[before..].iter_mut().for_each(|seed| seed.weak = true);
        }
    }

    fn span(view: &View<'_>) -> (usize, usize) {
        (view.clause.start, view.clause.end)
    }

    /// Things that hold for the whole request.
    fn note(&mut self, view: &View<'_>, things: &Things) {
        for name in &things.spreadsheets {
            self.spreadsheets.push((view.clause.start, name.clone()));
        }
        for (_, name) in &things.tabs {
            self.tabs.push((view.clause.start, name.clone()));
        }
        if self.topic_channel.is_none()
            && let Some((name, outside)) = things.channels.first()
        {
            self.topic_channel = Some((name.clone(), *outside));
        }
    }
}

impl View<'_> {
    fn nominal(&self, intent: Intent) -> bool {
        self.clause.marks.iter().any(|mark| mark.what == What::Nominal(intent))
    }
}

static UNSURE: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"모르겠|몰라|모름|기억이? 안|못 정했|안 정했|정하지 (?:못|않)|미정|not sure|haven't decided|have not decided|undecided|no name yet|no idea which|don't know|can't remember|i forgot|나중에 알려|later",
    )
});

#[cfg(test)]
mod tests {
    use super::Reading;
    use crate::plan::tests::fixture;
    use crate::plan::understand::clause::clauses;
    use crate::plan::understand::mark::mark;
    use crate::plan::understand::seed::Act;
    use metel_model::lang::Lang;

    /// All clauses of a request, read.
    pub(super) fn read(text: &str) -> Reading {
        let marked = mark(text, &fixture::catalogue());
        let mut reading = Reading::default();
        for clause in &clauses(&marked) {
            reading.read(&marked, clause, Lang::of(text) == Lang::Ko);
        }
        reading
    }

    pub(super) fn acts(text: &str) -> Vec<Act> {
        read(text).seeds.iter().map(|seed| seed.act).collect()
    }

    #[test]
    fn each_act_of_a_request_becomes_a_seed_in_order() {
        for text in [
            "https://example.com/a 내용 요약해서 노션에 '정리' 페이지 만들고 링크를 #team에 공유해줘",
            "Summarize https://example.com/a, create a Notion page called 'Digest' and share the link in #team",
        ] {
            assert_eq!(acts(text), [Act::ReadUrl, Act::Summarise, Act::MakePage, Act::Send], "{text}");
        }
    }

    #[test]
    fn what_nobody_knows_yet_asks_for_nothing() {
        assert_eq!(acts("채널은 아직 모르겠어"), []);
        assert_eq!(acts("not sure which channel"), []);
    }
}
