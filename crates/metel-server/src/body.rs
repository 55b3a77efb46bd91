//! Reading what comes from outside: JSON bodies and queries, bounded in size, depth and time, with
//! the place of every fault named.

use std::time::Duration;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{StatusCode, header};
use metel_model::code::Code;
use metel_model::fault::{Fault, FieldFault};
use metel_model::json::{DEPTH_MAX, depth_within};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::app::Shared;
use crate::problem::Refused;

/// Largest body, in bytes.
pub const BODY_MAX: usize = 2 * 1024 * 1024;
/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

/// A JSON body of a known shape.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Shared> for Body<T> {
    type Rejection = Refused;
    async fn from_request(request: Request, _: &Shared) -> Result<Self, Refused> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let is_json =
            essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"));
        let named = !essence.is_empty();
        let bytes = read(request.into_body()).await?;
        if !is_json && (named || !bytes.is_empty()) {
            return Err(Code::MediaType.into());
        }
        // An absent body stands for an empty object.
        let value = if bytes.is_empty() { Value::Object(serde_json::Map::new()) } else { parse(&bytes)? };
        shape(value).map(Self)
    }
}

/// All bytes of a body, at most [`BODY_MAX`].
pub async fn read(body: axum::body::Body) -> Result<bytes::Bytes, Refused> {
    match tokio::time::timeout(PATIENCE, axum::body::to_bytes(body, BODY_MAX)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(Fault::new(Code::TooLarge)
            .detail(format!("at most {BODY_MAX} bytes"), format!("{BODY_MAX}바이트까지예요"))
            .into()),
        Err(_) => Err(Fault::new(Code::TooLarge).detail("the body took too long", "본문이 너무 늦게 왔어요").into()),
    }
}

/// Reads JSON text; a fault names line and column.
pub fn parse(bytes: &[u8]) -> Result<Value, Refused> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        if error.to_string().starts_with("recursion limit") {
            return Refused::from(Code::TooDeep);
        }
        let (line, column) = (error.line(), error.column());
        let fault = Fault::new(Code::JsonMalformed).detail(error.to_string(), format!("{line}줄 {column}칸: {error}"));
        fault.at(format!("line {line}, column {column}")).into()
    })?;
    if depth_within(&value, DEPTH_MAX) { Ok(value) } else { Err(Code::TooDeep.into()) }
}

/// Gives a value its shape; a fault points to the field.
pub fn shape<T: DeserializeOwned>(value: Value) -> Result<T, Refused> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let mut pointer = String::new();
        for segment in error.path().iter() {
            use serde_path_to_error::Segment;
            match segment {
                Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
                Segment::Map { key } | Segment::Enum { variant: key } => {
                    pointer = metel_model::json::pointer_push(&pointer, key);
                }
                Segment::Unknown => {}
            }
        }
        let inner = error.into_inner().to_string();
        // A name that does not belong is pointed at itself.
        let quoted =
            |prefix: &str| inner.strip_prefix(prefix).and_then(|rest| rest.split('`').next()).map(str::to_owned);
        let ends_with = |name: &str| pointer.rsplit('/').next() == Some(name);
        for prefix in ["unknown field `", "missing field `"] {
            if let Some(name) = quoted(prefix) {
                if !ends_with(&name) {
                    pointer = metel_model::json::pointer_push(&pointer, &name);
                }
                let (en, ko) = if prefix.starts_with("unknown") {
                    ("is not known here", "여기에는 없는 항목이에요")
                } else {
                    ("is required", "꼭 필요해요")
                };
                return Refused::field(&pointer, en, ko);
            }
        }
        Refused::field(&pointer, inner.clone(), format!("모양이 맞지 않아요: {inner}"))
    })
}

/// The query of an address. Unknown names are refused by the shape itself.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Shared> for Query<T> {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Refused> {
        axum::extract::Query::<T>::try_from_uri(&parts.uri).map(|q| Self(q.0)).map_err(|error| {
            let text = error.body_text();
            let fault = Fault::new(Code::FieldInvalid).fields(vec![FieldFault::new(
                "",
                text.clone(),
                format!("주소의 질의가 맞지 않아요: {text}"),
            )]);
            fault.at("query").into()
        })
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
