//! The one place where concrete parts are built and put together.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use metel_engine::{Options, Platform, PlatformParts};
use metel_llm::gateway::{Door, Lanes, Origin, Target};
use metel_llm::{Client, Endpoint, Model, Protocol, Simulated};
use metel_model::id::FreshIds;
use metel_model::time::SystemClock;
use metel_model::{Code, Fault};
use metel_net::{Egress, Limits, Net};
use metel_store::Store;
use metel_tools::registry::Registry;
use secrecy::SecretString;

use crate::keyfile;

/// The store of a data folder, or a PostgreSQL by its address.
pub async fn store(folder: &Path, db: Option<&str>) -> Result<Store, Fault> {
    let options = metel_store::Options::default();
    match db {
        Some(url) => Store::open_postgres(url, options).await.map_err(Fault::from),
        None => Store::open_sqlite(&folder.join("metel.db"), options).await.map_err(Fault::from),
    }
}

/// The model of the environment, where there is one.
fn house() -> Result<Option<Endpoint>, Fault> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let key = set("METEL_MODEL_KEY").or_else(|| set("OPENAI_API_KEY")).map(SecretString::from);
    let url = set("METEL_MODEL_URL").or_else(|| key.is_some().then(|| "https://api.openai.com/v1".to_owned()));
    let Some(url) = url else { return Ok(None) };
    let name = set("METEL_MODEL").unwrap_or_else(|| "gpt-4o-mini".to_owned());
    let endpoint = Endpoint::new(&url, key, &name)?;
    match set("METEL_MODEL_PROTOCOL") {
        None => Ok(Some(endpoint)),
        Some(protocol) => match Protocol::from_name(&protocol) {
            Some(protocol) => Ok(Some(endpoint.protocol(protocol))),
            None => Err(Fault::new(Code::ConfigInvalid).about(protocol).at("METEL_MODEL_PROTOCOL")),
        },
    }
}

/// The same model for verbs that need nothing else; rules that stand in for one without it.
pub fn model_of_environment() -> Result<Arc<dyn Model>, Fault> {
    let Some(endpoint) = house()? else { return Ok(Arc::new(Simulated)) };
    // Whoever configures a model's address means it, wherever it lies.
    let egress = Egress::none().with_base(&endpoint.base_url).with_inside_base(&endpoint.base_url);
    let lane = Lanes::default().of(&endpoint, metel_llm::lane::Limits::default());
    let client = Client::new(Net::new(Limits::default())?, endpoint, egress);
    Ok(Arc::new(Door::new(vec![Target::new(client, lane)], Origin::default())?))
}

/// Everything over one store.
pub fn platform(folder: &Path, store: Store, options: Options) -> Result<Platform, Fault> {
    put_together(folder, store, options, house()?, Arc::new(Simulated))
}

/// The same with a model of the caller's and no other.
pub fn platform_with(folder: &Path, store: Store, options: Options, model: Arc<dyn Model>) -> Result<Platform, Fault> {
    put_together(folder, store, options, None, model)
}

fn put_together(
    folder: &Path,
    store: Store,
    options: Options,
    house: Option<Endpoint>,
    stand_in: Arc<dyn Model>,
) -> Result<Platform, Fault> {
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
        vault: keyfile::vault(folder)?,
        house,
        stand_in,
        files: Some(folder.join("files")),
        options,
    })
}

/// The simulated services on a port of their own.
pub async fn sandbox(bind: SocketAddr, ledger: Option<&Path>) -> Result<metel_sandbox::SandboxHandle, Fault> {
    let mut config = metel_sandbox::SandboxConfig::new(bind);
    config.ledger = ledger.map(Path::to_path_buf);
    metel_sandbox::serve(config).await.map_err(|error| Fault::new(Code::PortTaken).about(error).at(bind))
}
