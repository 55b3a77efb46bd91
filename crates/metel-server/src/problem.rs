//! A refusal on its way out. It carries the fault; the frame around all routes writes the document,
//! because only it knows the language and the request's id.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use metel_model::code::Code;
use metel_model::fault::{Fault, FieldFault};
use metel_store::StoreError;

#[derive(Debug)]
pub struct Refused(pub Box<Fault>);

pub type Answer = Result<Response, Refused>;

/// The fault of a response, for the frame.
#[derive(Debug, Clone)]
pub struct Told(pub Box<Fault>);

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self(Box::new(fault))
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Fault::from(error).into()
    }
}

impl From<Code> for Refused {
    fn from(code: Code) -> Self {
        Fault::new(code).into()
    }
}

impl Refused {
    /// One field is wrong.
    pub fn field(pointer: &str, en: impl Into<String>, ko: impl Into<String>) -> Self {
        Fault::new(Code::FieldInvalid).fields(vec![FieldFault::new(pointer, en, ko)]).into()
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.code.http()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(Told(self.0));
        response
    }
}
