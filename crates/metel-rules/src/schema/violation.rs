//! One way in which a value does not fit, for people, in English and Korean.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Violation {
    /// JSON Pointer (RFC 6901) to the part that does not fit; empty for the whole value.
    pub pointer: String,
    /// The keyword of the schema that it does not meet.
    pub keyword: String,
    pub message_en: String,
    pub message_ko: String,
}

impl Violation {
    fn new(pointer: &str, keyword: &str, en: impl Into<String>, ko: impl Into<String>) -> Self {
        Violation {
            pointer: pointer.to_owned(),
            keyword: keyword.to_owned(),
            message_en: en.into(),
            message_ko: ko.into(),
        }
    }

    pub(super) fn too_deep() -> Self {
        Self::new("", "depth", "is nested too deeply", "너무 깊게 겹쳐 있어요")
    }

    pub(super) fn too_much() -> Self {
        Self::new("", "size", "would take too much work to check", "확인하기에 너무 커요")
    }

    pub(super) fn unexplained() -> Self {
        Self::new("", "schema", "does not fit the schema", "정해진 형식에 맞지 않아요")
    }

    pub(super) fn of(error: &ValidationError) -> Self {
        let (en, ko) = words(error.kind());
        Self::new(error.instance_path().as_str(), error.kind().keyword(), en, ko)
    }
}

fn words(kind: &Kind) -> (String, String) {
    let same = |en: &str, ko: &str| (en.to_owned(), ko.to_owned());
    match kind {
        Kind::Type { kind } => {
            let types = match kind {
                TypeKind::Single(one) => one.to_string(),
                TypeKind::Multiple(many) => many.iter().map(|t| t.to_string()).collect::<Vec<_>>().join(", "),
            };
            (format!("must be of type {types}"), format!("타입이 {types}이어야 해요"))
        }
        Kind::Required { property } => {
            let name = plain(property);
            (format!("must have \"{name}\""), format!("\"{name}\" 값이 있어야 해요"))
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let names = listed(unexpected);
            (format!("must not have {names}"), format!("{names} 값은 쓸 수 없어요"))
        }
        Kind::AdditionalItems { limit } => {
            (format!("must have at most {limit} items"), format!("항목은 {limit}개까지예요"))
        }
        Kind::UnevaluatedItems { .. } => same("has more items than allowed", "항목이 정해진 것보다 많아요"),
        Kind::Enum { options } => {
            let options = shortened(options);
            (format!("must be one of {options}"), format!("{options} 가운데 하나여야 해요"))
        }
        Kind::Constant { expected_value } => {
            let value = shortened(expected_value);
            (format!("must be {value}"), format!("{value}이어야 해요"))
        }
        Kind::Minimum { limit } => (format!("must be {limit} or more"), format!("{limit} 이상이어야 해요")),
        Kind::Maximum { limit } => (format!("must be {limit} or less"), format!("{limit} 이하여야 해요")),
        Kind::ExclusiveMinimum { limit } => (format!("must be more than {limit}"), format!("{limit}보다 커야 해요")),
        Kind::ExclusiveMaximum { limit } => (format!("must be less than {limit}"), format!("{limit}보다 작아야 해요")),
        Kind::MultipleOf { multiple_of } => {
            (format!("must be a multiple of {multiple_of}"), format!("{multiple_of}의 배수여야 해요"))
        }
        Kind::MinLength { limit } => {
            (format!("must have at least {limit} characters"), format!("{limit}글자 이상이어야 해요"))
        }
        Kind::MaxLength { limit } => {
            (format!("must have at most {limit} characters"), format!("{limit}글자 이하여야 해요"))
        }
        Kind::MinItems { limit } => {
            (format!("must have at least {limit} items"), format!("항목이 {limit}개 이상이어야 해요"))
        }
        Kind::MaxItems { limit } => (format!("must have at most {limit} items"), format!("항목은 {limit}개까지예요")),
        Kind::MinProperties { limit } => {
            (format!("must have at least {limit} fields"), format!("값이 {limit}개 이상 있어야 해요"))
        }
        Kind::MaxProperties { limit } => {
            (format!("must have at most {limit} fields"), format!("값은 {limit}개까지예요"))
        }
        Kind::UniqueItems => same("must not repeat items", "같은 항목이 두 번 있으면 안 돼요"),
        Kind::Contains => same("must contain a fitting item", "맞는 항목이 들어 있어야 해요"),
        Kind::Pattern { pattern } => {
            let pattern = shortened(&Value::from(pattern.as_str()));
            (format!("must match the pattern {pattern}"), format!("{pattern} 형태에 맞아야 해요"))
        }
        Kind::BacktrackLimitExceeded { .. } | Kind::RegexEngineFailure { .. } => {
            same("is too costly for its pattern", "패턴을 확인하기에 너무 오래 걸려요")
        }
        Kind::Format { format } => (format!("must be a valid {format}"), format!("{format} 형식에 맞아야 해요")),
        Kind::PropertyNames { error } => {
            let (en, ko) = words(error.kind());
            (format!("has a name that {en}"), format!("이름이 맞지 않아요: {ko}"))
        }
        Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } => {
            same("must fit one of the alternatives", "정해진 것 가운데 하나에 맞아야 해요")
        }
        Kind::OneOfMultipleValid { .. } => {
            same("must fit only one of the alternatives", "정해진 것 가운데 하나에만 맞아야 해요")
        }
        Kind::Not { .. } => same("must not fit the excluded form", "제외된 형식이에요"),
        Kind::FalseSchema => same("must not be here", "있으면 안 되는 값이에요"),
        Kind::ContentEncoding { content_encoding } => {
            (format!("must be encoded as {content_encoding}"), format!("{content_encoding}으로 부호화되어야 해요"))
        }
        Kind::ContentMediaType { content_media_type } => {
            (format!("must hold {content_media_type}"), format!("내용이 {content_media_type}이어야 해요"))
        }
        _ => same("does not fit the schema", "정해진 형식에 맞지 않아요"),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn listed(names: &[String]) -> String {
    let mut shown: Vec<_> = names.iter().take(5).map(|n| format!("\"{n}\"")).collect();
    if names.len() > shown.len() {
        shown.push(format!("+{}", names.len() - shown.len()));
    }
    shown.join(", ")
}

fn shortened(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
