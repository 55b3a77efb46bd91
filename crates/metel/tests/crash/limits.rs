//! What happens at the edge of what a machine can bear: more starts than can be carried out, calls that do not
//! end when the process has to, a disk without space, a step that panics whoever carries it out.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::start_body;
use crate::load::{Asked, Book, start_of};
use crate::process::binary_with_points;
use crate::scene::{Scene, ends, until};

/// What one start was answered.
#[derive(Debug)]
struct Told {
    status: u16,
    problem: Value,
    /// Seconds of `Retry-After`.
    again: Option<u64>,
}

async fn ask(scene: &Scene, base: &str, key: &str, body: &Value) -> Option<Told> {
    let token = std::fs::read_to_string(scene.home.join("token")).unwrap();
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap();
    let request = http.post(format!("{base}/v1/runs")).bearer_auth(token.trim()).header("Idempotency-Key", key);
    let reply = request.json(body).send().await.ok()?;
    let again = reply.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
    Some(Told { status: reply.status().as_u16(), again, problem: reply.json().await.unwrap_or_default() })
}

/// Kilobytes that a process holds in memory.
fn memory_kb(pid: i32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).unwrap_or(0)
}

/// Counts of the answers to one kind of start.
#[derive(Debug, Default)]
struct Answers {
    taken: AtomicU64,
    refused: AtomicU64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_starts_than_can_be_carried_out_are_refused_by_name_background_first() {
    let mut scene = Scene::new().await;
    // Each effect takes long, so that work piles up behind the 256 that go on at once.
    scene
        .faults(&json!([{"service": "ledgerbox", "operation": "record", "kind": "latency", "probability": 1.0,
            "times": 0, "seed": 1, "retry_after": null, "delay_ms": 8_000}]))
        .await;
    let (process, base) = scene.up(&["--queue-max", "60"], &[]).await;
    scene.known(&[&base]);
    scene.define().await;
    let (book, stop) = (Book::default(), Arc::new(AtomicBool::new(false)));
    let counts: Arc<[Answers; 3]> = Arc::default();
    let (scene_ref, base_ref) = (&scene, base.as_str());
    let peak = AtomicU64::new(0);
    // Callers that never tire: of background work, of usual work, of urgent work.
    let callers = (0..24_u64).map(|caller| {
        let (book, stop, counts, peak) = (book.clone(), stop.clone(), counts.clone(), &peak);
        let pid = process.pid().as_raw_pid();
        async move {
            let kind = (caller % 3) as usize;
            let mut n = 0;
            while !stop.load(Ordering::SeqCst) {
                let id = format!("{:x}-{caller}-{n}", scene_ref.seed);
                let mut body = start_body("crash-leaf", &id);
                body["priority"] = json!([-5, 0, 5][kind]);
                n += 1;
                let Some(told) = ask(scene_ref, base_ref, &id, &body).await else { panic!("no answer") };
                match told.status {
                    202 => {
                        counts[kind].taken.fetch_add(1, Ordering::SeqCst);
                        let run = told.problem["id"].as_str().unwrap().to_owned();
                        book.enter(Asked { workflow: "crash-leaf", id, run });
                    }
                    429 => {
                        counts[kind].refused.fetch_add(1, Ordering::SeqCst);
                        assert_eq!(told.problem["code"], "METEL-6101", "{told:?}");
                        assert!(told.again.is_some_and(|s| (1..=10).contains(&s)), "{told:?}");
                        assert!(told.problem["detail"].as_str().is_some_and(|text| text.contains(' ')), "{told:?}");
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                    _ => panic!("{told:?}"),
                }
                peak.fetch_max(memory_kb(pid), Ordering::SeqCst);
            }
        }
    });
    let ending = async {
        tokio::time::sleep(Duration::from_secs(9)).await;
        stop.store(true, Ordering::SeqCst);
    };
    futures::future::join(futures::future::join_all(callers), ending).await;
    let figure = |kind: usize| (counts[kind].taken.load(Ordering::SeqCst), counts[kind].refused.load(Ordering::SeqCst));
    let (background, usual, urgent) = (figure(0), figure(1), figure(2));
    let share = |(taken, refused): (u64, u64)| taken as f64 / (taken + refused).max(1) as f64;
    assert!(background.1 > 0 && usual.1 > 0, "{background:?} {usual:?} {urgent:?}");
    // Urgent work and usual work may come to the same; which of a few starts is lucky is chance.
    let orderly = share(background) <= share(usual) + 0.02 && share(usual) <= share(urgent) + 0.05;
    assert!(orderly, "{background:?} {usual:?} {urgent:?}");
    // Without the overload a start is taken again soon.
    scene.no_faults().await;
    let since = Instant::now();
    let again = until("a start is taken again", Duration::from_secs(30), async || {
        let id = format!("{:x}-again-{}", scene.seed, since.elapsed().as_micros());
        let told = ask(&scene, &base, &id, &start_body("crash-leaf", &id)).await.unwrap();
        if told.status == 202 {
            book.enter(Asked { workflow: "crash-leaf", id, run: told.problem["id"].as_str().unwrap().to_owned() });
        }
        told.status == 202
    })
    .await;
    let ended = scene.end(&book).await;
    let memory = peak.load(Ordering::SeqCst) / 1024;
    println!(
        "taken and refused: background {background:?}, usual {usual:?}, urgent {urgent:?}; {} runs acknowledged, all \
         ended; a start is taken again after {:.1} s; {memory} MiB at most",
        ended.runs.len(),
        again.as_secs_f32()
    );
    assert!(memory < 512, "{memory} MiB");
    ends(process).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn told_to_end_it_ends_in_time_and_gives_back_what_does_not() {
    let mut scene = Scene::new().await;
    let hangs = |operation: &str| {
        json!({"service": "ledgerbox", "operation": operation, "kind": "latency", "probability": 1.0, "times": 0,
               "seed": 1, "retry_after": null, "delay_ms": 25_000})
    };
    scene.faults(&json!([hangs("record"), hangs("record_plain")])).await;
    let (process, base) = scene.up(&[], &[]).await;
    scene.known(&[&base]);
    scene.define().await;
    let book = Book::default();
    let starts = (0..20).map(|n| start_of(scene.client.clone(), book.clone(), "crash-leaf", n, scene.seed));
    futures::future::join_all(starts).await;
    let took = ends(process).await;
    scene.no_faults().await;
    let (process, base) = scene.up(&[], &[]).await;
    scene.known(&[&base]);
    let ended = scene.end(&book).await;
    println!(
        "ended within {} ms with 20 calls that hang; {} runs ended after the next start",
        took.as_millis(),
        ended.runs.len()
    );
    assert!(ended.runs.values().all(|run| run["status"] == "completed"));
    ends(process).await;
}

/// A small disk of its own, as root may make one.
struct Disk<'d>(&'d Path);

impl<'d> Disk<'d> {
    fn mount(at: &'d Path, megabytes: u32) -> Self {
        std::fs::create_dir_all(at).unwrap();
        let size = format!("size={megabytes}m,mode=700");
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at).output();
        let done = done.unwrap_or_else(|error| panic!("mount: {error}"));
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        Self(at)
    }

    /// Takes all the space that is left, to the last byte.
    fn fill(&self) {
        use std::io::Write;
        let mut file = std::fs::File::create(self.0.join("filler")).unwrap();
        let mut size = 1 << 20;
        while size > 0 {
            match file.write(&vec![7; size]) {
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::StorageFull => size /= 2,
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn free(&self) {
        std::fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_space_starts_are_refused_by_name_and_nothing_acknowledged_is_lost() {
    let mut scene = Scene::new().await;
    if !rustix::process::getuid().is_root() {
        // Only root can make a disk; the store's own test stands for it.
        println!("not root: a small disk cannot be made here");
        return;
    }
    let home = scene.home.clone();
    let disk = Disk::mount(&home, 24);
    let (process, base) = scene.up(&[], &[]).await;
    scene.known(&[&base]);
    scene.define().await;
    let book = Book::default();
    let mut refused = 0_u64;
    for round in 0..3_u64 {
        for n in 0..10 {
            start_of(scene.client.clone(), book.clone(), "crash-leaf", round * 1_000 + n, scene.seed).await;
        }
        disk.fill();
        let (mut n, mut told_full) = (0_u64, 0);
        // What room the files themselves have is used up first.
        while told_full < 5 {
            let id = format!("{:x}-full-{round}-{n}", scene.seed);
            n += 1;
            let told = ask(&scene, &base, &id, &start_body("crash-large", &id)).await.unwrap();
            match told.status {
                202 => {
                    let run = told.problem["id"].as_str().unwrap().to_owned();
                    book.enter(Asked { workflow: "crash-large", id, run });
                }
                503 => {
                    assert_eq!(told.problem["code"], "METEL-3002", "{told:?}");
                    assert!(told.again.is_some(), "{told:?}");
                    told_full += 1;
                }
                429 => tokio::time::sleep(Duration::from_millis(100)).await,
                _ => panic!("{told:?}"),
            }
            assert!(n < 2_000, "the disk is never full");
        }
        refused += told_full;
        let (status, _) = scene.client.get("/health/live").await.unwrap();
        assert_eq!(status, 200, "it lives on");
        tokio::time::sleep(Duration::from_millis(500)).await;
        disk.free();
        until("starts are taken again", Duration::from_secs(10), async || {
            let id = format!("{:x}-freed-{round}", scene.seed);
            let told = ask(&scene, &base, &id, &start_body("crash-leaf", &id)).await.unwrap();
            if told.status == 202 {
                book.enter(Asked { workflow: "crash-leaf", id, run: told.problem["id"].as_str().unwrap().to_owned() });
            }
            told.status == 202
        })
        .await;
    }
    let ended = scene.end(&book).await;
    assert!(ended.runs.values().all(|run| run["status"] == "completed"));
    ends(process).await;
    let store = metel_store::Store::open_sqlite(home.join("metel.db"), Default::default()).await.unwrap();
    assert_eq!(store.integrity().await.unwrap(), Vec::<String>::new());
    drop(store);
    println!(
        "3 times without space: {refused} starts refused by name, {} acknowledged runs ended, no restart",
        ended.runs.len()
    );
    drop(disk);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_panics_its_worker_is_parked_and_others_go_on() {
    let mut scene = Scene::new().await;
    let throughput = |n: u64, took: Duration| n as f64 / took.as_secs_f64();
    let mut rates = Vec::new();
    let (book, poisoned) = (Book::default(), Book::default());
    let mut arguments = Command::new(binary_with_points().get_program());
    arguments.env_clear().env("PATH", "/usr/bin:/bin").env("METEL_LANG", "en");
    arguments.args(["up", "--port", "0", "--sandbox", &scene.sandbox]);
    let (process, base) = scene.ready(arguments, &[("METEL_POISON", "call:-poison-")], "metel ready ").await;
    scene.known(&[&base]);
    scene.define().await;
    for round in 0..3_u64 {
        // First to warm up, then alone, then beside runs whose calls panic.
        if round == 2 {
            for n in 0..5 {
                let id = format!("{:x}-poison-{n}", scene.seed);
                let told = ask(&scene, &base, &id, &start_body("crash-leaf", &id)).await.unwrap();
                assert_eq!(told.status, 202, "{told:?}");
                let run = told.problem["id"].as_str().unwrap().to_owned();
                poisoned.enter(Asked { workflow: "crash-leaf", id, run });
            }
        }
        let since = Instant::now();
        let one = Book::default();
        let starts =
            (0..120).map(|n| start_of(scene.client.clone(), one.clone(), "crash-leaf", round * 1_000 + n, scene.seed));
        futures::future::join_all(starts).await;
        for asked in one.all() {
            until("a run ends", Duration::from_secs(60), async || {
                scene.client.ask(&format!("/v1/runs/{}", asked.run)).await["status"] == "completed"
            })
            .await;
            book.enter(asked);
        }
        rates.push(throughput(120, since.elapsed()));
    }
    for asked in poisoned.all() {
        let path = format!("/v1/runs/{}", asked.run);
        // Its attempts are used up: it may have happened, so a person is asked.
        until("a poisoned run is parked", Duration::from_secs(60), async || {
            let run = scene.client.ask(&path).await;
            run["status"] == "failed" || run["waiting"] == "doubt"
        })
        .await;
        let run = scene.client.ask(&path).await;
        assert!(run.to_string().contains("METEL-7900"), "{run:#}");
        let (status, answer) = scene.client.post(&format!("{path}/cancel"), &json!({})).await.unwrap();
        assert!(status < 300 || run["status"] == "failed", "{status} {answer}");
    }
    let ended = scene.end(&book).await;
    assert_eq!(ended.runs.len(), 360);
    println!(
        "5 runs whose calls panic are parked; the others: {:.0} runs a second alone, {:.0} beside them",
        rates[1], rates[2]
    );
    ends(process).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_panics_its_driver_is_left_alone_and_others_go_on() {
    let mut scene = Scene::new().await;
    let mut command = binary_with_points();
    command.args(["up", "--port", "0", "--sandbox", &scene.sandbox]);
    let (process, base) = scene.ready(command, &[("METEL_POISON", "drive:crash-gate")], "metel ready ").await;
    scene.known(&[&base]);
    scene.define().await;
    // A run's name is known to its driver from the second command on.
    let mut left = Vec::new();
    for n in 0..3 {
        let id = format!("{:x}-left-{n}", scene.seed);
        let told = ask(&scene, &base, &id, &start_body("crash-gate", &id)).await.unwrap();
        match told.status {
            202 => {
                left.push(Asked { workflow: "crash-gate", id, run: told.problem["id"].as_str().unwrap().to_owned() })
            }
            status => assert!(status >= 500 || status == 429, "{told:?}"),
        }
    }
    assert!(!left.is_empty(), "their starts are taken: it is the next command that panics");
    let book = Book::default();
    let starts = (0..40).map(|n| start_of(scene.client.clone(), book.clone(), "crash-leaf", n, scene.seed));
    futures::future::join_all(starts).await;
    for one in book.all() {
        until("the others end", Duration::from_secs(20), async || {
            scene.client.ask(&format!("/v1/runs/{}", one.run)).await["status"] == "completed"
        })
        .await;
    }
    ends(process).await;
    // A build without the fault goes on with them.
    let (process, base) = scene.up(&[], &[]).await;
    scene.known(&[&base]);
    for one in &left {
        book.enter(one.clone());
    }
    let ended = scene.end(&book).await;
    println!("{} runs left alone; {} ended beside them and after the next start", left.len(), ended.runs.len());
    ends(process).await;
}
