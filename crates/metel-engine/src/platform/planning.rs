//! Plans: what is shown to a planner, what it proposes, and the preview that a person sees.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::contract::Contract;
use metel_model::id::{PlanId, RunId, SessionId, WorkspaceId};
use metel_model::lang::Lang;
use metel_model::plan::{ActionPlan, PlanInput, Request};
use metel_model::status::Risk;
use metel_rules::plan::Catalogue;
use metel_rules::plan::approval::needs_approval;
use metel_store::PlanRow;
use serde::{Deserialize, Serialize};

use super::models::Asker;
use super::proposing::{Around, Proposal, propose};
use super::{Platform, Shared};

/// How long a preview can still be started.
const PREVIEW_MS: u64 = 24 * 60 * 60 * 1_000;

/// What is asked.
#[derive(Debug, Clone)]
pub struct PlanAsk {
    pub text: String,
    pub lang: Option<Lang>,
    pub session: Option<SessionId>,
}

/// A plan as it is kept between its preview and its run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Draft {
    pub id: PlanId,
    pub request: Request,
    pub plan: ActionPlan,
    /// Tools that the planner chose among.
    pub tools: Vec<String>,
    /// Actions that will stop for a person.
    pub gated: Vec<String>,
    pub model: Option<String>,
    pub ms: u64,
}

impl Shared {
    /// Everything that the workspace's requests may use now.
    pub async fn catalogue(&self, workspace: WorkspaceId) -> Result<Catalogue, Fault> {
        let accounts = self.accounts(workspace).await?;
        let snapshot = self.registry.snapshot();
        let mut unconnected = Vec::new();
        let mut contracts: Vec<Arc<Contract>> = Vec::new();
        for compiled in snapshot.list() {
            let contract = &compiled.contract;
            // Tools without example requests are for pipelines, not for planners.
            if contract.examples.is_empty() || snapshot.is_disabled(&contract.id) {
                continue;
            }
            if accounts.is_connected(contract.service()) {
                contracts.push(Arc::new(contract.clone()));
            } else {
                unconnected.push(contract.service().to_owned());
            }
        }
        Ok(Catalogue::build(&contracts, &self.templates).with_places(accounts.places()).with_unconnected(unconnected))
    }

    /// Proposes a plan for the workspace's request.
    pub async fn propose(
        &self,
        workspace: WorkspaceId,
        input: &PlanInput,
        run: Option<RunId>,
    ) -> Result<Proposal, Fault> {
        let catalogue = self.catalogue(workspace).await?;
        let policy = self.policy(workspace).await?;
        let around = Around { catalogue: &catalogue, policy: &policy, now: self.clock.now() };
        let scopes = run.iter().map(|run| format!("run:{run}")).collect();
        let asker = Asker { purpose: "planner".to_owned(), is_background: false, scopes };
        let model = self.model_for(workspace, &["planner"], &asker).await?;
        propose(model.as_ref(), input, around).await
    }
}

impl Platform {
    pub async fn catalogue(&self, workspace: WorkspaceId) -> Result<Catalogue, Fault> {
        self.shared.catalogue(workspace).await
    }

    /// The request as it is kept: bounded, with a language.
    pub fn request(&self, ask: &PlanAsk) -> Result<Request, Fault> {
        let text = crate::gateway::request_text(&ask.text)?;
        let lang = ask.lang.unwrap_or_else(|| Lang::of(text));
        Ok(Request { text: text.to_owned(), lang, session: ask.session })
    }

    /// Plans a request and keeps the preview. Nothing runs.
    pub async fn plan(&self, workspace: WorkspaceId, by: &str, ask: &PlanAsk) -> Result<Draft, Fault> {
        let began = Instant::now();
        let request = self.request(ask)?;
        let mentions = self.mentions(workspace, request.session).await?;
        let input = PlanInput { request: request.clone(), mentions, tools: BTreeMap::new(), replan: None };
        let proposal = self.shared.propose(workspace, &input, None).await?;
        let gated = needs_approval(&proposal.plan, &self.shared.catalogue(workspace).await?);
        let now = self.shared.clock.now();
        let draft = Draft {
            id: PlanId(self.shared.ids.next()),
            request,
            plan: proposal.plan,
            tools: proposal.tools,
            gated,
            model: proposal.model,
            ms: began.elapsed().as_millis() as u64,
        };
        let body = serde_json::to_string(&draft).map_err(|e| Fault::new(Code::Internal).about(e))?;
        let row = PlanRow {
            workspace,
            id: draft.id,
            by: by.to_owned(),
            body,
            created_at: now,
            expires_at: now.plus_millis(PREVIEW_MS),
        };
        self.shared.store.put_plan(&row).await?;
        Ok(draft)
    }

    /// A kept preview.
    pub async fn draft(&self, workspace: WorkspaceId, id: PlanId) -> Result<Draft, Fault> {
        let row = self.shared.store.plan(workspace, id).await?.ok_or_else(|| Fault::new(Code::NotFound).about(id))?;
        serde_json::from_str(&row.body).map_err(|e| Fault::new(Code::StoreCorrupt).about(e))
    }

    /// The tools of an action's risk, for previews.
    pub fn risk_of(&self, tool: &str) -> Vec<Risk> {
        self.shared.registry.get(tool).map(|c| c.contract.risk.clone()).unwrap_or_else(|| vec![Risk::Read])
    }
}
