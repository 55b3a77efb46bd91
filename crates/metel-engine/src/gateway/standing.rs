//! Standing rules: made from an approval that somebody has before them, listed, revoked.

use metel_model::Fault;
use metel_model::approval::{Channel, Decision};
use metel_model::code::Code;
use metel_model::hash::Digest;
use metel_model::id::{ApprovalId, StandingId, WorkspaceId};
use metel_model::standing::{HOLDS_MS_MAX, USES_MAX};
use metel_model::time::Micros;
use metel_rules::envelope::Action;
use metel_rules::standing::{may_stand, shape_of};
use metel_store::StandingRow;

use crate::engine::Engine;

/// The bounds of a rule that somebody wants.
#[derive(Debug, Clone)]
pub struct NewStanding {
    pub digest: Digest,
    pub until: Micros,
    pub uses: u32,
    /// In millionths; the approval's own amount where absent.
    pub amount_micros: Option<i64>,
}

impl Engine {
    /// Approves what is shown, and from now on everything like it within the bounds.
    pub async fn always(
        &self,
        workspace: WorkspaceId,
        id: ApprovalId,
        new: &NewStanding,
        by: &str,
        channel: Channel,
    ) -> Result<StandingRow, Fault> {
        let now = self.now();
        let field = |place: &str, en: &str, ko: &str| Fault::new(Code::FieldInvalid).detail(en, ko).at(place);
        if new.until <= now || new.until > now.plus_millis(HOLDS_MS_MAX) {
            return Err(field("until", "is a time within the next ninety days", "앞으로 90일 안의 시각이어야 해요"));
        }
        if new.uses == 0 || new.uses > USES_MAX {
            return Err(field("uses", "is from 1 to 10000", "1부터 10000까지예요"));
        }
        let approval = self.approval(workspace, id).await?;
        if approval.ask.digest != new.digest {
            return Err(Fault::new(Code::ApprovalStale).about(id));
        }
        let run = self.load(workspace, approval.run).await?;
        let definitions = self.definitions(workspace);
        let pinned = approval.ask.tool.as_ref().and_then(|tool| definitions.contract(run.pins.get(tool)?));
        let contract = pinned.ok_or_else(|| {
            Fault::new(Code::ApprovalForbidden)
                .detail("a gate of a workflow is asked about each time", "워크플로의 승인 지점은 매번 물어봐요")
        })?;
        if run.subject.is_some() {
            return Err(Fault::new(Code::ApprovalForbidden)
                .detail("what is about a person is approved one by one", "사람을 다루는 일은 하나씩 승인해야 해요"));
        }
        let payload = self.stored(workspace, &approval.ask.payload).await?;
        let verdict = &approval.ask.verdict;
        let action = Action { contract: &contract, payload: &payload, digest: new.digest, verdict, now };
        may_stand(&action, false)?;
        // Whoever may not decide on this one decides on none like it.
        let decision = Decision::Approve { all_like_this: false };
        self.decide(workspace, id, new.digest, decision, by, channel).await?;
        let standing = shape_of(&action, StandingId(self.ids().next()), new.until, new.amount_micros);
        let row = StandingRow {
            workspace,
            id: standing.id,
            body: serde_json::to_string(&standing).map_err(|e| Fault::new(Code::Internal).about(e))?,
            approval: id,
            made_by: by.to_owned(),
            until: new.until,
            uses: new.uses,
            used: 0,
            created_at: now,
            revoked_at: None,
        };
        self.store().add_standing(&row).await?;
        self.facts_changed(workspace);
        Ok(row)
    }

    /// Newest first.
    pub async fn standings(&self, workspace: WorkspaceId) -> Result<Vec<StandingRow>, Fault> {
        Ok(self.store().standings(workspace).await?)
    }

    pub async fn standing(&self, workspace: WorkspaceId, id: StandingId) -> Result<StandingRow, Fault> {
        self.store().standing(workspace, id).await?.ok_or_else(|| Fault::new(Code::NotFound).about(id))
    }

    /// The rule covers nothing from the next decision on.
    pub async fn revoke_standing(&self, workspace: WorkspaceId, id: StandingId) -> Result<(), Fault> {
        self.standing(workspace, id).await?;
        self.store().revoke_standing(workspace, id, self.now()).await?;
        self.facts_changed(workspace);
        Ok(())
    }
}
