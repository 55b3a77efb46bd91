//! The frame around every page, its language, its headers, and escaping.

use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::app::Sandbox;

const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The language of a page: `?lang=`, else `Accept-Language`, else Korean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Ko,
    En,
}

#[derive(Deserialize)]
struct Wish {
    lang: Option<String>,
}

impl Language {
    /// The text in this language.
    pub(super) fn of<'a>(self, ko: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Ko => ko,
            Self::En => en,
        }
    }

    fn code(self) -> &'static str {
        self.of("ko", "en")
    }

    fn choose(lang: Option<&str>, accepted: &str) -> Self {
        match lang {
            Some("ko") => return Self::Ko,
            Some("en") => return Self::En,
            _ => {}
        }
        let mut best = (Self::Ko, -1.0f32);
        for part in accepted.split(',') {
            let mut fields = part.trim().split(';');
            let tag = fields.next().unwrap_or_default().to_ascii_lowercase();
            let weight = fields.find_map(|field| field.trim().strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
            let language = match tag.split('-').next() {
                Some("ko") => Self::Ko,
                Some("en") => Self::En,
                _ => continue,
            };
            if weight > best.1 {
                best = (language, weight);
            }
        }
        best.0
    }
}

impl FromRequestParts<Sandbox> for Language {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Sandbox) -> Result<Self, Self::Rejection> {
        let wish = Query::<Wish>::try_from_uri(&parts.uri).ok().and_then(|wish| wish.0.lang);
        let accepted = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Ok(Self::choose(wish.as_deref(), accepted.unwrap_or_default()))
    }
}

/// Text made safe for HTML text and quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// A link to an address from outside: only `http` and `https` become links.
pub(super) fn outside_link(address: &str, label: &str) -> String {
    let is_web = url::Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if is_web {
        format!("<a href=\"{}\" rel=\"noopener noreferrer nofollow\">{}</a>", escape(address), escape(label))
    } else {
        escape(label)
    }
}

/// A whole page. `title` is text, `body` is HTML.
pub(super) fn page(language: Language, title: &str, body: &str) -> Response {
    framed(StatusCode::OK, language, title, body)
}

fn framed(status: StatusCode, language: Language, title: &str, body: &str) -> Response {
    let (code, title) = (language.code(), escape(title));
    let home = language.of("연습장", "Sandbox");
    let note = language.of(
        "연습용 서비스입니다. 여기 있는 것은 실제 계정에 아무 영향이 없습니다.",
        "Simulated services. Nothing here touches a real account.",
    );
    let q = format!("?lang={code}");
    let html = format!(
        "<!doctype html><html lang=\"{code}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} · metel {home}</title><link rel=\"stylesheet\" href=\"/ui/style.css\"></head>\
         <body><header><strong><a href=\"/{q}\">metel {home}</a></strong>\
         <a href=\"/ui/notion{q}\">Notion</a><a href=\"/ui/slack{q}\">Slack</a>\
         <a href=\"/ui/sheets{q}\">Sheets</a>\
         <a href=\"?lang=ko\" lang=\"ko\">한국어</a><a href=\"?lang=en\" lang=\"en\">English</a></header>\
         <main><h1>{title}</h1>{body}</main><footer>{note}</footer></body></html>"
    );
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ];
    (status, headers, html).into_response()
}

/// The page for what is not there.
pub(super) fn not_found(language: Language) -> Response {
    let text = language.of("찾는 것이 여기에 없습니다.", "There is nothing here.");
    framed(StatusCode::NOT_FOUND, language, language.of("없음", "Not found"), &format!("<p>{text}</p>"))
}

/// Answer of unknown paths.
pub(super) async fn missing(language: Language) -> Response {
    not_found(language)
}

/// The style sheet.
pub(super) async fn style() -> Response {
    let headers = [(CONTENT_TYPE, "text/css; charset=utf-8"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (headers, include_str!("style.css")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chooses_the_language() {
        let choose = |lang: Option<&str>, accepted: &str| Language::choose(lang, accepted);
        assert_eq!(choose(None, ""), Language::Ko);
        assert_eq!(choose(None, "en-US,en;q=0.9,ko;q=0.8"), Language::En);
        assert_eq!(choose(None, "fr;q=1, ko;q=0.9, en;q=0.5"), Language::Ko);
        assert_eq!(choose(Some("en"), "ko"), Language::En);
    }

    #[test]
    fn escapes_and_links_only_the_web() {
        assert_eq!(escape("<script>'\"&"), "&lt;script&gt;&#39;&quot;&amp;");
        assert_eq!(outside_link("javascript:alert(1)", "x"), "x");
        assert!(outside_link("https://a.example/?q=\"", "<b>").contains("&lt;b&gt;"));
    }
}
