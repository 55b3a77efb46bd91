//! The shared state behind every route, and the one place where routes are put together.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use parking_lot::{Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;

use crate::config::SandboxConfig;
use crate::door;
use crate::fault::FaultTable;
use crate::model::Scripts;
use crate::oauth::OAuth;
use crate::requests::RequestLog;
use crate::world::World;

/// Largest request body that any service takes, in bytes.
pub(crate) const MAX_BODY: usize = 8 * 1024 * 1024;

/// Handle to the sandbox's state; cheap to clone.
#[derive(Clone)]
pub(crate) struct Sandbox(Arc<Inner>);

struct Inner {
    config: SandboxConfig,
    base: String,
    world: Mutex<World>,
    faults: Mutex<FaultTable>,
    scripts: Mutex<Scripts>,
    requests: Mutex<RequestLog>,
    oauth: Mutex<OAuth>,
    stop: CancellationToken,
}

impl Sandbox {
    pub(crate) fn new(config: SandboxConfig, base: String, world: World) -> Self {
        let seed = config.seed;
        Self(Arc::new(Inner {
            config,
            base,
            world: Mutex::new(world),
            faults: Mutex::new(FaultTable::new(seed)),
            scripts: Mutex::new(Scripts::default()),
            requests: Mutex::new(RequestLog::default()),
            oauth: Mutex::new(OAuth::default()),
            stop: CancellationToken::new(),
        }))
    }

    pub(crate) fn config(&self) -> &SandboxConfig {
        &self.0.config
    }

    /// Base of links in answers, without a slash at the end.
    pub(crate) fn base(&self) -> &str {
        &self.0.base
    }

    /// Present time in microseconds UTC.
    pub(crate) fn now(&self) -> i64 {
        (self.0.config.clock)()
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.0.world.lock()
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, FaultTable> {
        self.0.faults.lock()
    }

    pub(crate) fn scripts(&self) -> MutexGuard<'_, Scripts> {
        self.0.scripts.lock()
    }

    pub(crate) fn requests(&self) -> MutexGuard<'_, RequestLog> {
        self.0.requests.lock()
    }

    pub(crate) fn oauth(&self) -> MutexGuard<'_, OAuth> {
        self.0.oauth.lock()
    }

    /// Cancelled when the sandbox stops; hanging answers end on it.
    pub(crate) fn stop(&self) -> &CancellationToken {
        &self.0.stop
    }
}

/// All services by path prefix, the control API and the human pages.
pub(crate) fn router(sandbox: Sandbox) -> Router {
    let router = crate::vendors::ALL
        .iter()
        .fold(Router::new(), |router, vendor| router.nest(&format!("/{}", vendor.name), crate::vendors::routes()));
    router
        .nest("/notion", crate::notion::routes())
        .nest("/slack", crate::slack::routes())
        .nest("/sheets", crate::sheets::routes())
        .nest("/firecrawl", crate::firecrawl::routes())
        .nest("/authority", crate::authority::routes())
        .nest("/ledgerbox", crate::ledgerbox::routes())
        .nest("/openai", crate::model::openai_routes())
        .nest("/anthropic", crate::model::anthropic_routes())
        .nest("/gemini", crate::model::gemini_routes())
        .nest("/oauth", crate::oauth::routes())
        .nest("/_control", crate::control::routes())
        .merge(crate::ui::routes())
        .layer(from_fn_with_state(sandbox.clone(), door::enter))
        .layer(DefaultBodyLimit::disable())
        .with_state(sandbox)
}
