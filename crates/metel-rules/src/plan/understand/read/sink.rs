//! Where things go: a page, a table, a message, or another sort of thing that a tool may be named after.

use std::sync::LazyLock;

use regex::Regex;

use super::things::Things;
use super::{Lacking, Reading, View};
use crate::plan::understand::lexicon::{Intent, Object, expression};
use crate::plan::understand::mark::What;
use crate::plan::understand::seed::{Act, Seed, Slot};

impl Reading {
    /// What the clause makes, writes or sends.
    pub(super) fn sinks(&mut self, view: &View<'_>, things: &Things) {
        let intent = view.clause.intent();
        let target_cells = view.has_target_cells(things);
        let page = view.makes_page(things);
        let sends = !things.channels.is_empty();
        if let Some((intent, object)) = view.impossible(things) {
            self.lacking.push(Lacking::Thing(intent, object));
            return;
        }
        if view.asks_unknown(things) {
            self.lacking.push(Lacking::Unknown);
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
}

impl View<'_> {
    /// A thing of another sort that the act would be about.
    pub(super) fn other_object(&self) -> Option<Object> {
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

    pub(super) fn other(&self, intent: Intent, object: Object, things: &Things) -> Seed {
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

    /// `메시지에 이모지 눌러줘`: something is asked for, by a verb that nothing here is known by.
    fn asks_unknown(&self, things: &Things) -> bool {
        let nothing_given = things.quotes.is_empty()
            && things.blocks.is_empty()
            && things.urls.is_empty()
            && things.databases.is_empty()
            && !self.clause.has(Object::Link)
            && !self.clause.has(Object::Summary)
            && !self.clause.has(Object::Result);
        self.clause.verb.is_none()
            && !self.clause.marks.iter().any(|mark| matches!(mark.what, What::Nominal(_) | What::Verb(_)))
            && nothing_given
            && ASKS.is_match(self.text)
    }

    /// `팀 채널 메시지 좀 읽어줘`: what was said there.
    pub(super) fn reads_messages(&self, things: &Things) -> bool {
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
}

/// A verb that asks, at the end of a clause in which no known one stands.
static ASKS: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"[가-힣](?:\s?(?:줘|줘요|주세요|주십시오|줄래|줄래요|주라)|\s?주시겠[가-힣]+|\s?주시기\s?바랍니다)[.!?~\s]*$",
    )
});

static TALK: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"대화|스레드|쓰레드|히스토리|오간|thread|history|conversation|discussion|chat log|replies")
});

#[cfg(test)]
mod tests {
    use crate::plan::understand::lexicon::{Intent, Object};
    use crate::plan::understand::read::tests::acts;
    use crate::plan::understand::seed::Act;

    #[test]
    fn another_sort_of_thing_is_looked_for_by_its_name() {
        assert_eq!(acts("'로그인 오류' 이슈 만들어줘"), [Act::Other(Intent::Make, Object::Issue)]);
        assert_eq!(acts("#team 채널 대화 읽어줘"), [Act::Other(Intent::Get, Object::Message)]);
    }
}
