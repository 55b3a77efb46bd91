//! The part that a quoted string plays, by the words beside it: a title, a message, a search, a place.

use std::sync::LazyLock;

use regex::Regex;

use super::View;
use crate::plan::understand::lexicon::expression;
use crate::plan::understand::mark::Mark;

/// The role a quoted string plays by the words beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Title,
    Text,
    Query,
    Parent,
    Content,
    Filter,
    Free,
}

impl View<'_> {
    /// By the words right before and behind the quotation marks.
    pub(super) fn role(&self, mark: &Mark) -> Role {
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
        r"(?:under|below|beneath|underneath|inside|nested under|child of|child page of|sub-?\s?page of|subpage of|within|parent(?:\spage)?(?:\sis|:)?|상위(?:\s?페이지)?(?:는|가|:)?)\s?(?:the\s)?(?:notion)?\s?(?:page|wiki|existing)?\s?(?:page)?$",
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

#[cfg(test)]
mod tests {
    use super::{Role, View};
    use crate::plan::tests::fixture;
    use crate::plan::understand::clause::clauses;
    use crate::plan::understand::mark::{What, mark};

    fn roles(text: &str) -> Vec<Role> {
        let marked = mark(text, &fixture::catalogue());
        let mut out = Vec::new();
        for clause in &clauses(&marked) {
            let view = View { marked: &marked, clause, text: &marked.low()[clause.start..clause.end], korean: false };
            out.extend(clause.marks.iter().filter(|m| matches!(m.what, What::Literal(_))).map(|m| view.role(m)));
        }
        out
    }

    #[test]
    fn the_words_beside_it_say_what_a_quote_is() {
        assert_eq!(roles("'프로젝트' 페이지 밑에 '회고' 페이지 만들어줘"), [Role::Parent, Role::Title]);
        assert_eq!(roles("Create a page titled 'Retro' with the body 'None'"), [Role::Title, Role::Content]);
        assert_eq!(roles("'금리 전망' 검색해줘"), [Role::Query]);
        assert_eq!(roles("#team에 '안녕' 이라고 보내줘"), [Role::Text]);
        assert_eq!(roles("할 일에서 상태가 '진행' 인 항목 조회해줘"), [Role::Filter]);
        assert_eq!(roles("#team에 '안녕' 보내줘"), [Role::Free]);
    }
}
