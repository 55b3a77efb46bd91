//! The one place where a request is let in: who, what for, and from which page.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, header};
use metel_model::code::Code;

use crate::app::Shared;
use crate::caller::Caller;
use crate::frame;
use crate::idempotency;
use crate::permission::Permission;
use crate::problem::Refused;
use crate::table::Declared;

pub async fn pass(State((app, declared)): State<(Shared, Declared)>, mut request: Request, next: Next) -> Response {
    let nearby = request.extensions().get::<ConnectInfo<SocketAddr>>().is_some_and(|from| from.0.ip().is_loopback());
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let headers = request.headers().clone();
    match admit(&app, declared.permission, &headers, nearby, reads).await {
        Ok(Some(caller)) => {
            request.extensions_mut().insert(caller.clone());
            if request.method() == Method::POST {
                return idempotency::carry_out(&app, &caller, declared.keyed, request, next).await;
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
    let (clear, by_cookie) = Caller::credential(headers).ok_or(Code::NotSignedIn)?;
    let caller = Caller::of(app, &clear, by_cookie).await?;
    if by_cookie && !reads {
        own_page(app, headers)?;
    }
    if !caller.may(permission) {
        return Err(Code::NotAllowed.into());
    }
    Ok(Some(caller))
}

/// A browser that changes something must do so from our own page.
pub fn own_page(app: &Shared, headers: &HeaderMap) -> Result<(), Refused> {
    let text = |name| headers.get(name).and_then(|v: &http::HeaderValue| v.to_str().ok());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site"))
        && site != "same-origin"
        && site != "none"
    {
        return Err(Code::OriginRefused.into());
    }
    let origin = text(header::ORIGIN).ok_or(Code::OriginRefused)?;
    let name = origin.split_once("://").map_or("", |(_, name)| name);
    let same = text(header::HOST).is_some_and(|host| host.eq_ignore_ascii_case(name));
    if same && frame::is_ours(app, name) { Ok(()) } else { Err(Code::OriginRefused.into()) }
}
