//! Names without quotes: what is left of a clause when everything known is taken out. Words that only
//! point (`it`, `그거`) or fill a sentence are no names.

mod cells;
mod filter;
mod left;
mod message;
mod name;
mod query;
mod title;

pub use cells::{cells, lone_cells};
pub use filter::filter;
pub use left::trim;
pub use message::{indirect, is_indirect, message};
pub use name::{name_before, tab_name};
pub use query::{query, topic};
pub use title::{is_document, page_name, said_title, title};

use std::sync::LazyLock;

use regex::Regex;

use crate::plan::understand::lexicon::expression;

static PRONOUNS: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^(?i:it|this|that|these|those|them|one|something|anything|stuff|thing|things|the thing|그|이|그거|이거|그것|이것|저거|아까|방금|방금 만든|만든|뭐|뭔가|거기|여기|위|해당|그 거|이 거|슬랙|노션|team|slack|a|the|우리|그걸|이걸|whole|entire|전체|모든|all|새|new|each|every|both|각|각각|same|right|it all|everything|everyone|모두|다)$",
    )
});
static POINTING: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^(?i:it|this|that|them|those|these|어느|어떤|어디|아무|무슨|which|some)(?:\s|$)|^(?:(?:아까|방금|전에|어제|저번|지난번|그|이|저|해당|위|말한|만든|올린|쓴|본|보낸|했던)에?\s*)+(?:거|것)?$",
    )
});

pub fn is_pronoun(name: &str) -> bool {
    PRONOUNS.is_match(name.trim()) || POINTING.is_match(name.trim())
}

static ONLY_FILLER: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)^(?:(?:새로|새로운|새|빈|하나|하나만|좀|제발|혹시|그냥|일단|오늘|내일|지금|바로|각각|에|에서|을|를|이|그|다시|어서|야|hey|please|pls|a|an|the|new|empty|blank|quick|quickly|simple|notion|one|up|me|us|for|my|of|it|in|kindly|you|would|could|another|separate|two|three|somewhere|out|start|now|there|just|fresh|little|some|and|then|also|into|that|as|to)\s*)*$",
    )
});

#[cfg(test)]
mod tests {
    use crate::plan::tests::fixture;
    use crate::plan::understand::clause::{Clause, clauses};
    use crate::plan::understand::mark::{Marked, mark};

    /// What `find` says of the first clause of a request.
    pub(super) fn first<T>(text: &str, find: impl Fn(&Marked, &Clause) -> T) -> T {
        let marked = mark(text, &fixture::catalogue());
        find(&marked, &clauses(&marked)[0])
    }

    #[test]
    fn pointing_words_are_no_names() {
        assert!(["그거", " it ", "this one", "어떤 거"].iter().all(|name| super::is_pronoun(name)));
        assert!(!super::is_pronoun("주간 회의록") && !super::is_pronoun("items"));
    }
}
