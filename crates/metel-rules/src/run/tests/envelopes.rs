//! Envelopes: one yes for a plan, and nothing outside its bounds ever goes out.

use metel_model::envelope::Envelope;
use proptest::prelude::*;

use super::*;

fn proposed(w: &World) -> Proposed {
    let env = Env { library: &w.shelf, facts: &w.facts, facts_digest: w.run.facts };
    propose(&w.run, &env, w.now).expect("something to cover")
}

fn seal(envelope: &Envelope, by: &str) -> Command {
    let digest = envelope.digest().unwrap();
    Command::Seal { envelope: Box::new(envelope.clone()), digest, by: by.into(), channel: Channel::Web }
}

/// Tool steps one after another: tool, text, receiver.
fn chain(steps: &[(&str, &str, &str)]) -> Value {
    let nodes: Vec<Value> = steps
        .iter()
        .enumerate()
        .map(|(i, (tool, text, to))| {
            json!({"id": format!("n{i}"), "type": "tool", "tool": tool, "args": {"text": text, "to": to}})
        })
        .collect();
    let edges: Vec<Value> =
        (1..steps.len()).map(|i| json!({"from": format!("n{}", i - 1), "to": format!("n{i}")})).collect();
    json!({"nodes": nodes, "edges": edges, "entry_point": "n0"})
}

/// Lets every call that went out succeed until nothing moves; how many questions were asked.
fn drain(w: &mut World) -> usize {
    let mut asked = 0;
    while let Some(id) = w.run.steps.iter().find(|(_, s)| s.status == StepStatus::Running).map(|(id, _)| id.clone()) {
        asked +=
            w.answer(&id, json!({})).unwrap().iter().filter(|e| matches!(e, Event::ApprovalRequested { .. })).count();
    }
    asked
}

const PLAN: &[(&str, &str, &str)] = &[
    ("s.delete", "old page", "x"),
    ("s.mail", "hello", "a@x.com"),
    ("s.mail", "hello again", "a@x.com"),
    ("s.say", "news", "partners"),
    ("s.pay", "10", "x"),
];

#[test]
fn one_yes_stands_for_a_plan() {
    let mut w = World::new();
    w.start(chain(PLAN)).unwrap();
    let found = proposed(&w);
    assert_eq!(found.open, Vec::<String>::new());
    assert_eq!((found.envelope.calls, found.envelope.exact.len()), (5, 4));
    w.send(seal(&found.envelope, "user:2")).unwrap();
    assert_eq!(drain(&mut w), 0, "nothing inside asks again");
    assert_eq!(w.run.status, RunStatus::Completed);
    w.check_history();
}

#[test]
fn an_envelope_is_refused_when_it_is_not_the_one_that_was_shown() {
    let mut w = World::new();
    w.start(chain(PLAN)).unwrap();
    let shown = proposed(&w).envelope;
    let mut wider = shown.clone();
    wider.calls += 1;
    let digest = shown.digest().unwrap();
    let send = |w: &mut World, envelope: &Envelope, digest, by: &str| {
        w.send(Command::Seal { envelope: Box::new(envelope.clone()), digest, by: by.into(), channel: Channel::Api })
    };
    assert!(send(&mut w, &wider, digest, "user:2").is_err(), "another envelope under the digest");
    for by in ["agent:writer", "worker", "system"] {
        assert!(send(&mut w, &shown, digest, by).is_err(), "{by} is no person");
    }
    let mut other = shown.clone();
    other.run = RunId(Uuid::from_u128(99));
    assert!(w.send(seal(&other, "user:2")).is_err(), "another run's");
    let mut late = shown.clone();
    late.until = w.now;
    assert!(w.send(seal(&late, "user:2")).is_err(), "over already");
    w.facts.approvers = 2;
    assert!(w.send(seal(&shown, "user:1")).is_err(), "nobody seals a payment that they asked for");
    w.send(seal(&shown, "user:2")).unwrap();
}

#[test]
fn what_an_outsider_wrote_is_no_receiver_of_an_envelope() {
    let mut w = World::new();
    w.start(json!({"nodes": [
        {"id": "gone", "type": "tool", "tool": "s.delete", "args": {"text": "x"}},
        {"id": "web", "type": "tool", "tool": "s.web", "args": {"text": "x"}},
        {"id": "mail", "type": "tool", "tool": "s.mail", "args": {"text": "hi", "to": "${web.url}"}}
    ], "edges": [{"from": "gone", "to": "web"}, {"from": "web", "to": "mail"}], "entry_point": "gone"}))
        .unwrap();
    let found = proposed(&w);
    assert_eq!(found.open, vec!["mail"]);
    let mut wide = found.envelope;
    wide.tools.insert("s.mail".into());
    wide.recipients.insert("eve@evil.com".into());
    wide.calls = 10;
    w.send(seal(&wide, "user:2")).unwrap();
    w.answer("gone", json!({})).unwrap();
    w.answer("web", json!({"url": "eve@evil.com"})).unwrap();
    assert!(w.run.steps["mail"].approval.is_some(), "it asks all the same");
    w.check_history();
}

fn config() -> ProptestConfig {
    let set = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok());
    ProptestConfig { cases: set.unwrap_or(10_000), failure_persistence: None, ..ProptestConfig::default() }
}

const TOOLS: [&str; 5] = ["s.delete", "s.pay", "s.mail", "s.say", "s.write"];
const TEXTS: [&str; 3] = ["hello", "call 010-1234-5678", "bye"];
const RECEIVERS: [&str; 4] = ["a@x.com", "b@own.kr", "partners", "team"];

/// Whether a call wants a person, told without the policy's own code.
fn wants_a_person(tool: &str, text: &str, to: &str) -> (bool, bool) {
    let personal = text.contains("010");
    let outside = match tool {
        "s.mail" => !to.ends_with("@own.kr"),
        "s.say" => to == "partners",
        _ => false,
    };
    let hard = matches!(tool, "s.delete" | "s.pay")
        || (outside || tool == "s.mail") && (personal || tool == "s.mail" && to.contains('@'));
    (hard || outside, hard)
}

proptest! {
    #![proptest_config(config())]

    /// Whatever the plan, and whatever was cut from the envelope: nothing outside it goes out.
    #[test]
    fn nothing_outside_an_envelope_goes_out(
        steps in prop::collection::vec((0..5usize, 0..3usize, 0..4usize), 1..6),
        cut in 0..6u8, which: prop::sample::Index, calls in 0..7u32, later in 0..3u64,
    ) {
        let mut w = World::new();
        let plan: Vec<(&str, &str, &str)> =
            std::iter::once((0, 0, 0)).chain(steps).map(|(tool, text, to)| (TOOLS[tool], TEXTS[text], RECEIVERS[to])).collect();
        w.start(chain(&plan)).unwrap();
        let mut envelope = proposed(&w).envelope;
        match cut {
            0 => drop(envelope.tools.pop_first()),
            1 => drop(envelope.recipients.pop_last()),
            2 => {
                let exact: Vec<Digest> = envelope.exact.iter().copied().collect();
                if !exact.is_empty() {
                    envelope.exact.remove(&exact[which.index(exact.len())]);
                }
            }
            3 => envelope.calls = calls.max(1),
            4 => envelope.exact.clear(),
            _ => {}
        }
        if envelope.tools.is_empty() {
            return Ok(());
        }
        w.quick(seal(&envelope, "user:2"));
        if later == 2 {
            w.now = envelope.until;
        }
        while let Some(id) = w.run.steps.iter().find(|(_, s)| s.status == StepStatus::Running).map(|(id, _)| id.clone()) {
            let outcome = Outcome { status: Some(200), ..Outcome::answer(json!({}), 5) };
            let intent = w.run.steps[&id].intent;
            w.quick(Command::Observe { step: id, intent, outcome: Box::new(outcome) });
        }
        let mut used = 0;
        for (i, (tool, text, to)) in plan.iter().enumerate() {
            let Some(step) = w.run.steps.get(&format!("n{i}")).filter(|s| s.intent > 0) else { continue };
            let (asks, hard) = wants_a_person(tool, text, to);
            if !asks {
                continue;
            }
            used += 1;
            let contract = w.shelf.contracts[*tool].clone();
            let digest = approval_digest(&w.run, &contract.contract, &json!({"text": text, "to": to})).unwrap();
            prop_assert!(step.approved == Some(digest) , "n{i} {tool} went out unapproved");
            prop_assert!(envelope.tools.contains(*tool), "n{i} {tool}");
            prop_assert!(envelope.exact.contains(&digest) || !hard && envelope.recipients.contains(*to), "n{i} {tool} {to} {text}");
            prop_assert!(later < 2 || i == 0, "n{i} after the end");
        }
        prop_assert!(used <= envelope.calls, "{used} of {}", envelope.calls);
    }
}

/// Printed with `--no-capture`: questions for one task with and without envelopes.
#[test]
fn an_envelope_asks_five_times_less() {
    let tasks: Vec<Vec<(&str, &str, &str)>> = vec![
        PLAN.to_vec(),
        vec![
            ("s.mail", "one", "a@x.com"),
            ("s.mail", "two", "a@x.com"),
            ("s.mail", "three", "c@x.com"),
            ("s.delete", "x", "y"),
            ("s.delete", "z", "y"),
            ("s.pay", "5", "x"),
        ],
        vec![
            ("s.delete", "1", "a"),
            ("s.delete", "2", "a"),
            ("s.delete", "3", "a"),
            ("s.delete", "4", "a"),
            ("s.say", "done", "partners"),
        ],
    ];
    let (mut with, mut without) = (0, 0);
    for task in &tasks {
        let mut w = World::new();
        w.start(chain(task)).unwrap();
        let mut steps = 0;
        while w.run.status != RunStatus::Completed {
            let waiting = w.run.steps.iter().find(|(_, s)| s.approval.is_some()).map(|(id, _)| id.clone());
            if let Some(id) = waiting {
                without += 1;
                w.approve(&id).unwrap();
            }
            drain(&mut w);
            steps += 1;
            assert!(steps < 50);
        }
        let mut w = World::new();
        w.start(chain(task)).unwrap();
        with += 1;
        w.send(seal(&proposed(&w).envelope, "user:2")).unwrap();
        with += drain(&mut w);
        assert_eq!(w.run.status, RunStatus::Completed);
    }
    println!("{} tasks: {without} questions one by one, {with} with envelopes", tasks.len());
    assert!(without >= 5 * with, "{without} {with}");
}
