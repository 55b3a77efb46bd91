//! Torture: a user's own workflow is carried out by the real engine again and again, each time with
//! something else going wrong, against stand-ins for its tools. What breaks is named with the step, the
//! smallest fault that breaks it, how to mend it, and a capsule that holds the run.
//!
//! First the workflow runs as it should, in every way that its conditions know ([`explore`]). The places that
//! these runs reach are then disturbed one by one, and two by two as far as the budget goes. Judges look at
//! what each run left behind. Nothing outside is called and nothing of the user's is read or written.

mod explore;
mod eye;
mod fault;
mod ground;
mod judge;
mod person;
mod plot;
mod process;
mod receivers;
mod sample;
mod stand_in;
mod template;
mod trace;
mod ways;
mod words;
mod world;

use metel_model::lang::Text;
use metel_store::Capsule;

pub use explore::{repeat, torture};
pub use fault::{Act, Kind, Moment, Point, Schedule};
pub use ground::Subject;
pub use judge::Flaw;
pub use template::workflow_of_template;

/// How much is tried.
#[derive(Debug, Clone)]
pub struct Options {
    /// Draws ids, and the pairs of faults.
    pub seed: u64,
    /// Runs at most.
    pub budget: usize,
    /// Pairs of faults among them at most.
    pub pairs: usize,
    /// Runs at once.
    pub threads: usize,
    /// The program and its version, for capsules.
    pub made_by: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, budget: 1_000, pairs: usize::MAX, threads: 1, made_by: "metel".to_owned() }
    }
}

/// One flaw of a workflow, shown by the smallest schedule that was found.
#[derive(Debug, Clone)]
pub struct Finding {
    pub flaw: Flaw,
    /// The workflow, or the one that it starts, in which it is.
    pub workflow: String,
    /// Empty where it is about the whole run.
    pub step: String,
    pub what: Text,
    pub mend: Text,
    pub schedule: Schedule,
    pub capsule: Capsule,
    /// What happened in that run, told in lines with simulated times.
    pub story: Vec<String>,
}

/// What a torture found.
#[derive(Debug, Clone)]
pub struct Report {
    pub workflow: String,
    pub seed: u64,
    /// Runs that were carried out.
    pub runs: usize,
    /// Ordinary runs among them that were disturbed: each goes another way.
    pub ways: usize,
    /// Places that were disturbed.
    pub points: usize,
    /// Single faults that there were, and how many of them were tried.
    pub singles: (usize, usize),
    /// Pairs of faults that were tried.
    pub pairs: usize,
    /// Calls that receivers saw.
    pub calls: usize,
    /// Simulated time of all runs, in milliseconds.
    pub simulated_ms: u64,
    /// Steps of the workflow that some run succeeded with, and all of them.
    pub reached: (usize, usize),
    /// Steps that none did.
    pub unreached: Vec<String>,
    /// Acts of `--at` whose place no run came to.
    pub missed: Vec<String>,
    pub findings: Vec<Finding>,
}
