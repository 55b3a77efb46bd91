//! The table of routes: the only door through which a handler becomes reachable. Each entry says
//! what it needs, so a route without a permission cannot be written.

use axum::Router;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, on};
use http::Method;

use crate::app::Shared;
use crate::gate;
use crate::permission::Permission;

/// How a repeated `Idempotency-Key` is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyed {
    /// The run that the key started is told by the store's own record of keys.
    Run,
    /// The stored answer is given again.
    Answer,
    /// The answer holds something secret: it is given again only from this process's memory.
    Secret,
}

/// One route, as documents and tests see it.
#[derive(Debug, Clone)]
pub struct Declared {
    pub method: Method,
    pub path: &'static str,
    pub permission: Permission,
    pub summary: &'static str,
    pub keyed: Keyed,
}

/// Routes under construction.
pub struct Routes {
    app: Shared,
    router: Router<Shared>,
    declared: Vec<Declared>,
}

impl Routes {
    pub fn new(app: Shared) -> Self {
        Self { app, router: Router::new(), declared: Vec::new() }
    }

    pub fn get<H, T>(self, path: &'static str, permission: Permission, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.add(MethodFilter::GET, Method::GET, path, permission, summary, Keyed::Answer, handler)
    }

    pub fn post<H, T>(self, path: &'static str, permission: Permission, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.add(MethodFilter::POST, Method::POST, path, permission, summary, Keyed::Answer, handler)
    }

    /// A POST that starts a run.
    pub fn start<H, T>(self, path: &'static str, permission: Permission, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.add(MethodFilter::POST, Method::POST, path, permission, summary, Keyed::Run, handler)
    }

    /// A POST whose answer is shown once.
    pub fn post_secret<H, T>(
        self,
        path: &'static str,
        permission: Permission,
        summary: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.add(MethodFilter::POST, Method::POST, path, permission, summary, Keyed::Secret, handler)
    }

    pub fn put<H, T>(self, path: &'static str, permission: Permission, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.add(MethodFilter::PUT, Method::PUT, path, permission, summary, Keyed::Answer, handler)
    }

    pub fn delete<H, T>(self, path: &'static str, permission: Permission, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.add(MethodFilter::DELETE, Method::DELETE, path, permission, summary, Keyed::Answer, handler)
    }

    #[allow(clippy::too_many_arguments)]
    fn add<H, T>(
        mut self,
        filter: MethodFilter,
        method: Method,
        path: &'static str,
        permission: Permission,
        summary: &'static str,
        keyed: Keyed,
        handler: H,
    ) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        let declared = Declared { method, path, permission, summary, keyed };
        let gate = from_fn_with_state((self.app.clone(), declared.clone()), gate::pass);
        self.router = self.router.route(path, on(filter, handler).route_layer(gate));
        self.declared.push(declared);
        self
    }

    pub fn declared(&self) -> &[Declared] {
        &self.declared
    }

    pub fn finish(self) -> (Router<Shared>, Vec<Declared>) {
        (self.router, self.declared)
    }
}
