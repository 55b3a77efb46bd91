//! The authorisation servers as the standards' own steps see them: codes once, proofs checked, refresh tokens that
//! rotate, and a reuse that ends the whole grant.

use metel_sandbox::SandboxConfig;
use reqwest::Method;
use serde_json::{Value, json};

use crate::guest::{Guest, json, start};

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const BACK: &str = "http://127.0.0.1:9/oauth/callback";

fn link(more: &str) -> String {
    let (id, _) = SandboxConfig::oauth_client();
    format!(
        "/oauth/sheets/authorize?response_type=code&client_id={id}&redirect_uri={BACK}&state=s1&scope=a%20b\
         &code_challenge={CHALLENGE}&code_challenge_method=S256{more}"
    )
}

/// The members of the address that a browser is sent back to.
async fn browse(guest: &Guest, path: &str) -> Vec<(String, String)> {
    let sent = guest.get(path).send().await.unwrap();
    assert_eq!(sent.status().as_u16(), 303, "{}", sent.text().await.unwrap());
    let to = sent.headers()["location"].to_str().unwrap().to_owned();
    let query = to.split_once('?').unwrap().1.to_owned();
    let plain = |text: &str| text.replace("%3A", ":").replace("%2F", "/");
    query.split('&').filter_map(|pair| pair.split_once('=')).map(|(n, v)| (n.to_owned(), plain(v))).collect()
}

fn of<'a>(members: &'a [(String, String)], name: &str) -> Option<&'a str> {
    members.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
}

async fn token(guest: &Guest, form: &[(&str, &str)]) -> (u16, Value) {
    let (id, secret) = SandboxConfig::oauth_client();
    json(guest.request(Method::POST, "/oauth/sheets/token").basic_auth(id, Some(secret)).form(form).send().await).await
}

async fn code(guest: &Guest) -> String {
    of(&browse(guest, &link("")).await, "code").unwrap().to_owned()
}

async fn exchange(guest: &Guest, code: &str, verifier: &str, back: &str) -> (u16, Value) {
    let form =
        [("grant_type", "authorization_code"), ("code", code), ("code_verifier", verifier), ("redirect_uri", back)];
    token(guest, &form).await
}

async fn refresh(guest: &Guest, with: &str) -> (u16, Value) {
    token(guest, &[("grant_type", "refresh_token"), ("refresh_token", with)]).await
}

async fn knobs(guest: &Guest, knobs: Value) {
    assert_eq!(guest.request(Method::PUT, "/_control/oauth").json(&knobs).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_person_decides_and_the_code_works_once() {
    let guest = start().await;
    let page = guest.get(&link("")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("<code>a</code>") && page.contains("decide?ticket="), "{page}");
    let ticket = page.split("ticket=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let denied = browse(&guest, &format!("/oauth/sheets/decide?ticket={ticket}&allow=0")).await;
    assert_eq!((of(&denied, "error"), of(&denied, "state")), (Some("access_denied"), Some("s1")));
    assert_eq!(of(&denied, "iss"), Some(format!("{}/oauth/sheets", guest.handle.url()).as_str()));
    let again = guest.get(&format!("/oauth/sheets/decide?ticket={ticket}&allow=1")).send().await.unwrap();
    assert_eq!(again.status().as_u16(), 410);

    knobs(&guest, json!({"consents": true})).await;
    let one = code(&guest).await;
    let (status, tokens) = exchange(&guest, &one, VERIFIER, BACK).await;
    assert_eq!((status, &tokens["token_type"], &tokens["scope"]), (200, &json!("Bearer"), &json!("a b")));
    let access = tokens["access_token"].as_str().unwrap().to_owned();
    let live = guest.get("/sheets/v4/spreadsheets/none").bearer_auth(&access).send().await.unwrap();
    assert_ne!(live.status().as_u16(), 401, "the service takes it");
    assert_eq!(exchange(&guest, &one, VERIFIER, BACK).await.1["error"], "invalid_grant");
    let over = guest.get("/sheets/v4/spreadsheets/none").bearer_auth(&access).send().await.unwrap();
    assert_eq!(over.status().as_u16(), 401, "a code that comes twice ends what came of it");
}

#[tokio::test]
async fn proofs_addresses_and_clients_are_checked() {
    let guest = start().await;
    knobs(&guest, json!({"consents": true})).await;
    for wrong in [("x".repeat(43), BACK), (VERIFIER.to_owned(), "http://127.0.0.1:8/oauth/callback")] {
        let code = code(&guest).await;
        assert_eq!(exchange(&guest, &code, &wrong.0, wrong.1).await.1["error"], "invalid_grant");
    }
    let plain = link("").replace("S256", "plain");
    assert_eq!(of(&browse(&guest, &plain).await, "error"), Some("invalid_request"));
    for bent in [link("").replace("metel-sandbox", "other"), link("").replace("127.0.0.1:9", "evil.test")] {
        assert_eq!(guest.get(&bent).send().await.unwrap().status().as_u16(), 400, "nobody is sent there");
    }
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let stranger =
        guest.request(Method::POST, "/oauth/sheets/token").basic_auth("metel-sandbox", Some("no")).form(&form);
    assert_eq!(
        json(stranger.send().await).await,
        (401, json!({"error": "invalid_client", "error_description": "refused by the sandbox"}))
    );
    let slack = guest.request(Method::POST, "/oauth/slack/token").basic_auth("metel-sandbox", Some("no")).form(&form);
    assert_eq!(json(slack.send().await).await, (200, json!({"ok": false, "error": "invalid_client"})));
}

#[tokio::test]
async fn refresh_tokens_rotate_and_reuse_ends_the_grant() {
    let guest = start().await;
    knobs(&guest, json!({"consents": true})).await;
    let code = code(&guest).await;
    let (_, first) = exchange(&guest, &code, VERIFIER, BACK).await;
    let first = first["refresh_token"].as_str().unwrap().to_owned();
    let (status, second) = refresh(&guest, &first).await;
    let second = second["refresh_token"].as_str().unwrap().to_owned();
    assert!(status == 200 && second != first);
    assert_eq!(refresh(&guest, &first).await.1["error"], "invalid_grant");
    assert_eq!(refresh(&guest, &second).await.1["error"], "invalid_grant", "the owner's ends as well");
    let (_, told) = json(guest.get("/_control/oauth").send().await).await;
    assert_eq!((&told["counts"]["refreshed"], &told["counts"]["reused"]), (&json!(1), &json!(1)));

    // Within the grace time the same answer is given again, and counts as none.
    knobs(&guest, json!({"consents": true, "grace_s": 60})).await;
    let again = self::code(&guest).await;
    let (_, tokens) = exchange(&guest, &again, VERIFIER, BACK).await;
    let token = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(refresh(&guest, token).await, refresh(&guest, token).await);
    let (_, told) = json(guest.get("/_control/oauth").send().await).await;
    assert_eq!((&told["counts"]["refreshed"], &told["counts"]["repeated"]), (&json!(2), &json!(1)));
}
