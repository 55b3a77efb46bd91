//! `metel user`: people of the workspace, their roles, and keys for them.

use clap::{Args, Subcommand};
use metel_model::Fault;
use serde_json::json;

use super::{Common, in_query};

#[derive(Args)]
pub struct User {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// People with their roles and groups
    List,
    /// Add somebody, or give somebody another role: `metel user set mina --role approver`
    Set {
        name: String,
        /// owner, admin, builder, operator, approver, member, viewer or agent
        #[arg(long)]
        role: String,
        /// Let in no more
        #[arg(long)]
        off: bool,
    },
    /// Make a key for somebody; it is shown once
    Key { name: String },
}

impl User {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let (api, lang) = (common.api()?, common.lang());
        let shown = match self.act {
            Act::List => api.get("/v1/users?limit=200").await?,
            Act::Set { name, role, off } => {
                let body = json!({"role": role, "active": !off});
                api.put(&format!("/v1/users/{}", in_query(&name)), &body).await?
            }
            Act::Key { name } => {
                let users = api.get("/v1/users?limit=200").await?;
                let user = users["items"].as_array().into_iter().flatten().find(|user| user["name"] == name.as_str());
                let role = user.map_or(serde_json::Value::Null, |user| user["role"].clone());
                let made = api.post("/v1/tokens", &json!({"name": name, "owner": name, "role": role})).await?;
                println!("{}", made["token"].as_str().unwrap_or_default());
                return Ok(0);
            }
        };
        if common.json {
            println!("{shown:#}");
            return Ok(0);
        }
        let one = vec![shown.clone()];
        for user in shown["items"].as_array().unwrap_or(&one) {
            let groups: Vec<&str> =
                user["groups"].as_array().into_iter().flatten().filter_map(|g| g.as_str()).collect();
            let off = if user["active"] == true { "" } else { lang.pick(" (off)", " (꺼짐)") };
            println!(
                "{}{off}  {}  {}",
                user["name"].as_str().unwrap_or_default(),
                user["role"].as_str().unwrap_or_default(),
                groups.join(", ")
            );
        }
        Ok(0)
    }
}
