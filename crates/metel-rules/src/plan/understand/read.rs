//! One clause read into seeds: which acts its verb and its things make together, and which of the
//! quoted strings and bare names belong where.

use std::sync::LazyLock;

use regex::Regex;

use super::clause::Clause;
use super::lexicon::{Intent, Object, expression, lexicon};
use super::literal::Literal;
use super::mark::{Mark, Marked, What};
use super::residue;
use super::seed::{Act, Filling, Seed, Slot, Want};

/// What has been read so far.
#[derive(Debug, Default)]
pub struct Reading {
    pub seeds: Vec<Seed>,
    /// Services and things that were asked of without there being a tool, with the verb's intent.
    pub lacking: Vec<Lacking>,
    /// Titles and the like that were said apart from the act: `제목은 'X'`.
    pub loose_title: Option<String>,
    pub loose_content: Option<String>,
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
}

/// The role a quoted string plays by the words beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Title,
    Text,
    Query,
    Parent,
    Content,
    Filter,
    Free,
}

struct View<'a> {
    marked: &'a Marked,
    clause: &'a Clause,
    text: &'a str,
    korean: bool,
}

/// Things of one clause, gathered.
#[derive(Default)]
struct Things {
    channels: Vec<(String, bool)>,
    cells: Vec<(usize, Option<String>, String)>,
    databases: Vec<Mark>,
    urls: Vec<(Mark, String)>,
    emails: Vec<String>,
    stamps: Vec<String>,
    quotes: Vec<(Mark, String, Role)>,
    blocks: Vec<String>,
    spreadsheets: Vec<String>,
    tabs: Vec<(usize, String)>,
}

impl Reading {
    /// Reads one clause; `knows` says whether a service or an act has a tool.
    pub fn read(&mut self, marked: &Marked, clause: &Clause, korean: bool) {
        let view = View { marked, clause, text: &marked.low()[clause.start..clause.end], korean };
        if UNSURE.is_match(view.text) && clause.verb.is_none() {
            return;
        }
        let things = view.things();
        let before = self.seeds.len();
        self.note(&view, &things);
        self.find_lacking(&view, &things);
        if !self.lacking.is_empty() {
            return;
        }
        let intent = clause.intent();
        let trash = matches!(intent, Some(Intent::Put | Intent::Send) | None) && TRASH.is_match(view.text);
        if trash || intent == Some(Intent::Delete) && !view.stores() {
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

    fn find_lacking(&mut self, view: &View<'_>, things: &Things) {
        for mark in &view.clause.marks {
            if let What::Service(service) = &mark.what
                && view.clause.intent() != Some(Intent::Search)
                && view.is_means(mark, things)
            {
                self.lacking.push(Lacking::Service(service.clone()));
            }
        }
        if let Some(Intent::Unsupported(at)) = view.clause.intent() {
            self.lacking.push(Lacking::Unsupported(at));
        }
    }

    /// `"…"도 같이 적어줘` behind a message: more words for it.
    fn adds_to_message(&mut self, view: &View<'_>, things: &Things) -> bool {
        let free = things.quotes.iter().filter(|(_, _, role)| matches!(role, Role::Free | Role::Text | Role::Content));
        let more: Vec<String> = free.map(|(_, text, _)| text.clone()).collect();
        let plain = things.channels.is_empty()
            && !view.touches_cells(things)
            && !view.page_noun()
            && !view.clause.service("notion");
        if more.is_empty()
            || !plain
            || !matches!(view.clause.intent(), Some(Intent::Put | Intent::Send | Intent::Make))
            || !ALONGSIDE.is_match(view.text)
        {
            return false;
        }
        let Some(span) = self.seeds.last().filter(|seed| seed.act == Act::Send).map(|seed| seed.span) else {
            return false;
        };
        for seed in self.seeds.iter_mut().filter(|seed| seed.act == Act::Send && seed.span == span) {
            let text = seed.text(Slot::Text).map(|text| format!("{text}\n")).unwrap_or_default();
            *seed = seed.clone().with(Slot::Text, text + &more.join("\n"));
        }
        true
    }

    fn delete(&mut self, view: &View<'_>, things: &Things) {
        let span = Self::span(view);
        let message_link = things.urls.iter().find(|(_, url)| lexicon().host_of(url) == Some("slack"));
        let page_link = things.urls.iter().find(|(_, url)| lexicon().host_of(url) == Some("notion"));
        let cells = !things.cells.is_empty()
            || !things.tabs.is_empty()
            || !things.spreadsheets.is_empty()
            || view.clause.has(Object::Tab)
            || view.clause.has(Object::Spreadsheet);
        let said_page = view.clause.has(Object::Page) || view.clause.has(Object::Document) && !cells;
        if !things.stamps.is_empty() || message_link.is_some() {
            let channel = things.channels.first().cloned().or_else(|| self.topic_channel.clone());
            let named: Vec<String> =
                things.stamps.iter().cloned().chain(message_link.map(|(_, url)| url.clone())).collect();
            for message in named {
                let mut seed = Seed::new(Act::DeleteMessage, span).with(Slot::Message, message);
                if let Some((channel, _)) = &channel {
                    seed = seed.with(Slot::Channel, channel.clone());
                }
                self.seeds.push(seed);
            }
            return;
        }
        if cells && !said_page || view.clause.has(Object::Cells) {
            self.cells(Act::ClearCells, view, things);
            return;
        }
        let quotes: Vec<&String> = things
            .quotes
            .iter()
            .filter(|(_, _, role)| matches!(role, Role::Free | Role::Title))
            .map(|(_, text, _)| text)
            .collect();
        let message = view.clause.has(Object::Message)
            || !things.channels.is_empty() && (view.mentions_posting() || quotes.is_empty());
        if message && !said_page {
            let mut seed = Seed::new(Act::DeleteMessage, span);
            if let Some((channel, _)) = things.channels.first() {
                seed = seed.with(Slot::Channel, channel.clone());
            }
            self.seeds.push(seed);
            return;
        }
        if let Some((_, url)) = page_link {
            self.seeds.push(Seed::new(Act::ArchivePage, span).with(Slot::Page, url.clone()));
            return;
        }
        if !quotes.is_empty() {
            for title in quotes {
                self.seeds.push(Seed::new(Act::ArchivePage, span).with(Slot::Page, title.clone()));
            }
            return;
        }
        if said_page || view.clause.service("notion") {
            let name = residue::page_name(view.marked, view.clause).filter(|name| !residue::is_pronoun(name));
            let seed = Seed::new(Act::ArchivePage, span);
            self.seeds.push(match name {
                Some(name) => seed.with(Slot::Page, name),
                None => seed,
            });
            return;
        }
        if let Some(object) = view.other_object() {
            self.seeds.push(view.other(Intent::Delete, object, things));
            return;
        }
        // `그거 지워줘`: what it is comes from what was made before.
        if PRONOUN.is_match(view.text) {
            self.seeds.push(Seed::new(Act::Other(Intent::Delete, Object::Result), span));
        }
    }

    /// Reads of tables, databases, addresses and the web.
    fn sources(&mut self, view: &View<'_>, things: &Things) {
        let span = Self::span(view);
        let intent = view.clause.intent();
        let before = self.seeds.len();
        for mark in &things.databases {
            let What::Database(name) = &mark.what else { continue };
            let no_other_sink = things.channels.is_empty() && !view.touches_cells(things) && !view.page_noun();
            if view.is_target(mark) && no_other_sink && matches!(intent, Some(Intent::Put | Intent::Make)) {
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
            || intent == Some(Intent::Get) && view.clause.has(Object::Web);
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

    fn transform(&mut self, view: &View<'_>, things: &Things) {
        let intent = view.clause.intent();
        let verb = intent == Some(Intent::Summarise);
        let noun = view.clause.has(Object::Summary) || view.nominal(Intent::Summarise);
        let had = self.seeds.iter().any(|seed| seed.act == Act::Summarise);
        if !verb && (!noun || had) {
            return;
        }
        let mut seed = Seed::new(Act::Summarise, Self::span(view));
        let block = things.blocks.first().cloned();
        let quote =
            things.quotes.iter().find(|(_, text, role)| *role == Role::Free && (verb || text.chars().count() > 30));
        let same_clause_source = self.seeds.iter().any(|seed| seed.span == Self::span(view) && seed.act.is_source());
        match block.or_else(|| {
            quote
                .filter(|_| !same_clause_source && things.channels.is_empty() || verb && view.korean_text_before_verb())
                .map(|(_, text, _)| text.clone())
        }) {
            Some(text) => {
                seed = seed.with(Slot::Text, text);
            }
            None => seed.wants.push(Want::Data),
        }
        self.seeds.push(seed);
    }

    fn sinks(&mut self, view: &View<'_>, things: &Things) {
        let intent = view.clause.intent();
        let target_cells = view.has_target_cells(things);
        let page = view.makes_page(things, self);
        let sends = !things.channels.is_empty();
        if let Some((intent, object)) = view.impossible(things) {
            self.lacking.push(Lacking::Thing(intent, object));
            return;
        }
        if page {
            self.pages(view, things, sends);
        }
        if target_cells {
            self.append(view, things);
        }
        let elsewhere = page || target_cells;
        let slack = view.clause.service("slack") || view.clause.has(Object::Channel);
        if sends || !elsewhere && (intent == Some(Intent::Send) || intent == Some(Intent::Put) && slack) {
            self.send(view, things, page);
        }
        if !page
            && !target_cells
            && !sends
            && let Some(object) = view.other_object()
            && let Some(intent @ (Intent::Make | Intent::Put | Intent::Get | Intent::Send)) = intent
        {
            self.seeds.retain(|seed| !(seed.span == Self::span(view) && seed.act == Act::Send));
            self.seeds.push(view.other(intent, object, things));
        }
    }

    fn pages(&mut self, view: &View<'_>, things: &Things, sends: bool) {
        let span = Self::span(view);
        let titles: Vec<&String> =
            things.quotes.iter().filter(|(_, _, role)| matches!(role, Role::Title)).map(|(_, text, _)| text).collect();
        let free: Vec<&String> =
            things.quotes.iter().filter(|(_, _, role)| matches!(role, Role::Free)).map(|(_, text, _)| text).collect();
        let parent = things.quotes.iter().find(|(_, _, role)| *role == Role::Parent).map(|(_, text, _)| text.clone());
        let mut content =
            things.quotes.iter().find(|(_, _, role)| *role == Role::Content).map(|(_, text, _)| text.clone());
        if content.is_none() && titles.len() == 1 && free.len() == 1 && CONTENT.is_match(view.text) {
            content = free.first().map(|text| (*text).clone());
        }
        let mut names: Vec<String> = match (titles.is_empty(), free.is_empty()) {
            (false, _) if sends => titles.into_iter().cloned().collect(),
            (false, _) => {
                titles.into_iter().chain(free.iter().copied().filter(|_| content.is_none())).cloned().collect()
            }
            (true, false) => free.into_iter().cloned().collect(),
            // What is read or found beside the page is not its name.
            (true, true) if matches!(view.clause.intent(), Some(Intent::Get | Intent::Search | Intent::Summarise)) => {
                residue::said_title(view.marked, view.clause).into_iter().collect()
            }
            (true, true) => residue::title(view.marked, view.clause).into_iter().collect(),
        };
        let order = |name: &String| things.quotes.iter().position(|(_, text, _)| text == name);
        names.sort_by_key(order);
        let child = CHILD.is_match(view.text);
        let mut literal_content = content.or_else(|| things.blocks.first().cloned());
        if literal_content.is_none() {
            let given: Vec<String> = things
                .emails
                .iter()
                .cloned()
                .chain(
                    things
                        .urls
                        .iter()
                        .filter(|(mark, url)| lexicon().host_of(url).is_none() && !view.reads_url(mark))
                        .map(|(_, url)| url.clone()),
                )
                .collect();
            if !given.is_empty() && !sends {
                literal_content = Some(given.join("\n"));
            }
        }
        if names.is_empty() {
            let mut seed = Seed::new(Act::MakePage, span);
            if let Some(parent) = &parent {
                seed = seed.with(Slot::Parent, parent.clone());
            }
            self.push_page(seed, literal_content, view, child && parent.is_none());
            return;
        }
        for (at, name) in names.into_iter().enumerate() {
            let mut seed = Seed::new(Act::MakePage, span).with(Slot::Title, name);
            if let Some(parent) = &parent {
                seed = seed.with(Slot::Parent, parent.clone());
            }
            let below =
                child && parent.is_none() && (at > 0 || self.seeds.iter().any(|seed| seed.act == Act::MakePage));
            self.push_page(seed, literal_content.take(), view, below);
        }
    }

    fn push_page(&mut self, mut seed: Seed, content: Option<String>, view: &View<'_>, below: bool) {
        if let Some(content) = content {
            seed = seed.with(Slot::Content, content);
        }
        if below {
            seed.wants.push(Want::PageId);
        }
        let carried = self.carried.take();
        if let Some(carried) = carried {
            seed.wants.push(carried);
        } else if view.says_message_link() {
            seed.wants.push(Want::MessageLink);
        } else if view.clause.has(Object::Link)
            && matches!(view.clause.intent(), Some(Intent::Put | Intent::Make) | None)
        {
            seed.wants.push(Want::Last);
        } else {
            seed.wants.push(Want::Data);
        }
        self.seeds.push(seed);
    }

    fn append(&mut self, view: &View<'_>, things: &Things) {
        let mut rows: Vec<String> = things
            .quotes
            .iter()
            .filter(|(_, _, role)| matches!(role, Role::Free | Role::Text | Role::Content))
            .map(|(_, text, _)| text.clone())
            .collect();
        if rows.is_empty() {
            rows = residue::cells(view.marked, view.clause);
        }
        self.cells(Act::AppendRows, view, things);
        let Some(seed) = self.seeds.last_mut() else { return };
        let only_link = view.clause.has(Object::Link) && things.quotes.is_empty();
        if !rows.is_empty() && !only_link {
            seed.slots.insert(Slot::Rows, Filling::Rows(vec![rows]));
            return;
        }
        let want = match () {
            () if view.says_message_link() => Want::MessageLink,
            () if view.clause.has(Object::Link) => Want::Last,
            () => Want::Data,
        };
        seed.wants.push(want);
    }

    /// A seed over cells: read, append or clear.
    fn cells(&mut self, act: Act, view: &View<'_>, things: &Things) {
        let span = Self::span(view);
        let mut areas: Vec<(usize, Option<String>, String)> = things.cells.clone();
        if act == Act::AppendRows {
            areas.retain(|(at, ..)| view.target_at(*at));
        } else if view.has_target_cells(things) {
            areas.retain(|(at, ..)| !view.target_at(*at));
        }
        let tab = things.tabs.iter().find(|(at, _)| match act {
            Act::AppendRows => view.target_at(*at),
            Act::ReadCells => !view.target_at(*at) || !view.has_target_cells(things),
            _ => true,
        });
        let tab = tab.map(|(_, tab)| tab.clone());
        if areas.is_empty() {
            let mut seed = Seed::new(act, span);
            if let Some(tab) = tab {
                seed = seed.with(Slot::Range, tab);
            }
            self.seeds.push(seed);
            return;
        }
        for (_, own, cells) in areas {
            let tab = own.or_else(|| tab.clone());
            let range = match tab {
                Some(tab) => format!("{tab}!{cells}"),
                None => cells,
            };
            self.seeds.push(Seed::new(act, span).with(Slot::Range, range));
        }
    }

    fn send(&mut self, view: &View<'_>, things: &Things, page: bool) {
        let span = Self::span(view);
        let mut texts: Vec<String> = things
            .quotes
            .iter()
            .filter(|(_, _, role)| match role {
                Role::Text | Role::Content => true,
                Role::Free => !page,
                Role::Title => !page && !view.clause.has(Object::Page),
                _ => false,
            })
            .map(|(_, text, _)| text.clone())
            .collect();
        if view.clause.intent() == Some(Intent::Summarise)
            || self.seeds.iter().any(|seed| {
                seed.span == span && matches!(seed.act, Act::Summarise | Act::SearchWeb) && !seed.slots.is_empty()
            })
        {
            texts.clear();
        }
        let summarised = self.seeds.iter().any(|seed| seed.act == Act::Summarise && seed.text(Slot::Text).is_some());
        if texts.is_empty() && !summarised {
            texts.extend(things.blocks.first().cloned());
        }
        for (mark, url) in &things.urls {
            if !view.reads_url(mark) {
                texts.push(url.clone());
            }
        }
        if texts.is_empty() {
            texts.extend(things.emails.iter().cloned());
        }
        let mut wants = Vec::new();
        let link = view.clause.has(Object::Link) && !view.link_is_url(things) || view.says_where();
        let own_source = self.seeds.iter().any(|seed| seed.span == span && seed.act.is_source());
        let block_waits = things.blocks.is_empty() && view.points_at_block();
        if view.says_message_link() {
            wants.push(Want::MessageLink);
        } else if link && !own_source || page {
            wants.push(if BOTH.is_match(view.text) { Want::PageLinks } else { Want::PageLink });
        }
        if wants.is_empty() && texts.is_empty() && !block_waits {
            let said = residue::message(view.marked, view.clause).filter(|_| !own_source && view.may_word());
            match said {
                Some(text) => texts.push(text),
                None if own_source => wants.push(Want::Data),
                None if view.clause.has(Object::Page) => wants.push(Want::PageLink),
                // `글 하나 올려줘` gives nothing to send.
                None if view.bare_message() && !PRONOUN.is_match(view.text) => {}
                None => wants.push(Want::Last),
            }
        } else if !wants.is_empty()
            && texts.is_empty()
            && let Some(text) = residue::indirect(view.marked, view.clause)
        {
            texts.push(text);
        }
        let targets: Vec<Option<(String, bool)>> = match things.channels.is_empty() {
            true => vec![None],
            false => things.channels.iter().cloned().map(Some).collect(),
        };
        for target in targets {
            let mut seed = Seed::new(Act::Send, span);
            if let Some((channel, outside)) = target {
                seed = seed.with(Slot::Channel, channel);
                seed.outside = outside;
            }
            if !texts.is_empty() {
                seed = seed.with(Slot::Text, texts.join("\n"));
            }
            seed.wants = wants.clone();
            seed.again = AGAIN.is_match(view.text);
            seed.service = view.clause.marks.iter().find_map(|mark| match &mark.what {
                What::Service(service) => Some(service.clone()),
                _ => None,
            });
            self.seeds.push(seed);
        }
    }

    /// A clause that made no act may still say something about one.
    fn leftover(&mut self, view: &View<'_>, things: &Things) {
        if view.clause.intent() == Some(Intent::Put) && view.clause.has(Object::Link) {
            self.carried = Some(if view.says_message_link() { Want::MessageLink } else { Want::Last });
        }
        let given: Vec<String> =
            things.emails.iter().cloned().chain(things.urls.iter().map(|(_, url)| url.clone())).collect();
        if !given.is_empty() && CONTENT.is_match(view.text) {
            self.loose_content.get_or_insert(given.join("\n"));
        }
        if let Some((_, title, _)) = things.quotes.iter().find(|(_, _, role)| *role == Role::Title) {
            self.loose_title.get_or_insert(title.clone());
        } else if let Some((_, text, _)) = things.quotes.iter().find(|(_, _, role)| *role == Role::Content) {
            self.loose_content.get_or_insert(text.clone());
        } else if let Some((_, text, _)) = things.quotes.iter().find(|(_, _, role)| *role == Role::Free) {
            self.loose_title.get_or_insert(text.clone());
        } else if let Some(title) = residue::said_title(view.marked, view.clause) {
            self.loose_title.get_or_insert(title);
        }
        // An address alone may be what a later step reads.
        for (_, url) in things.urls.iter().filter(|(_, url)| lexicon().host_of(url).is_none()) {
            let mut seed = Seed::new(Act::ReadUrl, Self::span(view)).with(Slot::Url, url.clone());
            seed.weak = true;
            self.seeds.push(seed);
        }
        let block = things.blocks.first();
        if let (Some(block), None) = (block, &self.loose_content) {
            self.loose_content = Some(block.clone());
        }
        if let Some(topic) = residue::topic(view.marked, view.clause) {
            self.topic.get_or_insert(topic);
        }
    }
}

static UNSURE: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"모르겠|몰라|모름|기억이? 안|not sure|no idea which|don't know|can't remember|i forgot|나중에 알려|later",
    )
});
static ALONGSIDE: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"도\s?(?:같이|함께|덧붙|추가로|적어|넣어|써|붙여)|같이\s?(?:적|써|넣|보내|올려)|덧붙|곁들|함께\s?(?:적|써|넣|보내|올려)|with (?:a|the) (?:note|line|comment)|(?-u:\b)add(?-u:\b)|too(?-u:\b)|as well|alongside",
    )
});
static PRONOUN: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:^|[\s,])(?:그거|그것|그걸|이거|이것|이걸|저거|방금|아까|그 |이 |해당|위의|그대로|(?-u:\b)(?:it|that|this|those|these|them)(?-u:\b))",
    )
});
static BOTH: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"둘\s?다|두\s?(?:개|페이지|링크)|모두|전부|세\s?개|(?-u:\b)(?:both|all (?:of them|three|the links)|links|each of)(?-u:\b)|각각의?\s?링크",
    )
});
static CONTENT: LazyLock<Regex> = LazyLock::new(|| expression(r"내용|본문|(?-u:\b)(?:content|body|contain)"));
static TRASH: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?:to|in|into) (?:the )?(?:trash|bin|archive)(?-u:\b)|휴지통|보관함으로|아카이브로"));
static CHILD: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"하위|아래에|그\s?밑|그\s?아래|밑에|그\s?안에|산하|서브\s?페이지|child|sub-?\s?page|under\s(?:it|that|this)|beneath|below it|inside\s(?:it|that)|nested|in it(?-u:\b)|underneath|within it",
    )
});
static AGAIN: LazyLock<Regex> = LazyLock::new(|| expression(r"재게시|다시|repost|re-post|again|재공지|새로\s올"));
static MESSAGE_LINK: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:메시지|메세지|글|공지|알림|안내|게시물|게시글|포스트|message|announcement|post|notice)(?:의|'s|’s)?\s?(?:permalink|링크|주소|url|link)|(?:permalink|link|url|address)\s(?:of|to|for)\s(?:the|that|this|its|my)?\s?(?:slack\s)?(?:message|announcement|post|notice)|permalink|퍼머링크|message\slink|(?:that|the)\s(?:message|post|announcement)(?:'s|’s)\s(?:link|url)",
    )
});
static WHERE: LazyLock<Regex> =
    LazyLock::new(|| expression(r"where\s(?:it|the|that|to find|they)|어디\s?있는지|point\s.+\s(?:at|to)\s|위치"));
static READS: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"content(?:s)?\s(?:of|from|at)|text\s(?:of|from)|내용을|내용\s?(?:가져|읽|복사|요약|정리|그대로)|본문을|본문\s|여기\s?(?:적힌|있는|나온|내용)|적힌\s?(?:거|것|내용)|있는\s?(?:거|글|내용)|what's\s(?:on|at)|what\sis\s(?:on|at)|whatever is|everything (?:on|at)|page at|article at|글\s?내용|기사",
    )
});
static TALK: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"대화|스레드|쓰레드|히스토리|오간|thread|history|conversation|discussion|chat log|replies")
});
static COPIES: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?-u:\b)(?:copy|clip|import|transfer)(?-u:\b)|복사|퍼\s?(?:와|다)|옮겨"));
static BLOCK_CUE: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"아래|다음|이 내용|이거|이걸|이 글|그대로|below|following|(?-u:\b)this(?-u:\b)|as written|위")
});
static NO_TEXT: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?-u:\b)(?:something|a message|message|msg|anything|a post|posting)(?-u:\b)|메시지|글|뭐|뭔가|한마디")
});

impl View<'_> {
    fn things(&self) -> Things {
        let mut things = Things::default();
        for mark in &self.clause.marks {
            match &mark.what {
                What::Channel { value, .. } if things.channels.iter().any(|(known, _)| known == value) => {}
                What::Channel { value, outside } => things.channels.push((value.clone(), *outside)),
                What::Cells { tab, cells } => things.cells.push((mark.start, tab.clone(), cells.clone())),
                What::Database(name) => {
                    // `tasks from the Tasks database`: the name and the everyday word.
                    let same = things.databases.iter().position(
                        |known| matches!(&known.what, What::Database(other) if other.eq_ignore_ascii_case(name)),
                    );
                    match same {
                        Some(at) if name.starts_with(|c: char| c.is_uppercase()) => things.databases[at] = mark.clone(),
                        Some(_) => {}
                        None => things.databases.push(mark.clone()),
                    }
                }
                What::Spreadsheet(name) => things.spreadsheets.push(name.clone()),
                What::Tab(name) => things.tabs.push((mark.start, name.clone())),
                What::Object(Object::Tab) if things.tabs.is_empty() => {
                    if let Some(name) = residue::tab_name(self.marked, self.clause, mark) {
                        things.tabs.push((mark.start, name));
                    }
                }
                What::Object(Object::Spreadsheet) if things.spreadsheets.is_empty() => {
                    if let Some(name) = residue::name_before(self.marked, self.clause, mark) {
                        things.spreadsheets.push(name);
                    }
                }
                What::Object(Object::Database)
                    if things.databases.is_empty() && self.clause.intent() != Some(Intent::Search) =>
                {
                    if let Some(name) = residue::name_before(self.marked, self.clause, mark) {
                        things.databases.push(Mark { start: mark.start, end: mark.end, what: What::Database(name) });
                    }
                }
                What::Object(Object::Channel) if things.channels.is_empty() => {
                    if let Some(name) = residue::name_before(self.marked, self.clause, mark)
                        .filter(|name| !residue::is_pronoun(name) && !name.contains(' '))
                    {
                        things.channels.push((format!("#{name}"), false));
                    }
                }
                What::Literal(at) => match self.marked.lifted.literals.get(*at) {
                    Some(Literal::Quote(text)) => things.quotes.push((mark.clone(), text.clone(), self.role(mark))),
                    Some(Literal::Block(text)) => things.blocks.push(text.clone()),
                    Some(Literal::Url(url)) => things.urls.push((mark.clone(), url.clone())),
                    Some(Literal::Email(mail)) => things.emails.push(mail.clone()),
                    Some(Literal::Stamp(stamp)) => things.stamps.push(stamp.clone()),
                    _ => {}
                },
                _ => {}
            }
        }
        if things.cells.is_empty()
            && (!things.tabs.is_empty() || self.clause.has(Object::Cells))
            && let Some((at, cell)) = residue::lone_cell(self.marked, self.clause)
        {
            things.cells.push((at, None, cell));
        }
        things
    }

    fn role(&self, mark: &Mark) -> Role {
        let before = self.marked.low()[..mark.start].trim_end();
        let after = &self.marked.low()[mark.end..];
        let clause_before = &before[self.clause.start.min(before.len())..];
        match () {
            () if ROLE.parent_after.is_match(after) || ROLE.parent_before.is_match(clause_before) => Role::Parent,
            () if ROLE.query_after.is_match(after) => Role::Query,
            () if ROLE.title_after.is_match(after) || ROLE.title_before.is_match(clause_before) => Role::Title,
            () if ROLE.content_before.is_match(clause_before) || ROLE.content_after.is_match(after) => Role::Content,
            () if ROLE.text_after.is_match(after) || ROLE.text_before.is_match(clause_before) => Role::Text,
            () if ROLE.query_before.is_match(clause_before) => Role::Query,
            () if ROLE.filter_before.is_match(clause_before) || ROLE.filter_after.is_match(after) => Role::Filter,
            () => Role::Free,
        }
    }

    fn nominal(&self, intent: Intent) -> bool {
        self.clause.marks.iter().any(|mark| mark.what == What::Nominal(intent))
    }

    /// `검색 결과를 'X' 페이지에 보관해줘`: keeping, not archiving.
    fn stores(&self) -> bool {
        STORES.is_match(self.text)
    }

    fn mentions_posting(&self) -> bool {
        POSTED.is_match(self.text)
    }

    /// A service that the clause works in or with, which is not merely spoken of.
    fn is_means(&self, mark: &Mark, _things: &Things) -> bool {
        let What::Service(service) = &mark.what else { return false };
        if matches!(service.as_str(), "notion" | "slack" | "sheets" | "firecrawl") {
            return false;
        }
        let before = self.marked.low()[self.clause.start..mark.start].trim_end();
        let after = &self.marked.low()[mark.end..];
        if MEANS_AFTER.is_match(after) || MEANS_BEFORE.is_match(before) {
            return true;
        }
        // `get me an uber`, `open a jira ticket`: it is what the verb is about.
        let verb = self.clause.verb.as_ref();
        verb.is_some_and(|(at, verb)| match verb.korean {
            true => VERB_SOON.is_match(after) && !after.trim_start().starts_with("주소"),
            false => self.clause.marks.get(*at).is_some_and(|verb| {
                verb.end <= mark.start
                    && self.marked.low()[verb.end..mark.start].split_whitespace().count() <= 3
                    && !after.trim_start().starts_with("address")
            }),
        })
    }

    /// Whether a thing stands where something goes to.
    fn is_target(&self, mark: &Mark) -> bool {
        self.target_at(mark.start)
    }

    fn target_at(&self, at: usize) -> bool {
        let Some(mark) = self.clause.marks.iter().find(|mark| mark.start == at) else { return false };
        let low = self.marked.low();
        let before = low[self.clause.start.min(mark.start)..mark.start].trim_end();
        let after = &low[mark.end..];
        if SOURCE_AFTER.is_match(after) {
            return false;
        }
        TARGET_AFTER.is_match(after) || TARGET_BEFORE.is_match(before)
    }

    fn touches_cells(&self, things: &Things) -> bool {
        let table =
            self.clause.has(Object::Tab) || self.clause.has(Object::Spreadsheet) || self.clause.has(Object::Cells);
        if table && matches!(self.clause.intent(), Some(Intent::Get | Intent::Delete)) {
            return true;
        }
        !things.cells.is_empty()
            || !things.tabs.is_empty()
            || !things.spreadsheets.is_empty()
                && (self.clause.has(Object::Tab)
                    || self.clause.has(Object::Cells)
                    || self.clause.has(Object::Row)
                    || self.clause.has(Object::Spreadsheet))
    }

    fn has_target_cells(&self, things: &Things) -> bool {
        let intent = self.clause.intent();
        if !self.touches_cells(things)
            || !matches!(intent, Some(Intent::Put | Intent::Send | Intent::Make | Intent::Get) | None)
        {
            return false;
        }
        let marked = things.cells.iter().any(|(at, ..)| self.target_at(*at))
            || things.tabs.iter().any(|(at, _)| self.target_at(*at));
        let row = self.clause.has(Object::Row);
        match intent {
            Some(Intent::Put) if things.channels.is_empty() && !self.clause.has(Object::Page) => {
                marked || row || (things.cells.is_empty() && !self.sheet_is_source())
            }
            Some(Intent::Put | Intent::Make) => marked,
            Some(Intent::Send) => marked && (things.channels.is_empty() || row),
            Some(Intent::Get) => marked && GET_TO.is_match(self.text),
            None => self.clause.arrow && marked,
            _ => false,
        }
    }

    fn sheet_is_source(&self) -> bool {
        SHEET_SOURCE.is_match(self.text)
    }

    fn has_source_cells(&self, things: &Things) -> bool {
        let intent = self.clause.intent();
        if !self.touches_cells(things) || intent == Some(Intent::Delete) && !self.stores() {
            return false;
        }
        if !self.has_target_cells(things) {
            // A spreadsheet named beside the act is only where something is.
            return !things.cells.is_empty()
                || !things.tabs.is_empty()
                || matches!(intent, Some(Intent::Get | Intent::Summarise));
        }
        things.cells.iter().any(|(at, ..)| !self.target_at(*at)) && things.cells.len() + things.tabs.len() > 1
    }

    fn reads_url(&self, mark: &Mark) -> bool {
        let intent = self.clause.intent();
        let after = &self.marked.low()[mark.end..self.clause.end];
        matches!(intent, Some(Intent::Get | Intent::Summarise | Intent::Search))
            || COPIES.is_match(self.text) && !LINK_SOON.is_match(after)
            || READS.is_match(self.text) && !LINK_SOON.is_match(after)
            || self.clause.has(Object::Summary)
    }

    /// `아래 문구를 올려줘`: the text stands in a block of its own.
    fn points_at_block(&self) -> bool {
        let block = self.marked.lifted.literals.iter().any(|literal| matches!(literal, Literal::Block(_)));
        block && BLOCK_CUE.is_match(self.text) && !self.clause.has(Object::Summary) && !self.clause.has(Object::Result)
    }

    /// `팀 채널 메시지 좀 읽어줘`: what was said there.
    fn reads_messages(&self, things: &Things) -> bool {
        let looks = matches!(self.clause.intent(), Some(Intent::Get | Intent::Search | Intent::Summarise));
        let nothing_else = things.databases.is_empty()
            && things.urls.is_empty()
            && things.blocks.is_empty()
            && !self.touches_cells(things);
        let there = !things.channels.is_empty() || self.clause.service("slack");
        looks
            && there
            && nothing_else
            && (self.clause.has(Object::Message) || TALK.is_match(self.text))
            && !self.clause.has(Object::Link)
            && !self.clause.has(Object::Page)
            && things.quotes.is_empty()
            && !self.clause.has(Object::Summary)
    }

    fn link_is_url(&self, things: &Things) -> bool {
        things.urls.iter().any(|(mark, _)| LINK_SOON.is_match(&self.marked.low()[mark.end..]))
    }

    fn says_message_link(&self) -> bool {
        MESSAGE_LINK.is_match(self.text)
    }

    fn says_where(&self) -> bool {
        WHERE.is_match(self.text)
    }

    fn korean_text_before_verb(&self) -> bool {
        self.korean
    }

    /// Whether the message may be worded from the clause's own words.
    fn may_word(&self) -> bool {
        !self.clause.has(Object::Summary) && !self.clause.has(Object::Result)
            || residue::is_indirect(self.marked, self.clause)
    }

    fn bare_message(&self) -> bool {
        NO_TEXT.is_match(self.text) && !self.clause.has(Object::Result)
            || self.clause.marks.iter().all(|mark| {
                matches!(
                    mark.what,
                    What::Channel { .. }
                        | What::Verb(_)
                        | What::Service(_)
                        | What::Object(Object::Channel | Object::Message)
                )
            }) && self.clause.verb.is_some_and(|(_, verb)| {
                BARE_VERBS.is_match(&self.marked.low()[self.clause.start..self.clause.end]) || verb.intent.is_none()
            })
    }

    /// Whether this clause makes a page.
    fn makes_page(&self, things: &Things, reading: &Reading) -> bool {
        let intent = self.clause.intent();
        let noun = self.page_noun();
        let notion = self.clause.service("notion");
        let named = things.quotes.iter().any(|(_, _, role)| matches!(role, Role::Free | Role::Title));
        let other = self.other_object().is_some() && !noun;
        let nothing_else = things.channels.is_empty() && !self.touches_cells(things);
        match intent {
            Some(Intent::Make) if self.message_only(things) => false,
            Some(Intent::Make) => {
                noun || notion
                    || (named
                        || residue::title(self.marked, self.clause).is_some_and(|name| residue::is_document(&name)))
                        && !other
                        && things.databases.is_empty()
                    || self.makes_it(reading)
            }
            Some(Intent::Put) => {
                let target = self.page_target();
                (noun || notion) && (named || target) && !self.points_at_page(things) || named && nothing_else && !other
            }
            Some(Intent::Send) => {
                (noun || notion)
                    && things.channels.is_empty()
                    && !self.clause.service("slack")
                    && (named || notion && !self.clause.has(Object::Link))
            }
            Some(Intent::Search | Intent::Get | Intent::Summarise) => {
                noun && named
                    && things.quotes.iter().any(|(_, _, role)| *role == Role::Title)
                    && (self.page_target() || !matches!(intent, Some(Intent::Get)))
                    && things.channels.is_empty()
                    || PAGE_INTO.is_match(self.text) && (noun || notion)
            }
            None => {
                (noun || notion)
                    && (named || self.asks_new() || residue::title(self.marked, self.clause).is_some())
                    && !self.points_at_page(things)
                    || named && self.clause.arrow && things.channels.is_empty() && nothing_else
            }
            _ => false,
        }
    }

    fn page_noun(&self) -> bool {
        self.clause.marks.iter().any(|mark| match mark.what {
            What::Object(Object::Page) => {
                // A page behind an address is the web's.
                let before = self.marked.low()[..mark.start].trim_end();
                !before.chars().next_back().is_some_and(|c| matches!(self.marked.lifted.at(c), Some(Literal::Url(_))))
            }
            What::Object(Object::Document) => {
                !self.clause.marks.iter().any(|mark| matches!(mark.what, What::Spreadsheet(_)))
            }
            _ => false,
        })
    }

    fn page_target(&self) -> bool {
        PAGE_TARGET.is_match(self.text)
    }

    /// `make it`, of a page that was spoken of.
    fn makes_it(&self, _reading: &Reading) -> bool {
        MAKES_IT.is_match(self.text)
    }

    /// `that page`, `the page link`: one that exists.
    fn points_at_page(&self, things: &Things) -> bool {
        let titled = things.quotes.iter().any(|(_, _, role)| *role == Role::Title);
        !titled && (POINTS.is_match(self.text) || self.clause.has(Object::Link) && !things.channels.is_empty())
    }

    fn asks_new(&self) -> bool {
        NEW.is_match(self.text)
    }

    /// `공지 하나 써줘` in a channel makes a message.
    fn message_only(&self, things: &Things) -> bool {
        !things.channels.is_empty() && !self.page_noun() && !self.clause.service("notion")
    }

    /// A thing of another sort that the act would be about.
    fn other_object(&self) -> Option<Object> {
        self.clause.marks.iter().find_map(|mark| match mark.what {
            What::Object(
                object @ (Object::Issue
                | Object::Event
                | Object::Release
                | Object::Comment
                | Object::Label
                | Object::Draft
                | Object::Image
                | Object::File),
            ) => Some(object),
            _ => None,
        })
    }

    fn other(&self, intent: Intent, object: Object, things: &Things) -> Seed {
        let mut seed = Seed::new(Act::Other(intent, object), (self.clause.start, self.clause.end));
        if let Some((_, text, _)) = things.quotes.first() {
            seed = seed.with(Slot::Title, text.clone());
        }
        if let Some(email) = things.emails.first() {
            seed = seed.with(Slot::Email, email.clone());
        }
        if let Some((channel, _)) = things.channels.first() {
            seed = seed.with(Slot::Channel, channel.clone());
        }
        seed
    }

    /// Acts on things that can be named but not acted on so: making a channel, adding a person.
    fn impossible(&self, things: &Things) -> Option<(Intent, Object)> {
        let intent = self.clause.intent()?;
        let makes = matches!(intent, Intent::Make);
        if makes && NEW_CONTAINER.is_match(self.text) {
            let object = match () {
                () if self.clause.has(Object::Channel) => Object::Channel,
                () if self.clause.has(Object::Database) => Object::Database,
                () => Object::Spreadsheet,
            };
            let page = self.clause.has(Object::Page);
            return (!page).then_some((intent, object));
        }
        if intent == Intent::Put
            && ADD_PERSON.is_match(self.text)
            && !things.channels.is_empty()
            && things.quotes.is_empty()
            && things.urls.is_empty()
            && things.blocks.is_empty()
            && !self.clause.has(Object::Link)
            && !self.clause.has(Object::Summary)
            && !self.clause.has(Object::Result)
            && !self.clause.has(Object::Message)
        {
            return Some((Intent::Put, Object::Person));
        }
        None
    }
}

struct Roles {
    parent_after: Regex,
    parent_before: Regex,
    title_after: Regex,
    title_before: Regex,
    text_after: Regex,
    text_before: Regex,
    query_after: Regex,
    query_before: Regex,
    content_before: Regex,
    content_after: Regex,
    filter_before: Regex,
    filter_after: Regex,
}

static ROLE: LazyLock<Roles> = LazyLock::new(|| Roles {
    parent_after: expression(
        r"^\s?(?:노션\s)?(?:페이지|위키|문서|폴더|page|wiki)?\s?(?:의)?\s?(?:밑|아래|하위|산하|안에|안쪽)",
    ),
    parent_before: expression(
        r"(?:under|below|beneath|underneath|inside|nested under|child of|child page of|sub-?\s?page of|subpage of|within)\s?(?:the\s)?(?:notion\s)?(?:page|wiki|existing)?\s?(?:page)?$",
    ),
    title_after: expression(
        r"^\s?(?:이?라는|이란|이?라고|으?로|란)?\s?(?:된\s)?(?:제목|이름|타이틀|노션\s?페이지|새\s?페이지|페이지|page(?-u:\b)|notion page|문서를|문서로|문서\s)|^\s?(?:이?라는|이란|이?라고)\s(?:페이지|노션|새|문서|하나)",
    ),
    title_before: expression(
        r"(?:titled|entitled|called|named|name it|name the page|call it|call the page|call that|title|title it|with the title|title is|title:|page|page is|subpage|sub-page|child page|page:|페이지|페이지:|제목은|제목이|제목을|제목|제목:|이름은|이름이|이름:|이름|타이틀은|타이틀)\s?[:,]?$",
    ),
    text_after: expression(
        r"^\s?(?:이?라고만|이?라고|이?라는\s?(?:메시지|글|공지|안내|문구|내용|멘트|말|알림|인사)|고\s|하고\s|이?라\s?(?:써|적|남|올|보내|해))",
    ),
    text_before: expression(
        r"(?:saying|say|says|that says|with the (?:text|line|message|words|note|caption)|with text|message|msg|post|announce|tell [^.;]*|inform [^.;:]*:?|notify [^.;:]*:?|reads?|plus|along with|멘트는|문구는|메시지는|글은|공지:|메시지:)\s?[:,]?$",
    ),
    query_after: expression(
        r"^\s?(?:으로|로|을|를|에\s?대해서?|관련해서?|관련|에\s?관해)?\s?(?:좀\s?)?(?:웹에서\s?|웹\s?|인터넷에서\s?|구글에서\s?|구글에\s?)?(?:검색|찾아|서치|조사|알아봐|구글링)",
    ),
    query_before: expression(
        r"(?:search|search the web|search online|search the internet|google|look up|look into|research|web search|find|looking up|searching)\s?(?:the web\s|online\s|results\s)?(?:for|on|about)?\s?[:]?$",
    ),
    content_before: expression(
        r"(?:body|content|contents|body text|containing|contains?|the text|should (?:just )?(?:say|read|contain)|body should just say|body (?:that )?(?:lists|says|reads|contains|includes|has)|whose body (?:is|lists|says|reads)|내용은|내용으로|내용에|본문은|본문에|본문으로|본문:|내용:|with the body|with the content)\s?(?:of|is|as|to|:)?$",
    ),
    content_after: expression(
        r"^\s?(?:을|를)?\s?(?:내용으로|본문으로|본문에|내용에|이라는\s?내용의|라는\s?내용의|as (?:the )?(?:body|content)|in (?:the|its) (?:body|content))",
    ),
    filter_before: expression(
        r"(?:status(?:\sis)?|state(?:\sis)?|whose [a-z]+ is|상태가|상태는|담당자가|담당이|담당자는|우선순위가|where [a-z]+ (?:is|=)|with [a-z]+ (?:set to)?|marked(?:\sas)?|tagged|labelled|assigned to|owned by)\s?(?:of|is|=)?$",
    ),
    filter_after: expression(r"^\s?(?:인|상태|이고|로\s?표시|항목|업무|건만|것만|만\s)"),
});

static STORES: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:에|에다|에다가|으로|로)\s?(?:잘\s|좀\s)?보관|archive (?:it|them|this|the (?:results?|text|summary|content)) (?:in|into|to|on)|보관해\s?(?:둬|놔|두|놓)",
    )
});
static POSTED: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"올린|올렸|올라간|보낸|보냈|쓴|썼|남긴|게시한|공유한|적은|posted|sent|wrote|shared|올려진")
});
static MEANS_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^\s?(?:으로|로|에다가?|에서|에\s|에$|에도|한테|계정|스토리|\s?보내|\s?발송|\s?작성|\s?쓰|\s?써|\s?전송|을\s?보내|를\s?보내|\s?좀\s?보내|\s?한\s?통|\s?답장)",
    )
});
static MEANS_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?:^|[^a-z])(?:on|in|to|into|via|by|through|from|over|using)(?:\s(?:the|our|my|a|an))?$")
});
static VERB_SOON: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^(?:을|를|도|이|가)?\s?[가-힣a-z0-9\s]{0,12}(?:줘|주세요|주십시오|해|하|바랍|요청|예약|주문|불러|잡|보내|만들|생성|등록|올려)",
    )
});
static TARGET_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^\s?(?:시트|탭|sheet|tab|스프레드시트|데이터베이스|디비|db|database)?\s?(?:의|'s|’s)?\s?(?:(?:맨\s?)?(?:마지막|아래|밑|끝|새|다음)\s?(?:줄|행|칸)?)?\s?(?:에다가?|에도|에만|에는|에[\s.,!?~]|에$|에[가-힣\x{E000}-\x{F8FF}]|쪽에|으로|로[\s.,]|한\s?줄)",
    )
});
static SOURCE_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"^\s?(?:시트|탭|sheet|tab)?\s?(?:에서|에\s?있는|에\s?있지|에\s?있|에\s?적힌|에\s?나온|의\s|을|를|부터)")
});
static TARGET_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:^|[^a-z'’])(?:to|into|onto|in|on|over to|at the (?:end|bottom) of|to the (?:end|bottom) of|(?:new|next|last) (?:line|row) (?:of|in|on)|row (?:of|in|to|on)|line (?:of|in|to)|under|at)(?:\s(?:the|our|its|my))?(?:\s(?:end|bottom) of)?(?:\s(?:the|our))?(?:\sgoogle)?(?:\s?[\x{E000}-\x{F8FF}])?$",
    )
});
static GET_TO: LazyLock<Regex> = LazyLock::new(|| expression(r"copy|move|transfer|복사|옮|이동|카피"));
static SHEET_SOURCE: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"에서|에\s?있는|the contents of|what's in|everything in|from the|out of|내용을|값을|내용\s")
});
static LINK_SOON: LazyLock<Regex> = LazyLock::new(|| expression(r"^\s?(?:이|요|저|라는)?\s?(?:링크|주소|url|link)"));
static PAGE_TARGET: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:페이지|노션|문서|[\x{E000}-\x{F8FF}])\s?(?:본문|내용|안)?\s?(?:에다가?|에|으로|로|이라는|라는)|(?:in|into|to|on|as|onto)\s(?:a|an|the|our|new|it)?\s?(?:new\s)?(?:notion\s)?(?:page|doc|notion)|(?:in|into|to|as)\s?(?:notion\s?)?[\x{E000}-\x{F8FF}]|page (?:called|named|titled|'|for)|(?:페이지|문서)를?\s?(?:하나\s)?(?:추가|등록)|(?:add|put up|publish|save)\s(?:a|an|the|one|new|another)?\s?[^,;.]{0,60}(?:page|doc)(?-u:\b)|[\x{E000}-\x{F8FF}]\s(?:페이지|문서)\s?(?:하나|를|도|달)",
    )
});
static PAGE_INTO: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:into|as|to|in)\s(?:a|an|the)\s(?:new\s)?(?:notion\s|summary\s)?(?:page|doc)|(?:노션|페이지)\s?(?:에|로|으로)\s|(?:in|into|to)\snotion",
    )
});
static POINTS: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:that|this|the)\s(?:notion\s)?page(?:'s|’s)?\s?(?:link|url)?\s?(?:$|to|in|with|at|$|[,.!])|그\s?페이지|이\s?페이지|해당\s?페이지|만든\s?페이지|point\s.+\sat",
    )
});
static MAKES_IT: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?-u:\b)(?:create|make|set up)\s(?:it|one|them)(?-u:\b)"));
static NEW: LazyLock<Regex> = LazyLock::new(|| expression(r"(?-u:\b)new(?-u:\b)|새|하나|another"));
static NEW_CONTAINER: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:채널|데이터베이스|스프레드시트|구글\s?시트|워크스페이스|디비)(?:을|를)?\s?(?:하나\s?|새로\s?|좀\s?)*(?:새로\s?)?(?:만들|생성|개설|파|신설)|새\s?(?:채널|시트|탭|스프레드시트|데이터베이스)|(?:create|make|set up|start|open|build|generate)\s(?:me\s)?(?:a|an|the|another|new)\s(?:new\s)?(?:[a-z#-]+\s){0,2}(?:channel|spreadsheet|database|sheet|tab|workspace)(?-u:\b)|시트(?:를)?\s?(?:하나\s?|새로\s?)+(?:만들|생성|파)",
    )
});
static ADD_PERSON: LazyLock<Regex> = LazyLock::new(|| expression(r"(?:^|[^a-z])add\s|추가"));
static BARE_VERBS: LazyLock<Regex> = LazyLock::new(|| expression(r"msg|message|메시지|글|ping|announce"));
