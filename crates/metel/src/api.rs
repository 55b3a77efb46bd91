//! The command line's own client of the HTTP interface.

use metel_model::{Code, Fault, Lang};
use serde_json::Value;

use crate::{home, say};

pub struct Api {
    client: reqwest::Client,
    base: String,
    token: Option<String>,
    lang: Lang,
}

impl Api {
    /// The server named on the command line, in the environment, or by the data folder.
    pub fn find(server: Option<String>, lang: Lang) -> Result<Self, Fault> {
        let folder = home::folder();
        let base = server.or_else(|| home::server(&folder)).ok_or_else(|| Fault::new(Code::ServerUnreachable))?;
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(std::time::Duration::from_secs(300))
            .build()
            .map_err(|error| Fault::new(Code::Internal).about(error))?;
        Ok(Self { client, base: base.trim_end_matches('/').to_owned(), token: home::token(&folder), lang })
    }

    pub fn base(&self) -> &str {
        &self.base
    }

    pub async fn get(&self, path: &str) -> Result<Value, Fault> {
        self.send(self.client.get(format!("{}{path}", self.base))).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Fault> {
        self.send(self.client.post(format!("{}{path}", self.base)).json(body)).await
    }

    /// Starts something and waits up to `seconds` for it to come to rest.
    pub async fn post_and_wait(&self, path: &str, body: &Value, seconds: u32) -> Result<Value, Fault> {
        let request = self.client.post(format!("{}{path}", self.base)).header("Prefer", format!("wait={seconds}"));
        self.send(request.json(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Result<Value, Fault> {
        self.send(self.client.put(format!("{}{path}", self.base)).json(body)).await
    }

    pub async fn delete(&self, path: &str) -> Result<Value, Fault> {
        self.send(self.client.delete(format!("{}{path}", self.base))).await
    }

    /// A file, as it comes.
    pub async fn bytes(&self, path: &str) -> Result<Vec<u8>, Fault> {
        let mut request = self.client.get(format!("{}{path}", self.base)).header("Accept-Language", self.lang.tag());
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let reply = request.send().await.map_err(|_| Fault::new(Code::ServerUnreachable).about(&self.base))?;
        let status = reply.status().as_u16();
        let bytes = reply.bytes().await.map_err(|error| Fault::new(Code::NetworkFailed).about(error))?;
        match status {
            200..300 => Ok(bytes.to_vec()),
            _ => Err(say::problem(&serde_json::from_slice(&bytes).unwrap_or(Value::Null), status)),
        }
    }

    /// Writes what comes to a file that only its owner reads, however much it is; the number of bytes.
    pub async fn save(&self, path: &str, to: &std::path::Path) -> Result<u64, Fault> {
        use std::io::Write;
        use std::os::unix::fs::OpenOptionsExt;
        let mut request = self.client.get(format!("{}{path}", self.base)).header("Accept-Language", self.lang.tag());
        request = request.timeout(std::time::Duration::from_secs(24 * 3_600));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let mut reply = request.send().await.map_err(|_| Fault::new(Code::ServerUnreachable).about(&self.base))?;
        let status = reply.status().as_u16();
        if !(200..300).contains(&status) {
            let text = reply.text().await.unwrap_or_default();
            return Err(say::problem(&serde_json::from_str(&text).unwrap_or(Value::Null), status));
        }
        let failed = |error: std::io::Error| Fault::new(Code::Usage).about(error).at(to.display());
        let mut file = std::fs::OpenOptions::new();
        let mut file = file.write(true).create(true).truncate(true).mode(0o600).open(to).map_err(failed)?;
        let mut bytes = 0;
        while let Some(chunk) = reply.chunk().await.map_err(|error| Fault::new(Code::NetworkFailed).about(error))? {
            file.write_all(&chunk).map_err(failed)?;
            bytes += chunk.len() as u64;
        }
        file.sync_all().map_err(failed)?;
        Ok(bytes)
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Value, Fault> {
        let mut request = request.header("Accept-Language", self.lang.tag());
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let reply = request.send().await.map_err(|_| Fault::new(Code::ServerUnreachable).about(&self.base))?;
        let status = reply.status().as_u16();
        let text = reply.text().await.map_err(|error| Fault::new(Code::NetworkFailed).about(error))?;
        let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        if (200..300).contains(&status) { Ok(body) } else { Err(say::problem(&body, status)) }
    }
}
