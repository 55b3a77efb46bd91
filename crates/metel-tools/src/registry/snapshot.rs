//! One moment's tools and services. Cheap to clone: everything large is shared.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use metel_model::service::Service;
use metel_model::{Code, Digest, Fault};
use metel_rules::contract::Compiled;

use super::Added;

/// All versions of one tool.
#[derive(Debug, Clone)]
pub struct Tool {
    /// What the id means now.
    pub current: Arc<Compiled>,
    pub versions: BTreeMap<String, Arc<Compiled>>,
    pub pinned: Option<String>,
}

#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    tools: Arc<BTreeMap<String, Tool>>,
    services: Arc<BTreeMap<String, Arc<Service>>>,
    digests: Arc<HashMap<Digest, Arc<Compiled>>>,
    disabled: Arc<BTreeSet<String>>,
    /// Grows with every change; keys caches.
    pub generation: u64,
}

impl Snapshot {
    pub fn get(&self, id: &str) -> Option<&Arc<Compiled>> {
        self.tools.get(id).map(|tool| &tool.current)
    }

    pub fn get_version(&self, id: &str, version: &str) -> Option<&Arc<Compiled>> {
        self.tools.get(id)?.versions.get(version)
    }

    pub fn by_digest(&self, digest: &Digest) -> Option<&Arc<Compiled>> {
        self.digests.get(digest)
    }

    /// Every tool by id, in order.
    pub fn tools(&self) -> &BTreeMap<String, Tool> {
        &self.tools
    }

    /// The current contracts, in order of their ids.
    pub fn list(&self) -> impl Iterator<Item = &Arc<Compiled>> {
        self.tools.values().map(|tool| &tool.current)
    }

    pub fn services(&self) -> &BTreeMap<String, Arc<Service>> {
        &self.services
    }

    pub fn is_disabled(&self, id: &str) -> bool {
        self.disabled.contains(id)
    }

    /// Ids that are switched off, in order.
    pub fn disabled(&self) -> impl Iterator<Item = &str> {
        self.disabled.iter().map(String::as_str)
    }

    pub(super) fn add(&mut self, compiled: Arc<Compiled>) -> Result<Added, Fault> {
        let contract = &compiled.contract;
        let (id, version) = (contract.id.clone(), contract.version.clone());
        if let Some(known) = self.get_version(&id, &version) {
            return match known.digest == compiled.digest {
                true => Ok(Added::Known),
                false => Err(Fault::new(Code::ContractChanged).about(format!("{id} {version}"))),
            };
        }
        Arc::make_mut(&mut self.digests).insert(compiled.digest, compiled.clone());
        let tool = Arc::make_mut(&mut self.tools).entry(id).or_insert_with(|| Tool {
            current: compiled.clone(),
            versions: BTreeMap::new(),
            pinned: None,
        });
        tool.versions.insert(version, compiled);
        tool.choose();
        Ok(Added::New)
    }

    pub(super) fn add_service(&mut self, service: Arc<Service>) {
        Arc::make_mut(&mut self.services).insert(service.id.clone(), service);
    }

    pub(super) fn disable(&mut self, id: &str, is_off: bool) -> Result<(), Fault> {
        if !self.tools.contains_key(id) {
            return Err(Fault::new(Code::ToolUnknown).about(id));
        }
        let disabled = Arc::make_mut(&mut self.disabled);
        match is_off {
            true => disabled.insert(id.to_owned()),
            false => disabled.remove(id),
        };
        Ok(())
    }

    pub(super) fn pin(&mut self, id: &str, version: Option<&str>) -> Result<(), Fault> {
        let unknown = || Fault::new(Code::ToolUnknown).about(format!("{id} {}", version.unwrap_or_default()));
        let tool = Arc::make_mut(&mut self.tools).get_mut(id).ok_or_else(unknown)?;
        if version.is_some_and(|version| !tool.versions.contains_key(version)) {
            return Err(unknown());
        }
        tool.pinned = version.map(str::to_owned);
        tool.choose();
        Ok(())
    }
}

impl Tool {
    fn choose(&mut self) {
        let pinned = self.pinned.as_ref().and_then(|version| self.versions.get(version));
        let highest = self.versions.iter().max_by_key(|(version, _)| rank(version)).map(|(_, compiled)| compiled);
        if let Some(chosen) = pinned.or(highest) {
            self.current = chosen.clone();
        }
    }
}

/// Order of semver.org 2.0.0: numbers, then a release above its pre-releases; build parts do not count.
fn rank(version: &str) -> ([u64; 3], bool, Vec<(bool, u64, String)>) {
    let plain = version.split('+').next().unwrap_or_default();
    let (core, pre) = plain.split_once('-').map_or((plain, None), |(core, pre)| (core, Some(pre)));
    let mut numbers = [0; 3];
    for (slot, part) in numbers.iter_mut().zip(core.split('.')) {
        *slot = part.parse().unwrap_or(0);
    }
    let labels = pre.into_iter().flat_map(|pre| pre.split('.')).map(|label| match label.parse() {
        Ok(number) => (false, number, String::new()),
        Err(_) => (true, 0, label.to_owned()),
    });
    (numbers, pre.is_none(), labels.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_semver_says() {
        let ordered = [
            "0.9.0",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0",
            "1.2.0",
            "1.10.0",
        ];
        for pair in ordered.windows(2) {
            assert!(rank(pair[0]) < rank(pair[1]), "{pair:?}");
        }
    }
}
