//! What changes a repository: issues, labels, comments, releases, reviews with comments on lines.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::pulls::commentable;
use super::seed::label;
use super::{exists, full_name, refuse, unprocessable, user};
use crate::app::Sandbox;
use crate::asked::Asked;
use crate::clock::rfc3339_millis;
use crate::world::World;

pub(super) fn act(sandbox: &Sandbox, asked: &Asked, rest: &[&str], body: &Value) -> Response {
    let mut world = sandbox.world();
    let made = match rest {
        ["issues"] => issue(&mut world, asked, body),
        ["issues", number, "labels"] => labels(&mut world, asked, number, body),
        ["issues", number, "comments"] => comment(&mut world, asked, number, body),
        ["releases"] => release(&mut world, asked, body),
        ["pulls", number, "reviews"] => review(&mut world, asked, number, body),
        _ => Err(Box::new(refuse(StatusCode::NOT_FOUND, "Not Found"))),
    };
    match made {
        Ok((status, thing)) => (status, Json(thing)).into_response(),
        Err(refusal) => *refusal,
    }
}

type Made = Result<(StatusCode, Value), Box<Response>>;

fn now(world: &World) -> String {
    let text = rfc3339_millis(world.now());
    format!("{}Z", text.split('.').next().unwrap_or_default())
}

fn broken(_: String) -> Box<Response> {
    Box::new(refuse(StatusCode::INTERNAL_SERVER_ERROR, "Server Error"))
}

fn text<'b>(body: &'b Value, name: &str, resource: &str) -> Result<&'b str, Box<Response>> {
    let found = body[name].as_str().filter(|text| !text.trim().is_empty());
    found.ok_or_else(|| Box::new(unprocessable(resource, name, "missing_field")))
}

fn not_found() -> Box<Response> {
    Box::new(refuse(StatusCode::NOT_FOUND, "Not Found"))
}

fn issue(world: &mut World, asked: &Asked, body: &Value) -> Made {
    let title = text(body, "title", "Issue")?;
    let shelf = world.shelf("github");
    let number =
        shelf.all("issue").chain(shelf.all("pull")).filter_map(|one| one["number"].as_u64()).max().unwrap_or(0) + 1;
    let at = now(world);
    let labels: Vec<Value> =
        body["labels"].as_array().into_iter().flatten().filter_map(Value::as_str).map(label).collect();
    let thing = json!({
        "id": 9_000 + number, "number": number, "title": title, "body": body["body"], "state": "open",
        "user": user("metel-bot"), "labels": labels, "assignees": [], "comments": 0, "created_at": at, "updated_at": at,
        "closed_at": null, "html_url": format!("https://github.com/{}/issues/{number}", full_name()),
    });
    world
        .put(&asked.caller, ("github", "create_issue"), ("issue", &number.to_string()), thing.clone())
        .map_err(broken)?;
    Ok((StatusCode::CREATED, thing))
}

fn labels(world: &mut World, asked: &Asked, number: &str, body: &Value) -> Made {
    let given: Vec<&str> = match body {
        Value::Object(_) => body["labels"].as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if given.is_empty() {
        return Err(Box::new(unprocessable("Label", "labels", "missing_field")));
    }
    let kind = if world.shelf("github").one("issue", number).is_some() { "issue" } else { "pull" };
    let mut thing = world.shelf("github").one(kind, number).cloned().ok_or_else(not_found)?;
    let mut all = thing["labels"].as_array().cloned().unwrap_or_default();
    for name in given {
        if !all.iter().any(|known| known["name"] == name) {
            all.push(label(name));
        }
    }
    thing["labels"] = json!(all);
    thing["updated_at"] = json!(now(world));
    world.put(&asked.caller, ("github", "add_labels"), (kind, number), thing).map_err(broken)?;
    Ok((StatusCode::OK, json!(all)))
}

fn comment(world: &mut World, asked: &Asked, number: &str, body: &Value) -> Made {
    let said = text(body, "body", "IssueComment")?;
    if !exists(world, number) {
        return Err(not_found());
    }
    let (id, at) = (u64::from_str_radix(&world.fresh("comment", 7), 16).unwrap_or(1), now(world));
    let thing = json!({
        "id": id, "body": said, "user": user("metel-bot"), "created_at": at, "updated_at": at, "author_association": "MEMBER",
        "html_url": format!("https://github.com/{}/issues/{number}#issuecomment-{id}", full_name()), "parent": number,
    });
    world.put(&asked.caller, ("github", "comment"), ("comment", &id.to_string()), thing.clone()).map_err(broken)?;
    Ok((StatusCode::CREATED, without_parent(thing)))
}

fn without_parent(mut thing: Value) -> Value {
    if let Value::Object(members) = &mut thing {
        members.remove("parent");
    }
    thing
}

fn release(world: &mut World, asked: &Asked, body: &Value) -> Made {
    let tag = text(body, "tag_name", "Release")?;
    if world.shelf("github").one("release", tag).is_some() {
        return Err(Box::new(unprocessable("Release", "tag_name", "already_exists")));
    }
    let at = now(world);
    let id = u64::from_str_radix(&world.fresh("release", 7), 16).unwrap_or(1);
    let is_draft = body["draft"].as_bool().unwrap_or(false);
    let thing = json!({
        "id": id, "tag_name": tag, "target_commitish": body["target_commitish"].as_str().unwrap_or("main"),
        "name": body["name"], "body": body["body"], "draft": is_draft, "prerelease": body["prerelease"].as_bool().unwrap_or(false),
        "created_at": at, "published_at": if is_draft { Value::Null } else { json!(at) }, "author": user("metel-bot"), "assets": [],
        "html_url": format!("https://github.com/{}/releases/tag/{tag}", full_name()),
    });
    world.put(&asked.caller, ("github", "create_release"), ("release", tag), thing.clone()).map_err(broken)?;
    Ok((StatusCode::CREATED, thing))
}

fn review(world: &mut World, asked: &Asked, number: &str, body: &Value) -> Made {
    let pull = world.shelf("github").one("pull", number).cloned().ok_or_else(not_found)?;
    let state = match body["event"].as_str() {
        Some("APPROVE") => "APPROVED",
        Some("REQUEST_CHANGES") => "CHANGES_REQUESTED",
        Some("COMMENT") => "COMMENTED",
        None => "PENDING",
        Some(_) => return Err(Box::new(unprocessable("PullRequestReview", "event", "invalid"))),
    };
    let comments = body["comments"].as_array().cloned().unwrap_or_default();
    if ["CHANGES_REQUESTED", "COMMENTED"].contains(&state)
        && body["body"].as_str().is_none_or(str::is_empty)
        && comments.is_empty()
    {
        return Err(Box::new(unprocessable("PullRequestReview", "body", "missing_field")));
    }
    for comment in &comments {
        text(comment, "body", "PullRequestReviewComment")?;
        let path = text(comment, "path", "PullRequestReviewComment")?;
        let line = comment["line"].as_u64().or_else(|| comment["position"].as_u64()).unwrap_or(0);
        if !commentable(number, path, line) {
            return Err(Box::new(unprocessable("PullRequestReviewComment", "line", "invalid")));
        }
    }
    let id = u64::from_str_radix(&world.fresh("review", 7), 16).unwrap_or(1);
    let at = now(world);
    let thing = json!({
        "id": id, "user": user("metel-bot"), "body": body["body"].as_str().unwrap_or_default(), "state": state,
        "commit_id": pull["head"]["sha"], "submitted_at": at, "author_association": "MEMBER", "parent": number,
        "html_url": format!("https://github.com/{}/pull/{number}#pullrequestreview-{id}", full_name()),
        "line_comments": comments,
    });
    world
        .put(&asked.caller, ("github", "create_review"), ("review", &id.to_string()), thing.clone())
        .map_err(broken)?;
    Ok((StatusCode::OK, without_parent(thing)))
}
