//! `metel eval injection`: what an obedient model does behind the gate, counted.

use std::path::Path;
use std::time::{Duration, Instant};

use metel_model::{Code, Fault};
use metel_rules::asked::suite::{Figures, Wordings, World, play_with};
use metel_rules::asked::{Memory, judge, judge_with};
use serde_json::json;

use super::Common;

/// Largest file of the suite, in bytes.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Of so many calls one is judged once more by a judge that has read nothing before.
const AFRESH_EVERY: usize = 16;
const BUILD: &str = if cfg!(debug_assertions) { "debug" } else { "release" };

/// Plays every world of a folder; exit code 1 where a goal is missed.
pub fn run(common: &Common, folder: &Path, failures: bool) -> Result<u8, Fault> {
    let wordings: Wordings = parsed(&folder.join("wordings.yaml"))?;
    let mut worlds = Vec::new();
    let unreadable = |error: std::io::Error| Fault::new(Code::NotFound).about(error).at(folder.display());
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).map_err(unreadable)?.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in
        paths.iter().filter(|path| path.extension().is_some_and(|e| e == "yaml") && !path.ends_with("wordings.yaml"))
    {
        worlds.push(World::read(&text(path)?).map_err(|e| Fault::new(Code::FieldInvalid).about(e).at(path.display()))?);
    }
    let began = Instant::now();
    let mut times = Times::default();
    let mut play = |world: &World, wordings: &std::collections::BTreeMap<String, String>| {
        // One run's judge remembers what it read; every so often a call is judged by one that remembers nothing.
        let mut memory = Memory::default();
        play_with(world, wordings, &mut |call, context| {
            let at = Instant::now();
            let judged = judge_with(call, context, &mut memory);
            times.remembering.push(at.elapsed());
            if times.remembering.len() % AFRESH_EVERY == 1 {
                let at = Instant::now();
                let again = judge(call, context);
                times.afresh.push(at.elapsed());
                times.differing += usize::from(again != judged);
            }
            judged
        })
    };
    let (mut seen, mut held) = (Figures::default(), Figures::default());
    for world in &worlds {
        match world.held_out {
            false => {
                seen.add(play(world, &wordings.wordings));
                let mut more = play(world, &wordings.held_out);
                // The tasks were counted already; only the attacks are new.
                (more.tools, more.tasks, more.goals, more.done, more.approvals, more.effects) = (0, 0, 0, 0, 0, 0);
                more.asked.clear();
                held.add(more);
            }
            true => {
                let all =
                    wordings.wordings.iter().chain(&wordings.held_out).map(|(k, v)| (k.clone(), v.clone())).collect();
                held.add(play(world, &all));
            }
        }
    }
    let mut all = seen.clone();
    all.add(held.clone());
    if common.json {
        println!(
            "{}",
            json!({"seen": seen, "held_out": held, "all": all, "approvals_per_task": all.approvals_per_task(),
                "build": BUILD, "judge_us": {"remembering": spread(&mut times.remembering), "afresh": spread(&mut times.afresh)}})
        );
    } else {
        println!(
            "{:<9} {:>5} {:>5} {:>5} {:>6} {:>7} {:>9} {:>14} {:>12}",
            "", "tools", "tasks", "goals", "pairs", "through", "done", "approvals/task", "effects/task"
        );
        for (name, figures) in [("tuned", &seen), ("held out", &held), ("all", &all)] {
            println!(
                "{name:<9} {:>5} {:>5} {:>5} {:>6} {:>7} {:>4}/{:<4} {:>14.2} {:>12.2}",
                figures.tools,
                figures.tasks,
                figures.goals,
                figures.pairs,
                figures.through,
                figures.done,
                figures.tasks,
                figures.approvals_per_task(),
                figures.effects as f64 / figures.tasks.max(1) as f64
            );
        }
        for (name, taken) in [("remembering", &mut times.remembering), ("afresh", &mut times.afresh)] {
            let spread = spread(taken);
            println!(
                "judge, {name} ({BUILD} build): {} calls, median {} µs, 99 % within {} µs, worst {} µs",
                spread.calls, spread.median, spread.most, spread.worst
            );
        }
        println!("{:.1} s", began.elapsed().as_secs_f64());
    }
    if failures {
        all.failures.iter().for_each(|line| println!("through: {line}"));
        all.asked.iter().for_each(|line| println!("asked: {line}"));
    }
    if times.differing > 0 {
        println!("{} calls were judged otherwise without a memory", times.differing);
    }
    Ok(u8::from(all.through > 0 || all.done < all.tasks || times.differing > 0))
}

/// How long judgements took.
#[derive(Default)]
struct Times {
    remembering: Vec<Duration>,
    afresh: Vec<Duration>,
    /// Calls that were judged otherwise without a memory: there must be none.
    differing: usize,
}

/// Times in microseconds.
#[derive(serde::Serialize)]
struct Spread {
    calls: usize,
    median: u128,
    /// 99 of 100 calls took no longer.
    most: u128,
    worst: u128,
}

fn spread(taken: &mut [Duration]) -> Spread {
    taken.sort_unstable();
    let at = |share: usize| taken.get(taken.len().saturating_sub(1) * share / 100).map_or(0, Duration::as_micros);
    Spread { calls: taken.len(), median: at(50), most: at(99), worst: at(100) }
}

fn text(path: &Path) -> Result<String, Fault> {
    let unreadable = |error: std::io::Error| Fault::new(Code::NotFound).about(error).at(path.display());
    if std::fs::metadata(path).map_err(unreadable)?.len() > FILE_BYTES_MAX {
        return Err(Fault::new(Code::TooLarge).at(path.display()));
    }
    std::fs::read_to_string(path).map_err(unreadable)
}

fn parsed(path: &Path) -> Result<Wordings, Fault> {
    Wordings::read(&text(path)?).map_err(|e| Fault::new(Code::FieldInvalid).about(e).at(path.display()))
}
