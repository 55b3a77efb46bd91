//! One transition changed on purpose: the second effect that a run intends names another policy rule.
//! It exists in tests and in builds with the feature `altered` only, to show that replay finds it.

#[cfg(test)]
thread_local! {
    pub(super) static ON: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

#[cfg(test)]
fn is_on() -> bool {
    ON.get()
}

#[cfg(not(test))]
fn is_on() -> bool {
    cfg!(feature = "altered")
}

/// The rule as it is recorded.
pub(super) fn rule(intended: usize, rule: Option<String>) -> Option<String> {
    if is_on() && intended == 1 { Some("altered".to_owned()) } else { rule }
}
