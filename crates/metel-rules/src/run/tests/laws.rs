//! Random runs under the laws of [`Ledger`]. More cases by `PROPTEST_CASES`.

use proptest::prelude::*;

use super::*;

thread_local! {
    static PROGRAMS: Vec<Arc<Program>> = (0..shapes::SHAPES)
        .map(|shape| {
            let workflow = read_pipeline("t", &shapes::definition(shape)).map_err(|f| format!("{f:?}")).unwrap();
            Arc::new(Program::compile(workflow).map_err(|f| format!("{f:?}")).unwrap())
        })
        .collect();
}

fn moves() -> impl Strategy<Value = Vec<moves::Move>> {
    prop::collection::vec(any::<moves::Move>(), 0..60)
}

fn config(cases: u32) -> ProptestConfig {
    let set = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok());
    ProptestConfig { cases: set.unwrap_or(cases), failure_persistence: None, ..ProptestConfig::default() }
}

fn go(w: &mut World, moves: Vec<moves::Move>) {
    for one in moves {
        moves::make(w, one);
    }
    w.check_history();
}

proptest! {
    #![proptest_config(config(1_400))]

    /// Whatever is asked of a workflow's run, in whatever order.
    #[test]
    fn any_commands_to_a_workflow_keep_the_laws(shape: u8, n in 0..4i64, late: bool, moves in moves()) {
        let mut w = World::new();
        let program = PROGRAMS.with(|p| p[usize::from(shape % shapes::SHAPES)].clone());
        let deadline = late.then(|| w.now.plus_millis(60_000));
        w.start_program(program, json!({"name": "김", "n": n}), deadline).unwrap();
        go(&mut w, moves);
    }
}

proptest! {
    #![proptest_config(config(700))]

    /// Whatever is asked of a request's run, whatever is planned for it.
    #[test]
    fn any_commands_to_a_planned_run_keep_the_laws(model: bool, seen: Option<u8>, moves in moves()) {
        let mut w = World::new();
        w.facts.model = model;
        let first = seen.map(|dice| shapes::proposal(dice, &[]));
        if w.ask(first).is_err() {
            w.ask(None).unwrap();
        }
        go(&mut w, moves);
    }
}

proptest! {
    #![proptest_config(config(500))]

    /// A fork from anywhere in whatever happened, and whatever happens to it then: one memory of what was done.
    #[test]
    fn any_fork_keeps_the_laws(shape: u8, n in 0..4i64, before in moves(), cut: u16, other: bool, after in moves()) {
        let mut w = World::new();
        let program = PROGRAMS.with(|p| p[usize::from(shape % shapes::SHAPES)].clone());
        w.start_program(program, json!({"name": "김", "n": n}), None).unwrap();
        let mut ledgers = vec![w.ledger.clone()];
        for one in before {
            moves::make(&mut w, one);
            ledgers.resize(w.log.len(), w.ledger.clone());
        }
        let entries = 1 + usize::from(cut) % w.log.len();
        let mut f = forks::beside(&w);
        f.ledger = ledgers[entries - 1].clone();
        let mut past = forks::past(&w, entries);
        past.0.input = other.then(|| Stored::inline(json!({"name": "이", "n": 1})));
        if forks::fork(&mut f, past).is_ok() {
            go(&mut f, after);
        }
    }

    /// Another version in the middle of whatever happens.
    #[test]
    fn any_migration_keeps_the_laws(shape: u8, to: u8, n in 0..4i64, before in moves(), after in moves()) {
        let mut w = World::new();
        let program = |shape: u8| PROGRAMS.with(|p| p[usize::from(shape % shapes::SHAPES)].clone());
        w.start_program(program(shape), json!({"name": "김", "n": n}), None).unwrap();
        for one in before {
            moves::make(&mut w, one);
        }
        // Often the same shape with one step more at its end, else any other.
        let newer = if to.is_multiple_of(2) { forks::longer_by_one(&program(shape)) } else { program(to) };
        let _ = forks::migrate_to(&mut w, newer);
        go(&mut w, after);
    }
}

/// Found by the property above: an item whose call may have happened was given up, and a fork tried it again under
/// a key of its own.
#[test]
fn a_fork_does_not_try_again_what_may_have_happened() {
    const BEFORE: [(u8, u8, u8); 26] = [
        (14, 50, 101),
        (0, 45, 176),
        (0, 1, 1),
        (14, 45, 165),
        (0, 45, 0),
        (0, 21, 1),
        (0, 45, 23),
        (0, 41, 0),
        (0, 0, 0),
        (0, 45, 0),
        (0, 1, 0),
        (0, 45, 0),
        (162, 45, 1),
        (104, 45, 8),
        (0, 45, 27),
        (0, 41, 0),
        (0, 165, 0),
        (0, 41, 0),
        (126, 45, 0),
        (0, 41, 0),
        (0, 204, 0),
        (0, 41, 0),
        (0, 120, 0),
        (0, 41, 0),
        (0, 201, 0),
        (0, 41, 0),
    ];
    let mut w = World::new();
    let program = PROGRAMS.with(|p| p[usize::from(122 % shapes::SHAPES)].clone());
    w.start_program(program, json!({"name": "김", "n": 0}), None).unwrap();
    let mut ledgers = vec![w.ledger.clone()];
    for (a, b, c) in BEFORE {
        moves::make(&mut w, (a, b, c, 0));
        ledgers.resize(w.log.len(), w.ledger.clone());
    }
    for entries in 1..=w.log.len() {
        let mut f = forks::beside(&w);
        f.ledger = ledgers[entries - 1].clone();
        let past = forks::past(&w, entries);
        if forks::fork(&mut f, past).is_ok() {
            go(&mut f, vec![(0, 1, 9, 0)]);
        }
    }
}

#[test]
fn every_shape_holds_and_every_node_type_is_among_them() {
    struct Any;
    impl crate::graph::Tools for Any {
        fn contract(&self, _: &str) -> Option<&metel_model::contract::Contract> {
            None
        }
        fn has_workflow(&self, _: &str) -> bool {
            true
        }
        fn has_agent(&self, _: &str) -> bool {
            true
        }
    }
    let mut seen = std::collections::BTreeSet::<&str>::new();
    for program in PROGRAMS.with(Clone::clone) {
        let faults = crate::graph::check(&program, &Any);
        assert!(faults.iter().all(|f| f.message.en.starts_with("there is no tool")), "{faults:?}");
        let text = serde_json::to_string(&program.workflow).unwrap();
        seen.extend(
            metel_model::workflow::NodeKind::NAMES.iter().filter(|name| text.contains(&format!("\"type\":\"{name}\""))),
        );
    }
    assert_eq!(seen.len(), metel_model::workflow::NodeKind::NAMES.len());
}
