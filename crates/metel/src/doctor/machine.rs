//! The machine: open files, languages, time zones, a place for drafts.

use std::path::Path;

use super::finding::Finding;
use super::scene::Scene;

/// Open files that a busy metel needs.
const FILES: u64 = 1_024;
/// What is asked for.
const WANTED: u64 = 4_096;

pub fn look(scene: &Scene) -> Vec<Finding> {
    let mut found = Vec::new();
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    if let Some(files) = limit.current.filter(|files| *files < FILES) {
        let most = limit.maximum.unwrap_or(WANTED).min(WANTED);
        found.push(
            Finding::warning("limits.files", "few files may be open at once", "한 번에 열 수 있는 파일이 적어요")
                .at("ulimit -n")
                .because(
                    format!("{files} are allowed; a busy metel needs {FILES}"),
                    format!("{files}개까지예요. 바쁠 때 {FILES}개가 필요해요"),
                )
                .fix(format!("ulimit -S -n {most}")),
        );
    }
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| Some((name, scene.variables.get(name)?)));
    if let Some((name, value)) = set {
        let end = value.split('.').nth(1).unwrap_or_default().to_lowercase().replace('-', "");
        if !end.starts_with("utf8") {
            found.push(
                Finding::warning(
                    "locale.encoding",
                    "the terminal's language is not in UTF-8",
                    "터미널 언어가 UTF-8이 아니에요",
                )
                .at(name)
                .because(
                    format!("it is `{value}`; Korean and other texts may not show"),
                    format!("`{value}`라서 한글이 깨질 수 있어요"),
                )
                .fix(format!("export {name}=C.UTF-8")),
            );
        }
    }
    if let Some(zone) = scene.variables.get("TZ")
        && !is_zone(zone)
    {
        found.push(
            Finding::warning("locale.timezone", "there is no such time zone", "그런 시간대가 없어요")
                .at("TZ")
                .because(
                    format!("`{zone}` is not known: times would be shown in UTC"),
                    format!("`{zone}`를 몰라서 UTC로 보여요"),
                )
                .fix("unset TZ"),
        );
    }
    if let Some(folder) = scene.variables.get("TMPDIR")
        && !Path::new(folder).is_dir()
    {
        found.push(
            Finding::warning("machine.drafts", "the folder for drafts is missing", "임시 폴더가 없어요")
                .at("TMPDIR")
                .because(format!("{folder} is no folder"), format!("{folder}는 폴더가 아니에요"))
                .fix("unset TMPDIR"),
        );
    }
    found
}

/// A name of the zone database, a file, or the form that POSIX knows (`KST-9`).
fn is_zone(zone: &str) -> bool {
    let name = zone.trim_start_matches(':');
    let posix = || {
        let letters = name.bytes().take_while(u8::is_ascii_alphabetic).count();
        letters >= 3 && name[letters..].starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+')
    };
    name == "UTC" || jiff::tz::TimeZone::get(name).is_ok() || Path::new(name).is_file() || posix()
}
