//! `…/values/{range}`: read, update, and the custom verbs `:append` and `:clear`.

use std::collections::HashMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, Path, Query, State};
use serde_json::{Value, json};

use super::cells::{entered, formatted};
use super::grid::{COLUMNS, Grid, MAX_ROWS};
use super::refusal::{Admitted, Refusal};
use super::state::rows;
use crate::app::Sandbox;
use crate::effect::Intent;
use crate::intake::Caller;

type Parameters = HashMap<String, String>;

fn choice<'a>(parameters: &'a Parameters, name: &str, known: &[&'a str]) -> Result<Option<&'a str>, Refusal> {
    let Some(value) = parameters.get(name) else {
        return Ok(None);
    };
    known
        .iter()
        .find(|known| *known == value)
        .copied()
        .map(Some)
        .ok_or_else(|| Refusal::invalid(format!("Invalid value at '{name}' (TYPE_ENUM), \"{value}\"")))
}

pub(super) async fn read(
    State(sandbox): State<Sandbox>,
    _admitted: Admitted,
    Path((id, range)): Path<(String, String)>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<Value>, Refusal> {
    let dimension = choice(&parameters, "majorDimension", &["ROWS", "COLUMNS"])?.unwrap_or("ROWS");
    let render = choice(&parameters, "valueRenderOption", &["FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA"])?;
    let world = sandbox.world();
    let found = world.sheets.spreadsheets.get(&id).ok_or_else(Refusal::not_found)?;
    let (index, area) = found.locate(&range)?;
    let grid = found.grids.get(index).ok_or_else(Refusal::internal)?;
    within(grid, area.top, area.left, &range)?;
    let mut values = grid.read(area);
    if render.is_none_or(|render| render == "FORMATTED_VALUE") {
        for cell in values.iter_mut().flatten() {
            *cell = Value::from(formatted(cell));
        }
    }
    if dimension == "COLUMNS" {
        values = turned(&values);
    }
    let (top, left, bottom, right) = grid.closed(area);
    let mut out = json!({
        "range": grid.name(top, left, bottom, right),
        "majorDimension": dimension,
    });
    if !values.is_empty() {
        out["values"] = json!(values);
    }
    Ok(Json(out))
}

fn turned(values: &[Vec<Value>]) -> Vec<Vec<Value>> {
    let width = values.iter().map(Vec::len).max().unwrap_or(0);
    (0..width)
        .map(|column| values.iter().map(|row| row.get(column).cloned().unwrap_or_else(|| Value::from(""))).collect())
        .collect()
}

fn within(grid: &Grid, top: usize, left: usize, range: &str) -> Result<(), Refusal> {
    let area = super::notation::Area { top, left, ..super::notation::Area::ALL };
    if grid.holds(area) {
        return Ok(());
    }
    let rows = grid.row_count();
    Err(Refusal::invalid(format!("Range ({range}) exceeds grid limits. Max rows: {rows}, max columns: {COLUMNS}")))
}

/// The values of a `ValueRange` body, entered as the parameters say, row by row.
fn given(bytes: &[u8], parameters: &Parameters) -> Result<Vec<Vec<Value>>, Refusal> {
    let option = choice(parameters, "valueInputOption", &["RAW", "USER_ENTERED"])?;
    let Some(option) = option else {
        return Err(Refusal::invalid("'valueInputOption' is required but not specified"));
    };
    let body = crate::intake::object(bytes)
        .ok_or_else(|| Refusal::invalid("Invalid JSON payload received. Unexpected end of string."))?;
    for name in body.as_object().into_iter().flat_map(|fields| fields.keys()) {
        if !matches!(name.as_str(), "range" | "majorDimension" | "values") {
            return Err(Refusal::invalid(format!(
                "Invalid JSON payload received. Unknown name \"{name}\" at 'data': Cannot find field."
            )));
        }
    }
    let values = body.get("values").cloned().unwrap_or_else(|| json!([]));
    let lists = values.as_array().filter(|rows| rows.iter().all(Value::is_array));
    let Some(lists) = lists else {
        return Err(Refusal::invalid("Invalid value at 'data.values' (type.googleapis.com/google.protobuf.ListValue)"));
    };
    for (row, cells) in lists.iter().enumerate() {
        for (column, cell) in cells.as_array().into_iter().flatten().enumerate() {
            if cell.is_object() || cell.is_array() {
                let kind = if cell.is_object() { "struct_value" } else { "list_value" };
                return Err(Refusal::invalid(format!("Invalid data[{row}]: Invalid values[{row}][{column}]: {kind}")));
            }
        }
    }
    let as_user = option == "USER_ENTERED";
    let mut table = rows(&values);
    for cell in table.iter_mut().flatten() {
        *cell = entered(cell, as_user);
    }
    if body.get("majorDimension").and_then(Value::as_str) == Some("COLUMNS") {
        table = turned(&table);
    }
    Ok(table)
}

pub(super) async fn update(
    State(sandbox): State<Sandbox>,
    admitted: Admitted,
    Path((id, range)): Path<(String, String)>,
    Query(parameters): Query<Parameters>,
    Extension(caller): Extension<Caller>,
    bytes: Bytes,
) -> Result<Json<Value>, Refusal> {
    admitted.writing()?;
    let values = given(&bytes, &parameters)?;
    let mut world = sandbox.world();
    let found = world.sheets.spreadsheets.get(&id).ok_or_else(Refusal::not_found)?;
    let (index, area) = found.locate(&range)?;
    let grid = found.grids.get(index).ok_or_else(Refusal::internal)?;
    within(grid, area.top, area.left, &range)?;
    let (_, _, bottom, right) = grid.closed(area);
    let width = values.iter().map(Vec::len).max().unwrap_or(0);
    if area.top + values.len() > bottom + 1 || area.left + width > right + 1 {
        return Err(Refusal::invalid(format!(
            "Requested writing within range [{range}], but tried writing to row [{}]",
            area.top + values.len()
        )));
    }
    let answer = written(&id, grid, area.top, area.left, &values, &parameters);
    let intent = Intent {
        service: "sheets",
        op: "update_range",
        target: Some(id),
        body: json!({"range": range, "values": values}),
    };
    world.commit(&caller, intent).map_err(|_| Refusal::internal())?;
    Ok(Json(answer))
}

fn written(id: &str, grid: &Grid, top: usize, left: usize, values: &[Vec<Value>], parameters: &Parameters) -> Value {
    let width = values.iter().map(Vec::len).max().unwrap_or(0);
    let cells: usize = values.iter().map(Vec::len).sum();
    let bottom = top + values.len().max(1) - 1;
    let range = grid.name(top, left, bottom, left + width.max(1) - 1);
    let mut out = json!({
        "spreadsheetId": id,
        "updatedRange": range,
        "updatedRows": values.len(),
        "updatedColumns": width,
        "updatedCells": cells,
    });
    if parameters.get("includeValuesInResponse").is_some_and(|value| value == "true") {
        out["updatedData"] = json!({"range": range, "majorDimension": "ROWS", "values": values});
    }
    out
}

/// `POST …/values/{range}:append` and `…:clear`.
pub(super) async fn act(
    State(sandbox): State<Sandbox>,
    admitted: Admitted,
    Path((id, verb)): Path<(String, String)>,
    Query(parameters): Query<Parameters>,
    Extension(caller): Extension<Caller>,
    bytes: Bytes,
) -> Result<Json<Value>, Refusal> {
    admitted.writing()?;
    if let Some(range) = verb.strip_suffix(":append") {
        append(&sandbox, &caller, &id, range, &parameters, &bytes)
    } else if let Some(range) = verb.strip_suffix(":clear") {
        clear(&sandbox, &caller, &id, range)
    } else {
        Err(Refusal::not_found())
    }
}

fn append(
    sandbox: &Sandbox,
    caller: &Caller,
    id: &str,
    range: &str,
    parameters: &Parameters,
    bytes: &[u8],
) -> Result<Json<Value>, Refusal> {
    choice(parameters, "insertDataOption", &["OVERWRITE", "INSERT_ROWS"])?;
    let values = given(bytes, parameters)?;
    let mut world = sandbox.world();
    let found = world.sheets.spreadsheets.get(id).ok_or_else(Refusal::not_found)?;
    let (index, area) = found.locate(range)?;
    let grid = found.grids.get(index).ok_or_else(Refusal::internal)?;
    within(grid, area.top, area.left, range)?;
    let table = grid.table(area);
    let top = table.map_or(area.top, |(_, _, last, _)| last + 1);
    let width = values.iter().map(Vec::len).max().unwrap_or(0);
    if top + values.len() > MAX_ROWS || area.left + width > COLUMNS {
        return Err(Refusal::invalid(
            "This action would increase the number of cells in the workbook above the limit.",
        ));
    }
    let mut answer = json!({
        "spreadsheetId": id,
        "updates": written(id, grid, top, area.left, &values, parameters),
    });
    if let Some((first, left, last, right)) = table {
        answer["tableRange"] = json!(grid.name(first, left, last, right));
    }
    let intent = Intent {
        service: "sheets",
        op: "append_rows",
        target: Some(id.to_owned()),
        body: json!({"range": range, "values": values}),
    };
    world.commit(caller, intent).map_err(|_| Refusal::internal())?;
    Ok(Json(answer))
}

fn clear(sandbox: &Sandbox, caller: &Caller, id: &str, range: &str) -> Result<Json<Value>, Refusal> {
    let mut world = sandbox.world();
    let found = world.sheets.spreadsheets.get(id).ok_or_else(Refusal::not_found)?;
    let (index, area) = found.locate(range)?;
    let grid = found.grids.get(index).ok_or_else(Refusal::internal)?;
    within(grid, area.top, area.left, range)?;
    let (top, left, bottom, right) = grid.closed(area);
    let answer = json!({"spreadsheetId": id, "clearedRange": grid.name(top, left, bottom, right)});
    let intent =
        Intent { service: "sheets", op: "clear_range", target: Some(id.to_owned()), body: json!({"range": range}) };
    world.commit(caller, intent).map_err(|_| Refusal::internal())?;
    Ok(Json(answer))
}
