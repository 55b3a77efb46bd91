//! Faults of a contract's requests: the call itself, what prepares it and what waits for its end.

use std::ops::RangeInclusive;

use metel_model::contract::{Http, Method, Transport};

use super::{Check, is_word};
use crate::contract::compile::{CompiledBefore, CompiledUntil};
use crate::contract::wire::Wire;

const BEFORE_MAX: usize = 4;
const EVERY_MS: RangeInclusive<u64> = 50..=60_000;

impl Check<'_> {
    pub(super) fn transport(&mut self) -> (Option<Wire>, Vec<CompiledBefore>, Option<CompiledUntil>) {
        let http = match &self.contract.transport {
            Transport::Http(http) => http,
            Transport::Builtin { name } => {
                if name.trim().is_empty() {
                    self.fault("/transport/name", "must name a built-in function", "내장 함수 이름이 있어야 해요");
                }
                return (None, Vec::new(), None);
            }
        };
        let mut known = Vec::new();
        let mut before = Vec::new();
        if http.before.len() > BEFORE_MAX {
            self.fault("/transport/before", "at most 4 calls", "4번까지예요");
        }
        for (at, step) in http.before.iter().take(BEFORE_MAX).enumerate() {
            let pointer = format!("/transport/before/{at}");
            if !is_word(&step.name) || step.name == "started" || known.contains(&step.name) {
                self.fault(&format!("{pointer}/name"), "must be a word of its own", "겹치지 않는 낱말이어야 해요");
            }
            if !step.request.before.is_empty() || step.request.until.is_some() {
                self.fault(&format!("{pointer}/request"), "has no before or until", "before와 until은 쓸 수 없어요");
            }
            let wire = self.wire(&step.request, &format!("{pointer}/request"), &known);
            let success = self.program(&format!("{pointer}/success"), step.success.as_deref(), &["response", "status"]);
            before.push(CompiledBefore { name: step.name.clone(), wire, success });
            known.push(step.name.clone());
        }
        let wire = self.wire(http, "/transport", &known);
        let until = http.until.as_ref().and_then(|until| {
            if !EVERY_MS.contains(&until.every_ms) {
                self.fault("/transport/until/every_ms", "must lie between 50 and 60000", "50에서 60000 사이여야 해요");
            }
            known.push("started".to_owned());
            let ask = Http { method: Method::Get, path: until.path.clone(), ..Http::default() };
            let wire = self.wire(&ask, "/transport/until", &known);
            let done = self.program("/transport/until/done", Some(&until.done), &["response"])?;
            Some(CompiledUntil { wire, done, every_ms: until.every_ms })
        });
        (Some(wire), before, until)
    }

    /// One request; it may read the input and the answers in `known`.
    fn wire(&mut self, http: &Http, pointer: &str, known: &[String]) -> Wire {
        let mut faults = Vec::new();
        let wire = Wire::compile(http, pointer, &mut faults);
        self.templates(faults);
        self.references(pointer, &["input", "since", "before"], &mut |visit| wire.visit(visit));
        let mut strangers = Vec::new();
        wire.visit(&mut |root, member| {
            let exists = match member {
                Some(member) => known.iter().any(|name| name == member),
                None => !known.is_empty(),
            };
            if root == "before" && !exists {
                strangers.push(member.unwrap_or_default().to_owned());
            }
        });
        for name in strangers {
            self.fault(pointer, format!("`before.{name}` does not exist"), format!("`before.{name}`은(는) 없어요"));
        }
        wire
    }
}
