//! `config.toml` of the data folder: what `metel up` and `metel worker` do unless flags or the environment say
//! otherwise. One value a line, no tables, no secrets: those belong into the environment or the vault.
//!
//! Every fault is told at once, with its line; a file with a fault starts nothing.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use metel_model::fault::FieldFault;
use metel_model::{Code, Fault};
use serde::Deserialize;

pub const FILE: &str = "config.toml";

/// What the file may say. Absent means: as without the file.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub port: Option<u16>,
    /// Loopback addresses only.
    pub bind: Option<IpAddr>,
    /// PostgreSQL address instead of the embedded SQLite.
    pub db: Option<String>,
    /// Due tasks that wait for a worker from which on new runs are refused.
    pub queue_max: Option<u64>,
    /// Seconds after which a silent worker's tasks are given to others.
    pub lease: Option<u64>,
    /// Carry out effects, rather than only take commands.
    pub worker: Option<bool>,
    /// The simulated services beside the server.
    pub sandbox: Option<bool>,
    /// Simulated services of another process.
    pub sandbox_url: Option<String>,
    /// What this worker is able to do beyond what all are.
    pub can: Option<Vec<String>>,
    /// Least free space of the disk, in MiB, below which `metel doctor` warns.
    pub disk_free_mib: Option<u64>,
}

pub const KEYS: [&str; 10] =
    ["port", "bind", "db", "queue_max", "lease", "worker", "sandbox", "sandbox_url", "can", "disk_free_mib"];

/// What is wrong with a file, as far as `metel doctor` tells it apart.
#[derive(Debug, Clone, PartialEq)]
pub enum Wrong {
    /// It is no TOML; the line, and why.
    Syntax { line: usize, why: String },
    /// A key that nobody reads, and the one that was probably meant.
    Unknown { line: usize, key: String, meant: Option<&'static str> },
    /// A value of the wrong kind or outside its limits.
    Value { line: usize, key: String, why: String },
    /// Two values that cannot both be meant; the first is the one to change.
    Contradiction { line: usize, key: String, why: String, instead: &'static str },
}

impl Wrong {
    pub fn line(&self) -> usize {
        match self {
            Self::Syntax { line, .. }
            | Self::Unknown { line, .. }
            | Self::Value { line, .. }
            | Self::Contradiction { line, .. } => *line,
        }
    }

    pub fn why(&self) -> String {
        match self {
            Self::Syntax { why, .. } => why.clone(),
            Self::Unknown { key, meant: Some(meant), .. } => format!("there is no `{key}`; `{meant}` may be meant"),
            Self::Unknown { key, meant: None, .. } => format!("there is no `{key}`; there are {}", KEYS.join(", ")),
            Self::Value { key, why, .. } | Self::Contradiction { key, why, .. } => format!("`{key}`: {why}"),
        }
    }
}

pub fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// The file's text; none where there is no file.
pub fn text(folder: &Path) -> Result<Option<String>, Fault> {
    match std::fs::read_to_string(path(folder)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Fault::new(Code::ConfigInvalid).about(error).at(path(folder).display())),
    }
}

/// Reads the file of a data folder; every fault at once.
pub fn load(folder: &Path) -> Result<Config, Fault> {
    let Some(text) = text(folder)? else { return Ok(Config::default()) };
    let (config, wrong) = read(&text);
    if wrong.is_empty() {
        return Ok(config);
    }
    let field = |wrong: &Wrong| FieldFault::new(format!("line {}", wrong.line()), wrong.why(), wrong.why());
    Err(Fault::new(Code::ConfigInvalid)
        .at(path(folder).display())
        .fields(wrong.iter().map(field).collect())
        .hint("Run `metel doctor`: it names the command for each.", "`metel doctor`가 하나씩 고치는 명령을 알려 줘요."))
}

/// What a text says and what is wrong with it.
pub fn read(text: &str) -> (Config, Vec<Wrong>) {
    let table: toml::Table = match toml::from_str(text) {
        Ok(table) => table,
        Err(error) => {
            let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
            return (Config::default(), vec![Wrong::Syntax { line, why: error.message().to_owned() }]);
        }
    };
    let mut wrong = Vec::new();
    let mut good = toml::Table::new();
    for (key, value) in table {
        let line = line_of(text, &key);
        if !KEYS.contains(&key.as_str()) {
            let meant = KEYS.into_iter().min_by_key(|known| distance(known, &key));
            let meant = meant.filter(|known| distance(known, &key) <= 2);
            wrong.push(Wrong::Unknown { line, key, meant });
            continue;
        }
        let alone = toml::Table::from_iter([(key.clone(), value.clone())]);
        match alone.try_into::<Config>() {
            Ok(one) => match limits(&one) {
                None => drop(good.insert(key, value)),
                Some(why) => wrong.push(Wrong::Value { line, key, why }),
            },
            Err(error) => wrong.push(Wrong::Value { line, key, why: error.message().to_owned() }),
        }
    }
    let config: Config = good.try_into().unwrap_or_default();
    for (key, why, instead) in contradictions(&config) {
        wrong.push(Wrong::Contradiction {
            line: line_of(text, key),
            key: key.to_owned(),
            why: why.to_owned(),
            instead,
        });
    }
    wrong.sort_by_key(Wrong::line);
    (config, wrong)
}

fn limits(config: &Config) -> Option<String> {
    if config.lease == Some(0) {
        return Some("at least 1 second".to_owned());
    }
    if config.queue_max == Some(0) {
        return Some("at least 1 task".to_owned());
    }
    if config.db.as_ref().is_some_and(|db| !db.starts_with("postgres://") && !db.starts_with("postgresql://")) {
        return Some("begins with postgres://".to_owned());
    }
    if config.sandbox_url.as_ref().is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
        return Some("begins with http:// or https://".to_owned());
    }
    let odd = config.can.iter().flatten().find(|word| !metel_rules::run::is_need(word))?;
    Some(format!("`{odd}` is no word for what a worker can do"))
}

/// Key, why, and the value that ends it.
fn contradictions(config: &Config) -> Vec<(&'static str, &'static str, &'static str)> {
    let mut all = Vec::new();
    if config.worker == Some(false) && config.db.is_none() {
        all.push(("worker", "without a worker and without a shared database nobody would do the work", "true"));
    }
    if config.sandbox == Some(false) && config.sandbox_url.is_some() {
        all.push(("sandbox", "no simulated services are wanted, and an address of some is given", "true"));
    }
    if config.bind.is_some_and(|bind| !bind.is_loopback()) {
        all.push((
            "bind",
            "other machines could reach metel, and nobody signs in there with an account yet",
            "\"127.0.0.1\"",
        ));
    }
    all
}

/// Where a key stands; keys are written at the beginning of a line.
fn line_of(text: &str, key: &str) -> usize {
    1 + text.lines().position(|line| is_line_of(line, key)).unwrap_or(0)
}

fn is_line_of(line: &str, key: &str) -> bool {
    let rest = line.trim_start().strip_prefix(key).or_else(|| line.trim_start().strip_prefix(&format!("\"{key}\"")));
    rest.is_some_and(|rest| rest.trim_start().starts_with('='))
}

/// The text with a key set, or without it; the other lines stay as they are.
pub fn edited(text: &str, key: &str, value: Option<&str>) -> String {
    let line = value.map(|value| format!("{key} = {value}"));
    let mut out = Vec::new();
    let mut line = line.as_deref();
    for each in text.lines() {
        match is_line_of(each, key) {
            true => out.extend(line.take()),
            false => out.push(each),
        }
    }
    let mut text = line.into_iter().chain(out).collect::<Vec<_>>().join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// Levenshtein's.
pub fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = before + usize::from(x != *y);
            before = row[j + 1];
            row[j + 1] = change.min(before + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_told_at_once_with_its_line() {
        let text =
            "port = 7200\nprot = 1\nlease = 0\n# why\nworker = false\nbind = \"0.0.0.0\"\nqueue_max = \"many\"\n";
        let (config, wrong) = read(text);
        assert_eq!(config.port, Some(7200));
        let told: Vec<(usize, &str)> = wrong
            .iter()
            .map(|one| {
                let kind = match one {
                    Wrong::Syntax { .. } => "syntax",
                    Wrong::Unknown { meant, .. } => meant.unwrap_or("?"),
                    Wrong::Value { .. } => "value",
                    Wrong::Contradiction { .. } => "contradiction",
                };
                (one.line(), kind)
            })
            .collect();
        assert_eq!(told, [(2, "port"), (3, "value"), (5, "contradiction"), (6, "contradiction"), (7, "value")]);
        assert!(matches!(read("port = \n").1[..], [Wrong::Syntax { line: 1, .. }]));
        assert_eq!(read("").1, []);
    }

    #[test]
    fn editing_keeps_the_other_lines() {
        let text = "# mine\nport = 1\nlease = 5\n";
        assert_eq!(edited(text, "port", Some("2")), "# mine\nport = 2\nlease = 5\n");
        assert_eq!(edited(text, "port", None), "# mine\nlease = 5\n");
        assert_eq!(edited(text, "worker", Some("true")), "worker = true\n# mine\nport = 1\nlease = 5\n");
        assert_eq!(edited("port = 1\nport = 2\n", "port", Some("3")), "port = 3\n");
    }
}
