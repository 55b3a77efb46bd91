//! Personal data, in Korean and English, to places inside and outside.

use super::*;

/// Texts and the kind that is found in each; none in the last ones.
const TEXTS: &[(&str, Option<&str>)] = &[
    ("김민수 고객 연락처는010-1234-5678입니다", Some("phone")),
    ("Call me at +82 10-1234-5678 tomorrow", Some("phone")),
    ("메일은 kim@example.com 으로 주세요", Some("email")),
    ("write to jane.doe@example.org", Some("email")),
    ("주민번호 900101-1234568 확인", Some("resident_number")),
    ("카드 4111 1111 1111 1111", Some("card_number")),
    ("pay with 4111-1111-1111-1111 please", Some("card_number")),
    ("사업자등록번호 120-81-47521", Some("business_number")),
    ("접속 IP 192.168.14.6", Some("ip")),
    ("공일공-일이삼사-오육칠팔로 전화해 주세요", Some("phone")),
    ("주간 회의는 3시에 시작해요", None),
    ("Order 20240315-0042 ships on Monday, 35,000 won", None),
];

#[test]
fn personal_data_that_goes_outside_asks_whatever_a_rule_allows() {
    let send = tool(&["external_send"], to("email"));
    let post = tool(&["write"], to("channel"));
    let publish = tool(&["write"], to("public"));
    let write = tool(&["write"], json!({}));
    for (text, kind) in TEXTS {
        for allowed in [false, true] {
            let rules = if allowed { json!([rule("let", ALLOW, json!({}))]) } else { json!([]) };
            let facts = facts(rules);
            let by = |plain: &'static str| {
                if allowed {
                    (ALLOW, "let")
                } else if plain.starts_with("risk.w") {
                    (ALLOW, plain)
                } else {
                    (ASK, plain)
                }
            };
            let personal = (ASK, "pii.external_send");
            for (contract, receiver, plain) in [
                (&post, "#partners", by("risk.external_send")),
                (&post, "c0777", by("risk.external_send")),
                (&publish, "모두", by("risk.external_send")),
            ] {
                let verdict = judge(contract, &json!({"to": receiver, "text": text}), &facts, &[]);
                assert_eq!(said(&verdict), if kind.is_some() { personal } else { plain }, "{text} → {receiver}");
                assert!(verdict.outside);
                assert!(
                    kind.is_none_or(|kind| verdict.pii.iter().any(|m| m.kind == kind && m.pointer == "/text")),
                    "{text}"
                );
            }
            for (contract, receiver) in [(&post, "#팀"), (&write, "어디든")] {
                let verdict = judge(contract, &json!({"to": receiver, "text": text}), &facts, &[]);
                assert_eq!(said(&verdict), by("risk.write"), "{text} stays inside");
            }
            // A name beside the address: the address itself is personal.
            let verdict = judge(&send, &json!({"to": "kim@other.kr", "text": text}), &facts, &[]);
            assert_eq!(said(&verdict), personal);
        }
    }
}

#[test]
fn masked_it_may_go_where_plain_words_may() {
    let post = tool(&["write"], to("channel"));
    let facts = facts(json!([rule("let", ALLOW, json!({}))]));
    for (text, _) in TEXTS {
        let mut payload = json!({"to": "partners", "text": text});
        pii::mask_value(&mut payload);
        assert_eq!(said(&judge(&post, &payload, &facts, &[])), (ALLOW, "let"), "{payload}");
    }
}

#[test]
fn who_is_inside() {
    let reach = |kind: &str, receiver: Value| {
        let contract = tool(&["write"], to(kind));
        judge(&contract, &json!({"to": receiver}), &facts(json!([])), &[]).outside
    };
    for own in
        [json!("kim@own.kr"), json!("Kim@OWN.kr"), json!(["a@own.kr", "b@own.kr"]), json!("김 <a@own.kr>, b@own.kr")]
    {
        assert!(!reach("email", own.clone()), "{own}");
    }
    for other in [
        json!("kim@other.kr"),
        json!("kim@sub.own.kr"),
        json!("kim@notown.kr"),
        json!("own.kr"),
        json!(""),
        json!(null),
        json!(7),
        json!({"email": "a@own.kr"}),
        json!(["a@own.kr", "b@other.kr"]),
        json!(["a@own.kr", 3]),
        // Ours last does not make the others ours.
        json!("b@other.kr, a@own.kr"),
        json!("b@other.kr;a@own.kr"),
        json!("a@own.kr <b@other.kr>"),
        json!("b@other.kr@own.kr"),
        json!("@own.kr"),
    ] {
        assert!(reach("email", other.clone()), "{other}");
    }
    for shared in ["partners", "#PARTNERS", " # partners ", "C0777"] {
        assert!(reach("channel", json!(shared)), "{shared}");
    }
    assert!(!reach("channel", json!("#partners-own")) && !reach("channel", json!("#디자인")));
    assert!(reach("public", json!("#디자인")));
}

#[test]
fn plain_words_to_our_own_people_need_no_question() {
    let send = tool(&["external_send"], to("channel"));
    let facts = facts(json!([]));
    assert_eq!(
        said(&judge(&send, &json!({"to": "#team", "text": "안녕"}), &facts, &[])),
        (ALLOW, "risk.external_send")
    );
    assert_eq!(judge(&send, &json!({"to": "#partners", "text": "안녕"}), &facts, &[]).effect, ASK);
    // Whom it reaches is not known: it asks.
    assert_eq!(judge(&send, &json!({"text": "안녕"}), &facts, &[]).effect, ASK);
    assert_eq!(judge(&send, &json!({"to": "#team", "text": "010-1234-5678"}), &facts, &[]).effect, ASK);
}

#[test]
fn a_read_is_not_searched() {
    let read = tool(&["read"], json!({}));
    let verdict = judge(&read, &json!({"text": "kim@example.com"}), &facts(json!([])), &["/to"]);
    assert_eq!((said(&verdict), verdict.pii.len(), verdict.untrusted.len()), ((ALLOW, "risk.read"), 0, 0));
}
