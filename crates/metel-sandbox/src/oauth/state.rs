//! Requests, codes, tokens and what was counted.

use std::collections::BTreeMap;

use serde::Serialize;

use super::knobs::Knobs;
use crate::config::Token;
use crate::identifier::{digest, hex};

/// What a browser asked for and a person has still to decide.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub service: String,
    pub redirect_uri: String,
    pub scopes: Vec<String>,
    pub state: Option<String>,
    pub challenge: String,
}

#[derive(Clone, Debug)]
pub(super) struct Code {
    pub request: Request,
    pub ends_at: i64,
    /// The grant that came of it: a code that comes twice ends it.
    pub family: Option<u64>,
}

#[derive(Clone, Debug)]
pub(super) struct Access {
    pub family: u64,
    /// None for one that does not end.
    pub ends_at: Option<i64>,
}

#[derive(Clone, Debug)]
pub(super) struct Refresh {
    pub family: u64,
    /// When it was used, and what it gave.
    pub used: Option<(i64, Issued)>,
}

/// All tokens that came of one consent.
#[derive(Clone, Debug)]
pub(super) struct Family {
    pub service: String,
    pub scopes: Vec<String>,
    pub is_over: bool,
}

/// One set of tokens.
#[derive(Clone, Debug)]
pub(crate) struct Issued {
    pub access: String,
    pub refresh: Option<String>,
    pub life_s: i64,
    pub scopes: Vec<String>,
}

/// What happened since the start or the last reset.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Counts {
    pub consented: u64,
    pub exchanged: u64,
    pub refreshed: u64,
    /// Answers given again within the grace time.
    pub repeated: u64,
    pub reused: u64,
    pub asserted: u64,
    pub revoked: u64,
    pub refused: BTreeMap<String, u64>,
}

#[derive(Default)]
pub(crate) struct OAuth {
    pub knobs: Knobs,
    pub counts: Counts,
    pub(super) tickets: BTreeMap<String, Request>,
    pub(super) codes: BTreeMap<String, Code>,
    pub(super) access: BTreeMap<String, Access>,
    pub(super) refresh: BTreeMap<String, Refresh>,
    pub(super) families: BTreeMap<u64, Family>,
    /// Public keys of service accounts, DER, by their names.
    pub accounts: BTreeMap<String, Vec<u8>>,
    made: u64,
    salt: Option<[u8; 16]>,
}

impl OAuth {
    /// A text that nobody guesses: also the second sandbox of a test has its own.
    pub(super) fn fresh(&mut self, prefix: &str) -> String {
        let salt = *self.salt.get_or_insert_with(|| *uuid::Uuid::now_v7().as_bytes());
        self.made += 1;
        format!("{prefix}{}", &hex(&digest(&[&salt, &self.made.to_be_bytes()]))[..40])
    }

    pub(super) fn refused(&mut self, error: &str) {
        *self.counts.refused.entry(error.to_owned()).or_default() += 1;
    }

    pub(super) fn begin(&mut self, service: &str, scopes: Vec<String>) -> u64 {
        let family = self.families.len() as u64 + 1;
        self.families.insert(family, Family { service: service.to_owned(), scopes, is_over: false });
        family
    }

    pub(super) fn issue(&mut self, family: u64, with_refresh: bool, now: i64) -> Issued {
        let life_s = self.knobs.life_s;
        let prefix = match self.families.get(&family).map(|f| f.service.as_str()) {
            Some("slack") => "xoxe.xoxb-1-",
            _ => "ya29.",
        };
        let access = self.fresh(prefix);
        let ends_at = (life_s > 0).then(|| now + life_s * 1_000_000);
        self.access.insert(access.clone(), Access { family, ends_at });
        let refresh = (with_refresh && life_s > 0).then(|| self.fresh("1//refresh-"));
        if let Some(refresh) = &refresh {
            self.refresh.insert(refresh.clone(), Refresh { family, used: None });
        }
        let scopes = self.families.get(&family).map(|f| f.scopes.clone()).unwrap_or_default();
        Issued { access, refresh, life_s, scopes }
    }

    pub(super) fn end(&mut self, family: u64) {
        if let Some(family) = self.families.get_mut(&family) {
            family.is_over = true;
        }
    }

    pub(crate) fn forget_access(&mut self) {
        self.access.clear();
    }

    /// A live access token, as the services look for it.
    pub(crate) fn find(&self, service: &str, value: &str, now: i64) -> Option<Token> {
        let access = self.access.get(value)?;
        let family = self.families.get(&access.family)?;
        let lives = !family.is_over && family.service == service && access.ends_at.is_none_or(|end| now < end);
        lives.then(|| Token { service: service.to_owned(), value: value.to_owned(), scopes: family.scopes.clone() })
    }
}
