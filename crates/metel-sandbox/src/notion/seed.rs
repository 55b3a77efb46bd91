//! What the workspace holds at first: a home page and a database of tasks, Korean and English.

use serde_json::{Map, Value, json};

use super::state::{Database, Notion, Page, Parent};
use crate::identifier::uuid_from;

/// 2026-01-05T00:00:00Z in microseconds: when the seeded things were made.
const MADE: i64 = 1_767_571_200_000_000;
const MINUTE: i64 = 60_000_000;

/// Id of the seeded home page: `a0000000-0000-4000-8000-000000000001`.
pub(crate) const HOME: &str = "a0000000-0000-4000-8000-000000000001";
/// Id of the seeded database of tasks.
pub(crate) const TASKS: &str = "a0000000-0000-4000-8000-000000000002";
/// Id of the data source of the tasks.
pub(crate) const TASKS_SOURCE: &str = "a0000000-0000-4000-8000-000000000003";
/// Id of the seeded page for meeting minutes.
pub(crate) const MINUTES: &str = "a0000000-0000-4000-8000-000000000004";

/// Task, status, priority, owner, due, estimate in hours, tags.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str, f64, &'static [&'static str]);

const ROWS: [Row; 12] = [
    ("주간 보고서 작성", "진행 중", "높음", "김하늘", "2026-01-09", 3.0, &["보고"]),
    ("Prepare Q1 roadmap", "시작 전", "높음", "Alex Morgan", "2026-01-16", 8.0, &["planning"]),
    ("나라장터 입찰 공고 검토", "진행 중", "높음", "이준호", "2026-01-12", 5.0, &["입찰", "조사"]),
    ("Migrate billing to new API", "시작 전", "보통", "Alex Morgan", "2026-02-02", 13.0, &["engineering"]),
    ("신입 사원 온보딩 자료", "완료", "보통", "김하늘", "2026-01-06", 4.0, &["인사"]),
    ("고객 인터뷰 정리", "진행 중", "보통", "이준호", "2026-01-14", 6.0, &["조사"]),
    ("Fix flaky checkout test", "완료", "낮음", "Alex Morgan", "2026-01-05", 1.5, &["engineering"]),
    ("개인정보 처리방침 개정", "시작 전", "높음", "김하늘", "2026-01-30", 7.0, &["법무"]),
    ("Draft partner newsletter", "진행 중", "낮음", "Alex Morgan", "2026-01-20", 2.0, &["marketing"]),
    ("서버 비용 점검", "시작 전", "보통", "이준호", "2026-01-22", 2.5, &["운영"]),
    ("Collect launch feedback", "완료", "보통", "Alex Morgan", "2026-01-08", 3.0, &["marketing", "조사"]),
    ("회의록 템플릿 만들기", "시작 전", "낮음", "김하늘", "2026-01-28", 1.0, &["보고"]),
];

fn option(name: &str, color: &str) -> Value {
    json!({"id": crate::identifier::letters_from("notion option", name, 4), "name": name, "color": color})
}

fn schema() -> Map<String, Value> {
    let all = json!({
        "할 일": {"id": "title", "name": "할 일", "type": "title", "title": {}},
        "Status": {"id": "stat", "name": "Status", "type": "status", "status": {"options": [
            option("시작 전", "gray"), option("진행 중", "blue"), option("완료", "green")], "groups": []}},
        "우선순위": {"id": "prio", "name": "우선순위", "type": "select", "select": {"options": [
            option("높음", "red"), option("보통", "yellow"), option("낮음", "gray")]}},
        "담당자": {"id": "ownr", "name": "담당자", "type": "rich_text", "rich_text": {}},
        "Due": {"id": "due1", "name": "Due", "type": "date", "date": {}},
        "Hours": {"id": "hour", "name": "Hours", "type": "number", "number": {"format": "number"}},
        "Tags": {"id": "tags", "name": "Tags", "type": "multi_select", "multi_select": {"options": []}},
        "Done": {"id": "done", "name": "Done", "type": "checkbox", "checkbox": {}},
        "Link": {"id": "link", "name": "Link", "type": "url", "url": {}},
    });
    match all {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn title_page(id: &str, parent: Parent, title: &str, at: i64, children: Vec<String>) -> Page {
    let mut properties = Map::new();
    let text = super::rich_text::text(title);
    properties.insert("title".to_owned(), json!({"id": "title", "type": "title", "title": text}));
    Page {
        id: id.to_owned(),
        parent,
        created: at,
        edited: at,
        archived: false,
        icon: Value::Null,
        cover: Value::Null,
        properties,
        children,
    }
}

pub(super) fn workspace() -> Notion {
    let mut notion = Notion::default();
    let below = vec![TASKS.to_owned(), MINUTES.to_owned()];
    let home = title_page(HOME, Parent::Workspace, "팀 홈 Team home", MADE, below);
    let minutes = title_page(MINUTES, Parent::Page(HOME.to_owned()), "회의록 Meeting minutes", MADE, vec![]);
    for page in [home, minutes] {
        notion.order.push(page.id.clone());
        notion.pages.insert(page.id.clone(), page);
    }
    let tasks = Database {
        id: TASKS.to_owned(),
        source: TASKS_SOURCE.to_owned(),
        parent: Parent::Page(HOME.to_owned()),
        title: "할 일 Tasks".to_owned(),
        created: MADE,
        schema: schema(),
    };
    notion.databases.insert(TASKS.to_owned(), tasks);
    for (nth, (task, status, priority, owner, due, hours, tags)) in ROWS.iter().enumerate() {
        let tags: Vec<Value> = tags.iter().map(|tag| json!({"name": tag})).collect();
        let body = json!({
            "parent": {"database_id": TASKS},
            "properties": {
                "할 일": {"title": [{"text": {"content": task}}]},
                "Status": {"status": {"name": status}},
                "우선순위": {"select": {"name": priority}},
                "담당자": {"rich_text": [{"text": {"content": owner}}]},
                "Due": {"date": {"start": due}},
                "Hours": {"number": hours},
                "Tags": {"multi_select": tags},
                "Done": {"checkbox": *status == "완료"},
            },
        });
        let id = uuid_from("notion task", &nth.to_string());
        let at = MADE + MINUTE * i64::try_from(nth + 1).unwrap_or(1);
        if let Err(refusal) = notion.create(&id, &body, at) {
            tracing::error!(message = refusal.message, task, "a seeded task does not fit its database");
        }
    }
    notion
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seeded_task_fits() {
        let notion = workspace();
        assert_eq!(notion.pages.len(), 2 + ROWS.len());
        assert_eq!(notion.databases.len(), 1);
    }
}
