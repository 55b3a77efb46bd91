//! Ports that metel takes and addresses that it calls.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::finding::Finding;
use super::scene::Scene;

const PATIENCE: Duration = Duration::from_millis(800);

/// Whether somebody takes connections at an address such as `http://127.0.0.1:7171`.
pub fn answers(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")) else { return false };
    let default = if url.starts_with("https") { 443 } else { 80 };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    let full = if has_port { authority.to_owned() } else { format!("{authority}:{default}") };
    let Ok(found) = full.to_socket_addrs() else { return false };
    found.take(4).any(|address| TcpStream::connect_timeout(&address, PATIENCE).is_ok())
}

fn is_free(bind: IpAddr, port: u16) -> bool {
    TcpListener::bind(SocketAddr::from((bind, port))).is_ok()
}

/// The wanted port, and the one after it for the simulated services. A running metel has them itself.
pub fn look(scene: &Scene) -> Vec<Finding> {
    let port = scene.port();
    let server = std::fs::read_to_string(scene.home.join("server")).unwrap_or_default();
    if port == 0 || (!server.trim().is_empty() && answers(server.trim())) {
        return Vec::new();
    }
    let bind = scene.config.bind.filter(IpAddr::is_loopback).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let both = |port: &u16| is_free(bind, *port) && is_free(bind, port + 1);
    let other = (crate::verb::PORT + 10..9_900).step_by(10).find(both).unwrap_or(0);
    let command = match scene.variables.get("METEL_PORT") {
        Some(_) => format!("export METEL_PORT={other}"),
        None => format!("metel config set port {other}"),
    };
    if !is_free(bind, port) {
        return vec![
            Finding::warning(
                "port.taken",
                "another program has metel's port",
                "다른 프로그램이 metel의 포트를 쓰고 있어요",
            )
            .at(format!("{bind}:{port}"))
            .because(
                "metel would take the next free one, and links to the old one would lead elsewhere",
                "다음 빈 포트를 쓰지만, 전 주소의 링크는 다른 곳으로 가요",
            )
            .fix(command),
        ];
    }
    let simulated = scene.config.sandbox != Some(false)
        && scene.config.sandbox_url.is_none()
        && scene.variables.get("METEL_SANDBOX_URL").is_none();
    if simulated && !is_free(bind, port.saturating_add(1)) {
        return vec![
            Finding::warning(
                "sandbox.port",
                "another program has the port of the simulated services",
                "다른 프로그램이 연습용 서비스의 포트를 쓰고 있어요",
            )
            .at(format!("{bind}:{}", port.saturating_add(1)))
            .because("they would take any free one, another at each start", "켤 때마다 다른 빈 포트를 써요")
            .fix(command),
        ];
    }
    Vec::new()
}

/// Whoever is to be told of what waits for people.
pub async fn webhook(scene: &Scene) -> Vec<Finding> {
    let Some(url) = scene.variables.get("METEL_WEBHOOK_URL").map(str::to_owned) else { return Vec::new() };
    if scene.variables.get("METEL_WEBHOOK_SECRET").is_none() {
        return vec![
            Finding::error("webhook.secret", "the webhook has no signing secret", "웹훅에 서명할 값이 없어요")
                .at("METEL_WEBHOOK_SECRET")
                .because(
                    "nobody could tell metel's messages from others'; metel does not start without it",
                    "metel의 메시지인지 구별할 수 없어서, 없으면 시작하지 않아요",
                )
                .fix("export METEL_WEBHOOK_SECRET=whsec_$(head -c 32 /dev/urandom | base64)"),
        ];
    }
    let place = url.split('?').next().unwrap_or_default().to_owned();
    match tokio::task::spawn_blocking(move || answers(&url)).await {
        Ok(false) => vec![
            Finding::warning(
                "webhook.refused",
                "the webhook's receiver does not answer",
                "웹훅을 받을 곳이 대답하지 않아요",
            )
            .at(place)
            .because("messages wait and are tried again", "메시지가 기다렸다가 다시 가요")
            .fix("unset METEL_WEBHOOK_URL METEL_WEBHOOK_SECRET"),
        ],
        _ => Vec::new(),
    }
}

/// Simulated services of another process.
pub async fn sandbox(scene: &Scene) -> Vec<Finding> {
    let (url, command) = match (scene.variables.get("METEL_SANDBOX_URL"), &scene.config.sandbox_url) {
        (Some(url), _) => (url.to_owned(), "unset METEL_SANDBOX_URL"),
        (None, Some(url)) => (url.clone(), "metel config unset sandbox_url"),
        (None, None) => return Vec::new(),
    };
    let place = url.clone();
    match tokio::task::spawn_blocking(move || answers(&url)).await {
        Ok(false) => vec![
            Finding::error(
                "sandbox.unreachable",
                "the simulated services do not answer",
                "연습용 서비스가 대답하지 않아요",
            )
            .at(place)
            .because(
                "start them with `metel sandbox`, or let metel serve its own",
                "`metel sandbox`로 켜거나 metel의 것을 쓰세요",
            )
            .fix(command),
        ],
        _ => Vec::new(),
    }
}
