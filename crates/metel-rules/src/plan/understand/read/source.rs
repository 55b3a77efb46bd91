//! Reading from outside: databases, cells, addresses, the web.

use std::sync::LazyLock;

use regex::Regex;

use super::role::Role;
use super::things::Things;
use super::{Lacking, Reading, View};
use crate::plan::understand::lexicon::{Intent, Object, expression, lexicon};
use crate::plan::understand::mark::{Mark, What};
use crate::plan::understand::residue;
use crate::plan::understand::seed::{Act, Seed, Slot};

impl Reading {
    /// Reads of tables, databases, addresses and the web.
    pub(super) fn sources(&mut self, view: &View<'_>, things: &Things) {
        let span = Self::span(view);
        let intent = view.clause.intent();
        let before = self.seeds.len();
        for mark in &things.databases {
            let What::Database(name) = &mark.what else { continue };
            let no_other_sink = things.channels.is_empty() && !view.touches_cells(things) && !view.page_noun();
            if view.target_at(mark.start) && no_other_sink && matches!(intent, Some(Intent::Put | Intent::Make)) {
                self.lacking.push(Lacking::Thing(Intent::Put, Object::Database));
                return;
            }
            let filter = residue::filter(view.marked, view.clause, mark);
            let mut seed = Seed::new(Act::QueryDatabase, span).with(Slot::Database, name.clone());
            if let Some(filter) = filter {
                seed = seed.with(Slot::Filter, filter);
            }
            self.seeds.push(seed);
        }
        if view.has_source_cells(things) {
            self.cells(Act::ReadCells, view, things);
        }
        for (mark, url) in &things.urls {
            if lexicon().host_of(url).is_none() && view.reads_url(mark) {
                self.seeds.push(Seed::new(Act::ReadUrl, span).with(Slot::Url, url.clone()));
            }
        }
        if intent == Some(Intent::Get)
            && things.urls.is_empty()
            && view.clause.has(Object::Site)
            && self.seeds.len() == before
        {
            self.seeds.push(Seed::new(Act::ReadUrl, span));
        }
        let looks_up = intent == Some(Intent::Search)
            || view.nominal(Intent::Search)
            || intent == Some(Intent::Get) && (view.clause.has(Object::Web) || view.clause.has(Object::News))
            || intent.is_none() && !things.quotes.is_empty() && SEARCHING.is_match(view.text)
            // `웹 'X' 요약`, `any news on X?`
            || matches!(intent, None | Some(Intent::Summarise))
                && things.urls.is_empty()
                && (view.clause.has(Object::Web) && !things.quotes.is_empty()
                    || view.clause.has(Object::News) && (intent.is_some() || ANY_NEWS.is_match(view.text)));
        let elsewhere = view.clause.service("slack") || view.clause.service("notion") && view.clause.has(Object::Page);
        if looks_up
            && self.seeds.len() == before
            && !(elsewhere && intent == Some(Intent::Search) && things.channels.is_empty())
        {
            let had = self.seeds.iter().any(|seed| seed.act == Act::SearchWeb);
            if had && intent != Some(Intent::Search) {
                return;
            }
            let quoted = things.quotes.iter().find(|(_, _, role)| *role == Role::Query);
            let quoted = quoted.or_else(|| {
                things.quotes.iter().find(|(_, _, role)| *role == Role::Free && things.channels.is_empty())
            });
            let query = quoted
                .map(|(_, text, _)| text.clone())
                .or_else(|| residue::query(view.marked, view.clause).filter(|query| !residue::is_pronoun(query)))
                .or_else(|| self.topic.clone());
            let mut seed = Seed::new(Act::SearchWeb, span);
            if let Some(query) = query {
                seed = seed.with(Slot::Query, query);
            }
            self.seeds.push(seed);
        } else if looks_up && self.seeds.len() == before {
            let object = if view.clause.service("slack") { Object::Message } else { Object::Page };
            self.lacking.push(Lacking::Thing(Intent::Search, object));
        }
    }
}

impl View<'_> {
    pub(super) fn reads_url(&self, mark: &Mark) -> bool {
        let intent = self.clause.intent();
        let after = &self.marked.low()[mark.end..self.clause.end];
        matches!(intent, Some(Intent::Get | Intent::Summarise | Intent::Search))
            || COPIES.is_match(self.text) && !LINK_SOON.is_match(after)
            || READS.is_match(self.text) && !LINK_SOON.is_match(after)
            || self.clause.has(Object::Summary)
    }
}

pub(super) static LINK_SOON: LazyLock<Regex> =
    LazyLock::new(|| expression(r"^\s?(?:이|요|저|라는)?\s?(?:링크|주소|url|link)"));
static READS: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"content(?:s)?\s(?:of|from|at)|text\s(?:of|from)|내용을|내용\s?(?:가져|읽|복사|요약|정리|그대로)|본문을|본문\s|여기\s?(?:적힌|있는|나온|내용)|적힌\s?(?:거|것|내용)|있는\s?(?:거|글|내용)|what's\s(?:on|at)|what\sis\s(?:on|at)|whatever is|everything (?:on|at)|page at|article at|글\s?내용|기사",
    )
});
static SEARCHING: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?-u:\b)(?:a|another|web) search(?-u:\b)|검색(?:은|어는|어:)"));
static ANY_NEWS: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?-u:\b)(?:any|latest|what's|what is|is there|recent)(?-u:\b)|있나|있어|있는지|뭐|요즘|최근|\?")
});
static COPIES: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?-u:\b)(?:copy|clip|import|transfer|turn)(?-u:\b)|복사|퍼\s?(?:와|다)|옮겨"));

#[cfg(test)]
mod tests {
    use crate::plan::understand::read::tests::read;
    use crate::plan::understand::seed::{Act, Slot};

    #[test]
    fn what_is_read_keeps_its_own_words() {
        for (text, act, slot, value) in [
            ("웹에서 '금리 전망' 검색해줘", Act::SearchWeb, Slot::Query, "금리 전망"),
            ("Search the web for 'rate outlook'", Act::SearchWeb, Slot::Query, "rate outlook"),
            ("https://example.com/a 내용 가져와줘", Act::ReadUrl, Slot::Url, "https://example.com/a"),
            ("할 일 데이터베이스에서 이번 주 마감 조회해줘", Act::QueryDatabase, Slot::Filter, "이번 주 마감"),
            ("매출 시트 A1:C5 읽어줘", Act::ReadCells, Slot::Range, "매출!A1:C5"),
        ] {
            let seeds = read(text).seeds;
            assert_eq!((seeds[0].act, seeds[0].text(slot)), (act, Some(value)), "{text}: {seeds:?}");
        }
    }
}
