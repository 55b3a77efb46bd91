//! Around every route: request id, language, the Host check, strict headers, and problem documents
//! for whatever went wrong, panics included.

use std::any::Any;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, Method, StatusCode};
use metel_engine::gateway::views;
use metel_model::code::Code;
use metel_model::fault::{Fault, FieldFault};
use metel_model::lang::Lang;
use serde_json::json;

use crate::app::Shared;
use crate::gate;
use crate::problem::{Refused, Told};
use crate::routes::links;

/// What is known of a request before anything else.
#[derive(Debug, Clone)]
pub struct Asked {
    pub id: String,
    pub lang: Lang,
}

const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

pub async fn frame(State(app): State<Shared>, mut request: Request, next: Next) -> Response {
    let asked = Asked { id: request_id(&app), lang: language(request.headers()) };
    let path = shown(request.uri().path()).to_owned();
    request.extensions_mut().insert(asked.clone());
    let method = request.method().clone();
    let response = match welcome(&app, &request) {
        Ok(()) => next.run(request).await,
        Err(refused) => refused.into_response(),
    };
    let mut response = written(response, &asked, &method, &path);
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.entry(name).or_insert(value);
        }
    };
    set(HeaderName::from_static("x-request-id"), &asked.id);
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(header::CACHE_CONTROL, "no-store");
    response
}

/// The path as logs and problems show it: without what a link holds.
fn shown(path: &str) -> &str {
    if path.starts_with(links::PATH) { links::PATH } else { path }
}

fn request_id(app: &Shared) -> String {
    format!("req_{}", app.engine.ids().next().simple())
}

/// Turns a refusal, or a bare error of the framework, into its document.
fn written(response: Response, asked: &Asked, method: &Method, path: &str) -> Response {
    let status = response.status();
    let fault = match response.extensions().get::<Told>() {
        Some(told) => told.0.as_ref().clone(),
        None if status.is_client_error() || status.is_server_error() => match bare(&response) {
            Some(fault) => fault,
            None => return response,
        },
        None => return response,
    };
    if status.is_server_error() {
        tracing::error!(request = asked.id, path, %fault, "a request failed");
    }
    let mut document = views::problem(&fault, asked.lang);
    if document.get("detail").is_none() {
        document["detail"] = json!(more(&fault, asked.lang, method, path));
    }
    document["instance"] = json!(path);
    document["request_id"] = json!(asked.id);
    if fault.code == Code::Internal {
        // What went wrong inside is for the log, not for whoever asks.
        document["detail"] = json!(asked.id);
    }
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::from_u16(fault.code.http()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    parts.headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(asked.lang.tag()));
    if let Some(ms) = fault.retry_after_ms {
        parts.headers.insert(header::RETRY_AFTER, HeaderValue::from(ms.div_ceil(1_000)));
    }
    if status == StatusCode::UNAUTHORIZED {
        parts.headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    Response::from_parts(parts, document.to_string().into())
}

/// What a fault without a detail of its own is about: its fields, or the address.
fn more(fault: &Fault, lang: Lang, method: &Method, path: &str) -> String {
    if fault.fields.is_empty() {
        let path: String = path.chars().take(200).collect();
        return format!("{method} {path}");
    }
    let one = |field: &FieldFault| format!("{} {}", field.pointer, field.message.get(lang)).trim().to_owned();
    let mut told: Vec<String> = fault.fields.iter().take(3).map(one).collect();
    if fault.fields.len() > told.len() {
        told.push(format!("+{}", fault.fields.len() - told.len()));
    }
    told.join("; ")
}

/// The fault for an answer that the framework gave by itself.
fn bare(response: &Response) -> Option<Fault> {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/") || kind.starts_with("text/html") {
        return None;
    }
    Some(match response.status() {
        StatusCode::NOT_FOUND => Fault::new(Code::RouteNotFound),
        StatusCode::METHOD_NOT_ALLOWED => Fault::new(Code::MethodNotAllowed),
        StatusCode::PAYLOAD_TOO_LARGE => Fault::new(Code::TooLarge),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Fault::new(Code::MediaType),
        // An address whose parts are no text.
        StatusCode::BAD_REQUEST => Fault::new(Code::IdInvalid),
        status if status.is_client_error() => Fault::new(Code::FieldInvalid).about(status),
        _ => Fault::new(Code::Internal),
    })
}

/// A handler panicked: the log says how, the answer does not.
pub fn panicked(error: Box<dyn Any + Send>) -> Response {
    let text = error.downcast_ref::<String>().map(String::as_str).or_else(|| error.downcast_ref::<&str>().copied());
    tracing::error!(panic = text.unwrap_or("?"), "a handler panicked");
    Refused::from(Code::Internal).into_response()
}

/// The language that the caller likes best among ours.
pub fn language(headers: &HeaderMap) -> Lang {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let mut best = (0.0_f32, Lang::En);
    for part in wanted.split(',').take(20) {
        let (tag, rest) = part.split_once(';').unwrap_or((part, ""));
        let q = rest.trim().strip_prefix("q=").map_or(1.0, |q| q.parse().unwrap_or(0.0));
        let tag = tag.trim().to_ascii_lowercase();
        let ours = tag.starts_with("ko") || tag.starts_with("en");
        if ours && q > best.0 {
            best = (q, Lang::from_tag(&tag));
        }
    }
    best.1
}

/// Guards against pages that make a browser call us: under a name of their own (DNS rebinding), or
/// from a page that is not ours; and against addresses that no store can keep.
pub(crate) fn welcome(app: &Shared, request: &Request) -> Result<(), Refused> {
    let mut hosts: Vec<&str> =
        request.headers().get_all(header::HOST).iter().map(|v| v.to_str().unwrap_or("?")).collect();
    if hosts.len() > 1 {
        return Err(gate::foreign("Host", &hosts.join(", ")));
    }
    hosts.extend(request.uri().authority().map(|a| a.as_str()));
    if let Some(host) = hosts.iter().find(|host| !is_ours(app, host)) {
        return Err(gate::foreign("Host", host));
    }
    let origins = request.headers().get_all(header::ORIGIN).iter().map(|v| v.to_str().unwrap_or("?"));
    for origin in origins {
        if !origin.split_once("://").is_some_and(|(_, name)| is_ours(app, name)) {
            return Err(gate::foreign("Origin", origin));
        }
    }
    let address = request.uri().path_and_query().map_or("", |a| a.as_str());
    if address.contains("%00") {
        return Err(Fault::new(Code::IdInvalid).detail("the address holds %00", "주소에 %00이 있어요").into());
    }
    Ok(())
}

/// True for loopback names and those configured.
pub fn is_ours(app: &Shared, host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let loopback = name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    loopback || app.hosts.iter().any(|host| host.eq_ignore_ascii_case(&name))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_best_liked_language_is_chosen() {
        let lang = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, text.parse().unwrap());
            language(&headers)
        };
        assert_eq!(lang("ko-KR,ko;q=0.9,en;q=0.8"), Lang::Ko);
        assert_eq!(lang("fr, ko;q=0.2, en;q=0.5"), Lang::En);
        assert_eq!(lang(";;;q=,"), Lang::En);
    }
}
