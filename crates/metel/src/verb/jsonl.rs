//! `metel jsonl`: one JSON object a line in, one a line out, in order; the product's own code answers.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use clap::Args;
use metel_engine::platform::{Around, propose};
use metel_llm::Model;
use metel_model::lang::Lang;
use metel_model::plan::{PlanInput, Request};
use metel_model::policy::Policy;
use metel_model::time::{Clock, SystemClock};
use metel_model::{Code, Fault};
use metel_rules::plan::retrieve::Pool;
use metel_rules::plan::{Catalogue, PlanRefusal};
use serde_json::{Value, json};

use super::{line, shipped};
use crate::wire;

#[derive(Args)]
pub struct Jsonl {}

/// Longest line that is read.
const LINE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Most memory that the values of one line may take, estimated before any is built, in bytes.
const WEIGHT_MAX: usize = 320 * 1024 * 1024;
/// What `fetch` may reach, as `host[:port],…`; nothing without it.
const ALLOW: &str = "METEL_EGRESS_ALLOW";

impl Jsonl {
    pub async fn run(self) -> Result<u8, Fault> {
        let mut doors = Doors {
            catalogue: None,
            pool: Pool::default(),
            model: wire::model_of_environment()?,
            allow: std::env::var(ALLOW).unwrap_or_default(),
        };
        let mut stdin = std::io::stdin().lock();
        let mut stdout = std::io::stdout();
        // One buffer for all lines: its pages are taken as they are written to, and never copied.
        let mut line = Vec::with_capacity(LINE_BYTES_MAX);
        while let Some(read) = line::next(&mut stdin, &mut line, LINE_BYTES_MAX) {
            let answer = match read {
                Ok(()) if line.iter().all(u8::is_ascii_whitespace) => continue,
                Ok(()) => doors.line(&line).await,
                Err(why) => json!({ "error": why }).to_string(),
            };
            if writeln!(stdout, "{answer}").and_then(|()| stdout.flush()).is_err() {
                break;
            }
        }
        Ok(0)
    }
}

struct Doors {
    catalogue: Option<Catalogue>,
    pool: Pool,
    model: Arc<dyn Model>,
    allow: String,
}

impl Doors {
    /// One line's answer, as text on one line.
    async fn line(&mut self, line: &[u8]) -> String {
        let Ok(text) = std::str::from_utf8(line) else { return json!({ "error": "not UTF-8" }).to_string() };
        // A description is read without a tree of the whole line: the line may be almost as large as
        // what metel may take.
        if line::op(text).as_deref() == Some("openapi") {
            return metel_rules::openapi::door::answer(text);
        }
        if line::weight(text) > WEIGHT_MAX {
            return json!({ "error": "the line holds too many values" }).to_string();
        }
        match serde_json::from_str::<Value>(text) {
            Ok(request) => self.answer(&request).await.to_string(),
            Err(error) => json!({ "error": format!("not JSON: {error}") }).to_string(),
        }
    }

    async fn answer(&mut self, request: &Value) -> Value {
        match request.get("op").and_then(Value::as_str) {
            Some("pii") => metel_rules::pii::door(request),
            Some("plan") => match self.plan(request).await {
                Ok(answer) => answer,
                Err(fault) => json!({ "error": fault.to_string() }),
            },
            Some("load") => self.pool.load(request),
            Some("search") => self.pool.search(request),
            Some("fetch") => metel_net::door(request, &self.allow).await,
            _ => {
                metel_rules::door::answer(request).unwrap_or_else(|| json!({ "error": "this operation is not known" }))
            }
        }
    }

    /// With the configured model, else with templates and rules.
    async fn plan(&mut self, request: &Value) -> Result<Value, Fault> {
        if self.catalogue.is_none() {
            self.catalogue = Some(shipped::catalogue()?);
        }
        let Some(catalogue) = &self.catalogue else { return Err(Fault::new(Code::Internal)) };
        if !self.model.is_ai() {
            return Ok(metel_rules::plan::door(request, catalogue, SystemClock.now()));
        }
        let Some(text) = request.get("text").and_then(Value::as_str) else {
            return Ok(json!({ "error": "`text` is missing" }));
        };
        let lang = request.get("lang").and_then(Value::as_str).map_or_else(|| Lang::of(text), Lang::from_tag);
        let request = Request { text: text.to_owned(), lang, session: None };
        let input = PlanInput { request, mentions: Vec::new(), tools: BTreeMap::new(), replan: None };
        let policy = Policy::default();
        let around = Around { catalogue, policy: &policy, now: SystemClock.now() };
        let proposed = propose(self.model.as_ref(), &input, around).await;
        let answer = proposed
            .map(|proposal| proposal.plan)
            .map_err(|fault| PlanRefusal::new(fault.sentence(Lang::En), fault.sentence(Lang::Ko)));
        Ok(metel_rules::plan::door::answer(&answer, lang, catalogue))
    }
}
