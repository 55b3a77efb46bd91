//! Pages that are to be made: their names, parents and contents; and when a clause makes none.

use std::sync::LazyLock;

use regex::Regex;

use super::role::Role;
use super::things::Things;
use super::{Reading, View};
use crate::plan::understand::lexicon::{Intent, Object, expression, lexicon};
use crate::plan::understand::literal::Literal;
use crate::plan::understand::mark::What;
use crate::plan::understand::residue;
use crate::plan::understand::seed::{Act, Seed, Slot, Want};

impl Reading {
    /// The pages that a clause names, each with its parent and content.
    pub(super) fn pages(&mut self, view: &View<'_>, things: &Things, sends: bool) {
        let span = Self::span(view);
        let titles: Vec<&String> =
            things.quotes.iter().filter(|(_, _, role)| matches!(role, Role::Title)).map(|(_, text, _)| text).collect();
        let free: Vec<&String> =
            things.quotes.iter().filter(|(_, _, role)| matches!(role, Role::Free)).map(|(_, text, _)| text).collect();
        let parent = things.quotes.iter().find(|(_, _, role)| *role == Role::Parent).map(|(_, text, _)| text.clone());
        // `상위 페이지는 'X'로`: of the page that was named before.
        let only_parent = titles.is_empty() && free.is_empty();
        let childless = self
            .seeds
            .iter_mut()
            .rev()
            .find(|seed| seed.act == Act::MakePage && !seed.slots.contains_key(&Slot::Parent));
        if let (Some(parent), true, Some(page)) = (&parent, only_parent, childless) {
            *page = page.clone().with(Slot::Parent, parent.clone());
            return;
        }
        let made_before = self.seeds.iter().any(|seed| seed.act == Act::MakePage);
        let parent =
            parent.or_else(|| bare_parent(view).filter(|_| !made_before && (!free.is_empty() || !titles.is_empty())));
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
        let bare = things.quotes.iter().all(|(_, _, role)| !matches!(role, Role::Title | Role::Free));
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
            seed.bare = bare;
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
        } else if view.clause.has(Object::Link) && matches!(view.acts(), Some(Intent::Put | Intent::Make) | None) {
            seed.wants.push(Want::Last);
        } else {
            seed.wants.push(Want::Data);
        }
        self.seeds.push(seed);
    }
}

/// `마케팅 위키라는 페이지 밑에`, `under the Sales wiki page`: a parent without quotes.
fn bare_parent(view: &View<'_>) -> Option<String> {
    let text = &view.marked.lifted.work[view.clause.start..view.clause.end];
    let found = PARENT_BARE.captures(text)?;
    let name = residue::trim(found.name("ko").or(found.name("en"))?.as_str());
    (!name.is_empty() && !residue::is_pronoun(&name) && name.chars().count() > 1).then_some(name)
}

static PARENT_BARE: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)(?P<ko>[가-힣a-z0-9][가-힣a-z0-9 ]{1,30}?)(?:이?라는)?\s?(?:페이지|문서)\s?(?:밑|아래|하위|안)에|(?-u:\b)under (?:the\s)?(?P<en>[a-z0-9][a-z0-9 ]{1,30}?) page(?-u:\b)",
    )
});

impl View<'_> {
    /// Whether this clause makes a page.
    pub(super) fn makes_page(&self, things: &Things) -> bool {
        let intent = self.acts();
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
                    || self.makes_it()
            }
            Some(Intent::Put) => {
                let target = self.page_target();
                let slack = self.clause.service("slack") && !noun && !notion;
                (noun || notion) && (named || target) && !self.points_at_page(things)
                    || named && nothing_else && !other && !slack
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

    pub(super) fn page_noun(&self) -> bool {
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
    fn makes_it(&self) -> bool {
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
}

pub(super) static CONTENT: LazyLock<Regex> =
    LazyLock::new(|| expression(r"내용|본문|(?-u:\b)(?:content|body|contain)"));
static CHILD: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"하위|아래에|그\s?밑|그\s?아래|밑에|그\s?안에|산하|서브\s?페이지|child|sub-?\s?page|under\s(?:it|that|this)|beneath|below it|inside\s(?:it|that)|nested|in it(?-u:\b)|underneath|within it",
    )
});
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

#[cfg(test)]
mod tests {
    use crate::plan::understand::read::tests::{acts, read};
    use crate::plan::understand::seed::{Act, Slot, Want};

    #[test]
    fn a_page_has_the_name_and_the_parent_that_were_said() {
        for (text, title, parent) in [
            ("노션에 '주간 회의록' 페이지 만들어줘", "주간 회의록", None),
            ("노션 '프로젝트' 페이지 아래에 '회고' 페이지 만들어줘", "회고", Some("프로젝트")),
            ("Create a Notion page called 'Retro' under the page 'Project'", "Retro", Some("Project")),
        ] {
            let seeds = read(text).seeds;
            assert_eq!(seeds.len(), 1, "{text}: {seeds:?}");
            assert_eq!(seeds[0].text(Slot::Title), Some(title), "{text}");
            assert_eq!(seeds[0].text(Slot::Parent), parent, "{text}");
        }
    }

    #[test]
    fn a_child_waits_for_the_page_made_before_it() {
        let seeds = read("노션에 '가' 페이지 만들고 그 하위에 '나' 페이지 만들어줘").seeds;
        assert!(!seeds[0].wants.contains(&Want::PageId) && seeds[1].wants.contains(&Want::PageId), "{seeds:?}");
    }

    #[test]
    fn a_notice_in_a_channel_is_no_page() {
        assert!(!acts("#team에 공지 하나 써줘").contains(&Act::MakePage));
    }
}
