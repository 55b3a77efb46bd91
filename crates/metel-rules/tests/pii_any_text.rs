//! Whatever the text: no panic, offsets that hold, masks that leave nothing to find.
#![allow(clippy::unwrap_used)]

use metel_rules::pii::{Kind, mask, mask_value, scan, scan_value};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Text that looks like what detectors look for, cut and glued at random.
fn near_misses() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "010-1234-5678",
            "02)538-9914",
            "+82 (0)10",
            "공일공-일이삼사-오육칠팔",
            "900101-1234568",
            "120-81-47521",
            "4111 1111 1111 1111",
            "a@b.kr",
            "kim(at)nuri.co.kr",
            "GB82 WEST 1234 5698 7654 32",
            "192.168.14.6",
            "2001:db8::19:37",
            "M12345678",
            "11-19-036618-70",
            "110-482-913307",
            "계좌 ",
            "여권번호 ",
            "주민번호",
            "카드 ",
            "전화",
            "version ",
            "주문번호 ",
            "token: ",
            "Bearer ",
            "-----BEGIN PRIVATE KEY-----",
            "-----END PRIVATE KEY-----",
            "https://",
            "eyJ",
            "sk-",
            "@",
            "*",
            "**",
            "１２３",
            "\u{200b}",
            "\u{301}",
            "ㅡ",
            " ",
            "-",
            ".",
            "\n",
            "(",
            ")",
            "+",
            "이에요",
            "=",
        ])
        .prop_map(str::to_owned),
        "[0-9]{1,6}",
        "[a-zA-Z0-9_-]{1,20}",
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn holds(text: &str) {
    let characters: Vec<char> = text.chars().collect();
    let mut last = 0;
    for found in scan(text) {
        assert!(found.start >= last && found.start < found.end && found.end <= characters.len());
        let span: String = characters[found.start..found.end].iter().collect();
        assert_eq!(span, text[found.bytes.clone()]);
        assert!((50..=100).contains(&found.confidence));
        assert!(Kind::ALL.contains(&found.kind));
        assert_ne!(found.masked, span);
        last = found.end;
    }
    let masked = mask(text);
    assert!(scan(&masked).is_empty(), "{text:?} left {masked:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn near_misses_hold(text in near_misses()) {
        holds(&text);
    }

    #[test]
    fn any_text_holds(text in any::<String>()) {
        holds(&text);
    }

    #[test]
    fn values_hold(texts in prop::collection::vec(near_misses(), 1..5), number in any::<u64>(), key in near_misses()) {
        let mut value: Value = json!({"phone": number, "list": texts, "주민번호": {"값": number}});
        value[key.as_str()] = json!(number.to_string());
        for (pointer, found) in scan_value(&value) {
            let place = pointer.strip_suffix('#').unwrap_or(&pointer);
            assert!(value.pointer(&pointer).or_else(|| value.pointer(place)).is_some(), "{pointer}");
            assert!(found.start < found.end);
        }
        mask_value(&mut value);
        prop_assert_eq!(scan_value(&value), vec![]);
    }
}
