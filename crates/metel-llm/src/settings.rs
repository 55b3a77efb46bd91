//! A workspace's models: where each is, and which names stand for which, in what order. Keys are not
//! here: an entry names the secret that holds its key.

use std::collections::BTreeMap;

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::fault::FieldFault;
use serde::{Deserialize, Serialize};

use crate::endpoint::{Endpoint, Price, Protocol};
use crate::lane::Limits;

/// Most models, and most names of one alias.
pub const MODELS_MAX: usize = 64;
pub const FALLBACKS_MAX: usize = 8;

/// The names that metel itself asks by.
pub const ALIASES: [&str; 3] = ["planner", "fast", "judge"];

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSettings {
    #[serde(default)]
    pub models: BTreeMap<String, ModelEntry>,
    /// Models in the order in which they are asked.
    #[serde(default)]
    pub aliases: BTreeMap<String, Vec<String>>,
}

/// One model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelEntry {
    pub base_url: String,
    /// As its server calls it.
    pub model: String,
    /// One of [`Protocol::name`]; by the address where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Name of the secret with its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Micro-credits for a million tokens; by the price table where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    #[serde(default)]
    pub limits: Limits,
}

impl ModelEntry {
    /// Where it is, without its key and price.
    pub fn endpoint(&self) -> Result<Endpoint, Fault> {
        let endpoint = Endpoint::new(&self.base_url, None, &self.model)?;
        match &self.protocol {
            None => Ok(endpoint),
            Some(name) => Protocol::from_name(name).map(|protocol| endpoint.protocol(protocol)).ok_or_else(|| {
                let known: Vec<&str> = Protocol::ALL.iter().map(|protocol| protocol.name()).collect();
                Fault::new(Code::ConfigInvalid).about(format!("protocol {name}; known: {}", known.join(", ")))
            }),
        }
    }
}

impl ModelSettings {
    /// Everything that is wrong, with its place.
    pub fn faults(&self) -> Vec<FieldFault> {
        let mut faults = Vec::new();
        let mut say = |pointer: String, en: &str, ko: &str| faults.push(FieldFault::new(pointer, en, ko));
        if self.models.len() > MODELS_MAX || self.aliases.len() > MODELS_MAX {
            say("/models".into(), "are too many", "너무 많아요");
        }
        for (name, entry) in &self.models {
            let place = format!("/models/{name}");
            if !is_name(name) {
                say(
                    place.clone(),
                    "names are of a-z, 0-9, _ . : -, at most 64",
                    "이름은 a-z, 0-9, _ . : - 로 64자까지예요",
                );
            }
            if let Err(fault) = entry.endpoint() {
                say(place.clone(), &fault.sentence(metel_model::Lang::En), &fault.sentence(metel_model::Lang::Ko));
            }
            if entry.limits.concurrent_max == 0 || entry.limits.concurrent_max > 10_000 {
                say(format!("{place}/limits/concurrent_max"), "is from 1 to 10000", "1부터 10000까지예요");
            }
            if entry.limits.requests_per_minute == Some(0) || entry.limits.tokens_per_minute == Some(0) {
                say(format!("{place}/limits"), "a limit of nothing lets nobody through", "0이면 아무도 못 써요");
            }
            let negative = |price: &Price| {
                [Some(price.input), Some(price.output), price.cached, price.cache_written]
                    .into_iter()
                    .flatten()
                    .any(|p| p < 0)
            };
            if entry.price.as_ref().is_some_and(negative) {
                say(format!("{place}/price"), "is zero or more", "0 이상이어야 해요");
            }
        }
        for (alias, names) in &self.aliases {
            let place = format!("/aliases/{alias}");
            if !is_name(alias) || self.models.contains_key(alias) {
                say(place.clone(), "is no name, or a model's", "이름이 아니거나 모델 이름과 같아요");
            }
            if names.is_empty() || names.len() > FALLBACKS_MAX {
                say(place.clone(), "names one to eight models", "모델을 1개에서 8개까지 적어요");
            }
            for (n, name) in names.iter().enumerate().filter(|(_, name)| !self.models.contains_key(*name)) {
                say(format!("{place}/{n}"), &format!("there is no model {name}"), &format!("{name} 모델이 없어요"));
            }
        }
        faults
    }

    /// The models behind a name: an alias's, or the model of that name.
    pub fn behind(&self, name: &str) -> Vec<(&str, &ModelEntry)> {
        let of = |name: &String| self.models.get_key_value(name).map(|(name, entry)| (name.as_str(), entry));
        match self.aliases.get(name) {
            Some(names) => names.iter().filter_map(of).collect(),
            None => of(&name.to_owned()).into_iter().collect(),
        }
    }
}

fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.' | ':' | '-');
    !name.is_empty() && name.len() <= 64 && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_wrong_is_named() {
        let settings: ModelSettings = serde_json::from_value(json!({
            "models": {
                "big": {"base_url": "https://api.anthropic.com/v1", "model": "claude-haiku-4-5", "secret": "claude"},
                "Odd": {"base_url": "ftp://x", "model": "m", "price": {"input": -1, "output": 0}},
                "odd2": {"base_url": "http://127.0.0.1/v1", "model": "m", "protocol": "telepathy", "limits": {"concurrent_max": 0}},
            },
            "aliases": {"planner": ["big", "gone"], "big": ["odd2"], "fast": []},
        }))
        .unwrap();
        let faults = settings.faults();
        let places: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(
            places,
            [
                "/models/Odd",
                "/models/Odd",
                "/models/Odd/price",
                "/models/odd2",
                "/models/odd2/limits/concurrent_max",
                "/aliases/big",
                "/aliases/fast",
                "/aliases/planner/1"
            ]
        );
        assert_eq!(settings.behind("planner").len(), 1);
        assert_eq!(settings.behind("odd2")[0].0, "odd2");
        assert_eq!(settings.models["big"].endpoint().unwrap().protocol, Protocol::AnthropicMessages);
        assert!(serde_json::from_value::<ModelSettings>(json!({"modelz": {}})).is_err());
    }
}
