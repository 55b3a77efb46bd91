//! Live updates: a run's story over a socket or as server-sent events, and a workspace's news.
//!
//! Watching begins before the log is read, so nothing falls between; whoever lags reads the log
//! again. The log is the truth, the bell only says when to look.

mod events;
mod follow;
mod news;
mod socket;

use metel_model::code::Code;

use crate::openapi::shape::{integer, text};
use crate::permission::Permission::{Open, Read};
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    routes
        // Sockets sign in by themselves: a browser cannot send a header with them.
        .get("/ws/execution/{id}", Open, "WebSocket: what happens in one run", socket::execution)
        .signs_in_itself()
        .asks("after", integer(0, None), "Only what happened after this number")
        .asks("token", text(), "The token, where no header can be sent")
        .gives_nothing(101)
        .refuses(&[Code::RunNotFound])
        .get("/v1/stream", Open, "WebSocket: what happens in the workspace", news::stream)
        .signs_in_itself()
        .asks("after", integer(0, None), "Not used here")
        .asks("token", text(), "The token, where no header can be sent")
        .gives_nothing(101)
        .get("/v1/runs/{id}/stream", Read, "Server-sent events: what happens in one run", events::stream)
        .asks("after", integer(0, None), "Only what happened after this number")
        .gives_media(200, "text/event-stream")
        .gives_nothing(204)
        .refuses(&[Code::RunNotFound])
}
