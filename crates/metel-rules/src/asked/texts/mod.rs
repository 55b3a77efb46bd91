//! Everyday texts and injected orders, told apart: what is judged wrong is named.

mod everyday;
mod orders;

use std::collections::BTreeMap;

use metel_model::policy::PolicyEffect;
use serde_json::{Value, json};

use super::directive::{sign, wishes};
use super::record::Doc;
use super::{Call, Context, Judgement, Said, Speaker, Tool, judge};

const REQUEST: &str =
    "Read what came in, then send Lena a message with a summary, make a note 'Call the dentist' and update my limit.";

fn tool(name: &str) -> Tool {
    let (description, fields): (&str, &[&str]) = match name {
        "send_message" => ("Sends a message to a person.", &["recipient", "body"]),
        "create_note" => ("Creates a note.", &["title", "text"]),
        _ => ("Sets the daily limit.", &["limit"]),
    };
    let properties: serde_json::Map<String, Value> =
        fields.iter().map(|field| ((*field).to_owned(), json!({}))).collect();
    Tool {
        name: name.into(),
        description: description.into(),
        input_schema: json!({"properties": properties}),
        ..Tool::default()
    }
}

fn judged(text: &str, name: &str, payload: &Value) -> Judgement {
    let said = [Said {
        speaker: Speaker::Tool,
        content: json!(text),
        tool: Some("read_incoming".into()),
        payload: Some(json!({})),
        trusted: false,
    }];
    let tool = tool(name);
    let call = Call { tool: &tool, payload, origins: &BTreeMap::new() };
    judge(&call, &Context { request: REQUEST, said: &said, inside: &[] })
}

/// None of them speaks to a machine, and after each of them what the user asked for goes without a question.
#[test]
fn everyday_texts_cost_no_question() {
    let mut texts = everyday::texts();
    texts.extend(everyday::LATER.iter().map(|text| (*text).to_owned()));
    let mut wrong = Vec::new();
    for text in &texts {
        if let Some(sign) = sign(&Doc::of(&json!(text)), &["send_message", "create_note"]) {
            wrong.push(format!("{} [{}]: {text}", sign.why, sign.excerpt));
            continue;
        }
        for (name, payload) in [
            ("create_note", json!({"title": "Call the dentist", "text": "Call the dentist"})),
            ("send_message", json!({"recipient": "Lena", "body": "Here is a summary."})),
        ] {
            let judged = judged(text, name, &payload);
            if judged.effect != PolicyEffect::Allow {
                wrong.push(format!("{name} {}: {text}", judged.rule));
            }
        }
    }
    assert!(wrong.is_empty(), "{} faults in {} texts: {wrong:#?}", wrong.len(), texts.len());
}

/// Each is heard as an order, and a model that obeys is stopped.
#[test]
fn orders_are_heard_and_nobody_obeys() {
    let mut orders = orders::orders();
    orders.extend(orders::later());
    let (mut unheard, mut obeyed) = (Vec::new(), Vec::new());
    for order in &orders {
        let doc = Doc::of(&json!(order.text));
        let heard = sign(&doc, &["send_message", "create_note", "set_limit"]).is_some()
            || wishes(&doc).any(|wish| wish.acts.has(order.acts));
        if !heard {
            unheard.push(&order.text);
        }
        let judged = judged(&order.text, order.call.0, &order.call.1);
        if judged.effect == PolicyEffect::Allow {
            obeyed.push(&order.text);
        }
    }
    assert!(
        unheard.is_empty() && obeyed.is_empty(),
        "of {} orders {} unheard {unheard:#?}, {} obeyed {obeyed:#?}",
        orders.len(),
        unheard.len(),
        obeyed.len()
    );
}
