//! The doctor against faults that a generator places from a seed: each is named, the fix that it gives is followed as
//! it stands, and a clean folder raises no alarm. `METEL_DOCTOR_SEED` repeats a run.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

const METEL: &str = env!("CARGO_BIN_EXE_metel");
/// Longest look at a folder: three seconds, and more where many tests share few cores.
const LOOK: Duration = Duration::from_secs(12);

/// A shell command as a person would give it there: what it printed, and how it ended.
fn shell(home: &Path, set: &BTreeMap<String, String>, command: &str) -> (String, Option<i32>) {
    let folder = Path::new(METEL).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    let done = Command::new("sh")
        .args(["-c", command])
        .env_clear()
        .env("PATH", path)
        .env("METEL_HOME", home)
        .env("METEL_LANG", "en")
        // Ports are looked at only where they are tried.
        .env("METEL_PORT", "0")
        .envs(set)
        .current_dir(home.parent().unwrap())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr), done.status.code())
}

/// The doctor's findings, errors and warnings only, with how long it took.
fn look(home: &Path, set: &BTreeMap<String, String>, before: &str) -> (Vec<Value>, Duration) {
    let began = Instant::now();
    let (told, _) = shell(home, set, &format!("{before}\nmetel doctor --json"));
    let took = began.elapsed();
    let last = told.lines().rev().find(|line| line.starts_with('{')).unwrap_or_else(|| panic!("no report: {told}"));
    let report: Value = serde_json::from_str(last).unwrap();
    let findings = report["findings"].as_array().unwrap().iter().filter(|f| f["weight"] != "note").cloned();
    (findings.collect(), took)
}

/// A folder that metel has used and left.
fn used() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let mut child = Command::new(METEL)
        .args(["up", "--port", "0", "--no-demo"])
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap_or_default())
        .env("METEL_HOME", &home)
        .env("METEL_LANG", "en")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let base = line.trim().strip_prefix("metel ready ").unwrap_or_else(|| panic!("{line}")).to_owned();
    // A secret is sealed, so that there is something that the master key opens.
    let mut setting = Command::new(METEL)
        .args(["secret", "set", "trial", "--server", &base])
        .env_clear()
        .env("METEL_HOME", &home)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    setting.stdin.take().unwrap().write_all(b"value").unwrap();
    assert!(setting.wait().unwrap().success());
    let ended = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(ended.success());
    child.wait().unwrap();
    folder
}

/// Ends what holds a fault.
struct Held(Child);

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// Places a fault; what carries it, and what the shell does before each call.
fn plant(home: &Path, code: &str, seed: u64) -> (Held, BTreeMap<String, String>, String) {
    let mut child = Command::new(METEL)
        .args(["doctor", "--plant", code, "--seed", &seed.to_string()])
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap_or_default())
        .env("METEL_HOME", home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let told: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{code}: nothing was planted: {line}"));
    let mut set: BTreeMap<String, String> = serde_json::from_value(told["set"].clone()).unwrap();
    if code.contains("port") {
        // The one of the settings counts.
        set.insert("METEL_PORT".to_owned(), String::new());
    }
    (Held(child), set, told["shell"].as_str().unwrap_or_default().to_owned())
}

fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp").args(["-a"]).arg(from).arg(to).status().unwrap();
    assert!(done.success());
}

struct Tried {
    code: String,
    named: bool,
    others: Vec<String>,
    mended: bool,
    slowest: Duration,
    more: String,
}

fn try_one(clean: &Path, code: &str, seed: u64) -> Tried {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    copy(clean, &home);
    let (held, set, before) = plant(&home, code, seed);
    let (found, took) = look(&home, &set, &before);
    let of = |finding: &Value| finding["code"].as_str().unwrap_or_default().to_owned();
    let others = found.iter().map(&of).filter(|other| other != code).collect();
    let named = found.iter().find(|finding| of(finding) == code);
    let mut tried = Tried {
        code: code.to_owned(),
        named: named.is_some(),
        others,
        mended: false,
        slowest: took,
        more: String::new(),
    };
    if let Some(finding) = named {
        for key in ["what", "why"] {
            for lang in ["en", "ko"] {
                assert!(!finding[key][lang].as_str().unwrap_or_default().is_empty(), "{code} has no {key} in {lang}");
            }
        }
        assert!(!finding["where"].as_str().unwrap_or_default().is_empty(), "{code} says not where");
        if let Some(fix) = finding["fix"].as_str() {
            let (left, took) = look(&home, &set, &format!("{before}\n{fix} >&2"));
            tried.mended = !left.iter().any(|finding| of(finding) == code);
            tried.slowest = tried.slowest.max(took);
            tried.more = format!("{fix}   left: {:?}", left.iter().map(of).collect::<Vec<_>>());
        }
    }
    drop(held);
    tried
}

fn seed() -> u64 {
    let given = std::env::var("METEL_DOCTOR_SEED").ok().and_then(|text| text.parse().ok());
    given.unwrap_or_else(|| std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64)
}

#[test]
fn every_planted_fault_is_named_and_its_fix_mends_it() {
    let seed = seed();
    println!("METEL_DOCTOR_SEED={seed}");
    let used = used();
    let clean: PathBuf = used.path().join("home");
    let none = BTreeMap::new();
    for round in 0..3 {
        let (found, took) = look(&clean, &none, "");
        assert!(found.is_empty(), "a false alarm on a clean folder: {found:#?}");
        assert!(took < LOOK, "round {round}: {took:?}");
    }
    let (listed, _) = shell(&clean, &none, "metel doctor --plant list");
    let kinds: Vec<(String, bool)> = listed
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|kind| (kind["code"].as_str().unwrap().to_owned(), kind["mendable"] == true))
        .collect();
    assert!(kinds.len() >= 30, "{}", kinds.len());
    let me = Command::new("id").arg("-u").output().unwrap();
    let root = String::from_utf8_lossy(&me.stdout).trim() == "0";
    let kinds: Vec<_> = kinds.into_iter().filter(|(code, _)| root || code != "home.owner").collect();
    let queue = std::sync::Mutex::new(kinds.clone().into_iter());
    let tried = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some((code, _)) = queue.lock().unwrap().next() else { break };
                    let one = try_one(&clean, &code, seed);
                    tried.lock().unwrap().push(one);
                }
            });
        }
    });
    let tried = tried.into_inner().unwrap();
    let mut wrong = Vec::new();
    for one in &tried {
        let mendable = kinds.iter().any(|(code, can)| *code == one.code && *can);
        if !one.named || !one.others.is_empty() || one.mended != mendable || one.slowest > LOOK {
            wrong.push(format!(
                "{}: named {} others {:?} mended {} in {:?}  {}",
                one.code, one.named, one.others, one.mended, one.slowest, one.more
            ));
        }
    }
    let mended = tried.iter().filter(|one| one.mended).count();
    let named = tried.iter().filter(|one| one.named).count();
    let slowest = tried.iter().map(|one| one.slowest).max().unwrap();
    println!("kinds {} named {named} mended {mended} slowest look {slowest:?}", tried.len());
    assert!(wrong.is_empty(), "seed {seed}:\n{}", wrong.join("\n"));
    assert!(mended * 30 >= tried.len() * 27);
}

/// Faults that do not stand in each other's way.
const TOGETHER: [&str; 14] = [
    "home.mode",
    "token.mode",
    "key.mode",
    "files.leftover",
    "server.stale",
    "environment.unknown",
    "webhook.secret",
    "contract.broken",
    "policy.broken",
    "connection.scope",
    "model.unreachable",
    "locale.timezone",
    "machine.drafts",
    "clock.files_ahead",
];

#[test]
fn faults_that_come_together_are_all_named_and_mended_at_once() {
    let seed = seed();
    println!("METEL_DOCTOR_SEED={seed}");
    let used = used();
    let mut dice = seed;
    for _ in 0..4 {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        copy(&used.path().join("home"), &home);
        let (mut planted, mut held, mut set) = (Vec::new(), Vec::new(), BTreeMap::new());
        while planted.len() < 4 {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let code = TOGETHER[(dice >> 33) as usize % TOGETHER.len()];
            if !planted.contains(&code) {
                let (one, with, _) = plant(&home, code, dice);
                planted.push(code);
                held.push(one);
                set.extend(with);
            }
        }
        planted.sort_unstable();
        let (found, _) = look(&home, &set, "");
        let mut named: Vec<&str> = found.iter().filter_map(|finding| finding["code"].as_str()).collect();
        named.sort_unstable();
        assert_eq!(named, planted, "seed {seed}");
        // What is safe goes by itself, the rest by its own command.
        let (left, _) = look(&home, &set, "metel doctor --fix >&2");
        let safe = found.iter().filter(|finding| finding["safe"] == true).count();
        assert_eq!(left.len(), found.len() - safe, "seed {seed}: {left:#?}");
        let fixes: Vec<&str> = left.iter().filter_map(|finding| finding["fix"].as_str()).collect();
        let (left, _) = look(&home, &set, &fixes.iter().map(|fix| format!("{fix} >&2\n")).collect::<String>());
        let left: Vec<&str> = left.iter().filter_map(|finding| finding["code"].as_str()).collect();
        assert!(left.iter().all(|code| *code == "connection.scope"), "seed {seed}: {left:?}");
    }
}
