//! `metel connect`: accounts at services, by key or by a link at which a person grants one. Keys are read from stdin,
//! never from arguments.

use std::io::IsTerminal as _;
use std::time::Duration;

use clap::Args;
use metel_model::{Code, Fault};
use serde_json::{Value, json};

use super::Common;
use super::secret::read_secret;
use crate::api::Api;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  metel connect slack --oauth\n  metel connect slack --add-scope chat:write\n  metel connect notion < token.txt\n  metel connect sheets < service-account.json\n  metel connect list"
)]
pub struct Connect {
    /// A service, `list`, or `test`
    service: String,
    /// For `test`: the connection
    id: Option<String>,
    /// Scopes that were granted, or that are asked for
    #[arg(long)]
    scope: Vec<String>,
    /// Scopes to ask for beside those that are there
    #[arg(long)]
    add_scope: Vec<String>,
    /// Another base address
    #[arg(long)]
    base_url: Option<String>,
    /// Let a person grant the account at the service, in a browser
    #[arg(long)]
    oauth: bool,
    /// Connect again, in the way it was connected
    #[arg(long)]
    renew: bool,
    /// The simulated service
    #[arg(long)]
    sandbox: bool,
    /// The application that was registered at the service for metel
    #[arg(long)]
    client_id: Option<String>,
    /// Read that application's secret from standard input
    #[arg(long, requires = "client_id")]
    client_secret: bool,
    /// Print the link and open no browser
    #[arg(long)]
    no_browser: bool,
}

/// How long the person may take; the link itself is good no longer.
const PATIENCE: Duration = Duration::from_secs(600);

impl Connect {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let api = common.api()?;
        match (self.service.as_str(), &self.id) {
            ("list", _) => list(&api, common).await,
            ("test", Some(id)) => {
                let told = api.post(&format!("/v1/connections/{id}/test"), &json!({})).await?;
                println!("{told:#}");
                Ok(u8::from(told["ok"] != true))
            }
            _ => self.connect(&api, common).await,
        }
    }

    async fn connect(self, api: &Api, common: &Common) -> Result<u8, Fault> {
        let present = match self.renew || !self.add_scope.is_empty() {
            true => find(api, &self.service).await?,
            false => None,
        };
        let granted = present.as_ref().is_some_and(|one| one["kind"] == "oauth");
        let simulated = self.sandbox || present.as_ref().is_some_and(|one| one["sandbox"] == true);
        if self.oauth || granted {
            return self.by_oauth(api, common, simulated).await;
        }
        let mut body = json!({ "service": self.service });
        let mut scopes = self.scope.clone();
        if simulated {
            body["sandbox"] = json!(true);
        }
        match (&present, self.add_scope.is_empty()) {
            // The key stays; what it may do is noted anew.
            (Some(one), false) => {
                let had = one["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str);
                scopes.extend(had.map(str::to_owned).chain(self.add_scope.clone()));
                if !one["base_url"].is_null() && !simulated {
                    body["base_url"] = one["base_url"].clone();
                }
            }
            _ if simulated => {}
            _ => body["secret"] = json!(read_secret()?),
        }
        if !scopes.is_empty() {
            body["scopes"] = json!(scopes);
        }
        if let Some(url) = self.base_url {
            body["base_url"] = json!(url);
        }
        println!("{:#}", api.post("/v1/connections", &body).await?);
        Ok(0)
    }

    async fn by_oauth(self, api: &Api, common: &Common, simulated: bool) -> Result<u8, Fault> {
        let lang = common.lang();
        let mut body = json!({ "sandbox": simulated, "add_scopes": self.add_scope });
        if !self.scope.is_empty() {
            body["scopes"] = json!(self.scope);
        }
        if let Some(id) = &self.client_id {
            body["client_id"] = json!(id);
            if self.client_secret {
                body["client_secret"] = json!(read_secret()?);
            }
        }
        let begun = api.post(&format!("/v1/connections/{}/authorize", self.service), &body).await?;
        let link = begun["url"].as_str().unwrap_or_default();
        let id = begun["id"].as_str().unwrap_or_default();
        if common.json {
            println!("{begun:#}");
        } else {
            println!("{link}");
        }
        if common.no_input || !std::io::stderr().is_terminal() {
            eprintln!("{}", lang.pick("Open the link to go on.", "링크를 열어 계속하세요."));
            return Ok(7);
        }
        if !self.no_browser && !open(link) {
            eprintln!("{}", lang.pick("Open the link in a browser.", "브라우저에서 링크를 여세요."));
        }
        eprintln!("{}", lang.pick("Waiting for your answer…", "답을 기다리고 있어요…"));
        let until = std::time::Instant::now() + PATIENCE;
        while std::time::Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let now = api.get(&format!("/v1/authorizations/{id}")).await?;
            match now["status"].as_str() {
                Some("done") => {
                    let of = |key: &str| {
                        let all = now[key].as_array().into_iter().flatten().filter_map(Value::as_str);
                        all.collect::<Vec<_>>().join(", ")
                    };
                    eprintln!("✓ {} · {}", self.service, of("scopes"));
                    if !of("missing").is_empty() {
                        eprintln!("! {} {}", lang.pick("not granted:", "허용하지 않은 권한:"), of("missing"));
                    }
                    return Ok(0);
                }
                Some("failed") => return Err(crate::say::problem(&now["fault"], 403)),
                Some("expired") => break,
                _ => {}
            }
        }
        let again = format!("metel connect {} --oauth", self.service);
        Err(Fault::new(Code::OAuthState)
            .detail("the link was not used in time", "링크를 제때 쓰지 않았어요")
            .hint(format!("Begin again: `{again}`."), format!("처음부터 다시 하세요: `{again}`.")))
    }
}

async fn find(api: &Api, service: &str) -> Result<Option<Value>, Fault> {
    let list = api.get("/v1/connections?limit=200").await?;
    Ok(list["items"].as_array().into_iter().flatten().find(|one| one["service"] == service).cloned())
}

async fn list(api: &Api, common: &Common) -> Result<u8, Fault> {
    let list = api.get("/v1/connections?limit=200").await?;
    if common.json {
        println!("{:#}", list["items"]);
        return Ok(0);
    }
    for one in list["items"].as_array().into_iter().flatten() {
        let of = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
        let sandbox = if one["sandbox"] == true { "sandbox" } else { "" };
        println!("{}  {:<12} {:<8} {:<8} {}", of("id"), of("service"), of("state"), of("kind"), sandbox);
        if let Some(why) = one["trouble"][common.lang().tag()].as_str() {
            println!("    {why}  →  metel connect {} --renew", of("service"));
        }
    }
    Ok(0)
}

/// Whether a browser was asked to open it; whether it did nobody tells.
fn open(link: &str) -> bool {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut command = std::process::Command::new(program);
    command.arg(link).stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
    command.stderr(std::process::Stdio::null()).spawn().is_ok()
}
