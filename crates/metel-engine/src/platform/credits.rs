//! Credits and budgets as people see and set them.

use metel_model::code::Code;
use metel_model::fault::FieldFault;
use metel_model::id::WorkspaceId;
use metel_model::time::Micros;
use metel_model::{Fault, credit};
use metel_rules::credit::Act;
use metel_store::{BudgetRow, EntryRow, TransferRow, UseRow};
use serde::Serialize;
use uuid::Uuid;

use super::Platform;
use super::books::{CALL, day_scope};

/// The cap of every day, which each new day takes over.
pub const DAILY: &str = "day";
const SCOPE_MAX: usize = 120;

/// Where a workspace's credits are, in micro-credits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    pub available: i64,
    pub held: i64,
    pub spent: i64,
    /// What ever came in.
    pub granted: i64,
}

fn wrong(pointer: &str, en: &str, ko: &str) -> Fault {
    Fault::new(Code::FieldInvalid).fields(vec![FieldFault::new(pointer, en, ko)])
}

impl Platform {
    pub async fn credits(&self, workspace: WorkspaceId) -> Result<Standing, Fault> {
        let accounts = self.shared.store.credit_accounts(workspace).await?;
        let of = |name: &str| accounts.iter().find(|(account, _)| account == name).map_or(0, |(_, amount)| *amount);
        Ok(Standing { available: of("available"), held: of("held"), spent: of("spent"), granted: -of("source") })
    }

    /// Grants credits, once under an id. From the first grant on, what is granted is all that may be spent.
    pub async fn grant_credits(
        &self,
        workspace: WorkspaceId,
        id: Uuid,
        amount: i64,
        note: &str,
    ) -> Result<Standing, Fault> {
        if amount <= 0 || amount > 1_000_000_000_000_000 {
            return Err(wrong("/amount", "is from 1 to 10^15 micro-credits", "1부터 10^15마이크로크레딧까지예요"));
        }
        let act = Act::Grant(amount);
        let transfer = TransferRow {
            workspace,
            id,
            kind: act.kind(),
            postings: act.postings()?,
            note: note.chars().filter(|c| !c.is_control()).take(200).collect(),
            at: self.shared.clock.now(),
        };
        match self.shared.store.transfer_credits(&transfer).await {
            // The same grant again changes nothing.
            Ok(()) | Err(metel_store::StoreError::Conflict(_)) => self.credits(workspace).await,
            Err(error) => Err(error.into()),
        }
    }

    /// An id under which credits may be granted.
    pub fn transfer_id(&self, text: &str) -> Option<Uuid> {
        Uuid::parse_str(text).ok()
    }

    /// What a model costs today by the price table; none where that is not known.
    pub fn price_today(&self, model: &str) -> Option<metel_llm::Price> {
        let day = self.shared.clock.now().rfc3339()[..10].parse().ok()?;
        metel_llm::prices::price_of(model, day)
    }

    /// The ledger after a line.
    pub async fn ledger(&self, workspace: WorkspaceId, after: u64, limit: u32) -> Result<Vec<EntryRow>, Fault> {
        Ok(self.shared.store.credit_entries(workspace, after, limit).await?)
    }

    /// Scopes with a cap.
    pub async fn budgets(&self, workspace: WorkspaceId) -> Result<Vec<BudgetRow>, Fault> {
        Ok(self.shared.store.budgets(workspace, "", false, 1_000).await?)
    }

    /// Sets or lifts a cap: `credits` (all), `day` (each day), `call` (a single call), `agent:NAME`,
    /// `run:ID`, `key:ID`.
    pub async fn set_budget(&self, workspace: WorkspaceId, scope: &str, cap: Option<i64>) -> Result<(), Fault> {
        let kinds = ["agent:", "run:", "key:", "day:"];
        let known = [credit::ALL, DAILY, CALL].contains(&scope)
            || kinds.iter().any(|kind| scope.strip_prefix(kind).is_some_and(|rest| !rest.is_empty()));
        if !known || scope.len() > SCOPE_MAX || scope.chars().any(|c| c.is_control() || c == '"' || c == '\\') {
            return Err(wrong(
                "/scope",
                "is credits, day, call, agent:…, run:…, key:… or day:…",
                "credits, day, call, agent:…, run:…, key:…, day:… 중 하나예요",
            ));
        }
        if cap.is_some_and(|cap| cap < 0) {
            return Err(wrong("/cap", "is zero or more", "0 이상이어야 해요"));
        }
        self.shared.store.set_budget(workspace, scope, cap).await?;
        if scope == DAILY {
            // Today may have begun already.
            self.shared.store.set_budget(workspace, &day_scope(self.shared.clock.now()), cap).await?;
        }
        Ok(())
    }

    /// What models were used for since a time.
    pub async fn model_usage(&self, workspace: WorkspaceId, since: Micros) -> Result<Vec<UseRow>, Fault> {
        Ok(self.shared.store.model_usage(workspace, since).await?)
    }
}
