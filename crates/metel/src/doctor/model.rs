//! The model server: it answers, takes the key, and serves the model.

use std::time::Duration;

use serde_json::Value;

use super::finding::{Finding, word};
use super::scene::Scene;

const PATIENCE: Duration = Duration::from_millis(1_500);
const BACK: &str = "unset METEL_MODEL_URL METEL_MODEL_KEY METEL_MODEL";

pub async fn look(scene: &Scene) -> Vec<Finding> {
    // Only an address that somebody set is called: looking must not cost anything or tell anybody.
    let Some(url) = scene.variables.get("METEL_MODEL_URL") else { return Vec::new() };
    let list = format!("{}/models", url.trim_end_matches('/'));
    let place = url.split('?').next().unwrap_or_default().to_owned();
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none());
    let Ok(client) = client.build() else { return Vec::new() };
    let mut request = client.get(list);
    if let Some(key) = scene.variables.get("METEL_MODEL_KEY").or_else(|| scene.variables.get("OPENAI_API_KEY")) {
        request = request.bearer_auth(key);
    }
    let reply = match request.send().await {
        Ok(reply) => reply,
        Err(error) => {
            let why = if error.is_timeout() { "no answer in time" } else { "no connection" };
            return vec![
                Finding::error("model.unreachable", "the model server does not answer", "모델 서버가 대답하지 않아요")
                    .at(place)
                    .because(
                        format!("{why}. Start it, or let metel's rules plan"),
                        format!("{why}. 켜거나 metel의 규칙으로 계획하게 하세요"),
                    )
                    .fix(BACK),
            ];
        }
    };
    match reply.status().as_u16() {
        401 | 403 => vec![
            Finding::error("model.key", "the model server does not take the key", "모델 서버가 키를 받지 않아요")
                .at(place)
                .because(
                    "set METEL_MODEL_KEY to a key of this server, or let metel's rules plan",
                    "METEL_MODEL_KEY에 이 서버의 키를 넣거나 metel의 규칙으로 계획하게 하세요",
                )
                .fix(BACK),
        ],
        200..300 => {
            let served: Value = reply.json().await.unwrap_or_default();
            let served: Vec<&str> =
                served["data"].as_array().into_iter().flatten().filter_map(|one| one["id"].as_str()).collect();
            let wanted = scene.variables.get("METEL_MODEL").unwrap_or("gpt-4o-mini");
            match served.first() {
                Some(first) if !served.contains(&wanted) => vec![
                    Finding::error(
                        "model.missing",
                        "the model server does not serve the model",
                        "모델 서버에 그 모델이 없어요",
                    )
                    .at(place)
                    .because(
                        format!("`{wanted}` is not among {}", served.join(", ")),
                        format!("`{wanted}`는 없고 {}가 있어요", served.join(", ")),
                    )
                    .fix(format!("export METEL_MODEL={}", word(first))),
                ],
                _ => Vec::new(),
            }
        }
        // Servers without a list of models are not judged by it.
        _ => Vec::new(),
    }
}
