//! Faults built in on purpose, to show that the simulation finds such.

/// What is wrong with the simulated metel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Altered {
    #[default]
    Nothing,
    /// Workers that were replaced still commit, and no worker looks at its own lease.
    NoFencing,
    /// Every process takes the store for its own when it starts, and all the others for gone.
    EachAlone,
    /// Calls carry another key each time they are sent.
    NewKeyEachTime,
    /// Asking whether a call happened always says no.
    NeverFound,
    /// Commits now and then leave their tasks out.
    TasksLost,
    /// Whoever waits for a message stays on the list when it waits no more.
    SubscriptionsKept,
    /// The end of a child run does not wake its parent.
    WakesLost,
    /// One letter of a log entry changes on its way to the disk.
    LogTouched,
}
