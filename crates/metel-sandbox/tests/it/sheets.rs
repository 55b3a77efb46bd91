//! Google Sheets' wire format.

use reqwest::Method;
use serde_json::{Value, json};

use crate::guest::{Guest, json, start};

const ID: &str = "1MetelSandboxWeeklyReport00000000000000000001";

async fn call(guest: &Guest, method: Method, tail: &str, body: Option<Value>) -> (u16, Value) {
    let mut request =
        guest.request(method, &format!("/sheets/v4/spreadsheets/{ID}{tail}")).bearer_auth("sandbox-google-token");
    if let Some(body) = body {
        request = request.json(&body);
    }
    json(request.send().await).await
}

/// `'주간 보고'` in a path.
const KOREAN: &str = "%27%EC%A3%BC%EA%B0%84%20%EB%B3%B4%EA%B3%A0%27";

#[tokio::test]
async fn ranges_are_read() {
    let guest = start().await;
    let (_, read) = call(&guest, Method::GET, &format!("/values/{KOREAN}!A1:C2"), None).await;
    assert_eq!(read["range"], "'주간 보고'!A1:C2");
    assert_eq!(read["values"], json!([["주차", "부서", "매출(만원)"], ["2026-W01", "영업", "4200"]]));
    let (_, raw) = call(
        &guest,
        Method::GET,
        "/values/Weekly!C2:C3?valueRenderOption=UNFORMATTED_VALUE&majorDimension=COLUMNS",
        None,
    )
    .await;
    assert_eq!(raw["values"], json!([[42000, 8000]]));
    let (_, empty) = call(&guest, Method::GET, "/values/Log", None).await;
    assert_eq!(empty, json!({"range": "Log!A1:Z1000", "majorDimension": "ROWS"}));
}

#[tokio::test]
async fn rows_are_appended_and_cleared() {
    let guest = start().await;
    let path = format!("/values/{KOREAN}!A1:append?valueInputOption=USER_ENTERED");
    let body = json!({"values": [["2026-W04", "영업", "1,500", 3, "메모"]]});
    let (status, added) = call(&guest, Method::POST, &path, Some(body)).await;
    assert_eq!(status, 200, "{added}");
    assert_eq!(added["tableRange"], "'주간 보고'!A1:E6");
    assert_eq!(added["updates"]["updatedRange"], "'주간 보고'!A7:E7");
    assert_eq!(added["updates"]["updatedCells"], 5);
    let (_, read) =
        call(&guest, Method::GET, &format!("/values/{KOREAN}!C7?valueRenderOption=UNFORMATTED_VALUE"), None).await;
    assert_eq!(read["values"], json!([[1500]]));
    let (_, cleared) = call(&guest, Method::POST, "/values/Weekly!A2:E:clear", Some(json!({}))).await;
    assert_eq!(cleared["clearedRange"], "Weekly!A2:E1000");
    let (_, read) = call(&guest, Method::GET, "/values/Weekly!A1:A", None).await;
    assert_eq!(read["values"], json!([["Week"]]));
    let (_, put) =
        call(&guest, Method::PUT, "/values/Log!B2?valueInputOption=RAW", Some(json!({"values": [["'x"]]}))).await;
    assert_eq!(put["updatedRange"], "Log!B2");
    assert_eq!(guest.state().await["effects_total"], 3);
}

#[tokio::test]
async fn refusals_have_googles_bodies() {
    let guest = start().await;
    let error = |answer: (u16, Value)| {
        assert_eq!(answer.1["error"]["code"], answer.0);
        (
            answer.1["error"]["status"].as_str().unwrap().to_owned(),
            answer.1["error"]["message"].as_str().unwrap().to_owned(),
        )
    };
    let (status, message) = error(call(&guest, Method::GET, "/values/Nowhere!A1", None).await);
    assert_eq!((status.as_str(), message.as_str()), ("INVALID_ARGUMENT", "Unable to parse range: Nowhere!A1"));
    let body = json!({"values": [["x"]]});
    let (_, message) = error(call(&guest, Method::POST, "/values/Log:append", Some(body.clone())).await);
    assert_eq!(message, "'valueInputOption' is required but not specified");
    let (_, message) =
        error(call(&guest, Method::POST, "/values/Log:append?valueInputOption=RAW", Some(json!({"valeus": []}))).await);
    assert!(message.contains("Unknown name \"valeus\""));
    let (_, message) = error(call(&guest, Method::GET, "/values/A2000", None).await);
    assert!(message.contains("exceeds grid limits"));
    let bare = guest.get(&format!("/sheets/v4/spreadsheets/{ID}")).send().await;
    assert_eq!(error(json(bare).await).0, "UNAUTHENTICATED");
    let other = guest.get("/sheets/v4/spreadsheets/none").bearer_auth("sandbox-google-token").send().await;
    assert_eq!(error(json(other).await).0, "NOT_FOUND");
    assert_eq!(guest.state().await["effects_total"], 0);
}
