//! `metel config`: the file of the data folder, a value at a time. A value that would not hold is not written.

use clap::{Args, Subcommand};
use metel_model::fault::FieldFault;
use metel_model::{Code, Fault};

use super::Common;
use crate::config::{self, Wrong};
use crate::home;

#[derive(Args)]
pub struct Config {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Print where the file is
    Path,
    /// Print one value, or the whole file
    Get { key: Option<String> },
    /// Set a value, as TOML writes it: 7200, true, "text", ["a", "b"]
    #[command(after_help = "Examples:\n  metel config set port 7200\n  metel config set bind 127.0.0.1")]
    Set { key: String, value: String },
    /// Take a value out, known or not
    Unset { key: String },
}

impl Config {
    pub fn run(self, _: &Common) -> Result<u8, Fault> {
        let folder = home::folder();
        let text = config::text(&folder)?.unwrap_or_default();
        let next = match self.act {
            Act::Path => {
                println!("{}", config::path(&folder).display());
                return Ok(0);
            }
            Act::Get { key: None } => {
                print!("{text}");
                return Ok(0);
            }
            Act::Get { key: Some(key) } => {
                let table: toml::Table = toml::from_str(&text).map_err(|e| Fault::new(Code::ConfigInvalid).about(e))?;
                if let Some(value) = table.get(&key) {
                    println!("{value}");
                }
                return Ok(0);
            }
            Act::Unset { key } => config::edited(&text, &key, None),
            Act::Set { key, value } => {
                // A bare word is a text.
                let quoted = toml::Value::String(value.clone()).to_string();
                let is_toml = toml::from_str::<toml::Table>(&format!("{key} = {value}")).is_ok();
                let next = config::edited(&text, &key, Some(if is_toml { &value } else { &quoted }));
                let about = |wrong: &Wrong| match wrong {
                    Wrong::Unknown { key: k, .. }
                    | Wrong::Value { key: k, .. }
                    | Wrong::Contradiction { key: k, .. } => *k == key,
                    Wrong::Syntax { .. } => true,
                };
                if let Some(wrong) = config::read(&next).1.iter().find(|wrong| about(wrong)) {
                    let field = FieldFault::new(key, wrong.why(), wrong.why());
                    return Err(Fault::new(Code::ConfigInvalid).fields(vec![field]));
                }
                next
            }
        };
        home::prepare(&folder)?;
        home::write_private(&config::path(&folder), &next)?;
        Ok(0)
    }
}
