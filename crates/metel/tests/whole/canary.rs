//! Secrets that are set where secrets belong, and then looked for everywhere else: in the database and its log, in
//! every other file, in the program's own log at its most talkative, in events, exports, pages, problem documents and
//! in what models are told. Five forms of each are looked for.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::{Value, json};

use crate::house::House;

/// A key that the simulated Notion takes.
pub const CANARY: &str = "secret_CANARY/\"kx\"+7c1f0a9e4d55";
/// One that nothing takes, with letters that encoders treat differently.
const OTHER: &str = "kanarie-비밀 \\값\\-90210-zebra";
/// How tokens of the simulated authorisation servers begin.
const GRANTED: [&str; 3] = ["xoxe.xoxb-1-", "1//refresh-", "metel-sandbox-client-secret"];

/// Plain, base64 at each of the three places that it can begin at, hexadecimal, percent-encoded, JSON-escaped.
pub fn forms(secret: &str) -> Vec<(&'static str, String)> {
    let bytes = secret.as_bytes();
    let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    let kept = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let percent = |lower: bool| -> String {
        let one = |b: u8| if lower { format!("%{b:02x}") } else { format!("%{b:02X}") };
        bytes.iter().map(|&b| if kept(b) { char::from(b).to_string() } else { one(b) }).collect()
    };
    let json = json!(secret).to_string();
    let mut all = vec![
        ("plain", secret.to_owned()),
        ("hexadecimal", hex.to_uppercase()),
        ("hexadecimal", hex),
        ("percent", percent(false)),
        ("percent", percent(true)),
        ("json", json[1..json.len() - 1].to_owned()),
    ];
    for offset in 0..3 {
        let mut padded = vec![0_u8; offset];
        padded.extend_from_slice(bytes);
        let text = STANDARD_NO_PAD.encode(&padded);
        let from = if offset == 0 { 0 } else { offset + 1 };
        all.push(("base64", text[from..padded.len() * 8 / 6].to_owned()));
    }
    all
}

/// Where secrets were found; nothing is what is hoped for.
struct Search {
    forms: Vec<(String, &'static str, String)>,
    found: Vec<String>,
    places: usize,
    bytes: usize,
}

impl Search {
    fn new() -> Self {
        let secrets = [CANARY, OTHER].into_iter().chain(GRANTED);
        let forms =
            secrets.flat_map(|secret| forms(secret).into_iter().map(|(kind, text)| (secret.to_owned(), kind, text)));
        Self { forms: forms.collect(), found: Vec::new(), places: 0, bytes: 0 }
    }

    fn look(&mut self, place: &str, bytes: &[u8]) {
        self.places += 1;
        self.bytes += bytes.len();
        for (secret, kind, form) in &self.forms {
            let form = form.as_bytes();
            let first = form[0];
            let hit = bytes.iter().enumerate().any(|(at, b)| *b == first && bytes[at..].starts_with(form));
            if hit {
                self.found.push(format!("{secret} ({kind}) in {place}"));
            }
        }
    }

    fn files(&mut self, folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            match entry.path().is_dir() {
                true => self.files(&entry.path()),
                false => {
                    self.look(&entry.path().display().to_string(), &std::fs::read(entry.path()).unwrap_or_default())
                }
            }
        }
    }
}

#[test]
fn the_search_finds_every_form() {
    for (kind, form) in forms(CANARY) {
        let mut search = Search::new();
        search.look("here", format!("before {form} after").as_bytes());
        assert!(search.found.iter().any(|found| found.contains(kind)), "{kind}: {:?}", search.found);
    }
    let mut search = Search::new();
    search.look("here", STANDARD_NO_PAD.encode(format!("user:{CANARY}.")).as_bytes());
    assert_eq!(search.found.len(), 1);
}

/// From the link to the page that says so.
pub async fn grant(house: &House, service: &str) -> Value {
    let (status, begun) = house.post(&format!("/v1/connections/{service}/authorize"), &json!({"sandbox": true})).await;
    assert_eq!(status, 201, "{begun}");
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let sent = client.get(begun["url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(sent.status().as_u16(), 303, "{}", sent.text().await.unwrap());
    let back = sent.headers()["location"].to_str().unwrap().to_owned();
    assert!(back.starts_with(&format!("{}/oauth/callback?", house.base)), "{back}");
    let page = client.get(&back).send().await.unwrap();
    assert!(page.text().await.unwrap().contains("/oauth/finish?"));
    let sent = client.get(back.replace("/oauth/callback", "/oauth/finish")).send().await.unwrap();
    let (status, page) = (sent.status().as_u16(), sent.text().await.unwrap());
    assert_eq!(status, 200, "{page}");
    let list = house.get("/v1/connections?limit=200").await;
    list["items"].as_array().unwrap().iter().find(|one| one["service"] == service).unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_anywhere_but_where_it_belongs() {
    let house = House::with_model_and(&[("METEL_LOG", "trace")]).await;
    let mut search = Search::new();
    let mut told = |place: &str, value: &Value| search.look(place, value.to_string().as_bytes());

    // In by every door that takes secrets, good and wrong ways.
    told("put", &house.put("/v1/secrets/plain", &json!({"value": OTHER})).await.1);
    told("put again", &house.put("/v1/secrets/plain", &json!({"value": format!("{OTHER}!")})).await.1);
    told("put back", &house.put("/v1/secrets/plain", &json!({"value": OTHER})).await.1);
    let connected =
        house.post("/v1/connections", &json!({"service": "notion", "sandbox": true, "secret": CANARY})).await;
    assert_eq!(connected.0, 201, "{}", connected.1);
    told("connect", &connected.1);
    let id = connected.1["id"].as_str().unwrap().to_owned();
    for (path, body) in [
        ("/v1/secrets/plain/rotate", json!({"value": [OTHER]})),
        ("/v1/secrets/plain/rotate", json!({"value": OTHER, "test": true})),
        ("/v1/secrets/nothing/rotate", json!({"value": OTHER})),
        ("/v1/secrets/connection.notion/rotate", json!({"value": CANARY, "test": true})),
        ("/v1/secrets/connection.notion/test", json!({})),
        ("/v1/connections", json!({"service": "nowhere", "secret": CANARY})),
        ("/v1/connections", json!({"service": "notion", "secret": CANARY, "base_url": "ftp://x"})),
        ("/v1/connections", json!({"service": "slack", "sandbox": true, "secret": OTHER})),
        ("/v1/connections/slack/authorize", json!({"client_secret": OTHER})),
        ("/v1/connections/sheets/authorize", json!({"client_id": "me", "client_secret": OTHER})),
        ("/v1/vault/rotate", json!({"data_keys": true})),
    ] {
        // The link alone carries a client's id and a state; both are the person's.
        let mut answer = house.post(path, &body).await.1;
        answer["url"] = Value::Null;
        told(&format!("POST {path} {}", body["test"]), &answer);
    }

    // Used: by good calls, refused ones, granted tokens and their renewal, and runs with a model.
    house.knobs(json!({"consents": true, "life_s": 1})).await;
    let slack = grant(&house, "slack").await;
    told("granted", &slack);
    house.knobs(json!({"consents": true})).await;
    for connection in [id.as_str(), slack["id"].as_str().unwrap()] {
        let (_, tested) = house.post(&format!("/v1/connections/{connection}/test"), &json!({})).await;
        assert_eq!(tested["ok"], true, "{tested}");
        told("test", &tested);
    }
    assert_eq!(house.oauth_counts().await["refreshed"], 1);
    house
        .script(json!([{ "times": 0, "content": json!({"steps": [
            { "words": "만들고", "tool": "notion.create_page", "args": { "title": "주간 회의록" } },
            { "words": "공유해줘", "tool": "slack.post_message", "args": { "channel": "#team", "text": "${notion.create_page.page_url}" } },
        ]}).to_string() }]))
        .await;
    let run = house.ask("노션에 '주간 회의록' 페이지를 만들고 링크를 슬랙 #team 에 공유해줘").await;
    told("run", &run);
    assert_eq!(run["status"], "completed", "{run:#}");
    house.faults(json!([{"service": "notion", "kind": "500", "times": 0}])).await;
    told("failing run", &house.ask("노션에 '보고서' 페이지를 만들어줘").await);
    house.faults(json!([{"service": "notion", "kind": "html", "status": 401, "times": 0}])).await;
    told("refused run", &house.ask("노션에 '보고서' 페이지를 만들어줘").await);

    // Out by every door: all pages and lists, every run's events and export.
    let run_id = run["id"].as_str().unwrap();
    let document = house.get("/openapi.json").await;
    let mut doors = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        if operations.get("get").is_none() || path.contains("/live") || path.contains("stream") {
            continue;
        }
        let path = path.replace("{id}", if path.contains("connections") { &id } else { run_id });
        let path = path.replace("{name}", "plain").replace("{path}", "connections");
        let (_, text) = match tokio::time::timeout(std::time::Duration::from_secs(5), house.raw(&path)).await {
            Ok(answer) => answer,
            Err(_) => continue,
        };
        search.look(&format!("GET {path}"), text.as_bytes());
        doors += 1;
    }
    assert!(doors > 30, "{doors} doors");

    // What models were told, and everything on disk: the database, its log, the program's own log.
    let requests = format!("{}/_control/requests?service=openai&limit=1000", house.sandbox.url());
    let told = reqwest::get(requests).await.unwrap().text().await.unwrap();
    assert!(told.contains("회의록"), "the model was asked: {told}");
    search.look("what models were told", told.as_bytes());
    let log = std::fs::read_to_string(house.home().join("stderr")).unwrap();
    assert!(log.len() > 10_000, "the log is talkative: {}", log.len());
    search.files(house.home());
    println!("canaries: {} places, {} bytes, {} found", search.places, search.bytes, search.found.len());
    assert_eq!(search.found, Vec::<String>::new());
    house.stop().await;
}
