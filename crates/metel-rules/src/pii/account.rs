//! Bank account numbers. No shape is theirs alone, so a bank's name or a word for
//! account must stand near by, and nothing else may claim the number.

use super::chain::{Gap, Take};
use super::context::{Class, Context};

/// The confidence that this is one.
pub(super) fn judge(take: &Take<'_>, context: &Context<'_>) -> Option<u8> {
    let digits = take.digits();
    if !(10..=16).contains(&digits.len()) || take.count > 4 || !take.free() {
        return None;
    }
    let hyphens = take.count > 1 && take.joined_by(&[Gap::Hyphen]);
    let spaces = take.count > 1 && take.joined_by(&[Gap::Space]);
    let even = take.lengths().iter().all(|length| (1..=8).contains(length));
    if take.count > 1 && (!(hyphens || spaces) || !even) || is_time(&digits) {
        return None;
    }
    let range = take.range();
    let label = context.label(range.start);
    if label.is_some_and(|class| !matches!(class, Class::Account | Class::Bank | Class::Mail))
        && !context.after(Class::Bank, range.end)
    {
        return short_bank(take, context).then_some(88);
    }
    let after = context.after(Class::Bank, range.end) || context.after(Class::Account, range.end) && hyphens;
    let labelled = matches!(label, Some(Class::Account | Class::Bank));
    let beyond = &take.text[range.end..];
    let counted = ["원", "개", "건", "명", "점", "회", " KRW", " USD", " won"];
    if take.count == 1 && counted.iter().any(|unit| beyond.starts_with(unit)) {
        return None;
    }
    if of_cloud(take.text, range.start) {
        return None;
    }
    // the word spoke for a number in between; or only what follows speaks
    if labelled && context.spent(range.start) || !labelled && after {
        return (hyphens || !labelled).then_some(70);
    }
    match (labelled, take.count) {
        (true, 1) => Some(85),
        (true, _) => Some(90),
        _ => short_bank(take, context).then_some(88),
    }
}

/// An account of a service, not of a bank, is named right before `at`.
fn of_cloud(text: &str, at: usize) -> bool {
    let before = &text.as_bytes()[at.saturating_sub(20)..at].trim_ascii_end();
    let before = before.strip_suffix(b":").unwrap_or(before).to_ascii_lowercase();
    before.ends_with(b"aws account") || before.ends_with(b"account id")
}

/// A bank's short name right before the number: `신한 110-…`, `토스:1000…`.
fn short_bank(take: &Take<'_>, context: &Context<'_>) -> bool {
    let start = take.range().start;
    if take.count == 1 && take.digits().len() < 11 {
        return false;
    }
    context
        .nearest(Class::ShortBank, start, 4)
        .is_some_and(|end| take.text[end..start].chars().all(|c| matches!(c, ' ' | ':' | ')' | '(')))
}

/// Digits that read as a date and a time: 20261121, 20261121143000.
fn is_time(digits: &[u8]) -> bool {
    let pair = |i: usize| (digits[i] - b'0') * 10 + (digits[i + 1] - b'0');
    matches!(digits[..2], [b'1', b'9'] | [b'2', b'0'])
        && digits.len() >= 12
        && (1..=12).contains(&pair(4))
        && (1..=31).contains(&pair(6))
        && pair(8) < 24
        && pair(10) < 60
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, scan};

    #[test]
    fn a_bank_must_speak_for_it() {
        assert_eq!(scan("신한 110-482-913307")[0].kind, Kind::BankAccount);
        assert_eq!(scan("110-482-913307 (신한은행)")[0].kind, Kind::BankAccount);
        assert!(scan("110-482-913307").is_empty());
        assert!(scan("계좌 2개에 12345678901원").is_empty());
        assert!(scan("account balance: 1234567890").is_empty());
        assert!(scan("우리 주문번호 1104829133").is_empty());
        assert_eq!(scan("계좌로 입금 후 전화 02-6712-4480")[0].kind, Kind::Phone);
    }
}
