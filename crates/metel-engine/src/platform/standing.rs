//! Standing rules as decisions see them: those that stand.

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::id::WorkspaceId;
use metel_model::standing::Standing;

use super::Shared;

impl Shared {
    pub(super) async fn standing(&self, workspace: WorkspaceId) -> Result<Vec<Standing>, Fault> {
        let now = self.clock.now();
        let rows = self.store.standings(workspace).await?;
        let standing = rows.iter().filter(|row| row.stands(now));
        let read = |body: &String| serde_json::from_str(body).map_err(|e| Fault::new(Code::StoreCorrupt).about(e));
        standing.map(|row| read(&row.body)).collect()
    }
}
