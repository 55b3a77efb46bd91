//! What every route that starts a run has in common: who asks, under which key, and how long the
//! answer may wait.

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use metel_engine::{Engine, NewRun};
use metel_model::id::WorkspaceId;

use crate::app::Shared;
use crate::body;
use crate::caller::Caller;
use crate::frame::Asked;
use crate::idempotency::StartKey;
use crate::problem::{Answer, Refused};

/// Longest wait that `Prefer: wait=N` may ask for, in seconds.
pub const WAIT_MAX_S: u64 = 60;

pub struct Starting {
    pub caller: Caller,
    asked: Asked,
    key: StartKey,
    wait: Option<Duration>,
}

impl FromRequestParts<Shared> for Starting {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Refused> {
        Ok(Self {
            caller: Caller::from_request_parts(parts, app).await?,
            asked: Asked::from_request_parts(parts, app).await?,
            key: parts.extensions.get::<StartKey>().cloned().unwrap_or_default(),
            wait: patience(&parts.headers)?,
        })
    }
}

impl Starting {
    pub fn workspace(&self) -> WorkspaceId {
        self.caller.workspace()
    }

    /// The run under the caller's name and key.
    pub fn keyed(&self, mut run: NewRun) -> NewRun {
        run.by = self.caller.actor();
        run.client_key.clone_from(&self.key.0);
        run
    }

    /// Starts the run and answers with it: 200 when it came to rest in time, else 202.
    pub async fn begin(self, engine: &Engine, run: NewRun) -> Answer {
        let workspace = self.workspace();
        let run = self.keyed(run);
        let started = match self.wait {
            Some(patience) => engine.start_and_wait(workspace, run, patience).await?,
            None => engine.start(workspace, run).await?,
        };
        let view = engine.run_view(workspace, started.run, self.asked.lang).await?;
        let moving = matches!(view["status"].as_str(), Some("queued" | "running"));
        let status = if self.wait.is_some() && !moving { StatusCode::OK } else { StatusCode::ACCEPTED };
        let response: Response = body::with(status, &view);
        Ok(body::at(response, &format!("/v1/runs/{}", started.run)))
    }
}

/// `Prefer: wait=N` (RFC 7240).
fn patience(headers: &HeaderMap) -> Result<Option<Duration>, Refused> {
    let texts = headers.get_all("prefer").iter().filter_map(|v| v.to_str().ok());
    for preference in texts.flat_map(|text| text.split([',', ';'])) {
        let Some(n) = preference.trim().strip_prefix("wait=") else { continue };
        return match n.trim_matches('"').parse::<u64>() {
            Ok(n) if n <= WAIT_MAX_S => Ok(Some(Duration::from_secs(n))),
            _ => Err(Refused::field(
                "Prefer",
                format!("wait takes whole seconds up to {WAIT_MAX_S}"),
                format!("wait는 {WAIT_MAX_S}까지의 정수 초예요"),
            )),
        };
    }
    Ok(None)
}
