//! Service accounts: a key file signs for each token.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use metel_engine::platform::NewConnection;
use metel_model::code::Code;
use metel_model::service::ConnectionState;
use serde_json::json;

use crate::desk::Desk;

const EMAIL: &str = "robot@project.test";

fn file(desk: &Desk, pair: &KeyPair) -> String {
    let der = AsDer::<Pkcs8V1Der<'_>>::as_der(pair).unwrap();
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref()));
    let token_uri = format!("{}/oauth/sheets/token", desk.sandbox.url());
    json!({"type": "service_account", "client_email": EMAIL, "private_key": pem, "token_uri": token_uri}).to_string()
}

fn new(desk: &Desk, service: &str, file: &str) -> NewConnection {
    NewConnection {
        service: service.to_owned(),
        secret: Some(file.into()),
        base_url: Some(format!("{}/{service}", desk.sandbox.url())),
        sandbox: true,
        ..NewConnection::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_file_connects_and_signs() {
    let desk = Desk::open().await;
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    desk.control.add_account(EMAIL, &STANDARD.encode(pair.public_key().as_ref())).await;
    let text = file(&desk, &pair);
    desk.platform.connect(desk.workspace, new(&desk, "sheets", &text)).await.unwrap();
    let account = desk.account("sheets").await;
    assert_eq!((account.kind, account.state), ("service_account", ConnectionState::Ready));
    let fresh = desk.platform.freshen(desk.workspace, "sheets").await.unwrap();
    assert!(fresh, "a token was fetched");
    assert_eq!(desk.control.counts().await["asserted"], 1);

    // A file of somebody else, one for another place, and a service that takes none.
    let stranger = KeyPair::generate(KeySize::Rsa2048).unwrap();
    desk.platform.connect(desk.workspace, new(&desk, "sheets", &file(&desk, &stranger))).await.unwrap();
    let fault = desk.platform.freshen(desk.workspace, "sheets").await.unwrap_err();
    assert_eq!(fault.code, Code::ConnectionBroken);
    let elsewhere = text.replace("/oauth/sheets/token", "/oauth/other/token");
    let refused = desk.platform.connect(desk.workspace, new(&desk, "sheets", &elsewhere)).await;
    assert_eq!(refused.unwrap_err().code, Code::FieldInvalid);
    let refused = desk.platform.connect(desk.workspace, new(&desk, "slack", &text)).await;
    assert_eq!(refused.unwrap_err().code, Code::OAuthUnsupported);
}
