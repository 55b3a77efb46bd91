//! The HTTP face of metel: routes, sign-in, live updates and the dashboard's files.
//!
//! It decides nothing about runs: every route is a thin call of the engine. Whatever comes in is
//! hostile until read by [`body`]; every refusal is one problem document (RFC 9457), and no route
//! exists without a permission (see [`table`]).

mod app;
mod body;
mod caller;
mod dashboard;
mod frame;
mod gate;
mod idempotency;
mod live;
mod misfit;
mod model_face;
mod openapi;
mod permission;
mod plain;
mod problem;
mod routes;
mod serve;
mod starting;
mod table;
mod wall;

pub use app::{App, Patience, Reach, Sandbox, Shared};
pub use permission::{Permission, Role};
pub use routes::{listed, router};
pub use serve::{CONNECTIONS_MAX, serve};
pub use table::Declared;
