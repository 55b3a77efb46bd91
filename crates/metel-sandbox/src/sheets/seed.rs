//! Seeded spreadsheets: a weekly report in Korean and English, and a contact list.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::grid::Grid;
use super::state::{Sheets, Spreadsheet, rows};

/// Id of the weekly report.
pub(crate) const WEEKLY: &str = "1MetelSandboxWeeklyReport00000000000000000001";
/// Id of the contact list.
pub(crate) const CONTACTS: &str = "1MetelSandboxContacts000000000000000000000002";

fn grid(id: i64, title: &str, cells: &Value) -> Grid {
    Grid { id, title: title.to_owned(), rows: rows(cells) }
}

pub(super) fn spreadsheets() -> Sheets {
    let weekly = Spreadsheet {
        id: WEEKLY.to_owned(),
        title: "주간 보고 Weekly report".to_owned(),
        grids: vec![
            grid(
                0,
                "주간 보고",
                &json!([
                    ["주차", "부서", "매출(만원)", "신규 고객", "메모"],
                    ["2026-W01", "영업", 4200, 12, "연초 계약 두 건"],
                    ["2026-W01", "마케팅", 800, 31, "소식지 개편"],
                    ["2026-W02", "영업", 3900, 9, "공공 입찰 준비"],
                    ["2026-W02", "마케팅", 1100, 44, "박람회 참가"],
                    ["2026-W03", "영업", 5100, 15, "나라장터 낙찰 한 건"],
                ]),
            ),
            grid(
                1,
                "Weekly",
                &json!([
                    ["Week", "Team", "Revenue", "New customers", "Note"],
                    ["2026-W01", "Sales", 42000, 12, "Two contracts signed"],
                    ["2026-W01", "Marketing", 8000, 31, "Newsletter redesigned"],
                    ["2026-W02", "Sales", 39000, 9, "Preparing a public tender"],
                    ["2026-W02", "Marketing", 11000, 44, "Trade fair"],
                    ["2026-W03", "Sales", 51000, 15, "Won one tender"],
                ]),
            ),
            grid(2, "Log", &json!([])),
        ],
    };
    let contacts = Spreadsheet {
        id: CONTACTS.to_owned(),
        title: "연락처 Contacts".to_owned(),
        grids: vec![grid(
            0,
            "연락처",
            &json!([
                ["이름", "회사", "메일", "언어"],
                ["김하늘", "메텔상사", "haneul@metel.example", "ko"],
                ["Alex Morgan", "Metel Trading", "alex@metel.example", "en"],
                ["박서연", "협력기획", "seoyeon@partner.example", "ko"],
            ]),
        )],
    };
    let all = [weekly, contacts].map(|one| (one.id.clone(), one));
    Sheets { spreadsheets: BTreeMap::from(all) }
}
