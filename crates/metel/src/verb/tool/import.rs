//! `metel tool import openapi FILE`: every operation of a description becomes a tool, or is named
//! with the reason why not.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use metel_model::lang::Lang;
use metel_model::{Code, Fault};
use serde_json::{Value, json};

use crate::verb::Common;

#[derive(Args)]
pub struct Import {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Subcommand)]
enum Kind {
    /// From OpenAPI 3.0, 3.1 or Swagger 2.0, in JSON or YAML
    Openapi(Openapi),
}

#[derive(Args)]
struct Openapi {
    file: std::path::PathBuf,
    /// Only operations with this tag; may be given several times
    #[arg(long = "tag")]
    tags: Vec<String>,
    /// Only this operation: its operation id, or `get /path`; may be given several times
    #[arg(long = "operation")]
    operations: Vec<String>,
    /// Name of the service; made from the title where none is given
    #[arg(long)]
    service: Option<String>,
    /// Base address of the service, where the description names none
    #[arg(long)]
    base: Option<String>,
    /// Version of the contracts, instead of the description's own
    #[arg(long = "as-version")]
    version: Option<String>,
    /// What an operation may do, instead of what its method says: `OPERATION=read` or `=write,financial`
    #[arg(long = "risk")]
    risks: Vec<String>,
    /// Only say what would be imported
    #[arg(long)]
    dry_run: bool,
}

/// Lines of skipped operations that are shown without --json.
const SHOWN_MAX: usize = 20;

impl Import {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let Kind::Openapi(given) = self.kind;
        let name = given.file.display().to_string();
        let document = std::fs::read(&given.file).map_err(|error| Fault::new(Code::Usage).about(error).at(&name))?;
        let document = String::from_utf8(document)
            .map_err(|_| Fault::new(Code::DescriptionInvalid).about("it is not UTF-8").at(&name))?;
        let mut body = json!({
            "document": document, "tags": given.tags, "operations": given.operations,
            "risks": risks(&given.risks)?, "dry_run": given.dry_run,
        });
        for (key, value) in [("service", given.service), ("server", given.base), ("version", given.version)] {
            if let Some(value) = value {
                body[key] = Value::from(value);
            }
        }
        let done = common.api()?.post("/v1/tools/import/openapi", &body).await?;
        match common.json {
            true => println!("{done:#}"),
            false => tell(&done, common.lang()),
        }
        Ok(0)
    }
}

fn risks(given: &[String]) -> Result<BTreeMap<&str, Vec<&str>>, Fault> {
    let mut out = BTreeMap::new();
    for one in given {
        let (operation, risks) = one.rsplit_once('=').ok_or_else(|| Fault::new(Code::Usage).about(one).at("--risk"))?;
        out.insert(operation, risks.split(',').map(str::trim).collect());
    }
    Ok(out)
}

fn tell(done: &Value, lang: Lang) {
    let count = |name: &str| done[name].as_u64().unwrap_or_default();
    let list = |name: &str| done[name].as_array().cloned().unwrap_or_default();
    let service = done["service"]["id"].as_str().unwrap_or_default();
    let tools = list("tools").len();
    let skipped = list("skipped");
    let base = done["service"]["base_url"].as_str().unwrap_or_default();
    match lang {
        Lang::Ko => println!(
            "{service} ({base}): 도구 {tools}개 (새로 {}개, 이미 있던 것 {}개), 건너뛴 것 {}개",
            count("added"),
            count("known"),
            skipped.len()
        ),
        Lang::En => println!(
            "{service} ({base}): {tools} tools ({} new, {} known), {} skipped",
            count("added"),
            count("known"),
            skipped.len()
        ),
    }
    if count("shortened") > 0 {
        match lang {
            Lang::Ko => println!("스키마가 커서 깊은 곳을 줄여 적은 도구: {}개", count("shortened")),
            Lang::En => println!(
                "{} tools have large schemas, whose deepest parts are described in less detail",
                count("shortened")
            ),
        }
    }
    for note in list("notes") {
        println!("! {}", note.as_str().unwrap_or_default());
    }
    for one in skipped.iter().take(SHOWN_MAX) {
        println!("- {}: {}", one["operation"].as_str().unwrap_or_default(), one["why"].as_str().unwrap_or_default());
    }
    if skipped.len() > SHOWN_MAX {
        println!("- … {}", skipped.len() - SHOWN_MAX);
    }
    if done["dry_run"] == true {
        println!("{}", lang.pick("Nothing was kept: this was only a try.", "시험만 했어요. 저장한 것은 없어요."));
    } else if tools > 0 {
        println!("{}", lang.pick("Next:", "다음:"));
        println!("  metel connect {service}");
    }
}
