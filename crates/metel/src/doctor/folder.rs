//! The data folder: there, ours alone, writable, with room, and without what crashes leave.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::finding::{Finding, quoted};
use super::repair::Repair;
use super::scene::Scene;

/// Least free space unless the settings say otherwise, in MiB.
const FREE_MIB: u64 = 200;
/// A draft that is older was left by a process that died.
const DRAFT_AGE: Duration = Duration::from_secs(60);
/// Most files that are looked at for leftovers.
const FILES_MAX: usize = 50_000;

pub fn look(scene: &Scene) -> Vec<Finding> {
    let home = &scene.home;
    let mut found = Vec::new();
    if home.is_relative() {
        let full = std::env::current_dir().unwrap_or_default().join(home);
        found.push(
            Finding::warning("home.relative", "METEL_HOME is not a whole path", "METEL_HOME이 전체 경로가 아니에요")
                .at(home.display())
                .because(
                    "each folder you call metel in would have its own data",
                    "명령을 내린 폴더마다 데이터가 따로 생겨요",
                )
                .fix(format!("export METEL_HOME={}", quoted(&full))),
        );
    }
    let meta = match std::fs::metadata(home) {
        Ok(meta) => meta,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            found.push(
                Finding::error("home.missing", "there is no data folder", "데이터 폴더가 없어요")
                    .at(home.display())
                    .because(
                        "metel has not been started with it, or it was removed",
                        "아직 시작한 적이 없거나 지워졌어요",
                    )
                    .repair(Repair::MakeFolder(home.clone())),
            );
            return found;
        }
        Err(error) => {
            found.push(
                Finding::error("home.unreadable", "the data folder cannot be looked at", "데이터 폴더를 볼 수 없어요")
                    .at(home.display())
                    .because(error.to_string(), error.to_string()),
            );
            return found;
        }
    };
    if !meta.is_dir() {
        let aside = home.with_extension("aside");
        found.push(
            Finding::error("home.file", "the data folder is a file", "데이터 폴더 자리에 파일이 있어요")
                .at(home.display())
                .because("metel keeps its data in a folder", "metel은 폴더에 데이터를 둬요")
                .repair(Repair::ByHand(format!("mv {0} {1} && mkdir -p -m 700 {0}", quoted(home), quoted(&aside)))),
        );
        return found;
    }
    let me = rustix::process::geteuid().as_raw();
    if meta.uid() != me {
        found.push(
            Finding::error(
                "home.owner",
                "the data folder belongs to somebody else",
                "데이터 폴더가 다른 사용자 것이에요",
            )
            .at(home.display())
            .because(
                format!("it belongs to user {}, you are {me}", meta.uid()),
                format!("주인은 사용자 {}, 지금은 {me}예요", meta.uid()),
            )
            .repair(Repair::ByHand(match me {
                0 => format!("chown -R 0 {}", quoted(home)),
                _ => format!("sudo chown -R {me} {}", quoted(home)),
            })),
        );
    }
    let mode = meta.permissions().mode() & 0o777;
    if mode & 0o300 != 0o300 || rustix::fs::access(home, rustix::fs::Access::WRITE_OK).is_err() {
        found.push(
            Finding::error("home.read_only", "the data folder cannot be written", "데이터 폴더에 쓸 수 없어요")
                .at(home.display())
                .because(format!("its mode is {mode:03o}"), format!("권한이 {mode:03o}이에요"))
                .repair(Repair::Mode(home.clone(), 0o700)),
        );
    } else if mode & 0o077 != 0 {
        found.push(
            Finding::warning(
                "home.mode",
                "others can look into the data folder",
                "다른 사용자가 데이터 폴더를 볼 수 있어요",
            )
            .at(home.display())
            .because(
                format!("its mode is {mode:03o}, and keys lie in it"),
                format!("권한이 {mode:03o}이고 열쇠가 들어 있어요"),
            )
            .repair(Repair::Mode(home.clone(), 0o700)),
        );
    }
    found.extend(room(scene));
    for name in ["token", "config.toml"] {
        let path = home.join(name);
        // What is no file is told where it is read.
        let open = std::fs::metadata(&path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o077 != 0);
        if open {
            let code = if name == "token" { "token.mode" } else { "config.mode" };
            found.push(
                Finding::error(
                    code,
                    format!("others can read {name}"),
                    format!("다른 사용자가 {name}을 읽을 수 있어요"),
                )
                .at(path.display())
                .because("whoever reads it can act as you", "읽는 사람이 주인 행세를 할 수 있어요")
                .repair(Repair::Mode(path, 0o600)),
            );
        }
    }
    let token = home.join("token");
    if std::fs::read_to_string(&token).is_ok_and(|text| text.trim().is_empty()) {
        found.push(
            Finding::error("token.empty", "the command line's token is empty", "명령줄 토큰이 비어 있어요")
                .at(token.display())
                .because(
                    "the command line cannot sign in; the next start makes another",
                    "명령줄이 로그인할 수 없어요. 다음에 켤 때 새로 만들어요",
                )
                .repair(Repair::Remove(vec![token])),
        );
    }
    found
}

fn room(scene: &Scene) -> Option<Finding> {
    let stat = rustix::fs::statvfs(&scene.home).ok()?;
    let free = stat.f_bavail.saturating_mul(stat.f_frsize) / (1024 * 1024);
    let least = scene.config.disk_free_mib.unwrap_or(FREE_MIB);
    (free < least).then(|| {
        let command = match scene.config.disk_free_mib {
            Some(set) if set > FREE_MIB => format!("metel config set disk_free_mib {FREE_MIB}"),
            _ => format!("du -xh --max-depth=2 {} | sort -rh | head -20", quoted(&scene.home)),
        };
        Finding::warning("disk.low", "the disk is nearly full", "디스크가 거의 찼어요")
            .at(scene.home.display())
            .because(
                format!("{free} MiB are free, {least} are wanted; at none, writes are refused until there is space"),
                format!("{free}MiB 남았고 {least}MiB는 있어야 해요. 다 차면 공간이 생길 때까지 쓰기를 거절해요"),
            )
            .fix(command)
    })
}

/// What processes that died left, and files from the future.
pub fn leftovers(scene: &Scene) -> Vec<Finding> {
    let (mut drafts, mut ahead, mut seen) = (Vec::new(), Vec::new(), 0);
    let now = SystemTime::now();
    walk(&scene.home, 0, &mut seen, &mut |path, meta| {
        let changed = meta.modified().unwrap_or(now);
        let is_draft = path.extension().is_some_and(|end| end == "part");
        if is_draft && now.duration_since(changed).is_ok_and(|age| age > DRAFT_AGE) {
            drafts.push(path.to_owned());
        } else if changed.duration_since(now).is_ok_and(|ahead| ahead > Duration::from_secs(3_600)) {
            ahead.push(path.to_owned());
        }
    });
    let mut found = Vec::new();
    let some = |paths: &[PathBuf]| paths.first().map(|path| path.display().to_string()).unwrap_or_default();
    if !drafts.is_empty() {
        found.push(
            Finding::warning(
                "files.leftover",
                format!("{} unfinished files", drafts.len()),
                format!("쓰다 만 파일 {}개", drafts.len()),
            )
            .at(some(&drafts))
            .because(
                "a process ended while it wrote them; nobody reads them",
                "쓰던 중에 프로세스가 끝났어요. 아무도 읽지 않아요",
            )
            .repair(Repair::Remove(drafts)),
        );
    }
    if !ahead.is_empty() {
        found.push(
            Finding::warning(
                "clock.files_ahead",
                format!("{} files are from the future", ahead.len()),
                format!("미래 시각의 파일 {}개", ahead.len()),
            )
            .at(some(&ahead))
            .because(
                "the clock was ahead, or is behind now: check it with `date`",
                "시계가 앞서 있었거나 지금 늦어요. `date`로 확인하세요",
            )
            .repair(Repair::Touch(ahead)),
        );
    }
    let server = scene.home.join("server");
    if let Ok(text) = std::fs::read_to_string(&server)
        && metel_store::inspect::holder(&scene.home).is_none()
        && scene.db().is_none()
        && !super::ports::answers(text.trim())
    {
        found.push(
            Finding::warning(
                "server.stale",
                "a server that is gone left its address",
                "꺼진 서버의 주소가 남아 있어요",
            )
            .at(server.display())
            .because(format!("nobody answers at {}", text.trim()), format!("{}에서 대답이 없어요", text.trim()))
            .repair(Repair::Remove(vec![server])),
        );
    }
    found
}

fn walk(folder: &Path, depth: usize, seen: &mut usize, visit: &mut dyn FnMut(&Path, &std::fs::Metadata)) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        *seen += 1;
        if *seen > FILES_MAX {
            return;
        }
        match entry.metadata() {
            Ok(meta) if meta.is_dir() && depth < 4 => walk(&entry.path(), depth + 1, seen, visit),
            Ok(meta) if meta.is_file() => visit(&entry.path(), &meta),
            _ => {}
        }
    }
}
