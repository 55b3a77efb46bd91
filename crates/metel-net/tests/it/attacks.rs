//! Addresses that an attacker would like called.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use metel_model::effect::Certainty;
use metel_net::{Call, Egress, Limits, Lookup, Method, Net, door};
use serde_json::json;

use crate::server::{Server, ok, redirect};

/// A resolver that answers from a script, one entry a call, the last one for ever.
struct Script(Vec<Vec<IpAddr>>, AtomicUsize);

impl Lookup for Script {
    fn lookup(&self, _: String) -> Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send>> {
        let at = self.1.fetch_add(1, Ordering::SeqCst).min(self.0.len() - 1);
        let answer = self.0[at].clone();
        Box::pin(async move { Ok(answer) })
    }
}

fn net_with(answers: &[&[&str]]) -> (Net, Arc<Script>) {
    let answers = answers.iter().map(|one| one.iter().map(|a| a.parse().unwrap()).collect()).collect();
    let script = Arc::new(Script(answers, AtomicUsize::new(0)));
    let limits = Limits { connect_ms: 300, ..Limits::default() };
    (Net::with_lookup(limits, script.clone()).unwrap(), script)
}

async fn code(net: &Net, url: &str, egress: &Egress) -> String {
    match net.send(Call::get(url).timeout_ms(2_000), egress).await {
        Ok(reply) => reply.status.to_string(),
        Err(failure) => {
            assert!(failure.refused.is_none() || failure.certainty == Certainty::Certain);
            failure.refused.map_or_else(|| "error".to_owned(), |refused| refused.code.to_owned())
        }
    }
}

#[tokio::test]
async fn a_name_never_leads_inside() {
    let server = Server::start(|_| ok("secret")).await;
    let url = format!("http://api.test:{}/", server.port);
    let egress = Egress::none().with_host(&format!("api.test:{}", server.port));
    for (answer, expected) in [
        (vec!["127.0.0.1"], "address.loopback"),
        (vec!["10.0.0.1"], "address.private"),
        (vec!["169.254.169.254"], "address.metadata"),
        (vec!["100.64.1.1"], "address.shared"),
        (vec!["::1"], "address.loopback"),
        (vec!["::ffff:127.0.0.1"], "address.embedded"),
        (vec!["64:ff9b::7f00:1"], "address.embedded"),
        (vec!["2002:7f00:1::1"], "address.embedded"),
        (vec!["2001:0:1::1"], "address.embedded"),
        (vec!["fd00::1"], "address.unique_local"),
        (vec!["fe80::1"], "address.link_local"),
        (vec!["0.0.0.0"], "address.unspecified"),
        (vec!["1.1.1.1", "127.0.0.1"], "address.loopback"),
        (vec!["2606:4700::1111", "::1"], "address.loopback"),
    ] {
        let (net, _) = net_with(&[&answer]);
        assert_eq!(code(&net, &url, &egress).await, expected, "{answer:?}");
    }
    assert_eq!(server.asked(), 0);
}

#[tokio::test]
async fn a_rebinding_name_is_resolved_once_a_connection() {
    let server = Server::start(|_| ok("secret")).await;
    let url = format!("http://api.test:{}/", server.port);
    let egress = Egress::none().with_host(&format!("api.test:{}", server.port));
    // The check and the connection share one lookup: a second answer is never asked for.
    let (net, script) = net_with(&[&["127.0.0.1"], &["1.1.1.1"]]);
    assert_eq!(code(&net, &url, &egress).await, "address.loopback");
    assert_eq!(script.1.load(Ordering::SeqCst), 1);
    assert_eq!(server.asked(), 0);
}

#[tokio::test]
async fn an_opened_name_is_open_for_its_own_caller_only() {
    let server = Server::start(|_| ok("fine")).await;
    let (net, _) = net_with(&[&["127.0.0.1"]]);
    let url = format!("http://model.test:{}/", server.port);
    assert_eq!(code(&net, &url, &Egress::none().with_inside("model.test", server.port)).await, "200");
    let networks = Egress::parse(&format!("model.test:{} 127.0.0.0/8", server.port)).unwrap();
    assert_eq!(code(&net, &url, &networks).await, "200");
    let public = Egress::none().with_host(&format!("model.test:{}", server.port));
    assert_eq!(code(&net, &url, &public).await, "address.loopback");
    assert_eq!(server.asked(), 2);
}

#[tokio::test]
async fn redirects_stay_on_the_list() {
    let inner = Server::start(|_| ok("secret")).await;
    let inner_url = inner.url("/secret");
    let server = Server::start(move |request| {
        let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
        match path.as_str() {
            "/ok" => ok("fine"),
            "/once" => redirect(302, "/ok"),
            "/loop" => redirect(302, "/loop"),
            "/off" => redirect(302, &inner_url),
            "/name" => redirect(307, "http://evil.test/"),
            "/metadata" => redirect(301, "http://169.254.169.254/latest"),
            "/scheme" => redirect(302, "file:///etc/passwd"),
            "/spelled" => redirect(302, "http://2130706433/"),
            _ => redirect(303, "/ok"),
        }
    })
    .await;
    let net = Net::new(Limits::default()).unwrap();
    let egress = Egress::none().with_inside("127.0.0.1", server.port);
    assert_eq!(code(&net, &server.url("/once"), &egress).await, "200");
    assert_eq!(code(&net, &server.url("/loop"), &egress).await, "redirect");
    assert_eq!(code(&net, &server.url("/off"), &egress).await, "address.loopback");
    assert_eq!(code(&net, &server.url("/name"), &egress).await, "host.not_allowed");
    assert_eq!(code(&net, &server.url("/metadata"), &egress).await, "address.metadata");
    assert_eq!(code(&net, &server.url("/scheme"), &egress).await, "redirect");
    assert_eq!(code(&net, &server.url("/spelled"), &egress).await, "redirect");
    let post = net.send(Call::new(Method::POST, server.url("/post")).json(&json!({})), &egress).await.unwrap_err();
    assert_eq!(post.refused.unwrap().code, "redirect");
    assert_eq!(post.certainty, Certainty::Ambiguous);
    assert_eq!(inner.asked(), 0);
}

#[tokio::test]
async fn credentials_do_not_follow_to_another_origin() {
    let other = Server::start(|_| ok("fine")).await;
    let to = other.url("/landed");
    let server = Server::start(move |_| redirect(302, &to)).await;
    let egress = Egress::none().with_inside("127.0.0.1", server.port).with_inside("127.0.0.1", other.port);
    let net = Net::new(Limits::default()).unwrap();
    let call = Call::get(server.url("/")).header("authorization", "Bearer CANARY").header("x-key", "CANARY");
    assert_eq!(net.send(call, &egress).await.unwrap().status, 200);
    assert!(server.requests()[0].contains("CANARY"));
    assert!(!other.requests()[0].contains("CANARY"));
}

#[tokio::test]
async fn the_door_answers_in_lines() {
    let server = Server::start(|_| ok("fine")).await;
    let allow = format!("127.0.0.1:{}", server.port);
    let ask = async |url: &str| door(&json!({"op": "fetch", "url": url, "method": "GET"}), &allow).await;
    assert_eq!(ask(&server.url("/")).await, json!({"status": 200}));
    for (url, code) in [
        ("http://127.0.0.1:1/".to_owned(), "address.loopback"),
        (format!("http://2130706433:{}/", server.port), "host.spelling"),
        (format!("http://0x7f.1:{}/", server.port), "host.spelling"),
        (format!("http://0177.0.0.1:{}/", server.port), "host.spelling"),
        (format!("http://[::ffff:127.0.0.1]:{}/", server.port), "address.embedded"),
        (format!("http://a@127.0.0.1:{}/", server.port), "url.userinfo"),
        (format!("http://localhost:{}/", server.port), "host.not_allowed"),
        ("ftp://127.0.0.1/".to_owned(), "scheme"),
        ("https://example.com/".to_owned(), "host.not_allowed"),
        ("한글".to_owned(), "scheme"),
    ] {
        assert_eq!(ask(&url).await, json!({"refused": code}), "{url}");
    }
    assert!(door(&json!({"op": "fetch"}), &allow).await.get("error").is_some());
    assert!(
        door(&json!({"op": "fetch", "url": server.url("/"), "method": "TRACE"}), &allow).await.get("error").is_some()
    );
    assert_eq!(door(&json!({"url": server.url("/")}), "").await, json!({"refused": "address.loopback"}));
    assert_eq!(server.asked(), 1);
}

#[tokio::test]
async fn proxies_of_the_environment_are_ignored() {
    // The client is built with proxies off; were one used, this call would go to a closed port.
    let server = Server::start(|_| ok("fine")).await;
    let net = Net::new(Limits::default()).unwrap();
    let egress = Egress::none().with_inside("127.0.0.1", server.port);
    let reply = net.send(Call::get(server.url("/")), &egress).await.unwrap();
    assert_eq!((reply.status, reply.body.as_ref()), (200, b"fine".as_slice()));
    assert!(!server.requests()[0].to_ascii_lowercase().contains("cookie"));
}
