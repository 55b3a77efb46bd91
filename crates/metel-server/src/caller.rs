//! Whoever is signed in, as handlers see it.

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header;
use http::request::Parts;
use metel_engine::gateway::Access;
use metel_model::code::Code;
use metel_model::id::WorkspaceId;

use crate::app::Shared;
use crate::frame::Asked;
use crate::permission::{Permission, Role};
use crate::problem::Refused;

pub const COOKIE: &str = "metel_session";

#[derive(Debug, Clone)]
pub struct Caller {
    pub access: Access,
    pub roles: Vec<Role>,
    /// Signed in by the page's cookie rather than by a header.
    pub by_cookie: bool,
}

impl Caller {
    pub fn workspace(&self) -> WorkspaceId {
        self.access.workspace
    }

    pub fn actor(&self) -> String {
        self.access.actor()
    }

    /// Every role that bears on this caller must allow it.
    pub fn may(&self, permission: Permission) -> bool {
        !self.roles.is_empty() && self.roles.iter().all(|role| role.may(permission))
    }

    /// The clear text and whether a cookie brought it.
    pub fn credential(headers: &HeaderMap) -> Option<(String, bool)> {
        if let Some(value) = headers.get(header::AUTHORIZATION) {
            let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
            return scheme.eq_ignore_ascii_case("bearer").then(|| (token.trim().to_owned(), false));
        }
        // Anthropic's clients send it in a header of its own.
        if let Some(value) = headers.get("x-api-key") {
            return Some((value.to_str().ok()?.trim().to_owned(), false));
        }
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
        let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| (value.to_owned(), true))
    }

    pub async fn of(app: &Shared, clear: &str, by_cookie: bool) -> Result<Self, Refused> {
        let access = app.engine.access(clear).await?;
        // A role that this version does not know allows nothing.
        let known: Option<Vec<Role>> = access.roles.iter().map(|name| Role::from_name(name)).collect();
        Ok(Self { access, roles: known.unwrap_or_default(), by_cookie })
    }
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Refused> {
        parts.extensions.get::<Caller>().cloned().ok_or_else(|| Code::NotSignedIn.into())
    }
}

impl FromRequestParts<Shared> for Asked {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Refused> {
        parts.extensions.get::<Asked>().cloned().ok_or_else(|| Code::Internal.into())
    }
}
