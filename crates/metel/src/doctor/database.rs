//! The database: who holds it, whether it is whole, and whether this program fits it.

use metel_store::StoreError;
use metel_store::inspect::{self, Facts, Log};

use super::finding::Finding;
use super::repair::Repair;
use super::scene::Scene;
use super::{ports, postgres};

pub struct Looked {
    pub findings: Vec<Finding>,
    /// What the database says of itself, where it can be read.
    pub facts: Option<Facts>,
}

pub async fn look(scene: &Scene) -> Looked {
    match scene.db() {
        Some(url) => postgres::look(scene, url).await,
        None => sqlite(scene).await,
    }
}

async fn sqlite(scene: &Scene) -> Looked {
    let path = scene.database();
    let mut findings = Vec::new();
    let holder = inspect::holder(&scene.home);
    if let Some(pid) = holder {
        let server = std::fs::read_to_string(scene.home.join("server")).unwrap_or_default();
        if server.trim().is_empty() || !ports::answers(server.trim()) {
            let command = pid.map(|pid| format!("kill {pid}"));
            let mut finding = Finding::error(
                "database.locked",
                "a process holds the data folder and does not answer",
                "대답하지 않는 프로세스가 데이터 폴더를 잡고 있어요",
            )
            .at(scene.home.join("metel.lock").display())
            .because(
                format!("process {} has it", pid.map_or_else(|| "?".to_owned(), |pid| pid.to_string())),
                format!("프로세스 {}이(가) 쓰고 있어요", pid.map_or_else(|| "?".to_owned(), |pid| pid.to_string())),
            );
            finding.fix = command;
            findings.push(finding);
        }
    }
    if !path.exists() {
        return Looked { findings, facts: None };
    }
    let file = path.clone();
    let read = tokio::task::spawn_blocking(move || inspect::file(&file)).await;
    let facts = match read {
        Ok(Ok(facts)) => facts,
        Ok(Err(StoreError::Corrupt(why))) => {
            findings.push(damaged(scene, &why));
            return Looked { findings, facts: None };
        }
        Ok(Err(error)) => {
            findings.push(
                Finding::error("database.unreadable", "the database cannot be read", "데이터베이스를 읽을 수 없어요")
                    .at(path.display())
                    .because(error.to_string(), error.to_string()),
            );
            return Looked { findings, facts: None };
        }
        Err(_) => return Looked { findings, facts: None },
    };
    if let Some(first) = facts.damage.first() {
        findings.push(damaged(scene, first));
        return Looked { findings, facts: None };
    }
    findings.extend(schema(scene, &facts, &path.display()));
    // A log that somebody is writing is never whole for long.
    if holder.is_none() && matches!(inspect::log(&path), Ok(Log::Torn { .. } | Log::Headless)) {
        findings.push(
            Finding::warning(
                "database.torn_log",
                "the end of the database's log does not hold",
                "데이터베이스 로그의 끝이 온전하지 않아요",
            )
            .at(format!("{}-wal", path.display()))
            .because(
                "it was being written when the machine stopped; what was acknowledged before it is whole",
                "쓰던 중에 멈췄어요. 그 앞에서 확인된 것은 온전해요",
            )
            .repair(Repair::SettleLog(path)),
        );
    }
    Looked { findings, facts: Some(facts) }
}

fn damaged(scene: &Scene, why: &str) -> Finding {
    Finding::error("database.corrupt", "the database is damaged", "데이터베이스가 망가졌어요")
        .at(scene.database().display())
        .because(
            format!("{why}. It is put aside, never removed; the newest backup takes its place, or an empty one"),
            format!("{why}. 지우지 않고 옆에 두고, 최신 백업이나 빈 것으로 바꿔요"),
        )
        .repair(Repair::PutAside(scene.database()))
}

/// Whether this program fits the database.
pub fn schema(scene: &Scene, facts: &Facts, place: &dyn std::fmt::Display) -> Vec<Finding> {
    let version = env!("CARGO_PKG_VERSION");
    let mut found = Vec::new();
    match &facts.unfit {
        Some(StoreError::Newer { found: number, known }) => found.push(
            Finding::error("database.newer", "a newer metel wrote this database", "더 새로운 metel이 쓴 데이터베이스예요")
                .at(place)
                .because(
                    format!("it is at step {number}, metel {version} knows {known}: install the version that wrote it, or a later one"),
                    format!("{number}단계인데 metel {version}은 {known}까지 알아요. 그 버전이나 더 새 버전을 설치하세요"),
                ),
        ),
        Some(other) => found.push(
            Finding::error("database.altered", "the database's own history was changed", "데이터베이스의 이력이 바뀌었어요")
                .at(place)
                .because(other.to_string(), other.to_string()),
        ),
        None if facts.schema < facts.known && facts.schema > 0 => found.push(
            Finding::note("database.older", "the next start brings the database up to date", "다음에 켤 때 데이터베이스를 새로 맞춰요")
                .at(place)
                .because(
                    format!("it is at step {} of {}", facts.schema, facts.known),
                    format!("{}단계 가운데 {}단계예요", facts.known, facts.schema),
                ),
        ),
        None => {}
    }
    const DAY: i64 = 86_400_000_000;
    if let Some(newest) = facts.newest
        && newest.0 > scene.now.0 + DAY
    {
        found.push(
            Finding::error("clock.behind", "the clock is behind what is stored", "시계가 저장된 기록보다 늦어요")
                .at(place)
                .because(
                    format!("something was written at {}, and now it is {}", newest.rfc3339(), scene.now.rfc3339()),
                    format!("{}에 쓴 기록이 있는데 지금은 {}예요", newest.rfc3339(), scene.now.rfc3339()),
                )
                .fix("sudo timedatectl set-ntp true"),
        );
    }
    found
}
