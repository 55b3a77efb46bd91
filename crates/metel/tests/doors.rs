//! `metel jsonl` under hostile lines: every line has one answer, in order, on one line of JSON, soon.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Drawn numbers that are the same for the same seed (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let at = self.below(all.len());
        &all[at]
    }
}

/// Asks every line and gives the answers; fails where one takes too long or is no JSON.
fn ask(lines: &[String]) -> Vec<Value> {
    let home = tempfile::tempdir().unwrap();
    let mut metel = Command::new(env!("CARGO_BIN_EXE_metel"))
        .arg("jsonl")
        .env("METEL_HOME", home.path())
        .env_remove("METEL_EGRESS_ALLOW")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut input = metel.stdin.take().unwrap();
    let mut output = BufReader::new(metel.stdout.take().unwrap());
    let mut answers = Vec::new();
    for line in lines {
        let began = Instant::now();
        writeln!(input, "{line}").and_then(|()| input.flush()).unwrap();
        let mut answer = String::new();
        output.read_line(&mut answer).unwrap();
        let shown: String = line.chars().take(300).collect();
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}: {shown}", began.elapsed());
        answers.push(serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {shown} → {answer:.300}")));
    }
    drop(input);
    assert!(metel.wait().unwrap().success());
    answers
}

/// Values that break careless readers.
fn odd(dice: &mut Dice, depth: usize) -> Value {
    match dice.below(if depth == 0 { 9 } else { 12 }) {
        0 => Value::Null,
        1 => json!(dice.below(2) == 0),
        2 => json!([-1, 0, 1, i64::MAX, i64::MIN][dice.below(5)]),
        3 => json!(u64::MAX),
        4 => json!([1e308, -1e308, 5e-324, 0.1][dice.below(4)]),
        5 => json!(""),
        6 => json!("\u{0}\u{7f}\u{202e}가\u{1f600}"),
        7 => json!("(a+)+$".repeat(1 + dice.below(20))),
        8 => json!("x".repeat(dice.below(5_000))),
        9 => Value::Array((0..dice.below(5)).map(|_| odd(dice, depth - 1)).collect()),
        _ => {
            let names = [
                "$ref",
                "type",
                "properties",
                "items",
                "allOf",
                "pattern",
                "enum",
                "paths",
                "",
                "가",
                "get",
                "document",
                "#",
            ];
            Value::Object((0..dice.below(5)).map(|_| ((*dice.of(&names)).to_owned(), odd(dice, depth - 1))).collect())
        }
    }
}

/// A line that is known to be answered well, so that changed ones come close to it.
fn known() -> Vec<Value> {
    vec![
        json!({"op": "jsonschema", "draft": "2020-12", "schema": {"type": "object", "properties": {"a": {"pattern": "^a+$"}}}, "data": {"a": "aaa"}, "remotes": {"http://x.test/s": {}}}),
        json!({"op": "jsonschema", "draft": "7", "schema": {"$ref": "#/definitions/a", "definitions": {"a": {"items": {"$ref": "#"}}}}, "data": [[[]]]}),
        json!({"op": "jsonpath", "selector": "$..a[?@.b == 1 && match(@.c, 'x.*')]", "document": {"a": [{"b": 1, "c": "xy"}]}}),
        json!({"op": "cel", "expr": "[1, 2, 3].map(x, x * n).filter(x, x > 2).size() > 0 && 'a'.matches('(a+)+$')", "vars": {"n": 3}}),
        json!({"op": "pii", "text": "김민수 010-1234-5678, a@b.kr, 4111 1111 1111 1111"}),
        json!({"op": "plan", "text": "슬랙 #team 에 '안녕' 보내줘", "lang": "ko"}),
        json!({"op": "fetch", "url": "http://127.0.0.1:9/", "method": "GET"}),
        json!({"op": "load", "tools": [{"name": "a_b", "description": "send a message", "input_schema": {"properties": {"to": {"description": "who"}}}}]}),
        json!({"op": "search", "query": "메시지 보내", "k": 5}),
        json!({"op": "openapi", "document": {"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "components": {"schemas": {"A": {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/A"}}}}},
            "paths": {"/a/{b}": {"post": {"parameters": [{"name": "b", "in": "path", "schema": {"type": "string"}}], "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}}}}}}),
    ]
}

/// Changes one place of a value.
fn changed(dice: &mut Dice, value: &Value) -> Value {
    let mut out = value.clone();
    let mut pointer = String::new();
    for _ in 0..dice.below(7) {
        match out.pointer(&pointer) {
            Some(Value::Object(members)) if !members.is_empty() => {
                let name = members.keys().nth(dice.below(members.len())).unwrap();
                pointer.push_str(&format!("/{}", name.replace('~', "~0").replace('/', "~1")));
            }
            Some(Value::Array(items)) if !items.is_empty() => {
                pointer.push_str(&format!("/{}", dice.below(items.len())));
            }
            _ => break,
        }
    }
    *out.pointer_mut(&pointer).unwrap() = odd(dice, 3);
    out
}

#[test]
fn every_hostile_line_has_its_answer() {
    let seed = std::env::var("METEL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_121);
    let count = std::env::var("METEL_LINES").ok().and_then(|count| count.parse().ok()).unwrap_or(400);
    let mut dice = Dice(seed);
    let known = known();
    let mut lines: Vec<String> = known.iter().map(Value::to_string).collect();
    for _ in 0..count {
        let line = match dice.below(10) {
            0 => odd(&mut dice, 4).to_string(),
            1 => {
                let whole = dice.of(&known).to_string();
                let mut end = dice.below(whole.len());
                while !whole.is_char_boundary(end) {
                    end -= 1;
                }
                whole[..end].replace('\n', " ") + "}"
            }
            _ => {
                let mut line = dice.of(&known).clone();
                for _ in 0..1 + dice.below(3) {
                    let keep = line.get("op").cloned();
                    line = changed(&mut dice, &line);
                    // Mostly the same door, so that what lies behind it is reached.
                    if let (Some(op), Value::Object(members)) = (keep, &mut line) {
                        members.insert("op".to_owned(), op);
                    }
                }
                line.to_string()
            }
        };
        lines.push(line);
    }
    println!("seed {seed}, {} lines", lines.len());
    let answers = ask(&lines);
    assert!(answers.iter().all(Value::is_object));
    let good = &answers[..known.len()];
    assert_eq!((&good[0]["valid"], &good[4]["found"].is_array()), (&json!(true), &true));
    assert_eq!(good[8]["tools"], json!(["a_b"]));
    assert_eq!(good[9]["tools"][0]["operation"], "post /a/{b}");
}

#[test]
fn heavy_lines_are_answered_too() {
    let nest = |open: &str, close: &str, n: usize| format!("{}{}", open.repeat(n), close.repeat(n));
    let lines = vec![
        format!("{{\"op\":\"openapi\",\"document\":{}}}", nest("[", "]", 100_000)),
        nest("[", "]", 100_000),
        nest("{\"a\":", "}", 100_000),
        format!("{{\"op\":\"jsonpath\",\"selector\":\"${}\",\"document\":{{}}}}", "..*".repeat(200)),
        format!("{{\"op\":\"cel\",\"expr\":\"{}1{}\"}}", "(".repeat(20_000), ")".repeat(20_000)),
        format!("{{\"op\":\"cel\",\"expr\":\"{}\"}}", "[1,2,3,4,5,6,7,8,9].map(a,".repeat(8) + "1" + &")".repeat(8)),
        format!("{{\"op\":\"jsonschema\",\"schema\":{{\"pattern\":\"(a+)+$\"}},\"data\":\"{}b\"}}", "a".repeat(50_000)),
        json!({"op": "jsonschema", "schema": {"$ref": "#"}, "data": 1}).to_string(),
        json!({"op": "pii", "text": "1".repeat(200_000)}).to_string(),
        json!({"op": "plan", "text": "보내줘 ".repeat(5_000)}).to_string(),
        json!({"op": "search", "query": "x ".repeat(100_000), "k": u64::MAX}).to_string(),
        format!("{{\"op\":\"load\",\"tools\":[{}]}}", vec!["{\"name\":\"x\"}"; 20_000].join(",")),
        format!("[{}]", vec!["{\"a\":1}"; 700_000].join(",")),
        json!({"op": "fetch", "url": format!("http://{}", "a".repeat(100_000)), "method": "GET"}).to_string(),
        format!(
            "{{\"op\":\"openapi\",\"document\":{{\"openapi\":\"3.0.0\",\"x\":{}}}}}",
            nest("{\"a\":", "}", 100_000).replace("{\"a\":}", "{}")
        ),
    ];
    let answers = ask(&lines);
    assert_eq!(answers[0]["error"]["code"], "not_openapi");
    assert_eq!(answers[14]["error"]["code"], "too_deep");
    assert_eq!(answers[11]["loaded"], 20_000);
    assert_eq!(answers[12]["error"], "the line holds too many values");
}
