//! The judges: each looks at what a run left behind for one kind of flaw in the workflow.

mod condition;
mod gate;
mod key;
mod order;
mod undo;

use metel_model::lang::Text;

use super::ground::Ground;
use super::trace::Trace;
pub(super) use condition::Ways;

/// Kinds of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flaw {
    /// An effect may be doubled, lost, or end in doubt: no key that holds, and no way to ask.
    MissingKey,
    /// An effect is carried out before the decision that is meant to guard it.
    LateGate,
    /// A condition comes out otherwise after a crash, another order or another time.
    UnsteadyCondition,
    /// A run that failed leaves an effect standing while others of it are taken back.
    ForgottenUndo,
    /// metel itself broke a law of its own.
    Metel,
}

impl Flaw {
    pub const ALL: [Self; 5] =
        [Self::MissingKey, Self::LateGate, Self::UnsteadyCondition, Self::ForgottenUndo, Self::Metel];

    /// The stable name: a part of the capsule's name.
    pub fn key(self) -> &'static str {
        match self {
            Self::MissingKey => "missing-key",
            Self::LateGate => "late-gate",
            Self::UnsteadyCondition => "unsteady-condition",
            Self::ForgottenUndo => "forgotten-undo",
            Self::Metel => "metel",
        }
    }

    pub fn title(self) -> Text {
        match self {
            Self::MissingKey => Text::new("Missing idempotency key", "멱등 키 없음"),
            Self::LateGate => Text::new("Gate after its effect", "실행한 뒤에 있는 승인 지점"),
            Self::UnsteadyCondition => Text::new("Unsteady condition", "그때그때 달라지는 조건"),
            Self::ForgottenUndo => Text::new("Forgotten compensation", "빠뜨린 되돌리기"),
            Self::Metel => Text::new("A fault of metel's own", "metel 자체의 결함"),
        }
    }
}

/// A flaw that one run shows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Suspect {
    pub flaw: Flaw,
    pub workflow: String,
    pub step: String,
    pub what: Text,
    pub mend: Text,
}

/// Everything that a run shows. `clean` are the ways of the same run without faults.
pub(super) fn judge(ground: &Ground, trace: &Trace, clean: Option<&Ways>) -> Vec<Suspect> {
    let mut suspects = key::look(ground, trace);
    suspects.extend(gate::look(ground, trace));
    suspects.extend(undo::look(ground, trace));
    if let (Some(clean), true) = (clean, trace.schedule.is_neutral()) {
        suspects.extend(condition::compare(clean, &Ways::of(trace), trace));
    }
    suspects.extend(trace.broken.iter().map(|(step, law)| Suspect {
        flaw: Flaw::Metel,
        workflow: trace.root().map(|told| told.run.name.clone()).unwrap_or_default(),
        step: step.clone(),
        what: Text::new(
            format!("this law of metel did not hold: {law}"),
            format!("metel의 규칙이 지켜지지 않았어요: {law}"),
        ),
        mend: Text::new(
            "This is not your workflow's fault: please report it with the capsule.",
            "워크플로의 잘못이 아니에요. 캡슐과 함께 알려 주세요.",
        ),
    }));
    suspects
}
