//! A model behind an endpoint, over the one HTTP client.

use futures::FutureExt;
use futures::future::BoxFuture;
use metel_net::{Egress, Net};

use crate::endpoint::{Endpoint, Protocol};
use crate::model::{Call, Model, ModelFailure, Reply, Sink};
use crate::openai;

/// Speaks to one endpoint. Each call is one request: no retry, no fallback.
#[derive(Clone)]
pub struct Client {
    net: Net,
    endpoint: Endpoint,
    egress: Egress,
}

impl Client {
    /// `egress` is what calls may reach: the endpoint's own host, and nothing else is needed.
    pub fn new(net: Net, endpoint: Endpoint, egress: Egress) -> Self {
        Self { net, endpoint, egress }
    }

    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }
}

impl Model for Client {
    fn chat(&self, call: Call, sink: Option<Sink>) -> BoxFuture<'_, Result<Reply, ModelFailure>> {
        let Protocol::OpenAiChat(dialect) = self.endpoint.protocol;
        openai::chat(&self.net, &self.egress, &self.endpoint, dialect, call, sink).boxed()
    }

    fn name(&self) -> &str {
        &self.endpoint.model
    }
}
