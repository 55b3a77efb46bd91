//! The kinds of faults and their settings, as the control API takes them.

use serde::{Deserialize, Serialize};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Too many requests, with `Retry-After`; nothing happens.
    #[serde(rename = "429")]
    TooMany,
    /// Server error before the effect.
    #[serde(rename = "500")]
    ErrorBefore,
    /// Server error after the effect.
    #[serde(rename = "500_after")]
    ErrorAfter,
    /// Unavailable, nothing happens.
    #[serde(rename = "503")]
    Unavailable,
    /// No answer for `delay_ms` (or ever), nothing happens.
    TimeoutBefore,
    /// The effect happens, the answer comes after `delay_ms` or never.
    TimeoutAfter,
    /// The true answer, `delay_ms` late.
    Latency,
    /// The effect happens, the answer's JSON is cut in half.
    Malformed,
    /// The effect happens, the answer is an HTML page.
    Html,
    /// The connection is reset, nothing happens.
    ResetBefore,
    /// The effect happens, then the connection is reset.
    ResetAfter,
    /// The effect happens, the connection breaks in the middle of the answer.
    Cut,
    /// The effect happens, the answer is `bytes` long.
    Oversize,
    /// The effect happens, the answer comes in single bytes, one each `delay_ms`.
    Drip,
    /// A redirect to `location`, nothing happens.
    Redirect,
}

/// A fault as set.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    /// Path prefix of the service, or `*`.
    #[serde(default = "any")]
    pub service: String,
    /// Operation, or `*`.
    #[serde(default = "any")]
    pub operation: String,
    pub kind: Kind,
    /// How often it strikes; 0 means until removed.
    #[serde(default = "once")]
    pub times: u64,
    /// Matching calls that pass before it may strike.
    #[serde(default)]
    pub skip: u64,
    /// Only calls whose body contains this text.
    #[serde(default)]
    pub contains: Option<String>,
    /// Chance that a matching call is struck, 0 to 1.
    #[serde(default = "certain")]
    pub probability: f64,
    /// Seed of the draws; the sandbox's own by default.
    #[serde(default)]
    pub seed: Option<u64>,
    /// Seconds in `Retry-After` of a 429 or 503.
    #[serde(default)]
    pub retry_after: Option<u64>,
    /// Milliseconds; per byte for `drip`; absent means "never" for the timeouts.
    #[serde(default)]
    pub delay_ms: Option<u64>,
    /// Length of an oversize answer, at most 64 MiB.
    #[serde(default)]
    pub bytes: Option<usize>,
    /// Status of an `html` answer or a redirect.
    #[serde(default)]
    pub status: Option<u16>,
    /// Target of a redirect.
    #[serde(default)]
    pub location: Option<String>,
}

fn any() -> String {
    "*".to_owned()
}

fn once() -> u64 {
    1
}

fn certain() -> f64 {
    1.0
}

impl Fault {
    /// Why this fault cannot be played, if it cannot.
    pub(crate) fn refusal(&self) -> Option<String> {
        if !(0.0..=1.0).contains(&self.probability) {
            return Some("probability must be between 0 and 1".to_owned());
        }
        if self.bytes.is_some_and(|bytes| bytes > 64 * 1024 * 1024) {
            return Some("bytes must be at most 67108864".to_owned());
        }
        if self.delay_ms.is_some_and(|delay| delay > 600_000) {
            return Some("delay_ms must be at most 600000".to_owned());
        }
        if self.status.is_some_and(|status| !(200..=599).contains(&status)) {
            return Some("status must be between 200 and 599".to_owned());
        }
        if self.location.as_deref().is_some_and(|location| axum::http::HeaderValue::from_str(location).is_err()) {
            return Some("location is not a header value".to_owned());
        }
        if self.kind == Kind::Redirect && self.location.is_none() {
            return Some("a redirect needs a location".to_owned());
        }
        None
    }

    /// Whether the effect is allowed to happen.
    pub(crate) fn lets_happen(&self) -> bool {
        !matches!(
            self.kind,
            Kind::TooMany
                | Kind::ErrorBefore
                | Kind::Unavailable
                | Kind::TimeoutBefore
                | Kind::ResetBefore
                | Kind::Redirect
        )
    }

    /// The kind as spelled in JSON.
    pub(crate) fn kind_name(&self) -> String {
        serde_json::to_value(self.kind).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    }
}
