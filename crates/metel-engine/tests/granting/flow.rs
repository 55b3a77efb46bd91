//! From the link to the connection, and every way of answering it wrongly.

use metel_model::code::Code;
use metel_model::service::ConnectionState;
use serde_json::json;

use crate::desk::{BACK, Desk};

#[tokio::test(flavor = "multi_thread")]
async fn a_person_grants_an_account_and_calls_use_it() {
    let desk = Desk::open().await;
    let begun = desk.platform.authorize(desk.workspace, desk.asking("slack")).await.unwrap();
    let link = url::Url::parse(&begun.url).unwrap();
    let of = |name: &str| link.query_pairs().find(|(n, _)| n == name).map(|(_, v)| v.into_owned()).unwrap_or_default();
    assert_eq!((of("response_type").as_str(), of("code_challenge_method").as_str()), ("code", "S256"));
    assert_eq!((of("redirect_uri").as_str(), of("state").len(), of("code_challenge").len()), (BACK, 43, 43));
    assert_eq!(of("scope"), "chat:write,channels:read,channels:history,files:write");
    let before = desk.platform.authorization(desk.workspace, begun.id).await.unwrap();
    assert_eq!(before.status, "waiting");

    let back = desk.control.browse(&begun.url).await;
    let done = desk.answer(&back).await.unwrap();
    assert_eq!(done.missing, Vec::<String>::new());
    let account = desk.account("slack").await;
    assert_eq!((account.kind, account.state, account.sandbox), ("oauth", ConnectionState::Ready, true));
    assert_eq!(account.scopes, ["chat:write", "channels:read", "channels:history", "files:write"]);
    assert!(account.expires_at.is_some());
    let outcome = desk.test(account.id).await;
    assert_eq!(outcome.fault, None);
    let after = desk.platform.authorization(desk.workspace, begun.id).await.unwrap();
    assert_eq!((after.status.as_str(), after.answered.unwrap().connection), ("done", account.id));

    // The same answer is worth nothing, and the code that was in it neither.
    assert_eq!(desk.answer(&back).await.unwrap_err().code, Code::OAuthState);
    assert_eq!(desk.control.counts().await["exchanged"], 1);

    // What is taken away is told to the service as well.
    assert!(desk.platform.disconnect(desk.workspace, account.id).await.unwrap());
    assert_eq!(desk.control.counts().await["revoked"], 1);
    assert_eq!(desk.platform.store().grants(desk.workspace).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_answers_connect_nothing() {
    let desk = Desk::open().await;
    for (knobs, code) in [
        (json!({"authorize_error": "access_denied"}), Code::OAuthRefused),
        (json!({"issuer": "https://evil.test"}), Code::OAuthIssuer),
        (json!({"issuer": ""}), Code::OAuthIssuer),
        (json!({"bends_state": true}), Code::OAuthState),
        (json!({"code_life_s": 0}), Code::OAuthRefused),
        (json!({"token_error": "invalid_client"}), Code::OAuthRefused),
    ] {
        desk.control.knobs(knobs.clone()).await;
        assert_eq!(desk.grant(desk.asking("slack")).await.unwrap_err().code, code, "{knobs}");
        assert_eq!(desk.grant(desk.asking("sheets")).await.unwrap_err().code, code, "{knobs}");
    }
    desk.control.knobs(json!({})).await;
    for (kind, code) in
        [("malformed", Code::ToolBadAnswer), ("html", Code::ToolBadAnswer), ("oversize", Code::AnswerTooLarge)]
    {
        desk.control.fault(json!({"service": "oauth", "operation": "token", "kind": kind})).await;
        assert_eq!(desk.grant(desk.asking("sheets")).await.unwrap_err().code, code, "{kind}");
    }
    desk.control
        .fault(json!({"service": "oauth", "operation": "token", "kind": "redirect", "location": "http://127.0.0.1:1/"}))
        .await;
    assert_eq!(desk.grant(desk.asking("sheets")).await.unwrap_err().code, Code::EgressRefused);
    assert!(desk.platform.connections(desk.workspace).await.unwrap().is_empty());
    let unknown = desk.platform.authorize(desk.workspace, desk.asking("nowhere")).await;
    assert_eq!(unknown.unwrap_err().code, Code::NotFound);
    let keyed = desk.platform.authorize(desk.workspace, desk.asking("ledgerbox")).await;
    assert_eq!(keyed.unwrap_err().code, Code::OAuthUnsupported);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_belongs_to_the_browser_that_began() {
    let desk = Desk::open().await;
    let mut new = desk.asking("slack");
    new.by_page = true;
    assert_eq!(desk.grant(new).await.unwrap_err().code, Code::OAuthState);
    assert!(desk.platform.connections(desk.workspace).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_granted_is_not_claimed() {
    let desk = Desk::open().await;
    desk.control.knobs(json!({"leaves_out": ["chat:write"]})).await;
    let done = desk.grant(desk.asking("slack")).await.unwrap();
    assert_eq!(done.missing, ["chat:write"]);
    assert_eq!(desk.account("slack").await.scopes, ["channels:read", "channels:history", "files:write"]);
    desk.control.knobs(json!({})).await;
    let mut more = desk.asking("slack");
    more.add_scopes = vec!["chat:write".to_owned()];
    assert_eq!(desk.grant(more).await.unwrap().missing, Vec::<String>::new());
    let scopes = desk.account("slack").await.scopes;
    assert!(scopes.len() == 4 && scopes.contains(&"chat:write".to_owned()), "{scopes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_service_needs_a_registered_client() {
    let desk = Desk::open().await;
    let mut real = desk.asking("sheets");
    real.sandbox = None;
    let fault = desk.platform.authorize(desk.workspace, real).await.unwrap_err();
    assert_eq!(fault.code, Code::OAuthClientMissing);
    assert!(fault.hint.unwrap().en.contains("metel connect sheets --oauth --client-id"));
    let mut real = desk.asking("sheets");
    (real.sandbox, real.client) = (None, Some(("me.apps.test".to_owned(), Some("hush-hush-hush".into()))));
    let begun = desk.platform.authorize(desk.workspace, real).await.unwrap();
    assert!(begun.url.starts_with("https://accounts.google.com/o/oauth2/v2/auth?"), "{}", begun.url);
    assert!(begun.url.contains("client_id=me.apps.test") && begun.url.contains("access_type=offline"));
    assert!(!begun.url.contains("hush"));
    let mut again = desk.asking("sheets");
    again.sandbox = None;
    assert!(desk.platform.authorize(desk.workspace, again).await.is_ok(), "it is known by now");
}
