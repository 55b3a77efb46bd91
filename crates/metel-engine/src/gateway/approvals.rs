//! Approvals: shown with the exact payload, decided once.

use metel_model::Fault;
use metel_model::approval::{Approval, Channel, Decision};
use metel_model::code::Code;
use metel_model::command::Command;
use metel_model::hash::Digest;
use metel_model::id::{ApprovalId, WorkspaceId};
use metel_model::run::Run;
use metel_model::status::ApprovalStatus;
use metel_model::stored::Stored;
use serde_json::{Value, json};

use super::views;
use crate::engine::Engine;
use crate::library::Definitions;

impl Engine {
    /// The value itself, wherever it is kept.
    pub async fn stored(&self, workspace: WorkspaceId, stored: &Stored) -> Result<Value, Fault> {
        match stored {
            Stored::Inline(value) => Ok(value.as_ref().clone()),
            Stored::Blob { digest, .. } => self.blob(workspace, *digest).await,
        }
    }

    pub async fn approval(&self, workspace: WorkspaceId, id: ApprovalId) -> Result<Approval, Fault> {
        let found = self.store().approval(workspace, id).await?;
        let mut approval = found.ok_or_else(|| Fault::new(Code::NotFound).about(id))?;
        self.fill_in(workspace, &mut approval).await?;
        Ok(approval)
    }

    /// An approval as people see it.
    pub async fn approval_view(&self, workspace: WorkspaceId, approval: &Approval) -> Result<Value, Fault> {
        let run = self.load(workspace, approval.run).await?;
        self.approval_view_in(workspace, approval, &run, self.definitions(workspace).as_ref()).await
    }

    pub(crate) async fn approval_view_in(
        &self,
        workspace: WorkspaceId,
        approval: &Approval,
        run: &Run,
        definitions: &dyn Definitions,
    ) -> Result<Value, Fault> {
        let payload = self.stored(workspace, &approval.ask.payload).await?;
        // A planted one looks like the call that it pretends to be.
        let planted = match approval.ask.tool {
            None => self.store().canary(workspace, approval.run).await?,
            Some(_) => None,
        };
        let pretended = planted.as_ref().and_then(|tool| definitions.current(tool));
        let contract = approval.ask.tool.as_ref().and_then(|tool| match run.pins.get(tool) {
            Some(digest) => definitions.contract(digest),
            None => definitions.current(tool),
        });
        let request = run.request.as_ref().map(|r| r.text.as_str());
        let contract = contract.or(pretended);
        let mut view = views::approval(approval, &payload, contract.as_deref(), request, &run.mentions);
        if let (Some(tool), Some(contract)) = (&planted, &contract) {
            view["tool"] = json!(tool);
            view["version"] = json!(contract.contract.version);
            view["risk"] = contract.contract.risk.iter().map(|risk| risk.key()).collect();
            view["verdict"]["rule"] =
                json!(format!("risk.{}", contract.contract.risk.iter().max().map_or("write", |r| r.key())));
            view["verdict"]["reasons"] = json!([]);
        }
        let facts = self.facts(workspace).await?;
        view["needs"] = views::needs(approval, run, &facts.facts.groups);
        view["votes"] = views::votes(approval, run);
        let (delegations, questions) = views::hearing(approval, run);
        (view["delegations"], view["questions"]) = (delegations, questions);
        Ok(view)
    }

    /// Takes a person's decision. It counts for the payload with that digest only, and once.
    pub async fn decide(
        &self,
        workspace: WorkspaceId,
        id: ApprovalId,
        digest: Digest,
        decision: Decision,
        by: &str,
        channel: Channel,
    ) -> Result<Approval, Fault> {
        let approval = self.approval(workspace, id).await?;
        if approval.status != ApprovalStatus::Pending {
            return Err(Fault::new(Code::ApprovalGone).about(id));
        }
        let command = Command::Decide { approval: id, digest, decision, by: by.to_owned(), channel };
        match self.command(workspace, approval.run, command, by).await {
            Ok(_) => self.approval(workspace, id).await,
            Err(fault) if fault.code == Code::RunFinal => Err(Fault::new(Code::ApprovalGone).about(id)),
            Err(fault) => Err(fault),
        }
    }

    /// Gives the right to decide to another person, who has to be there and may decide.
    pub async fn delegate(
        &self,
        workspace: WorkspaceId,
        id: ApprovalId,
        to: &str,
        reason: Option<String>,
        by: &str,
        channel: Channel,
    ) -> Result<Approval, Fault> {
        let name = to.strip_prefix("user:").unwrap_or(to);
        let user = self.store().user_by_name(workspace, name).await?;
        let user = user.ok_or_else(|| Fault::new(Code::NotFound).about(name).at("to"))?;
        if !user.active || !may_approve(&user.role) {
            return Err(Fault::new(Code::ApprovalForbidden).detail(
                format!("{name} may not decide approvals"),
                format!("승인을 결정할 수 없는 사람이에요: {name}"),
            ));
        }
        let (to, by_) = (format!("user:{}", user.name), by.to_owned());
        self.heard(workspace, id, by, Command::Delegate { approval: id, to, reason, by: by_, channel }).await
    }

    /// Asks back about an approval.
    pub async fn question(
        &self,
        workspace: WorkspaceId,
        id: ApprovalId,
        text: String,
        by: &str,
        channel: Channel,
    ) -> Result<Approval, Fault> {
        self.heard(workspace, id, by, Command::Question { approval: id, text, by: by.to_owned(), channel }).await
    }

    /// Answers what was asked back; questions are counted from 1.
    pub async fn answer(
        &self,
        workspace: WorkspaceId,
        id: ApprovalId,
        question: u32,
        text: String,
        by: &str,
        channel: Channel,
    ) -> Result<Approval, Fault> {
        self.heard(workspace, id, by, Command::Answer { approval: id, question, text, by: by.to_owned(), channel })
            .await
    }

    async fn heard(
        &self,
        workspace: WorkspaceId,
        id: ApprovalId,
        by: &str,
        command: Command,
    ) -> Result<Approval, Fault> {
        let approval = self.approval(workspace, id).await?;
        if approval.status != ApprovalStatus::Pending {
            return Err(Fault::new(Code::ApprovalGone).about(id));
        }
        match self.command(workspace, approval.run, command, by).await {
            Ok(_) => self.approval(workspace, id).await,
            Err(fault) if fault.code == Code::RunFinal => Err(Fault::new(Code::ApprovalGone).about(id)),
            Err(fault) => Err(fault),
        }
    }
}

/// Roles whose holders may decide.
pub(crate) fn may_approve(role: &str) -> bool {
    matches!(role, "owner" | "admin" | "approver")
}
