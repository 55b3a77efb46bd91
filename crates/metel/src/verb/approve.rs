//! `metel approve`, `metel reject`: a person decides on what was shown.

use clap::Args;
use metel_model::{Code, Fault, Lang};
use serde_json::{Value, json};

use super::ask::prompt;
use super::{Common, run};
use crate::api::Api;

#[derive(Args)]
pub struct Approve {
    /// An approval's id (its last six letters are enough), `@last`, or `list`; several are decided together
    #[arg(required = true)]
    ids: Vec<String>,
    /// Send with personal data masked
    #[arg(long)]
    mask: bool,
    /// Send this payload instead (JSON)
    #[arg(long)]
    edit: Option<String>,
    /// Also for further calls of the same tool in this run
    #[arg(long)]
    all_like: bool,
    /// The id is a run's: approve the rest of its plan as a whole, within what is shown
    #[arg(long, conflicts_with_all = ["mask", "edit", "all_like"])]
    plan: bool,
    /// Also everything like it until this time (RFC 3339), within the bounds of this one
    #[arg(long, value_name = "TIME", conflicts_with_all = ["mask", "edit", "all_like", "plan"])]
    always_until: Option<String>,
    /// How often, at most
    #[arg(long, requires = "always_until", default_value_t = 100)]
    uses: u32,
    /// Give the right to decide to this person
    #[arg(long, value_name = "NAME", conflicts_with_all = ["mask", "edit", "all_like", "plan"])]
    to: Option<String>,
    /// Why it is handed over
    #[arg(long, requires = "to")]
    reason: Option<String>,
    /// Ask back
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["mask", "edit", "all_like", "plan", "to"])]
    ask: Option<String>,
    /// Answer what was asked back
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["mask", "edit", "all_like", "plan", "to", "ask"])]
    answer: Option<String>,
    /// Which question is answered: the first open one where absent
    #[arg(long, requires = "answer")]
    question: Option<u32>,
}

#[derive(Args)]
pub struct Reject {
    id: String,
    #[arg(long)]
    reason: Option<String>,
}

async fn find(api: &Api, id: &str) -> Result<Value, Fault> {
    if id != "@last" {
        return api.get(&format!("/v1/approvals/{id}")).await;
    }
    let list = api.get("/v1/approvals?status=pending&limit=1").await?;
    list["items"]
        .get(0)
        .cloned()
        .ok_or_else(|| Fault::new(Code::NotFound).detail("no approval is pending", "기다리는 승인이 없어요"))
}

async fn decide(api: &Api, approval: &Value, mut body: Value) -> Result<Value, Fault> {
    body["digest"] = approval["digest"].clone();
    let id = approval["id"].as_str().unwrap_or_default();
    api.post(&format!("/v1/approvals/{id}/decision"), &body).await
}

async fn after(api: &Api, approval: &Value, common: &Common) -> Result<u8, Fault> {
    if approval["status"] == "pending" {
        show_needs(approval, common.lang());
        return Ok(7);
    }
    let id = approval["run"].as_str().unwrap_or_default();
    let state = api.get(&format!("/v1/runs/{id}")).await?;
    run::finish(&run::settle(api, state).await?, common)
}

/// What the person reads: the exact payload, never a model's prose.
pub fn show(approval: &Value, lang: Lang) {
    eprintln!("⏸ {}", approval["title"][lang.tag()].as_str().unwrap_or_default());
    for reason in approval["verdict"]["reasons"].as_array().into_iter().flatten() {
        eprintln!("   {} {}", lang.pick("why:", "왜:"), reason[lang.tag()].as_str().unwrap_or_default());
    }
    for (name, value) in approval["payload"].as_object().into_iter().flatten() {
        eprintln!("   {name:<10} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    show_needs(approval, lang);
    for question in approval["questions"].as_array().into_iter().flatten() {
        let text = |value: &Value| value["text"].as_str().unwrap_or_default().to_owned();
        eprintln!("   ? {} ({})", text(question), question["by"].as_str().unwrap_or_default());
        if question["answer"].is_object() {
            let answer = &question["answer"];
            eprintln!("     {} ({})", text(answer), answer["by"].as_str().unwrap_or_default());
        }
    }
}

/// Who has to approve it, and how many have.
fn show_needs(approval: &Value, lang: Lang) {
    for need in approval["needs"].as_array().into_iter().flatten() {
        let names: Vec<&str> = need["approvers"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let names = if names.is_empty() {
            lang.pick("anybody who may decide", "결정할 수 있는 누구나").to_owned()
        } else {
            names.join(", ")
        };
        let (have, quorum) = (&need["have"], &need["quorum"]);
        eprintln!("   {} {have}/{quorum} · {names}", lang.pick("approved:", "승인:"));
        if need["separation"] == true {
            eprintln!("   {}", lang.pick("not by whoever asked for it", "요청한 사람은 승인할 수 없음"));
        }
    }
}

/// Asks about each pending approval of a run; false when one was left open.
pub async fn ask_all(api: &Api, state: &Value, lang: Lang) -> Result<bool, Fault> {
    for approval in state["approvals"].as_array().into_iter().flatten().filter(|a| a["status"] == "pending") {
        show(approval, lang);
        let body = match prompt(lang.pick(
            "[a] approve  [m] mask and send  [r] reject  [l] later > ",
            "[a] 승인  [m] 가리고 보내기  [r] 거절  [l] 나중에 > ",
        ))
        .as_str()
        {
            "a" => json!({ "decision": "approve" }),
            "m" => json!({ "decision": "mask" }),
            "r" => json!({ "decision": "reject" }),
            _ => return Ok(false),
        };
        decide(api, approval, body).await?;
    }
    Ok(true)
}

/// Shows what one approval of a run's plan would cover, and gives it after a yes.
async fn approve_plan(api: &Api, run: &str, common: &Common) -> Result<u8, Fault> {
    let lang = common.lang();
    let found = api.get(&format!("/v1/runs/{run}/envelope")).await?;
    let envelope = &found["envelope"];
    let list = |name: &str| {
        let items = envelope[name].as_array().into_iter().flatten().filter_map(Value::as_str);
        items.collect::<Vec<_>>().join(", ")
    };
    eprintln!("{} {}", lang.pick("tools:", "도구:"), list("tools"));
    eprintln!("{} {}", lang.pick("receivers:", "받는 곳:"), list("recipients"));
    eprintln!("{} {}", lang.pick("calls at most:", "최대 호출 수:"), envelope["calls"]);
    let exact = envelope["exact"].as_array().map_or(0, Vec::len);
    eprintln!("{} {exact}", lang.pick("payloads exactly as they are:", "내용 그대로 승인하는 것:"));
    for step in found["open"].as_array().into_iter().flatten() {
        eprintln!("{} {}", lang.pick("will still ask:", "그래도 물어볼 단계:"), step.as_str().unwrap_or_default());
    }
    if common.no_input || prompt(lang.pick("[y] approve all of this  [n] no > ", "[y] 모두 승인  [n] 아니요 > ")) != "y"
    {
        return Ok(7);
    }
    let body = json!({"envelope": envelope, "digest": found["digest"]});
    let state = api.post(&format!("/v1/runs/{run}/envelope"), &body).await?;
    run::finish(&run::settle(api, state).await?, common)
}

impl Approve {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let (api, lang) = (common.api()?, common.lang());
        let first = self.ids.first().cloned().unwrap_or_default();
        if self.plan {
            return approve_plan(&api, &first, common).await;
        }
        if first == "list" {
            let list = api.get("/v1/approvals?status=pending&limit=200").await?;
            if common.json {
                println!("{list:#}");
                return Ok(0);
            }
            for approval in list["items"].as_array().into_iter().flatten() {
                println!(
                    "{}  {}",
                    approval["short"].as_str().unwrap_or_default(),
                    approval["title"][lang.tag()].as_str().unwrap_or_default()
                );
            }
            return Ok(0);
        }
        if self.ids.len() > 1 {
            return self.together(&api, lang).await;
        }
        let approval = find(&api, &first).await?;
        if let Some(heard) = self.hear(&api, &approval).await? {
            if common.json {
                println!("{heard:#}");
            } else {
                show(&heard, lang);
            }
            return Ok(0);
        }
        let body = match (&self.edit, self.mask) {
            (Some(text), _) => {
                let payload: Value =
                    serde_json::from_str(text).map_err(|e| Fault::new(Code::JsonMalformed).about(e))?;
                json!({ "decision": "edit", "payload": payload })
            }
            (None, true) => json!({ "decision": "mask" }),
            (None, false) => json!({ "decision": "approve", "all_like_this": self.all_like }),
        };
        let decided = decide(&api, &approval, body).await?;
        after(&api, &decided, common).await
    }
}

impl Approve {
    /// Several at once; each counts or fails by itself.
    async fn together(self, api: &Api, lang: Lang) -> Result<u8, Fault> {
        let mut decisions = Vec::new();
        for id in &self.ids {
            let approval = find(api, id).await?;
            let decision = if self.mask { "mask" } else { "approve" };
            decisions.push(json!({"id": approval["id"], "digest": approval["digest"], "decision": decision}));
        }
        let done = api.post("/v1/approvals/decisions", &json!({ "decisions": decisions })).await?;
        let mut failed = 0;
        for item in done["items"].as_array().into_iter().flatten() {
            let id = item["id"].as_str().unwrap_or_default();
            if item["ok"] == true {
                println!("✓ {id} {}", item["approval"]["status"].as_str().unwrap_or_default());
            } else {
                failed += 1;
                println!("✕ {id} {}", item["error"]["title"].as_str().unwrap_or(lang.pick("failed", "실패")));
            }
        }
        Ok(u8::from(failed > 0))
    }

    /// What is no decision: handing over, asking back, answering.
    async fn hear(&self, api: &Api, approval: &Value) -> Result<Option<Value>, Fault> {
        let path = |act: &str| format!("/v1/approvals/{}/{act}", approval["id"].as_str().unwrap_or_default());
        Ok(Some(if let Some(until) = &self.always_until {
            let bounds = json!({"digest": approval["digest"], "until": until, "uses": self.uses});
            let rule = api.post(&path("always"), &bounds).await?;
            eprintln!("✓ {}", rule["id"].as_str().unwrap_or_default());
            api.get(path("").trim_end_matches('/')).await?
        } else if let Some(to) = &self.to {
            api.post(&path("delegate"), &json!({"to": to, "reason": self.reason})).await?
        } else if let Some(text) = &self.ask {
            api.post(&path("questions"), &json!({ "text": text })).await?
        } else if let Some(text) = &self.answer {
            let asked = approval["questions"].as_array().map(Vec::as_slice).unwrap_or_default();
            let open = asked.iter().position(|question| question["answer"].is_null()).map_or(1, |place| place + 1);
            let question = self.question.map_or(open as u64, u64::from);
            api.post(&path("answers"), &json!({"question": question, "text": text})).await?
        } else {
            return Ok(None);
        }))
    }
}

impl Reject {
    pub async fn run(self, common: &Common) -> Result<u8, Fault> {
        let api = common.api()?;
        let approval = find(&api, &self.id).await?;
        let decided = decide(&api, &approval, json!({ "decision": "reject", "reason": self.reason })).await?;
        after(&api, &decided, common).await.map(|_| 0)
    }
}
