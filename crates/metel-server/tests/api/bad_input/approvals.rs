//! Decisions: of another payload, twice, too late, by whoever may not.

use metel_model::code::Code;
use serde_json::json;

use super::{bad, refused};
use crate::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn no_bad_decision_is_taken() {
    let house = House::build().await;
    let there = house.furnish("owner").await;
    let decide = format!("POST /v1/approvals/{}/decision", there.approval);
    use Code::*;
    let all = vec![
        bad("no approval", "GET /v1/approvals/appr_00000000000000000000000000", json!(null), NotFound),
        bad("another payload", &decide, json!({"decision": "approve", "digest": "0".repeat(64)}), ApprovalStale),
        bad("half a digest", &decide, json!({"decision": "approve", "digest": "abc"}), FieldInvalid).at("/digest"),
        bad("no digest", &decide, json!({"decision": "approve"}), FieldInvalid).at("/digest"),
        bad("no decision", &decide, json!({"decision": "perhaps", "digest": there.digest}), FieldInvalid)
            .at("/decision"),
        bad(
            "another's field",
            &decide,
            json!({"decision": "approve", "digest": there.digest, "payload": {}}),
            FieldInvalid,
        )
        .at("/payload"),
        bad(
            "another's field",
            &decide,
            json!({"decision": "reject", "digest": there.digest, "all_like_this": true}),
            FieldInvalid,
        )
        .at("/all_like_this"),
        bad("no payload", &decide, json!({"decision": "edit", "digest": there.digest}), FieldInvalid).at("/payload"),
        bad(
            "a payload that does not fit",
            &decide,
            json!({"decision": "edit", "digest": there.digest, "payload": {"page": 7}}),
            PayloadInvalid,
        )
        .at("/page"),
        bad(
            "a payload by its hash",
            &decide,
            json!({"decision": "edit", "digest": there.digest, "payload": {"$blob": "0".repeat(64), "bytes": 1}}),
            PayloadInvalid,
        ),
        bad(
            "an approval of another run",
            &format!("POST /runs/{}/approve", there.done),
            json!({"approved": true, "approval_id": there.approval}),
            NotFound,
        ),
        bad(
            "nothing that waits",
            &format!("POST /runs/{}/approve", there.done),
            json!({"approved": true}),
            ApprovalGone,
        ),
        bad(
            "an action that does not wait",
            &format!("POST /runs/{}/approve", there.waiting),
            json!({"approved": true, "action_id": "x"}),
            ApprovalGone,
        ),
    ];
    refused(&house, all).await;
    house.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_is_done_once() {
    let house = House::build().await;
    let there = house.furnish("owner").await;
    let decide = format!("/v1/approvals/{}/decision", there.approval);
    let yes = json!({"decision": "approve", "digest": there.digest});
    // Two people at once: one decision counts.
    let both = tokio::join!(house.as_("owner", "POST", &decide, &yes), house.as_("second", "POST", &decide, &yes));
    let mut statuses = [both.0.status, both.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{:#} {:#}", both.0.body, both.1.body);
    house.ended(&there.waiting).await;
    let other = json!({"decision": "reject", "digest": there.digest});
    let cancel = format!("POST /v1/runs/{}/cancel", there.asked);
    refused(
        &house,
        vec![
            bad("decided twice", &format!("POST {decide}"), yes, Code::ApprovalGone),
            bad("decided otherwise", &format!("POST {decide}"), other, Code::ApprovalGone),
        ],
    )
    .await;
    assert_eq!(house.post(&format!("/v1/runs/{}/cancel", there.asked), &json!({"reason": "됐어요"})).await.status, 200);
    house.ended(&there.asked).await;
    refused(
        &house,
        vec![
            bad("cancelled twice", &cancel, json!({}), Code::RunFinal),
            bad(
                "input too late",
                &format!("POST /v1/runs/{}/input", there.asked),
                json!({"values": {(there.missing.as_str()): "가"}}),
                Code::RunFinal,
            ),
        ],
    )
    .await;
    house.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_money_does_not_approve_it() {
    let house = House::build().await;
    let pay = json!({"id": "ledgerbox.pay_bill", "version": "1.0.0", "title": {"en": "Pay", "ko": "결제"},
        "description": {"en": "Pays.", "ko": "결제해요."}, "risk": ["financial"],
        "input_schema": {"type": "object", "required": ["reference"], "properties": {"reference": {"type": "string"}}, "additionalProperties": false},
        "transport": {"type": "http", "method": "POST", "path": "/effects", "body": {"reference": "${input.reference}"}},
        "idempotency": {"type": "key", "place": "header", "name": "idempotency-key"}});
    let added = house.post("/v1/tools", &pay).await;
    assert_eq!(added.status, 201, "{:#}", added.body);
    let run = house
        .as_("owner", "POST", "/v1/tools/ledgerbox.pay_bill/call", &json!({"args": {"reference": "청구서 1"}}))
        .await
        .body;
    let approval = &run["approvals"][0];
    let path = format!("/v1/approvals/{}/decision", approval["id"].as_str().unwrap());
    let yes = json!({"decision": "approve", "digest": approval["digest"]});
    let mut all = vec![bad("one's own payment", &format!("POST {path}"), yes.clone(), Code::ApprovalForbidden)];
    // Hundreds of digests that are not the one shown.
    let shown = approval["digest"].as_str().unwrap();
    for i in 0..64 {
        let mut other: Vec<char> = shown.chars().collect();
        other[i] = if other[i] == '0' { '1' } else { '0' };
        let digest: String = other.into_iter().collect();
        all.push(
            bad(
                "another digest",
                &format!("POST {path}"),
                json!({"decision": "approve", "digest": digest}),
                Code::ApprovalStale,
            )
            .by("second"),
        );
    }
    refused(&house, all).await;
    let decided = house.as_("second", "POST", &path, &yes).await;
    assert_eq!((decided.status, &decided.body["status"]), (200, &json!("approved")), "{:#}", decided.body);
    house.end().await;
}
