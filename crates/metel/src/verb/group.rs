//! `metel group`: groups of people that the policy may name as approvers.

use clap::{Args, Subcommand};
use metel_model::{Fault, Lang};
use serde_json::{Value, json};

use super::{Common, in_query};

#[derive(Args)]
pub struct Group {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Groups and their members
    List,
    /// One group
    Show { name: String },
    /// Make a group, or give one other members: `metel group set finance mina jun`
    Set { name: String, members: Vec<String> },
    /// Remove a group
    Remove { name: String },
}

impl Group {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let api = common.api()?;
        let of = |name: &str| format!("/v1/groups/{}", in_query(name));
        let shown = match self.act {
            Act::List => api.get("/v1/groups?limit=200").await?,
            Act::Show { name } => api.get(&of(&name)).await?,
            Act::Set { name, members } => api.put(&of(&name), &json!({ "members": members })).await?,
            Act::Remove { name } => {
                api.delete(&of(&name)).await?;
                return Ok(0);
            }
        };
        if common.json {
            println!("{shown:#}");
            return Ok(0);
        }
        match shown["items"].as_array() {
            Some(groups) => groups.iter().for_each(|group| print(group, common.lang())),
            None => print(&shown, common.lang()),
        }
        Ok(0)
    }
}

fn print(group: &Value, lang: Lang) {
    let off = lang.pick(" (off)", "(꺼짐)");
    let members: Vec<String> = group["members"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|m| {
            let name = m["name"].as_str().unwrap_or_default();
            if m["active"] == true { name.to_owned() } else { format!("{name}{off}") }
        })
        .collect();
    println!("{}  {}", group["name"].as_str().unwrap_or_default(), members.join(", "));
}
