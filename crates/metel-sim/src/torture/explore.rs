//! The exploration: every way of the workflow, one fault at every place of it, then pairs, and for what
//! breaks the smallest schedule that breaks it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use metel_model::{Code, Fault};
use parking_lot::Mutex;

use super::fault::{Act, Kind, Moment, Point, Schedule};
use super::ground::{Ground, Subject};
use super::judge::{Flaw, Suspect, Ways, judge};
use super::trace::Trace;
use super::{Finding, Options, Report, ways, world};
use crate::dice::Dice;

const DAY: i64 = 1_440;
/// Jumps for conditions that read the time, in minutes: hours of the day, days of the week, months, years.
const JUMPS: [i64; 10] =
    [5 * 60, 10 * 60, 15 * 60, 20 * 60, 2 * DAY, 4 * DAY, 45 * DAY, 150 * DAY, -90 * DAY, 800 * DAY];

/// Where a flaw is: its kind, the workflow, the step.
type Place = (Flaw, String, String);

/// What one run showed, without the run.
struct Seen {
    points: Vec<Point>,
    suspects: Vec<Suspect>,
    calls: usize,
    ms: u64,
    complete: bool,
    done: BTreeSet<(String, String)>,
}

fn examine(ground: &Arc<Ground>, schedule: &Schedule, seed: u64, clean: Option<&Ways>) -> Result<Seen, Fault> {
    let trace = world::run(ground, schedule, seed)?;
    Ok(seen(ground, &trace, clean))
}

fn seen(ground: &Ground, trace: &Trace, clean: Option<&Ways>) -> Seen {
    Seen {
        points: trace.points.clone(),
        suspects: judge(ground, trace, clean),
        calls: trace.calls.len(),
        ms: trace.ms,
        complete: trace.complete,
        done: trace.nodes_done().collect(),
    }
}

struct Explorer {
    ground: Arc<Ground>,
    options: Options,
    /// What the ordinary runs' conditions gave, by the text of their choices.
    clean: BTreeMap<String, Ways>,
    /// The first schedule that showed a flaw.
    found: BTreeMap<Place, (Suspect, Schedule)>,
    /// Steps that some run succeeded with.
    reached: BTreeSet<(String, String)>,
    runs: usize,
    calls: usize,
    ms: u64,
}

impl Explorer {
    fn note(&mut self, schedule: &Schedule, seen: &Seen) {
        self.runs += 1;
        self.calls += seen.calls;
        self.ms += seen.ms;
        self.reached.extend(seen.done.iter().cloned());
        for suspect in &seen.suspects {
            let place = (suspect.flaw, suspect.workflow.clone(), suspect.step.clone());
            let shorter = self.found.get(&place).is_none_or(|(_, known)| schedule.0.len() < known.0.len());
            if shorter {
                self.found.insert(place, (suspect.clone(), schedule.clone()));
            }
        }
    }

    /// Runs schedules side by side and notes them in their order, so that the same seed finds the same.
    fn try_all(&mut self, schedules: &[Schedule]) -> Result<Vec<Seen>, Fault> {
        let next = AtomicUsize::new(0);
        let results: Vec<Mutex<Option<Result<Seen, Fault>>>> = schedules.iter().map(|_| Mutex::new(None)).collect();
        let (ground, clean, seed) = (&self.ground, &self.clean, self.options.seed);
        std::thread::scope(|scope| {
            for _ in 0..self.options.threads.clamp(1, 64) {
                scope.spawn(|| {
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(schedule) = schedules.get(at) else { return };
                        let clean = clean.get(&schedule.choices().to_string());
                        *results[at].lock() = Some(examine(ground, schedule, seed, clean));
                    }
                });
            }
        });
        let mut all = Vec::with_capacity(schedules.len());
        for (schedule, result) in schedules.iter().zip(results) {
            let seen = result.into_inner().unwrap_or_else(|| Err(Fault::new(Code::Internal)))?;
            self.note(schedule, &seen);
            all.push(seen);
        }
        Ok(all)
    }

    /// Leaves out whatever is not needed to show a flaw.
    fn shrink(&mut self, place: &Place, schedule: Schedule) -> Result<Schedule, Fault> {
        let mut schedule = schedule;
        let mut at = 0;
        while schedule.0.len() > 1 && at < schedule.0.len() {
            let smaller = schedule.without(at);
            if !self.clean.contains_key(&smaller.choices().to_string()) {
                let trace = world::run(&self.ground, &smaller.choices(), self.options.seed)?;
                self.clean.insert(smaller.choices().to_string(), Ways::of(&trace));
            }
            let seen = self.try_all(std::slice::from_ref(&smaller))?;
            let shows =
                |suspect: &Suspect| (suspect.flaw, &suspect.workflow, &suspect.step) == (place.0, &place.1, &place.2);
            if seen[0].suspects.iter().any(shows) {
                (schedule, at) = (smaller, 0);
            } else {
                at += 1;
            }
        }
        Ok(schedule)
    }

    /// What was found, each with the run of its smallest schedule, or of the one that was asked for.
    fn findings(&mut self, as_asked: bool) -> Result<Vec<Finding>, Fault> {
        let mut findings = Vec::new();
        for (place, (suspect, schedule)) in std::mem::take(&mut self.found) {
            let schedule = if as_asked { schedule } else { self.shrink(&place, schedule)? };
            let trace = world::run(&self.ground, &schedule, self.options.seed)?;
            let clean = self.clean.get(&schedule.choices().to_string());
            // The words are those of the smallest schedule.
            let shows = |other: &Suspect| (other.flaw, &other.workflow, &other.step) == (place.0, &place.1, &place.2);
            let suspect = judge(&self.ground, &trace, clean).into_iter().find(shows).unwrap_or(suspect);
            findings.push(Finding {
                flaw: suspect.flaw,
                workflow: suspect.workflow,
                step: suspect.step,
                what: suspect.what,
                mend: suspect.mend,
                capsule: trace.capsule(&self.options.made_by)?,
                schedule,
                story: trace.story.clone(),
            });
        }
        Ok(findings)
    }
}

/// What can go wrong at a place.
fn faults_at(point: &Point, reads_time: bool) -> Vec<Kind> {
    let jumps = |more: bool| {
        let more = if more { &JUMPS[..] } else { &[] };
        [DAY, -DAY].into_iter().chain(more.iter().copied()).map(Kind::Clock)
    };
    match point.moment {
        Moment::Start => [Kind::Repeat].into_iter().chain(jumps(reads_time)).collect(),
        Moment::BeforeCommit => vec![Kind::Crash],
        Moment::AfterCommit => [Kind::Crash, Kind::Lose, Kind::Cancel].into_iter().chain(jumps(reads_time)).collect(),
        Moment::BeforeCall => vec![Kind::Crash, Kind::Error, Kind::Fail, Kind::Freeze],
        Moment::AfterCall => [Kind::Crash, Kind::Lose, Kind::Error, Kind::Freeze, Kind::Repeat]
            .into_iter()
            .chain(jumps(reads_time))
            .collect(),
        Moment::Decision | Moment::Message => vec![Kind::Repeat],
    }
}

fn reverse() -> Act {
    Act { kind: Kind::Reverse, at: Point { moment: Moment::Start, name: "run".to_owned(), n: 1 } }
}

/// Single faults of a run: every kind at every place, and the reverse order.
fn singles_of(points: &[Point], reads_time: bool) -> Vec<Act> {
    let mut acts = vec![reverse()];
    for point in points {
        acts.extend(faults_at(point, reads_time).into_iter().map(|kind| Act { kind, at: point.clone() }));
    }
    acts
}

/// Puts a workflow through faults at every step.
pub fn torture(subject: Subject, options: &Options) -> Result<Report, Fault> {
    let ground = Ground::new(subject)?;
    let (found_ways, tries) = ways::find(&ground, options.seed)?;
    let mut explorer = Explorer {
        ground: ground.clone(),
        options: options.clone(),
        clean: BTreeMap::new(),
        found: BTreeMap::new(),
        reached: BTreeSet::new(),
        runs: tries.saturating_sub(found_ways.len()),
        calls: 0,
        ms: 0,
    };
    let mut singles: Vec<Schedule> = Vec::new();
    let (mut known, mut points) = (BTreeSet::new(), BTreeSet::new());
    for way in &found_ways {
        let schedule = &way.trace.schedule;
        let seen = seen(&ground, &way.trace, None);
        explorer.note(schedule, &seen);
        points.extend(seen.points.iter().cloned());
        for act in singles_of(&seen.points, ground.reads_time) {
            // A place that an earlier way reached was disturbed there; the order is another in each.
            if act.kind == Kind::Reverse || known.insert(act.clone()) {
                singles.push(schedule.with(act));
            }
        }
    }
    let way_count = found_ways.len();
    for way in found_ways {
        explorer.clean.insert(way.trace.schedule.to_string(), way.ways);
    }
    let mut dice = Dice::new(options.seed);
    let room = options.budget.saturating_sub(explorer.runs);
    let all = singles.len();
    if all > room {
        shuffle(&mut singles, &mut dice);
        singles.truncate(room);
    }
    let tried = explorer.try_all(&singles)?;
    let room = options.budget.saturating_sub(explorer.runs).min(options.pairs);
    let pairs = pairs(&singles, &tried, &ground, &mut dice, room);
    explorer.try_all(&pairs)?;
    let findings = explorer.findings(false)?;
    let nodes: Vec<(String, String)> = ground
        .programs
        .values()
        .flat_map(|program| program.nodes.iter().map(|node| (program.workflow.name.clone(), node.id.clone())))
        .collect();
    let mut unreached: Vec<String> =
        nodes.iter().filter(|node| !explorer.reached.contains(*node)).map(|(_, node)| node.clone()).collect();
    unreached.sort();
    Ok(Report {
        workflow: ground.program.workflow.name.clone(),
        seed: options.seed,
        runs: explorer.runs,
        ways: way_count,
        points: points.len(),
        singles: (all, singles.len()),
        pairs: pairs.len(),
        calls: explorer.calls,
        simulated_ms: explorer.ms,
        reached: (nodes.len() - unreached.len(), nodes.len()),
        unreached,
        missed: Vec::new(),
        findings,
    })
}

/// Second faults at places that a run with a first one reaches after it.
fn pairs(singles: &[Schedule], seen: &[Seen], ground: &Ground, dice: &mut Dice, room: usize) -> Vec<Schedule> {
    let mut pairs = Vec::new();
    let mut known = BTreeSet::new();
    let usable: Vec<usize> =
        (0..singles.len()).filter(|at| seen[*at].complete && !seen[*at].points.is_empty()).collect();
    if usable.is_empty() {
        return pairs;
    }
    // Not every draw gives a new pair.
    for _ in 0..room.saturating_mul(4) {
        if pairs.len() >= room {
            break;
        }
        let first = *dice.pick(&usable);
        let last = singles[first].0.last();
        let from = seen[first].points.iter().position(|point| last.is_some_and(|act| act.at == *point)).unwrap_or(0);
        let later = &seen[first].points[from..];
        let point = dice.pick(later);
        let kinds = faults_at(point, ground.reads_time);
        let second = Act { kind: *dice.pick(&kinds), at: point.clone() };
        if singles[first].0.contains(&second) {
            continue;
        }
        let pair = singles[first].with(second);
        if known.insert(pair.clone()) {
            pairs.push(pair);
        }
    }
    pairs
}

fn shuffle(schedules: &mut [Schedule], dice: &mut Dice) {
    for i in (1..schedules.len()).rev() {
        schedules.swap(i, dice.below(i + 1));
    }
}

/// Runs given schedules only.
pub fn repeat(subject: Subject, options: &Options, schedules: &[Schedule]) -> Result<Report, Fault> {
    let ground = Ground::new(subject)?;
    let mut explorer = Explorer {
        ground: ground.clone(),
        options: options.clone(),
        clean: BTreeMap::new(),
        found: BTreeMap::new(),
        reached: BTreeSet::new(),
        runs: 0,
        calls: 0,
        ms: 0,
    };
    for schedule in schedules {
        let choices = schedule.choices();
        let trace = world::run(&ground, &choices, options.seed)?;
        explorer.clean.insert(choices.to_string(), Ways::of(&trace));
    }
    let seen = explorer.try_all(schedules)?;
    let missed = schedules.iter().zip(&seen).filter(|(_, seen)| !seen.complete);
    let missed = missed.map(|(schedule, _)| schedule.to_string()).collect();
    let points: BTreeSet<Point> = seen.iter().flat_map(|seen| seen.points.clone()).collect();
    let findings = explorer.findings(true)?;
    Ok(Report {
        workflow: ground.program.workflow.name.clone(),
        seed: explorer.options.seed,
        runs: explorer.runs,
        ways: schedules.len(),
        points: points.len(),
        singles: (schedules.len(), schedules.len()),
        pairs: 0,
        calls: explorer.calls,
        simulated_ms: explorer.ms,
        reached: (0, 0),
        unreached: Vec::new(),
        missed,
        findings,
    })
}
