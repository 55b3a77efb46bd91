//! The last requests, for tests that judge what a client sent. Credentials are never kept.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;
use serde_json::Value;

/// Most records kept.
const KEPT: usize = 1_000;
/// Most bytes of a body kept.
const BODY: usize = 16 * 1024;

/// One request and how it was answered.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RequestRecord {
    pub n: u64,
    pub at: i64,
    pub service: String,
    pub op: String,
    pub method: String,
    pub path: String,
    /// HTTP status, or absent where the connection was cut or the client left.
    pub status: Option<u16>,
    pub key: Option<String>,
    pub run: Option<String>,
    pub user_agent: Option<String>,
    /// Kind of the fault that was played.
    pub fault: Option<String>,
    /// The call came although a `Retry-After` had not passed.
    pub inside_retry_after: bool,
    pub body: String,
}

/// A bounded log with totals.
#[derive(Default)]
pub(crate) struct RequestLog {
    next: u64,
    records: VecDeque<RequestRecord>,
    totals: BTreeMap<(String, String), u64>,
    violations: u64,
}

impl RequestLog {
    /// Adds a record and answers its number.
    pub(crate) fn begin(&mut self, mut record: RequestRecord) -> u64 {
        self.next += 1;
        record.n = self.next;
        *self.totals.entry((record.service.clone(), record.op.clone())).or_default() += 1;
        if self.records.len() == KEPT {
            self.records.pop_front();
        }
        self.records.push_back(record);
        self.next
    }

    /// Changes a record that is still kept.
    pub(crate) fn amend(&mut self, n: u64, change: impl FnOnce(&mut RequestRecord)) {
        if let Some(record) = self.records.iter_mut().rev().find(|record| record.n == n) {
            change(record);
        }
    }

    /// Notes that a `Retry-After` was not honoured.
    pub(crate) fn violated(&mut self, n: u64) {
        self.violations += 1;
        self.amend(n, |record| record.inside_retry_after = true);
    }

    pub(crate) fn violations(&self) -> u64 {
        self.violations
    }

    /// Requests by service and operation since the start or the last clearing.
    pub(crate) fn totals(&self) -> &BTreeMap<(String, String), u64> {
        &self.totals
    }

    /// The newest `limit` records that fit, oldest first.
    pub(crate) fn last(&self, limit: usize, service: Option<&str>) -> Vec<RequestRecord> {
        let mut newest: Vec<_> = self
            .records
            .iter()
            .rev()
            .filter(|record| service.is_none_or(|wanted| record.service == wanted))
            .take(limit)
            .cloned()
            .collect();
        newest.reverse();
        newest
    }

    pub(crate) fn clear(&mut self) {
        let next = self.next;
        *self = Self { next, ..Self::default() };
    }
}

/// A body as text of at most 16 KiB, with known token values and the values of fields named like
/// credentials blotted out.
pub(crate) fn redacted(body: &[u8], tokens: &[&str]) -> String {
    let mut text = match serde_json::from_slice::<Value>(body) {
        Ok(mut value) => {
            blot(&mut value);
            value.to_string()
        }
        Err(_) => blot_form(&String::from_utf8_lossy(body)),
    };
    for token in tokens {
        text = text.replace(token, "[redacted]");
    }
    if text.len() > BODY {
        let end = (0..=BODY).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
    text
}

fn is_credential(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(
        name.as_str(),
        "token"
            | "secret"
            | "password"
            | "api_key"
            | "apikey"
            | "authorization"
            | "access_token"
            | "refresh_token"
            | "client_secret"
    )
}

fn blot(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                if is_credential(name) && inner.is_string() {
                    *inner = Value::from("[redacted]");
                } else {
                    blot(inner);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(blot),
        _ => {}
    }
}

fn blot_form(text: &str) -> String {
    text.split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, _)) if is_credential(name) => format!("{name}=[redacted]"),
            _ => pair.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_do_not_stay() {
        let json = redacted(br#"{"a":{"token":"s3cret"},"b":"xoxb-1 here"}"#, &["xoxb-1"]);
        assert_eq!(json, r#"{"a":{"token":"[redacted]"},"b":"[redacted] here"}"#);
        assert_eq!(redacted(b"token=abc&text=hi", &[]), "token=[redacted]&text=hi");
        assert!(redacted("가".repeat(10_000).as_bytes(), &[]).len() <= BODY);
    }
}
