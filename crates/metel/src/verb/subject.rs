//! `metel subject`: whom runs are about, and forgetting them.

use clap::{Args, Subcommand};
use metel_model::{Code, Fault};

use super::{Common, ask, in_query};

#[derive(Args)]
pub struct Subject {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Which runs are about a subject, and whether it was erased
    Show { id: String },
    /// Destroy the subject's key: what its runs hold can be read by nobody any more, backups of the key aside
    Erase {
        id: String,
        /// The same id once more, instead of the question
        #[arg(long, value_name = "ID")]
        confirm: Option<String>,
    },
}

impl Subject {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let (api, lang) = (common.api()?, common.lang());
        let shown = match self.act {
            Act::Show { id } => api.get(&format!("/v1/subjects/{}", in_query(&id))).await?,
            Act::Erase { id, confirm } => {
                let path = format!("/v1/subjects/{}", in_query(&id));
                let known = api.get(&path).await?;
                let said = match confirm {
                    Some(said) => said,
                    None if common.no_input || !ask::is_terminal() => return Ok(7),
                    None => ask::prompt(&format!(
                        "{} {}: {} ",
                        known["runs"],
                        lang.pick("runs will be unreadable for good", "개 실행을 다시는 읽을 수 없게 돼요"),
                        lang.pick("type the id to go on:", "계속하려면 id를 적어 주세요:"),
                    )),
                };
                if said != id {
                    return Err(Fault::new(Code::Usage)
                        .detail("nothing was erased: the id was not repeated", "id가 달라서 지우지 않았어요"));
                }
                api.delete(&path).await?
            }
        };
        if common.json {
            println!("{shown:#}");
        } else {
            let erased = shown["erased_at"].as_str();
            println!(
                "{} · {} {}{}",
                shown["id"].as_str().unwrap_or_default(),
                shown["runs"],
                lang.pick("runs", "개 실행"),
                erased.map_or_else(String::new, |at| format!(" · {} {at}", lang.pick("erased", "지움"))),
            );
        }
        Ok(0)
    }
}
