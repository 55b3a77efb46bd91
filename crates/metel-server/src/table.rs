//! The table of routes: the only door through which a handler becomes reachable. Each entry says
//! what it needs, takes and gives, so that a route without a permission cannot be written and the
//! description of the interface is made from the same words.

use axum::Router;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, on};
use http::Method;
use metel_model::code::Code;
use serde_json::{Value, json};

use crate::app::Shared;
use crate::gate;
use crate::openapi::shape::{integer, of};
use crate::permission::Permission;
use crate::wall::Wall;

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

/// A value in the query of an address.
#[derive(Debug, Clone)]
pub struct Asked {
    pub name: &'static str,
    pub schema: Value,
    pub what: &'static str,
    pub required: bool,
}

/// One good answer.
#[derive(Debug, Clone)]
pub struct Given {
    pub status: u16,
    /// None for an answer without a body.
    pub media: Option<&'static str>,
    pub schema: Value,
}

/// One route, as documents and tests see it.
#[derive(Debug, Clone)]
pub struct Declared {
    pub method: Method,
    pub path: &'static str,
    pub permission: Permission,
    pub summary: &'static str,
    pub keyed: Keyed,
    pub query: Vec<Asked>,
    /// JSON Schema of the body; none where a body is not read.
    pub body: Option<Value>,
    pub answers: Vec<Given>,
    /// Refusals beside those that follow from what the route takes.
    pub refusals: Vec<Code>,
    /// The handler asks for a credential itself, because browsers cannot send headers with a socket.
    pub own_sign_in: bool,
}

/// Routes under construction. What follows a route (`takes`, `gives` …) describes it.
pub struct Routes {
    app: Shared,
    router: Router<Shared>,
    declared: Vec<Declared>,
    walls: Vec<Wall>,
}

impl Routes {
    pub fn new(app: Shared) -> Self {
        Self { app, router: Router::new(), declared: Vec::new(), walls: Vec::new() }
    }

    pub fn get<H, T>(self, path: &'static str, permission: Permission, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.add(Method::GET, path, permission, summary, Keyed::Answer, handler)
    }

    pub fn post<H, T>(self, path: &'static str, permission: Permission, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.add(Method::POST, path, permission, summary, Keyed::Answer, handler)
    }

    /// A POST that starts a run.
    pub fn start<H, T>(self, path: &'static str, permission: Permission, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.add(Method::POST, path, permission, summary, Keyed::Run, handler)
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
        self.add(Method::POST, path, permission, summary, Keyed::Secret, handler)
    }

    pub fn put<H, T>(self, path: &'static str, permission: Permission, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.add(Method::PUT, path, permission, summary, Keyed::Answer, handler)
    }

    pub fn delete<H, T>(self, path: &'static str, permission: Permission, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.add(Method::DELETE, path, permission, summary, Keyed::Answer, handler)
    }

    fn add<H, T>(
        mut self,
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
        let filter = match method {
            Method::POST => MethodFilter::POST,
            Method::PUT => MethodFilter::PUT,
            Method::DELETE => MethodFilter::DELETE,
            _ => MethodFilter::GET,
        };
        let wall = Wall::default();
        let needs = gate::Needs { permission, keyed, wall: wall.clone() };
        let gate = from_fn_with_state((self.app.clone(), needs), gate::pass);
        self.router = self.router.route(path, on(filter, handler).route_layer(gate));
        self.declared.push(Declared {
            method,
            path,
            permission,
            summary,
            keyed,
            query: Vec::new(),
            body: None,
            answers: Vec::new(),
            refusals: Vec::new(),
            own_sign_in: false,
        });
        self.walls.push(wall);
        self
    }

    fn with(mut self, describe: impl FnOnce(&mut Declared)) -> Self {
        if let Some(last) = self.declared.last_mut() {
            describe(last);
        }
        self
    }

    /// A value that the query may hold.
    pub fn asks(self, name: &'static str, schema: Value, what: &'static str) -> Self {
        self.with(|route| route.query.push(Asked { name, schema, what, required: false }))
    }

    /// A value that the query must hold.
    pub fn needs(self, name: &'static str, schema: Value, what: &'static str) -> Self {
        self.with(|route| route.query.push(Asked { name, schema, what, required: true }))
    }

    /// `limit` and `cursor` of a list.
    pub fn pages(self, cursor: Value) -> Self {
        self.asks("limit", integer(1, Some(200)), "Items of one page; 50 when absent").asks(
            "cursor",
            cursor,
            "`next` of the page before",
        )
    }

    /// The body's schema; a body that does not fit it never reaches the handler.
    pub fn takes(self, schema: Value) -> Self {
        if let Some(wall) = self.walls.last() {
            wall.set(schema.clone());
        }
        self.takes_and_checks(schema)
    }

    /// The schema of a body that the handler itself checks, because it can say more of its faults.
    pub fn takes_and_checks(self, schema: Value) -> Self {
        self.with(|route| route.body = Some(schema))
    }

    /// A good answer in JSON.
    pub fn gives(self, status: u16, schema: Value) -> Self {
        self.with(|route| route.answers.push(Given { status, media: Some("application/json"), schema }))
    }

    /// A good answer in something else.
    pub fn gives_media(self, status: u16, media: &'static str) -> Self {
        let schema = json!({"type": "string"});
        self.with(|route| route.answers.push(Given { status, media: Some(media), schema }))
    }

    /// A good answer without a body.
    pub fn gives_nothing(self, status: u16) -> Self {
        self.with(|route| route.answers.push(Given { status, media: None, schema: Value::Null }))
    }

    /// The answer to every start of a run: at rest, or still moving.
    pub fn gives_run(self) -> Self {
        self.gives(200, of("Run")).gives(202, of("Run"))
    }

    pub fn refuses(self, codes: &[Code]) -> Self {
        self.with(|route| route.refusals.extend_from_slice(codes))
    }

    pub fn signs_in_itself(self) -> Self {
        self.with(|route| route.own_sign_in = true)
    }

    pub fn finish(self) -> (Router<Shared>, Vec<Declared>) {
        (self.router, self.declared)
    }
}
