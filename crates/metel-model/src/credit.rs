//! Money: integer micro-credits between four accounts of a workspace. What one loses another gains.

use serde::{Deserialize, Serialize};

/// The scope that everything of a workspace counts against.
pub const ALL: &str = "credits";

/// Where credits are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// Outside: negative by as much as ever came in.
    Source,
    Available,
    /// Set aside for what is under way.
    Held,
    Spent,
}

/// One side of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    pub account: Account,
    pub amount: i64,
}

/// Why credits move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferKind {
    Grant,
    Purchase,
    Reservation,
    Usage,
    Release,
    Refund,
    Adjustment,
}

impl Account {
    pub const ALL: [Self; 4] = [Self::Source, Self::Available, Self::Held, Self::Spent];

    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Available => "available",
            Self::Held => "held",
            Self::Spent => "spent",
        }
    }
}

impl TransferKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Purchase => "purchase",
            Self::Reservation => "reservation",
            Self::Usage => "usage",
            Self::Release => "release",
            Self::Refund => "refund",
            Self::Adjustment => "adjustment",
        }
    }
}
