//! The master key: there, ours alone, and the one that wrapped what is in the database.

use std::os::unix::fs::PermissionsExt as _;

use metel_store::inspect::Facts;
use metel_tools::vault::{MasterKey, WrappedKey, read_keys};
use zeroize::Zeroizing;

use super::finding::Finding;
use super::repair::Repair;
use super::scene::Scene;
use crate::keyfile::{EARLIER, FILE, VARIABLE};

pub fn look(scene: &Scene, facts: Option<&Facts>) -> Vec<Finding> {
    let mut found = Vec::new();
    let path = scene.home.join(FILE);
    let (keys, place) = match scene.variables.0.get(VARIABLE) {
        Some(text) => match given(scene, text) {
            Ok(keys) => (keys, VARIABLE.to_owned()),
            Err(name) => {
                found.push(
                    Finding::error(
                        if name == EARLIER { "key.earlier" } else { "key.environment" },
                        format!("{name} is no master key"),
                        format!("{name}가 마스터 키가 아니에요"),
                    )
                    .at(name)
                    .because(
                        "a master key is 32 bytes, as 64 hexadecimal characters or base64",
                        "마스터 키는 32바이트이고, 16진수 64자나 base64로 적어요",
                    )
                    .fix(format!("unset {name}")),
                );
                return found;
            }
        },
        None => match std::fs::read_to_string(&path).map(Zeroizing::new) {
            Ok(text) => match read_keys(&text) {
                Ok(keys) => (keys, path.display().to_string()),
                Err(_) => {
                    found.push(lost(
                        "key.malformed",
                        "the key file holds no master key",
                        "키 파일에 마스터 키가 없어요",
                        &path.display(),
                    ));
                    return found;
                }
            },
            Err(_) => {
                let used = scene.home.join("token").exists() || facts.is_some_and(|facts| !facts.data_keys.is_empty());
                if used {
                    found.push(lost(
                        "key.missing",
                        "the master key is gone",
                        "마스터 키가 없어졌어요",
                        &path.display(),
                    ));
                }
                return found;
            }
        },
    };
    let open = std::fs::metadata(&path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0);
    if open {
        found.push(
            Finding::error("key.mode", "others can read the master key", "다른 사용자가 마스터 키를 읽을 수 있어요")
                .at(path.display())
                .because(
                    "whoever has it and the database has every secret",
                    "이것과 데이터베이스가 있으면 모든 비밀 값을 알 수 있어요",
                )
                .repair(Repair::Mode(path, 0o600)),
        );
    }
    let names: Vec<&str> = keys.iter().map(MasterKey::id).collect();
    let wrapped = facts.into_iter().flat_map(|facts| &facts.data_keys);
    let strange = wrapped
        .filter_map(|(_, sealed)| serde_json::from_slice::<WrappedKey>(sealed).ok())
        .find(|wrapped| !names.contains(&wrapped.master.as_str()));
    if let Some(wrapped) = strange {
        let needed = &wrapped.master;
        found.push(
            Finding::error(
                "key.wrong",
                "the master key is not the one of this database",
                "마스터 키가 이 데이터베이스의 것이 아니에요",
            )
            .at(place)
            .because(
                format!("key {needed} wrapped what is there; bring back that key: no command can make it again"),
                format!("{needed} 키로 감쌌어요. 그 키를 되돌려야 하고, 다시 만들 수는 없어요"),
            ),
        );
    }
    found
}

fn lost(code: &'static str, en: &str, ko: &str, place: &dyn std::fmt::Display) -> Finding {
    Finding::error(code, en, ko).at(place).because(
        format!("bring it back from where you keep it, or set {VARIABLE}: no command can make it again"),
        format!("보관해 둔 것을 되돌리거나 {VARIABLE}를 설정하세요. 다시 만들 수는 없어요"),
    )
}

/// The keys of the environment, or the variable that holds none.
fn given(scene: &Scene, text: &str) -> Result<Vec<MasterKey>, &'static str> {
    let mut keys = vec![MasterKey::parse(text).map_err(|_| VARIABLE)?];
    for key in scene.variables.get(EARLIER).unwrap_or_default().split(',').map(str::trim).filter(|key| !key.is_empty())
    {
        keys.push(MasterKey::parse(key).map_err(|_| EARLIER)?);
    }
    Ok(keys)
}
