//! What models cost: set aside before a call, written down after it.
//!
//! Calls with the same scopes share a block that was set aside in the store in one piece, so that a
//! thousand small calls are not a thousand transactions. Nobody is refused what is there: where
//! credits are only set aside for others who are under way, a call waits for them. What was spent is
//! written down at most [`WRITE_EVERY`] later; a process that dies before loses that and no more.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::BoxFuture;
use metel_llm::ModelFailure;
use metel_llm::gateway::{Asking, Hold, Meter};
use metel_model::code::Code;
use metel_model::effect::Usage;
use metel_model::id::{IdSource, WorkspaceId};
use metel_model::time::{Clock, Micros};
use metel_model::{Fault, credit};
use metel_rules::credit::{Act, Block, Budget, piece};
use metel_store::{Draw, HoldRow, Store, StoreError, TransferRow, UsedRow};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What was spent is written down this often.
pub const WRITE_EVERY: Duration = Duration::from_millis(50);
/// A block that nobody used for so long is given back.
const IDLE: Duration = Duration::from_secs(1);
/// Largest block: two credits.
const BLOCK_MAX: i64 = 2_000_000;
/// How long a call waits for credits that are set aside for others.
const PATIENCE: Duration = Duration::from_secs(30);
/// Caps are read again after this long.
const CAPS_AGE_MAX: Duration = Duration::from_secs(1);
/// A hold this old is nobody's any more: no call takes so long.
const HOLD_MS_MAX: u64 = 30 * 60 * 1_000;

/// One for each workspace and set of scopes.
type Pools = HashMap<(WorkspaceId, Vec<String>), Arc<Pool>>;

/// The books of all workspaces in this process.
pub(crate) struct Books {
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    pools: Mutex<Pools>,
    /// Somebody's credits came back.
    settled: tokio::sync::Notify,
}

/// Calls that count against the same scopes.
struct Pool {
    workspace: WorkspaceId,
    scopes: Vec<String>,
    state: Mutex<State>,
    /// One at a time sets more aside.
    filling: tokio::sync::Mutex<()>,
    /// One at a time writes down.
    writing: tokio::sync::Mutex<()>,
}

struct State {
    block: Block,
    /// What stands in the store for the block.
    holds: Vec<HoldRow>,
    used: BTreeMap<(String, String, bool), (u64, Usage)>,
    last: Instant,
    /// What one call may cost, and when that was read.
    call_cap: Option<(Instant, Option<i64>)>,
}

/// Somebody's purse: the pool that pays, and what for.
pub(crate) struct Purse {
    books: Arc<Books>,
    pool: Arc<Pool>,
    purpose: String,
}

/// Set aside for one call.
struct Given {
    books: Arc<Books>,
    pool: Arc<Pool>,
    purpose: String,
    amount: i64,
    is_over: bool,
}

fn full(error: StoreError) -> ModelFailure {
    ModelFailure::new(Fault::from(error), false)
}

impl Books {
    pub fn new(store: Store, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Arc<Self> {
        Arc::new(Self { store, clock, ids, pools: Mutex::default(), settled: tokio::sync::Notify::new() })
    }

    /// The purse that pays for calls of these scopes; everything of the workspace and of the day counts too.
    pub fn purse(self: &Arc<Self>, workspace: WorkspaceId, scopes: &[String], purpose: &str) -> Purse {
        let mut scopes = scopes.to_vec();
        scopes.push(credit::ALL.to_owned());
        scopes.push(day_scope(self.clock.now()));
        scopes.sort();
        scopes.dedup();
        let mut pools = self.pools.lock();
        let pool = pools.entry((workspace, scopes)).or_insert_with_key(|(workspace, scopes)| {
            Arc::new(Pool {
                workspace: *workspace,
                scopes: scopes.clone(),
                state: Mutex::new(State {
                    block: Block::default(),
                    holds: Vec::new(),
                    used: BTreeMap::new(),
                    last: Instant::now(),
                    call_cap: None,
                }),
                filling: tokio::sync::Mutex::new(()),
                writing: tokio::sync::Mutex::new(()),
            })
        });
        Purse { books: self.clone(), pool: pool.clone(), purpose: purpose.to_owned() }
    }

    /// Writes down until it is stopped, and once more then.
    pub fn keep(self: &Arc<Self>, tasks: &TaskTracker, stop: CancellationToken) {
        let books = self.clone();
        let now = self.clock.now();
        tasks.spawn(async move {
            if let Err(error) = books.release_stale(now).await {
                tracing::warn!(%error, "credits of the dead could not be given back");
            }
            loop {
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = tokio::time::sleep(WRITE_EVERY) => books.write_all(false).await,
                }
            }
            books.write_all(true).await;
        });
    }

    /// Gives back what processes set aside that are gone. Alone at a store, everything is theirs.
    async fn release_stale(&self, now: Micros) -> Result<(), StoreError> {
        let alone = self.store.engine_name() == "sqlite";
        let before = if alone { now } else { Micros(now.0 - (HOLD_MS_MAX * 1_000) as i64) };
        loop {
            let holds = self.store.stale_holds(before, 1_000).await?;
            if holds.is_empty() {
                return Ok(());
            }
            for hold in holds {
                let draw = self.draw(&hold, Act::Release(hold.amount), hold.amount, 0, Vec::new())?;
                match self.store.draw_credits(&hold, &draw).await {
                    Ok(()) | Err(StoreError::Conflict(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }

    fn transfer(&self, workspace: WorkspaceId, act: Act, note: &str) -> Result<TransferRow, StoreError> {
        let postings = act.postings().map_err(|fault| StoreError::Invalid(fault.to_string()))?;
        let (id, kind, at) = (self.ids.next(), act.kind(), self.clock.now());
        Ok(TransferRow { workspace, id, kind, postings, note: note.to_owned(), at })
    }

    fn draw(&self, hold: &HoldRow, act: Act, taken: i64, spent: i64, used: Vec<UsedRow>) -> Result<Draw, StoreError> {
        Ok(Draw { taken, spent, transfer: self.transfer(hold.workspace, act, "models")?, used })
    }

    async fn write_all(&self, is_last: bool) {
        let pools: Vec<Arc<Pool>> = self.pools.lock().values().cloned().collect();
        for pool in pools {
            if let Err(error) = self.write(&pool, is_last).await {
                tracing::warn!(%error, "what models cost could not be written down and is tried again");
            }
        }
        let idle = |pool: &Arc<Pool>| {
            let state = pool.state.lock();
            Arc::strong_count(pool) == 1
                && state.block == Block::default()
                && state.used.is_empty()
                && state.last.elapsed() > IDLE * 60
        };
        self.pools.lock().retain(|_, pool| !idle(pool));
    }

    /// Writes down what a pool's calls used, and gives back what nobody uses.
    async fn write(&self, pool: &Pool, is_last: bool) -> Result<(), StoreError> {
        let _writing = pool.writing.lock().await;
        let (mut due, used, free) = {
            let mut state = pool.state.lock();
            let rests = is_last || state.last.elapsed() > IDLE;
            let free = if rests && state.block.free > 0 { state.block.empty() } else { 0 };
            (state.block.write_down(), std::mem::take(&mut state.used), free)
        };
        if due == (0, 0) && free == 0 && used.is_empty() {
            return Ok(());
        }
        let at = self.clock.now();
        let mut rows: Vec<UsedRow> = used
            .iter()
            .map(|((_, purpose, _), (calls, usage))| UsedRow {
                workspace: pool.workspace,
                at,
                purpose: purpose.clone(),
                calls: *calls,
                usage: usage.clone(),
                scopes: pool.scopes.clone(),
            })
            .collect();
        let result = self.write_due(pool, &mut due, &mut rows).await;
        let mut left = free;
        let released = match &result {
            Ok(()) => self.release(pool, &mut left).await,
            Err(_) => Ok(()),
        };
        {
            let mut state = pool.state.lock();
            state.block.put_back(due);
            state.block.fill(left);
            if !rows.is_empty() {
                for (key, (calls, usage)) in used {
                    let entry = state
                        .used
                        .entry(key)
                        .or_insert_with(|| (0, Usage { cost: usage.cost.map(|_| 0), ..Usage::default() }));
                    add(entry, calls, &usage);
                }
            }
        }
        self.settled.notify_waiters();
        result.and(released)
    }

    /// Takes what was spent from the holds; what could be written is taken off `due` and `rows`.
    async fn write_due(&self, pool: &Pool, due: &mut (i64, i64), rows: &mut Vec<UsedRow>) -> Result<(), StoreError> {
        while *due != (0, 0) {
            let Some(hold) = pool.state.lock().holds.iter().find(|hold| hold.amount > 0 || due.0 == 0).cloned() else {
                break;
            };
            let taken = due.0.min(hold.amount);
            // What was spent is written with the first hold, whole.
            let spent = due.1;
            let draw = self.draw(&hold, Act::Settle { taken, spent }, taken, spent, rows.clone())?;
            match self.store.draw_credits(&hold, &draw).await {
                Ok(()) => {
                    due.0 -= taken;
                    due.1 = 0;
                    rows.clear();
                    drawn(pool, &hold, taken);
                }
                // Somebody took us for dead and gave it back: what was spent is written with the next one.
                Err(StoreError::Conflict(_)) => {
                    due.0 -= taken;
                    drawn(pool, &hold, hold.amount);
                }
                Err(error) => return Err(error),
            }
        }
        if !rows.is_empty() {
            self.store.add_model_usage(rows).await?;
            rows.clear();
        }
        Ok(())
    }

    async fn release(&self, pool: &Pool, left: &mut i64) -> Result<(), StoreError> {
        while *left > 0 {
            let Some(hold) = pool.state.lock().holds.iter().find(|hold| hold.amount > 0).cloned() else { break };
            let amount = (*left).min(hold.amount);
            let draw = self.draw(&hold, Act::Release(amount), amount, 0, Vec::new())?;
            self.store.draw_credits(&hold, &draw).await?;
            *left -= amount;
            drawn(pool, &hold, amount);
        }
        Ok(())
    }

    /// Sets more aside for a pool that lacks credits for a call.
    async fn fill(&self, pool: &Pool, needed: i64) -> Result<bool, StoreError> {
        self.store.ensure_budgets(pool.workspace, &pool.scopes).await?;
        let lacking = needed - pool.state.lock().block.free;
        if lacking <= 0 {
            return Ok(true);
        }
        let left = self.left(pool).await?;
        let wanted = piece(lacking, left, BLOCK_MAX);
        for amount in [wanted, lacking] {
            let row = HoldRow {
                workspace: pool.workspace,
                id: self.ids.next(),
                scopes: pool.scopes.clone(),
                amount,
                at: self.clock.now(),
            };
            let transfer = self.transfer(pool.workspace, Act::Reserve(amount), "models")?;
            if self.store.hold_credits(&row, &transfer).await? {
                let mut state = pool.state.lock();
                state.block.fill(amount);
                state.holds.push(row);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The least that any of the pool's scopes has left.
    async fn left(&self, pool: &Pool) -> Result<Option<i64>, StoreError> {
        Ok(self.budgets(pool).await?.iter().filter_map(Budget::left).min())
    }

    async fn budgets(&self, pool: &Pool) -> Result<Vec<Budget>, StoreError> {
        let mut all = Vec::with_capacity(pool.scopes.len());
        for scope in &pool.scopes {
            let rows = self.store.budgets(pool.workspace, scope, true, 1).await?;
            let row = rows.into_iter().find(|row| row.scope == *scope);
            all.extend(row.map(|row| Budget { cap: row.cap, held: row.held, spent: row.spent }));
        }
        Ok(all)
    }

    /// What a single call may cost.
    async fn call_cap(&self, pool: &Pool) -> Result<Option<i64>, StoreError> {
        if let Some((at, cap)) = pool.state.lock().call_cap
            && at.elapsed() < CAPS_AGE_MAX
        {
            return Ok(cap);
        }
        let rows = self.store.budgets(pool.workspace, CALL, false, 1).await?;
        let cap = rows.into_iter().find(|row| row.scope == CALL).and_then(|row| row.cap);
        pool.state.lock().call_cap = Some((Instant::now(), cap));
        Ok(cap)
    }
}

/// The scope whose cap is the most that one call may cost.
pub const CALL: &str = "call";

/// Today's scope, in UTC.
pub(crate) fn day_scope(now: Micros) -> String {
    format!("day:{}", &now.rfc3339()[..10])
}

fn drawn(pool: &Pool, hold: &HoldRow, amount: i64) {
    let mut state = pool.state.lock();
    if let Some(row) = state.holds.iter_mut().find(|row| row.id == hold.id) {
        row.amount -= amount;
    }
    state.holds.retain(|row| row.amount > 0);
}

fn add(entry: &mut (u64, Usage), calls: u64, usage: &Usage) {
    entry.0 += calls;
    let sum = metel_llm::add_usage(Some(std::mem::take(&mut entry.1)), usage);
    entry.1 = sum;
}

fn spent_up(cost: i64) -> ModelFailure {
    let fault = Fault::new(Code::BudgetSpent).detail(
        format!("this call may cost {cost} micro-credits, more than is left"),
        format!("이 요청에는 {cost}마이크로크레딧까지 들 수 있는데 그만큼 남아 있지 않아요"),
    );
    ModelFailure::new(fault, false)
}

impl Purse {
    fn given(&self, amount: i64) -> Box<dyn Hold> {
        let (books, pool, purpose) = (self.books.clone(), self.pool.clone(), self.purpose.clone());
        Box::new(Given { books, pool, purpose, amount, is_over: false })
    }

    async fn take(&self, cost: i64) -> Result<Box<dyn Hold>, ModelFailure> {
        let (books, pool) = (&self.books, &self.pool);
        if books.call_cap(pool).await.map_err(full)?.is_some_and(|cap| cost > cap) {
            return Err(spent_up(cost));
        }
        let began = Instant::now();
        loop {
            if pool.state.lock().block.give(cost) {
                return Ok(self.given(cost));
            }
            let settled = books.settled.notified();
            {
                let _filling = pool.filling.lock().await;
                if pool.state.lock().block.give(cost) {
                    return Ok(self.given(cost));
                }
                if books.fill(pool, cost).await.map_err(full)? {
                    continue;
                }
            }
            // Refused for good only where what is spent already leaves no room.
            let budgets = books.budgets(pool).await.map_err(full)?;
            let hopeless = budgets.iter().any(|budget| !Budget { held: 0, ..*budget }.admits(cost));
            if hopeless || began.elapsed() > PATIENCE {
                return Err(spent_up(cost));
            }
            let _ = tokio::time::timeout(WRITE_EVERY, settled).await;
        }
    }
}

impl Meter for Purse {
    fn reserve(&self, asking: Asking) -> BoxFuture<'_, Result<Box<dyn Hold>, ModelFailure>> {
        async move {
            match asking.cost() {
                // What is free, and what nobody knows the price of, is only counted.
                None | Some(0) => Ok(self.given(0)),
                Some(cost) => {
                    let is_known = pool_knows(&self.pool);
                    if is_known && self.pool.state.lock().block.give(cost) {
                        return Ok(self.given(cost));
                    }
                    self.take(cost).await
                }
            }
        }
        .boxed()
    }
}

/// Whether the cap of a single call was read lately and there is none.
fn pool_knows(pool: &Pool) -> bool {
    pool.state.lock().call_cap.is_some_and(|(at, cap)| cap.is_none() && at.elapsed() < CAPS_AGE_MAX)
}

impl Given {
    fn close(&mut self, usage: Option<&Usage>) {
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        let spent = usage.and_then(|usage| usage.cost).unwrap_or(0).max(0);
        let mut state = self.pool.state.lock();
        state.last = Instant::now();
        // What was free to ask is spent all the same where it turns out to cost.
        state.block.settle(self.amount, spent);
        if let Some(usage) = usage {
            let key = (usage.model.clone(), self.purpose.clone(), usage.cost.is_some());
            let entry =
                state.used.entry(key).or_insert_with(|| (0, Usage { cost: usage.cost.map(|_| 0), ..Usage::default() }));
            add(entry, 1, usage);
        }
        drop(state);
        self.books.settled.notify_waiters();
    }
}

impl Hold for Given {
    fn settle(mut self: Box<Self>, usage: Option<&Usage>) {
        self.close(usage);
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        self.close(None);
    }
}
