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
use crate::identifier::uuid_from;
use crate::intake::Caller;
use crate::ledger::Ledger;
use crate::ledgerbox::Ledgerbox;
use crate::notion::Notion;
use crate::sheets::Sheets;
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
        }
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
            "slack" => self.slack.apply(effect),
            "sheets" => self.sheets.apply(effect),
            "authority" => self.authority.apply(effect),
            "ledgerbox" => self.ledgerbox.apply(effect),
            "_control" if effect.op == "reset" => {
                self.notion = Notion::seeded();
                self.slack = Slack::seeded();
                self.sheets = Sheets::seeded();
                self.authority = Authority::seeded();
                self.ledgerbox = Ledgerbox::default();
                self.counts.clear();
                Ok(())
            }
            other => Err(format!("no service named {other}")),
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
