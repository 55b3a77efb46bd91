//! What a call may do, from its method and name. Names only ever add a risk.

use metel_model::contract::Method;
use metel_model::status::Risk;

/// First or last words of a name that say that something goes away.
const ENDS: [&str; 12] = [
    "delete",
    "deletes",
    "remove",
    "removes",
    "destroy",
    "purge",
    "erase",
    "wipe",
    "terminate",
    "truncate",
    "drop",
    "deletion",
];
/// Last words of a path whose creation moves money.
const MONEY: [&str; 12] = [
    "refund",
    "refunds",
    "charge",
    "charges",
    "payment",
    "payments",
    "payout",
    "payouts",
    "transfer",
    "transfers",
    "withdrawals",
    "withdrawal",
];

/// The risks of an operation. `id` is the part of the tool's id behind the dot.
pub(super) fn of(method: Method, id: &str, path: &str) -> Vec<Risk> {
    let words: Vec<&str> = id.split('_').collect();
    let ends = words.first().is_some_and(|w| ENDS.contains(w)) || words.last().is_some_and(|w| ENDS.contains(w));
    let last = path.split(['?', '#']).next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let moves_money = MONEY.contains(&last.to_ascii_lowercase().as_str());
    match method {
        // Some services change things by GET; the name tells.
        Method::Get if ends => vec![Risk::Write],
        method if method.is_safe() => vec![Risk::Read],
        Method::Delete => vec![Risk::Destructive],
        _ if ends => vec![Risk::Write, Risk::Destructive],
        Method::Post if moves_money => vec![Risk::Write, Risk::Financial],
        _ => vec![Risk::Write],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_and_names_say_what_may_happen() {
        assert_eq!(of(Method::Get, "list_issues", "/issues"), [Risk::Read]);
        assert_eq!(of(Method::Post, "create_issue", "/issues"), [Risk::Write]);
        assert_eq!(of(Method::Delete, "drop_it", "/issues/{id}"), [Risk::Destructive]);
        assert_eq!(of(Method::Post, "chat_delete", "/chat.delete"), [Risk::Write, Risk::Destructive]);
        assert_eq!(of(Method::Post, "post_refunds", "/v1/refunds"), [Risk::Write, Risk::Financial]);
        assert_eq!(of(Method::Get, "channels_delete", "/channels.delete"), [Risk::Write]);
    }
}
