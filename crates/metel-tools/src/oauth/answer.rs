//! What a token endpoint said (RFC 6749, section 5): tokens, a refusal, or something that is neither.

use secrecy::SecretString;
use serde_json::Value;

use super::Party;

/// Longest token that is taken.
const TOKEN_BYTES_MAX: usize = 16 * 1024;
/// Longest life that is believed, in seconds: ten years.
const LIFE_MAX: u64 = 10 * 366 * 24 * 3_600;

/// A set of tokens. Printing it shows none.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub access: SecretString,
    /// The refresh token to use from now on; none where the earlier one stays, or there is none.
    pub refresh: Option<SecretString>,
    /// Seconds until the access token ends; none where nobody says.
    pub life_s: Option<u64>,
    /// What was granted, where the server says so; else what was asked.
    pub scopes: Option<Vec<String>>,
}

/// How a good or bad answer reads.
pub(super) enum Said {
    Tokens(Tokens),
    /// The protocol's own word for the refusal, and its explanation.
    Refused {
        error: String,
        about: String,
    },
    /// Not the protocol: a proxy's page, half an answer.
    Nonsense(&'static str),
}

/// Refusals that may pass by themselves.
pub(super) fn is_passing(error: &str) -> bool {
    matches!(
        error,
        "temporarily_unavailable"
            | "server_error"
            | "slow_down"
            | "ratelimited"
            | "internal_error"
            | "internal_failure"
            | "fatal_error"
            | "service_unavailable"
            | "request_timeout"
    )
}

pub(super) fn read(party: &Party, status: u16, body: &[u8]) -> Said {
    let Ok(Value::Object(body)) = serde_json::from_slice::<Value>(body) else {
        return Said::Nonsense("the answer is no JSON object");
    };
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    // Some services answer 200 to everything and say `ok: false`.
    let failed = !(200..300).contains(&status) || body.get("ok") == Some(&Value::Bool(false));
    if failed || (text("error").is_some() && text("access_token").is_none()) {
        return match text("error") {
            Some(error) => {
                Said::Refused { error: plain(error), about: text("error_description").map(plain).unwrap_or_default() }
            }
            None => Said::Nonsense("the refusal names no error"),
        };
    }
    let token = |name: &str| {
        let visible = |text: &&str| text.len() <= TOKEN_BYTES_MAX && text.bytes().all(|b| (0x20..0x7f).contains(&b));
        text(name).filter(visible).map(SecretString::from)
    };
    let Some(access) = token("access_token") else { return Said::Nonsense("the answer holds no access token") };
    let kind = text("token_type").unwrap_or("bearer");
    if !kind.eq_ignore_ascii_case("bearer") && !party.token_types.iter().any(|known| known.eq_ignore_ascii_case(kind)) {
        return Said::Nonsense("the token is of a type that metel cannot send");
    }
    if body.contains_key("refresh_token") && text("refresh_token").is_some() && token("refresh_token").is_none() {
        return Said::Nonsense("the refresh token cannot be sent");
    }
    let life_s = match body.get("expires_in") {
        Some(Value::Number(n)) => n.as_f64().filter(|n| n.is_finite()).map(|n| (n.max(0.0) as u64).min(LIFE_MAX)),
        Some(Value::String(text)) => text.parse::<u64>().ok().map(|n| n.min(LIFE_MAX)),
        _ => None,
    };
    let split = |text: &str| {
        let parts = text.split([' ', ',']).filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect::<Vec<_>>()
    };
    Said::Tokens(Tokens { access, refresh: token("refresh_token"), life_s, scopes: text("scope").map(split) })
}

/// Words of somebody else, bounded and without control characters.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use serde_json::json;

    fn party() -> Party {
        let oauth =
            json!({"authorize_url": "https://a.test/a", "token_url": "https://a.test/t", "token_types": ["bot"]});
        Party::of(&serde_json::from_value(oauth).unwrap(), "me")
    }

    fn said(status: u16, body: Value) -> Said {
        read(&party(), status, body.to_string().as_bytes())
    }

    #[test]
    fn good_answers_are_read() {
        let body = json!({"access_token": "a", "token_type": "Bearer", "expires_in": "60", "refresh_token": "r", "scope": "x y"});
        let Said::Tokens(tokens) = said(200, body) else { panic!() };
        assert_eq!((tokens.access.expose_secret(), tokens.life_s), ("a", Some(60)));
        assert_eq!(tokens.scopes.unwrap(), ["x", "y"]);
        let Said::Tokens(tokens) = said(
            200,
            json!({"ok": true, "access_token": "xoxb", "token_type": "bot", "scope": "x,y", "expires_in": -5}),
        ) else {
            panic!()
        };
        assert_eq!((tokens.scopes.unwrap().len(), tokens.life_s, tokens.refresh.is_none()), (2, Some(0), true));
    }

    #[test]
    fn anything_else_is_no_token() {
        for (status, body) in [
            (200, json!([])),
            (200, json!({"token_type": "bearer"})),
            (200, json!({"access_token": 7})),
            (200, json!({"access_token": "a\r\nhost: evil"})),
            (200, json!({"access_token": "a", "token_type": "mac"})),
            (200, json!({"access_token": "a", "refresh_token": "\u{0}"})),
            (500, json!({"access_token": "a"})),
            (200, json!({"access_token": "a".repeat(TOKEN_BYTES_MAX + 1)})),
        ] {
            assert!(matches!(said(status, body.clone()), Said::Nonsense(_)), "{status} {body}");
        }
        assert!(matches!(read(&party(), 200, b"<html>"), Said::Nonsense(_)));
        for (status, body) in
            [(400, json!({"error": "invalid_grant"})), (200, json!({"ok": false, "error": "invalid_grant"}))]
        {
            assert!(matches!(said(status, body), Said::Refused { error, .. } if error == "invalid_grant"));
        }
    }
}
