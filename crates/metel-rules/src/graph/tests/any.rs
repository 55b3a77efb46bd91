//! Hostile definitions: any JSON, and sound ones with something wrong.

use proptest::prelude::*;

use super::*;

fn any_json() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "a",
        "b",
        "m",
        "v",
        "nodes",
        "edges",
        "entry_point",
        "body",
        "id",
        "type",
        "tool",
        "map",
        "branch",
        "join",
        "items",
        "${a.text}",
        "${item}",
        "${",
        "$ref",
        "at_least",
        "any",
        "error",
        "when",
        "1 +",
        "true",
        "한글",
        "\u{202e}",
        "",
    ])
    .prop_map(str::to_owned);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        words.clone().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(words.clone(), inner, 0..5)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

/// Every place of a value, itself included.
fn all_places(value: &Value, at: String, out: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| all_places(item, format!("{at}/{i}"), out))
        }
        Value::Object(members) => members.iter().for_each(|(k, item)| all_places(item, format!("{at}/{k}"), out)),
        _ => {}
    }
    out.push(at);
}

fn holds(definition: &Value) {
    for fault in faults(definition) {
        assert!(fault.pointer.is_empty() || fault.pointer.starts_with('/'), "{fault:?}");
        assert!(!fault.message.en.is_empty() && !fault.message.ko.is_empty());
    }
    // Reading is a function, and what was read is written and read as the same.
    if let Ok(workflow) = read_pipeline("t", definition) {
        let again = serde_json::to_value(&workflow).unwrap();
        assert_eq!(read_pipeline("t", &again).as_ref(), Ok(&workflow), "{again}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn any_json_is_judged_without_a_panic(json in any_json()) {
        holds(&json);
    }

    #[test]
    fn a_sound_definition_with_something_wrong_is_judged_without_a_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any_json(), 0..3u8), 1..4),
    ) {
        let mut definition = sound();
        for (at, value, how) in changes {
            let mut all = Vec::new();
            all_places(&definition, String::new(), &mut all);
            let at = at.get(&all).clone();
            match (how, at.rsplit_once('/')) {
                // Taken out, put there twice, or changed.
                (0, Some((parent, key))) => match definition.pointer_mut(parent) {
                    Some(Value::Object(members)) => {
                        members.remove(key);
                    }
                    Some(Value::Array(items)) => {
                        items.remove(key.parse::<usize>().unwrap());
                    }
                    _ => {}
                },
                (1, Some((parent, _))) => {
                    let copy = definition.pointer(&at).cloned().unwrap_or_default();
                    if let Some(Value::Array(items)) = definition.pointer_mut(parent) {
                        items.push(copy);
                    }
                }
                _ => *definition.pointer_mut(&at).unwrap() = value,
            }
        }
        holds(&definition);
    }
}
