//! What a clause without an act says of the others: a title, a content, a link, a topic.

use super::page::CONTENT;
use super::role::Role;
use super::things::Things;
use super::{Reading, View};
use crate::plan::understand::lexicon::{Intent, Object, lexicon};
use crate::plan::understand::residue;
use crate::plan::understand::seed::{Act, Seed, Slot, Want};

impl Reading {
    /// A clause that made no act may still say something about one.
    pub(super) fn leftover(&mut self, view: &View<'_>, things: &Things) {
        if matches!(view.clause.intent(), Some(Intent::Put) | None)
            && view.clause.has(Object::Link)
            && things.channels.is_empty()
        {
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

#[cfg(test)]
mod tests {
    use crate::plan::understand::read::tests::read;

    #[test]
    fn a_title_said_apart_is_kept_for_the_act() {
        assert_eq!(read("노션에 페이지 만들어줘. 제목은 '주간 회의록'").loose_title.as_deref(), Some("주간 회의록"));
        assert_eq!(read("Create a Notion page. The title is 'Retro'.").loose_title.as_deref(), Some("Retro"));
    }
}
