//! One HTTP exchange of a contract: what prepares it, the call itself, and the waiting for its end;
//! each request rendered, signed, paced, sent.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use metel_model::contract::{Answer, Contract, Method};
use metel_model::effect::{Certainty, Outcome};
use metel_model::service::{Auth, Service};
use metel_model::{Code, Fault};
use metel_net::{Call, Egress};
use metel_rules::contract::{Compiled, Judgement, RenderFault, Request};
use serde_json::{Map, Value};

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
        let mut before = Map::new();
        for step in compiled.before() {
            let request = step.render(input, job.since, &Value::Object(before.clone()));
            let outcome = self.round(compiled, &service, request, job).await;
            let body = outcome.output.value().cloned().unwrap_or_default();
            if outcome.fault.is_some() || !step.is_success(outcome.status.unwrap_or(200), &body) {
                return unprepared(compiled, input, outcome);
            }
            before.insert(step.name.clone(), body);
        }
        let request = match compiled.render_after(input, job.key, job.since, &Value::Object(before.clone())) {
            Some(request) => request,
            None => return refused(Fault::new(Code::ToolUnknown).about(&contract.id)),
        };
        let outcome = self.round(compiled, &service, request, job).await;
        match compiled.until() {
            Some(_) if outcome.fault.is_none() => self.finished(compiled, &service, input, before, outcome, job).await,
            _ => outcome,
        }
    }

    /// Asks until the service has finished what `started` began, or the time is up.
    async fn finished(
        &self,
        compiled: &Compiled,
        service: &Service,
        input: &Value,
        mut before: Map<String, Value>,
        started: Outcome,
        job: &Job<'_>,
    ) -> Outcome {
        let body = started.output.value().cloned().unwrap_or_default();
        let Some(until) = compiled.until() else { return started };
        if compiled.judge(started.status.unwrap_or(200), &body, input) != Judgement::Pass {
            return started;
        }
        before.insert("started".to_owned(), body);
        let before = Value::Object(before);
        loop {
            let request = until.render(input, job.since, &before);
            let outcome = self.round(compiled, service, request, job).await;
            let passing = outcome.retry_after_ms.is_some() || outcome.status.is_some_and(|status| status >= 500);
            let body = outcome.output.value().cloned().unwrap_or_default();
            if !passing && (outcome.fault.is_some() || until.is_done(&body)) {
                return outcome;
            }
            let pause = Duration::from_millis(until.every_ms.max(outcome.retry_after_ms.unwrap_or(0)));
            if Instant::now() + pause >= job.deadline {
                let fault = Fault::new(Code::ToolTimeout)
                    .detail("the service has not finished in time", "서비스가 제시간에 끝내지 못했어요")
                    .at(&compiled.contract.id);
                return Outcome::fault(fault, Certainty::Ambiguous, 0);
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// One request and its answer.
    async fn round(
        &self,
        compiled: &Compiled,
        service: &Service,
        request: Result<Request, RenderFault>,
        job: &Job<'_>,
    ) -> Outcome {
        let contract = &compiled.contract;
        let request = match request {
            Ok(request) => request,
            Err(error) => return refused(Fault::new(Code::PayloadInvalid).about(error)),
        };
        let (call, egress) = match build(service, &request, job) {
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
        let outcome = answer::sort(contract, request.answer, sent, self.clock.now());
        self.pace.learn(&lane, &outcome);
        outcome
    }
}

/// A preparing call failed: nobody has felt anything. An answer that the contract would take for the
/// main call's success is a fault.
fn unprepared(compiled: &Compiled, input: &Value, outcome: Outcome) -> Outcome {
    let outcome = Outcome { certainty: Certainty::Certain, ..outcome };
    let body = outcome.output.value().cloned().unwrap_or_default();
    let passes = compiled.judge(outcome.status.unwrap_or(200), &body, input) == Judgement::Pass;
    if outcome.fault.is_none() && passes {
        let fault = Fault::new(Code::ToolBadAnswer).about("a preparing call was not answered as expected");
        return refused(fault.at(&compiled.contract.id));
    }
    outcome
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
    let mut headers: Vec<(String, String)> = Vec::new();
    // What a contract says of a header counts before what its service says of all calls.
    let given =
        |headers: &[(String, String)], name: &str| headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    headers.append(&mut request.headers);
    for (name, value) in [("accept", request.accept.take()), ("content-type", request.content_type.take())] {
        if let Some(value) = value.filter(|_| !given(&headers, name)) {
            headers.push((name.to_owned(), value));
        }
    }
    for (name, value) in &service.headers {
        if !given(&headers, name) {
            headers.push((name.clone(), value.clone()));
        }
    }
    if !given(&headers, "accept") {
        let accept = match request.answer {
            Answer::Json => "application/json",
            Answer::Xml => "application/xml, application/atom+xml, text/xml",
            Answer::Text | Answer::File => "*/*",
            Answer::Any => "application/json, */*;q=0.5",
        };
        headers.push(("accept".to_owned(), accept.to_owned()));
    }
    // An address that an answer gave is a ticket of its own: it never gets the account's credential.
    let secret = job.connection.and_then(Credential::exposed).filter(|_| request.url.is_none());
    if let Some(secret) = secret {
        match &service.auth {
            Auth::None => {}
            Auth::Bearer => headers.push(("authorization".to_owned(), format!("Bearer {secret}"))),
            Auth::Basic => headers.push(("authorization".to_owned(), format!("Basic {}", STANDARD.encode(secret)))),
            Auth::Header { name } => headers.push((name.clone(), secret.to_owned())),
            Auth::Query { name } => request.query.push((name.clone(), secret.to_owned())),
            Auth::Path { prefix } => {
                if !secret.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_:.~".contains(&b)) || secret.is_empty() {
                    return Err(Fault::new(Code::ConnectionMissing).about("the credential cannot stand in a path"));
                }
                base = format!("{base}{prefix}{secret}");
            }
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
        Method::Head => http::Method::HEAD,
        Method::Options => http::Method::OPTIONS,
    };
    let address = request.url.clone().unwrap_or_else(|| format!("{base}{}", request.target()));
    let mut call = Call::new(method, address);
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
