//! `/`: the services, their base addresses, and how much happened in each.

use axum::extract::State;
use axum::response::Response;

use super::html::{Language, escape, page};
use crate::app::Sandbox;

pub(super) async fn show(State(sandbox): State<Sandbox>, language: Language) -> Response {
    let own = [
        ("notion", "/notion", "/ui/notion"),
        ("slack", "/slack/api/", "/ui/slack"),
        ("sheets", "/sheets", "/ui/sheets"),
        ("firecrawl", "/firecrawl", "/ui/shelf/firecrawl"),
        ("authority", "/authority", ""),
        ("ledgerbox", "/ledgerbox", ""),
        ("openai", "/openai/v1", "/ui/shelf/openai"),
        ("anthropic", "/anthropic", ""),
        ("gemini", "/gemini/v1beta", ""),
    ];
    let own = own.map(|(name, base, link)| (name, base.to_owned(), link.to_owned()));
    let vendors = crate::vendors::ALL.iter();
    let others = vendors.map(|v| (v.name, format!("/{}", v.name), format!("/ui/shelf/{}", v.name)));
    let services: Vec<(&str, String, String)> = own.into_iter().chain(others).collect();
    let (effects, requests) = {
        let world = sandbox.world();
        let log = sandbox.requests();
        let sum = |service: &str| -> (u64, u64) {
            let effects =
                world.counts().iter().filter(|((name, _), _)| name == service).map(|(_, count)| count.count).sum();
            let requests = log.totals().iter().filter(|((name, _), _)| name == service).map(|(_, count)| *count).sum();
            (effects, requests)
        };
        services.iter().map(|(service, _, _)| sum(service)).unzip::<u64, u64, Vec<_>, Vec<_>>()
    };
    let mut cards = String::new();
    for (nth, (service, base, link)) in services.iter().enumerate() {
        let name = escape(service);
        let head = if link.is_empty() {
            name
        } else {
            format!("<a href=\"{link}?lang={}\">{name}</a>", language.of("ko", "en"))
        };
        let did = effects.get(nth).copied().unwrap_or(0);
        let asked = requests.get(nth).copied().unwrap_or(0);
        let counts = match language {
            Language::Ko => format!("실행 {did}건 · 요청 {asked}건"),
            Language::En => format!("{did} effects · {asked} requests"),
        };
        let address = escape(&format!("{}{base}", sandbox.base()));
        cards.push_str(&format!(
            "<li class=\"card\"><strong>{head}</strong><div class=\"soft\">{counts}</div>\
             <div class=\"soft\"><code>{address}</code></div></li>"
        ));
    }
    let note = language.of(
        "실제와 같은 형식으로 답하는 연습용 서비스들입니다. 여기에 만들어진 페이지와 메시지를 아래에서 볼 수 있습니다.",
        "Practice services that answer in the real formats. Pages and messages made here can be seen below.",
    );
    let body = format!("<p class=\"note\">{note}</p><ul class=\"cards\">{cards}</ul>");
    page(language, language.of("연습용 서비스", "Simulated services"), &body)
}
