//! `metel standing`: what was approved once for all, within bounds.

use clap::{Args, Subcommand};
use metel_model::{Fault, Lang};
use serde_json::Value;

use super::{Common, in_query};

#[derive(Args)]
pub struct Standing {
    #[command(subcommand)]
    act: Option<Act>,
}

#[derive(Subcommand)]
enum Act {
    /// All rules, newest first
    List,
    /// One rule
    Show { id: String },
    /// End a rule
    Remove { id: String },
}

impl Standing {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let api = common.api()?;
        let of = |id: &str| format!("/v1/standing/{}", in_query(id));
        let shown = match self.act {
            None | Some(Act::List) => api.get("/v1/standing?limit=200").await?,
            Some(Act::Show { id }) => api.get(&of(&id)).await?,
            Some(Act::Remove { id }) => {
                api.delete(&of(&id)).await?;
                return Ok(0);
            }
        };
        if common.json {
            println!("{shown:#}");
            return Ok(0);
        }
        match shown["items"].as_array() {
            Some(rules) => rules.iter().for_each(|rule| print(rule, common.lang())),
            None => print(&shown, common.lang()),
        }
        Ok(0)
    }
}

fn print(rule: &Value, lang: Lang) {
    let text = |name: &str| rule[name].as_str().unwrap_or_default();
    let to: Vec<&str> = rule["receivers"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let state = if rule["stands"] == true { "" } else { lang.pick(" · over", " · 끝남") };
    println!(
        "{}  {} → {} · {}/{} · {} {}{state}",
        text("id"),
        text("tool"),
        to.join(", "),
        rule["used"],
        rule["uses"],
        lang.pick("until", "기한"),
        text("until"),
    );
}
