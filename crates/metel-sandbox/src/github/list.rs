//! Lists, newest first, in pages with `Link` (RFC 8288).

use axum::Json;
use axum::http::header::LINK;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::refuse;
use crate::app::Sandbox;
use crate::asked::Asked;

/// One page and the addresses of the others.
pub(super) fn paged(sandbox: &Sandbox, asked: &Asked, all: Vec<Value>) -> Response {
    let size = asked.number("per_page", 30).clamp(1, 100);
    let page = asked.number("page", 1).max(1);
    let last = all.len().div_ceil(size).max(1);
    let items: Vec<Value> = all.into_iter().skip((page - 1) * size).take(size).collect();
    let mut response = Json(items).into_response();
    let kept: Vec<String> = asked
        .query
        .iter()
        .filter(|(name, _)| name != "page")
        .map(|(name, value)| {
            format!("{name}={}", url::form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>())
        })
        .collect();
    let address = |page: usize| {
        let query = [kept.clone(), vec![format!("page={page}")]].concat().join("&");
        format!("<{}/{}?{query}>", sandbox.base(), asked.path.join("/"))
    };
    let mut links = Vec::new();
    if page > 1 {
        links.push(format!("{}; rel=\"prev\"", address(page - 1)));
        links.push(format!("{}; rel=\"first\"", address(1)));
    }
    if page < last {
        links.push(format!("{}; rel=\"next\"", address(page + 1)));
        links.push(format!("{}; rel=\"last\"", address(last)));
    }
    if let Ok(value) = HeaderValue::from_str(&links.join(", "))
        && !links.is_empty()
    {
        response.headers_mut().insert(LINK, value);
    }
    response
}

/// Everything of a kind.
pub(super) fn all(sandbox: &Sandbox, asked: &Asked, kind: &str) -> Response {
    let things = sandbox.world().shelf("github").all(kind).rev().cloned().collect();
    paged(sandbox, asked, things)
}

pub(super) fn issues(sandbox: &Sandbox, asked: &Asked) -> Response {
    let state = asked.q("state").unwrap_or("open");
    if !["open", "closed", "all"].contains(&state) {
        return super::unprocessable("Issue", "state", "invalid");
    }
    let labels: Vec<String> =
        asked.q("labels").unwrap_or_default().split(',').map(str::to_owned).filter(|l| !l.is_empty()).collect();
    let since = asked.q("since").unwrap_or_default();
    let has = |issue: &Value, label: &String| {
        issue["labels"].as_array().into_iter().flatten().any(|known| known["name"] == label.as_str())
    };
    let found = sandbox
        .world()
        .shelf("github")
        .all("issue")
        .rev()
        .filter(|issue| state == "all" || issue["state"] == state)
        .filter(|issue| labels.iter().all(|label| has(issue, label)))
        .filter(|issue| issue["updated_at"].as_str().unwrap_or_default() >= since)
        .cloned()
        .collect();
    paged(sandbox, asked, found)
}

pub(super) fn commits(sandbox: &Sandbox, asked: &Asked) -> Response {
    let date = |commit: &Value| commit["commit"]["author"]["date"].as_str().unwrap_or_default().to_owned();
    let (since, until) = (asked.q("since").unwrap_or_default(), asked.q("until").unwrap_or("9"));
    let found = sandbox
        .world()
        .shelf("github")
        .all("commit")
        .rev()
        .filter(|commit| date(commit).as_str() >= since && date(commit).as_str() <= until)
        .cloned()
        .collect();
    paged(sandbox, asked, found)
}

/// Comments of an issue or reviews of a pull request.
pub(super) fn below(sandbox: &Sandbox, asked: &Asked, kind: &str, parent: &str, number: &str) -> Response {
    let world = sandbox.world();
    let is_there = if parent == "issue" {
        super::exists(&world, number)
    } else {
        world.shelf("github").one(parent, number).is_some()
    };
    if !is_there {
        return refuse(StatusCode::NOT_FOUND, "Not Found");
    }
    let since = asked.q("since").unwrap_or_default();
    let found: Vec<Value> = world
        .shelf("github")
        .all(kind)
        .filter(|thing| thing["parent"] == number)
        .filter(|thing| thing["updated_at"].as_str().unwrap_or("9") >= since)
        .map(|thing| {
            let mut thing = thing.clone();
            if let Value::Object(members) = &mut thing {
                members.remove("parent");
            }
            thing
        })
        .collect();
    drop(world);
    paged(sandbox, asked, found)
}

pub(super) fn release(sandbox: &Sandbox, tag: &str) -> Response {
    match sandbox.world().shelf("github").all("release").find(|release| release["tag_name"] == tag) {
        Some(release) => Json(release.clone()).into_response(),
        None => refuse(StatusCode::NOT_FOUND, "Not Found"),
    }
}
