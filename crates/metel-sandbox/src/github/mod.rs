//! GitHub's REST interface, version 2022-11-28: issues, labels, comments, pull requests with files,
//! diff and reviews, commits, releases. Pages by `Link`, limits in headers.
//! Source: <https://docs.github.com/en/rest>.

mod list;
mod pulls;
mod seed;
mod write;

use axum::Json;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::app::Sandbox;
use crate::asked::Asked;
use crate::vendors::Vendor;
use crate::world::World;

pub(crate) const VENDOR: Vendor = Vendor { name: "github", operation, answer: call, failure, seed: seed::shelf };

const DOCS: &str = "https://docs.github.com/rest";
/// The repository that is there.
pub(super) const REPOSITORY: (&str, &str) = ("metel-lab", "quickstart");

fn operation(method: &Method, rest: &[&str]) -> &'static str {
    match (method.as_str(), rest) {
        ("GET", ["user"]) => "get_user",
        ("GET", ["repos", _, _]) => "get_repository",
        ("GET", ["repos", _, _, "issues"]) => "list_issues",
        ("GET", ["repos", _, _, "issues", _]) => "get_issue",
        ("POST", ["repos", _, _, "issues"]) => "create_issue",
        ("POST", ["repos", _, _, "issues", _, "labels"]) => "add_labels",
        ("GET", ["repos", _, _, "issues", _, "comments"]) => "list_comments",
        ("POST", ["repos", _, _, "issues", _, "comments"]) => "comment",
        ("GET", ["repos", _, _, "pulls"]) => "list_pulls",
        ("GET", ["repos", _, _, "pulls", _]) => "get_pull",
        ("GET", ["repos", _, _, "pulls", _, "files"]) => "list_pull_files",
        ("GET", ["repos", _, _, "pulls", _, "reviews"]) => "list_reviews",
        ("POST", ["repos", _, _, "pulls", _, "reviews"]) => "create_review",
        ("GET", ["repos", _, _, "commits"]) => "list_commits",
        ("GET", ["repos", _, _, "releases"]) => "list_releases",
        ("GET", ["repos", _, _, "releases", "tags", _]) => "get_release_by_tag",
        ("POST", ["repos", _, _, "releases"]) => "create_release",
        _ => "unknown",
    }
}

pub(super) fn refuse(status: StatusCode, message: &str) -> Response {
    let body = json!({"message": message, "documentation_url": DOCS, "status": status.as_u16().to_string()});
    (status, Json(body)).into_response()
}

/// 422 with the field that is wrong.
pub(super) fn unprocessable(resource: &str, field: &str, code: &str) -> Response {
    let body = json!({
        "message": "Validation Failed", "documentation_url": DOCS, "status": "422",
        "errors": [{"resource": resource, "field": field, "code": code}],
    });
    (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
}

fn failure(status: StatusCode) -> Response {
    match status.as_u16() {
        429 => {
            refuse(status, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.")
        }
        503 => refuse(status, "Service unavailable"),
        _ => refuse(status, "Server Error"),
    }
}

fn call(sandbox: &Sandbox, asked: &Asked) -> Response {
    if asked.header("user-agent").is_empty() {
        let message =
            "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.";
        return refuse(StatusCode::FORBIDDEN, message);
    }
    let mut response = answer(sandbox, asked);
    let headers = response.headers_mut();
    for (name, value) in [
        ("x-ratelimit-limit", "5000"),
        ("x-ratelimit-remaining", "4999"),
        ("x-ratelimit-used", "1"),
        ("x-ratelimit-resource", "core"),
        ("x-github-api-version-selected", "2022-11-28"),
        ("x-github-media-type", "github.v3; format=json"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

fn answer(sandbox: &Sandbox, asked: &Asked) -> Response {
    let is_known_version = matches!(asked.header("x-github-api-version"), "" | "2022-11-28");
    if !is_known_version {
        return refuse(
            StatusCode::BAD_REQUEST,
            "The API version specified in the X-GitHub-Api-Version header is not supported.",
        );
    }
    let given = asked.header("authorization");
    let token = asked.token(sandbox, "github").or_else(|| {
        let value = given.strip_prefix("token ")?;
        crate::bearer::find_token(sandbox, "github", value)
    });
    let Some(token) = token else {
        let message = if given.is_empty() { "Requires authentication" } else { "Bad credentials" };
        return refuse(StatusCode::UNAUTHORIZED, message);
    };
    let (method, path) = asked.route();
    if path.as_slice() == ["user"] {
        return Json(json!({"login": "metel-bot", "id": 1001, "type": "User", "site_admin": false})).into_response();
    }
    let ["repos", owner, name, rest @ ..] = path.as_slice() else { return refuse(StatusCode::NOT_FOUND, "Not Found") };
    if !owner.eq_ignore_ascii_case(REPOSITORY.0) || !name.eq_ignore_ascii_case(REPOSITORY.1) {
        return refuse(StatusCode::NOT_FOUND, "Not Found");
    }
    if method != "GET" && !token.scopes.iter().any(|scope| scope == "repo") {
        return refuse(StatusCode::FORBIDDEN, "Resource not accessible by personal access token");
    }
    match (method, rest) {
        ("GET", []) => Json(json!({"id": 7001, "name": REPOSITORY.1, "full_name": full_name(), "private": false, "default_branch": "main"})).into_response(),
        ("GET", ["issues"]) => list::issues(sandbox, asked),
        ("GET", ["issues", number]) => one(sandbox, "issue", number),
        ("GET", ["issues", number, "comments"]) => list::below(sandbox, asked, "comment", "issue", number),
        ("GET", ["commits"]) => list::commits(sandbox, asked),
        ("GET", ["releases"]) => list::all(sandbox, asked, "release"),
        ("GET", ["releases", "tags", tag]) => list::release(sandbox, tag),
        ("GET", ["pulls"]) => pulls::list(sandbox, asked),
        ("GET", ["pulls", number]) => pulls::get(sandbox, asked, number),
        ("GET", ["pulls", number, "files"]) => pulls::files(sandbox, asked, number),
        ("GET", ["pulls", number, "reviews"]) => list::below(sandbox, asked, "review", "pull", number),
        ("POST", _) => match asked.json() {
            Some(body) => write::act(sandbox, asked, rest, &body),
            None => refuse(StatusCode::BAD_REQUEST, "Problems parsing JSON"),
        },
        _ => refuse(StatusCode::NOT_FOUND, "Not Found"),
    }
}

pub(super) fn full_name() -> String {
    format!("{}/{}", REPOSITORY.0, REPOSITORY.1)
}

fn one(sandbox: &Sandbox, kind: &str, number: &str) -> Response {
    match sandbox.world().shelf("github").one(kind, number) {
        Some(thing) => Json(thing.clone()).into_response(),
        None => refuse(StatusCode::NOT_FOUND, "Not Found"),
    }
}

/// An issue or the issue side of a pull request.
pub(super) fn exists(world: &World, number: &str) -> bool {
    let shelf = world.shelf("github");
    shelf.one("issue", number).or_else(|| shelf.one("pull", number)).is_some()
}

pub(super) fn user(login: &str) -> Value {
    json!({"login": login, "id": 1000 + login.len(), "type": "User", "html_url": format!("https://github.com/{login}")})
}
