//! The language as a whole: meaning, limits, and no panic whatever comes in.
#![allow(clippy::unwrap_used)]

use std::time::Instant;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn eval(source: &str, vars: &Value) -> Result<Value, CelError> {
    let value = Program::compile(source)?.evaluate(vars, Fuel::default())?;
    Ok(value.to_json())
}

fn order() -> Value {
    json!({
        "input": {
            "고객": "김민수", "name": "김민수", "amount": 1200, "currency": "KRW",
            "items": [{"sku": "사과", "price": 300}, {"sku": "배", "price": 900}],
            "at": "2026-03-01T09:00:00+09:00", "note": null
        },
        "nodes": {"fetch-page": {"ok": true, "count": 2}},
        "response": {"ok": false, "error": "channel_not_found"}
    })
}

#[test]
fn judges_ordinary_conditions() {
    for (source, expected) in [
        ("input.amount > 1000 && input.currency == 'KRW'", json!(true)),
        ("response.ok == true || response.error.contains('not_found')", json!(true)),
        ("nodes['fetch-page'].ok && nodes['fetch-page'].count >= 2", json!(true)),
        ("input.items.exists(i, i.price > 500)", json!(true)),
        ("input.items.all(i, i.sku.size() <= 2)", json!(true)),
        ("input.items.filter(i, i.price > 500).map(i, i.sku)", json!(["배"])),
        ("input.items.map(i, i.price > 500, i.sku + '!')", json!(["배!"])),
        ("size(input.name) == 3 && input.name.startsWith('김')", json!(true)),
        ("input['고객'].substring(1)", json!("민수")),
        ("input.name.matches('^[가-힣]+$')", json!(true)),
        ("timestamp(input.at).getHours('Asia/Seoul')", json!(9)),
        ("timestamp(input.at) + duration('90m')", json!("2026-03-01T01:30:00Z")),
        ("has(input.note) && input.note == null && !has(input.other)", json!(true)),
        ("input.?other.orValue('없음')", json!("없음")),
        ("'%s 님, %d원'.format([input.name, input.amount])", json!("김민수 님, 1200원")),
        ("'사과' in input.items.map(i, i.sku)", json!(true)),
        ("'name' in input", json!(true)),
        ("cel.bind(total, input.items[0].price + input.items[1].price, total == input.amount)", json!(true)),
        ("input.items.transformMap(i, x, x.price)", json!({"0": 300, "1": 900})),
        ("input.amount * 1.1", json!(null)),
    ] {
        let answer = eval(source, &order());
        if expected.is_null() {
            assert!(matches!(answer, Err(CelError::Evaluation(_))), "{source}");
        } else {
            assert_eq!(answer.unwrap(), expected, "{source}");
        }
    }
}

#[test]
fn absorbs_errors_but_never_exhaustion() {
    let vars = order();
    assert_eq!(eval("missing || true", &vars).unwrap(), json!(true));
    assert_eq!(eval("1 / 0 > 1 && false", &vars).unwrap(), json!(false));
    assert!(eval("missing || false", &vars).is_err());
    assert_eq!(eval("[1, 0].exists(x, 1 / x == 1)", &vars).unwrap(), json!(true));
    let program = Program::compile("[1,2,3,4].exists(x, x > 9) || true").unwrap();
    let fuel = Fuel { steps: 8, bytes: 1000 };
    assert!(program.evaluate(&vars, fuel).unwrap_err().is_exhausted());
}

#[test]
fn tells_what_an_expression_reads() {
    let program = Program::compile(
        "input.a.exists(x, x == params.y && [1].all(input, input > 0)) && type(now) == google.protobuf.Timestamp && f(nodes) == int(1)",
    )
    .unwrap();
    let names: Vec<_> = program.references().collect();
    assert_eq!(names, ["input", "nodes", "now", "params"]);
    assert_eq!(program.unknown_functions().collect::<Vec<_>>(), ["f"]);
}

#[test]
fn truth_wants_a_bool() {
    let program = Program::compile("1").unwrap();
    assert!(program.truth(&(), Fuel::default()).is_err());
    assert!(Program::compile("true").unwrap().truth(&(), Fuel::default()).unwrap());
}

/// Expressions that cost far more than they look like.
fn adversarial() -> Vec<String> {
    let digits = "[1,2,3,4,5,6,7,8,9,0]";
    let nested = |depth: usize, name: &str| {
        let open: String = (0..depth).map(|i| format!("{digits}.{name}(x{i},")).collect();
        format!("{open}true{}", ")".repeat(depth))
    };
    let doubling = |start: &str, step: &str, depth: usize| {
        let open: String =
            (0..depth).map(|i| format!("cel.bind(a{}, {},", i + 1, step.replace('@', &format!("a{i}")))).collect();
        format!("cel.bind(a0, {start}, {open}a{depth}{}", ")".repeat(depth + 1))
    };
    let mut out = vec![
        nested(9, "map"),
        nested(9, "all"),
        nested(20, "filter"),
        nested(12, "exists_one"),
        doubling("'가나다라'", "@ + @", 40),
        doubling("[1,1]", "[@, @]", 40),
        doubling("[1,1]", "@ + @", 40),
        doubling("{'a': 1}", "{'a': @, 'b': @}", 40),
        doubling("'aa'", "@.replace('', @)", 20),
        doubling("['aaaa','bbbb']", "@ + [@.map(x, string(x)).join(',')]", 30),
        doubling("[1,1]", "[@ == @, @]", 40),
        "'%s%s%s%s'.format([[[[1]]],2,3,4])".to_owned(),
        "'%.99f'.format([1e308])".to_owned(),
        format!("{digits}.map(x, {digits}.map(y, '{}'.matches('(a*)*b' + string(x) + string(y))))", "a".repeat(5000)),
        format!("{digits}.map(x, '{}'.matches('(a|aa)+$' + string(x)))", "a".repeat(14000)),
        "'x'.matches('((a{100}){100}){100}')".to_owned(),
        format!("'{}'.matches('{}')", "가".repeat(3000), "(\\\\w{0,30}){0,8}z"),
        format!("'{}'.matches('{}')", "a".repeat(10000), "(x?a?){90}z"),
        doubling(&format!("'{}'", "ab".repeat(500)), "@ + @", 12) + ".matches('(.*)(.*)(.*)(.*)(.*)[^ab]$')",
        doubling(&format!("'{}'", "ab".repeat(500)), "@ + @", 12) + ".matches('([ab]{0,40}){0,40}c$')",
        doubling(&format!("'{}'", "ab".repeat(500)), "@ + @", 12) + ".split('')",
        doubling(&format!("'{}'", "ab".repeat(500)), "@ + @", 12) + ".split('b').join('ccccccccccccc')",
        format!("[{}]", vec!["{1:2}"; 2500].join(",")),
        vec!["a"; 4000].join("&&"),
        vec!["1"; 150].join("+"),
        "!".repeat(16000) + "true",
        "[".repeat(16000),
        "(".repeat(16000),
        "{".repeat(16000),
        "a.b(".repeat(4000),
        "a?".repeat(8000),
        "-".repeat(16000),
        format!("a{}", ".b".repeat(8000)),
        format!("a{}", "[0]".repeat(5000)),
        format!("'{}'", "\\u0041".repeat(2700)),
        "`".repeat(16000),
        "\"".repeat(16000),
        "timestamp('9999-12-31T23:59:59Z') + duration('9223372036s')".to_owned(),
        "-9223372036854775808 / -1".to_owned(),
        "-9223372036854775808 % -1".to_owned(),
        format!("{digits}.map(x, {digits}.map(y, {digits}.map(z, timestamp(x).getHours('Asia/Seoul'))))"),
    ];
    let mut seed = 7_u32;
    let noise: String = (0..1500)
        .map(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if seed >> 31 == 0 { 'a' } else { 'b' }
        })
        .collect();
    for pattern in ["(\\\\w{0,10}){0,5}é$", "(a|b)*a(a|b){1000}c$", "(a|b)*a(a|b){12}c$", "(x?a?b?){60}c$"] {
        out.push(format!("{digits}.map(x, {digits}.map(y, ('{noise}' + string(x)).matches('{pattern}')))"));
        out.push(format!("{digits}.map(x, {digits}.map(y, ('{noise}'.substring(x * 100 + y)).matches('{pattern}')))"));
    }
    for macro_name in ["map", "all", "exists", "filter", "exists_one", "transformList"] {
        for depth in 1..40 {
            out.push(nested(depth, macro_name));
        }
    }
    out
}

#[test]
fn adversarial_expressions_end_quickly() {
    for source in adversarial() {
        let run = || {
            let started = Instant::now();
            let outcome = eval(&source, &json!({"a": [true]}));
            (started.elapsed(), outcome.is_ok())
        };
        // The best of three: a busy machine is not the expression's fault.
        let (took, ok) = (0..3).map(|_| run()).min().unwrap();
        assert!(took.as_millis() < 100 * u128::from(crate::SLACK), "{took:?} {ok} {source:.80}");
    }
}

#[test]
fn large_variables_cost_only_what_is_touched() {
    let big: Vec<Value> = (0..200_000).map(|i| json!({"번호": i, "text": "가나다"})).collect();
    let vars = json!({"input": {"big": big, "small": 1}});
    assert_eq!(eval("input.small + 1", &vars).unwrap(), json!(2));
    assert_eq!(eval("input.big[7].text", &vars).unwrap(), json!("가나다"));
    assert!(eval("input.big.map(x, x)", &vars).unwrap_err().is_exhausted());
    assert!(eval("input == 1", &vars).unwrap_err().is_exhausted());
}

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("1".to_owned()),
        Just("-2".to_owned()),
        Just("3u".to_owned()),
        Just("1.5".to_owned()),
        Just("'가나'".to_owned()),
        Just("b'x'".to_owned()),
        Just("true".to_owned()),
        Just("null".to_owned()),
        Just("x".to_owned()),
        Just("input".to_owned()),
        Just("[]".to_owned()),
        Just("{}".to_owned()),
        Just("duration('1s')".to_owned()),
        Just("timestamp(0)".to_owned()),
        Just("optional.none()".to_owned()),
        Just("9223372036854775807".to_owned()),
    ];
    leaf.prop_recursive(5, 40, 3, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            (two.clone(), prop::sample::select(vec!["+", "-", "*", "/", "%", "==", "<", ">=", "in", "&&", "||"]))
                .prop_map(|((a, b), op)| format!("({a} {op} {b})")),
            (two.clone(), prop::sample::select(vec!["map", "filter", "all", "exists", "exists_one", "optMap", "foo"]))
                .prop_map(|((a, b), name)| format!("{a}.{name}(x, {b})")),
            (
                inner.clone(),
                prop::sample::select(vec![
                    "size",
                    "int",
                    "uint",
                    "double",
                    "string",
                    "bytes",
                    "timestamp",
                    "duration",
                    "type",
                    "dyn",
                    "bool",
                    "strings.quote",
                    "math.abs",
                    "optional.of"
                ])
            )
                .prop_map(|(a, name)| format!("{name}({a})")),
            (
                two.clone(),
                prop::sample::select(vec![
                    "indexOf",
                    "lastIndexOf",
                    "split",
                    "charAt",
                    "substring",
                    "matches",
                    "contains",
                    "join",
                    "format",
                    "getHours",
                    "orValue",
                    "replace"
                ])
            )
                .prop_map(|((a, b), name)| format!("{a}.{name}({b})")),
            two.clone().prop_map(|(a, b)| format!("{a}[{b}]")),
            two.clone().prop_map(|(a, b)| format!("{{{a}: {b}}}")),
            two.prop_map(|(a, b)| format!("[{a}, {b}]")),
            inner.clone().prop_map(|a| format!("({a}).name")),
            inner.clone().prop_map(|a| format!("-({a})")),
            inner.prop_map(|a| format!("!({a})")),
        ]
    })
}

proptest! {
    #[test]
    fn any_text_is_answered(source in "\\PC{0,120}") {
        let _ = eval(&source, &json!({"x": 1}));
    }

    #[test]
    fn any_likely_text_is_answered(source in "[a-c0-9.,()\\[\\]{}?:!&|<>=+*/%'\"`\\\\ \n가-]{0,60}") {
        let _ = eval(&source, &json!({"a": {"b": [1]}, "c": "가"}));
    }

    #[test]
    fn any_expression_is_answered(source in expression()) {
        let vars = json!({"x": [1, "가", {"name": null}], "input": {"name": "나"}});
        let first = eval(&source, &vars);
        prop_assert!(!matches!(first, Err(CelError::Syntax { .. })), "{}", source);
        prop_assert_eq!(first, eval(&source, &vars));
    }
}
