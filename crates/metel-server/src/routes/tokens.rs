//! Keys of the interface: made, listed without their text, revoked.

use axum::extract::{Path, State};
use http::StatusCode;
use metel_model::code::Code;
use metel_model::fault::Fault;
use metel_model::id::TokenId;
use metel_model::time::Micros;
use metel_store::TokenRow;
use serde::Deserialize;
use serde_json::{Value, json};

use super::page::PageQuery;
use super::runs::one_of;
use crate::app::Shared;
use crate::body::{self, Body, Query};
use crate::caller::Caller;
use crate::openapi::shape::{body as members, maybe, of, page, text, time, words};
use crate::permission::Permission::Tokens;
use crate::permission::Role;
use crate::problem::{Answer, Refused};
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    let name = json!({"type": "string", "minLength": 1, "maxLength": 100, "pattern": "\\S"});
    let role = words(&Role::ALL.map(Role::name));
    let new = members(
        json!({"name": name, "role": maybe(&role), "expires_at": maybe(&time()), "owner": maybe(&super::users::name())}),
        &["name"],
    );
    routes
        .post_secret("/v1/tokens", Tokens, "Make a token; it is shown once", make)
        .takes(new)
        .gives(201, of("NewToken"))
        .refuses(&[Code::NotFound])
        .get("/v1/tokens", Tokens, "List tokens", list)
        .pages(text())
        .gives(200, page(of("Token")))
        .delete("/v1/tokens/{id}", Tokens, "Revoke a token", revoke)
        .gives_nothing(204)
        .refuses(&[Code::NotFound])
}

fn view(row: &TokenRow) -> Value {
    json!({
        "id": row.id,
        "name": row.name,
        "role": row.role,
        "owner": row.owner,
        "created_at": row.created_at.rfc3339(),
        "expires_at": row.expires_at.map(Micros::rfc3339),
        "used_at": row.used_at.map(Micros::rfc3339),
        "revoked_at": row.revoked_at.map(Micros::rfc3339),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewToken {
    name: String,
    role: Option<String>,
    expires_at: Option<String>,
    /// Whose it is; the caller's own where absent.
    owner: Option<String>,
}

async fn make(State(app): State<Shared>, caller: Caller, Body(new): Body<NewToken>) -> Answer {
    let name = new.name.trim();
    if name.is_empty() || new.name.chars().count() > 100 {
        return Err(Refused::field("/name", "1 to 100 characters", "1~100자여야 해요"));
    }
    let own = caller.roles.first().copied().ok_or(Code::NotAllowed)?;
    let role = match &new.role {
        None => own,
        Some(word) => Role::from_name(word).ok_or_else(|| one_of("/role", Role::ALL.iter().map(|r| r.name())))?,
    };
    // Nobody hands out more than they have; only an owner makes owners.
    if role == Role::Owner && !caller.roles.iter().all(|r| *r == Role::Owner) {
        return Err(Fault::new(Code::NotAllowed)
            .detail("only an owner makes tokens of an owner", "소유자 토큰은 소유자만 만들 수 있어요")
            .into());
    }
    let expires = match &new.expires_at {
        None => None,
        Some(text) => match Micros::parse(text) {
            Some(at) if at > app.engine.now() => Some(at),
            _ => {
                return Err(Refused::field(
                    "/expires_at",
                    "a time to come, RFC 3339",
                    "앞으로의 시각(RFC 3339)이어야 해요",
                ));
            }
        },
    };
    let mut owner = caller.access.user;
    if let Some(name) = &new.owner {
        if !caller.roles.iter().all(|r| *r == Role::Owner) {
            return Err(Fault::new(Code::NotAllowed)
                .detail("only an owner makes tokens for others", "다른 사람의 토큰은 소유자만 만들 수 있어요")
                .into());
        }
        let user = app.engine.store().user_by_name(caller.workspace(), name).await?;
        owner = user.ok_or_else(|| Fault::new(Code::NotFound).about(name))?.id;
    }
    let token = app.engine.new_token(caller.workspace(), owner, name, role.name(), expires).await?;
    let mut out = view(&token.row);
    out["token"] = json!(token.clear);
    Ok(body::created(&out))
}

async fn list(State(app): State<Shared>, caller: Caller, Query(query): Query<PageQuery>) -> Answer {
    let rows = app.engine.store().tokens(caller.workspace()).await?;
    query.page()?.answer(rows.iter().map(view).collect(), "id")
}

async fn revoke(State(app): State<Shared>, caller: Caller, Path(id): Path<String>) -> Answer {
    let id: TokenId = id.parse().map_err(|e| Fault::new(Code::IdInvalid).about(e))?;
    if !app.engine.store().revoke_token(caller.workspace(), id, app.engine.now()).await? {
        return Err(Fault::new(Code::NotFound).about(id).into());
    }
    Ok(axum::response::IntoResponse::into_response(StatusCode::NO_CONTENT))
}
