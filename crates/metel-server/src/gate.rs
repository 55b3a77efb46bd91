//! The one place where a request is let in: who, what for, and from which page.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, header};
use metel_model::code::Code;
use metel_model::fault::Fault;

use crate::app::Shared;
use crate::caller::Caller;
use crate::frame;
use crate::idempotency;
use crate::permission::Permission;
use crate::problem::Refused;
use crate::table::Keyed;
use crate::wall::Wall;

/// What a route asks of whoever calls it.
#[derive(Debug, Clone)]
pub struct Needs {
    pub permission: Permission,
    pub keyed: Keyed,
    pub wall: Wall,
}

pub async fn pass(State((app, needs)): State<(Shared, Needs)>, mut request: Request, next: Next) -> Response {
    let nearby = request.extensions().get::<ConnectInfo<SocketAddr>>().is_some_and(|from| from.0.ip().is_loopback());
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let headers = request.headers().clone();
    match admit(&app, needs.permission, &headers, nearby, reads).await {
        Ok(Some(caller)) => {
            request.extensions_mut().insert(caller.clone());
            request.extensions_mut().insert(needs.wall);
            if request.method() == Method::POST {
                return idempotency::carry_out(&app, &caller, needs.keyed, request, next).await;
            }
        }
        Ok(None) => {}
        Err(refused) => return refused.into_response(),
    }
    next.run(request).await
}

async fn admit(
    app: &Shared,
    permission: Permission,
    headers: &HeaderMap,
    nearby: bool,
    reads: bool,
) -> Result<Option<Caller>, Refused> {
    if permission == Permission::Open || (permission == Permission::Nearby && nearby) {
        return Ok(None);
    }
    let (clear, by_cookie) = Caller::credential(headers).ok_or_else(nobody)?;
    let caller = Caller::of(app, &clear, by_cookie).await?;
    if by_cookie && !reads {
        own_page(app, headers)?;
    }
    if !caller.may(permission) {
        return Err(may_not(&caller, permission));
    }
    Ok(Some(caller))
}

/// Nobody said who asks.
pub fn nobody() -> Refused {
    Fault::new(Code::NotSignedIn)
        .detail("no token came with the request", "요청에 토큰이 없어요")
        .at("Authorization")
        .into()
}

/// Whoever asks lacks a right.
pub fn may_not(caller: &Caller, permission: Permission) -> Refused {
    let needed = permission.name();
    let roles = caller.access.roles.join(", ");
    Fault::new(Code::NotAllowed)
        .detail(
            format!("this needs the right `{needed}`; your role: {roles}"),
            format!("`{needed}` 권한이 필요해요. 지금 역할: {roles}"),
        )
        .into()
}

/// A browser that changes something must do so from our own page.
pub fn own_page(app: &Shared, headers: &HeaderMap) -> Result<(), Refused> {
    let text = |name| headers.get(name).and_then(|v: &http::HeaderValue| v.to_str().ok());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site"))
        && site != "same-origin"
        && site != "none"
    {
        return Err(foreign("Sec-Fetch-Site", site));
    }
    let Some(origin) = text(header::ORIGIN) else { return Err(foreign("Origin", "")) };
    let name = origin.split_once("://").map_or("", |(_, name)| name);
    let same = text(header::HOST).is_some_and(|host| host.eq_ignore_ascii_case(name));
    if same && frame::is_ours(app, name) { Ok(()) } else { Err(foreign("Origin", origin)) }
}

/// A page of somebody else's asks.
pub fn foreign(header: &str, value: &str) -> Refused {
    let shown: String = value.chars().filter(|c| !c.is_control()).take(200).collect();
    let (en, ko) = if shown.is_empty() {
        (format!("{header} is missing"), format!("{header} 헤더가 없어요"))
    } else {
        (format!("{header}: {shown}"), format!("{header}: {shown}"))
    };
    Fault::new(Code::OriginRefused).detail(en, ko).at(header).into()
}
