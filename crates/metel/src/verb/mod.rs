//! The verbs, one file each.

mod approve;
mod ask;
mod audit;
mod bench;
mod config;
mod connect;
mod dead;
mod demo;
mod doctor;
mod eval;
mod eval_injection;
mod eval_retrieval;
mod group;
mod jsonl;
mod line;
mod message;
mod model;
mod pipeline;
mod policy;
mod prompt;
mod replay;
mod run;
mod secret;
mod shipped;
mod standing;
mod subject;
mod tool;
mod torture;
mod up;
mod user;
mod vault;

pub(crate) use up::PORT;

use clap::{Args, Subcommand};
use metel_model::{Fault, Lang};

use crate::api::Api;
use crate::terminal_lang;

/// What every verb takes.
#[derive(Args, Clone)]
pub struct Common {
    /// Address of a running metel (default: the one that uses this data folder)
    #[arg(long, global = true, env = "METEL_SERVER")]
    pub server: Option<String>,
    /// Language of messages: ko or en
    #[arg(long, global = true)]
    pub lang: Option<String>,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Never ask; stop with exit code 7 where a person is needed
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Answer yes to the plan (never to an approval)
    #[arg(long, short = 'y', global = true)]
    pub yes: bool,
}

impl Common {
    pub fn lang(&self) -> Lang {
        self.lang.as_deref().map_or_else(terminal_lang, Lang::from_tag)
    }

    pub fn api(&self) -> Result<Api, Fault> {
        Api::find(self.server.clone(), self.lang())
    }
}

#[derive(Subcommand)]
pub enum Verb {
    /// Start everything: server, worker, dashboard, simulated services
    #[command(alias = "serve")]
    Up(up::Up),
    /// Start a worker over a shared PostgreSQL
    Worker(up::Worker),
    /// Serve the simulated services alone
    Sandbox(up::SandboxVerb),
    /// Carry out the built-in demonstration
    Demo(demo::Demo),
    /// Ask for something in plain words: plan, approve, watch, result
    Ask(ask::Ask),
    /// Look at runs and steer them
    #[command(alias = "runs")]
    Run(run::Run),
    /// Publish messages for steps that wait for them
    #[command(alias = "messages")]
    Message(message::Message),
    /// Look at steps that failed for good, and start their runs again
    Dead(dead::Dead),
    /// Decide what waits for a person
    Approve(approve::Approve),
    /// Say no to what waits for a person
    Reject(approve::Reject),
    /// What was approved once for all, within bounds
    Standing(standing::Standing),
    /// Look at the policy, change it, test it
    Policy(policy::Policy),
    /// People of the workspace, and their roles
    #[command(alias = "users")]
    User(user::User),
    /// Groups of people that decide
    #[command(alias = "groups")]
    Group(group::Group),
    /// Start and list pipelines
    #[command(alias = "pipelines")]
    Pipeline(pipeline::Pipeline),
    /// Look at tools
    #[command(alias = "tools")]
    Tool(tool::Tool),
    /// Look at models, their names, prices and budgets, and change them
    #[command(alias = "models")]
    Model(model::Model),
    /// Look at what would be sent to a model
    Prompt(prompt::Prompt),
    /// Connect a service
    Connect(connect::Connect),
    /// Keep secrets: set, rotate, test, delete, list
    #[command(alias = "secrets")]
    Secret(secret::Secret),
    /// Look at the vault's master keys, and rotate them
    Vault(vault::Vault),
    /// Look at whom runs are about, and forget them
    #[command(alias = "subjects")]
    Subject(subject::Subject),
    /// Verify the record
    Audit(audit::Audit),
    /// Check a capsule and re-derive its runs, without a server or a network
    Replay(replay::Replay),
    /// Put a workflow through crashes, lost answers and clock jumps at every step, with simulated tools
    Torture(torture::Torture),
    /// Look for what is wrong here
    Doctor(doctor::Doctor),
    /// Look at the data folder's settings, and change them
    Config(config::Config),
    /// Answer one JSON object a line (for scripts and measurements)
    Jsonl(jsonl::Jsonl),
    /// Measure planning and detection on labelled sets
    Eval(eval::Eval),
    /// Measure this machine and this metel
    Bench(bench::Bench),
}

/// A value as it stands in the query of an address (RFC 3986).
fn in_query(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// Runs a verb; the number is the exit code.
pub async fn run(verb: Option<Verb>, common: Common) -> Result<u8, Fault> {
    match verb {
        None => up::hello(&common).await,
        Some(Verb::Up(verb)) => verb.run(&common).await,
        Some(Verb::Worker(verb)) => verb.run(&common).await,
        Some(Verb::Sandbox(verb)) => verb.run().await,
        Some(Verb::Demo(verb)) => verb.run(&common).await,
        Some(Verb::Ask(verb)) => verb.run(&common).await,
        Some(Verb::Run(verb)) => verb.run(&common).await,
        Some(Verb::Message(verb)) => verb.run(&common).await,
        Some(Verb::Dead(verb)) => verb.run(&common).await,
        Some(Verb::Approve(verb)) => verb.run(&common).await,
        Some(Verb::Reject(verb)) => verb.run(&common).await,
        Some(Verb::Standing(verb)) => verb.run(&common).await,
        Some(Verb::Policy(verb)) => verb.run(&common).await,
        Some(Verb::User(verb)) => verb.run(&common).await,
        Some(Verb::Group(verb)) => verb.run(&common).await,
        Some(Verb::Pipeline(verb)) => verb.run(&common).await,
        Some(Verb::Tool(verb)) => verb.run(&common).await,
        Some(Verb::Model(verb)) => verb.run(&common).await,
        Some(Verb::Prompt(verb)) => verb.run(&common).await,
        Some(Verb::Connect(verb)) => verb.run(&common).await,
        Some(Verb::Secret(verb)) => verb.run(&common).await,
        Some(Verb::Vault(verb)) => verb.run(&common).await,
        Some(Verb::Subject(verb)) => verb.run(&common).await,
        Some(Verb::Audit(verb)) => verb.run(&common).await,
        Some(Verb::Replay(verb)) => verb.run(&common),
        Some(Verb::Torture(verb)) => verb.run(&common).await,
        Some(Verb::Doctor(verb)) => verb.run(&common).await,
        Some(Verb::Config(verb)) => verb.run(&common),
        Some(Verb::Jsonl(verb)) => verb.run().await,
        Some(Verb::Eval(verb)) => verb.run(&common).await,
        Some(Verb::Bench(verb)) => verb.run(&common).await,
    }
}
