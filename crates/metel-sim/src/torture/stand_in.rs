//! Stand-ins for tools: the user's own contract, and answers that satisfy it. What only the real service
//! could tell is taken at its word: whether a call happened is told plainly, and what no sample gives is
//! added to the answer under a name of its own.

use std::sync::Arc;

use metel_model::contract::{Contract, Idempotency, Product};
use metel_model::{Code, Fault};
use metel_rules::contract::{Compiled, Judgement};
use serde_json::{Value, json};

use super::sample;
use super::words::{Words, variants};

/// Where a stand-in's answer holds products that no sample gives.
const GIVEN: &str = "metel_given";
/// Where the answer to "did it happen?" holds the original answer.
const FOUND: &str = "found";

/// A tool of the simulated workspace.
pub struct StandIn {
    pub compiled: Arc<Compiled>,
    /// The usual answer first, then others along the workflow's conditions.
    pub answers: Vec<Value>,
}

/// The answer to "did it happen?".
pub fn told(found: Option<&Value>) -> Value {
    json!({ FOUND: found })
}

/// Makes the stand-in of a contract.
pub fn stand_in(original: &Compiled, words: &Words) -> Result<StandIn, Fault> {
    let mut contract = original.contract.clone();
    if let Idempotency::None { reconcile: Some(reconcile) } = &mut contract.idempotency {
        reconcile.found = format!("response.{FOUND}");
    }
    let mut own = Words::default();
    for text in contract.success.iter().chain(&contract.error) {
        own.add(text);
    }
    let compiled = compile(contract.clone())?;
    if let Some(answers) = answers(&compiled, &own, words) {
        return Ok(StandIn { compiled, answers });
    }
    // No sample satisfies the contract's own expressions: the stand-in gives their results itself.
    give(&mut contract);
    let compiled = compile(contract.clone())?;
    let answers = answers(&compiled, &own, words).ok_or_else(|| {
        Fault::new(Code::ContractInvalid).about(format!("{}: no answer satisfies its own contract", contract.id))
    })?;
    Ok(StandIn { compiled, answers })
}

fn compile(contract: Contract) -> Result<Arc<Compiled>, Fault> {
    let id = contract.id.clone();
    let compiled = Compiled::compile(contract);
    compiled.map(Arc::new).map_err(|faults| Fault::new(Code::ContractInvalid).about(id).fields(faults))
}

fn give(contract: &mut Contract) {
    contract.success = None;
    contract.output_schema = None;
    for (key, product) in &mut contract.produces {
        *product = Product { path: format!("$.{GIVEN}.{key}"), cel: None, ..product.clone() };
    }
}

fn answers(compiled: &Compiled, own: &Words, words: &Words) -> Option<Vec<Value>> {
    let fits = |value: &Value| {
        compiled.check_output(value).is_empty()
            && compiled.judge(200, value, &Value::Null) == Judgement::Pass
            && compiled.products(value).is_ok()
    };
    let free = json!({"type": "object"});
    let schema = compiled.contract.output_schema.as_ref().unwrap_or(&free);
    let complete = |mut value: Value| {
        for (key, product) in &compiled.contract.produces {
            put(&mut value, &product.path, named(key, product));
        }
        value
    };
    let tried = sample::tastes().map(|taste| complete(sample::sample(schema, taste)));
    // What the contract's own criterion compares with is tried as well.
    let base = tried
        .flat_map(|value| {
            let others = variants(&value, own, &|_| true);
            std::iter::once(value).chain(others)
        })
        .find(|value| fits(value))?;
    let mut more = words.clone();
    for (key, product) in &compiled.contract.produces {
        // Conditions read products by their keys; the value has another name in the answer.
        if words.has(key) {
            more.names.extend(product.path.rsplit(['.', '[', ']', '\'', '"']).next().map(str::to_owned));
        }
    }
    let others = variants(&base, &more, &fits);
    Some(std::iter::once(base).chain(others).collect())
}

/// A value that reads as what a product is.
fn named(key: &str, product: &Product) -> Value {
    match product.kind.rsplit('.').next().unwrap_or_default() {
        "number" | "integer" | "count" => json!(1),
        "rows" | "table" | "list" => json!([{ "sample": "sample" }]),
        "date" => json!("2026-01-02"),
        "url" | "page_url" | "permalink" => json!(format!("https://sample.test/{key}")),
        _ => json!(format!("sample {key}")),
    }
}

/// Puts a value where a plain path (`$.a.b[0]`) leads, unless something is there.
fn put(root: &mut Value, path: &str, value: Value) {
    let Some(rest) = path.strip_prefix('$') else { return };
    let mut place = root;
    for part in rest.split(['.', '[']).filter(|part| !part.is_empty()) {
        let name = part.trim_end_matches(']').trim_matches(['\'', '"']);
        if name.is_empty() || name.contains(['*', '?', ':', '@', ',']) {
            return;
        }
        if let (true, Ok(index)) = (part.ends_with(']'), name.parse::<usize>()) {
            if place.is_null() {
                *place = json!([]);
            }
            let Value::Array(items) = place else { return };
            if index > items.len() || index > 9 {
                return;
            }
            if index == items.len() {
                items.push(Value::Null);
            }
            place = &mut items[index];
        } else {
            if place.is_null() {
                *place = json!({});
            }
            let Value::Object(members) = place else { return };
            place = members.entry(name).or_insert(Value::Null);
        }
    }
    if place.is_null() {
        *place = value;
    }
}

/// The answer as it is given the nth time: what the output schema marks with `x-volatile: true` is another
/// value each time.
pub fn nth(schema: Option<&Value>, answer: &Value, n: u32) -> Value {
    let mut answer = answer.clone();
    if let (Some(schema), true) = (schema, n > 0) {
        change(schema, &mut answer, n, 0);
    }
    answer
}

fn change(schema: &Value, value: &mut Value, n: u32, depth: u32) {
    if depth > 16 {
        return;
    }
    if schema.get("x-volatile") == Some(&Value::Bool(true)) {
        let choices = schema.get("enum").and_then(Value::as_array).filter(|list| list.len() > 1);
        match (choices, &mut *value) {
            (Some(choices), now) => {
                let at = choices.iter().position(|choice| choice == now).unwrap_or(0);
                *value = choices[(at + n as usize) % choices.len()].clone();
            }
            (None, Value::Bool(now)) => *now ^= n % 2 == 1,
            (None, Value::Number(now)) => *value = json!(now.as_f64().unwrap_or(0.0) as i64 + i64::from(n) * 1_000),
            (None, Value::String(now)) => now.push_str(&format!(" {n}")),
            _ => {}
        }
        return;
    }
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if let Some(schema) = schema.get("properties").and_then(|all| all.get(name)) {
                    change(schema, member, n, depth + 1);
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                items.iter_mut().for_each(|item| change(schema, item, n, depth + 1));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use metel_model::contract::Contract;

    fn contract(more: Value) -> Compiled {
        let mut contract = json!({"id": "s.do", "version": "1.0.0", "title": "do", "description": "do", "risk": ["write"],
            "input_schema": {"type": "object", "properties": {}, "additionalProperties": false},
            "transport": {"type": "http", "method": "POST", "path": "/x"}, "idempotency": {"type": "none"}});
        contract.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Compiled::compile(serde_json::from_value::<Contract>(contract).unwrap()).map_err(|f| format!("{f:?}")).unwrap()
    }

    #[test]
    fn an_answer_satisfies_schema_criterion_and_products() {
        let compiled = contract(json!({
            "output_schema": {"type": "object", "required": ["state"], "properties": {"state": {"type": "string"}}},
            "success": "response.state == 'done'",
            "produces": {"url": {"path": "$.data[0].url", "type": "url"}}
        }));
        let made = stand_in(&compiled, &Words::default()).unwrap();
        assert_eq!(made.answers[0]["state"], "done");
        assert_eq!(made.answers[0]["data"][0]["url"], "https://sample.test/url");
        assert!(made.compiled.products(&made.answers[0]).is_ok());
    }

    #[test]
    fn what_no_sample_gives_is_given() {
        let compiled = contract(json!({"success": "response.a.b.c.d > 41 && response.x == response.y.z",
            "produces": {"n": {"cel": "response.rows.map(r, r.deep.n)[0]", "type": "number"}}}));
        let made = stand_in(&compiled, &Words::default()).unwrap();
        assert_eq!(made.compiled.products(&made.answers[0]).unwrap()["n"], 1);
    }

    #[test]
    fn what_is_volatile_is_another_each_time() {
        let schema = json!({"properties": {"open": {"type": "boolean", "x-volatile": true},
            "queue": {"enum": ["a", "b"], "x-volatile": true}, "name": {"type": "string"}}});
        let answer = json!({"open": true, "queue": "a", "name": "n"});
        assert_eq!(nth(Some(&schema), &answer, 0), answer);
        assert_eq!(nth(Some(&schema), &answer, 1), json!({"open": false, "queue": "b", "name": "n"}));
        assert_eq!(nth(None, &answer, 5), answer);
    }
}
