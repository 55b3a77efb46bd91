//! The one place where concrete parts are built and put together.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use metel_engine::{Options, Platform, PlatformParts};
use metel_llm::{Client, Endpoint, Model, Simulated};
use metel_model::id::FreshIds;
use metel_model::time::SystemClock;
use metel_model::{Code, Fault};
use metel_net::{Egress, Limits, Net};
use metel_store::Store;
use metel_tools::registry::Registry;
use metel_tools::vault::{MasterKey, Vault};
use secrecy::{ExposeSecret, SecretString};

use crate::home;

/// The store of a data folder, or a PostgreSQL by its address.
pub async fn store(folder: &Path, db: Option<&str>) -> Result<Store, Fault> {
    let options = metel_store::Options::default();
    match db {
        Some(url) => Store::open_postgres(url, options).await.map_err(Fault::from),
        None => Store::open_sqlite(&folder.join("metel.db"), options).await.map_err(Fault::from),
    }
}

/// The master key: from the environment, else from the folder's key file, made on first use.
fn master_key(folder: &Path) -> Result<MasterKey, Fault> {
    if let Ok(text) = std::env::var("METEL_MASTER_KEY") {
        return MasterKey::parse(&text);
    }
    let path = folder.join("master.key");
    match std::fs::read_to_string(&path) {
        Ok(text) => MasterKey::parse(text.trim()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = MasterKey::generate()?;
            home::write_private(&path, key.to_text().expose_secret())?;
            Ok(key)
        }
        Err(error) => Err(Fault::new(Code::VaultUnreadable).about(error).at(path.display())),
    }
}

/// The model of the environment; rules that stand in for one without it.
fn model(net: &Net) -> Result<Arc<dyn Model>, Fault> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let key = set("METEL_MODEL_KEY").or_else(|| set("OPENAI_API_KEY")).map(SecretString::from);
    let url = set("METEL_MODEL_URL").or_else(|| key.is_some().then(|| "https://api.openai.com/v1".to_owned()));
    let Some(url) = url else { return Ok(Arc::new(Simulated)) };
    let name = set("METEL_MODEL").unwrap_or_else(|| "gpt-4o-mini".to_owned());
    let endpoint = Endpoint::open_ai_chat(&url, key, &name)?;
    // Whoever configures a model's address means it, wherever it lies.
    let egress = Egress::none().with_base(&url).with_inside_base(&url);
    Ok(Arc::new(Client::new(net.clone(), endpoint, egress)))
}

/// The same model for verbs that need nothing else.
pub fn model_of_environment() -> Result<Arc<dyn Model>, Fault> {
    model(&Net::new(Limits::default())?)
}

/// Everything over one store.
pub fn platform(folder: &Path, store: Store, options: Options) -> Result<Platform, Fault> {
    let model = model_of_environment()?;
    platform_with(folder, store, options, model)
}

/// The same with a model of the caller's.
pub fn platform_with(folder: &Path, store: Store, options: Options, model: Arc<dyn Model>) -> Result<Platform, Fault> {
    let wrong = options.check();
    if !wrong.is_empty() {
        return Err(Fault::new(Code::ConfigInvalid).about(wrong.join("; ")));
    }
    let registry = Registry::builtin().map_err(|faults| {
        Fault::new(Code::ContractInvalid)
            .about(faults.iter().map(|f| format!("{}: {}", f.file, f.fault)).collect::<Vec<_>>().join("; "))
    })?;
    for fault in
        registry.load_folder(&folder.join("contracts")).into_iter().filter(|_| folder.join("contracts").is_dir())
    {
        tracing::warn!(file = fault.file, fault = %fault.fault, "a contract was not taken");
    }
    let net = Net::new(Limits::default())?;
    Platform::new(PlatformParts {
        store,
        clock: Arc::new(SystemClock),
        ids: Arc::new(FreshIds),
        registry: Arc::new(registry),
        net,
        vault: Vault::new(master_key(folder)?, Vec::new()),
        model,
        options,
    })
}

/// The simulated services on a port of their own.
pub async fn sandbox(bind: SocketAddr, ledger: Option<&Path>) -> Result<metel_sandbox::SandboxHandle, Fault> {
    let mut config = metel_sandbox::SandboxConfig::new(bind);
    config.ledger = ledger.map(Path::to_path_buf);
    metel_sandbox::serve(config).await.map_err(|error| Fault::new(Code::PortTaken).about(error).at(bind))
}
