//! Literals and the workspace's known places: databases, spreadsheets, tabs, channels, by any of their
//! names, quoted or bare. A name that is used as a page's title is none of them.

use std::sync::LazyLock;

use regex::Regex;

use super::channel::{channel, is_channel};
use super::{Scan, What};
use crate::plan::catalogue::{Catalogue, Place};
use crate::plan::retrieve::is_hangul;
use crate::plan::understand::lexicon::expression;
use crate::plan::understand::literal::{Literal, slot};
use crate::plan::understand::spelling;

impl Scan<'_> {
    pub(super) fn literals(&mut self, catalogue: &Catalogue) {
        let spots: Vec<(usize, usize, usize)> = self
            .lifted
            .low
            .char_indices()
            .filter_map(|(at, c)| slot(c).map(|index| (at, at + c.len_utf8(), index)))
            .collect();
        for (start, end, index) in spots {
            let Some(literal) = self.lifted.literals.get(index) else { continue };
            let what = match literal {
                Literal::Channel(name) => channel(name, catalogue),
                Literal::Cells { tab, cells } => {
                    let tab = tab.as_ref().map(|tab| match tab.chars().next().and_then(|c| self.lifted.at(c)) {
                        Some(Literal::Quote(text)) => text.clone(),
                        _ => known(catalogue, "sheets.tab", tab).unwrap_or_else(|| tab.clone()),
                    });
                    What::Cells { tab, cells: cells.clone().unwrap_or_default() }
                }
                Literal::Quote(text) => self.quoted_place(text, start, end, catalogue).unwrap_or(What::Literal(index)),
                _ => What::Literal(index),
            };
            self.add(start, end, what);
        }
    }

    /// A quoted name of a known place, unless it is used as something else's name.
    fn quoted_place(&self, text: &str, start: usize, end: usize, catalogue: &Catalogue) -> Option<What> {
        let (before, after) = (self.low()[..start].trim_end(), &self.low()[end..]);
        if PAGE_AHEAD.is_match(after) || TITLE_BEHIND.is_match(before) {
            return None;
        }
        if after.trim_start().starts_with("채널") || after.trim_start().starts_with("channel") {
            return Some(channel(text, catalogue));
        }
        for (kind, make) in PLACES {
            if let Some(name) = known(catalogue, kind, text) {
                return Some(make(name));
            }
        }
        let after = after.trim_start_matches([' ', '의', ',']);
        match () {
            () if DATABASE_AHEAD.is_match(after) => Some(What::Database(text.to_owned())),
            () if SPREADSHEET_AHEAD.is_match(after) => Some(What::Spreadsheet(text.to_owned())),
            () if TAB_AHEAD.is_match(after) => Some(What::Tab(text.to_owned())),
            () => None,
        }
    }

    pub(super) fn places(&mut self, catalogue: &Catalogue) {
        // Longer names first, so that `팀 공지` is not read as `팀`.
        let mut names: Vec<(&Place, &str)> = catalogue
            .places
            .iter()
            .flat_map(|place| place.names.iter().map(move |name| (place, name.as_str())))
            .collect();
        names.sort_by_key(|(_, name)| std::cmp::Reverse(name.chars().count()));
        // Further passes take lists: `general, team and alerts` and what stands beside a channel.
        for pass in 0..4 {
            for (place, name) in &names {
                for (start, end) in occurrences(self.low(), name) {
                    if self.free(start, end)
                        && let Some(what) = self.place(place, name, start, end, pass)
                    {
                        self.add(start, end, what);
                    }
                }
            }
        }
        self.nearly_named(catalogue);
    }

    fn place(&self, place: &Place, name: &str, start: usize, end: usize, pass: u8) -> Option<What> {
        let (before, after) = (&self.low()[..start], &self.low()[end..]);
        if PAGE_AHEAD.is_match(after) || TITLE_BEHIND.is_match(before.trim_end()) {
            return None;
        }
        // In the spelling that the place goes by: `주간보고` is `주간 보고`.
        let spelled = place.names.iter().find(|known| fold(known) == fold(name)).map_or(name, String::as_str);
        let typed = &self.lifted.work[start..end];
        let said = if typed.eq_ignore_ascii_case(spelled) { typed.to_owned() } else { spelled.to_owned() };
        match place.kind.as_str() {
            "slack.channel" => {
                let value = place.value.as_str().unwrap_or(name).to_owned();
                let outside = place.outside;
                let sure = is_channel(name, before, after) || (pass > 0 && self.beside_channel(start, end));
                sure.then_some(What::Channel { value, outside })
            }
            "notion.database" => Some(What::Database(said)),
            "sheets.spreadsheet" => Some(What::Spreadsheet(said)),
            "sheets.tab" => {
                let sheet_near = self.marks.iter().any(|m| matches!(m.what, What::Cells { .. } | What::Spreadsheet(_)));
                let named = TAB_AHEAD.is_match(after.trim_start()) || TAB_BEHIND.is_match(before.trim_end());
                let capital =
                    said.starts_with(|c: char| c.is_ascii_uppercase()) && TAB_TARGET.is_match(before.trim_end());
                let put = place.names.iter().any(|known| known == name) && TAB_PUT.is_match(after);
                (named || sheet_near || capital || put).then_some(What::Tab(said))
            }
            _ => None,
        }
    }

    /// Two mistyped Latin words in a row that make a known name: `weekly reprot`. Single words were
    /// mended before.
    fn nearly_named(&mut self, catalogue: &Catalogue) {
        for place in &catalogue.places {
            for name in place.names.iter().filter(|name| name.contains(' ')) {
                let joined: String = name.split(' ').collect();
                for (start, end) in occurrences(self.low(), &joined) {
                    let what = match place.kind.as_str() {
                        "notion.database" => What::Database(name.clone()),
                        "sheets.spreadsheet" => What::Spreadsheet(name.clone()),
                        "sheets.tab" => What::Tab(name.clone()),
                        _ => continue,
                    };
                    if !PAGE_AHEAD.is_match(&self.low()[end..]) {
                        self.add(start, end, what);
                    }
                }
            }
        }
    }
}

/// Where a name stands in the text: Latin names as whole words, spaces in it optional in Hangul.
fn occurrences(low: &str, name: &str) -> Vec<(usize, usize)> {
    let name = name.to_ascii_lowercase();
    if name.is_empty() {
        return Vec::new();
    }
    let ascii = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let mut out = Vec::new();
    let mut from = 0;
    while let Some(at) = low[from..].find(&name) {
        let (start, end) = (from + at, from + at + name.len());
        let (before, after) = (low[..start].chars().next_back(), low[end..].chars().next());
        let head = name.chars().next();
        let inside_latin = ascii(head) && ascii(before) || ascii(name.chars().next_back()) && ascii(after);
        let inside_hangul = head.is_some_and(is_hangul) && before.is_some_and(is_hangul) && name.chars().count() < 3;
        if !inside_latin && !inside_hangul {
            out.push((start, end));
        }
        from = end;
    }
    out
}

/// The canonical spelling, among a known place's names, of what was written.
pub(super) fn known(catalogue: &Catalogue, kind: &str, text: &str) -> Option<String> {
    let wanted = fold(text);
    let names: Vec<&String> = catalogue.places_of(kind).flat_map(|place| &place.names).collect();
    names.iter().find(|name| fold(name) == wanted).map(|name| (**name).clone()).or_else(|| {
        names
            .iter()
            .find(|name| name.is_ascii() && spelling::is_slip(&wanted, &fold(name)))
            .map(|name| (**name).clone())
    })
}

/// Names compared: without spaces, hyphens and case.
pub(super) fn fold(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect::<String>().to_ascii_lowercase()
}

type MakePlace = fn(String) -> What;

const PLACES: [(&str, MakePlace); 3] =
    [("notion.database", What::Database), ("sheets.spreadsheet", What::Spreadsheet), ("sheets.tab", What::Tab)];

static PAGE_AHEAD: LazyLock<Regex> =
    LazyLock::new(|| expression(r"^\s*(?:(?:이?라는|이란)\s*)?(?:노션\s*)?(?:페이지|문서를 만|page|doc)"));
static TITLE_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:titled|entitled|called|named|name it|call it|title|제목은|제목이|제목|이름은|이름이|이름|search for|search|google|look up)\s*[:：]?\s*(?:the\s*)?$",
    )
});
static DATABASE_AHEAD: LazyLock<Regex> = LazyLock::new(|| expression(r"^(?:데이터베이스|디비|database|db)"));
static SPREADSHEET_AHEAD: LazyLock<Regex> =
    LazyLock::new(|| expression(r"^(?:스프레드\s?시트|스프레드|구글\s?시트|엑셀|spreadsheet|workbook|google sheet)"));
static TAB_AHEAD: LazyLock<Regex> = LazyLock::new(|| expression(r"^(?:시트|탭|sheet|tab|worksheet)"));
static TAB_TARGET: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?:append|add|put|record|log|row|write|save|insert)[^.;]*(?:to|into|in|on)(?:\sthe)?$")
});
static TAB_PUT: LazyLock<Regex> = LazyLock::new(|| expression(r"^에다?가?\s.{0,60}(?:한\s?줄|행|추가|기록|적어|넣어)"));
static TAB_BEHIND: LazyLock<Regex> = LazyLock::new(|| expression(r"(?:sheet|tab|시트|탭)(?:\s(?:called|named))?$"));

#[cfg(test)]
mod tests {
    use crate::plan::understand::mark::What;
    use crate::plan::understand::mark::tests::marks;

    #[test]
    fn places_are_known_by_any_name_and_spelling() {
        assert!(marks("할일 조회해줘").contains(&What::Database("할 일".into())));
        assert!(marks("주간보고 시트 읽어줘").contains(&What::Spreadsheet("주간 보고".into())));
        assert!(marks("append a row to the Sales tab").contains(&What::Tab("Sales".into())));
        assert!(marks("add it to the weekly reprot spreadsheet").iter().any(|w| matches!(w, What::Spreadsheet(_))));
    }

    #[test]
    fn a_title_is_no_place() {
        assert!(!marks("노션에 'Tasks' 페이지 만들어줘").iter().any(|what| matches!(what, What::Database(_))));
    }
}
