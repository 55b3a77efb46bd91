//! `/ui/sheets`: the simulated spreadsheets.

use std::fmt::Write as _;

use axum::extract::{Path, State};
use axum::response::Response;

use super::html::{Language, escape, not_found, page};
use crate::app::Sandbox;
use crate::sheets::{column_name, formatted};

/// Most rows of a sheet shown.
const ROWS: usize = 500;

pub(super) async fn index(State(sandbox): State<Sandbox>, language: Language) -> Response {
    let world = sandbox.world();
    let mut body = String::from("<ul class=\"cards\">");
    for found in world.sheets.spreadsheets.values() {
        let _ = write!(
            body,
            "<li class=\"card\"><strong><a href=\"/ui/sheets/{}?lang={}\">{}</a></strong></li>",
            escape(&found.id),
            language.of("ko", "en"),
            escape(&found.title),
        );
    }
    body.push_str("</ul>");
    page(language, "Sheets", &body)
}

pub(super) async fn spreadsheet(
    State(sandbox): State<Sandbox>,
    language: Language,
    Path(id): Path<String>,
) -> Response {
    let world = sandbox.world();
    let Some(found) = world.sheets.spreadsheets.get(&id) else {
        return not_found(language);
    };
    let mut body = String::new();
    for grid in &found.grids {
        let _ = write!(body, "<h2>{}</h2>", escape(&grid.title));
        let width = grid.rows.iter().map(Vec::len).max().unwrap_or(0);
        if width == 0 {
            let _ = write!(body, "<p class=\"soft\">{}</p>", language.of("비어 있습니다.", "Empty."));
            continue;
        }
        body.push_str("<div class=\"scroll\"><table><thead><tr><th></th>");
        for column in 0..width {
            let _ = write!(body, "<th scope=\"col\">{}</th>", column_name(column));
        }
        body.push_str("</tr></thead><tbody>");
        for (nth, row) in grid.rows.iter().take(ROWS).enumerate() {
            let _ = write!(body, "<tr><th scope=\"row\">{}</th>", nth + 1);
            for column in 0..width {
                let cell = row.get(column).map(formatted).unwrap_or_default();
                let _ = write!(body, "<td>{}</td>", escape(&cell));
            }
            body.push_str("</tr>");
        }
        body.push_str("</tbody></table></div>");
    }
    page(language, &found.title, &body)
}
