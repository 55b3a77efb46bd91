//! One sheet's cells and the acts on them.

use serde_json::Value;

use super::cells::is_empty;
use super::notation::{Area, column_name, quoted};

/// Columns of every sheet.
pub(super) const COLUMNS: usize = 26;
/// Rows that a sheet starts with.
pub(super) const ROWS: usize = 1_000;
/// Rows beyond which nothing is appended.
pub(super) const MAX_ROWS: usize = 20_000;

/// A sheet; rows may be shorter than the grid.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    pub id: i64,
    pub title: String,
    pub rows: Vec<Vec<Value>>,
}

impl Grid {
    /// Rows of the grid, filled or not.
    pub(super) fn row_count(&self) -> usize {
        self.rows.len().max(ROWS)
    }

    /// The area with its open ends closed at the grid's edge.
    pub(super) fn closed(&self, area: Area) -> (usize, usize, usize, usize) {
        let bottom = area.bottom.unwrap_or(self.row_count() - 1).min(self.row_count() - 1);
        let right = area.right.unwrap_or(COLUMNS - 1).min(COLUMNS - 1);
        (area.top, area.left, bottom.max(area.top), right.max(area.left))
    }

    /// Whether the area starts inside the grid.
    pub(super) fn holds(&self, area: Area) -> bool {
        area.top < self.row_count() && area.left < COLUMNS
    }

    /// The area in A1 notation, with the title.
    pub(super) fn name(&self, top: usize, left: usize, bottom: usize, right: usize) -> String {
        let first = format!("{}{}", column_name(left), top + 1);
        let last = format!("{}{}", column_name(right), bottom + 1);
        let title = quoted(&self.title);
        if first == last { format!("{title}!{first}") } else { format!("{title}!{first}:{last}") }
    }

    /// Values in an area, without empty tails of rows and without empty last rows.
    pub(super) fn read(&self, area: Area) -> Vec<Vec<Value>> {
        let (top, left, bottom, right) = self.closed(area);
        let mut out: Vec<Vec<Value>> = self
            .rows
            .iter()
            .take(bottom + 1)
            .skip(top)
            .map(|row| {
                let mut cells: Vec<Value> = row.iter().take(right + 1).skip(left).cloned().collect();
                let full = cells.iter().rposition(|cell| !is_empty(cell)).map_or(0, |at| at + 1);
                cells.truncate(full);
                cells
            })
            .collect();
        let full = out.iter().rposition(|row| !row.is_empty()).map_or(0, |at| at + 1);
        out.truncate(full);
        out
    }

    /// Writes values from a corner on.
    pub(super) fn write(&mut self, top: usize, left: usize, values: &[Vec<Value>]) {
        for (down, given) in values.iter().enumerate() {
            let at = top + down;
            if self.rows.len() <= at {
                self.rows.resize(at + 1, Vec::new());
            }
            let Some(row) = self.rows.get_mut(at) else {
                continue;
            };
            if row.len() < left + given.len() {
                row.resize(left + given.len(), Value::from(""));
            }
            for (cell, value) in row.iter_mut().skip(left).zip(given) {
                *cell = value.clone();
            }
        }
    }

    /// Empties an area.
    pub(super) fn clear(&mut self, area: Area) {
        let (top, left, bottom, right) = self.closed(area);
        for row in self.rows.iter_mut().take(bottom + 1).skip(top) {
            for cell in row.iter_mut().take(right + 1).skip(left) {
                *cell = Value::from("");
            }
        }
    }

    /// The table that an append to `area` adds to: its last row and its columns. `None` when the
    /// area's columns hold nothing from its top on.
    pub(super) fn table(&self, area: Area) -> Option<(usize, usize, usize, usize)> {
        let (_, left, _, right) = self.closed(area);
        let last =
            self.rows.iter().rposition(|row| row.iter().take(right + 1).skip(left).any(|cell| !is_empty(cell)))?;
        if last < area.top {
            return None;
        }
        let top = self.rows.iter().position(|row| row.iter().any(|cell| !is_empty(cell))).unwrap_or(0);
        let width =
            self.rows.iter().filter_map(|row| row.iter().rposition(|cell| !is_empty(cell))).max().unwrap_or(left);
        Some((top, left, last, width.max(left)))
    }
}
