//! Accounts by OAuth through the real binary: the command line's link, and a process that dies while it renews.

use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tokio::process::Command;

use crate::canary::grant;
use crate::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_dies_while_it_renews_is_followed_by_one_that_renews_once() {
    let mut house = House::with_rules().await;
    house.knobs(json!({"consents": true, "life_s": 1})).await;
    let slack = grant(&house, "slack").await;
    assert_eq!((&slack["kind"], &slack["state"]), (&json!("oauth"), &json!("ready")), "{slack}");
    house.knobs(json!({"consents": true})).await;
    house.faults(json!([{"service": "oauth", "operation": "token", "kind": "timeout_before"}])).await;
    let path = format!("/v1/connections/{}/test", slack["id"].as_str().unwrap());
    let nothing = json!({});
    let before = house.counts().await["requests"]["oauth"]["token"].as_u64().unwrap_or(0);
    {
        let asking = house.post(&path, &nothing);
        tokio::pin!(asking);
        let until = tokio::time::Instant::now() + Duration::from_secs(20);
        loop {
            tokio::select! {
                done = &mut asking => panic!("it was answered: {done:?}"),
                () = tokio::time::sleep(Duration::from_millis(10)) => {}
            }
            if house.counts().await["requests"]["oauth"]["token"].as_u64().unwrap_or(0) > before {
                break;
            }
            assert!(tokio::time::Instant::now() < until, "nobody renews");
        }
    }
    house.die_and_begin_again().await;
    let many = futures::future::join_all((0..64).map(|_| house.post(&path, &nothing))).await;
    // Slack's own limit lets only so many calls through; nobody fails for want of a token.
    let fine = |told: &serde_json::Value| told["ok"] == true || told["fault"]["code"] == "METEL-6101";
    assert!(many.iter().all(|(status, told)| *status == 200 && fine(told)), "{many:?}");
    assert!(many.iter().any(|(_, told)| told["ok"] == true), "{many:?}");
    let counts = house.oauth_counts().await;
    assert_eq!((&counts["refreshed"], &counts["reused"]), (&json!(1), &json!(0)), "{counts}");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_gives_the_link_and_says_what_is_missing() {
    let house = House::with_rules().await;
    house.knobs(json!({"consents": true, "leaves_out": ["chat:write"]})).await;
    let metel = async |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_metel"));
        command.args(words).env_clear().env("METEL_HOME", house.home()).env("METEL_LANG", "en").stdin(Stdio::null());
        let done = command.output().await.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        (done.status.code(), text(&done.stdout), text(&done.stderr))
    };
    // Nobody is there to wait: the link is printed, and the exit code says that a person is needed.
    let (code, link, _) = metel(&["connect", "slack", "--oauth", "--sandbox"]).await;
    assert_eq!(code, Some(7));
    assert!(link.starts_with(&format!("{}/oauth/slack/authorize?", house.sandbox.url())), "{link}");
    grant(&house, "slack").await;
    let run = house.ask("슬랙 #team 에 '회의는 3시' 라고 보내줘").await;
    let text = run.to_string();
    assert!(text.contains("metel connect slack --add-scope chat:write"), "{run:#}");
    assert_eq!(house.operations(0), Vec::<String>::new());
    // The command that it names asks for exactly that, beside what is there.
    let (code, link, error) = metel(&["connect", "slack", "--add-scope", "chat:write"]).await;
    assert_eq!(code, Some(7), "{error}");
    assert!(link.contains("scope=channels%3Aread%2Cchannels%3Ahistory%2Cfiles%3Awrite%2Cchat%3Awrite"), "{link}");
    let (code, told, _) = metel(&["vault", "rotate"]).await;
    assert_eq!(code, Some(0), "{told}");
    let (code, told, _) = metel(&["secret", "test", "connection.notion"]).await;
    assert_eq!(code, Some(0), "{told}");
    let (code, list, _) = metel(&["connect", "list"]).await;
    assert!(code == Some(0) && list.contains("oauth"), "{list}");
    let real = metel(&["connect", "sheets", "--oauth"]).await;
    assert!(real.2.contains("metel connect sheets --oauth --client-id"), "{}", real.2);
    house.stop().await;
}
