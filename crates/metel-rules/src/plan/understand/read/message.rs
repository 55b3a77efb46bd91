//! Messages: to which channels, with which text, and what of earlier acts they take.

use std::sync::LazyLock;

use regex::Regex;

use super::delete::PRONOUN;
use super::role::Role;
use super::source::LINK_SOON;
use super::things::Things;
use super::{Lacking, Reading, View};
use crate::plan::understand::lexicon::{Intent, Object, expression};
use crate::plan::understand::literal::Literal;
use crate::plan::understand::mark::What;
use crate::plan::understand::residue;
use crate::plan::understand::seed::{Act, Seed, Slot, Want};

impl Reading {
    /// A message to each channel: its own text, or what an earlier act leaves.
    pub(super) fn send(&mut self, view: &View<'_>, things: &Things, page: bool) {
        let span = Self::span(view);
        let mut texts: Vec<String> = things
            .quotes
            .iter()
            .filter(|(_, _, role)| match role {
                Role::Text => true,
                Role::Content => !self.fills_page(),
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
        if let Some((_, text, _)) =
            things.quotes.iter().find(|(_, _, role)| *role == Role::Content && self.fills_page())
        {
            self.loose_content.get_or_insert(text.clone());
        }
        let own_source = self.seeds.iter().any(|seed| seed.span == span && seed.act.is_source());
        let block_waits = things.blocks.is_empty() && view.points_at_block();
        if view.says_message_link() {
            wants.push(Want::MessageLink);
        } else if link && !own_source || page {
            wants.push(if BOTH.is_match(view.text) { Want::PageLinks } else { Want::PageLink });
        }
        if wants.is_empty() && texts.is_empty() && !block_waits {
            // `작성된 페이지를 공유`: the page, unless a message about it is told.
            let page_itself = view.clause.has(Object::Page) && !residue::is_indirect(view.marked, view.clause);
            let said =
                residue::message(view.marked, view.clause).filter(|_| !own_source && !page_itself && view.may_word());
            // `한도 좀 올려줘`: nowhere to send it, nothing that says it is a message.
            let somewhere = !things.channels.is_empty()
                || view.clause.service("slack")
                || view.clause.has(Object::Channel)
                || view.clause.has(Object::Message)
                || residue::is_indirect(view.marked, view.clause);
            if said.is_some() && !somewhere && self.seeds.is_empty() && view.korean {
                self.lacking.push(Lacking::Unknown);
                return;
            }
            match said {
                Some(text) => texts.push(text),
                None if own_source => wants.push(Want::Data),
                None if view.clause.has(Object::Page) => wants.push(Want::PageLink),
                // `글 하나 올려줘` gives nothing to send.
                None if view.bare_message() && !PRONOUN.is_match(view.text) => {}
                None if things.channels.len() == 1 && BOTH.is_match(view.text) => wants.push(Want::AllData),
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

    /// Whether a page was named before that has no body yet.
    fn fills_page(&self) -> bool {
        self.seeds.iter().any(|seed| seed.act == Act::MakePage && !seed.slots.contains_key(&Slot::Content))
    }

    /// `"…"도 같이 적어줘` behind a message: more words for it.
    pub(super) fn adds_to_message(&mut self, view: &View<'_>, things: &Things) -> bool {
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
}

impl View<'_> {
    /// `아래 문구를 올려줘`: the text stands in a block of its own.
    fn points_at_block(&self) -> bool {
        let block = self.marked.lifted.literals.iter().any(|literal| matches!(literal, Literal::Block(_)));
        block && BLOCK_CUE.is_match(self.text) && !self.clause.has(Object::Summary) && !self.clause.has(Object::Result)
    }

    fn link_is_url(&self, things: &Things) -> bool {
        things.urls.iter().any(|(mark, _)| LINK_SOON.is_match(&self.marked.low()[mark.end..]))
    }

    pub(super) fn says_message_link(&self) -> bool {
        MESSAGE_LINK.is_match(self.text)
    }

    fn says_where(&self) -> bool {
        WHERE.is_match(self.text)
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
}

static ALONGSIDE: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"도\s?(?:같이|함께|덧붙|추가로|적어|넣어|써|붙여)|같이\s?(?:적|써|넣|보내|올려)|덧붙|곁들|함께\s?(?:적|써|넣|보내|올려)|with (?:a|the) (?:note|line|comment)|(?-u:\b)add(?-u:\b)|too(?-u:\b)|as well|alongside",
    )
});
static BOTH: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"둘\s?다|두\s?(?:개|페이지|링크)|모두|전부|세\s?개|(?-u:\b)(?:both|all (?:of them|three|the links)|links|each of)(?-u:\b)|각각의?\s?링크",
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
static BLOCK_CUE: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"아래|다음|이 내용|이거|이걸|이 글|그대로|below|following|(?-u:\b)this(?-u:\b)|as written|위")
});
static NO_TEXT: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?-u:\b)(?:something|a message|message|msg|anything|a post|posting)(?-u:\b)|메시지|글|뭐|뭔가|한마디")
});
static BARE_VERBS: LazyLock<Regex> = LazyLock::new(|| expression(r"msg|message|메시지|글|ping|announce"));

#[cfg(test)]
mod tests {
    use crate::plan::understand::read::tests::read;
    use crate::plan::understand::seed::{Act, Slot, Want};

    #[test]
    fn each_channel_gets_the_text_that_was_said() {
        for (text, said) in [
            ("슬랙 #team이랑 #random에 '점심 먹어요' 라고 보내줘", "점심 먹어요"),
            ("Post 'Lunch time' in #team and #random", "Lunch time"),
        ] {
            let seeds = read(text).seeds;
            let channels: Vec<_> = seeds.iter().filter_map(|seed| seed.text(Slot::Channel)).collect();
            assert_eq!(channels, ["#team", "#random"], "{text}");
            assert!(seeds.iter().all(|seed| seed.act == Act::Send && seed.text(Slot::Text) == Some(said)), "{text}");
        }
    }

    #[test]
    fn a_message_takes_the_link_that_it_speaks_of() {
        let wants = |text: &str| read(text).seeds.pop().unwrap().wants;
        assert_eq!(wants("노션에 '가' 페이지 만들고 링크를 #team에 공유해줘"), [Want::PageLink]);
        assert_eq!(wants("#team에 '안녕' 올리고 그 메시지 링크를 #random에 공유해줘"), [Want::MessageLink]);
    }

    #[test]
    fn more_words_go_to_the_message_before() {
        let seeds = read("#team에 '안녕' 이라고 보내줘. '내일 봐요'도 같이 적어줘").seeds;
        assert_eq!(seeds.len(), 1, "{seeds:?}");
        assert_eq!(seeds[0].text(Slot::Text), Some("안녕\n내일 봐요"));
    }
}
