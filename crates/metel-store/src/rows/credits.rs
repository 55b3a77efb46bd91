//! Credits: a ledger of double entry, budgets, what is set aside, and what models were used.
//!
//! The ledger says what happened and is never changed; budgets and holds are kept in the same
//! transactions. What may be set aside is decided in the database, so that no two processes spend the
//! same credit.

use metel_model::credit::{Account, Posting, TransferKind};
use metel_model::effect::Usage;
use metel_model::id::WorkspaceId;
use metel_model::time::Micros;
use uuid::Uuid;

use super::all;
use crate::error::StoreError;
use crate::sql::{self, Call, call};
use crate::store::{Engine, Store, by_way};
use crate::value::{Row, args};

/// Most scopes of one hold.
pub const SCOPES_MAX: usize = 16;

/// A transfer between accounts; its postings sum to zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferRow {
    pub workspace: WorkspaceId,
    pub id: Uuid,
    pub kind: TransferKind,
    pub postings: Vec<Posting>,
    pub note: String,
    pub at: Micros,
}

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    pub number: u64,
    pub transfer: Uuid,
    pub account: String,
    pub amount: i64,
    pub kind: String,
    pub note: String,
    pub at: Micros,
}

/// A scope and what it may cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetRow {
    pub scope: String,
    pub cap: Option<i64>,
    pub held: i64,
    pub spent: i64,
}

/// What is set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRow {
    pub workspace: WorkspaceId,
    pub id: Uuid,
    pub scopes: Vec<String>,
    pub amount: i64,
    pub at: Micros,
}

/// What became of (a part of) a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    /// Leaves the hold.
    pub taken: i64,
    /// Was spent; may be more than was taken, where a call cost more than was thought.
    pub spent: i64,
    pub transfer: TransferRow,
    pub used: Vec<UsedRow>,
}

/// Calls of one model, told together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedRow {
    pub workspace: WorkspaceId,
    pub at: Micros,
    /// What it was for: `planner`, `gateway` …
    pub purpose: String,
    pub calls: u64,
    pub usage: Usage,
    pub scopes: Vec<String>,
}

/// Sums of a model's use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UseRow {
    pub model: String,
    pub purpose: String,
    pub calls: u64,
    pub input: u64,
    pub output: u64,
    pub cached: u64,
    pub reasoning: u64,
    /// Of the calls whose cost is known.
    pub cost: i64,
    pub calls_without_cost: u64,
}

fn list(scopes: &[String]) -> Result<String, StoreError> {
    if scopes.is_empty() || scopes.len() > SCOPES_MAX {
        return Err(StoreError::Invalid(format!("1 to {SCOPES_MAX} scopes")));
    }
    serde_json::to_string(scopes).map_err(|error| StoreError::Invalid(error.to_string()))
}

fn entries(transfer: &TransferRow) -> Result<Vec<Call>, StoreError> {
    let sum = transfer.postings.iter().try_fold(0_i64, |sum, posting| sum.checked_add(posting.amount));
    if sum != Some(0) {
        return Err(StoreError::Invalid("a transfer's postings sum to zero".to_owned()));
    }
    let enter = |posting: &Posting| {
        let account = posting.account.name();
        let (kind, note) = (transfer.kind.name(), &transfer.note);
        call(
            &sql::CREDITS_ENTER,
            args![transfer.workspace, transfer.id, account, posting.amount, kind, note, transfer.at],
        )
    };
    Ok(transfer.postings.iter().filter(|posting| posting.amount != 0).map(enter).collect())
}

fn used(row: &UsedRow) -> Result<Call, StoreError> {
    let scopes = serde_json::to_string(&row.scopes).map_err(|error| StoreError::Invalid(error.to_string()))?;
    let usage = &row.usage;
    let args = args![
        row.workspace,
        row.at,
        &usage.model,
        &row.purpose,
        row.calls,
        usage.input_tokens,
        usage.output_tokens,
        usage.cached_tokens,
        usage.reasoning_tokens,
        usage.cost,
        scopes
    ];
    Ok(call(&sql::CREDITS_USED, args))
}

fn hold(mut row: Row) -> Result<HoldRow, StoreError> {
    let (workspace, id) = (row.next()?, row.next()?);
    let scopes: String = row.next()?;
    let scopes = serde_json::from_str(&scopes).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(HoldRow { workspace, id, scopes, amount: row.next()?, at: row.next()? })
}

impl Store {
    /// Writes a transfer that changes what may be spent. `Conflict` when it was written before.
    pub async fn transfer_credits(&self, transfer: &TransferRow) -> Result<(), StoreError> {
        let mut calls = entries(transfer)?;
        let added: i64 = transfer
            .postings
            .iter()
            .filter(|posting| posting.account == Account::Available)
            .map(|posting| posting.amount)
            .sum();
        calls.push(call(&sql::CREDITS_RAISE, args![transfer.workspace, metel_model::credit::ALL, added]));
        self.write(calls).await?;
        Ok(())
    }

    /// Sets a scope's cap; none for no cap.
    pub async fn set_budget(&self, workspace: WorkspaceId, scope: &str, cap: Option<i64>) -> Result<(), StoreError> {
        self.act(&sql::CREDITS_CAP, args![workspace, scope, cap]).await?;
        Ok(())
    }

    /// Makes scopes known, so that they can be held against. A new `day:…` has the cap of `day`.
    pub async fn ensure_budgets(&self, workspace: WorkspaceId, scopes: &[String]) -> Result<(), StoreError> {
        list(scopes)?;
        let ensure = |scope: &String| {
            let kind = scope.split_once(':').map_or("", |(kind, _)| kind);
            call(&sql::CREDITS_ENSURE, args![workspace, scope, kind])
        };
        let calls = scopes.iter().map(ensure).collect();
        self.write(calls).await?;
        Ok(())
    }

    /// Sets an amount aside in all scopes of the hold, or in none: false when a cap would be passed. The
    /// scopes were made known before.
    pub async fn hold_credits(&self, row: &HoldRow, transfer: &TransferRow) -> Result<bool, StoreError> {
        let scopes = list(&row.scopes)?;
        let first = call(&sql::CREDITS_HOLD, args![row.workspace, &scopes, row.amount]);
        let mut more = vec![call(&sql::CREDITS_PUT_HOLD, args![row.workspace, row.id, &scopes, row.amount, row.at])];
        more.extend(entries(transfer)?);
        match self.credits_if_first(first, more).await {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Takes from a hold what was spent and what is given back. `Conflict` when the hold is gone or
    /// smaller: then nothing is written.
    pub async fn draw_credits(&self, hold: &HoldRow, draw: &Draw) -> Result<(), StoreError> {
        let scopes = list(&hold.scopes)?;
        let first = call(&sql::CREDITS_DRAW, args![hold.workspace, hold.id, draw.taken]);
        let mut more = vec![
            call(&sql::CREDITS_CLEAR, args![hold.workspace, hold.id]),
            call(&sql::CREDITS_SPEND, args![hold.workspace, &scopes, draw.taken, draw.spent]),
        ];
        more.extend(entries(&draw.transfer)?);
        for row in &draw.used {
            more.push(used(row)?);
        }
        self.credits_if_first(first, more).await
    }

    /// Notes use that nothing was set aside for: its cost is not known, or nothing.
    pub async fn add_model_usage(&self, rows: &[UsedRow]) -> Result<(), StoreError> {
        let calls = rows.iter().map(used).collect::<Result<Vec<_>, _>>()?;
        if !calls.is_empty() {
            self.write(calls).await?;
        }
        Ok(())
    }

    async fn credits_if_first(&self, first: Call, more: Vec<Call>) -> Result<(), StoreError> {
        let work = async {
            match &self.0.engine {
                Engine::Sqlite(engine) => engine.if_first(first, more).await,
                Engine::Postgres(engine) => engine.if_first(first, more).await,
            }
        };
        by_way!(self, Write, work)
    }

    /// Holds set aside before `before`, oldest first, of all workspaces.
    pub async fn stale_holds(&self, before: Micros, limit: u32) -> Result<Vec<HoldRow>, StoreError> {
        all(self.rows(&sql::CREDITS_STALE, args![before, limit.min(1_000)]).await?, hold)
    }

    /// Budgets from scope `from` on; those without a cap only where asked for.
    pub async fn budgets(
        &self,
        workspace: WorkspaceId,
        from: &str,
        all_scopes: bool,
        limit: u32,
    ) -> Result<Vec<BudgetRow>, StoreError> {
        let rows = self.rows(&sql::CREDITS_BUDGETS, args![workspace, from, all_scopes, limit.min(1_000)]).await?;
        all(rows, |mut row| {
            Ok(BudgetRow { scope: row.next()?, cap: row.next()?, held: row.next()?, spent: row.next()? })
        })
    }

    /// Each account's balance: the sum of its entries.
    pub async fn credit_accounts(&self, workspace: WorkspaceId) -> Result<Vec<(String, i64)>, StoreError> {
        all(self.rows(&sql::CREDITS_ACCOUNTS, args![workspace]).await?, |mut row| Ok((row.next()?, row.next()?)))
    }

    /// The ledger after line `after`.
    pub async fn credit_entries(
        &self,
        workspace: WorkspaceId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<EntryRow>, StoreError> {
        all(self.rows(&sql::CREDITS_ENTRIES, args![workspace, after, limit.min(1_000)]).await?, |mut row| {
            Ok(EntryRow {
                number: row.next()?,
                transfer: row.next()?,
                account: row.next()?,
                amount: row.next()?,
                kind: row.next()?,
                note: row.next()?,
                at: row.next()?,
            })
        })
    }

    /// Use since `since`, by model and purpose.
    pub async fn model_usage(&self, workspace: WorkspaceId, since: Micros) -> Result<Vec<UseRow>, StoreError> {
        all(self.rows(&sql::CREDITS_USAGE, args![workspace, since]).await?, |mut row| {
            Ok(UseRow {
                model: row.next()?,
                purpose: row.next()?,
                calls: row.next()?,
                input: row.next()?,
                output: row.next()?,
                cached: row.next()?,
                reasoning: row.next()?,
                cost: row.next()?,
                calls_without_cost: row.next()?,
            })
        })
    }
}
