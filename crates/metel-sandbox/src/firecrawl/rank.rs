//! Which pages fit a query: shared pairs of characters, which serves Korean without a dictionary.

use std::collections::BTreeSet;

use super::corpus::{PAGES, Page};

fn pairs(text: &str) -> BTreeSet<(char, char)> {
    let mut out = BTreeSet::new();
    for word in text.to_lowercase().split(|letter: char| !letter.is_alphanumeric()) {
        let letters: Vec<char> = word.chars().collect();
        out.extend(letters.windows(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?))));
    }
    out
}

/// Pages by how much of the query they hold, best first; pages that hold under a third are left out.
pub(crate) fn ranked(query: &str) -> Vec<&'static Page> {
    let wanted = pairs(query);
    let mut scored: Vec<(usize, &Page)> = PAGES
        .iter()
        .map(|page| {
            let title = pairs(page.title).intersection(&wanted).count();
            let all = pairs(&format!("{} {} {}", page.title, page.description, page.body));
            (all.intersection(&wanted).count() * 2 + title, page)
        })
        .filter(|(score, _)| *score > 0 && *score * 3 >= wanted.len() * 2)
        .collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, page)| page).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_korean_and_english() {
        assert!(ranked("AI 솔루션 구축").first().unwrap().title.contains("AI"));
        assert!(ranked("public tender newsletter").iter().any(|page| page.language == "en"));
        assert!(ranked("zzqx").is_empty());
    }
}
