//! `GET /v4/spreadsheets/{id}`: the title and the sheets, without their cells.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::grid::COLUMNS;
use super::refusal::{Admitted, Refusal};
use crate::app::Sandbox;

pub(super) async fn retrieve(
    State(sandbox): State<Sandbox>,
    _admitted: Admitted,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let world = sandbox.world();
    let found = world.sheets.spreadsheets.get(&id).ok_or_else(Refusal::not_found)?;
    let sheets: Vec<Value> = found
        .grids
        .iter()
        .enumerate()
        .map(|(index, grid)| {
            json!({"properties": {
                "sheetId": grid.id,
                "title": grid.title,
                "index": index,
                "sheetType": "GRID",
                "gridProperties": {"rowCount": grid.row_count(), "columnCount": COLUMNS},
            }})
        })
        .collect();
    Ok(Json(json!({
        "spreadsheetId": found.id,
        "properties": {
            "title": found.title,
            "locale": "ko_KR",
            "autoRecalc": "ON_CHANGE",
            "timeZone": "Asia/Seoul",
        },
        "sheets": sheets,
        "spreadsheetUrl": format!("{}/ui/sheets/{}", sandbox.base(), found.id),
    })))
}
