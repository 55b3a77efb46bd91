//! A sandbox in the test's process and a client that knows nothing of it but its address.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Once;

use metel_sandbox::{SandboxConfig, SandboxHandle, serve};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;

/// A running sandbox with a client.
pub struct Guest {
    pub handle: SandboxHandle,
    pub http: Client,
}

pub const HOME: &str = "a0000000-0000-4000-8000-000000000001";
pub const TASKS: &str = "a0000000-0000-4000-8000-000000000002";

pub fn client() -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        rustls::crypto::aws_lc_rs::default_provider().install_default().unwrap();
    });
    Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

pub fn config() -> SandboxConfig {
    SandboxConfig::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
}

pub async fn start() -> Guest {
    Guest { handle: serve(config()).await.unwrap(), http: client() }
}

impl Guest {
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.handle.url()))
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.request(Method::POST, path).json(body)
    }

    pub fn notion(&self, method: Method, path: &str) -> RequestBuilder {
        self.request(method, &format!("/notion/v1{path}"))
            .bearer_auth("sandbox-notion-token")
            .header("Notion-Version", "2022-06-28")
    }

    pub fn slack(&self, method: &str) -> RequestBuilder {
        self.request(Method::POST, &format!("/slack/api/{method}")).bearer_auth("xoxb-sandbox-slack-token")
    }

    /// Sets a fault.
    pub async fn fault(&self, fault: Value) {
        let answer = self.post("/_control/faults", &fault).send().await.unwrap();
        assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
    }

    pub async fn state(&self) -> Value {
        json(self.get("/_control/state").send().await).await.1
    }

    /// How many effects of an operation happened.
    pub async fn effects(&self, service: &str, op: &str) -> u64 {
        self.state().await["effects"][service][op]["count"].as_u64().unwrap_or(0)
    }
}

/// Status and body of an answer that must be JSON.
pub async fn json(answer: Result<Response, reqwest::Error>) -> (u16, Value) {
    let answer = answer.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or_else(|_| panic!("not JSON ({status}): {text}"));
    (status, body)
}
