//! The standard's own subtleties, limits, and no panic whatever comes in.
#![allow(clippy::unwrap_used)]

use std::time::Instant;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn all(selector: &str, document: &Value) -> Result<Vec<Value>, PathError> {
    Ok(Path::parse(selector)?.query(document)?.into_iter().cloned().collect())
}

fn shop() -> Value {
    json!({
        "주문": [
            {"품목": "사과", "값": 300, "tags": ["과일", "빨강"]},
            {"품목": "배", "값": 900.0, "tags": []},
            {"품목": "a\nb", "값": null}
        ],
        "가게": {"이름": "행복 마트"}
    })
}

#[test]
fn chooses_what_the_standard_says() {
    for (selector, expected) in [
        ("$.가게.이름", json!(["행복 마트"])),
        ("$['주문'][0]['품목']", json!(["사과"])),
        ("$.주문[-1].값", json!([null])),
        ("$.주문[::-1].품목", json!(["a\nb", "배", "사과"])),
        ("$.주문[1:9].품목", json!(["배", "a\nb"])),
        ("$..이름", json!(["행복 마트"])),
        ("$.주문[?@.값 >= 900].품목", json!(["배"])),
        ("$.주문[?@.값 == 900].품목", json!(["배"])),
        ("$.주문[?@.값 == null].품목", json!(["a\nb"])),
        ("$.주문[?!@.tags].품목", json!(["a\nb"])),
        ("$.주문[?length(@.품목) == 2].품목", json!(["사과"])),
        ("$.주문[?count(@.tags[*]) > 1].품목", json!(["사과"])),
        ("$.주문[?match(@.품목, '[가-힣]{2}')].품목", json!(["사과"])),
        ("$.주문[?search(@.품목, 'a.b')].품목", json!([])),
        ("$.주문[?search(@.품목, $.가게.없음)].품목", json!([])),
        ("$.주문[?value(@..값) < 500].품목", json!(["사과"])),
        ("$.주문[?@.없음 == @.없음].값", json!([300, 900.0, null])),
        ("$.주문[0]['품목', '값', '품목']", json!(["사과", 300, "사과"])),
        ("$.주문[5:0:-0]", json!(null)),
    ] {
        let found = all(selector, &shop());
        match expected {
            Value::Null => assert!(found.is_err(), "{selector}"),
            expected => assert_eq!(Value::Array(found.unwrap()), expected, "{selector}"),
        }
    }
}

#[test]
fn tells_places() {
    let path = Path::parse("$.주문[?@.값 == null]['품목']").unwrap();
    assert_eq!(path.normalized_paths(&shop()).unwrap(), ["$['주문'][2]['품목']"]);
    let document = json!({"a/b": {"'\n": 1}});
    let located = Path::parse("$..*").unwrap();
    let located = located.locate(&document).unwrap();
    assert_eq!(located[1].path, "$['a/b']['\\'\\n']");
    assert_eq!(located[1].pointer, "/a~1b/'\n");
    assert_eq!(document.pointer(&located[1].pointer), Some(located[1].value));
    assert!(Path::parse("$.a[0]").unwrap().is_singular());
    assert!(!Path::parse("$.a[*]").unwrap().is_singular());
    assert_eq!(Path::parse("$.없음").unwrap().first(&shop()).unwrap(), None);
}

#[test]
fn refuses_invalid_selectors() {
    for selector in [
        "",
        "a",
        " $",
        "$ ",
        "$.",
        "$..",
        "$[",
        "$[]",
        "$[01]",
        "$[-0]",
        "$[9007199254740992]",
        "$['a]",
        "$['\\x']",
        "$['\\ud800']",
        "$.1",
        "$[?]",
        "$[?1]",
        "$[?@.*==1]",
        "$[?@..a==1]",
        "$[?length(@.*)>1]",
        "$[?count(1)>1]",
        "$[?match(@.a)]",
        "$[?match(@.a,'b')==true]",
        "$[?length(@.a)]",
        "$[?nothing(@)]",
        "$[?(@.a)==1]",
        "$[?@.a=1]",
        "$[?!@.a==1]",
        "$[?@.a==01]",
        "$[?@.a==.5]",
        "$[?count (@.a)>1]",
        "$[?length('a',)==1]",
    ] {
        assert!(Path::parse(selector).is_err(), "{selector}");
    }
}

#[test]
fn adversarial_selectors_end_quickly() {
    let wide = json!((0..300).map(|i| json!({"a": i, "b": [i, [i, [i]]]})).collect::<Vec<_>>());
    let mut deep = json!({"a": 1});
    for _ in 0..100 {
        deep = json!({"a": deep, "b": [deep["a"].is_null()]});
    }
    let mut texts = vec![json!("ab".repeat(20_000))];
    texts.extend((0..100).map(|i| json!(format!("(a|b)*a(a|b){{{i}}}c"))));
    let texts = Value::Array(texts);
    let mut selectors = vec![
        "$..*..*..*..*..*..*".to_owned(),
        "$".to_owned() + &"..*".repeat(500),
        "$".to_owned() + &"[*,*,*]".repeat(100),
        "$".to_owned() + &"[::-1,::1]".repeat(100),
        "$..[?@..[?@..[?@..a]]]".to_owned(),
        "$..[?count($..*) > count(@..*)]".to_owned(),
        "$..[?$==$]".to_owned(),
        "$[?match($[0], @)]".to_owned(),
        "$[?search(@, '(a|b)*a(a|b){200}c')]".to_owned(),
        "$[?search(@, '(.*)(.*)(.*)(.*)(.*)x')]".to_owned(),
        "$[?".to_owned() + &"(".repeat(4000),
        "$".to_owned() + &"[?@".repeat(2000),
        "$[?".to_owned() + &"!".repeat(5000) + "@]",
        "$[?".to_owned() + &"length(".repeat(1000),
        "$[".to_owned() + &"0,".repeat(4000) + "0]",
        "$[?".to_owned() + &"@&&".repeat(2600) + "@]",
        "$".to_owned() + &" ".repeat(8000) + "x",
        "$".to_owned() + &" .a".repeat(2700),
        "$['".to_owned() + &"\\u".repeat(4000),
        "$[-9007199254740991:9007199254740991:9007199254740991]".to_owned(),
        "$[9007199254740991:-9007199254740991:-9007199254740991]".to_owned(),
    ];
    for n in 1..40 {
        selectors.push("$".to_owned() + &"..*".repeat(n));
        selectors.push("$".to_owned() + &"..[*,?@.a]".repeat(n));
        selectors.push("$..[?@.b[?@ > ".to_owned() + &"1".repeat(n) + "]]..*");
    }
    for selector in selectors {
        for document in [&wide, &deep, &texts] {
            let run = || {
                let started = Instant::now();
                let outcome = Path::parse(&selector).and_then(|p| p.locate(document).map(|n| n.len()));
                (started.elapsed(), outcome.is_ok())
            };
            // The best of three: a busy machine is not the selector's fault.
            let (took, ok) = (0..3).map(|_| run()).min().unwrap();
            assert!(took.as_millis() < 100 * u128::from(crate::SLACK), "{took:?} {ok} {selector:.80}");
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_answered(selector in "\\PC{0,60}") {
        let _ = all(&selector, &shop());
    }

    #[test]
    fn any_likely_text_is_answered(selector in "\\$[.a*\\[\\]?@'\"()!=<>&|0-9:, \\\\가-나-]{0,40}") {
        if let Ok(path) = Path::parse(&selector) {
            let document = shop();
            for node in path.locate(&document).unwrap_or_default() {
                prop_assert_eq!(document.pointer(&node.pointer), Some(node.value));
                let again = all(&node.path, &document).unwrap();
                prop_assert_eq!(again, vec![node.value.clone()]);
            }
        }
    }
}
