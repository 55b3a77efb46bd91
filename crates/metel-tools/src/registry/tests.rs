//! The registry's rules, over small contracts.

use super::*;
use serde_json::{Value, json};

fn contract(version: &str, title: &str) -> Contract {
    serde_json::from_value(json!({
        "id": "demo.read_thing", "version": version, "title": title, "description": "읽기",
        "risk": ["read"], "idempotency": {"type": "natural"},
        "transport": {"type": "builtin", "name": "metel.echo"},
        "input_schema": {"type": "object", "additionalProperties": false, "properties": {"n": {"type": "integer"}}},
    }))
    .unwrap()
}

#[test]
fn a_version_never_changes() {
    let registry = Registry::empty();
    assert_eq!(registry.add(contract("1.0.0", "One")), Ok(Added::New));
    assert_eq!(registry.add(contract("1.0.0", "One")), Ok(Added::Known));
    let changed = registry.add(contract("1.0.0", "Other")).unwrap_err();
    assert_eq!(changed.code, Code::ContractChanged);
    assert_eq!(registry.get("demo.read_thing").unwrap().contract.title.en, "One");
}

#[test]
fn versions_stand_side_by_side() {
    let registry = Registry::empty();
    for version in ["1.9.0", "1.10.0", "2.0.0-rc.1"] {
        registry.add(contract(version, version)).unwrap();
    }
    let current = |registry: &Registry| registry.get("demo.read_thing").unwrap().contract.version.clone();
    assert_eq!(current(&registry), "2.0.0-rc.1");
    let old = registry.get_version("demo.read_thing", "1.9.0").unwrap();
    assert_eq!(registry.by_digest(&old.digest).unwrap().contract.version, "1.9.0");
    registry.pin("demo.read_thing", Some("1.10.0")).unwrap();
    assert_eq!(current(&registry), "1.10.0");
    assert_eq!(registry.pin("demo.read_thing", Some("7.0.0")).unwrap_err().code, Code::ToolUnknown);
    registry.pin("demo.read_thing", None).unwrap();
    assert_eq!(current(&registry), "2.0.0-rc.1");
}

#[test]
fn a_snapshot_stays_as_it_was() {
    let registry = Registry::empty();
    let before = registry.snapshot();
    registry.add(contract("1.0.0", "One")).unwrap();
    registry.disable("demo.read_thing", true).unwrap();
    assert!(before.get("demo.read_thing").is_none());
    let after = registry.snapshot();
    assert!(after.is_disabled("demo.read_thing") && after.generation > before.generation);
    assert!(registry.disable("demo.nothing", true).is_err());
}

#[test]
fn files_are_read_with_every_fault() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("good.json", &serde_json::to_string(&contract("1.0.0", "One")).unwrap());
    write("broken.yaml", "id: [");
    write("unknown.yaml", "id: a.b\nwhatever: 1\n");
    write(
        "bomb.yaml",
        "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e]\n",
    );
    write("note.txt", "not a contract");
    let mut wrong = serde_json::to_value(contract("1", "Two")).unwrap();
    wrong["id"] = json!("BAD");
    wrong["risk"] = json!([]);
    wrong["input_schema"]["additionalProperties"] = Value::Null;
    write("wrong.json", &wrong.to_string());
    let registry = Registry::empty();
    let faults = registry.load_folder(folder.path());
    let names: Vec<&str> = faults.iter().map(|fault| fault.file.as_str()).collect();
    assert_eq!(names, ["bomb.yaml", "broken.yaml", "unknown.yaml", "wrong.json"]);
    let pointers: Vec<&str> = faults[3].fault.fields.iter().map(|field| field.pointer.as_str()).collect();
    for pointer in ["/id", "/version", "/risk", "/input_schema/additionalProperties"] {
        assert!(pointers.contains(&pointer), "{pointer} in {pointers:?}");
    }
    assert!(registry.get("demo.read_thing").is_some());
    assert!(registry.load_folder(&folder.path().join("nowhere")).is_empty());
}

#[test]
fn a_service_must_be_safe_to_send_to() {
    let service = |base: &str, hosts: &[&str]| {
        serde_json::from_value::<Service>(json!({"id": "demo", "title": "Demo", "base_url": base, "hosts": hosts}))
            .unwrap()
    };
    let registry = Registry::empty();
    registry.add_service(service("https://api.demo.test", &["api.demo.test"])).unwrap();
    for (base, hosts) in [
        ("http://api.demo.test", &["api.demo.test"][..]),
        ("https://api.demo.test/", &["api.demo.test"]),
        ("https://u:p@api.demo.test", &["api.demo.test"]),
        ("https://api.demo.test", &["other.test"]),
        ("https://api.demo.test", &["api.demo.test", "*.test"]),
        ("한글", &[]),
    ] {
        assert_eq!(registry.add_service(service(base, hosts)).unwrap_err().code, Code::ContractInvalid, "{base}");
    }
}
