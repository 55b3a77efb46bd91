//! The name right before a noun: `Tasks database`, `팀 채널`.

use super::left::{left, trim};
use super::{ONLY_FILLER, is_pronoun};
use crate::plan::understand::clause::Clause;
use crate::plan::understand::mark::{Mark, Marked};

/// The name right before a noun such as `database` or `채널`.
pub fn name_before(marked: &Marked, clause: &Clause, noun: &Mark) -> Option<String> {
    let before = left(marked, clause, clause.start, noun.start, |_| false);
    let run = before.rsplit('\u{1}').next()?;
    let name = trim(run);
    let word = match name.is_ascii() {
        // English: the words since the article.
        true => run.rsplit(" the ").next().map(trim)?,
        false => name.split_whitespace().next_back()?.to_owned(),
    };
    (!word.is_empty() && !is_pronoun(&word) && !ONLY_FILLER.is_match(&word) && word.split_whitespace().count() <= 3)
        .then_some(word)
}

/// A tab's name before `시트` or `sheet`, where it is not a spreadsheet already named.
pub fn tab_name(marked: &Marked, clause: &Clause, noun: &Mark) -> Option<String> {
    name_before(marked, clause, noun).filter(|name| {
        !matches!(
            name.to_ascii_lowercase().as_str(),
            "google" | "구글" | "report" | "엑셀" | "excel" | "타임" | "체크" | "치트" | "스프레드" | "time" | "cheat"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::{name_before, tab_name};
    use crate::plan::understand::lexicon::Object;
    use crate::plan::understand::mark::What;
    use crate::plan::understand::residue::tests::first;

    #[test]
    fn a_name_stands_before_its_noun() {
        let before = |text: &str, object: Object| {
            first(text, |marked, clause| {
                let noun = clause.marks.iter().find(|mark| mark.what == What::Object(object)).unwrap();
                (name_before(marked, clause, noun), tab_name(marked, clause, noun))
            })
        };
        assert_eq!(before("Query the Leads database", Object::Database).0.as_deref(), Some("Leads"));
        assert_eq!(before("기획 채널에 올려줘", Object::Channel).0.as_deref(), Some("기획"));
        assert_eq!(before("재고 탭 읽어줘", Object::Tab).1.as_deref(), Some("재고"));
    }
}
