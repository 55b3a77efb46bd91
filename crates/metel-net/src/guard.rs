//! Looks a name up once and hands the connection only addresses that were checked, all of them:
//! one inside address among the answers refuses the name (mixed answers, rebinding).

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::egress::{Lift, Refused};

/// Most addresses taken from one answer.
const ADDRESSES_MAX: usize = 16;

/// Whoever turns a host name into addresses.
pub trait Lookup: Send + Sync + 'static {
    fn lookup(&self, host: String) -> Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send>>;
}

/// The machine's own resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, host: String) -> Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            Ok(found.map(|socket| socket.ip()).collect())
        })
    }
}

/// The resolver of one client.
#[derive(Clone)]
pub(crate) struct Guard {
    pub lookup: Arc<dyn Lookup>,
    pub lift: Lift,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        let host = name.as_str().to_owned();
        Box::pin(async move {
            let found = guard.lookup.lookup(host.clone()).await?;
            let mut checked = Vec::with_capacity(found.len().min(ADDRESSES_MAX));
            for address in found {
                if let Some(ban) = guard.lift.ban(address) {
                    return Err(Box::new(Refused::banned(&host, ban)) as _);
                }
                if checked.len() < ADDRESSES_MAX {
                    checked.push(SocketAddr::new(address, 0));
                }
            }
            Ok(Box::new(checked.into_iter()) as Addrs)
        })
    }
}
