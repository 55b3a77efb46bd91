//! Cells written bare: a single address, or a row behind a colon.

use std::sync::LazyLock;

use regex::Regex;

use crate::plan::understand::clause::Clause;
use crate::plan::understand::lexicon::expression;
use crate::plan::understand::mark::Marked;

/// Cells given without quotes: `추가해줘: 강남점, 2150000, 6/14`.
pub fn cells(marked: &Marked, clause: &Clause) -> Vec<String> {
    let text = &marked.lifted.work[clause.start..clause.end];
    let Some(found) = ROW_COLON.captures(text).and_then(|found| found.name("cells")) else { return Vec::new() };
    found
        .as_str()
        .split([',', '|', '/'])
        .map(|cell| cell.trim().to_owned())
        .filter(|cell| !cell.is_empty())
        .take(50)
        .collect()
}

/// Single cells written bare: `E5`.
pub fn lone_cells(marked: &Marked, clause: &Clause) -> Vec<(usize, String)> {
    let text = &marked.lifted.work[clause.start..clause.end];
    LONE_CELL.find_iter(text).take(8).map(|found| (clause.start + found.start(), found.as_str().to_owned())).collect()
}

static ROW_COLON: LazyLock<Regex> = LazyLock::new(|| expression(r"[:：]\s*(?P<cells>[^\n\x{E000}-\x{F8FF}]+)$"));
static LONE_CELL: LazyLock<Regex> = LazyLock::new(|| expression(r"(?-u:\b)[A-Z]{1,2}\d{1,5}(?-u:\b)"));

#[cfg(test)]
mod tests {
    use super::{cells, lone_cells};
    use crate::plan::understand::residue::tests::first;

    #[test]
    fn bare_cells_are_found() {
        assert_eq!(first("매출 시트에 추가해줘: 강남점, 2150000", cells), ["강남점", "2150000"]);
        assert_eq!(first("Sales 시트 E5 읽어줘", lone_cells).pop().map(|(_, cell)| cell).as_deref(), Some("E5"));
        assert!(first("매출 시트에 추가해줘", cells).is_empty());
    }
}
