//! Pull requests: as JSON, as a diff, and their files.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::list::paged;
use super::refuse;
use super::seed::DIFF;
use crate::app::Sandbox;
use crate::asked::Asked;

const DOCS_DIFF: &str = "diff --git a/README.md b/README.md\nindex 1d2c3b4..5e6f7a8 100644\n--- a/README.md\n+++ b/README.md\n@@ -1 +1,3 @@\n # quickstart\n+\n+설치: `pip install quickstart`\n";

pub(super) fn list(sandbox: &Sandbox, asked: &Asked) -> Response {
    let state = asked.q("state").unwrap_or("open");
    let found: Vec<Value> = sandbox
        .world()
        .shelf("github")
        .all("pull")
        .rev()
        .filter(|pull| state == "all" || pull["state"] == state)
        .cloned()
        .collect();
    paged(sandbox, asked, found)
}

fn diff_of(number: &str) -> &'static str {
    if number == "12" { DIFF } else { DOCS_DIFF }
}

pub(super) fn get(sandbox: &Sandbox, asked: &Asked, number: &str) -> Response {
    let world = sandbox.world();
    let Some(pull) = world.shelf("github").one("pull", number) else {
        return refuse(StatusCode::NOT_FOUND, "Not Found");
    };
    if asked.header("accept").contains(".diff") {
        return ([(CONTENT_TYPE, "application/vnd.github.v3.diff; charset=utf-8")], diff_of(number)).into_response();
    }
    let mut pull = pull.clone();
    pull["mergeable"] = json!(true);
    pull["mergeable_state"] = json!("clean");
    Json(pull).into_response()
}

pub(super) fn files(sandbox: &Sandbox, asked: &Asked, number: &str) -> Response {
    if sandbox.world().shelf("github").one("pull", number).is_none() {
        return refuse(StatusCode::NOT_FOUND, "Not Found");
    }
    let diff = diff_of(number);
    let name = diff.lines().find_map(|line| line.strip_prefix("+++ b/")).unwrap_or_default();
    let patch = diff.find("@@").map_or("", |at| &diff[at..]);
    let count = |mark: char| patch.lines().filter(|line| line.starts_with(mark)).count();
    let (additions, deletions) = (count('+'), count('-'));
    let file = json!({
        "sha": "8d1e7f2", "filename": name, "status": "modified", "additions": additions, "deletions": deletions,
        "changes": additions + deletions, "patch": patch.trim_end(),
    });
    paged(sandbox, asked, vec![file])
}

/// Lines of the new side that a comment may stand on.
pub(super) fn commentable(number: &str, path: &str, line: u64) -> bool {
    let diff = diff_of(number);
    if !diff.contains(&format!("+++ b/{path}\n")) {
        return false;
    }
    let patch = diff.find("@@").map_or("", |at| &diff[at..]);
    let new_side = patch.lines().skip(1).filter(|line| !line.starts_with('-')).count() as u64;
    (1..=new_side).contains(&line)
}
