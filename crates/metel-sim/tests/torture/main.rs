//! Torture finds what a generator puts into workflows from a printed seed, and finds nothing in workflows
//! that have nothing. Misses and false alarms are counted and printed.
//!
//! `METEL_TORTURE_SEEDS=20` draws more; `METEL_TORTURE_ONLY=purchase` looks at one workflow, with its stories.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod seeding;
mod shipped;

use metel_engine::capsule::replay_capsule;
use metel_model::contract::Idempotency;
use metel_model::workflow::NodeKind;
use metel_sim::Dice;
use metel_sim::torture::{Finding, Flaw, Options, Report, Subject, repeat, torture};
use seeding::Seeded;

/// Seeds of one `make test`.
const SEEDS: u64 = 1;
/// Runs of one torture.
const BUDGET: usize = 180;

fn options(seed: u64, budget: usize) -> Options {
    Options { seed, budget, pairs: if is_long() { budget } else { 6 }, threads: 1, made_by: "test".to_owned() }
}

fn is_long() -> bool {
    std::env::var("METEL_TORTURE_SEEDS").is_ok()
}

/// Subjects with what `make` does to them, and their seeds: all in the long form, else the first few that have
/// a place for it, begun elsewhere with each kind and seed.
fn drawn(kind: usize, count: usize, make: impl Fn(Subject, &mut Dice) -> Option<Seeded>) -> Vec<(u64, Seeded)> {
    let mut drawn = Vec::new();
    for seed in seeds() {
        let mut all: Vec<(u64, Subject)> = (0..).zip(subjects()).collect();
        let from = (kind * 5 + seed as usize * 3) % all.len();
        all.rotate_left(from);
        let made = all.into_iter().filter_map(|(at, subject)| {
            let mut dice = Dice::new(seed * 1_000 + at);
            make(subject, &mut dice).map(|made| (seed, made))
        });
        drawn.extend(made.take(if is_long() { usize::MAX } else { count }));
    }
    drawn
}

fn seeds() -> impl Iterator<Item = u64> {
    let set = std::env::var("METEL_TORTURE_SEEDS").ok().and_then(|n| n.parse().ok());
    1..=set.unwrap_or(SEEDS)
}

fn subjects() -> Vec<Subject> {
    let only = std::env::var("METEL_TORTURE_ONLY").ok();
    let mut all = shipped::all();
    all.retain(|subject| only.as_ref().is_none_or(|only| subject.workflow.name == *only));
    all
}

/// Steps at receivers that neither know keys nor can be asked: there the missing key is true, and no false alarm.
fn blind(subject: &Subject) -> Vec<String> {
    let is_blind = |tool: &str| {
        let found = subject.contracts.iter().find(|one| one.contract.id == tool);
        found.is_some_and(|one| matches!(one.contract.idempotency, Idempotency::None { reconcile: None }))
    };
    let nodes = subject.workflow.nodes.iter();
    nodes
        .filter(|node| matches!(&node.kind, NodeKind::Tool { tool, .. } if is_blind(tool)))
        .map(|node| node.id.clone())
        .collect()
}

fn is_false(finding: &Finding, blind: &[String]) -> bool {
    finding.flaw != Flaw::MissingKey || !blind.contains(&finding.step)
}

fn show(report: &Report) {
    let Report { workflow, runs, ways, points, singles, pairs, calls, .. } = report;
    let (reached, all) = report.reached;
    println!(
        "  {workflow}: {runs} runs, {ways} ways, {points} places, singles {singles:?}, {pairs} pairs, {calls} calls, \
         {} simulated s, steps {reached}/{all} {:?}",
        report.simulated_ms / 1_000,
        report.unreached
    );
    for finding in &report.findings {
        let (kind, step, what) = (finding.flaw.key(), &finding.step, &finding.what.en);
        println!("    {kind} {step}: {what} [{}]", finding.schedule);
        if std::env::var("METEL_TORTURE_ONLY").is_ok() {
            finding.story.iter().for_each(|line| println!("      {line}"));
        }
    }
}

/// Every finding comes with a capsule that replays to the same.
fn check_capsules(report: &Report) {
    for finding in &report.findings {
        let replayed = replay_capsule(&finding.capsule).unwrap();
        assert!(!replayed.runs.is_empty() && replayed.runs.iter().all(|run| run.is_same()), "{replayed:?}");
    }
}

#[test]
fn workflows_without_a_fault_raise_no_alarm() {
    let (mut alarms, mut runs, mut clean) = (Vec::new(), 0, 0);
    for subject in subjects() {
        let name = subject.workflow.name.clone();
        let budget = if is_long() { 1_000 } else { 70 };
        let blind = blind(&subject);
        let report = torture(subject, &options(1, budget)).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        show(&report);
        clean += 1;
        runs += report.runs;
        let false_ones = report.findings.iter().filter(|f| is_false(f, &blind));
        alarms.extend(false_ones.map(|f| format!("{name}: {} {}", f.flaw.key(), f.step)));
    }
    let likes = |subject, dice: &mut Dice| {
        let flaw = *dice.pick(&[Flaw::LateGate, Flaw::UnsteadyCondition, Flaw::ForgottenUndo]);
        seeding::clean(subject, flaw, dice)
    };
    for (seed, made) in drawn(0, 4, likes) {
        let name = made.subject.workflow.name.clone();
        let blind = blind(&made.subject);
        let report = torture(made.subject, &options(seed, BUDGET)).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        clean += 1;
        runs += report.runs;
        let false_ones: Vec<&Finding> = report.findings.iter().filter(|f| is_false(f, &blind)).collect();
        if !false_ones.is_empty() {
            show(&report);
        }
        let how = made.how;
        let told = false_ones.iter().map(|f| format!("seed {seed} {name}, {how}: {} {}", f.flaw.key(), f.step));
        alarms.extend(told);
    }
    println!("{clean} workflows without a fault, {runs} runs: {} false alarms", alarms.len());
    assert!(alarms.is_empty(), "{}", alarms.join("\n"));
}

/// Puts one fault of a kind into every workflow that has a place for it.
fn finds(flaw: Flaw) {
    let (mut put, mut misses, mut beside, mut runs) = (0, Vec::new(), Vec::new(), 0);
    let kind = Flaw::ALL.iter().position(|known| *known == flaw).unwrap();
    for (seed, made) in drawn(kind, 3, |subject, dice| seeding::faulty(subject, flaw, dice)) {
        let name = made.subject.workflow.name.clone();
        put += 1;
        let blind = blind(&made.subject);
        let report = torture(made.subject, &options(seed, BUDGET)).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        runs += report.runs;
        check_capsules(&report);
        let is_it = |f: &&Finding| f.flaw == flaw && (made.step.is_empty() || f.step == made.step);
        let found = report.findings.iter().find(is_it);
        let by = found.map_or("MISSED".to_owned(), |f| f.schedule.to_string());
        println!("seed {seed} {name}, {}, at `{}`: {by}", made.how, made.step);
        let others = report.findings.iter().filter(|f| f.flaw != flaw && is_false(f, &blind));
        beside.extend(others.map(|f| format!("seed {seed} {name}, {}: {} {}", made.how, f.flaw.key(), f.step)));
        if found.is_none() {
            show(&report);
            misses.push(format!("seed {seed} {name}: {}", made.how));
        }
    }
    println!(
        "{}: {put} faults put in, {runs} runs: {} missed, {} other alarms",
        flaw.key(),
        misses.len(),
        beside.len()
    );
    assert!(put >= 3 || std::env::var("METEL_TORTURE_ONLY").is_ok(), "{put}");
    assert!(misses.is_empty(), "{}", misses.join("\n"));
    assert!(beside.is_empty(), "{}", beside.join("\n"));
}

#[test]
fn missing_keys_are_found() {
    finds(Flaw::MissingKey);
}

#[test]
fn late_gates_are_found() {
    finds(Flaw::LateGate);
}

#[test]
fn unsteady_conditions_are_found() {
    finds(Flaw::UnsteadyCondition);
}

#[test]
fn forgotten_undos_are_found() {
    finds(Flaw::ForgottenUndo);
}

/// What is found once is found again, with the same schedule alone.
#[test]
fn a_finding_repeats() {
    let dice = Dice::new(7);
    let seeded = |dice: &mut Dice| {
        let subject = shipped::all().into_iter().find(|subject| subject.workflow.name == "purchase").unwrap();
        seeding::faulty(subject, Flaw::MissingKey, dice).unwrap()
    };
    let made = seeded(&mut dice.clone());
    let report = torture(made.subject, &options(3, 200)).unwrap();
    let first = &report.findings[0];
    for _ in 0..3 {
        let again = seeded(&mut dice.clone());
        let report = repeat(again.subject, &options(3, 1), std::slice::from_ref(&first.schedule)).unwrap();
        let second = report.findings.iter().find(|f| (f.flaw, &f.step) == (first.flaw, &first.step)).unwrap();
        assert_eq!(second.story, first.story);
        assert_eq!(second.capsule.runs, first.capsule.runs);
    }
}
