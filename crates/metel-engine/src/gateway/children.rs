//! What a child run left, as its parent is told.

use metel_model::Fault;
use metel_model::code::Code;
use metel_model::command::Command;
use metel_model::status::{RunStatus, WaitingFor};
use metel_model::stored::Stored;
use metel_model::task::Task;

use crate::engine::Engine;

impl Engine {
    /// The command for a parent whose parked task was woken; `None` when no child is waited for.
    pub(crate) async fn child_done(&self, task: &Task) -> Result<Option<Command>, Fault> {
        let run = self.load(task.workspace, task.run).await?;
        let Some(step) = run.steps.get(&task.step).filter(|s| s.waiting == Some(WaitingFor::Child)) else {
            return Ok(None);
        };
        let Some(id) = step.child else { return Ok(None) };
        let child = self.load(task.workspace, id).await?;
        let error = match child.status {
            RunStatus::Completed => None,
            RunStatus::Cancelled => {
                Some(Fault::new(Code::StepFailed).detail("the child run was cancelled", "하위 실행이 취소되었어요"))
            }
            RunStatus::Failed => Some(child.error.clone().unwrap_or_else(|| Fault::new(Code::StepFailed))),
            _ => return Ok(None),
        };
        let output = child.output.unwrap_or_else(Stored::null);
        let untrusted = child.untrusted;
        Ok(Some(Command::ChildDone { step: task.step.clone(), run: id, output, untrusted, error }))
    }
}
