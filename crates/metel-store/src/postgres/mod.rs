//! The PostgreSQL engine: several lanes that commit groups side by side, a pool for everything else,
//! and one connection that hears what other processes did.

mod batch;
mod columns;
mod connect;
mod error;
mod lane;
mod listen;
mod migrate;
mod open;
mod queue;
mod run;
mod straight;

pub(crate) use connect::Connector;
pub(crate) use open::Postgres;
