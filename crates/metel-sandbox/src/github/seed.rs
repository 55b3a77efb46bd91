//! A small repository: issues without labels, two pull requests, commits since the last release.
//! Everything in it is invented.

use serde_json::{Value, json};

use super::{full_name, user};
use crate::shelf::Shelf;

/// The diff of pull request 12.
pub(super) const DIFF: &str = "diff --git a/src/price.py b/src/price.py\nindex 3b18e51..8d1e7f2 100644\n--- a/src/price.py\n+++ b/src/price.py\n@@ -1,5 +1,6 @@\n def total(items):\n-    return sum(i.price for i in items)\n+    tax = 0.1\n+    return sum(i.price for i in items) * 1 + tax\n \n def label(item):\n     return item.name\n";

fn issue(number: u32, title: &str, body: &str, labels: &[&str], day: u32) -> Value {
    let at = format!("2026-01-{day:02}T09:00:00Z");
    let labels: Vec<Value> = labels.iter().map(|name| label(name)).collect();
    json!({
        "id": 9_000 + number, "node_id": format!("I_{number}"), "number": number, "title": title, "body": body,
        "state": "open", "user": user("haneul"), "labels": labels, "assignees": [], "comments": 0,
        "created_at": at, "updated_at": at, "closed_at": null, "author_association": "MEMBER",
        "html_url": format!("https://github.com/{}/issues/{number}", full_name()),
        "url": format!("https://api.github.com/repos/{}/issues/{number}", full_name()),
    })
}

/// A label as issues hold it.
pub(super) fn label(name: &str) -> Value {
    json!({"id": 500 + name.len(), "name": name, "color": "ededed", "default": false, "description": null})
}

fn pull(number: u32, title: &str, body: &str, day: u32) -> Value {
    let at = format!("2026-01-{day:02}T09:00:00Z");
    json!({
        "id": 8_000 + number, "number": number, "title": title, "body": body, "state": "open", "draft": false,
        "user": user("alex"), "labels": [], "created_at": at, "updated_at": at, "merged_at": null,
        "head": {"ref": format!("change-{number}"), "sha": format!("{number:040x}")},
        "base": {"ref": "main", "sha": format!("{:040x}", 1)},
        "additions": 2, "deletions": 1, "changed_files": 1, "commits": 1, "comments": 0, "review_comments": 0,
        "html_url": format!("https://github.com/{}/pull/{number}", full_name()),
        "diff_url": format!("https://github.com/{}/pull/{number}.diff", full_name()),
    })
}

fn commit(nth: u32, message: &str, day: u32) -> Value {
    let at = format!("2026-01-{day:02}T09:00:00Z");
    let sha = format!("{:040x}", 0xabc0 + nth);
    let author = json!({"name": "Alex Morgan", "email": "alex@metel.example", "date": at});
    json!({
        "sha": sha, "commit": {"message": message, "author": author, "committer": author, "comment_count": 0},
        "author": user("alex"), "committer": user("alex"), "parents": [],
        "html_url": format!("https://github.com/{}/commit/{sha}", full_name()),
    })
}

pub(super) fn shelf() -> Shelf {
    let issues = vec![
        issue(1, "로그인이 가끔 안 됩니다", "두 번에 한 번쯤 500 오류가 나요.", &[], 6),
        issue(
            2,
            "Export to CSV loses the header row",
            "Steps: export any table. The first row is missing.",
            &["bug"],
            7,
        ),
        issue(3, "Dark mode", "It would be nice to have one.", &[], 8),
    ];
    let pulls = vec![
        pull(12, "Add tax to the total", "Adds 10 % tax.", 9),
        pull(13, "문서에 설치 방법 추가", "README에 설치 방법을 적었어요.", 10),
    ];
    let commits = vec![
        commit(1, "feat: add export to CSV", 5),
        commit(2, "fix: keep the session after a reload (#9)", 6),
        commit(3, "docs: describe installation", 7),
        commit(4, "chore: update dependencies", 8),
    ];
    let release = json!({
        "id": 301, "tag_name": "v0.1.0", "target_commitish": "main", "name": "v0.1.0", "body": "First release", "draft": false,
        "prerelease": false, "created_at": "2026-01-04T09:00:00Z", "published_at": "2026-01-04T09:00:00Z", "author": user("alex"),
        "html_url": format!("https://github.com/{}/releases/tag/v0.1.0", full_name()), "assets": [],
    });
    Shelf::default().with("issue", "number", issues).with("pull", "number", pulls).with("commit", "sha", commits).with(
        "release",
        "tag_name",
        vec![release],
    )
}
