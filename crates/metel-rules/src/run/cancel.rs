//! Cancel: nothing new begins; the run ends once what is in flight has come back.

use metel_model::event::Event;

use super::turn::{Refusal, Turn};

pub(super) fn cancel(turn: &mut Turn<'_, '_>, by: String, reason: Option<String>) -> Result<(), Refusal> {
    if turn.run.cancelling.is_some() {
        return Err(Refusal::Stale);
    }
    turn.emit(Event::CancelRequested { by, reason });
    Ok(())
}
