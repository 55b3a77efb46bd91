//! Nouns for things: page, row, channel, link. Parts of longer words are not taken for them.

use std::sync::LazyLock;

use regex::Regex;

use super::{Scan, What};
use crate::plan::retrieve::is_hangul;
use crate::plan::understand::lexicon::{Object, expression, lexicon};

impl Scan<'_> {
    pub(super) fn objects(&mut self) {
        let lexicon = lexicon();
        for phrases in [&lexicon.objects, &lexicon.objects_latin] {
            let found: Vec<(usize, usize, Object)> = phrases
                .find
                .find_iter(&self.lifted.low)
                .filter_map(|m| phrases.get(m.as_str()).map(|object| (m.start(), m.end(), *object)))
                .collect();
            for (start, end, object) in found {
                if is_word_alone(&self.lifted.low, start, end) {
                    self.add(start, end, What::Object(object));
                }
            }
        }
    }
}

/// Short Korean words are parts of other words: `글` of `글로벌`, `줄` of `줄여`, `방` of `방문`.
fn is_word_alone(text: &str, start: usize, end: usize) -> bool {
    let word = &text[start..end];
    if !word.chars().all(is_hangul) || word.chars().count() > 1 {
        return true;
    }
    let before = text[..start].chars().next_back();
    let after: String = text[end..].chars().take_while(|c| is_hangul(*c)).take(4).collect();
    let particle = after.is_empty() || SHORT_TAIL.is_match(&after);
    before.is_none_or(|c| !is_hangul(c)) && particle
}

static SHORT_TAIL: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^(?:을|를|이|가|은|는|에|에다|에다가|에도|로|으로|만|도|하나|하나만|하나를|좀|의|이랑|들|들을|들만)(?:$|[^가-힣])",
    )
});

#[cfg(test)]
mod tests {
    use crate::plan::understand::lexicon::Object;
    use crate::plan::understand::mark::What;
    use crate::plan::understand::mark::tests::marks;

    #[test]
    fn a_syllable_of_a_longer_word_is_no_thing() {
        assert!(marks("#team에 글 올려줘").contains(&What::Object(Object::Message)));
        assert!(!marks("글로벌 시장 검색해줘").contains(&What::Object(Object::Message)));
    }
}
