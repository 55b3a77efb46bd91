//! How a store is opened. The defaults hold for a laptop and for a server.

use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Clone)]
pub struct Options {
    /// Under load, how long a group waits for more commits, in microseconds. An idle store never waits.
    pub linger_us: u64,
    /// Most commits in one transaction.
    pub batch_max: usize,
    /// Threads (SQLite) or connections (PostgreSQL) that read.
    pub readers: usize,
    /// Connections that commit side by side; PostgreSQL only.
    pub lanes: usize,
    /// Commits that may wait before callers are held back.
    pub queue_max: usize,
    /// How long a commit may wait for the server before it is refused as unavailable; PostgreSQL only.
    pub patience: Duration,
    /// Certificates (PEM) that a server elsewhere is checked with; the system's own without it; PostgreSQL only.
    pub tls_roots: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            linger_us: 100,
            batch_max: 256,
            readers: 4,
            lanes: 2,
            queue_max: 4_096,
            patience: Duration::from_secs(10),
            tls_roots: None,
        }
    }
}
