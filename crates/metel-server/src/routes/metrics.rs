//! Figures in Prometheus' text format (version 0.0.4).

use std::fmt::Write;

use axum::extract::State;
use axum::response::IntoResponse;
use http::header;

use crate::app::Shared;
use crate::permission::Permission::Nearby;
use crate::problem::Answer;
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    routes.get("/metrics", Nearby, "Prometheus metrics", metrics).gives_media(200, "text/plain")
}

async fn metrics(State(app): State<Shared>) -> Answer {
    let engine = &app.engine;
    let now = engine.now();
    let stats = engine.store().stats(now).await?;
    let mut out = String::new();
    let mut gauge = |name: &str, help: &str, lines: &[(String, u64)]| {
        let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (labels, value) in lines {
            let _ = writeln!(out, "{name}{labels} {value}");
        }
    };
    let one = |value: u64| vec![(String::new(), value)];
    gauge("metel_uptime_seconds", "Seconds since this process began to serve.", &one(app.began.elapsed().as_secs()));
    gauge("metel_store_bytes", "Bytes of the database on disk.", &one(stats.bytes));
    gauge("metel_tasks_due", "Tasks that are due and held by nobody.", &one(stats.due));
    gauge("metel_tasks_held", "Tasks held by workers.", &one(stats.held));
    let oldest = stats.oldest_due.map_or(0, |at| now.millis_since(at));
    gauge("metel_tasks_oldest_due_milliseconds", "How long the oldest due task has waited.", &one(oldest));
    gauge(
        "metel_effects_in_flight",
        "Effects that this process carries out now.",
        &one(engine.effects_in_flight() as u64),
    );
    let mut runs: Vec<(String, u64)> = Vec::new();
    let mut approvals: Vec<(String, u64)> = Vec::new();
    for (status, n) in engine.store().count_runs(app.workspace).await? {
        runs.push((format!("{{status=\"{}\"}}", status.key()), n));
    }
    for (status, n) in engine.store().count_approvals(app.workspace).await? {
        approvals.push((format!("{{status=\"{}\"}}", status.key()), n));
    }
    gauge("metel_runs", "Runs of the default workspace by status.", &runs);
    gauge("metel_approvals", "Approvals of the default workspace by status.", &approvals);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], out).into_response())
}
