//! What the server says of itself (RFC 8414).

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use crate::app::Sandbox;

pub(super) fn issuer(sandbox: &Sandbox, service: &str) -> String {
    format!("{}/oauth/{service}", sandbox.base())
}

pub(super) async fn answer(State(sandbox): State<Sandbox>, Path(service): Path<String>) -> Json<Value> {
    let issuer = issuer(&sandbox, &service);
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "revocation_endpoint": format!("{issuer}/revoke"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "authorization_response_iss_parameter_supported": true,
    }))
}
