//! `/v1/users`: the bot behind the token and a few people.

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::gate::{Version, answer, path_id};
use super::paging::Wish;
use super::refusal::Refusal;
use super::render::bot_id;
use crate::app::Sandbox;
use crate::identifier::uuid_from;

const PEOPLE: [(&str, &str); 3] =
    [("김하늘", "haneul@metel.example"), ("이준호", "junho@metel.example"), ("Alex Morgan", "alex@metel.example")];

fn bot() -> Value {
    json!({
        "object": "user",
        "id": bot_id(),
        "name": "metel sandbox",
        "avatar_url": null,
        "type": "bot",
        "bot": {"owner": {"type": "workspace", "workspace": true}, "workspace_name": "metel 연습장"},
    })
}

fn everybody() -> Vec<(String, Value)> {
    let people = PEOPLE.iter().map(|(name, email)| {
        let id = uuid_from("notion user", email);
        let person = json!({
            "object": "user",
            "id": id,
            "name": name,
            "avatar_url": null,
            "type": "person",
            "person": {"email": email},
        });
        (id, person)
    });
    people.chain(std::iter::once((bot_id(), bot()))).collect()
}

pub(super) async fn me(_version: Version) -> Response {
    answer(bot())
}

pub(super) async fn list(_version: Version) -> Result<Response, Refusal> {
    Ok(answer(Wish::of("query", None, None)?.cut(everybody(), "user")?))
}

pub(super) async fn retrieve(
    State(_sandbox): State<Sandbox>,
    _version: Version,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let id = path_id(&id, "user_id")?;
    let found = everybody().into_iter().find(|(known, _)| *known == id);
    found.map(|(_, user)| answer(user)).ok_or_else(|| Refusal::not_found("user", &id))
}
