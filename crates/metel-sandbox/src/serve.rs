//! Starting and stopping a sandbox, in the caller's process or as the whole of its own.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::app::{Sandbox, router};
use crate::config::SandboxConfig;
use crate::connection::{CuttableListener, Switch};
use crate::effect::Effect;
use crate::world::World;

/// How long `stop` waits for answers under way.
const GRACE: Duration = Duration::from_secs(2);

/// A running sandbox. Dropping it stops the sandbox without waiting.
pub struct SandboxHandle {
    addr: SocketAddr,
    sandbox: Sandbox,
    server: JoinHandle<io::Result<()>>,
}

impl SandboxHandle {
    /// The bound address.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Base URL of the services, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        self.sandbox.base().to_owned()
    }

    /// Every effect so far, in order; for tests in the same process.
    #[must_use]
    pub fn effects(&self) -> Vec<Effect> {
        self.sandbox.world().history().to_vec()
    }

    /// Waits until the server ends, which it does only when stopped or broken.
    ///
    /// # Errors
    /// The listener failed.
    pub async fn wait(&mut self) -> io::Result<()> {
        match (&mut self.server).await {
            Ok(ended) => ended,
            Err(error) if error.is_cancelled() => Ok(()),
            Err(error) => Err(io::Error::other(error)),
        }
    }

    /// Stops accepting, ends hanging answers, and waits at most two seconds for the rest.
    pub async fn stop(mut self) {
        self.sandbox.stop().cancel();
        if self.server.is_finished() {
            return;
        }
        if tokio::time::timeout(GRACE, self.wait()).await.is_err() {
            tracing::warn!("sandbox connections were still open when it stopped");
        }
    }
}

impl Drop for SandboxHandle {
    fn drop(&mut self) {
        self.sandbox.stop().cancel();
        self.server.abort();
    }
}

/// Binds, rebuilds the state from the ledger if there is one, and serves until stopped.
///
/// # Errors
/// The address cannot be bound, or the ledger cannot be opened or is damaged.
pub async fn serve(config: SandboxConfig) -> io::Result<SandboxHandle> {
    let world = World::open(&config)?;
    let listener = TcpListener::bind(config.bind).await?;
    let addr = listener.local_addr()?;
    let base = config
        .public_url
        .as_deref()
        .map_or_else(|| format!("http://{addr}"), |url| url.trim_end_matches('/').to_owned());
    let sandbox = Sandbox::new(config, base, world);
    let app = router(sandbox.clone()).into_make_service_with_connect_info::<Switch>();
    let stop = sandbox.stop().clone();
    let server = tokio::spawn(async move {
        axum::serve(CuttableListener(listener), app).with_graceful_shutdown(stop.cancelled_owned()).await
    });
    Ok(SandboxHandle { addr, sandbox, server })
}
