//! What no tool here can do: a service that is not here, a verb that nothing carries out, a channel
//! that is to be made. It is said before anything is planned.

use std::sync::LazyLock;

use regex::Regex;

use super::things::Things;
use super::{Lacking, Reading, View};
use crate::plan::understand::lexicon::{Intent, Object, expression};
use crate::plan::understand::mark::{Mark, What};

impl Reading {
    /// Services and acts for which there is no tool.
    pub(super) fn find_lacking(&mut self, view: &View<'_>) {
        for mark in &view.clause.marks {
            if let What::Service(service) = &mark.what
                && view.clause.intent() != Some(Intent::Search)
                && view.is_means(mark)
            {
                self.lacking.push(Lacking::Service(service.clone()));
            }
        }
        if let Some(Intent::Unsupported(at)) = view.clause.intent() {
            self.lacking.push(Lacking::Unsupported(at));
        }
    }
}

impl View<'_> {
    /// A service that the clause works in or with, which is not merely spoken of.
    fn is_means(&self, mark: &Mark) -> bool {
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

    /// Acts on things that can be named but not acted on so: making a channel, adding a person.
    pub(super) fn impossible(&self, things: &Things) -> Option<(Intent, Object)> {
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
        if matches!(intent, Intent::Put | Intent::Make)
            && self.clause.has(Object::Person)
            && !self.page_noun()
            && things.quotes.is_empty()
            && things.databases.is_empty()
            && things.channels.is_empty()
            && self.clause.service("notion")
        {
            return Some((Intent::Put, Object::Person));
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
static NEW_CONTAINER: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:채널|데이터베이스|스프레드시트|구글\s?시트|워크스페이스|디비)(?:을|를)?\s?(?:하나\s?|새로\s?|좀\s?)*(?:새로\s?)?(?:만들|생성|개설|파|신설)|새\s?(?:채널|시트|탭|스프레드시트|데이터베이스)|(?:create|make|set up|start|open|build|generate)\s(?:me\s)?(?:a|an|the|another|new)\s(?:new\s)?(?:[a-z#-]+\s){0,2}(?:channel|spreadsheet|database|sheet|tab|workspace)(?-u:\b)|시트(?:를)?\s?(?:하나\s?|새로\s?)+(?:만들|생성|파)",
    )
});
static ADD_PERSON: LazyLock<Regex> = LazyLock::new(|| expression(r"(?:^|[^a-z])add\s|추가"));

#[cfg(test)]
mod tests {
    use crate::plan::understand::lexicon::{Intent, Object};
    use crate::plan::understand::read::Lacking;
    use crate::plan::understand::read::tests::read;

    #[test]
    fn a_service_that_is_worked_with_is_lacking_and_one_that_is_spoken_of_is_not() {
        let service = |name: &str| Lacking::Service(name.to_owned());
        assert!(read("지라에 이슈 만들어줘").lacking.contains(&service("jira")));
        assert!(read("Open a Jira ticket").lacking.contains(&service("jira")));
        assert!(read("웹에서 지라 가격 검색해줘").lacking.is_empty());
    }

    #[test]
    fn no_channel_is_made_and_nobody_is_added_to_one() {
        assert_eq!(read("슬랙 채널 하나 새로 만들어줘").lacking, [Lacking::Thing(Intent::Make, Object::Channel)]);
        assert_eq!(read("Add Kim to #team").lacking, [Lacking::Thing(Intent::Put, Object::Person)]);
    }
}
