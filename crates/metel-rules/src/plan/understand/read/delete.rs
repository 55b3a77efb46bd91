//! Taking away: a message, cells or a page. What only sounds like it (`보관해줘` into a page) is kept out.

use std::sync::LazyLock;

use regex::Regex;

use super::role::Role;
use super::things::Things;
use super::{Reading, View};
use crate::plan::understand::lexicon::{Intent, Object, expression, lexicon};
use crate::plan::understand::residue;
use crate::plan::understand::seed::{Act, Seed, Slot};

impl Reading {
    /// A message, cells or a page is taken away; which, by what the clause names.
    pub(super) fn delete(&mut self, view: &View<'_>, things: &Things) {
        let span = Self::span(view);
        let names_nothing = things.quotes.is_empty() && things.stamps.is_empty() && things.urls.is_empty();
        if names_nothing && PRONOUN.is_match(view.text) {
            // `The page 'X' is old, so archive it`: what it is was said before.
            if let Some((message, channel)) = self.loose_message.take() {
                let seed = Seed::new(Act::DeleteMessage, span).with(Slot::Message, message);
                self.seeds.push(match channel.or_else(|| self.topic_channel.clone()) {
                    Some((channel, _)) => seed.with(Slot::Channel, channel),
                    None => seed,
                });
                return;
            }
            if let Some(last) = self.seeds.last_mut().filter(|last| last.act == Act::MakePage && last.weak)
                && let Some(title) = last.text(Slot::Title).map(str::to_owned)
            {
                *last = Seed::new(Act::ArchivePage, span).with(Slot::Page, title);
                return;
            }
        }
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
}

impl View<'_> {
    /// Whether the clause takes something away.
    pub(super) fn deletes(&self) -> bool {
        let intent = self.clause.intent();
        let trash = matches!(intent, Some(Intent::Put | Intent::Send) | None) && TRASH.is_match(self.text);
        let empties = matches!(intent, Some(Intent::Make | Intent::Put) | None) && EMPTIES.is_match(self.text);
        trash || empties || intent == Some(Intent::Delete) && !self.stores()
    }

    /// What the verb asks for, where keeping is no taking away.
    pub(super) fn acts(&self) -> Option<Intent> {
        match self.clause.intent() {
            Some(Intent::Delete) if self.stores() => Some(Intent::Put),
            other => other,
        }
    }

    /// `검색 결과를 'X' 페이지에 보관해줘`: keeping, not archiving.
    pub(super) fn stores(&self) -> bool {
        STORES.is_match(self.text)
    }

    fn mentions_posting(&self) -> bool {
        POSTED.is_match(self.text)
    }
}

pub(super) static PRONOUN: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:^|[\s,])(?:그거|그것|그걸|이거|이것|이걸|저거|방금|아까|그 |이 |해당|위의|그대로|(?-u:\b)(?:it|that|this|those|these|them)(?-u:\b))",
    )
});
static TRASH: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?:to|in|into) (?:the )?(?:trash|bin|archive)(?-u:\b)|휴지통|보관함으로|아카이브로"));
/// `공란으로 만들어`: made empty.
static EMPTIES: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:공란|빈\s?칸|백지|공백|빈\s?상태|텅\s?비게)(?:으)?로?|(?:make|leave|set)\s[^,.;]{0,40}(?:empty|blank)(?:\s?[.!]?$)|needs?\s(?:wiping|clearing|emptying|deleting)|(?:can|must|should|has to|may)\s(?:now\s)?go(?:\snow|\saway)?\s*(?:$|[.,;!])",
    )
});
static STORES: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:에|에다|에다가|으로|[^므]로)\s?(?:잘\s|좀\s)?보관|archive (?:it|them|this|the (?:results?|text|summary|content)) (?:in|into|to|on)|보관해\s?(?:둬|놔|두|놓)",
    )
});
static POSTED: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"올린|올렸|올라간|보낸|보냈|쓴|썼|남긴|게시한|공유한|적은|posted|sent|wrote|shared|올려진")
});

#[cfg(test)]
mod tests {
    use crate::plan::understand::read::tests::{acts, read};
    use crate::plan::understand::seed::{Act, Slot};

    #[test]
    fn a_page_cells_or_a_message_is_taken_away() {
        for (text, act, slot, value) in [
            ("노션 '예전 회의록' 페이지 지워줘", Act::ArchivePage, Slot::Page, "예전 회의록"),
            ("Archive the Notion page 'Old notes'", Act::ArchivePage, Slot::Page, "Old notes"),
            ("매출 시트 A2:C9 비워줘", Act::ClearCells, Slot::Range, "매출!A2:C9"),
            ("Clear Sales!A2:C9", Act::ClearCells, Slot::Range, "Sales!A2:C9"),
            ("#team의 1718600000.000700 메시지 삭제해줘", Act::DeleteMessage, Slot::Message, "1718600000.000700"),
        ] {
            let seeds = read(text).seeds;
            assert_eq!(seeds.len(), 1, "{text}: {seeds:?}");
            assert_eq!((seeds[0].act, seeds[0].text(slot)), (act, Some(value)), "{text}");
        }
    }

    #[test]
    fn keeping_is_not_archiving() {
        assert!(!acts("금리 전망 검색해서 '정리' 페이지에 보관해줘").contains(&Act::ArchivePage));
    }
}
