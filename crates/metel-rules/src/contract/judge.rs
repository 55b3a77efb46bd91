//! Whether an answer means success: first the HTTP status, then the contract's own expression.

use serde_json::{Value, json};

use super::Compiled;
use super::names::{Names, value_of};
use crate::cel::Fuel;

/// Longest message of a service that is kept, in characters.
const MESSAGE_CHARS_MAX: usize = 300;

/// What an answer means.
#[derive(Debug, Clone, PartialEq)]
pub enum Judgement {
    Pass,
    Fail {
        /// The service's own code, such as `channel_not_found`, or `http_404`.
        code: String,
        /// The service's own words; empty when it said nothing readable.
        message: String,
        /// It may pass by itself.
        retryable: bool,
    },
}

impl Compiled {
    /// Judges a parsed body. Without a success expression every 2xx passes.
    pub fn judge(&self, status: u16, response: &Value, input: &Value) -> Judgement {
        let status_value = json!(status);
        let names = [("response", response), ("status", &status_value), ("input", input)];
        let names = Names(&names);
        let in_class = (200..300).contains(&status);
        if in_class {
            let Some(success) = &self.success else { return Judgement::Pass };
            match success.truth(&names, Fuel::default()) {
                Ok(true) => return Judgement::Pass,
                Ok(false) => {}
                Err(error) => {
                    return Judgement::Fail { code: "bad_answer".into(), message: error.to_string(), retryable: false };
                }
            }
        }
        let code = self
            .error
            .as_ref()
            .and_then(|program| value_of(program, names).ok())
            .and_then(|code| code.as_str().map(|code| code.chars().take(80).collect::<String>()))
            .filter(|code| !code.is_empty())
            .unwrap_or_else(|| format!("http_{status}"));
        let retry = &self.contract.retry;
        let retryable = retry.codes.contains(&code) || (!in_class && retry.statuses.contains(&status));
        Judgement::Fail { code, message: message_of(response), retryable }
    }
}

/// Where services put their words: `message`, `error.message`, `error`, `detail`.
fn message_of(response: &Value) -> String {
    let found = ["/message", "/error/message", "/error_description", "/error", "/detail"]
        .into_iter()
        .find_map(|pointer| response.pointer(pointer)?.as_str());
    found.unwrap_or_default().chars().take(MESSAGE_CHARS_MAX).collect()
}
