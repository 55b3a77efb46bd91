//! `/ui/slack`: the simulated Slack team.

use std::fmt::Write as _;

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::Value;

use super::html::{Language, escape, not_found, page};
use crate::app::Sandbox;
use crate::clock::minute;
use crate::slack::Channel;

fn shared_badge(channel: &Channel, language: Language) -> &'static str {
    match (channel.is_ext_shared, language) {
        (false, _) => "",
        (true, Language::Ko) => " <span class=\"badge\">외부와 공유</span>",
        (true, Language::En) => " <span class=\"badge\">shared externally</span>",
    }
}

pub(super) async fn index(State(sandbox): State<Sandbox>, language: Language) -> Response {
    let world = sandbox.world();
    let mut body = String::from("<ul class=\"cards\">");
    for channel in &world.slack.channels {
        let count = channel.messages.len();
        let count = match language {
            Language::Ko => format!("메시지 {count}개"),
            Language::En => format!("{count} messages"),
        };
        let _ = write!(
            body,
            "<li class=\"card\"><strong><a href=\"/ui/slack/{}?lang={}\">#{}</a></strong>{}\
             <div class=\"soft\">{}</div><div class=\"soft\">{count}</div></li>",
            escape(&channel.id),
            language.of("ko", "en"),
            escape(&channel.name),
            shared_badge(channel, language),
            escape(&channel.topic),
        );
    }
    body.push_str("</ul>");
    page(language, "Slack", &body)
}

pub(super) async fn channel(State(sandbox): State<Sandbox>, language: Language, Path(given): Path<String>) -> Response {
    let world = sandbox.world();
    let Some(channel) = world.slack.channel(&given) else {
        return not_found(language);
    };
    let mut body = format!("<p class=\"soft\">{}{}</p>", escape(&channel.topic), shared_badge(channel, language));
    if channel.messages.is_empty() {
        let _ = write!(body, "<p>{}</p>", language.of("아직 메시지가 없습니다.", "No messages yet."));
    }
    for message in &channel.messages {
        let text = message.content.get("text").and_then(Value::as_str).unwrap_or_default();
        let nested = if message.thread_ts.is_some() { " nested" } else { "" };
        let edited = if message.edited.is_some() { language.of(" (고침)", " (edited)") } else { "" };
        let blocks = message.content.get("blocks").and_then(Value::as_array);
        let shown =
            if text.is_empty() { blocks.map(|blocks| block_text(blocks)).unwrap_or_default() } else { text.to_owned() };
        let _ = write!(
            body,
            "<article class=\"message{nested}\" id=\"p{}\"><strong>metel</strong> \
             <span class=\"soft\">{} UTC{edited}</span>\n{}</article>",
            escape(&message.ts.replace('.', "")),
            minute(message.at),
            escape(&shown),
        );
        for file in message.content.get("files").and_then(Value::as_array).into_iter().flatten() {
            let name = file["name"].as_str().unwrap_or_default();
            let _ = write!(body, "<div class=\"soft\">📎 {}</div>", escape(name));
        }
    }
    page(language, &format!("#{}", channel.name), &body)
}

/// The texts of blocks, one a line.
fn block_text(blocks: &[Value]) -> String {
    let texts = blocks.iter().filter_map(|block| block.pointer("/text/text").and_then(Value::as_str));
    texts.collect::<Vec<_>>().join("\n")
}
