//! Cells of a table: which are read, which are written to, and the rows for them.

use std::sync::LazyLock;

use regex::Regex;

use super::role::Role;
use super::things::Things;
use super::{Reading, View};
use crate::plan::understand::lexicon::{Intent, Object, expression};
use crate::plan::understand::residue;
use crate::plan::understand::seed::{Act, Filling, Seed, Slot, Want};

impl Reading {
    /// Rows for a table: the quoted texts, the bare cells, or what an earlier act leaves.
    pub(super) fn append(&mut self, view: &View<'_>, things: &Things) {
        let mut rows: Vec<String> = things
            .quotes
            .iter()
            .filter(|(_, _, role)| matches!(role, Role::Free | Role::Text | Role::Content))
            .map(|(_, text, _)| text.clone())
            .collect();
        if rows.is_empty() {
            rows = residue::cells(view.marked, view.clause);
        }
        self.cells(Act::AppendRows, view, things);
        let Some(seed) = self.seeds.last_mut() else { return };
        let only_link = view.clause.has(Object::Link) && things.quotes.is_empty();
        if !rows.is_empty() && !only_link {
            seed.slots.insert(Slot::Rows, Filling::Rows(vec![rows]));
            return;
        }
        let want = match () {
            () if view.says_message_link() => Want::MessageLink,
            () if view.clause.has(Object::Link) => Want::Last,
            () => Want::Data,
        };
        seed.wants.push(want);
    }

    /// A seed over cells: read, append or clear.
    pub(super) fn cells(&mut self, act: Act, view: &View<'_>, things: &Things) {
        let span = Self::span(view);
        let mut areas: Vec<(usize, Option<String>, String)> = things.cells.clone();
        if act == Act::AppendRows {
            areas.retain(|(at, ..)| view.target_at(*at));
        } else if view.has_target_cells(things) {
            areas.retain(|(at, ..)| !view.target_at(*at));
        }
        let tab = things.tabs.iter().find(|(at, _)| match act {
            Act::AppendRows => view.target_at(*at),
            Act::ReadCells => !view.target_at(*at) || !view.has_target_cells(things),
            _ => true,
        });
        let tab = tab.map(|(_, tab)| tab.clone());
        let several = act == Act::ReadCells && things.tabs.len() > 1 && !view.has_target_cells(things);
        if areas.is_empty() && several {
            for (_, tab) in &things.tabs {
                self.seeds.push(Seed::new(act, span).with(Slot::Range, tab.clone()));
            }
            return;
        }
        if areas.is_empty() {
            let mut seed = Seed::new(act, span);
            if let Some(tab) = tab {
                seed = seed.with(Slot::Range, tab);
            }
            self.seeds.push(seed);
            return;
        }
        for (at, own, cells) in areas {
            // Of several sheets the one that is named right before the cells.
            let near = things.tabs.iter().rev().find(|(place, _)| *place < at).map(|(_, tab)| tab.clone());
            // `B5 on Sales and B5 on Metrics`: the sheet comes behind.
            let behind = things
                .tabs
                .first()
                .is_some_and(|(place, _)| things.cells.first().is_some_and(|(cell, ..)| cell < place));
            let near = match behind {
                true => things.tabs.iter().find(|(place, _)| *place > at).map(|(_, tab)| tab.clone()),
                false => near,
            };
            let tab = own.or(near.filter(|_| things.tabs.len() > 1)).or_else(|| tab.clone());
            let range = match tab {
                Some(tab) => format!("{tab}!{cells}"),
                None => cells,
            };
            self.seeds.push(Seed::new(act, span).with(Slot::Range, range));
        }
    }
}

impl View<'_> {
    /// Whether the thing that begins here stands where something goes to.
    pub(super) fn target_at(&self, at: usize) -> bool {
        let Some(mark) = self.clause.marks.iter().find(|mark| mark.start == at) else { return false };
        let low = self.marked.low();
        let before = low[self.clause.start.min(mark.start)..mark.start].trim_end();
        let after = &low[mark.end..];
        if SOURCE_AFTER.is_match(after) {
            return false;
        }
        TARGET_AFTER.is_match(after) || TARGET_BEFORE.is_match(before)
    }

    pub(super) fn touches_cells(&self, things: &Things) -> bool {
        let table =
            self.clause.has(Object::Tab) || self.clause.has(Object::Spreadsheet) || self.clause.has(Object::Cells);
        if table && matches!(self.clause.intent(), Some(Intent::Get | Intent::Delete)) {
            return true;
        }
        !things.cells.is_empty()
            || !things.tabs.is_empty()
            || !things.spreadsheets.is_empty()
                && (self.clause.has(Object::Tab)
                    || self.clause.has(Object::Cells)
                    || self.clause.has(Object::Row)
                    || self.clause.has(Object::Spreadsheet))
    }

    pub(super) fn has_target_cells(&self, things: &Things) -> bool {
        let intent = self.acts();
        if !self.touches_cells(things)
            || !matches!(intent, Some(Intent::Put | Intent::Send | Intent::Make | Intent::Get) | None)
        {
            return false;
        }
        let marked = things.cells.iter().any(|(at, ..)| self.target_at(*at))
            || things.tabs.iter().any(|(at, _)| self.target_at(*at));
        let row = self.clause.has(Object::Row);
        match intent {
            Some(Intent::Put) if things.channels.is_empty() && !self.clause.has(Object::Page) => {
                marked || row || (things.cells.is_empty() && !self.sheet_is_source())
            }
            Some(Intent::Put | Intent::Make) => marked,
            Some(Intent::Send) => marked && (things.channels.is_empty() || row),
            Some(Intent::Get) => marked && GET_TO.is_match(self.text),
            None if row => marked || !things.quotes.is_empty() || self.clause.has(Object::Link),
            // Behind an arrow a sheet without cells is where things go.
            None => self.clause.arrow && (marked || things.cells.is_empty() && !things.tabs.is_empty()),
            _ => false,
        }
    }

    fn sheet_is_source(&self) -> bool {
        SHEET_SOURCE.is_match(self.text)
    }

    pub(super) fn has_source_cells(&self, things: &Things) -> bool {
        let intent = self.clause.intent();
        if !self.touches_cells(things) || intent == Some(Intent::Delete) && !self.stores() {
            return false;
        }
        if !self.has_target_cells(things) {
            // A spreadsheet named beside the act is only where something is.
            return !things.cells.is_empty()
                || !things.tabs.is_empty()
                || matches!(intent, Some(Intent::Get | Intent::Summarise));
        }
        things.cells.iter().any(|(at, ..)| !self.target_at(*at)) && things.cells.len() + things.tabs.len() > 1
    }
}

static TARGET_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^\s?(?:시트|탭|sheet|tab|스프레드시트|데이터베이스|디비|db|database)?\s?(?:의|'s|’s)?\s?(?:(?:맨\s?)?(?:마지막|아래|밑|끝|새|다음)\s?(?:줄|행|칸)?)?\s?(?:에다가?|에도|에만|에는|에[\s.,!?~]|에$|에[가-힣\x{E000}-\x{F8FF}]|쪽에|으로|로[\s.,]|한\s?줄)",
    )
});
static SOURCE_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"^\s?(?:시트|탭|sheet|tab)?\s?(?:에서|에\s?있는|에\s?있지|에\s?있|에\s?적힌|에\s?나온|의\s|을|를|부터)")
});
static TARGET_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:^|[^a-z'’])(?:to|into|onto|in|on|over to|at the (?:end|bottom) of|to the (?:end|bottom) of|(?:new|next|last) (?:line|row) (?:of|in|on)|row (?:of|in|to|on)|line (?:of|in|to)|under|at)(?:\s(?:the|our|its|my))?(?:\s(?:end|bottom) of)?(?:\s(?:the|our))?(?:\sgoogle)?(?:\s?[\x{E000}-\x{F8FF}])?$",
    )
});
static GET_TO: LazyLock<Regex> = LazyLock::new(|| expression(r"copy|move|transfer|복사|옮|이동|카피"));
static SHEET_SOURCE: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"에서|에\s?있는|the contents of|what's in|everything in|from the|out of|내용을|값을|내용\s")
});

#[cfg(test)]
mod tests {
    use crate::plan::understand::read::tests::read;
    use crate::plan::understand::seed::{Act, Filling, Slot};

    #[test]
    fn rows_are_the_cells_that_were_said() {
        let rows = |cells: &[&str]| Filling::Rows(vec![cells.iter().map(|cell| (*cell).to_owned()).collect()]);
        for (text, cells) in [
            ("매출 시트에 한 줄 추가해줘: 강남점, 2150000, 6/14", vec!["강남점", "2150000", "6", "14"]),
            ("Add a row to the Sales sheet: 'Gangnam', '2150000'", vec!["Gangnam", "2150000"]),
        ] {
            let seeds = read(text).seeds;
            assert_eq!(seeds[0].act, Act::AppendRows, "{text}: {seeds:?}");
            assert_eq!(seeds[0].slots.get(&Slot::Rows), Some(&rows(&cells)), "{text}");
        }
    }

    #[test]
    fn one_tab_is_read_and_the_other_written_to() {
        let seeds = read("매출 시트 A1:B2 복사해서 지표 시트에 추가해줘").seeds;
        let acts: Vec<_> = seeds.iter().map(|seed| (seed.act, seed.text(Slot::Range))).collect();
        assert_eq!(acts, [(Act::ReadCells, Some("매출!A1:B2")), (Act::AppendRows, Some("지표"))]);
    }
}
