//! OpenAI's interface (`POST /v1/chat/completions`, `POST /v1/embeddings`) and Anthropic's under a base
//! address of its own, because `/v1/messages` are metel's (`POST /anthropic/v1/messages`, `POST
//! /anthropic/v1/messages/count_tokens`, `GET /anthropic/v1/models`), with metel's tokens as keys and the
//! error bodies that their clients know. It stands before all other routes, because its callers' clients know nothing of
//! problem documents, and because it is called thousands of times a second. OpenAI's `GET /v1/models`
//! is a route like others, in [`crate::routes`].
//! <https://platform.openai.com/docs/api-reference>, <https://docs.anthropic.com/en/api>

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{FutureExt, StreamExt};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use metel_engine::gateway::Access;
use metel_engine::platform::{Asker, Spoken, Style};
use metel_model::code::Code;
use metel_model::fault::Fault;
use metel_model::lang::Lang;

use crate::app::Shared;
use crate::caller::Caller;
use crate::frame::{language, panicked, welcome};
use crate::permission::{Permission, Role};

/// Largest body: images come inside.
const BODY_MAX: usize = 24 * 1024 * 1024;

/// What both acts need: they cost like runs do.
const NEEDS: Permission = Permission::Start;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Act {
    Complete(Style),
    Embed,
    Count,
    /// The names of models as Anthropic's clients read them; one of them where it is named.
    Names(Option<String>),
}

impl Act {
    fn of(method: &Method, path: &str) -> Option<Self> {
        match (method, path) {
            (&Method::POST, "/v1/chat/completions") => Some(Self::Complete(Style::Chat)),
            (&Method::POST, "/anthropic/v1/messages") => Some(Self::Complete(Style::Messages)),
            (&Method::POST, "/anthropic/v1/messages/count_tokens") => Some(Self::Count),
            (&Method::GET, "/anthropic/v1/models") => Some(Self::Names(None)),
            (&Method::GET, path) => {
                let name = path.strip_prefix("/anthropic/v1/models/").filter(|name| !name.contains('/'))?;
                Some(Self::Names(Some(name.to_owned())))
            }
            (&Method::POST, "/v1/embeddings") => Some(Self::Embed),
            _ => None,
        }
    }

    /// How its caller reads errors.
    fn style(&self) -> Style {
        match self {
            Self::Complete(style) => *style,
            Self::Embed => Style::Chat,
            Self::Count | Self::Names(_) => Style::Messages,
        }
    }
}

/// Answers what is meant for it and lets everything else through.
pub async fn door(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let Some(act) = Act::of(request.method(), request.uri().path()) else { return next.run(request).await };
    let (lang, style) = (language(request.headers()), act.style());
    let work = std::panic::AssertUnwindSafe(answer(&app, act, request, lang)).catch_unwind().await;
    let mut response = match work {
        Ok(Ok(response)) => response,
        Ok(Err(fault)) => refused(&fault, style, lang),
        Err(panic) => {
            panicked(panic);
            refused(&Fault::new(Code::Internal), style, lang)
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(&format!("req_{}", app.engine.ids().next().simple())) {
        headers.insert("request-id", id.clone());
        headers.insert("x-request-id", id);
    }
    response
}

fn refused(fault: &Fault, style: Style, lang: Lang) -> Response {
    if fault.code == Code::Internal {
        tracing::error!(%fault, "a call of a model failed");
    }
    let (status, body) = style.error_body(fault, lang);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response();
    if let Some(ms) = fault.retry_after_ms {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(ms.div_ceil(1_000)));
    }
    response
}

async fn answer(app: &Shared, act: Act, request: Request, lang: Lang) -> Result<Response, Fault> {
    welcome(app, &request).map_err(|refused| *refused.0)?;
    let (parts, body) = request.into_parts();
    let access = admit(app, &parts.headers).await?;
    let platform = app.platform()?;
    let workspace = access.workspace;
    let asker = Asker {
        purpose: "gateway".to_owned(),
        is_background: parts.headers.get("x-metel-priority").is_some_and(|priority| priority == "background"),
        scopes: vec![format!("key:{}", access.token)],
    };
    match act {
        Act::Complete(style) => {
            let body = read(app, body).await?;
            Ok(match platform.complete(workspace, style, &body, &asker, lang).await? {
                Spoken::Whole(bytes) => json_response(bytes),
                Spoken::Stream(stream) => {
                    let stream = Body::from_stream(stream.map(Ok::<Bytes, std::convert::Infallible>));
                    ([(header::CONTENT_TYPE, "text/event-stream; charset=utf-8")], stream).into_response()
                }
            })
        }
        Act::Embed => {
            let body = read(app, body).await?;
            platform.embed(workspace, &body, &asker).await.map(json_response)
        }
        Act::Names(wanted) => {
            let names = platform.model_names(workspace).await?;
            let body = match wanted {
                None => serde_json::json!({
                    "data": names.iter().map(|name| named(name)).collect::<Vec<_>>(), "has_more": false,
                    "first_id": names.first(), "last_id": names.last(),
                }),
                Some(name) if names.contains(&name) => named(&name),
                Some(_) => return Err(Fault::new(Code::NotFound)),
            };
            Ok(json_response(body.to_string()))
        }
        Act::Count => {
            let body = read(app, body).await?;
            let tokens = platform.count(workspace, &body, &asker).await?;
            Ok(json_response(serde_json::json!({"input_tokens": tokens}).to_string()))
        }
    }
}

/// Whoever holds the key, if it may do this. Pages' cookies count for nothing here.
async fn admit(app: &Shared, headers: &HeaderMap) -> Result<std::sync::Arc<Access>, Fault> {
    let nobody = || {
        Fault::new(Code::NotSignedIn).detail(
            "no key came with the request: Authorization: Bearer metel_…, or x-api-key",
            "요청에 키가 없어요: Authorization: Bearer metel_… 또는 x-api-key",
        )
    };
    let (clear, by_cookie) = Caller::credential(headers).ok_or_else(nobody)?;
    if by_cookie {
        return Err(nobody());
    }
    let access = app.engine.access_soon(&clear).await?;
    let may = |name: &String| Role::from_name(name).is_some_and(|role| role.may(NEEDS));
    match !access.roles.is_empty() && access.roles.iter().all(may) {
        true => Ok(access),
        false => Err(Fault::new(Code::NotAllowed).about(NEEDS.name())),
    }
}

/// When a model was made is not known.
fn named(name: &str) -> serde_json::Value {
    serde_json::json!({"id": name, "type": "model", "display_name": name, "created_at": "1970-01-01T00:00:00Z"})
}

async fn read(app: &Shared, body: Body) -> Result<Bytes, Fault> {
    let whole = axum::body::to_bytes(body, BODY_MAX);
    match tokio::time::timeout(app.patience.body, whole).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(Fault::new(Code::TooLarge)
            .detail(format!("a body has at most {BODY_MAX} bytes"), format!("본문은 {BODY_MAX}바이트까지예요"))),
        Err(_) => Err(Fault::new(Code::TooLarge).detail("the body took too long", "본문이 너무 늦게 왔어요")),
    }
}

fn json_response(body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body.into()).into_response()
}
