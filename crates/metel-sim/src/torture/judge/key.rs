//! Effects that may be doubled, that are taken for others, or whose outcome nobody can tell.

use std::collections::BTreeMap;

use metel_model::contract::Idempotency;
use metel_model::event::Event;
use metel_model::lang::Text;
use metel_rules::graph::{split_step, undone_by};

use super::{Flaw, Suspect};
use crate::torture::ground::Ground;
use crate::torture::trace::{Told, Trace, of};

pub(super) fn look(ground: &Ground, trace: &Trace) -> Vec<Suspect> {
    let mut found = Vec::new();
    for told in &trace.runs {
        let mut acted: BTreeMap<(&str, &str), u32> = BTreeMap::new();
        for call in of(&trace.calls, told.run.id).filter(|call| call.effect) {
            if call.acted {
                *acted.entry((&call.step, &call.key)).or_default() += 1;
            }
            if call.swallowed {
                found.push(suspect(
                    told,
                    &call.step,
                    Text::new(
                        format!("the receiver took the call of {} for another one with the same key: it was never carried out", call.tool),
                        format!("받는 쪽이 {} 호출을 같은 키의 다른 호출로 여겨서 실행하지 않았어요", call.tool),
                    ),
                    key_that_holds(&call.tool),
                ));
            }
        }
        for ((step, _), times) in acted.into_iter().filter(|(_, times)| *times > 1) {
            let tool = tool_of(told, step);
            found.push(suspect(
                told,
                step,
                Text::new(
                    format!("{tool} was carried out {times} times for one step: the key did not reach the receiver"),
                    format!("한 단계의 {tool} 호출이 {times}번 실행됐어요. 키가 받는 쪽에 닿지 않았어요"),
                ),
                key_that_holds(&tool),
            ));
        }
        // Several faults may use up attempts that suffice for each of them.
        let faults = trace.schedule.faults().count();
        if !trace.schedule.is_neutral() {
            continue;
        }
        for (_, event) in &told.events {
            let Event::StepInDoubt { step, .. } = event else { continue };
            let tool = tool_of(told, step);
            let Some(stand_in) = ground.tool(&tool) else { continue };
            let contract = &stand_in.compiled.contract;
            let blind = contract.idempotency == Idempotency::None { reconcile: None };
            if !blind && faults != 1 {
                continue;
            }
            let what = Text::new(
                format!(
                    "after the fault nobody could tell whether {tool} had happened: the run stopped until a person looked"
                ),
                format!("고장 뒤에 {tool} 호출이 되었는지 아무도 알 수 없어서, 사람이 확인할 때까지 실행이 멈췄어요"),
            );
            let mend = if blind {
                Text::new(
                    format!(
                        "Give the contract of {tool} an `idempotency` of type `key` if the service takes one, or a `reconcile` that reads whether it happened; or call a tool that has one."
                    ),
                    format!(
                        "서비스가 키를 받으면 {tool} 계약의 `idempotency`를 `key`로 하고, 아니면 되었는지 읽어 보는 `reconcile`을 넣으세요. 그런 것이 있는 다른 도구를 써도 돼요."
                    ),
                )
            } else {
                Text::new(
                    format!(
                        "Leave {tool} more attempts (`retry.attempts`, 3 or more): the question whether it happened is one, too."
                    ),
                    format!(
                        "{tool} 호출의 시도 횟수(`retry.attempts`)를 3 이상으로 두세요. 되었는지 물어보는 것도 한 번으로 쳐요."
                    ),
                )
            };
            found.push(suspect(told, step, what, mend));
        }
    }
    found
}

fn suspect(told: &Told, step: &str, what: Text, mend: Text) -> Suspect {
    let step = match undone_by(step) {
        Some(_) => step.to_owned(),
        None => split_step(step).0.to_owned(),
    };
    Suspect { flaw: Flaw::MissingKey, workflow: told.run.name.clone(), step, what, mend }
}

fn key_that_holds(tool: &str) -> Text {
    Text::new(
        format!(
            "In the contract of {tool} let nothing else stand where `idempotency` puts the key, and let the request have a place for it."
        ),
        format!(
            "{tool} 계약에서 `idempotency`가 키를 넣는 자리에 다른 값이 없게 하고, 요청에 그 자리가 있는지 확인하세요."
        ),
    )
}

fn tool_of(told: &Told, step: &str) -> String {
    told.run.steps.get(step).map(|state| state.target.clone()).unwrap_or_default()
}
