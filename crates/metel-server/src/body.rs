//! Reading what comes from outside: JSON bodies and queries, bounded in size, depth and time, with
//! the place of every fault named.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{StatusCode, header};
use metel_model::code::Code;
use metel_model::fault::Fault;
use metel_model::json::{DEPTH_MAX, depth_within, pointer_push};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::app::Shared;
use crate::misfit;
use crate::problem::Refused;
use crate::wall::Wall;

/// Largest body, in bytes.
pub const BODY_MAX: usize = 2 * 1024 * 1024;

/// A JSON body of a known shape.
pub struct Body<T>(pub T);

/// The body of what needs no more said: an empty object, or none at all.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Largest body that carries a whole document, in bytes.
pub const DOCUMENT_MAX: usize = 32 * 1024 * 1024;

/// A JSON body of a known shape that carries a whole document.
pub struct Large<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Shared> for Large<T> {
    type Rejection = Refused;
    async fn from_request(request: Request, app: &Shared) -> Result<Self, Refused> {
        Ok(Self(shaped(request, app, DOCUMENT_MAX).await?))
    }
}

impl<T: DeserializeOwned> FromRequest<Shared> for Body<T> {
    type Rejection = Refused;
    async fn from_request(request: Request, app: &Shared) -> Result<Self, Refused> {
        Ok(Self(shaped(request, app, BODY_MAX).await?))
    }
}

/// A body of at most `most` bytes, read and held against the route's description.
async fn shaped<T: DeserializeOwned>(request: Request, app: &Shared, most: usize) -> Result<T, Refused> {
    let wall = request.extensions().get::<Wall>().cloned().unwrap_or_default();
    // What takes the place of something has to be sent whole.
    let whole = request.method() == http::Method::PUT;
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"));
    let bytes = read_up_to(app, request.into_body(), most).await?;
    if !is_json && (!essence.is_empty() || !bytes.is_empty()) {
        let shown: String = essence.chars().take(100).collect();
        let fault = Fault::new(Code::MediaType).at("Content-Type");
        return Err(match shown.as_str() {
            "" => fault.detail("Content-Type is missing", "Content-Type 헤더가 없어요"),
            shown => fault.about(shown),
        }
        .into());
    }
    if bytes.is_empty() && whole {
        return Err(Refused::field("", "is missing", "본문이 없어요"));
    }
    // Otherwise an absent body stands for an empty object.
    let value = if bytes.is_empty() { Value::Object(serde_json::Map::new()) } else { parse(&bytes)? };
    if !value.is_object() {
        return Err(Refused::field("", "must be an object", "객체여야 해요"));
    }
    // The reader of shapes says best what is wrong; the description has the last word.
    let described = wall.check(&value);
    let shaped = shape(value)?;
    described.map(|()| shaped)
}

/// All bytes of a body, at most [`BODY_MAX`], in the time that clients are given.
pub async fn read(app: &Shared, body: axum::body::Body) -> Result<bytes::Bytes, Refused> {
    read_up_to(app, body, BODY_MAX).await
}

async fn read_up_to(app: &Shared, body: axum::body::Body, most: usize) -> Result<bytes::Bytes, Refused> {
    match tokio::time::timeout(app.patience.body, axum::body::to_bytes(body, most)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(Fault::new(Code::TooLarge)
            .detail(format!("a body has at most {most} bytes"), format!("본문은 {most}바이트까지예요"))
            .into()),
        Err(_) => Err(Fault::new(Code::TooLarge).detail("the body took too long", "본문이 너무 늦게 왔어요").into()),
    }
}

/// Reads JSON text; a fault names line and column.
pub fn parse(bytes: &[u8]) -> Result<Value, Refused> {
    let too_deep =
        || {
            Refused::from(Fault::new(Code::TooDeep).detail(
                format!("nested deeper than {DEPTH_MAX} levels"),
                format!("{DEPTH_MAX}단계보다 깊이 겹쳐 있어요"),
            ))
        };
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        if error.to_string().starts_with("recursion limit") {
            return too_deep();
        }
        let (line, column) = (error.line(), error.column());
        let why = if error.is_eof() { "글이 중간에 끝났어요" } else { "JSON 문법에 맞지 않아요" };
        Fault::new(Code::JsonMalformed)
            .detail(error.to_string(), format!("{line}줄 {column}칸: {why}"))
            .at(format!("line {line}, column {column}"))
            .into()
    })?;
    if !depth_within(&value, DEPTH_MAX) {
        return Err(too_deep());
    }
    match nul(&value, "") {
        Some(at) => Err(Refused::field(&at, "holds U+0000", "쓸 수 없는 글자(U+0000)가 있어요")),
        None => Ok(value),
    }
}

/// Where a text holds U+0000, which not every store can keep.
fn nul(value: &Value, at: &str) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(|| at.to_owned()),
        Value::Array(items) => items.iter().enumerate().find_map(|(i, item)| nul(item, &format!("{at}/{i}"))),
        Value::Object(members) => members.iter().find_map(|(name, item)| match name.contains('\0') {
            true => Some(at.to_owned()),
            false => nul(item, &pointer_push(at, name)),
        }),
        _ => None,
    }
}

/// Gives a value its shape; a fault points to the field.
pub fn shape<T: DeserializeOwned>(value: Value) -> Result<T, Refused> {
    serde_path_to_error::deserialize(value).map_err(|error| misfit::refused(&error, "/"))
}

/// The query of an address. Unknown names are refused by the shape itself.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Shared> for Query<T> {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Refused> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(query.as_bytes()));
        serde_path_to_error::deserialize(pairs).map(Self).map_err(|error| misfit::refused(&error, ""))
    }
}

/// Events after this number; zero when absent.
pub fn after(given: Option<u64>) -> Result<u64, Refused> {
    let max = metel_model::json::INTEGER_MAX.unsigned_abs();
    match given.unwrap_or(0) {
        n if n <= max => Ok(n),
        _ => Err(Refused::field("after", format!("at most {max}"), format!("{max}까지예요"))),
    }
}

/// A JSON answer.
pub fn ok(value: &Value) -> Response {
    with(StatusCode::OK, value)
}

pub fn created(value: &Value) -> Response {
    with(StatusCode::CREATED, value)
}

pub fn with(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

/// Says where what was made can be found.
pub fn at(mut response: Response, place: &str) -> Response {
    if let Ok(place) = place.parse() {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Shape {
        name: String,
        n: Option<u8>,
    }

    #[test]
    fn faults_point_to_their_field() {
        let fault = |value: Value| shape::<Shape>(value).map(|_| ()).unwrap_err().0.fields[0].pointer.clone();
        assert_eq!(fault(json!({"name": "x", "n": "한"})), "/n");
        assert_eq!(fault(json!({"name": "x", "more": 1})), "/more");
        assert_eq!(fault(json!({})), "/name");
    }

    #[test]
    fn text_is_bounded_in_depth_and_faults_name_their_place() {
        let fault = parse(b"{\n  \"a\": }").unwrap_err().0;
        assert_eq!((fault.code, fault.place.as_deref()), (Code::JsonMalformed, Some("line 2, column 8")));
        let deep = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
        assert!(parse(deep(64).as_bytes()).is_ok());
        assert_eq!(parse(deep(65).as_bytes()).unwrap_err().0.code, Code::TooDeep);
        assert_eq!(parse(deep(100_000).as_bytes()).unwrap_err().0.code, Code::TooDeep);
    }
}
