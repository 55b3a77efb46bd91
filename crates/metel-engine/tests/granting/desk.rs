//! A platform, simulated services, and a browser that follows one link.

use std::sync::Arc;

use metel_engine::platform::{Account, Answered, Came, NewAuthorization};
use metel_engine::{Options, Platform, PlatformParts};
use metel_model::Fault;
use metel_model::effect::Outcome;
use metel_model::id::{ConnectionId, FreshIds, WorkspaceId};
use metel_model::time::{Clock as _, SystemClock};
use metel_net::{Limits, Net};
use metel_sandbox::{SandboxConfig, SandboxHandle};
use metel_store::Store;
use metel_tools::registry::Registry;
use metel_tools::vault::{MasterKey, Vault};
use secrecy::SecretString;
use serde_json::{Value, json};

pub const MASTER: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
pub const BACK: &str = "http://127.0.0.1:7171/oauth/callback";

pub fn platform(store: Store, options: Options) -> Platform {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    Platform::new(PlatformParts {
        store,
        clock: Arc::new(SystemClock),
        ids: Arc::new(FreshIds),
        registry: Arc::new(Registry::builtin().unwrap_or_else(|_| unreachable!("the shipped contracts hold"))),
        net: Net::new(Limits::default()).unwrap(),
        vault: Vault::new(MasterKey::parse(MASTER).unwrap(), Vec::new()),
        house: None,
        stand_in: Arc::new(metel_llm::Simulated),
        files: None,
        options,
    })
    .unwrap()
}

pub async fn sandbox() -> SandboxHandle {
    metel_sandbox::serve(SandboxConfig::new("127.0.0.1:0".parse().unwrap())).await.unwrap()
}

/// The control door of the simulated services.
pub struct Control {
    client: reqwest::Client,
    base: String,
}

impl Control {
    pub fn of(base: &str) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { client, base: base.to_owned() }
    }

    pub async fn knobs(&self, knobs: Value) {
        let mut all = json!({"consents": true});
        all.as_object_mut().unwrap().extend(knobs.as_object().unwrap().clone());
        let sent = self.client.put(format!("{}/_control/oauth", self.base)).json(&all).send().await.unwrap();
        assert_eq!(sent.status().as_u16(), 200, "{}", sent.text().await.unwrap());
    }

    pub async fn counts(&self) -> Value {
        let url = format!("{}/_control/oauth", self.base);
        let mut told: Value = self.client.get(url).send().await.unwrap().json().await.unwrap();
        told["counts"].take()
    }

    pub async fn fault(&self, fault: Value) {
        let sent = self.client.post(format!("{}/_control/faults", self.base)).json(&fault).send().await.unwrap();
        assert_eq!(sent.status().as_u16(), 201, "{}", sent.text().await.unwrap());
    }

    /// How often the token endpoints were asked, whatever they said.
    pub async fn asked(&self) -> u64 {
        let url = format!("{}/_control/state", self.base);
        let told: Value = self.client.get(url).send().await.unwrap().json().await.unwrap();
        told["requests"]["oauth"]["token"].as_u64().unwrap_or(0)
    }

    pub async fn forget_access(&self) {
        self.client.delete(format!("{}/_control/oauth/access", self.base)).send().await.unwrap();
    }

    pub async fn add_account(&self, email: &str, public_key: &str) {
        let url = format!("{}/_control/oauth/accounts", self.base);
        let body = json!({"email": email, "public_key": public_key});
        assert_eq!(self.client.post(url).json(&body).send().await.unwrap().status().as_u16(), 201);
    }

    /// Follows a link as a browser does, to the address that it is sent back to.
    pub async fn browse(&self, link: &str) -> url::Url {
        let sent = self.client.get(link).send().await.unwrap();
        assert_eq!(sent.status().as_u16(), 303, "{}", sent.text().await.unwrap());
        url::Url::parse(sent.headers()["location"].to_str().unwrap()).unwrap()
    }
}

/// One platform with one workspace.
pub struct Desk {
    pub platform: Platform,
    pub workspace: WorkspaceId,
    pub sandbox: SandboxHandle,
    pub control: Control,
}

impl Desk {
    pub async fn open() -> Self {
        Self::over(Store::open_sqlite(":memory:", metel_store::Options::default()).await.unwrap()).await
    }

    pub async fn over(store: Store) -> Self {
        let sandbox = sandbox().await;
        let platform = platform(store, Options::default());
        let workspace = platform.seed().await.unwrap().workspace;
        let control = Control::of(&sandbox.url());
        control.knobs(json!({})).await;
        Self { platform, workspace, sandbox, control }
    }

    pub fn asking(&self, service: &str) -> NewAuthorization {
        NewAuthorization {
            service: service.to_owned(),
            scopes: None,
            add_scopes: Vec::new(),
            redirect_uri: BACK.to_owned(),
            sandbox: Some(self.sandbox.url()),
            client: None,
            by: "user".to_owned(),
            by_page: false,
        }
    }

    pub async fn answer(&self, back: &url::Url) -> Result<Answered, Fault> {
        let of = |name: &str| back.query_pairs().find(|(n, _)| n == name).map(|(_, value)| value.into_owned());
        let outcome = of("code").map(SecretString::from).ok_or_else(|| of("error").unwrap_or_default());
        let came = Came { state: of("state").unwrap_or_default(), outcome, iss: of("iss"), actor: None };
        self.platform.answer_authorization(came).await
    }

    /// From the link to the connection.
    pub async fn grant(&self, new: NewAuthorization) -> Result<Answered, Fault> {
        let begun = self.platform.authorize(self.workspace, new).await?;
        self.answer(&self.control.browse(&begun.url).await).await
    }

    pub async fn slack(&self) -> ConnectionId {
        self.grant(self.asking("slack")).await.unwrap().connection
    }

    pub async fn account(&self, service: &str) -> Account {
        let all = self.platform.connections(self.workspace).await.unwrap();
        all.into_iter().find(|account| account.service == service).unwrap()
    }

    /// Comes back when the connection's token has ended.
    pub async fn ended(&self, id: ConnectionId) {
        let end = self.platform.store().grant(self.workspace, id).await.unwrap().unwrap().expires_at.unwrap();
        while SystemClock.now() <= end {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    pub async fn test(&self, id: ConnectionId) -> Outcome {
        self.platform.test_connection(self.workspace, id).await.unwrap()
    }
}

/// As many workers at once as `n`, spread over platforms, that need Slack's token for a call; what failed.
pub async fn at_once(platforms: &[Platform], workspace: WorkspaceId, n: usize) -> Vec<Fault> {
    let calls = (0..n).map(|i| {
        let platform = platforms[i % platforms.len()].clone();
        tokio::spawn(async move { platform.freshen(workspace, "slack").await })
    });
    let mut faults = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        match call.await.unwrap() {
            Ok(has) => assert!(has, "there is no token"),
            Err(fault) => faults.push(fault),
        }
    }
    faults
}
