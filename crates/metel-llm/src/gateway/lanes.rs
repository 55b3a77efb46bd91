//! One lane for each key at each model of each server, whoever in this process asks.

use std::collections::HashMap;
use std::sync::Arc;

use metel_model::Digest;
use parking_lot::Mutex;
use secrecy::ExposeSecret;

use crate::endpoint::Endpoint;
use crate::lane::{Lane, Limits};

/// Lanes kept; beyond it those that nobody uses are let go.
const LANES_MAX: usize = 1_024;

/// All lanes of a process. Clones share them.
#[derive(Clone, Default)]
pub struct Lanes(Arc<Mutex<HashMap<(Digest, Limits), Lane>>>);

impl Lanes {
    /// The lane to an endpoint. Other limits make another lane.
    pub fn of(&self, endpoint: &Endpoint, limits: Limits) -> Lane {
        let key = endpoint.key.as_ref().map(|key| key.expose_secret()).unwrap_or_default();
        let name = Digest::of_parts(&[endpoint.base_url.as_bytes(), endpoint.model.as_bytes(), key.as_bytes()]);
        let mut lanes = self.0.lock();
        if lanes.len() >= LANES_MAX {
            lanes.retain(|_, lane| lane.load() != (0, 0));
        }
        lanes.entry((name, limits)).or_insert_with(|| Lane::new(limits)).clone()
    }
}
