//! Work given up: steps that failed for good, seen together and started again singly or all of one code.

use std::collections::BTreeSet;

use axum::extract::State;
use metel_engine::gateway::views::problem;
use metel_model::code::Code;
use metel_model::command::Command;
use metel_model::fault::Fault;
use metel_model::id::RunId;
use metel_store::DeadFilter;
use serde::Deserialize;
use serde_json::{Value, json};

use super::runs::{cursor_fault, limit};
use crate::app::Shared;
use crate::body::{self, Body, Query};
use crate::caller::Caller;
use crate::frame::Asked;
use crate::openapi::shape::{body as members, id, integer, list as list_of, maybe, object, of, page, text, time};
use crate::permission::Permission::{Control, Read};
use crate::problem::{Answer, Refused};
use crate::table::Routes;

/// Most runs that one call starts again.
const RUNS_MAX: usize = 200;

pub fn routes(routes: Routes) -> Routes {
    let code = json!({"type": "string", "pattern": "^METEL-[0-9]{4}$"});
    let count = object(json!({"code": code.clone(), "steps": integer(0, None)}), &[]);
    let refusal = object(json!({"run": id("run"), "problem": of("Problem")}), &[]);
    routes
        .get("/v1/dead", Read, "List steps that failed for good", list)
        .asks("code", code.clone(), "Only failures of this code")
        .pages(text())
        .gives(
            200,
            page(object(
                json!({
                    "run": id("run"), "step": text(), "code": code.clone(), "error": of("Problem"), "at": time(),
                    "attempts": integer(0, None),
                }),
                &[],
            )),
        )
        .get("/v1/dead/counts", Read, "How many steps failed for good, by code", counts)
        .gives(200, object(json!({"items": list_of(count)}), &[]))
        .post("/v1/dead/retry", Control, "Start failed runs again: those named, or those of one code", retry)
        .takes_and_checks({
            let runs = json!({"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": RUNS_MAX});
            let mut shape = members(json!({"runs": maybe(&runs), "code": maybe(&code)}), &[]);
            let given = |name: &str, kind: &str| json!({"required": [name], "properties": {name: {"type": kind}}});
            let one = |name: &str, kind: &str, other: &str| {
                let mut shape = given(name, kind);
                shape["properties"][other] = json!({"type": "null"});
                shape
            };
            shape["oneOf"] = json!([one("runs", "array", "code"), one("code", "string", "runs")]);
            shape
        })
        .gives(
            200,
            object(
                json!({"retried": list_of(id("run")), "refused": list_of(refusal), "more": {"type": "boolean"}}),
                &[],
            ),
        )
        .refuses(&[Code::IdInvalid, Code::RunNotFound])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    code: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

fn code_of(text: &str, pointer: &str) -> Result<Code, Refused> {
    Code::from_name(&text.to_ascii_uppercase()).ok_or_else(|| {
        Refused::field(pointer, "is not a known code, like METEL-3001", "METEL-3001처럼 알려진 코드가 아니에요")
    })
}

async fn list(State(app): State<Shared>, caller: Caller, asked: Asked, Query(query): Query<ListQuery>) -> Answer {
    let limit = limit(query.limit)?;
    let code = query.code.as_deref().map(|text| code_of(text, "code")).transpose()?;
    let after = match &query.cursor {
        Some(cursor) => {
            let (run, step) = cursor.split_once(' ').ok_or_else(cursor_fault)?;
            Some((run.parse::<RunId>().map_err(|_| cursor_fault())?, step.to_owned()))
        }
        None => None,
    };
    let filter = DeadFilter { code, after, limit: limit + 1 };
    let mut rows = app.engine.store().dead(caller.workspace(), &filter).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = if more { rows.last().map(|(run, dead)| format!("{run} {}", dead.step)) } else { None };
    let items: Vec<Value> = rows
        .iter()
        .map(|(run, dead)| {
            json!({
                "run": run,
                "step": dead.step,
                "code": dead.code.name(),
                "error": problem(&Fault::new(dead.code).at(&dead.step), asked.lang),
                "at": dead.at.rfc3339(),
                "attempts": dead.attempts,
            })
        })
        .collect();
    Ok(body::ok(&json!({"items": items, "next": next})))
}

async fn counts(State(app): State<Shared>, caller: Caller) -> Answer {
    let counts = app.engine.store().count_dead(caller.workspace()).await?;
    let items: Vec<Value> = counts.iter().map(|(code, steps)| json!({"code": code.name(), "steps": steps})).collect();
    Ok(body::ok(&json!({ "items": items })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Retry {
    runs: Option<Vec<String>>,
    code: Option<String>,
}

async fn retry(State(app): State<Shared>, caller: Caller, asked: Asked, Body(given): Body<Retry>) -> Answer {
    let workspace = caller.workspace();
    let mut runs = BTreeSet::new();
    let mut more = false;
    match (given.runs, given.code) {
        (Some(ids), None) if !ids.is_empty() && ids.len() <= RUNS_MAX => {
            for id in &ids {
                runs.insert(app.engine.find_run(workspace, id).await?);
            }
        }
        (None, Some(text)) => {
            let filter = DeadFilter { code: Some(code_of(&text, "/code")?), after: None, limit: 1_000 };
            for (run, _) in app.engine.store().dead(workspace, &filter).await? {
                more |= runs.len() == RUNS_MAX && !runs.contains(&run);
                if runs.len() < RUNS_MAX {
                    runs.insert(run);
                }
            }
        }
        _ => {
            return Err(Refused::field(
                "",
                format!("give either runs (1 to {RUNS_MAX}) or a code"),
                format!("runs(1개에서 {RUNS_MAX}개)나 code 가운데 하나만 주세요"),
            ));
        }
    }
    let (mut retried, mut refused) = (Vec::new(), Vec::new());
    for run in runs {
        let command = Command::Retry { by: caller.actor() };
        match app.engine.command(workspace, run, command, &caller.actor()).await {
            Ok(_) => retried.push(run),
            Err(fault) => refused.push(json!({"run": run, "problem": problem(&fault, asked.lang)})),
        }
    }
    Ok(body::ok(&json!({"retried": retried, "refused": refused, "more": more})))
}
