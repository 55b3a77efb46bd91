//! A fault as a problem document (RFC 9457) in one language. Where it happened on the wire
//! (`instance`, `request_id`) is added by the face that sends it.

use metel_model::fault::Fault;
use metel_model::lang::Lang;
use serde_json::{Value, json};

pub fn problem(fault: &Fault, lang: Lang) -> Value {
    let code = fault.code;
    let mut out = json!({
        "type": format!("/help/{}", code.name()),
        "title": code.title(lang),
        "status": code.http(),
        "code": code.name(),
        "kind": code.kind(),
        "hint": fault.advice(lang),
    });
    if let Some(detail) = &fault.detail {
        out["detail"] = json!(detail.get(lang));
    }
    if let Some(place) = &fault.place {
        out["where"] = json!(place);
    }
    if !fault.fields.is_empty() {
        let errors = fault.fields.iter().map(|f| json!({"pointer": f.pointer, "message": f.message.get(lang)}));
        out["errors"] = Value::Array(errors.collect());
    }
    if let Some(ms) = fault.retry_after_ms {
        out["retry_after_ms"] = json!(ms);
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use metel_model::code::Code;
    use metel_model::fault::FieldFault;

    #[test]
    fn a_problem_speaks_the_language_asked_for() {
        let fault = Fault::new(Code::PayloadInvalid).about("slack.post_message").fields(vec![FieldFault::new(
            "/channel",
            "is required",
            "꼭 필요해요",
        )]);
        let ko = problem(&fault, Lang::Ko);
        assert_eq!((ko["status"].as_u64(), ko["code"].as_str()), (Some(422), Some("METEL-5003")));
        assert_eq!(ko["errors"][0]["message"], "꼭 필요해요");
        assert_eq!(problem(&fault, Lang::En)["type"], "/help/METEL-5003");
    }
}
