//! Measures the personal-data detector on both labelled sets, and its limits:
//! the measured set is fixed by its digest, the floors are asserted.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::{Duration, Instant};

use metel_rules::pii::{Figures, evaluate, mask, scan};
use sha2::{Digest, Sha256};

const MEASURED: &str = include_str!("../../../eval/pii/measured.jsonl");
const TUNING: &str = include_str!("../../../eval/pii/tuning.jsonl");
/// Set down before the detector; a change of the set is a change of the measure.
const MEASURED_SHA256: &str = "d1d66c6fc97ca9b3f36932baa357ea420eb2f78e9ec42a122b66f2c6b4f6d956";

fn report(name: &str, figures: &Figures) {
    println!(
        "{name}: {} texts, precision {:.4}, recall {:.4}, clean {}/{}",
        figures.texts, figures.precision, figures.recall, figures.clean_right, figures.clean
    );
    for (kind, counts) in &figures.kinds {
        println!(
            "  {:<16} right {:>3} surplus {:>2} missed {:>2}  precision {:.3} recall {:.3}",
            kind.name(),
            counts.right,
            counts.surplus,
            counts.missed,
            counts.precision,
            counts.recall
        );
    }
}

#[test]
fn the_measured_set_is_the_one_set_down_first() {
    let digest: String = Sha256::digest(MEASURED.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(digest, MEASURED_SHA256);
}

#[test]
fn precision_and_recall_hold_on_the_measured_set() {
    let figures = evaluate(MEASURED).unwrap();
    report("measured", &figures);
    assert!(figures.precision >= 0.99, "{}", figures.precision);
    assert!(figures.recall >= 0.99, "{}", figures.recall);
}

#[test]
fn precision_and_recall_hold_on_the_tuning_set() {
    let figures = evaluate(TUNING).unwrap();
    report("tuning", &figures);
    for mismatch in &figures.mismatches {
        let line = TUNING.lines().nth(mismatch.line - 1).unwrap();
        println!("  {line}\n    surplus {:?} missed {:?}", mismatch.surplus, mismatch.missed);
    }
    assert!(figures.precision >= 0.99, "{}", figures.precision);
    assert!(figures.recall >= 0.99, "{}", figures.recall);
}

/// Unoptimised builds take a shorter text: what is not linear shows in either.
const LONG: usize = if cfg!(debug_assertions) { 512 * 1024 } else { 4 * 1024 * 1024 };

#[test]
fn hostile_lengths_end_in_time() {
    for unit in [
        "1",
        "1-",
        "0 1 ",
        "a@",
        "@",
        "공일",
        "-----BEGIN ",
        "-----BEGIN PRIVATE KEY-----\n",
        "eyJ.",
        "sk-",
        "계좌 ",
        "::",
        "1.",
        "가\u{0301}",
        "\u{200b}",
        "https://",
        "여권",
        "010-1234-5678 ",
        " at a dot ",
        "DE00",
        "token ",
        "(",
        "a.",
        "０",
        "password=",
    ] {
        let text = unit.repeat(LONG / unit.len());
        let begun = Instant::now();
        let found = scan(&text).len();
        let took = begun.elapsed();
        println!("{unit:?}: {found} in {took:?}");
        assert!(took < Duration::from_secs(20), "{unit:?} took {took:?}");
    }
}

#[test]
fn blocks_neither_lose_nor_double() {
    let text = "연락처는010-1234-5678입니다. kim@example.com 그리고 글. ".repeat(20_000);
    assert_eq!(scan(&text).len(), 40_000);
    assert!(scan(&mask(&text)).is_empty());
}

#[test]
fn mebibytes_end_in_time() {
    let unit =
        "담당자 연락처는010-1234-5678입니다. 주문번호 20261121-0048217, mail kim@example.com, 2026-11-21 14:30.\n";
    let count = (if cfg!(debug_assertions) { 1 } else { 10 }) * 1024 * 1024 / unit.len();
    let text = unit.repeat(count);
    let begun = Instant::now();
    let found = scan(&text).len();
    let took = begun.elapsed();
    println!("{count} lines: {found} in {took:?}");
    assert_eq!(found, 2 * count);
    // Far above what it takes; a scan that went back over the text again and again would take hours.
    assert!(took < Duration::from_secs(120), "{took:?}");
}
