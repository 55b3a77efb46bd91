//! Who decides: whether somebody counts for what an approval needs, and what is still wanting. The one place
//! where groups, quorums and the separation of duties are read; it takes no name on trust that is no person's.

use std::collections::{BTreeMap, BTreeSet};

use metel_model::Code;
use metel_model::approval::Hearing;
use metel_model::fault::Fault;
use metel_model::policy::{Need, PolicyRule};

/// Group → members as `user:NAME`.
pub type Groups = BTreeMap<String, BTreeSet<String>>;

/// Most people that one rule may ask for.
pub const QUORUM_MAX: u32 = 20;

/// What a rule asks of an approval beyond one yes of anybody, if anything.
pub fn need_of(rule: &PolicyRule) -> Option<Need> {
    let quorum = rule.quorum.unwrap_or(1).max(1);
    let plain = rule.approvers.is_empty() && quorum == 1 && !rule.separation && rule.escalation.is_none();
    (!plain).then(|| Need {
        rule: rule.id.clone(),
        approvers: rule.approvers.clone(),
        quorum,
        separation: rule.separation,
        escalation: rule.escalation.clone(),
    })
}

/// Adds needs; of two of one rule the one that is there stands.
pub fn add_needs(to: &mut Vec<Need>, more: impl IntoIterator<Item = Need>) {
    for need in more {
        if !to.iter().any(|known| known.rule == need.rule) {
            to.push(need);
        }
    }
}

/// Whether an actor is a person: agents, workers and the system never decide.
pub fn is_person(by: &str) -> bool {
    !by.is_empty() && !by.starts_with("agent:") && !matches!(by, "worker" | "system")
}

/// Whether two actors are one person: an agent that acts with somebody's rights counts as that one.
pub fn is_same(one: &str, other: &str) -> bool {
    let name = |actor: &'_ str| actor.split_once(':').map_or(actor.to_owned(), |(_, name)| name.to_owned());
    name(one) == name(other)
}

/// Those who are asked, and what they are asked for.
#[derive(Clone, Copy)]
pub struct Panel<'p> {
    pub needs: &'p [Need],
    /// Who asked for the action.
    pub requester: &'p str,
    pub groups: &'p Groups,
    /// What has happened with the question so far.
    pub hearing: Option<&'p Hearing>,
}

/// A need that is not met yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanting<'p> {
    pub need: &'p Need,
    /// How many different people count for it so far.
    pub have: u32,
}

impl<'p> Panel<'p> {
    fn is_named(&self, names: &[String], by: &str) -> bool {
        names.iter().any(|name| match name.strip_prefix("group:") {
            Some(group) => self.groups.get(group).is_some_and(|members| members.contains(by)),
            None => name == by,
        })
    }

    /// Whether somebody's yes counts for a need. Whoever handed the right over does not count any more;
    /// whoever it was handed to counts as that one, but for what whoever asked has handed over.
    pub fn counts(&self, need: &Need, by: &str) -> bool {
        let apart = |person: &str| !(need.separation && is_same(person, self.requester));
        let seats = self.seats(by);
        is_person(by) && apart(by) && seats.iter().any(|seat| self.is_asked(need, seat) && apart(seat))
    }

    /// Whether a need names somebody, once it was put to others those as well.
    fn is_asked(&self, need: &Need, by: &str) -> bool {
        let escalated = self.hearing.is_some_and(|hearing| hearing.escalated.contains(&need.rule));
        let others = need.escalation.as_ref().filter(|_| escalated);
        need.approvers.is_empty()
            || self.is_named(&need.approvers, by)
            || others.is_some_and(|escalation| self.is_named(&escalation.to, by))
    }

    /// Whether somebody has given away the right to decide.
    pub fn has_handed(&self, by: &str) -> bool {
        self.hearing.is_some_and(|hearing| hearing.handed.iter().any(|handover| is_same(&handover.from, by)))
    }

    /// For whom somebody decides: for themselves, and for those who handed over to them.
    fn seats<'b>(&'b self, by: &'b str) -> Vec<&'b str> {
        if self.has_handed(by) {
            return Vec::new();
        }
        let mut seats = vec![by];
        let mut next = 0;
        while let Some(seat) = seats.get(next).copied() {
            let handed = self.hearing.into_iter().flat_map(|hearing| &hearing.handed);
            let more = handed.filter(|handover| handover.to == seat).map(|handover| handover.from.as_str());
            let more: Vec<&str> = more.filter(|from| !seats.contains(from)).collect();
            seats.extend(more);
            next += 1;
        }
        seats
    }

    /// What is still wanting, with these people's yes. Each of them counts once.
    pub fn wanting<'v>(&self, voters: impl Iterator<Item = &'v str> + Clone) -> Vec<Wanting<'p>> {
        let mut out = Vec::new();
        for need in self.needs {
            let people: BTreeSet<&str> = voters.clone().filter(|by| self.counts(need, by)).collect();
            let have = u32::try_from(people.len()).unwrap_or(u32::MAX);
            if have < need.quorum {
                out.push(Wanting { need, have });
            }
        }
        out
    }

    /// Refuses somebody whose yes would count for nothing that is wanting.
    pub fn admit<'v>(&self, by: &str, voters: impl Iterator<Item = &'v str> + Clone) -> Result<(), Fault> {
        if self.has_handed(by) {
            return Err(Fault::new(Code::ApprovalForbidden)
                .detail("you have handed this over", "다른 사람에게 넘긴 승인이에요"));
        }
        let wanting = self.wanting(voters);
        // Where a group has changed what was said may be enough by now: anybody who counts completes it.
        let enough = wanting.is_empty() && self.needs.iter().any(|need| self.counts(need, by));
        if self.needs.is_empty() || enough || wanting.iter().any(|open| self.counts(open.need, by)) {
            return Ok(());
        }
        let fault = Fault::new(Code::ApprovalForbidden);
        if wanting.iter().any(|open| open.need.separation) && is_same(by, self.requester) {
            return Err(fault
                .detail("whoever asked for this may not approve it", "이 일을 요청한 사람은 스스로 승인할 수 없어요"));
        }
        let names = wanting.iter().flat_map(|open| &open.need.approvers).cloned().collect::<Vec<_>>().join(", ");
        Err(fault.detail(format!("these have to decide: {names}"), format!("결정할 사람: {names}")))
    }

    /// Refuses somebody who may not say no: whoever is asked may, and whoever asked for the action.
    pub fn admit_no(&self, by: &str) -> Result<(), Fault> {
        if is_same(by, self.requester) && is_person(by) {
            return Ok(());
        }
        let seats = self.seats(by);
        let asked = |need: &Need| seats.iter().any(|seat| self.is_asked(need, seat));
        if !seats.is_empty() && (self.needs.is_empty() || self.needs.iter().any(asked)) {
            return Ok(());
        }
        self.admit(by, std::iter::empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use metel_model::approval::Handover;
    use metel_model::id::ApprovalId;
    use metel_model::time::Micros;
    use proptest::prelude::*;

    fn need(approvers: &[&str], quorum: u32, separation: bool) -> Need {
        let approvers = approvers.iter().map(|name| (*name).to_owned()).collect();
        Need { rule: "r".into(), approvers, quorum, separation, escalation: None }
    }

    fn groups() -> Groups {
        let members = |names: &[&str]| names.iter().map(|name| format!("user:{name}")).collect();
        [("finance".to_owned(), members(&["a", "b", "c"])), ("법무".to_owned(), members(&["d"]))].into()
    }

    #[test]
    fn different_people_of_the_named_groups_count_once_each() {
        let groups = groups();
        let needs = [need(&["group:finance"], 2, true), need(&["group:법무"], 1, false)];
        let panel = Panel { needs: &needs, requester: "user:c", groups: &groups, hearing: None };
        let left = |voters: &[&str]| {
            panel.wanting(voters.iter().copied()).iter().map(|w| (w.need.quorum, w.have)).collect::<Vec<_>>()
        };
        assert_eq!(left(&[]), [(2, 0), (1, 0)]);
        assert_eq!(left(&["user:a", "user:a", "user:c"]), [(2, 1), (1, 0)]);
        assert_eq!(left(&["user:a", "user:b"]), [(1, 0)]);
        assert!(left(&["user:a", "user:b", "user:d"]).is_empty());
        assert!(panel.admit("user:d", ["user:a"].into_iter()).is_ok());
        for stranger in ["user:e", "user:c", "agent:a", "system", "worker", ""] {
            assert!(panel.admit(stranger, std::iter::empty()).is_err(), "{stranger}");
        }
        assert!(panel.admit_no("user:c").is_ok() && panel.admit_no("user:e").is_err());
        assert!(panel.admit_no("agent:d").is_err());
    }

    #[test]
    fn an_agent_does_not_hide_who_asked() {
        let (needs, groups) = ([need(&[], 1, true)], Groups::default());
        let panel = Panel { needs: &needs, requester: "agent:mina", groups: &groups, hearing: None };
        assert!(panel.admit("user:mina", std::iter::empty()).is_err());
        assert!(panel.admit("user:jun", std::iter::empty()).is_ok());
    }

    #[test]
    fn a_right_goes_on_and_is_not_there_twice() {
        let handed = |from: &str, to: &str| Handover {
            from: format!("user:{from}"),
            to: format!("user:{to}"),
            reason: None,
            at: Micros(0),
        };
        let mut hearing = Hearing::new(ApprovalId(uuid::Uuid::nil()), Micros(0));
        hearing.handed = vec![handed("a", "x"), handed("x", "y"), handed("b", "y"), handed("c", "z")];
        let (groups, needs) = (groups(), [need(&["group:finance"], 2, true)]);
        let panel = Panel { needs: &needs, requester: "user:c", groups: &groups, hearing: Some(&hearing) };
        let refused: Vec<&str> = ["a", "b", "c", "x", "y", "z", "d"]
            .into_iter()
            .filter(|name| panel.admit(&format!("user:{name}"), std::iter::empty()).is_err())
            .collect();
        // Whoever asked cannot choose who approves in their place.
        assert_eq!(refused, ["a", "b", "c", "x", "z", "d"]);
        assert_eq!(panel.wanting(["user:y", "user:y"].into_iter())[0].have, 1);
    }

    proptest! {
        /// However people vote, a need is met only by as many different people of its own, without the requester.
        #[test]
        fn no_need_is_met_by_fewer_people(votes in prop::collection::vec("[a-f]", 0..12), quorum in 1u32..4, separation: bool) {
            let votes: Vec<String> = votes.iter().map(|name| format!("user:{name}")).collect();
            let (needs, groups) = ([need(&["group:finance", "user:d"], quorum, separation)], groups());
            let panel = Panel { needs: &needs, requester: "user:a", groups: &groups, hearing: None };
            let mut right: Vec<&String> = votes.iter().filter(|by| matches!(by.as_str(), "user:a" | "user:b" | "user:c" | "user:d")).collect();
            right.sort();
            right.dedup();
            right.retain(|by| !separation || by.as_str() != "user:a");
            let met = panel.wanting(votes.iter().map(String::as_str)).is_empty();
            prop_assert_eq!(met, right.len() as u32 >= quorum);
        }
    }
}
