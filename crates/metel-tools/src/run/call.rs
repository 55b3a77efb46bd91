//! One HTTP exchange of a contract: rendered, signed, paced, sent.

use std::time::{Duration, Instant};

use metel_model::contract::{Contract, Method};
use metel_model::effect::Outcome;
use metel_model::service::{Auth, Service};
use metel_model::{Code, Fault};
use metel_net::{Call, Egress};
use metel_rules::contract::{Compiled, Request};
use serde_json::Value;

use super::outcome::refused;
use super::pace::Pause;
use super::{Credential, Job, Tools, answer, certain, grant};

/// Largest answer of a tool.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

impl Tools {
    /// Sends a checked payload and reads the answer.
    pub(super) async fn exchange(&self, compiled: &Compiled, input: &Value, job: &Job<'_>) -> Outcome {
        let contract = &compiled.contract;
        let Some(service) = self.registry.service(contract.service()) else {
            return refused(Fault::new(Code::ToolUnknown).about(format!("no service {}", contract.service())));
        };
        if let Err(fault) = grant::check(contract, &service, job.connection) {
            return refused(fault);
        }
        let request = match compiled.render(input, job.key, job.since) {
            Some(Ok(request)) => request,
            Some(Err(error)) => return refused(Fault::new(Code::PayloadInvalid).about(error)),
            None => return refused(Fault::new(Code::ToolUnknown).about(&contract.id)),
        };
        let (call, egress) = match build(&service, &request, job) {
            Ok(built) => built,
            Err(fault) => return refused(fault),
        };
        let lane = lane(contract, job.connection);
        let rate = contract.rate_limit.as_ref().map(|rate| (contract.id.as_str(), rate));
        if let Err(pause) = self.pace.enter(&lane, rate, job.deadline).await {
            return paused(&contract.id, &pause);
        }
        let left = job.deadline.saturating_duration_since(Instant::now()).as_millis() as u64;
        if left == 0 {
            let fault =
                Fault::new(Code::ToolTimeout).detail("no time was left to send it", "보낼 시간이 남지 않았어요");
            return certain(fault);
        }
        let sent = self.net.send(Call { timeout_ms: left, ..call }, &egress).await;
        let outcome = answer::sort(contract, sent, self.clock.now());
        self.pace.learn(&lane, &outcome);
        outcome
    }
}

/// Accounts of one service are paced apart from each other.
fn lane(contract: &Contract, connection: Option<&Credential>) -> String {
    format!("{}/{}", contract.service(), connection.map_or("", |connection| connection.id.as_str()))
}

fn build(service: &Service, request: &Request, job: &Job<'_>) -> Result<(Call, Egress), Fault> {
    let (mut base, egress) = grant::reach(service, job.connection);
    let mut request = request.clone();
    let has_own_base = job.connection.is_some_and(|connection| connection.base_url.is_some());
    if let Some(other) = request.base.take().filter(|_| !has_own_base) {
        base = other;
    }
    let mut headers: Vec<(String, String)> =
        service.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    headers.push(("accept".to_owned(), "application/json".to_owned()));
    if let Some(kind) = request.content_type {
        headers.push(("content-type".to_owned(), kind.to_owned()));
    }
    headers.append(&mut request.headers);
    if let Some(secret) = job.connection.and_then(Credential::exposed) {
        match &service.auth {
            Auth::None => {}
            Auth::Bearer => headers.push(("authorization".to_owned(), format!("Bearer {secret}"))),
            Auth::Header { name } => headers.push((name.clone(), secret.to_owned())),
            Auth::Query { name } => request.query.push((name.clone(), secret.to_owned())),
        }
    }
    if job.connection.is_some_and(|connection| connection.is_inside) {
        headers.push(("metel-run".to_owned(), job.run.clone()));
    }
    let method = match request.method {
        Method::Get => http::Method::GET,
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
        Method::Patch => http::Method::PATCH,
        Method::Delete => http::Method::DELETE,
    };
    let mut call = Call::new(method, format!("{base}{}", request.target()));
    call.headers = headers;
    call.body = request.body.map(bytes::Bytes::from);
    call.bytes_max = Some(ANSWER_BYTES_MAX);
    Ok((call, egress))
}

/// Held back here: nothing was sent, and it says when to come again.
fn paused(id: &str, pause: &Pause) -> Outcome {
    let ms = Duration::as_millis(&pause.wait) as u64;
    let fault = Fault::new(Code::Overloaded)
        .detail(format!("{id} waits {ms} ms: {}", pause.why.en()), format!("{id}: {ms}ms 기다려요. {}", pause.why.ko()))
        .retry_after_ms(ms);
    Outcome { retry_after_ms: Some(ms), ..certain(fault) }
}
