//! One-time links: a person named by name reads one approval and decides on it, without signing in.
//!
//! The link's text is 256 random bits and stands nowhere; its hash finds the row. Reading uses nothing up, so that
//! a mail scanner does no harm. A decision counts as that person's, and meets every law that it would meet otherwise.

use metel_model::Fault;
use metel_model::approval::{Approval, Channel, Decision};
use metel_model::code::Code;
use metel_model::hash::Digest;
use metel_model::id::{ApprovalId, WorkspaceId};
use metel_model::status::ApprovalStatus;
use metel_model::time::Micros;
use metel_store::LinkRow;

use super::approvals::may_approve;
use crate::engine::Engine;

/// Longest that a link holds: seven days.
pub const LINK_MS_MAX: u64 = 7 * 24 * 60 * 60 * 1_000;
/// Longest text that is looked up as a link.
const SECRET_CHARS_MAX: usize = 200;

/// A link with its text, which is never shown again.
#[derive(Debug, Clone)]
pub struct NewLink {
    pub clear: String,
    pub expires_at: Micros,
}

/// Whoever a link is for, and what it shows.
#[derive(Debug, Clone)]
pub struct Linked {
    pub workspace: WorkspaceId,
    pub person: String,
    pub approval: Approval,
    pub expires_at: Micros,
}

fn over() -> Fault {
    Fault::new(Code::LinkOver)
}

impl Engine {
    /// Makes a link for one person, one approval and one payload.
    pub async fn new_link(
        &self,
        workspace: WorkspaceId,
        id: ApprovalId,
        digest: Digest,
        person: &str,
        ms: u64,
        by: &str,
    ) -> Result<NewLink, Fault> {
        let approval = self.approval(workspace, id).await?;
        if approval.status != ApprovalStatus::Pending {
            return Err(Fault::new(Code::ApprovalGone).about(id));
        }
        if approval.ask.digest != digest {
            return Err(Fault::new(Code::ApprovalStale).about(id));
        }
        let user = self.store().user_by_name(workspace, person).await?;
        let user = user.ok_or_else(|| Fault::new(Code::NotFound).about(person).at("person"))?;
        if !user.active || !may_approve(&user.role) {
            return Err(Fault::new(Code::ApprovalForbidden).detail(
                format!("{person} may not decide approvals"),
                format!("승인을 결정할 수 없는 사람이에요: {person}"),
            ));
        }
        let now = self.now();
        let clear = Digest(rand::random()).hex();
        let expires_at = now.plus_millis(ms.min(LINK_MS_MAX)).min(approval.ask.expires_at);
        let row = LinkRow {
            workspace,
            approval: id,
            digest,
            person: user.id,
            made_by: by.to_owned(),
            expires_at,
            used_at: None,
        };
        self.store().add_link(Digest::of(clear.as_bytes()), &row, now).await?;
        Ok(NewLink { clear, expires_at })
    }

    /// What a link shows; the same refusal for a used, an old and an unknown one.
    pub async fn linked(&self, clear: &str) -> Result<Linked, Fault> {
        if clear.len() > SECRET_CHARS_MAX {
            return Err(over());
        }
        let row = self.store().link(Digest::of(clear.as_bytes())).await?.ok_or_else(over)?;
        if row.used_at.is_some() || row.expires_at <= self.now() {
            return Err(over());
        }
        let user = self.store().user(row.workspace, row.person).await?;
        let user = user.filter(|user| user.active && may_approve(&user.role)).ok_or_else(over)?;
        let approval = self.approval(row.workspace, row.approval).await?;
        if approval.ask.digest != row.digest {
            return Err(Fault::new(Code::ApprovalStale).about(row.approval));
        }
        Ok(Linked { workspace: row.workspace, person: user.name, approval, expires_at: row.expires_at })
    }

    /// Decides through a link, as the person that it is for. The decision itself counts once whatever becomes of
    /// the link: a second one finds nothing to decide.
    pub async fn decide_by_link(&self, clear: &str, decision: Decision) -> Result<(WorkspaceId, Approval), Fault> {
        let linked = self.linked(clear).await?;
        let (id, digest) = (linked.approval.ask.id, linked.approval.ask.digest);
        let by = format!("user:{}", linked.person);
        let decided = self.decide(linked.workspace, id, digest, decision, &by, Channel::Link).await?;
        self.store().use_link(Digest::of(clear.as_bytes()), self.now()).await?;
        Ok((linked.workspace, decided))
    }
}
