//! Words for the terminal: data on stdout, everything else on stderr.

use metel_model::lang::Lang;
use metel_model::{Code, Fault};
use serde_json::Value;

/// An error in the form that every face shares.
pub fn fault(fault: &Fault, lang: Lang) {
    let word = lang.pick("error", "오류");
    eprintln!("{word} {}  {}", fault.code.name(), fault.sentence(lang));
    if let Some(place) = &fault.place {
        eprintln!("  {}  {place}", lang.pick("where", "어디"));
    }
    for field in &fault.fields {
        eprintln!("  {}  {}", field.pointer, field.message.get(lang));
    }
    eprintln!("  {}  {}", lang.pick("fix", "고치기"), fault.advice(lang));
}

/// A problem document of the interface, read back as a fault.
pub fn problem(body: &Value, status: u16) -> Fault {
    let code = body.get("code").and_then(Value::as_str).and_then(Code::from_name);
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut fault = Fault::new(code.unwrap_or(Code::Internal));
    let detail = text("detail");
    fault = if code.is_none() { fault.about(format!("HTTP {status} {detail}")) } else { fault.about(detail) };
    if !text("where").is_empty() {
        fault = fault.at(text("where"));
    }
    let hint = text("hint");
    if !hint.is_empty() {
        fault = fault.hint(hint.clone(), hint);
    }
    let field = |error: &Value| {
        let get = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        metel_model::fault::FieldFault::new(get("pointer"), get("message"), get("message"))
    };
    fault.fields(
        body.get("errors").and_then(Value::as_array).map(|list| list.iter().map(field).collect()).unwrap_or_default(),
    )
}
