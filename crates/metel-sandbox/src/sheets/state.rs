//! The spreadsheets, and how effects change them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::grid::Grid;
use super::notation::{Area, area, split};
use super::refusal::Refusal;
use crate::effect::Effect;
use crate::world::{needed, target};

/// A spreadsheet.
#[derive(Clone, Debug)]
pub(crate) struct Spreadsheet {
    pub id: String,
    pub title: String,
    pub grids: Vec<Grid>,
}

/// All spreadsheets.
#[derive(Clone, Debug)]
pub(crate) struct Sheets {
    pub spreadsheets: BTreeMap<String, Spreadsheet>,
}

impl Sheets {
    pub(crate) fn seeded() -> Self {
        super::seed::spreadsheets()
    }

    pub(crate) fn apply(&mut self, effect: &Effect) -> Result<(), String> {
        let id = target(effect)?;
        let spreadsheet = self.spreadsheets.get_mut(id).ok_or_else(|| format!("no spreadsheet {id}"))?;
        let range = needed(effect, "range")?.as_str().unwrap_or_default();
        let (index, area) = spreadsheet.locate(range).map_err(|refusal| refusal.message)?;
        let grid = spreadsheet.grids.get_mut(index).ok_or("no such sheet")?;
        match effect.op.as_str() {
            "append_rows" => {
                let top = grid.table(area).map_or(area.top, |(_, _, last, _)| last + 1);
                grid.write(top, area.left, &rows(needed(effect, "values")?));
            }
            "update_range" => grid.write(area.top, area.left, &rows(needed(effect, "values")?)),
            "clear_range" => grid.clear(area),
            other => return Err(format!("sheets has no operation {other}")),
        }
        Ok(())
    }
}

impl Spreadsheet {
    /// Which sheet and area a range means. A lone sheet title means all of it; without a title
    /// the first sheet is meant.
    pub(super) fn locate(&self, range: &str) -> Result<(usize, Area), Refusal> {
        let find = |title: &str| self.grids.iter().position(|grid| grid.title == title);
        if let Some(index) = find(range) {
            return Ok((index, Area::ALL));
        }
        let bad = || Refusal::unparsable(range);
        let (title, rest) = split(range).ok_or_else(bad)?;
        let index = match &title {
            Some(title) => find(title).ok_or_else(bad)?,
            None => 0,
        };
        if rest.is_empty() && title.is_some() {
            return Ok((index, Area::ALL));
        }
        Ok((index, area(rest).ok_or_else(bad)?))
    }
}

/// Rows of a JSON array of arrays.
pub(super) fn rows(values: &Value) -> Vec<Vec<Value>> {
    let rows = values.as_array().into_iter().flatten();
    rows.map(|row| row.as_array().cloned().unwrap_or_default()).collect()
}
