//! The state of all services and the one way to change it: an effect is applied, counted and, if
//! there is a ledger, on disk before anybody hears of it.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;
use serde_json::Value;

use crate::authority::Authority;
use crate::clock::Clock;
use crate::config::SandboxConfig;
use crate::effect::{Effect, Intent};
use crate::identifier::{digest, hex, uuid_from};
use crate::intake::Caller;
use crate::ledger::Ledger;
use crate::ledgerbox::Ledgerbox;
use crate::notion::Notion;
use crate::sheets::Sheets;
use crate::shelf::Shelf;
use crate::slack::Slack;

/// Most effects held in memory; beyond it the sandbox refuses more.
const MAX_EFFECTS: usize = 2_000_000;

/// Effects of one operation.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Count {
    /// How many happened.
    pub count: u64,
    /// How many carried each idempotency key.
    pub keys: BTreeMap<String, u64>,
}

/// The services' state.
pub(crate) struct World {
    clock: Clock,
    seed: u64,
    ledger: Option<Ledger>,
    history: Vec<Effect>,
    counts: BTreeMap<(String, String), Count>,
    pub notion: Notion,
    pub slack: Slack,
    pub sheets: Sheets,
    pub authority: Authority,
    pub ledgerbox: Ledgerbox,
    shelves: BTreeMap<&'static str, Shelf>,
}

fn shelves() -> BTreeMap<&'static str, Shelf> {
    let vendors = crate::vendors::ALL.iter().map(|vendor| (vendor.name, (vendor.seed)()));
    vendors.chain(crate::vendors::SHELVES.map(|name| (name, Shelf::default()))).collect()
}

impl World {
    /// The seeded state, with the ledger's effects applied again.
    pub(crate) fn open(config: &SandboxConfig) -> io::Result<Self> {
        let mut world = Self::seeded(config.seed, config.clock.clone());
        if let Some(path) = &config.ledger {
            let (ledger, effects) = Ledger::open(path)?;
            for effect in effects {
                world.apply(&effect).map_err(|why| {
                    let message = format!("ledger effect {}: {why}", effect.seq);
                    io::Error::new(io::ErrorKind::InvalidData, message)
                })?;
                world.remember(effect);
            }
            world.ledger = Some(ledger);
        }
        Ok(world)
    }

    fn seeded(seed: u64, clock: Clock) -> Self {
        Self {
            clock,
            seed,
            ledger: None,
            history: Vec::new(),
            counts: BTreeMap::new(),
            notion: Notion::seeded(),
            slack: Slack::seeded(),
            sheets: Sheets::seeded(),
            authority: Authority::seeded(),
            ledgerbox: Ledgerbox::default(),
            shelves: shelves(),
        }
    }

    /// What a service keeps on its shelf.
    pub(crate) fn shelf(&self, service: &str) -> &Shelf {
        static EMPTY: std::sync::LazyLock<Shelf> = std::sync::LazyLock::new(Shelf::default);
        self.shelves.get(service).unwrap_or(&EMPTY)
    }

    /// Lower-case hexadecimal for the next thing: the same history gives the same one. At most 64.
    pub(crate) fn fresh(&self, space: &str, length: usize) -> String {
        let place = (self.history.len() as u64 + 1).to_be_bytes();
        let mut id = hex(&digest(&[&self.seed.to_be_bytes(), space.as_bytes(), &place]));
        id.truncate(length);
        id
    }

    /// The present time as it will stand in the next effect, microseconds UTC.
    pub(crate) fn now(&self) -> i64 {
        (self.clock)()
    }

    /// Makes a thing, or changes it, as an effect of this name.
    ///
    /// # Errors
    /// As [`World::commit`].
    pub(crate) fn put(
        &mut self,
        caller: &Caller,
        (service, op): (&'static str, &'static str),
        (kind, id): (&str, &str),
        thing: Value,
    ) -> Result<Effect, String> {
        let body = serde_json::json!({"kind": kind, "id": id, "thing": thing});
        self.commit(caller, Intent { service, op, target: Some(id.to_owned()), body })
    }

    /// Makes an effect happen. The caller has validated it under the same lock.
    ///
    /// # Errors
    /// The ledger cannot be written, or the effect does not apply.
    pub(crate) fn commit(&mut self, caller: &Caller, intent: Intent) -> Result<Effect, String> {
        if self.history.len() >= MAX_EFFECTS {
            return Err("the sandbox holds as many effects as it can; reset it".to_owned());
        }
        let seq = self.history.len() as u64 + 1;
        let effect = Effect {
            seq,
            at: (self.clock)(),
            service: intent.service.to_owned(),
            op: intent.op.to_owned(),
            key: caller.key.clone(),
            run: caller.run.clone(),
            target: intent.target,
            id: uuid_from(&format!("effect {}", self.seed), &seq.to_string()),
            body_sha256: caller.body_sha256.clone(),
            body: intent.body,
        };
        self.apply(&effect)?;
        if let Some(ledger) = &mut self.ledger {
            ledger.append(&effect).map_err(|error| {
                tracing::error!(%error, "ledger");
                format!("the ledger cannot be written: {error}")
            })?;
        }
        self.remember(effect.clone());
        Ok(effect)
    }

    fn apply(&mut self, effect: &Effect) -> Result<(), String> {
        match effect.service.as_str() {
            "notion" => self.notion.apply(effect),
            "slack" if !effect.op.starts_with("files.") => self.slack.apply(effect),
            "sheets" => self.sheets.apply(effect),
            "authority" => self.authority.apply(effect),
            "ledgerbox" => self.ledgerbox.apply(effect),
            "_control" if effect.op == "reset" => {
                self.notion = Notion::seeded();
                self.slack = Slack::seeded();
                self.sheets = Sheets::seeded();
                self.authority = Authority::seeded();
                self.ledgerbox = Ledgerbox::default();
                self.shelves = shelves();
                self.counts.clear();
                Ok(())
            }
            other => {
                let shelf = self.shelves.get_mut(other).ok_or_else(|| format!("no service named {other}"))?;
                shelf.apply(effect)?;
                if other == "slack" { self.slack.share(effect) } else { Ok(()) }
            }
        }
    }

    fn remember(&mut self, effect: Effect) {
        if effect.service != "_control" {
            let name = (effect.service.clone(), effect.op.clone());
            let count = self.counts.entry(name).or_default();
            count.count += 1;
            if let Some(key) = &effect.key {
                *count.keys.entry(key.clone()).or_default() += 1;
            }
        }
        self.history.push(effect);
    }

    /// Every effect in order, resets included.
    pub(crate) fn history(&self) -> &[Effect] {
        &self.history
    }

    /// Effects since the last reset, by service and operation.
    pub(crate) fn counts(&self) -> &BTreeMap<(String, String), Count> {
        &self.counts
    }
}

/// A text field of an effect's body; the effect does not apply without it.
pub(crate) fn needed<'a>(effect: &'a Effect, field: &str) -> Result<&'a Value, String> {
    effect.body.get(field).ok_or_else(|| format!("{} of {} is missing", field, effect.op))
}

/// What an effect acted on; the effect does not apply without it.
pub(crate) fn target(effect: &Effect) -> Result<&str, String> {
    effect.target.as_deref().ok_or_else(|| format!("{} has no target", effect.op))
}
