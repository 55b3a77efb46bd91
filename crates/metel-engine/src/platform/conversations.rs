//! What agents have said and done, read from the chain of stored links. A round that is kept here is not
//! read again, so that the hundredth reply of a conversation reads one link.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use metel_llm::conversation::{Offer, Round, Shown};
use metel_model::conversation::Link;
use metel_model::id::WorkspaceId;
use metel_model::stored::Stored;
use metel_model::{Code, Digest, Fault, Lang};
use parking_lot::Mutex;
use serde_json::Value;

use super::Shared;
use crate::perform::Job;

/// Conversations that are kept at hand, by their newest link.
const KEPT_MAX: usize = 64;

/// Conversations by their newest link, the longest unused first to go.
#[derive(Default)]
pub(crate) struct Conversations(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    by_head: HashMap<Digest, Arc<Told>>,
    order: VecDeque<Digest>,
}

/// A conversation up to a link.
struct Told {
    prev: Option<Arc<Told>>,
    round: Arc<Round>,
}

impl Conversations {
    fn get(&self, head: &Digest) -> Option<Arc<Told>> {
        self.0.lock().by_head.get(head).cloned()
    }

    /// Keeps a conversation in the place of the one that it goes on from.
    fn put(&self, head: Digest, before: Option<Digest>, told: Arc<Told>) {
        let mut kept = self.0.lock();
        if let Some(before) = before {
            kept.by_head.remove(&before);
            kept.order.retain(|head| *head != before);
        }
        if kept.by_head.insert(head, told).is_none() {
            kept.order.push_back(head);
        }
        while kept.order.len() > KEPT_MAX
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.by_head.remove(&oldest);
        }
    }
}

impl Shared {
    /// The rounds of a conversation up to `head`, oldest first.
    pub(super) async fn rounds(&self, workspace: WorkspaceId, head: Option<Digest>) -> Result<Vec<Arc<Round>>, Fault> {
        let Some(newest) = head else { return Ok(Vec::new()) };
        let (mut new, mut at, mut told) = (Vec::new(), Some(newest), None);
        while let Some(digest) = at {
            if let Some(kept) = self.conversations.get(&digest) {
                told = Some(kept);
                break;
            }
            let link: Link = serde_json::from_value(self.value(workspace, digest).await?)
                .map_err(|error| Fault::new(Code::StoreCorrupt).about(error))?;
            at = link.prev;
            new.push(self.round(workspace, link).await?);
        }
        for round in new.into_iter().rev() {
            told = Some(Arc::new(Told { prev: told, round: Arc::new(round) }));
        }
        let mut rounds = Vec::new();
        if let Some(told) = told {
            self.conversations.put(newest, at.filter(|at| *at != newest), told.clone());
            let mut at = Some(&told);
            while let Some(told) = at {
                rounds.push(told.round.clone());
                at = told.prev.as_ref();
            }
        }
        rounds.reverse();
        Ok(rounds)
    }

    async fn round(&self, workspace: WorkspaceId, link: Link) -> Result<Round, Fault> {
        let mut results = Vec::with_capacity(link.results.len());
        for returned in link.results {
            let came = match (returned.fault, returned.output) {
                (Some(fault), _) => Err(fault),
                (None, output) => Ok(self.stored(workspace, output.unwrap_or_default()).await?),
            };
            results.push(Shown { tool: returned.tool, came });
        }
        Ok(Round { said: self.stored(workspace, link.said).await?, results })
    }

    async fn stored(&self, workspace: WorkspaceId, stored: Stored) -> Result<Arc<Value>, Fault> {
        match stored {
            Stored::Inline(value) => Ok(value),
            Stored::Blob { digest, .. } => Ok(Arc::new(self.value(workspace, digest).await?)),
        }
    }

    async fn value(&self, workspace: WorkspaceId, digest: Digest) -> Result<Value, Fault> {
        match self.engine.get() {
            Some(engine) => engine.blob(workspace, digest).await,
            None => Err(Fault::new(Code::Internal)),
        }
    }
}

/// What an agent may call, as it is shown it: by the very contracts that its calls will be held to.
pub(super) fn offers(job: &Job, lang: Lang) -> Vec<Offer> {
    let tools = job.payload.get("tools").and_then(Value::as_object);
    let contracts = tools.into_iter().flatten().filter_map(|(_, digest)| {
        let digest = Digest::parse(digest.as_str()?)?;
        job.definitions.contract(&digest)
    });
    contracts
        .map(|compiled| Offer {
            id: compiled.contract.id.clone(),
            about: one_line(compiled.contract.description.get(lang)),
            schema: compiled.contract.input_schema.clone(),
        })
        .collect()
}

/// A description is the contract writer's, perhaps imported: one line, no marks.
fn one_line(text: &str) -> String {
    text.chars().take(240).map(|c| if c.is_control() || matches!(c, '<' | '>') { ' ' } else { c }).collect()
}
