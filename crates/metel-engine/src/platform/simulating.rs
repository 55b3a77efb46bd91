//! Past runs judged again under another policy. Nothing is called and nothing is written; what was
//! decided then is compared with what would be decided now.

use std::collections::BTreeMap;

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::effect::EffectKind;
use metel_model::event::Event;
use metel_model::id::{RunId, WorkspaceId};
use metel_model::lang::Text;
use metel_model::policy::{Policy, PolicyEffect};
use metel_model::run::Run;
use metel_model::stored::Stored;
use metel_model::time::Micros;
use metel_rules::policy::{Case, check_rules, evaluate};
use metel_store::RunFilter;

use super::Platform;

/// Most runs that are judged again at once.
pub const RUNS_MAX: u32 = 1_000;

/// One call that would be decided otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub run: RunId,
    pub step: String,
    pub tool: String,
    pub before: PolicyEffect,
    pub after: PolicyEffect,
    /// The rule that would decide.
    pub rule: String,
    pub reasons: Vec<Text>,
}

/// What another policy would have changed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Simulated {
    pub runs: u64,
    pub calls: u64,
    pub changes: Vec<Change>,
}

/// A call as it was decided on.
struct Called {
    step: String,
    tool: String,
    payload: Stored,
    untrusted: Vec<String>,
    before: PolicyEffect,
    at: Micros,
}

impl Platform {
    /// Judges the calls of the last `runs` runs under `policy`. Connections count as they are now.
    pub async fn simulate_policy(
        &self,
        workspace: WorkspaceId,
        policy: &Policy,
        runs: u32,
    ) -> Result<Simulated, Fault> {
        let faults = check_rules(policy);
        if !faults.is_empty() {
            return Err(Fault::new(Code::FieldInvalid).about("policy").fields(faults));
        }
        let mut facts = self.facts_now(workspace).await?;
        let present = facts.clone();
        facts.policy = policy.clone();
        let definitions = self.engine.definitions(workspace);
        let filter = RunFilter { limit: runs.clamp(1, RUNS_MAX), ..RunFilter::default() };
        let mut out = Simulated::default();
        for header in self.shared.store.list_runs(workspace, &filter).await? {
            out.runs += 1;
            let run = self.engine.load(workspace, header.id).await?;
            for called in self.calls(workspace, &run).await? {
                let contract = match run.pins.get(&called.tool) {
                    Some(digest) => definitions.contract(digest),
                    None => definitions.current(&called.tool),
                };
                let Some(contract) = contract else { continue };
                let payload = self.engine.stored(workspace, &called.payload).await?;
                out.calls += 1;
                let mut case = Case {
                    contract: &contract,
                    payload: &payload,
                    untrusted: &called.untrusted,
                    requester: &run.by,
                    now: called.at,
                    facts: &facts,
                };
                let after = evaluate(&case);
                case.facts = &present;
                // What changed since then by itself is not the policy's doing.
                if after.effect == called.before || after.effect == evaluate(&case).effect {
                    continue;
                }
                out.changes.push(Change {
                    run: run.id,
                    step: called.step,
                    tool: called.tool,
                    before: called.before,
                    after: after.effect,
                    rule: after.rule,
                    reasons: after.reasons,
                });
            }
        }
        Ok(out)
    }

    /// Every call that a run decided on, with what was decided.
    async fn calls(&self, workspace: WorkspaceId, run: &Run) -> Result<Vec<Called>, Fault> {
        let mut asked: BTreeMap<String, Called> = BTreeMap::new();
        let mut out = Vec::new();
        for entry in self.engine.log(workspace, run.id).await? {
            let events = entry.events().map_err(|e| Fault::new(Code::StoreCorrupt).about(e))?;
            for event in events {
                match event {
                    Event::ApprovalRequested { ask } => {
                        let ask = *ask;
                        if let Some(tool) = ask.tool {
                            let called = Called {
                                step: ask.step.clone(),
                                tool,
                                payload: ask.payload,
                                untrusted: ask.verdict.untrusted,
                                before: PolicyEffect::Approval,
                                at: entry.at,
                            };
                            out.extend(asked.insert(ask.step, called));
                        }
                    }
                    // A payload that was asked about stands with its question.
                    Event::EffectIntended {
                        step, kind: EffectKind::Tool, target, payload: Some(payload), n, ..
                    } if n & 0xFFFF == 1 && !asked.contains_key(&step) => {
                        out.push(Called {
                            step,
                            tool: target,
                            payload,
                            untrusted: Vec::new(),
                            before: PolicyEffect::Allow,
                            at: entry.at,
                        });
                    }
                    _ => {}
                }
            }
        }
        out.extend(asked.into_values());
        Ok(out)
    }
}
