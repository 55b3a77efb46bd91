//! Tools of the data folder, and the policy in force.

use metel_model::policy::Policy;
use metel_store::inspect::Facts;
use metel_tools::registry::Registry;

use super::finding::{Finding, quoted};
use super::repair::Repair;
use super::scene::Scene;

pub fn look(scene: &Scene) -> Vec<Finding> {
    let folder = scene.home.join("contracts");
    if !folder.is_dir() {
        return Vec::new();
    }
    let Ok(registry) = Registry::builtin() else {
        return vec![Finding::error(
            "contract.shipped",
            "the shipped tools do not hold",
            "들어 있는 도구가 올바르지 않아요",
        )];
    };
    let faults = registry.load_folder(&folder);
    let finding = |file: &str, fault: &metel_model::Fault| {
        let path = folder.join(file);
        let path = if path.exists() { path } else { std::path::PathBuf::from(file) };
        let taken = fault.code == metel_model::Code::ContractChanged;
        let (code, en, ko) = match taken {
            true => (
                "contract.clash",
                "a tool's file says something else under a name that is taken",
                "이미 있는 이름으로 다른 내용을 적은 도구 파일",
            ),
            false => ("contract.broken", "a tool's file does not hold", "도구 파일이 올바르지 않아요"),
        };
        Finding::error(code, en, ko)
            .at(path.display())
            .because(fault.to_string(), fault.to_string())
            .repair(Repair::ByHand(format!("mv {0} {0}.off", quoted(&path))))
    };
    faults.iter().map(|one| finding(&one.file, &one.fault)).collect()
}

/// A policy that cannot be read denies everything that is asked of it.
pub fn policies(_: &Scene, facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    for (workspace, version, body) in &facts.policies {
        let why = match serde_json::from_str::<Policy>(body) {
            Ok(policy) => {
                let faults = metel_rules::policy::check_rules(&policy);
                faults.first().map(|fault| format!("{} {}", fault.pointer, fault.message.en))
            }
            Err(error) => Some(error.to_string()),
        };
        if let Some(why) = why {
            found.push(
                Finding::error("policy.broken", "the policy in force cannot be read", "지금 정책을 읽을 수 없어요")
                    .at(format!("{workspace} v{version}"))
                    .because(
                        format!("{why}. The newest one that holds comes back as a new version"),
                        format!("{why}. 읽히는 가장 새 정책을 새 판으로 되살려요"),
                    )
                    .repair(Repair::Policy),
            );
        }
    }
    found
}
