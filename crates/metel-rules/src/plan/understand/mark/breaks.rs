//! Signs and words that part a request: sentence ends, arrows, `and`, `그리고`, brackets.

use std::sync::LazyLock;

use regex::Regex;

use super::{Break, Scan, What};
use crate::plan::understand::lexicon::expression;

impl Scan<'_> {
    pub(super) fn breaks(&mut self) {
        let found: Vec<(usize, usize, Break)> = BREAK
            .captures_iter(&self.lifted.low)
            .filter_map(|found| {
                let whole = found.get(0)?;
                let kind = BREAKS.iter().find(|(name, _)| found.name(name).is_some())?.1;
                Some((whole.start(), whole.end(), kind))
            })
            .collect();
        for (start, end, kind) in found {
            self.add(start, end, What::Break(kind));
        }
    }
}

static BREAK: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?x)
        (?P<arrow>→|⇒|▶|➜|➡|=>|--?>|>>|\s/\s|\s·\s|·\s|\s\+\s|\s>\s)
        |(?P<hard>[.!?。？！]+(?:\s|$)|[;；\n]+|~+\s|…\s)
        |(?P<dash>\s[-–—]\s|—)
        |(?P<open>[(（\[])
        |(?P<close>[)）\]])
        |(?P<comma>[,、，])
        |(?P<colon>[:：])
        |(?P<and>(?-u:\b)(?:and\s+then|and\s+also|after\s+that|and|then|n|plus|also|afterwards|next|finally|but|oh\s+and|while|so)(?-u:\b)|&|그리고\s?나서|그리고|그런\s?다음에?|그\s?다음에?|그담에?|다음으로|이어서|그\s?뒤에?|그\s?후에?|또한|추가로|동시에)
        ",
    )
});

const BREAKS: [(&str, Break); 8] = [
    ("arrow", Break::Arrow),
    ("hard", Break::Hard),
    ("dash", Break::Dash),
    ("open", Break::Open),
    ("close", Break::Close),
    ("comma", Break::Comma),
    ("colon", Break::Colon),
    ("and", Break::And),
];

#[cfg(test)]
mod tests {
    use crate::plan::understand::mark::tests::marks;
    use crate::plan::understand::mark::{Break, What};

    #[test]
    fn signs_and_words_part_a_request() {
        let breaks = |text: &str| -> Vec<Break> {
            marks(text)
                .into_iter()
                .filter_map(|what| if let What::Break(kind) = what { Some(kind) } else { None })
                .collect()
        };
        assert_eq!(breaks("검색 → 요약. 그다음에 공유"), [Break::Arrow, Break::Hard, Break::And]);
        assert_eq!(breaks("search it, then post (briefly)"), [Break::Comma, Break::And, Break::Open, Break::Close]);
    }
}
