//! What the rules of a workspace are held against: one action, whoever wants it.

use std::collections::BTreeMap;

use metel_model::policy::{PiiMark, Verdict};
use metel_model::provenance::Origin;
use metel_model::status::Risk;
use metel_model::time::Micros;
use serde_json::Value;

use super::Case;

/// One action as rules see it.
pub struct Subject<'s> {
    pub tool: &'s str,
    pub service: &'s str,
    pub risk: &'s [Risk],
    pub payload: &'s Value,
    pub requester: &'s str,
    pub agent: Option<&'s str>,
    pub now: Micros,
    pub pii: &'s [PiiMark],
    /// Pointers of values that outsiders may have written.
    pub untrusted: &'s [String],
    pub outside: bool,
    pub origins: &'s BTreeMap<String, Origin>,
}

static NO_ORIGINS: BTreeMap<String, Origin> = BTreeMap::new();

impl<'s> Subject<'s> {
    pub(super) fn of_case(case: &'s Case<'_>, verdict: &'s Verdict) -> Self {
        let contract = &case.contract.contract;
        Self {
            tool: &contract.id,
            service: contract.service(),
            risk: &contract.risk,
            payload: case.payload,
            requester: case.requester,
            agent: None,
            now: case.now,
            pii: &verdict.pii,
            untrusted: &verdict.untrusted,
            outside: verdict.outside,
            origins: &NO_ORIGINS,
        }
    }

    /// The largest amount of money in the payload.
    pub fn amount(&self) -> Option<f64> {
        amounts(self.payload).into_iter().reduce(f64::max)
    }

    /// Mail addresses in the payload's fields that hold nothing else.
    pub fn recipients(&self) -> Vec<String> {
        let mut out = Vec::new();
        let _: Option<()> = find(self.payload, &mut |_, value| {
            if let Value::String(text) = value {
                let cut = |c: char| c.is_whitespace() || ",;<>()\"".contains(c);
                let parts: Vec<&str> = text.split(cut).filter(|part| !part.is_empty()).collect();
                let mails = parts.iter().filter(|part| part.contains('@') && part.contains('.')).count();
                // Prose that mentions an address reaches nobody.
                if mails > 0 && parts.len() <= mails * 4 {
                    out.extend(parts.iter().filter(|part| part.contains('@')).map(|part| part.to_lowercase()));
                }
            }
            None
        });
        out.sort_unstable();
        out.dedup();
        out
    }

    pub fn domains(&self) -> Vec<String> {
        let mut out: Vec<String> =
            self.recipients().iter().filter_map(|mail| Some(mail.rsplit_once('@')?.1.to_owned())).collect();
        out.sort_unstable();
        out.dedup();
        out
    }
}

/// Every amount of money that a payload names; one that cannot be read is infinite.
pub fn amounts(payload: &Value) -> Vec<f64> {
    let mut out = Vec::new();
    let _: Option<()> = find(payload, &mut |name, value| {
        let name = name.to_lowercase();
        let money = ["amount", "price", "total", "sum", "금액"]
            .iter()
            .any(|word| name == *word || name.split(|c: char| !c.is_alphanumeric()).any(|part| part == *word));
        if money {
            out.extend(match value {
                Value::Number(number) => number.as_f64(),
                Value::String(text) => {
                    let text = text.replace([',', ' ', '$', '₩', '€'], "");
                    Some(
                        text.trim_end_matches('원').parse().ok().filter(|n: &f64| !n.is_nan()).unwrap_or(f64::INFINITY),
                    )
                }
                _ => None,
            });
        }
        None
    });
    out
}

fn find<T>(value: &Value, visit: &mut impl FnMut(&str, &Value) -> Option<T>) -> Option<T> {
    let mut stack: Vec<(&str, &Value)> = vec![("", value)];
    while let Some((name, value)) = stack.pop() {
        match value {
            Value::Object(members) => stack.extend(members.iter().rev().map(|(name, item)| (name.as_str(), item))),
            Value::Array(items) => stack.extend(items.iter().rev().map(|item| (name, item))),
            leaf => {
                if let Some(found) = visit(name, leaf) {
                    return Some(found);
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn amounts_and_receivers_are_read_from_the_payload() {
        let payload = json!({"to": "Kim <Kim@Own.kr>, b@x.com", "body": "please write to c@y.com when you come back from lunch", "amount": "1,200원"});
        let subject = Subject {
            tool: "",
            service: "",
            risk: &[],
            payload: &payload,
            requester: "",
            agent: None,
            now: Micros(0),
            pii: &[],
            untrusted: &[],
            outside: false,
            origins: &NO_ORIGINS,
        };
        assert_eq!(subject.amount(), Some(1200.0));
        assert_eq!(subject.recipients(), vec!["b@x.com", "kim@own.kr"]);
        assert_eq!(subject.domains(), vec!["own.kr", "x.com"]);
    }
}
