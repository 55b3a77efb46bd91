//! Connections whose tokens are over, and those that may not do what their tools need.

use metel_store::inspect::Facts;
use metel_tools::registry::Registry;
use serde_json::Value;

use super::finding::{Finding, word};
use super::scene::Scene;

pub fn look(scene: &Scene, facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    let snapshot = Registry::builtin().ok().map(|registry| registry.snapshot());
    for connection in &facts.connections {
        let service = &connection.service;
        let body: Value = serde_json::from_str(&connection.body).unwrap_or_default();
        if let Some(trouble) = &connection.trouble {
            let error = serde_json::from_str::<Value>(trouble).unwrap_or_default();
            let error = error["error"].as_str().unwrap_or_default().to_owned();
            found.push(
                Finding::error(
                    "connection.broken",
                    format!("{service} no longer renews its connection"),
                    format!("{service}가 연결을 갱신해 주지 않아요"),
                )
                .at(service)
                .because(format!("the service said {error}"), format!("서비스가 {error}라고 했어요"))
                .fix(format!("metel connect {} --renew", word(service))),
            );
        } else if connection.expires_at.is_some_and(|end| end.0 > 0 && end.0 + 86_400_000_000 < scene.now.0) {
            found.push(
                Finding::note(
                    "connection.expired",
                    format!("the token of {service} is over; the next call renews it"),
                    format!("{service} 토큰이 끝났어요. 다음 호출 때 갱신해요"),
                )
                .at(service)
                .fix(format!("metel connect {} --renew", word(service))),
            );
        }
        let Some(snapshot) = &snapshot else { continue };
        let scopes: Vec<&str> = body["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let usual = snapshot.services().get(service).map(|known| known.scopes.clone()).unwrap_or_default();
        let missing: Vec<&String> = usual.iter().filter(|scope| !scopes.contains(&scope.as_str())).collect();
        if !missing.is_empty() {
            let flags: String = missing.iter().map(|scope| format!(" --add-scope {}", word(scope))).collect();
            let list = missing.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", ");
            found.push(
                Finding::warning(
                    "connection.scope",
                    format!("{service} lacks a permission"),
                    format!("{service} 연결에 권한이 모자라요"),
                )
                .at(service)
                .because(format!("not granted: {list}"), format!("허용하지 않은 권한: {list}"))
                .fix(format!("metel connect {}{flags}", word(service))),
            );
        }
    }
    found
}
