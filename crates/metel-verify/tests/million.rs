//! How long a large record takes. `METEL_ENTRIES` is how many entries (20,000): a million with
//! `METEL_ENTRIES=1000000 cargo nextest run --workspace -E 'test(a_large_record)' --no-capture`.
#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::io::{BufReader, Read};
use std::time::Instant;

use ed25519_dalek::{Signer, SigningKey};
use metel_verify::hash::{id, leaf, of_parts, root};
use metel_verify::{Asked, verify};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn name(prefix: &str, n: usize) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let digits: String = (0..26).map(|i| ALPHABET[n.checked_shr(125 - 5 * i).unwrap_or(0) & 31] as char).collect();
    format!("{prefix}_{digits}")
}

const PER_RUN: usize = 20;

/// A record of runs of twenty entries of two events and about 500 bytes each, and one checkpoint over all.
fn record(entries: usize) -> Vec<u8> {
    let (ws, key) = (name("ws", 1), SigningKey::from_bytes(&[7; 32]));
    let (ws_id, public) = (id(&ws).unwrap(), key.verifying_key().to_bytes());
    let runs = entries / PER_RUN;
    let (mut logs, mut leaves, mut hashes) = (String::new(), String::new(), Vec::new());
    for run in 0..runs {
        let (run_name, run_id) = (name("run", run + 100), id(&name("run", run + 100)).unwrap());
        let (mut lines, mut head) = (String::new(), [0; 32]);
        for n in 0..PER_RUN {
            let body = format!(
                r#"[{{"type":"effect_observed","step":"step_{n}","n":1,"output":{{"page":"https://notion.example/7f3a","text":"회의록 {n}"}},"certainty":"certain","ms":12,"status":200,"pad":"{n:0>160}"}},{{"type":"step_succeeded","step":"step_{n}"}}]"#
            );
            let (seq, at) = (1 + 2 * n as u64, 1_700_000_000_000_000 + n as i64);
            let parts: [&[u8]; 8] =
                [&head, &ws_id, &run_id, &seq.to_be_bytes(), b"observe", b"worker", &at.to_be_bytes(), body.as_bytes()];
            head = of_parts(&parts);
            let body = serde_json::to_string(&body).unwrap();
            let _ = writeln!(
                lines,
                r#"{{"type":"entry","seq":{seq},"count":2,"at":{at},"actor":"worker","command":"observe","body":{body},"hash":"{}"}}"#,
                hex(&head)
            );
        }
        let last = 2 * PER_RUN as u64;
        let _ = writeln!(logs, r#"{{"type":"run","run":"{run_name}","seq":{last},"head":"{}"}}"#, hex(&head));
        logs.push_str(&lines);
        let _ = writeln!(leaves, r#"{{"type":"leaf","run":"{run_name}","seq":{last},"head":"{}"}}"#, hex(&head));
        hashes.push(leaf(&run_id, last, &head));
    }
    let (number, at, chains, events) = (1_u64, 1_i64, runs as u64, 2 * (runs * PER_RUN) as u64);
    let root = root(&hashes);
    let hash = of_parts(&[
        b"metel checkpoint 1",
        &ws_id,
        &number.to_be_bytes(),
        &at.to_be_bytes(),
        &[0; 32],
        &chains.to_be_bytes(),
        &root,
        &chains.to_be_bytes(),
        &events.to_be_bytes(),
        &public,
    ]);
    let (key_hex, signature) = (hex(&public), hex(&key.sign(&hash).to_bytes()));
    let mut out = format!(
        "{{\"type\":\"export\",\"v\":1,\"workspace\":\"{ws}\"}}\n{{\"type\":\"key\",\"number\":1,\"public\":\"{key_hex}\",\"at\":1}}\n"
    );
    let _ = writeln!(
        out,
        r#"{{"type":"checkpoint","workspace":"{ws}","number":1,"at":1,"previous":"{}","leaves":{chains},"root":"{}","chains":{chains},"events":{events},"key":"{key_hex}","signature":"{signature}"}}"#,
        hex(&[0; 32]),
        hex(&root)
    );
    out.push_str(&leaves);
    out.push_str(&logs);
    let _ = writeln!(out, r#"{{"type":"end","keys":1,"checkpoints":1,"runs":{runs},"entries":{}}}"#, runs * PER_RUN);
    out.into_bytes()
}

#[test]
fn a_large_record_is_checked_while_somebody_waits() {
    let entries: usize = std::env::var("METEL_ENTRIES").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000);
    let record = record(entries);
    let began = Instant::now();
    let report = verify(&mut BufReader::new((&record[..]).take(u64::MAX)), &Asked::default()).unwrap();
    let took = began.elapsed();
    assert_eq!((report.entries, report.signed), (entries as u64 / 20 * 20, report.events));
    println!("{} entries, {} MB: {} ms", report.entries, record.len() / 1_000_000, took.as_millis());
    assert!(took.as_secs_f64() < 30.0 * (entries as f64 / 1_000_000.0).max(0.1), "{took:?}");
}
