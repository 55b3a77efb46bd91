//! `metel model`: which models there are, what they are called, what they cost and may cost.

use std::io::Read;

use clap::{Args, Subcommand};
use metel_model::id::{FreshIds, IdSource};
use metel_model::{Code, Fault};
use serde_json::{Value, json};

use super::{Common, in_query};
use crate::api::Api;

#[derive(Args)]
pub struct Model {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Models, aliases, limits and prices
    List,
    /// Add a model or change one: `metel model add big --url https://api.anthropic.com/v1 --model claude-haiku-4-5 --key-stdin`
    Add(Box<Add>),
    /// Take a model out
    Remove { name: String },
    /// Let a name stand for models, in the order in which they are asked: `metel model alias planner big local`
    Alias {
        alias: String,
        /// None takes the alias away
        models: Vec<String>,
    },
    /// Ask a model or an alias for one word
    Test { name: String },
    /// Credits, caps and what counts against them; with a scope and a cap, sets one
    Budget {
        /// credits, day, call, agent:NAME, run:ID, key:ID
        scope: Option<String>,
        /// Credits (1 credit = 1 US dollar), or `none`
        cap: Option<String>,
    },
    /// Grant credits: from the first grant on no more than what was granted is spent
    Grant {
        credits: String,
        #[arg(long, default_value = "")]
        note: String,
    },
    /// What models were used for
    Usage,
}

#[derive(Args)]
struct Add {
    name: String,
    /// Base address with the version part
    #[arg(long)]
    url: String,
    /// The model's name at its server
    #[arg(long)]
    model: String,
    /// openai, openai-compatible, openai-plain, openai-responses, anthropic, gemini; by the address where absent
    #[arg(long)]
    protocol: Option<String>,
    /// Name of the secret that holds the key
    #[arg(long)]
    secret: Option<String>,
    /// Read the key from standard input and keep it as secret `model.NAME`
    #[arg(long, conflicts_with = "secret")]
    key_stdin: bool,
    /// Calls at a time
    #[arg(long)]
    concurrent: Option<u32>,
    /// Calls of any minute
    #[arg(long)]
    per_minute: Option<u64>,
    /// Price of a million input and output tokens in credits: `0.15,0.6`
    #[arg(long)]
    price: Option<String>,
}

impl Model {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let (api, lang) = (common.api()?, common.lang());
        match self.act {
            Act::List => list(&api, common).await?,
            Act::Add(add) => {
                add.run(&api).await?;
                list(&api, common).await?;
            }
            Act::Remove { name } => {
                let mut settings = settings(&api).await?;
                let models = settings["models"].as_object_mut();
                if models.and_then(|models| models.remove(&name)).is_none() {
                    return Err(Fault::new(Code::NotFound).about(name));
                }
                for names in settings["aliases"].as_object_mut().into_iter().flat_map(|all| all.values_mut()) {
                    if let Some(names) = names.as_array_mut() {
                        names.retain(|other| other != name.as_str());
                    }
                }
                if let Some(aliases) = settings["aliases"].as_object_mut() {
                    aliases.retain(|_, names| names.as_array().is_some_and(|names| !names.is_empty()));
                }
                api.put("/v1/model-settings", &settings).await?;
                list(&api, common).await?;
            }
            Act::Alias { alias, models } => {
                let mut settings = settings(&api).await?;
                match (models.is_empty(), settings["aliases"].as_object_mut()) {
                    (true, Some(aliases)) => {
                        aliases.remove(&alias).ok_or_else(|| Fault::new(Code::NotFound).about(alias))?;
                    }
                    _ => settings["aliases"][&alias] = json!(models),
                }
                api.put("/v1/model-settings", &settings).await?;
                list(&api, common).await?;
            }
            Act::Test { name } => {
                let trial = api.post(&format!("/v1/model-settings/{}/test", in_query(&name)), &json!({})).await?;
                let ok = trial["ok"] == true;
                if common.json {
                    println!("{trial:#}");
                } else if ok {
                    println!(
                        "{} · {} ms · {}",
                        trial["model"].as_str().unwrap_or(""),
                        trial["ms"],
                        trial["answer"].as_str().unwrap_or("")
                    );
                } else {
                    println!("{} · {}", trial["model"].as_str().unwrap_or(""), trial["fault"].as_str().unwrap_or(""));
                }
                return Ok(u8::from(!ok));
            }
            Act::Budget { scope, cap } => {
                if let Some(scope) = scope {
                    let cap = cap.ok_or_else(|| {
                        Fault::new(Code::Usage)
                            .detail("a scope needs a cap, or `none`", "범위에는 한도나 `none`이 필요해요")
                    })?;
                    let cap = if cap == "none" { Value::Null } else { json!(micro(&cap)?) };
                    api.put(&format!("/v1/budgets/{}", in_query(&scope)), &json!({ "cap": cap })).await?;
                }
                budgets(&api, common).await?;
            }
            Act::Grant { credits, note } => {
                let id = new_id();
                let body = json!({"id": id, "amount": micro(&credits)?, "note": note});
                api.post("/v1/credits/grants", &body).await?;
                budgets(&api, common).await?;
            }
            Act::Usage => {
                let usage = api.get("/v1/model-usage").await?;
                if common.json {
                    println!("{usage:#}");
                    return Ok(0);
                }
                for row in usage["items"].as_array().into_iter().flatten() {
                    let unknown = row["calls_without_cost"].as_u64().unwrap_or(0);
                    let cost = match unknown {
                        0 => shown(&row["cost"]),
                        n => format!("{} + {n} × {}", shown(&row["cost"]), lang.pick("unknown", "모름")),
                    };
                    println!(
                        "{:<28} {:<10} {:>7} {}   {:>10} → {:>9}   {cost}",
                        row["model"].as_str().unwrap_or(""),
                        row["purpose"].as_str().unwrap_or(""),
                        row["calls"].as_u64().unwrap_or(0),
                        lang.pick("calls", "번"),
                        row["input_tokens"].as_u64().unwrap_or(0),
                        row["output_tokens"].as_u64().unwrap_or(0),
                    );
                }
            }
        }
        Ok(0)
    }
}

impl Add {
    async fn run(self, api: &Api) -> Result<(), Fault> {
        let mut settings = settings(api).await?;
        let mut entry = json!({"base_url": self.url, "model": self.model});
        let mut secret = self.secret;
        if self.key_stdin {
            let mut key = String::new();
            std::io::stdin()
                .take(64 * 1024)
                .read_to_string(&mut key)
                .map_err(|error| Fault::new(Code::Usage).about(error))?;
            let name = format!("model.{}", self.name);
            api.put(&format!("/v1/secrets/{}", in_query(&name)), &json!({"value": key.trim()})).await?;
            secret = Some(name);
        }
        if let Some(secret) = secret {
            entry["secret"] = json!(secret);
        }
        if let Some(protocol) = self.protocol {
            entry["protocol"] = json!(protocol);
        }
        let mut limits = json!({});
        if let Some(n) = self.concurrent {
            limits["concurrent_max"] = json!(n);
        }
        if let Some(n) = self.per_minute {
            limits["requests_per_minute"] = json!(n);
        }
        entry["limits"] = limits;
        if let Some(price) = self.price {
            let (input, output) = price
                .split_once(',')
                .ok_or_else(|| Fault::new(Code::Usage).about(format!("--price {price}: 0.15,0.6")))?;
            entry["price"] = json!({"input": micro(input)?, "output": micro(output)?});
        }
        settings["models"][&self.name] = entry;
        api.put("/v1/model-settings", &settings).await?;
        Ok(())
    }
}

async fn settings(api: &Api) -> Result<Value, Fault> {
    api.get("/v1/model-settings").await
}

async fn list(api: &Api, common: &Common) -> Result<(), Fault> {
    let settings = settings(api).await?;
    if common.json {
        println!("{settings:#}");
        return Ok(());
    }
    let lang = common.lang();
    let models = settings["models"].as_object().cloned().unwrap_or_default();
    if models.is_empty() {
        println!(
            "{}",
            lang.pick(
                "No models of its own; the one of the environment, or rules, answer.",
                "등록한 모델이 없어요. 환경에 설정된 모델이나 규칙이 답해요."
            )
        );
    }
    for (name, entry) in &models {
        let price = match entry.get("price").filter(|price| !price.is_null()) {
            Some(price) => price_words(price),
            None => {
                let model = in_query(entry["model"].as_str().unwrap_or(""));
                let known = api.get(&format!("/v1/model-prices/{model}")).await?;
                match known["known"] == true {
                    true => price_words(&known["price"]),
                    false => lang.pick("price unknown", "가격 모름").to_owned(),
                }
            }
        };
        println!(
            "{name:<16} {:<30} {}   {price}",
            entry["model"].as_str().unwrap_or(""),
            entry["base_url"].as_str().unwrap_or("")
        );
    }
    for (alias, names) in settings["aliases"].as_object().into_iter().flatten() {
        let names: Vec<&str> = names.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        println!("{alias:<16} = {}", names.join(" → "));
    }
    Ok(())
}

async fn budgets(api: &Api, common: &Common) -> Result<(), Fault> {
    let (credits, budgets) = (api.get("/v1/credits").await?, api.get("/v1/budgets").await?);
    if common.json {
        println!("{:#}", json!({"credits": credits, "budgets": budgets["items"]}));
        return Ok(());
    }
    let lang = common.lang();
    println!(
        "{} {}   {} {}   {} {}",
        lang.pick("granted", "받은 것"),
        shown(&credits["granted"]),
        lang.pick("spent", "쓴 것"),
        shown(&credits["spent"]),
        lang.pick("set aside", "잡아 둔 것"),
        shown(&credits["held"])
    );
    for row in budgets["items"].as_array().into_iter().flatten() {
        println!("{:<28} {} / {}", row["scope"].as_str().unwrap_or(""), shown(&row["spent"]), shown(&row["cap"]));
    }
    Ok(())
}

fn price_words(price: &Value) -> String {
    format!("{} / {}", shown(&price["input"]), shown(&price["output"]))
}

/// Micro-credits as credits.
fn shown(amount: &Value) -> String {
    let Some(micro) = amount.as_i64() else { return "–".to_owned() };
    let (whole, part) = (micro / 1_000_000, (micro % 1_000_000).unsigned_abs());
    let sign = if micro < 0 && whole == 0 { "-" } else { "" };
    let part = format!("{part:06}");
    let part = part.trim_end_matches('0');
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

/// Credits with up to six places after the point, exactly.
fn micro(text: &str) -> Result<i64, Fault> {
    let wrong = || {
        Fault::new(Code::Usage).detail(
            format!("`{text}` is no amount of credits, such as 12.5"),
            format!("`{text}`은(는) 12.5 같은 크레딧 양이 아니에요"),
        )
    };
    let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > 6 {
        return Err(wrong());
    }
    let part: i64 = format!("{part:0<6}").parse().map_err(|_| wrong())?;
    let whole: i64 = whole.parse().map_err(|_| wrong())?;
    whole.checked_mul(1_000_000).and_then(|micro| micro.checked_add(part)).ok_or_else(wrong)
}

/// A new id for a grant: sent again after a lost answer, it counts once.
fn new_id() -> String {
    FreshIds.next().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credits_are_read_and_shown_exactly() {
        for (text, amount) in [("1", 1_000_000), ("0.15", 150_000), ("12.000001", 12_000_001), ("0", 0)] {
            assert_eq!(micro(text).unwrap(), amount);
            assert_eq!(shown(&json!(amount)), text);
        }
        assert_eq!(shown(&json!(-150_000)), "-0.15");
        for bad in ["", ".5", "-1", "1.0000001", "a", "1e3", "99999999999999999999"] {
            assert!(micro(bad).is_err(), "{bad}");
        }
    }
}
