//! PostgreSQL: reached, let in, new enough, with the rights and the connections that metel needs.

use std::time::Duration;

use metel_store::inspect::{self, Unreached};

use super::database::{Looked, schema};
use super::finding::{Finding, word};
use super::scene::Scene;

/// Oldest version that is tried with metel.
const OLDEST: i64 = 140_000;
/// Connections of one process: lanes, pool, and the one that listens.
const WANTED: i64 = 24;
const PATIENCE: Duration = Duration::from_millis(2_000);

/// The address without its password.
fn shown(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        _ => url.chars().take(100).collect(),
    }
}

pub async fn look(scene: &Scene, url: &str) -> Looked {
    let place = shown(url);
    let is_variable = scene.variables.get("METEL_DB").is_some();
    let back = if is_variable { "unset METEL_DB" } else { "metel config unset db" };
    let (server, facts) = match inspect::server(url, PATIENCE).await {
        Ok(told) => told,
        Err(why) => {
            let finding = match why {
                Unreached::Address => Finding::error(
                    "postgres.address",
                    "the address of the database cannot be read",
                    "데이터베이스 주소를 읽을 수 없어요",
                )
                .because(
                    "it is written postgres://USER:PASSWORD@HOST:PORT/DATABASE",
                    "postgres://사용자:암호@호스트:포트/데이터베이스 로 적어요",
                )
                .fix(back),
                Unreached::Silent(why) => {
                    Finding::error("postgres.unreachable", "PostgreSQL does not answer", "PostgreSQL이 대답하지 않아요")
                        .because(
                            format!("{why}. Start it, or go back to the embedded database"),
                            format!("{why}. 켜거나 내장 데이터베이스로 돌아가세요"),
                        )
                        .fix(back)
                }
                Unreached::Password => Finding::error(
                    "postgres.password",
                    "PostgreSQL does not take the user or the password",
                    "PostgreSQL이 사용자나 암호를 받지 않아요",
                )
                .because("set the address with the right ones", "올바른 값으로 주소를 설정하세요")
                .fix(back),
                Unreached::Database => {
                    Finding::error("postgres.database", "there is no such database", "그런 데이터베이스가 없어요")
                        .because(
                            "the server answers and does not know it",
                            "서버는 대답하지만 그 데이터베이스를 몰라요",
                        )
                        .fix(created(url))
                }
                Unreached::Full => Finding::error(
                    "postgres.full",
                    "PostgreSQL has no connection left",
                    "PostgreSQL에 남은 연결이 없어요",
                )
                .because("all that max_connections allows are in use", "max_connections만큼 다 쓰고 있어요")
                .fix(
                    "psql -U postgres -c 'ALTER SYSTEM SET max_connections = 200' && sudo systemctl restart postgresql",
                ),
                Unreached::Other(why) => {
                    Finding::error("postgres.refused", "PostgreSQL refuses", "PostgreSQL이 거절해요")
                        .because(why.clone(), why)
                        .fix(back)
                }
            };
            return Looked { findings: vec![finding.at(place)], facts: None };
        }
    };
    let mut findings = Vec::new();
    if server.version < OLDEST {
        let version = server.version / 10_000;
        findings.push(
            Finding::error("postgres.old", "PostgreSQL is too old", "PostgreSQL이 너무 오래됐어요").at(&place).because(
                format!("it is version {version}; metel needs {}", OLDEST / 10_000),
                format!("{version} 버전이에요. {} 이상이 필요해요", OLDEST / 10_000),
            ),
        );
    }
    if !server.may_create && facts.schema < facts.known {
        findings.push(
            Finding::error("postgres.rights", "metel may make no tables", "metel이 표를 만들 수 없어요")
                .at(&place)
                .because(
                    format!("user {} has no right to create in this schema of {}", server.user, server.database),
                    format!("사용자 {}에게 {}의 스키마에 만들 권한이 없어요", server.user, server.database),
                )
                .fix(format!(
                    "psql -U postgres -d {} -c {}",
                    word(&server.database),
                    word(&format!("GRANT USAGE, CREATE ON SCHEMA public TO \"{}\"", server.user.replace('"', "\"\"")))
                )),
        );
    }
    if server.connections_max - server.connections < WANTED {
        findings.push(
            Finding::warning(
                "postgres.connections",
                "PostgreSQL has few connections left",
                "PostgreSQL에 남은 연결이 적어요",
            )
            .at(&place)
            .because(
                format!(
                    "{} of {} are in use; a process of metel takes up to {WANTED}",
                    server.connections, server.connections_max
                ),
                format!(
                    "{}개 가운데 {}개를 쓰고 있어요. metel 하나가 {WANTED}개까지 써요",
                    server.connections_max, server.connections
                ),
            )
            .fix("psql -U postgres -c 'ALTER SYSTEM SET max_connections = 200' && sudo systemctl restart postgresql"),
        );
    }
    findings.extend(schema(scene, &facts, &place));
    Looked { findings, facts: Some(facts) }
}

fn created(url: &str) -> String {
    let (server, database) = url.rsplit_once('/').unwrap_or((url, ""));
    let database = database.split('?').next().unwrap_or_default();
    format!(
        "psql {} -c {}",
        word(&format!("{}/postgres", shown(server))),
        word(&format!("CREATE DATABASE \"{database}\""))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        assert_eq!(shown("postgres://me:p@ss@db.test:5432/x"), "postgres://db.test:5432/x");
        assert_eq!(shown("postgres://db.test/x"), "postgres://db.test/x");
    }
}
