//! Keys are rotated while calls run, and a copy of the database tells nothing.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use metel_engine::platform::Rotation;
use metel_model::code::Code;
use metel_store::Store;
use secrecy::SecretString;
use serde_json::json;

use crate::desk::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_rotated_while_sixty_four_calls_run() {
    let desk = Desk::open().await;
    desk.slack().await;
    desk.platform.connect_sandbox(desk.workspace, &desk.sandbox.url()).await.unwrap();
    assert_eq!(desk.account("slack").await.kind, "oauth", "what a person granted stays");
    desk.platform.put_secret(desk.workspace, "plain", &SecretString::from("plain-secret-value")).await.unwrap();
    let notion = desk.account("notion").await.id;
    let (stop, calls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut workers = Vec::new();
    for n in 0..64 {
        let (platform, workspace) = (desk.platform.clone(), desk.workspace);
        let (stop, calls) = (stop.clone(), calls.clone());
        workers.push(tokio::spawn(async move {
            let mut faults = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                // Nothing may be answered from memory: every call opens its secret anew.
                platform.forget_opened(workspace);
                // Services let only so many calls a second through: of every four workers three open what a call needs
                // and stop there, and one calls.
                let fault = match n % 4 {
                    0 | 2 => platform.freshen(workspace, "slack").await.err(),
                    1 => platform.test_secret(workspace, "plain").await.err(),
                    _ => match platform.test_connection(workspace, notion).await {
                        Ok(outcome) => outcome.fault.filter(|fault| fault.code != Code::Overloaded),
                        Err(fault) => Some(fault),
                    },
                };
                faults.extend(fault);
                calls.fetch_add(1, Ordering::Relaxed);
            }
            faults
        }));
    }
    let before = desk.platform.vault().await.unwrap().masters.current;
    for round in 0..6 {
        let seen = calls.load(Ordering::Relaxed);
        let rotation = Rotation { data_keys: round % 2 == 1, forget: round == 5 };
        let done = desk.platform.rotate_vault(rotation).await.unwrap();
        assert_eq!((done.info.behind, done.rewrapped.shut), (0, 0));
        assert!(done.rewrapped.keys > 0);
        while calls.load(Ordering::Relaxed) < seen + 64 {
            tokio::task::yield_now().await;
        }
    }
    stop.store(true, Ordering::Relaxed);
    let mut faults = Vec::new();
    for worker in workers {
        faults.extend(worker.await.unwrap());
    }
    println!("calls while keys were rotated 6 times: {} failures: {}", calls.load(Ordering::Relaxed), faults.len());
    assert_eq!(faults, []);
    let now = desk.platform.vault().await.unwrap().masters;
    assert!(now.current != before && now.earlier.is_empty(), "{now:?}");
}

fn forms(secret: &str) -> Vec<Vec<u8>> {
    let hex: String = secret.bytes().map(|b| format!("{b:02x}")).collect();
    let percent: String = secret.bytes().map(|b| format!("%{b:02X}")).collect();
    let json = json!(secret).to_string();
    let all = [
        secret.to_owned(),
        STANDARD.encode(secret),
        hex.to_uppercase(),
        hex,
        percent,
        json.trim_matches('"').to_owned(),
    ];
    all.into_iter().map(String::into_bytes).collect()
}

fn scan(folder: &Path, secrets: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            found.extend(scan(&entry.path(), secrets));
            continue;
        }
        let bytes = std::fs::read(entry.path()).unwrap();
        for secret in secrets {
            for form in forms(secret) {
                if bytes.windows(form.len()).any(|window| window == form) {
                    found.push(format!("{secret} in {}", entry.path().display()));
                }
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_database_reveals_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metel.db");
    let desk = Desk::over(Store::open_sqlite(&path, metel_store::Options::default()).await.unwrap()).await;
    let canary = "CANARY/\"비밀\"-7c1f0a9e4d".to_owned();
    desk.platform.put_secret(desk.workspace, "plain", &SecretString::from(canary.as_str())).await.unwrap();
    desk.platform.put_secret(desk.workspace, "plain", &SecretString::from(format!("{canary}2"))).await.unwrap();
    desk.control.knobs(json!({"life_s": 1})).await;
    let id = desk.slack().await;
    desk.control.knobs(json!({})).await;
    assert_eq!(desk.test(id).await.fault, None);
    let waiting = desk.platform.authorize(desk.workspace, desk.asking("sheets")).await.unwrap();
    let state = url::Url::parse(&waiting.url).unwrap();
    let state = state.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    desk.platform.rotate_vault(Rotation { data_keys: true, forget: false }).await.unwrap();
    assert_eq!(
        desk.platform.secrets(desk.workspace).await.unwrap().iter().find(|s| s.name == "plain").unwrap().version,
        2
    );

    // The marker that must be found shows that the scan can find.
    let marker = "slack".to_owned();
    assert!(!scan(folder.path(), std::slice::from_ref(&marker)).is_empty());
    let secrets = vec![
        canary,
        state,
        "xoxe.xoxb-1-".to_owned(),
        "1//refresh-".to_owned(),
        "metel-sandbox-client-secret".to_owned(),
        crate::desk::MASTER.to_owned(),
    ];
    assert_eq!(scan(folder.path(), &secrets), Vec::<String>::new());
}
