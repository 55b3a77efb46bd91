//! `metel run`: look at runs and steer them.

use std::time::Duration;

use clap::{Args, Subcommand};
use metel_model::{Code, Fault};
use serde_json::{Value, json};

use super::Common;
use crate::api::Api;

#[derive(Args)]
pub struct Run {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// The newest runs
    List {
        #[arg(long)]
        status: Option<String>,
    },
    /// One run with its steps
    Show {
        id: String,
    },
    /// Its events
    Events {
        id: String,
    },
    /// Give the recorded facts to the machine again and compare
    Replay {
        id: String,
    },
    /// Pack a run with all that its replay needs into one file, for `metel replay`
    Capsule {
        id: String,
        /// The file; RUN.capsule here by default
        #[arg(long, short)]
        output: Option<std::path::PathBuf>,
    },
    /// Begin a run with this one's past, up to an event
    Fork {
        id: String,
        /// The last event that both share (default: the newest)
        #[arg(long)]
        at: Option<u64>,
        /// Another input, as JSON
        #[arg(long)]
        input: Option<String>,
        /// Go on with the newest version of this pipeline
        #[arg(long)]
        workflow: Option<String>,
    },
    Cancel {
        id: String,
    },
    /// Let what is under way end and begin nothing new
    Pause {
        id: String,
    },
    /// Let a paused run go on
    Resume {
        id: String,
    },
    /// Hand in the form that a step waits for: `amount=3 note=fine`
    Submit {
        id: String,
        step: String,
        values: Vec<String>,
    },
    /// Start a failed run again from where it failed
    Retry {
        id: String,
    },
    /// Give the values that a run waits for: `a2.channel=#team`
    Input {
        id: String,
        values: Vec<String>,
    },
    /// Say whether a doubtful step happened
    Resolve {
        id: String,
        step: String,
        #[arg(long)]
        happened: bool,
        /// The call that is meant, as `metel run show --json` numbers it: a later one is then left alone
        #[arg(long)]
        intent: Option<u32>,
    },
}

/// `@last` is the newest run.
async fn resolve(api: &Api, id: &str) -> Result<String, Fault> {
    if id != "@last" {
        return Ok(id.to_owned());
    }
    let list = api.get("/v1/runs?limit=1").await?;
    let newest = list["items"][0]["id"].as_str();
    newest.map(str::to_owned).ok_or_else(|| Fault::new(Code::RunNotFound))
}

impl Run {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let (api, lang) = (common.api()?, common.lang());
        let shown = match self.act {
            Act::List { status } => {
                let list = api
                    .get(
                        &status.map_or("/v1/runs?limit=50".to_owned(), |status| {
                            format!("/v1/runs?limit=50&status={status}")
                        }),
                    )
                    .await?;
                if !common.json {
                    for run in list["items"].as_array().into_iter().flatten() {
                        let of = |key: &str| run[key].as_str().unwrap_or_default().to_owned();
                        println!(
                            "{}  {:<18} {}/{}  {}",
                            of("short"),
                            standing(run, lang),
                            run["steps_done"],
                            run["steps_total"],
                            of("title")
                        );
                    }
                    return Ok(0);
                }
                list
            }
            Act::Show { id } => {
                let run = api.get(&format!("/v1/runs/{}", resolve(&api, &id).await?)).await?;
                if !common.json {
                    return finish(&run, common);
                }
                run
            }
            Act::Events { id } => api.get(&format!("/v1/runs/{}/events?limit=200", resolve(&api, &id).await?)).await?,
            Act::Replay { id } => {
                let report = api.post(&format!("/v1/runs/{}/replay", resolve(&api, &id).await?), &json!({})).await?;
                let same = report["differences"] == 0;
                if !common.json && report["erased"].as_u64().is_some_and(|n| n > 0) {
                    println!(
                        "{} {}",
                        report["erased"],
                        lang.pick(
                            "events are erased: chain and signatures hold, nothing was derived again",
                            "개 이벤트가 지워졌어요. 사슬과 서명만 확인했고 다시 계산하지는 않았어요"
                        )
                    );
                }
                if !common.json {
                    println!(
                        "{} {} · {} {} · {} 0 · {} ms   {}",
                        lang.pick("events compared", "비교한 이벤트"),
                        report["events"],
                        lang.pick("differences", "차이"),
                        report["differences"],
                        lang.pick("outside calls", "바깥 호출"),
                        report["ms"],
                        if same {
                            lang.pick("identical ✓", "일치해요 ✓")
                        } else {
                            lang.pick("different ✕", "달라요 ✕")
                        }
                    );
                    if let Some(seq) = report["first_difference"]["seq"].as_u64() {
                        let what = report["first_difference"]["what"].as_str().unwrap_or_default();
                        println!("{} {seq}: {what}", lang.pick("first difference at event", "처음 달라진 이벤트"));
                    }
                    return Ok(u8::from(!same));
                }
                println!("{report:#}");
                return Ok(u8::from(!same));
            }
            Act::Capsule { id, output } => {
                let bytes = api.bytes(&format!("/v1/runs/{}/capsule", resolve(&api, &id).await?)).await?;
                let path = output.unwrap_or_else(|| format!("{}.capsule", id.trim_start_matches('@')).into());
                std::fs::write(&path, &bytes)
                    .map_err(|e| Fault::new(Code::Usage).about(format!("{}: {e}", path.display())))?;
                if common.json {
                    println!("{}", json!({"file": path, "bytes": bytes.len()}));
                } else {
                    println!("{}  {} {}", path.display(), bytes.len(), lang.pick("bytes", "바이트"));
                }
                return Ok(0);
            }
            Act::Fork { id, at, input, workflow } => {
                let input: Option<Value> = input
                    .map(|text| serde_json::from_str(&text))
                    .transpose()
                    .map_err(|e| Fault::new(Code::Usage).about(format!("--input: {e}")))?;
                let mut wanted = json!({"at": at, "workflow": workflow});
                if let Some(input) = input {
                    wanted["input"] = input;
                }
                let state = api.post(&format!("/v1/runs/{}/fork", resolve(&api, &id).await?), &wanted).await?;
                return finish(&settle(&api, state).await?, common);
            }
            Act::Cancel { id } => {
                api.post(&format!("/v1/runs/{}/cancel", resolve(&api, &id).await?), &json!({})).await?
            }
            Act::Pause { id } => api.post(&format!("/v1/runs/{}/pause", resolve(&api, &id).await?), &json!({})).await?,
            Act::Resume { id } => {
                let state = api.post(&format!("/v1/runs/{}/resume", resolve(&api, &id).await?), &json!({})).await?;
                return finish(&settle(&api, state).await?, common);
            }
            Act::Submit { id, step, values } => {
                let path = format!("/v1/runs/{}/steps/{step}/submit", resolve(&api, &id).await?);
                let state = api.post(&path, &json!({ "values": pairs(values)? })).await?;
                return finish(&settle(&api, state).await?, common);
            }
            Act::Retry { id } => api.post(&format!("/v1/runs/{}/retry", resolve(&api, &id).await?), &json!({})).await?,
            Act::Input { id, values } => {
                let given = pairs(values)?;
                let id = resolve(&api, &id).await?;
                let state = api.post(&format!("/v1/runs/{id}/input"), &json!({ "values": given })).await?;
                return finish(&settle(&api, state).await?, common);
            }
            Act::Resolve { id, step, happened, intent } => {
                let path = format!("/v1/runs/{}/steps/{step}/resolve", resolve(&api, &id).await?);
                api.post(&path, &json!({ "happened": happened, "intent": intent })).await?
            }
        };
        if common.json {
            println!("{shown:#}");
            return Ok(0);
        }
        match shown.get("items").and_then(Value::as_array) {
            Some(events) => {
                for event in events {
                    let words = event["summary"][lang.tag()].as_str().unwrap_or_default();
                    println!("{:>5}  {:<20} {words}", event["seq"], event["type"].as_str().unwrap_or_default());
                }
            }
            None => return finish(&shown, common),
        }
        Ok(0)
    }
}

/// `key=value` words: a value that is JSON is taken as such, any other as text.
fn pairs(words: Vec<String>) -> Result<serde_json::Map<String, Value>, Fault> {
    let mut given = serde_json::Map::new();
    for pair in words {
        let (key, value) =
            pair.split_once('=').ok_or_else(|| Fault::new(Code::Usage).about(format!("`{pair}`: KEY=VALUE")))?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        given.insert(key.to_owned(), value);
    }
    Ok(given)
}

/// Waits until the run stops moving.
pub async fn settle(api: &Api, mut state: Value) -> Result<Value, Fault> {
    let id = state["id"].as_str().unwrap_or_default().to_owned();
    let mut pause = Duration::from_millis(20);
    for _ in 0..600 {
        let moving =
            matches!(state["status"].as_str(), Some("running" | "queued")) || state["display"] == "waiting_timer";
        if !moving {
            break;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(500));
        state = api.get(&format!("/v1/runs/{id}")).await?;
    }
    Ok(state)
}

/// Shows how a run stands, and tells it by the exit code.
pub fn finish(run: &Value, common: &Common) -> Result<u8, Fault> {
    let lang = common.lang();
    if common.json {
        println!("{run:#}");
    } else {
        for step in run["steps"].as_array().into_iter().flatten().filter(|s| s["id"] != "_start") {
            let status = step["status"].as_str().and_then(metel_model::status::StepStatus::from_key);
            let icon = status.map_or(" ", |s| s.icon());
            let word = status.map_or("", |s| s.word(lang));
            let label = step["label"][lang.tag()].as_str().unwrap_or_default();
            eprintln!(" {icon} {label}  {word}  {} ms", step["ms"].as_u64().unwrap_or(0));
        }
        match run["answer"]["text"].as_str() {
            Some(text) => println!("{text}"),
            None => println!("{}", standing(run, lang)),
        }
        let text = run["answer"]["text"].as_str().unwrap_or_default();
        for link in run["answer"]["links"].as_array().into_iter().flatten() {
            let url = link["url"].as_str().unwrap_or_default();
            if !text.contains(url) {
                println!("  {}  {url}", link["title"].as_str().unwrap_or_default());
            }
        }
        for field in run["missing"].as_array().into_iter().flatten() {
            let key = field["key"].as_str().unwrap_or_default();
            println!(
                "? {}: metel run input {} '{key}=…'",
                field["title"][lang.tag()].as_str().unwrap_or_default(),
                run["short"].as_str().unwrap_or_default()
            );
        }
        for approval in run["approvals"].as_array().into_iter().flatten().filter(|a| a["status"] == "pending") {
            let title = approval["title"][lang.tag()].as_str().unwrap_or_default();
            println!("⏸ {title}: metel approve {}", approval["short"].as_str().unwrap_or_default());
        }
    }
    Ok(match run["display"].as_str() {
        Some("completed") => 0,
        Some(waiting) if waiting.starts_with("waiting") => 7,
        Some("failed" | "cancelled") => 1,
        _ => 0,
    })
}

/// Where a run stands, in words: what it waits for, else its status.
fn standing(run: &Value, lang: metel_model::Lang) -> &'static str {
    use metel_model::status::{RunStatus, WaitingFor};
    let waiting = run["display"].as_str().and_then(|d| d.strip_prefix("waiting_")).and_then(WaitingFor::from_key);
    let status = run["status"].as_str().and_then(RunStatus::from_key);
    waiting.map(|w| w.word(lang)).or(status.map(|s| s.word(lang))).unwrap_or_default()
}
