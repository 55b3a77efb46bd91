//! Live updates: a run's story over a socket or as server-sent events, and a workspace's news.
//!
//! Watching begins before the log is read, so nothing falls between; whoever lags reads the log
//! again. The log is the truth, the bell only says when to look.

mod events;
mod follow;
mod news;
mod socket;

use crate::permission::Permission::{Open, Read};
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    routes
        // Sockets sign in by themselves: a browser cannot send a header with them.
        .get("/ws/execution/{id}", Open, "WebSocket: what happens in one run", socket::execution)
        .get("/v1/stream", Open, "WebSocket: what happens in the workspace", news::stream)
        .get("/v1/runs/{id}/stream", Read, "Server-sent events: what happens in one run", events::stream)
}
