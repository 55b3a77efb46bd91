//! What was set: the file of the data folder, and the variables that begin with METEL_.

use super::finding::{Finding, quoted, word};
use super::repair::Repair;
use super::scene::Scene;
use crate::config::{self, Wrong, distance};

/// The file, every fault at once, with its line.
pub fn file(scene: &Scene) -> Vec<Finding> {
    let path = config::path(&scene.home);
    let text = match config::text(&scene.home) {
        Ok(Some(text)) => text,
        Ok(None) => return Vec::new(),
        // Where there is no folder, that is said already.
        Err(_) if !scene.home.is_dir() => return Vec::new(),
        Err(fault) => {
            let why = fault.to_string();
            let finding =
                Finding::error("config.unreadable", "the settings cannot be opened", "설정 파일을 열 수 없어요");
            let command = format!("mv {0} {0}.broken", quoted(&path));
            return vec![finding.at(path.display()).because(why.clone(), why).repair(Repair::ByHand(command))];
        }
    };
    let (_, wrong) = config::read(&text);
    let finding = |wrong: &Wrong| {
        let (code, en, ko, command) = match wrong {
            Wrong::Syntax { .. } => (
                "config.syntax",
                "the settings cannot be read",
                "설정을 읽을 수 없어요",
                format!("mv {0} {0}.broken", quoted(&path)),
            ),
            Wrong::Unknown { key, .. } => (
                "config.unknown",
                "a setting that nobody reads",
                "아무도 읽지 않는 설정",
                format!("metel config unset {}", word(key)),
            ),
            Wrong::Value { key, .. } => (
                "config.value",
                "a setting with a value that does not hold",
                "값이 맞지 않는 설정",
                format!("metel config unset {key}"),
            ),
            Wrong::Contradiction { key, instead, .. } if *key == "bind" => (
                "config.bind",
                "other machines could reach metel",
                "다른 컴퓨터에서 metel에 닿을 수 있어요",
                format!("metel config set {key} {}", word(instead)),
            ),
            Wrong::Contradiction { key, instead, .. } => (
                "config.contradiction",
                "two settings that cannot both be meant",
                "서로 어긋나는 설정",
                format!("metel config set {key} {}", word(instead)),
            ),
        };
        Finding::error(code, en, ko)
            .at(format!("{}:{}", path.display(), wrong.line()))
            .because(wrong.why(), wrong.why())
            .repair(Repair::ByHand(command))
    };
    wrong.iter().map(finding).collect()
}

/// Every variable of metel's own, and how its value is judged.
const KNOWN: [(&str, Kind); 26] = [
    ("METEL_HOME", Kind::Text),
    ("METEL_SERVER", Kind::Url),
    ("METEL_TOKEN", Kind::Text),
    ("METEL_LANG", Kind::Lang),
    ("METEL_LOG", Kind::Text),
    ("METEL_DB", Kind::Text),
    ("METEL_PORT", Kind::Number(65_535)),
    ("METEL_QUEUE_MAX", Kind::Number(u64::MAX)),
    ("METEL_LEASE", Kind::Number(86_400)),
    ("METEL_CAN", Kind::Text),
    ("METEL_NO_WORKER", Kind::Flag),
    ("METEL_SANDBOX_URL", Kind::Url),
    ("METEL_MASTER_KEY", Kind::Text),
    ("METEL_MASTER_KEY_PREVIOUS", Kind::Text),
    ("METEL_MODEL_URL", Kind::Url),
    ("METEL_MODEL_KEY", Kind::Text),
    ("METEL_MODEL", Kind::Text),
    ("METEL_MODEL_PROTOCOL", Kind::Text),
    ("METEL_WEBHOOK_URL", Kind::Url),
    ("METEL_WEBHOOK_SECRET", Kind::Text),
    ("METEL_EGRESS_ALLOW", Kind::Text),
    ("METEL_CRASH_AT", Kind::Text),
    ("METEL_A11Y", Kind::Text),
    ("METEL_NO_PROGRESS", Kind::Text),
    ("METEL_WRITE", Kind::Text),
    ("METEL_URL", Kind::Text),
];

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Url,
    Lang,
    Flag,
    Number(u64),
}

impl Kind {
    fn wrong(self, value: &str) -> Option<&'static str> {
        let holds = match self {
            Self::Text => true,
            Self::Url => value.starts_with("http://") || value.starts_with("https://"),
            Self::Lang => matches!(value, "ko" | "en"),
            Self::Flag => matches!(value, "true" | "false"),
            Self::Number(max) => value.parse::<u64>().is_ok_and(|n| n <= max),
        };
        (!holds).then_some(match self {
            Self::Text => "",
            Self::Url => "begins with http:// or https://",
            Self::Lang => "ko or en",
            Self::Flag => "true or false",
            Self::Number(_) => "a number within its limits",
        })
    }
}

pub fn variables(scene: &Scene) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, value) in scene.variables.0.iter().filter(|(name, _)| name.starts_with("METEL_")) {
        match KNOWN.iter().find(|(known, _)| known == name) {
            Some((_, kind)) => {
                if let Some(why) = kind.wrong(value).filter(|_| !value.is_empty()) {
                    found.push(
                        Finding::error(
                            "environment.value",
                            format!("{name} does not hold"),
                            format!("{name} 값이 맞지 않아요"),
                        )
                        .at(name)
                        .because(format!("it is {why}"), format!("{why} 여야 해요"))
                        .fix(format!("unset {name}")),
                    );
                }
            }
            None => {
                // Others may have variables of their own; only what is nearly one of metel's is worth a word.
                let near = KNOWN.iter().map(|(known, _)| *known).min_by_key(|known| distance(known, name));
                if let Some(near) = near.filter(|near| distance(near, name) <= 2) {
                    found.push(
                        Finding::warning(
                            "environment.unknown",
                            format!("nobody reads {name}"),
                            format!("{name}은 아무도 읽지 않아요"),
                        )
                        .at(name)
                        .because(format!("{near} may be meant"), format!("{near}일 수 있어요"))
                        .fix(format!("unset {}", word(name))),
                    );
                }
            }
        }
    }
    found
}
