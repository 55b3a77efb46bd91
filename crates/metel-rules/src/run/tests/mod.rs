//! The machine as a whole: a small world of contracts, scripted runs, and laws that hold whatever is asked.

use std::collections::HashMap;
use std::sync::Arc;

use metel_model::approval::{Channel, Decision};
use metel_model::command::Command;
use metel_model::effect::{Certainty, EffectKind, Outcome};
use metel_model::event::{Entry, Event, Started};
use metel_model::facts::Facts;
use metel_model::hash::Digest;
use metel_model::id::{ApprovalId, ConnectionId, MessageId, RunId, WorkspaceId};
use metel_model::plan::{ActionPlan, Request};
use metel_model::run::{PendingApproval, Run, Step};
use metel_model::service::{ConnectionFact, ConnectionState};
use metel_model::status::{RunStatus, StepStatus, WaitingFor};
use metel_model::stored::Stored;
use metel_model::time::Micros;
use metel_model::{Code, Fault};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::contract::Compiled;
use crate::graph::{Program, read_pipeline};

mod approvals;
mod asking;
mod effects;
mod envelopes;
mod forks;
mod hearings;
mod history;
mod laws;
mod ledger;
mod loops;
mod maps;
mod messages;
mod moves;
mod pausing;
mod people;
mod plans;
mod quorums;
mod retries;
mod shapes;
mod shelf;
mod standings;
mod steps;
mod taint;
mod talking;
mod undoing;
mod world;

use ledger::Ledger;
use shelf::Shelf;
use world::*;
