//! What is looked at: a data folder and the variables that a process would start with. Passed in, so that tests look
//! at scenes of their own.

use std::collections::BTreeMap;
use std::path::PathBuf;

use metel_model::Micros;

use crate::config::Config;

/// The environment of a process.
#[derive(Debug, Clone, Default)]
pub struct Variables(pub BTreeMap<String, String>);

impl Variables {
    /// Those of this process; what is no text is left out.
    pub fn of_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self(std::env::vars_os().filter_map(text).collect())
    }

    /// Set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

#[derive(Debug)]
pub struct Scene {
    pub home: PathBuf,
    pub variables: Variables,
    /// The settings as far as they can be read.
    pub config: Config,
    pub now: Micros,
}

impl Scene {
    pub fn of(home: PathBuf, variables: Variables, now: Micros) -> Self {
        let text = crate::config::text(&home).ok().flatten().unwrap_or_default();
        Self { config: crate::config::read(&text).0, home, variables, now }
    }

    /// PostgreSQL's address, where there is one.
    pub fn db(&self) -> Option<&str> {
        self.variables.get("METEL_DB").or(self.config.db.as_deref())
    }

    pub fn port(&self) -> u16 {
        let set = self.variables.get("METEL_PORT").and_then(|text| text.parse().ok());
        set.or(self.config.port).unwrap_or(crate::verb::PORT)
    }

    pub fn database(&self) -> PathBuf {
        self.home.join("metel.db")
    }
}
