//! The one list of statuses and risks; the page, the command line and the documents are generated from it.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $key:literal, $en:literal, $ko:literal, $icon:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $key)] $variant,)* }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The word that is stored and sent.
            pub fn key(self) -> &'static str {
                match self { $($name::$variant => $key,)* }
            }

            pub fn from_key(key: &str) -> Option<Self> {
                match key { $($key => Some($name::$variant),)* _ => None }
            }

            pub fn word(self, lang: crate::Lang) -> &'static str {
                match self { $($name::$variant => lang.pick($en, $ko),)* }
            }

            pub fn icon(self) -> &'static str {
                match self { $($name::$variant => $icon,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.key()) }
        }
    };
}

words! {
    /// Where a run stands.
    #[derive(Default)]
    RunStatus {
        #[default]
        Queued = "queued", "Queued", "대기", "◌";
        Running = "running", "Running", "실행 중", "◐";
        Waiting = "waiting", "Waiting", "기다리는 중", "⏸";
        Completed = "completed", "Completed", "완료", "✓";
        Failed = "failed", "Failed", "실패", "✕";
        Cancelled = "cancelled", "Cancelled", "취소됨", "⊘";
    }
}

impl RunStatus {
    /// No command but a retry by a person changes a run that stands here.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

words! {
    /// What a waiting run waits for. The first in this order is shown.
    WaitingFor {
        Approval = "approval", "Waiting for approval", "승인 대기", "⏸";
        Input = "input", "Needs information", "정보 필요", "?";
        Doubt = "doubt", "Outcome unknown", "결과 확인 필요", "⁇";
        Credits = "credits", "Out of credits", "크레딧 부족", "₩";
        Capacity = "capacity", "Waiting for capacity", "자리 기다림", "◷";
        Message = "message", "Waiting for something else", "다른 일 기다림", "◷";
        Child = "child", "Waiting for something else", "다른 일 기다림", "◷";
        Timer = "timer", "Sleeping", "예약 대기", "◷";
        Paused = "paused", "Paused", "멈춤", "⏸";
    }
}

words! {
    /// Where a step (a node of a run) stands.
    #[derive(Default)]
    StepStatus {
        #[default]
        Pending = "pending", "Pending", "아직", "⬜";
        Ready = "ready", "Ready", "준비됨", "◌";
        Running = "running", "Running", "실행 중", "◐";
        Waiting = "waiting", "Waiting", "기다리는 중", "⏸";
        Succeeded = "succeeded", "Completed", "완료", "✓";
        Failed = "failed", "Failed", "실패", "✕";
        Skipped = "skipped", "Skipped", "건너뜀", "↷";
        Cancelled = "cancelled", "Cancelled", "취소됨", "⊘";
        InDoubt = "in_doubt", "Outcome unknown", "결과 확인 필요", "⁇";
    }
}

impl StepStatus {
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Skipped | Self::Cancelled)
    }
}

words! {
    /// Where a unit of queued work stands.
    TaskStatus {
        Pending = "pending", "Pending", "대기", "◌";
        Leased = "leased", "Leased", "맡음", "◐";
        Done = "done", "Done", "끝", "✓";
        Failed = "failed", "Failed", "실패", "✕";
        Cancelled = "cancelled", "Cancelled", "취소됨", "⊘";
        Dead = "dead", "Dead", "멈춘 일", "☠";
    }
}

words! {
    /// What a tool may do to the world.
    Risk {
        Read = "read", "Reads", "읽기", "👁";
        Write = "write", "Writes", "쓰기", "✎";
        Destructive = "destructive", "Deletes", "삭제·파괴", "⚠";
        Financial = "financial", "Money", "결제", "₩";
        ExternalSend = "external_send", "Sends outside", "외부 전송", "↗";
    }
}

impl Risk {
    /// Its effect may be felt by someone: everything but reading.
    pub fn is_consequential(self) -> bool {
        !matches!(self, Self::Read)
    }
}

words! {
    /// How an approval ended, or that it has not.
    ApprovalStatus {
        Pending = "pending", "Pending", "승인 대기", "⏸";
        Approved = "approved", "Approved", "승인함", "✓";
        ApprovedWithEdits = "approved_with_edits", "Approved with edits", "고쳐서 승인함", "✓";
        Rejected = "rejected", "Rejected", "거절함", "✕";
        Expired = "expired", "Expired", "시간 지남", "⌛";
        Void = "void", "Void", "무효", "⊘";
    }
}
