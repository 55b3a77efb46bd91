//! The registry: every contract and service that is known, by id, version and digest.
//!
//! A version never changes: the same version with other content is refused. Several versions stand
//! side by side; the current one is the highest, unless one is pinned. Readers take a snapshot and
//! never wait.

mod embedded;
mod file;
mod service;
mod snapshot;

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use metel_model::contract::Contract;
use metel_model::service::Service;
use metel_model::{Code, Digest, Fault};
use metel_rules::contract::Compiled;
use parking_lot::Mutex;

pub use file::{Parsed, parse, validate};
pub use snapshot::{Snapshot, Tool};

/// What came of adding a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    New,
    /// The very same contract was known already.
    Known,
}

/// A file that was not taken, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct FileFault {
    pub file: String,
    pub fault: Fault,
}

/// Shared by everybody in the process.
#[derive(Debug, Default)]
pub struct Registry {
    current: ArcSwap<Snapshot>,
    writing: Mutex<()>,
}

impl Registry {
    /// An empty registry.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The services and contracts that the binary carries.
    pub fn builtin() -> Result<Self, Vec<FileFault>> {
        let registry = Self::empty();
        let files = embedded::FILES.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let faults = registry.take(files);
        if faults.is_empty() { Ok(registry) } else { Err(faults) }
    }

    /// Reads every `.yaml`, `.yml` and `.json` file below a folder. Good files are taken; the others are reported.
    pub fn load_folder(&self, folder: &Path) -> Vec<FileFault> {
        match file::read_folder(folder) {
            Ok(files) => self.take(files),
            Err(fault) => vec![FileFault { file: folder.display().to_string(), fault }],
        }
    }

    /// Services first: contracts are checked against them.
    fn take(&self, files: Vec<(String, String)>) -> Vec<FileFault> {
        let mut faults = Vec::new();
        let mut contracts = Vec::new();
        for (file, text) in files {
            match parse(&file, &text) {
                Ok(Parsed::Service(service)) => {
                    if let Err(fault) = self.add_service(*service) {
                        faults.push(FileFault { file, fault });
                    }
                }
                Ok(Parsed::Contract(contract)) => contracts.push((file, contract)),
                Err(fault) => faults.push(FileFault { file, fault }),
            }
        }
        for (file, contract) in contracts {
            if let Err(fault) = self.add(*contract) {
                faults.push(FileFault { file, fault });
            }
        }
        faults
    }

    /// What is known now; stays as it is while held.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// The current version of a tool.
    pub fn get(&self, id: &str) -> Option<Arc<Compiled>> {
        self.current.load().get(id).cloned()
    }

    pub fn get_version(&self, id: &str, version: &str) -> Option<Arc<Compiled>> {
        self.current.load().get_version(id, version).cloned()
    }

    /// The exact contract that something was validated with.
    pub fn by_digest(&self, digest: &Digest) -> Option<Arc<Compiled>> {
        self.current.load().by_digest(digest).cloned()
    }

    pub fn service(&self, id: &str) -> Option<Arc<Service>> {
        self.current.load().services().get(id).cloned()
    }

    /// Compiles and adds a contract. `ContractChanged` when this version exists with other content,
    /// `ContractInvalid` with every fault when it does not hold.
    pub fn add(&self, contract: Contract) -> Result<Added, Fault> {
        let id = contract.id.clone();
        let compiled = Compiled::compile(contract)
            .map_err(|fields| Fault::new(Code::ContractInvalid).about(&id).fields(fields))?;
        self.add_compiled(Arc::new(compiled))
    }

    /// Adds a contract that is compiled already, as rows from a store are.
    pub fn add_compiled(&self, compiled: Arc<Compiled>) -> Result<Added, Fault> {
        self.change(|snapshot| snapshot.add(compiled.clone()))
    }

    /// Adds contracts that are compiled already, all or none.
    pub fn add_all(&self, compiled: &[Arc<Compiled>]) -> Result<(), Fault> {
        match compiled.is_empty() {
            true => Ok(()),
            false => self.change(|snapshot| compiled.iter().try_for_each(|one| snapshot.add(one.clone()).map(drop))),
        }
    }

    /// Adds or replaces a service.
    pub fn add_service(&self, service: Service) -> Result<(), Fault> {
        let fields = service::check(&service);
        if !fields.is_empty() {
            return Err(Fault::new(Code::ContractInvalid).about(format!("service {}", service.id)).fields(fields));
        }
        let service = Arc::new(service);
        self.change(|snapshot| {
            snapshot.add_service(service.clone());
            Ok(())
        })
    }

    /// Switches a tool off or on for the whole process.
    pub fn disable(&self, id: &str, is_off: bool) -> Result<(), Fault> {
        self.change(|snapshot| snapshot.disable(id, is_off))
    }

    /// Makes one version current, whatever the highest is; `None` lifts the pin.
    pub fn pin(&self, id: &str, version: Option<&str>) -> Result<(), Fault> {
        self.change(|snapshot| snapshot.pin(id, version))
    }

    fn change<T>(&self, change: impl Fn(&mut Snapshot) -> Result<T, Fault>) -> Result<T, Fault> {
        let _one_writer = self.writing.lock();
        let mut next = self.current.load().as_ref().clone();
        let done = change(&mut next)?;
        next.generation += 1;
        self.current.store(Arc::new(next));
        Ok(done)
    }
}

#[cfg(test)]
mod tests;
