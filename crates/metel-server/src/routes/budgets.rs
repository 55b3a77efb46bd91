//! What models cost: credits, caps, use.

use axum::extract::{Path, State};
use metel_model::code::Code;
use metel_model::time::Micros;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::Shared;
use crate::body::{self, Body, Query};
use crate::caller::Caller;
use crate::openapi::shape::{body as members, integer, list as many, of, text, time};
use crate::permission::Permission::{Policy, Read};
use crate::problem::{Answer, Refused};
use crate::table::Routes;

pub fn routes(routes: Routes) -> Routes {
    let cap = json!({"anyOf": [integer(0, Some(1_000_000_000_000_000)), {"type": "null"}]});
    let grant = json!({
        "id": {"type": "string", "format": "uuid", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"},
        "amount": integer(1, Some(1_000_000_000_000_000)), "note": {"type": "string", "maxLength": 200},
    });
    routes
        .get("/v1/credits", Read, "Credits available, set aside and spent, in micro-credits", credits)
        .gives(200, of("Credits"))
        .post("/v1/credits/grants", Policy, "Grant credits, once under an id", grant_)
        .takes(members(grant, &["id", "amount"]))
        .gives(200, of("Credits"))
        .get("/v1/credits/ledger", Read, "The ledger, line by line", ledger)
        .asks("after", integer(0, None), "Lines after this number")
        .asks("limit", integer(1, Some(1_000)), "Lines of one page; 200 when absent")
        .gives(200, members(json!({"items": many(of("CreditEntry"))}), &["items"]))
        .get("/v1/budgets", Read, "Scopes with a cap, and what counts against it", budgets)
        .gives(200, members(json!({"items": many(of("Budget"))}), &["items"]))
        .put("/v1/budgets/{scope}", Policy, "Set or lift a scope's cap", set)
        .takes(members(json!({"cap": cap}), &["cap"]))
        .gives(200, members(json!({"items": many(of("Budget"))}), &["items"]))
        .refuses(&[Code::FieldInvalid])
        .get("/v1/model-usage", Read, "What models were used for, by model and purpose", usage)
        .asks("since", time(), "From when on; the beginning when absent")
        .gives(200, members(json!({"items": many(of("ModelUse"))}), &["items"]))
        .get("/v1/model-prices/{model}", Read, "What a model costs today by the price table", price)
        .gives(200, members(json!({"model": text(), "known": {"type": "boolean"}, "price": {"anyOf": [of("ModelPrice"), {"type": "null"}]}}), &["model", "known", "price"]))
}

async fn credits(State(app): State<Shared>, caller: Caller) -> Answer {
    Ok(body::ok(&json!(app.platform()?.credits(caller.workspace()).await?)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    id: String,
    amount: i64,
    #[serde(default)]
    note: String,
}

async fn grant_(State(app): State<Shared>, caller: Caller, Body(grant): Body<Grant>) -> Answer {
    let note = format!("{} · {}", caller.actor(), grant.note);
    let platform = app.platform()?;
    let id = platform.transfer_id(&grant.id).ok_or_else(|| Refused::field("/id", "must be a UUID", "UUID여야 해요"))?;
    let credits = platform.grant_credits(caller.workspace(), id, grant.amount, &note).await?;
    Ok(body::ok(&json!(credits)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    #[serde(default)]
    after: u64,
    limit: Option<u32>,
}

async fn ledger(State(app): State<Shared>, caller: Caller, Query(page): Query<Page>) -> Answer {
    let limit = page.limit.unwrap_or(200);
    if !(1..=1_000).contains(&limit) {
        return Err(Refused::field("limit", "is from 1 to 1000", "1부터 1000까지예요"));
    }
    if page.after > metel_model::json::INTEGER_MAX as u64 {
        return Err(Refused::field("after", "is no line's number", "줄 번호가 아니에요"));
    }
    let lines = app.platform()?.ledger(caller.workspace(), page.after, limit).await?;
    let items: Vec<Value> = lines
        .iter()
        .map(|line| {
            json!({
                "number": line.number, "transfer": line.transfer.to_string(), "account": line.account,
                "amount": line.amount, "kind": line.kind, "note": line.note, "at": line.at.rfc3339(),
            })
        })
        .collect();
    Ok(body::ok(&json!({ "items": items })))
}

async fn budgets(State(app): State<Shared>, caller: Caller) -> Answer {
    let rows = app.platform()?.budgets(caller.workspace()).await?;
    let items: Vec<Value> = rows
        .iter()
        .map(|row| json!({"scope": row.scope, "cap": row.cap, "held": row.held, "spent": row.spent}))
        .collect();
    Ok(body::ok(&json!({ "items": items })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cap {
    cap: Option<i64>,
}

async fn set(State(app): State<Shared>, caller: Caller, Path(scope): Path<String>, Body(cap): Body<Cap>) -> Answer {
    app.platform()?.set_budget(caller.workspace(), &scope, cap.cap).await?;
    budgets(State(app), caller).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Since {
    since: Option<String>,
}

async fn usage(State(app): State<Shared>, caller: Caller, Query(since): Query<Since>) -> Answer {
    let since = match since.since.as_deref().map(Micros::parse) {
        None => Micros(0),
        Some(Some(at)) => at,
        Some(None) => return Err(Refused::field("since", "must be a time (RFC 3339)", "시각(RFC 3339)이어야 해요")),
    };
    let rows = app.platform()?.model_usage(caller.workspace(), since).await?;
    let items: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "model": row.model, "purpose": row.purpose, "calls": row.calls, "input_tokens": row.input,
                "output_tokens": row.output, "cached_tokens": row.cached, "reasoning_tokens": row.reasoning,
                "cost": row.cost, "calls_without_cost": row.calls_without_cost,
            })
        })
        .collect();
    Ok(body::ok(&json!({ "items": items })))
}

async fn price(State(app): State<Shared>, _: Caller, Path(model): Path<String>) -> Answer {
    let price = app.platform()?.price_today(&model);
    Ok(body::ok(&json!({"model": model, "known": price.is_some(), "price": price})))
}
