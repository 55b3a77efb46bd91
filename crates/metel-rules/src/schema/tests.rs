//! Meaning, messages in both languages, limits, and no panic whatever comes in.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

fn order() -> Value {
    json!({
        "type": "object",
        "properties": {
            "고객": {"type": "string", "minLength": 2, "pattern": "^[가-힣]+$"},
            "amount": {"type": "integer", "minimum": 1},
            "tags": {"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": 2}
        },
        "required": ["고객"],
        "additionalProperties": false
    })
}

#[test]
fn tells_what_is_wrong_in_both_languages() {
    let schema = Schema::compile(&order()).unwrap();
    assert!(schema.is_valid(&json!({"고객": "김민수", "amount": 3})));
    assert_eq!(schema.check(&json!({"고객": "김민수"})), []);
    let wrong = json!({"amount": 0, "tags": ["a", "c", "b"], "x": 1});
    let found = schema.check(&wrong);
    assert!(!schema.is_valid(&wrong));
    let told: Vec<_> = found.iter().map(|v| (v.pointer.as_str(), v.keyword.as_str())).collect();
    for expected in [
        ("/amount", "minimum"),
        ("/tags", "maxItems"),
        ("/tags/1", "enum"),
        ("", "required"),
        ("", "additionalProperties"),
    ] {
        assert!(told.contains(&expected), "{expected:?} {told:?}");
    }
    let required = found.iter().find(|v| v.keyword == "required").unwrap();
    assert_eq!(required.message_en, "must have \"고객\"");
    assert_eq!(required.message_ko, "\"고객\" 값이 있어야 해요");
    let many = Value::Array(vec![json!("x"); 500]);
    let numbers = Schema::compile(&json!({"items": {"type": "number"}})).unwrap();
    assert_eq!(numbers.check(&many).len(), MAX_VIOLATIONS);
}

#[test]
fn knows_drafts_formats_and_given_documents() {
    for (name, draft) in [
        ("2020-12", Draft::Draft202012),
        ("draft2020-12", Draft::Draft202012),
        ("draft7", Draft::Draft7),
        ("7", Draft::Draft7),
        ("draft-07", Draft::Draft7),
        ("http://json-schema.org/draft-07/schema#", Draft::Draft7),
        ("https://json-schema.org/draft/2019-09/schema", Draft::Draft201909),
        ("draft4", Draft::Draft4),
    ] {
        assert_eq!(Draft::named(name), Some(draft), "{name}");
    }
    assert_eq!(Draft::named("draft99"), None);
    let items = json!({"items": [{"type": "string"}], "additionalItems": false});
    let seven = Schema::compile_with(Draft::Draft7, &items, &BTreeMap::new()).unwrap();
    assert!(!seven.is_valid(&json!(["a", 1])));
    let email = json!({"format": "email"});
    assert!(Schema::compile(&email).unwrap().is_valid(&json!("아님")));
    assert!(!Schema::compile_with_formats(&email).unwrap().is_valid(&json!("아님")));
    let remotes = BTreeMap::from([
        ("https://x.test/이름".to_owned(), json!(true)),
        ("https://x.test/name".to_owned(), json!({"type": "string"})),
    ]);
    let schema = json!({"$ref": "https://x.test/name"});
    let schema = Schema::compile_with(Draft::default(), &schema, &remotes).unwrap();
    assert!(schema.is_valid(&json!("가")) && !schema.is_valid(&json!(1)));
}

#[test]
fn refuses_what_is_not_a_schema_and_fetches_nothing() {
    for schema in [
        json!(1),
        json!({"type": "nothing"}),
        json!({"pattern": "("}),
        json!({"$ref": "http://127.0.0.1:1/x"}),
        json!({"$ref": "file:///etc/hostname"}),
        json!({"$ref": "#/없음"}),
        json!({"$schema": "http://x.test/other"}),
        json!({"$schema": 1, "$id": 2}),
        json!({"$id": "::::"}),
        json!({"$ref": "::::"}),
        json!({"minimum": "a"}),
    ] {
        assert!(matches!(Schema::compile(&schema), Err(SchemaError::Invalid(_))), "{schema}");
    }
}

/// `a0` applies `a1` twice, which applies `a2` twice, and so on.
fn doubling(keyword: &str, depth: usize) -> Value {
    let mut defs = Map::new();
    for i in 0..depth {
        let next = json!({"$ref": format!("#/$defs/a{}", i + 1)});
        defs.insert(format!("a{i}"), json!({keyword: [next, next]}));
    }
    defs.insert(format!("a{depth}"), json!({"type": "integer"}));
    json!({"$ref": "#/$defs/a0", "$defs": defs})
}

fn nested(depth: usize, inner: Value) -> Value {
    (0..depth).fold(inner, |value, _| json!({"a": value}))
}

#[test]
fn hostile_schemas_and_values_end_quickly() {
    let twice = json!([{"$ref": "#"}, {"$ref": "#"}]);
    let mut schemas = vec![
        json!({"$ref": "#"}),
        json!({"allOf": twice}),
        json!({"properties": {"a": {"anyOf": twice}}, "required": ["b"]}),
        json!({"properties": {"a": {"allOf": twice}}}),
        json!({"properties": {"a": {"oneOf": twice}}, "unevaluatedProperties": false}),
        json!({"$dynamicAnchor": "x", "properties": {"a": {"anyOf": [{"$dynamicRef": "#x"}, {"$dynamicRef": "#x"}]}}, "required": ["b"]}),
        json!({"pattern": "^(a+)+$"}),
        json!({"pattern": "^(?=(a+)+$)(a|aa)+(?!b)$"}),
        json!({"pattern": "(a{1000}){1000}"}),
        json!({"patternProperties": {"^(a|aa)+$": true}, "additionalProperties": false}),
        json!({"uniqueItems": true}),
        json!({"enum": vec!["x"; 20_000]}),
        json!({"items": {"anyOf": (0..500).map(|i| json!({"const": i})).collect::<Vec<_>>()}}),
        nested(200, json!({})),
        json!({"allOf": vec![json!({}); 60_000]}),
    ];
    for depth in [8, 14, 20, 30, 100, 1000] {
        schemas.push(doubling("allOf", depth));
        schemas.push(doubling("anyOf", depth));
        schemas.push(doubling("oneOf", depth));
    }
    let mut chain = Map::new();
    for i in 0..5000 {
        chain.insert(format!("c{i}"), json!({"$ref": format!("#/$defs/c{}", i + 1)}));
    }
    chain.insert("c5000".to_owned(), json!(true));
    schemas.push(json!({"$ref": "#/$defs/c0", "$defs": chain}));
    let values = [
        json!("a".repeat(30_000) + "b"),
        nested(30, json!(1)),
        nested(120, json!("가")),
        nested(1000, json!(1)),
        Value::Array((0..20_000).map(|i| json!({"a": i})).collect()),
        json!((0..2000).map(|i| (format!("a{i}"), json!(i))).collect::<BTreeMap<_, _>>()),
    ];
    for schema in &schemas {
        let mut took = Duration::MAX;
        for _ in 0..3 {
            let started = Instant::now();
            let compiled = Schema::compile(schema);
            took = took.min(started.elapsed());
            let Ok(compiled) = compiled else { continue };
            for value in &values {
                let started = Instant::now();
                let valid = compiled.is_valid(value);
                assert_eq!(compiled.check(value).is_empty(), valid);
                let spent = started.elapsed();
                assert!(spent < Duration::from_secs(2) * crate::SLACK, "{spent:?} {schema:.100} {value:.50}");
            }
        }
        assert!(took < Duration::from_secs(2) * crate::SLACK, "{took:?} {schema:.100}");
    }
}

#[test]
fn strips_what_the_schema_does_not_know() {
    let schema = json!({
        "$defs": {"사람": {"type": "object", "properties": {"이름": {}, "meta": {"type": "object"}}}},
        "type": "object",
        "properties": {
            "보낸이": {"$ref": "#/$defs/사람"},
            "list": {"type": "array", "items": {"anyOf": [
                {"properties": {"a": {}}}, {"properties": {"b": {}}}
            ]}},
            "pair": {"prefixItems": [{"properties": {"x": {}}}], "items": false},
            "open": {"properties": {"k": {}}, "additionalProperties": {"properties": {"z": {}}}}
        },
        "patternProperties": {"^x-": {"type": "string"}}
    });
    let mut value = json!({
        "보낸이": {"이름": "김", "비밀": 1, "meta": {"free": {"form": 1}}},
        "list": [{"a": 1, "b": 2, "c": 3}],
        "pair": [{"x": 1, "y": 2}],
        "open": {"k": 1, "other": {"z": 1, "q": 2}},
        "x-a": "1", "a/b~c": 1
    });
    let mut removed = strip_extra(&schema, &mut value);
    removed.sort();
    assert_eq!(removed, ["/a~1b~0c", "/list/0/c", "/open/other/q", "/pair/0/y", "/보낸이/비밀"]);
    assert_eq!(value["보낸이"], json!({"이름": "김", "meta": {"free": {"form": 1}}}));
    assert_eq!(strip_extra(&schema, &mut value), Vec::<String>::new());
    let mut deep = nested(300, json!(1));
    strip_extra(&json!({"$ref": "#"}), &mut deep);
    assert!(Schema::compile(&json!(true)).unwrap().is_valid(&deep));
}

#[test]
fn closes_levels_that_declare_properties() {
    let closed = |schema: Value| normalise_tool_input(&schema);
    let open = json!({"type": "object", "properties": {
        "a": {"type": "object", "properties": {"b": {}}},
        "free": {"type": "object"},
        "kept": {"properties": {}, "additionalProperties": true},
        "list": {"items": {"properties": {"c": {}}}}
    }});
    let out = closed(open);
    assert_eq!(out["additionalProperties"], json!(false));
    assert_eq!(out["properties"]["a"]["additionalProperties"], json!(false));
    assert_eq!(out["properties"]["free"], json!({"type": "object"}));
    assert_eq!(out["properties"]["kept"]["additionalProperties"], json!(true));
    assert_eq!(out["properties"]["list"]["items"]["additionalProperties"], json!(false));
    let joined = closed(json!({
        "properties": {"a": {}},
        "allOf": [{"properties": {"b": {}}}]
    }));
    assert_eq!(joined["unevaluatedProperties"], json!(false));
    assert_eq!(joined["allOf"][0], json!({"properties": {"b": {}}}));
    let schema = Schema::compile(&joined).unwrap();
    assert!(schema.is_valid(&json!({"a": 1, "b": 2})) && !schema.is_valid(&json!({"c": 1})));
    let apart = closed(json!({
        "$defs": {"N": {"properties": {"next": {"$ref": "#/$defs/N"}}}, "M": {"properties": {"m": {}}}},
        "properties": {"x": {"$ref": "#/$defs/N"}, "y": {"oneOf": [{"properties": {"p": {}}}, {"$ref": "#/$defs/M"}]},
            "z": {"allOf": [{"$ref": "#/$defs/M"}, {"properties": {"w": {}}}]}}
    }));
    assert_eq!(apart["$defs"]["N"]["additionalProperties"], json!(false));
    assert_eq!(apart["$defs"]["M"], json!({"properties": {"m": {}}}));
    assert_eq!(apart["properties"]["y"]["oneOf"][0]["additionalProperties"], json!(false));
    assert_eq!(apart["properties"]["y"]["oneOf"][1]["unevaluatedProperties"], json!(false));
    let schema = Schema::compile(&apart).unwrap();
    assert!(schema.is_valid(&json!({"x": {"next": {}}, "z": {"m": 1, "w": 2}})));
    assert!(!schema.is_valid(&json!({"x": {"next": {"없음": 1}}})));
    assert!(!schema.is_valid(&json!({"z": {"m": 1, "없음": 2}})));
}

fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(true)),
        Just(json!({"type": "string"})),
        Just(json!({"$ref": "#"})),
        Just(json!({"$ref": "#/properties/a"})),
        Just(json!({"$dynamicRef": "#x"})),
        Just(json!({"$dynamicAnchor": "x"})),
        Just(json!({"$id": "가"})),
        Just(json!({"$anchor": "y", "minimum": 1})),
        Just(json!({"$schema": "http://json-schema.org/draft-07/schema#"})),
        Just(json!({"pattern": "(?=a)b*"})),
        Just(json!([])),
        Just(json!("a")),
        Just(json!(-1)),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let keyword = prop::sample::select(vec![
            "not",
            "if",
            "then",
            "additionalProperties",
            "items",
            "contains",
            "propertyNames",
            "unevaluatedItems",
            "unevaluatedProperties",
            "allOf",
            "anyOf",
            "oneOf",
            "prefixItems",
            "properties",
            "patternProperties",
            "dependentSchemas",
            "$defs",
            "enum",
            "required",
            "$ref",
            "$id",
        ]);
        prop_oneof![
            prop::collection::btree_map(keyword, inner.clone(), 0..3).prop_map(|map| json!(map)),
            prop::collection::btree_map("[ab가]", inner.clone(), 0..3).prop_map(|map| json!(map)),
            prop::collection::btree_map("[ab]", inner.clone(), 0..3).prop_map(|map| json!({"properties": map})),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            prop::collection::vec(inner, 1..3).prop_map(|list| json!({"anyOf": list})),
        ]
    })
}

proptest! {
    #[test]
    fn any_schema_is_answered(schema in schema(), value in schema()) {
        let closed = normalise_tool_input(&schema);
        let mut stripped = value.clone();
        strip_extra(&schema, &mut stripped);
        prop_assert!(strip_extra(&schema, &mut stripped.clone()).is_empty());
        for schema in [&schema, &closed] {
            if let Ok(compiled) = Schema::compile(schema) {
                prop_assert_eq!(compiled.check(&value).is_empty(), compiled.is_valid(&value));
            }
        }
    }
}
