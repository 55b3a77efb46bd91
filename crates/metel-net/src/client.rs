//! The client itself: one pooled connection set for the public internet, and one for each host and
//! port that a rule opens inside our own network, so that an opened address serves nobody else.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use metel_model::effect::Certainty;
use metel_model::{Code, Fault};
use parking_lot::Mutex;

use crate::call::{Call, Reply, headers_of};
use crate::egress::{Egress, Lift, Refused, Target};
use crate::failure::NetFailure;
use crate::guard::{Guard, Lookup, SystemLookup};
use crate::sent::{Sent, Watched};

/// Most clients kept for inside addresses.
const INSIDE_CLIENTS_MAX: usize = 64;

/// Caps that hold for every call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    pub connect_ms: u64,
    /// From sending to the first line of the answer.
    pub headers_ms: u64,
    /// Longest whole call, whatever the call itself asks for.
    pub total_ms_max: u64,
    /// Largest answer after decompression, unless the call says otherwise.
    pub body_bytes_max: usize,
    /// Redirects of reads that are followed within the call's own list.
    pub redirects_max: usize,
    /// Longest silence within a stream.
    pub idle_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_ms: 5_000,
            headers_ms: 300_000,
            total_ms_max: 600_000,
            body_bytes_max: 4 * 1024 * 1024,
            redirects_max: 3,
            idle_ms: 60_000,
        }
    }
}

#[derive(PartialEq, Eq, Hash, Clone)]
struct InsideKey {
    host: String,
    port: u16,
    lift: Lift,
}

/// The one HTTP client. Cheap to clone.
#[derive(Clone)]
pub struct Net {
    shared: Arc<Shared>,
}

struct Shared {
    limits: Limits,
    tls: rustls::ClientConfig,
    lookup: Arc<dyn Lookup>,
    public: reqwest::Client,
    inside: Mutex<HashMap<InsideKey, reqwest::Client>>,
}

impl Net {
    /// Uses the machine's resolver and certificates. Fails only if TLS cannot be set up at all.
    pub fn new(limits: Limits) -> Result<Self, Fault> {
        Self::with_lookup(limits, Arc::new(SystemLookup))
    }

    pub fn with_lookup(limits: Limits, lookup: Arc<dyn Lookup>) -> Result<Self, Fault> {
        let tls = tls()?;
        let public = build(&limits, &tls, &lookup, Lift::Nothing)?;
        let shared = Shared { limits, tls, lookup, public, inside: Mutex::default() };
        Ok(Self { shared: Arc::new(shared) })
    }

    pub fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// Sends one call and reads the whole answer, whatever its status. A redirected read is followed
    /// within `egress` up to the limit; any other redirect is a failure that names its target.
    pub async fn send(&self, call: Call, egress: &Egress) -> Result<Reply, NetFailure> {
        let started = Instant::now();
        let total_ms = call.timeout_ms.min(self.shared.limits.total_ms_max);
        let deadline = started + Duration::from_millis(total_ms);
        let sent = Sent::default();
        let work = self.follow(call, egress, sent.clone(), started);
        match tokio::time::timeout_at(deadline.into(), work).await {
            Ok(done) => done,
            Err(_) => Err(NetFailure::timeout("the whole answer", total_ms, sent.is_set())),
        }
    }

    async fn follow(&self, mut call: Call, egress: &Egress, sent: Sent, started: Instant) -> Result<Reply, NetFailure> {
        let bytes_max = call.bytes_max.unwrap_or(self.shared.limits.body_bytes_max);
        let mut hops = 0;
        loop {
            let (target, response) = self.begin(&call, egress, &sent).await?;
            let status = response.status().as_u16();
            if let Some(to) = location(&response) {
                call = redirected(call, &target, &to, hops < self.shared.limits.redirects_max)?;
                hops += 1;
                continue;
            }
            let headers = response.headers().clone();
            let body = read(response, bytes_max).await.map_err(|failure| failure.with_status(status))?;
            let ms = started.elapsed().as_millis() as u64;
            return Ok(Reply { status, headers, body, ms });
        }
    }

    /// Checks, connects and reads the answer's headers.
    pub(crate) async fn begin(
        &self,
        call: &Call,
        egress: &Egress,
        sent: &Sent,
    ) -> Result<(Target, reqwest::Response), NetFailure> {
        let target = egress.check(&call.url).map_err(NetFailure::refused)?;
        let headers = headers_of(&call.headers)?;
        let client = self.client(&target)?;
        let mut request = client.request(call.method.clone(), target.url.clone()).headers(headers);
        match &call.body {
            Some(body) => request = request.body(reqwest::Body::wrap(Watched::new(body.clone(), sent.clone()))),
            None => sent.assume(),
        }
        let headers_ms = self.shared.limits.headers_ms;
        match tokio::time::timeout(Duration::from_millis(headers_ms), request.send()).await {
            Ok(Ok(response)) => Ok((target, response)),
            Ok(Err(error)) => Err(NetFailure::explain(error, sent.is_set())),
            Err(_) => Err(NetFailure::timeout("the answer's beginning", headers_ms, sent.is_set())),
        }
    }

    fn client(&self, target: &Target) -> Result<reqwest::Client, NetFailure> {
        if target.lift == Lift::Nothing {
            return Ok(self.shared.public.clone());
        }
        let key = InsideKey {
            host: target.url.host_str().unwrap_or_default().to_owned(),
            port: target.url.port_or_known_default().unwrap_or_default(),
            lift: target.lift.clone(),
        };
        let mut clients = self.shared.inside.lock();
        if let Some(client) = clients.get(&key) {
            return Ok(client.clone());
        }
        let made = build(&self.shared.limits, &self.shared.tls, &self.shared.lookup, target.lift.clone())
            .map_err(|_| NetFailure::not_sent("the client cannot be built"))?;
        if clients.len() >= INSIDE_CLIENTS_MAX {
            clients.clear();
        }
        clients.insert(key, made.clone());
        Ok(made)
    }
}

/// Reads the body, counting what comes out of decompression.
async fn read(mut response: reqwest::Response, bytes_max: usize) -> Result<bytes::Bytes, NetFailure> {
    let too_large =
        || NetFailure::of(Code::AnswerTooLarge, &format!("more than {bytes_max} bytes"), Certainty::Ambiguous);
    let announced = response.content_length().unwrap_or(0);
    if announced > bytes_max as u64 {
        return Err(too_large());
    }
    let mut body = bytes::BytesMut::with_capacity(announced as usize);
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > bytes_max => return Err(too_large()),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body.freeze()),
            Err(error) => return Err(NetFailure::explain(error, true)),
        }
    }
}

pub(crate) fn location(response: &reqwest::Response) -> Option<String> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let to = response.headers().get(http::header::LOCATION)?;
    Some(String::from_utf8_lossy(to.as_bytes()).into_owned())
}

/// The next call of a redirected read. Credentials stay with the origin that they were meant for.
fn redirected(call: Call, from: &Target, to: &str, may_follow: bool) -> Result<Call, NetFailure> {
    let is_read = matches!(call.method, http::Method::GET | http::Method::HEAD);
    // An absolute target is taken as written, so that its spelling is judged too.
    let joined = match to.contains("://") {
        true => to.to_owned(),
        false => from.url.join(to).map_or_else(|_| to.to_owned(), String::from),
    };
    let shown: String = joined.split(['?', '#']).next().unwrap_or_default().chars().take(200).collect();
    let refused = |why: &str| {
        let mut failure = NetFailure::refused(Refused::new("redirect", format!("redirected to {shown}: {why}")));
        // A redirected write may have been carried out: 303 says "done, look there".
        failure.certainty = if is_read { Certainty::Certain } else { Certainty::Ambiguous };
        failure
    };
    if !is_read {
        return Err(refused("only reads are followed"));
    }
    if !may_follow {
        return Err(refused("too many redirects"));
    }
    let url = crate::spelling::read(&joined).map_err(|_| refused("the target cannot be called"))?;
    if from.url.scheme() == "https" && url.scheme() == "http" {
        return Err(refused("it leaves encryption"));
    }
    let headers = match url.origin() == from.url.origin() {
        true => call.headers,
        false => call.headers.into_iter().filter(|(name, _)| name.eq_ignore_ascii_case("accept")).collect(),
    };
    Ok(Call { url: joined, headers, body: None, ..call })
}

fn tls() -> Result<rustls::ClientConfig, Fault> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    // A second call finds it installed already, which is as good.
    let _ = rustls::crypto::CryptoProvider::install_default(provider.as_ref().clone());
    let mut roots = rustls::RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        tracing::warn!("no certificate authorities found on this machine: https calls will fail");
    }
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Fault::new(Code::ConfigInvalid).about(error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn build(
    limits: &Limits,
    tls: &rustls::ClientConfig,
    lookup: &Arc<dyn Lookup>,
    lift: Lift,
) -> Result<reqwest::Client, Fault> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls.clone())
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .connect_timeout(Duration::from_millis(limits.connect_ms))
        .pool_idle_timeout(Duration::from_secs(20))
        .pool_max_idle_per_host(32)
        .user_agent(concat!("metel/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Guard { lookup: lookup.clone(), lift })
        .build()
        .map_err(|error| Fault::new(Code::ConfigInvalid).about(error.without_url()))
}
