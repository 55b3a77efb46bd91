//! Blog: a draft from the facts of the input. A section that the facts leave empty says so.

use metel_model::Lang;
use serde_json::{Value, json};

use super::reading::Passage;
use super::summary::pick;

struct Part {
    en: &'static str,
    ko: &'static str,
    terms: &'static [&'static str],
}

const PARTS: &[Part] = &[
    Part {
        en: "What it is about",
        ko: "개요",
        terms: &["title", "subject", "purpose", "name", "제목", "공고명", "사업명", "목적", "개요", "과업"],
    },
    Part {
        en: "Conditions",
        ko: "자격과 조건",
        terms: &["require", "eligib", "qualif", "must", "자격", "요건", "필수", "조건", "실적"],
    },
    Part {
        en: "Money",
        ko: "금액",
        terms: &["budget", "price", "amount", "funding", "cost", "예산", "금액", "가격", "사업비", "만원", "억", "krw"],
    },
    Part {
        en: "Dates",
        ko: "일정",
        terms: &["deadline", "due", "date", "period", "closes", "마감", "기한", "기간", "일정", "까지", "접수"],
    },
    Part {
        en: "Strengths",
        ko: "강점",
        terms: &["opportunit", "strength", "preferred", "weight", "기회", "강점", "우대", "가점", "기여"],
    },
    Part {
        en: "Points to settle",
        ko: "챙길 점",
        terms: &["risk", "severity", "penalty", "위험", "위약", "보증", "주의", "미정"],
    },
];

/// Most facts in one section.
const FACTS_MAX: usize = 5;

pub(super) fn draft(lang: Lang, task: &str, input: &Value, passages: &[Passage]) -> Value {
    let title = title(lang, task, input, passages);
    let gap = lang.pick("(to be filled in: the material says nothing about it)", "(채워야 함: 자료에 없는 내용)");
    let mut sections = Vec::new();
    let mut missing = Vec::new();
    let mut markdown = format!("# {title}\n");
    for part in PARTS {
        let heading = lang.pick(part.en, part.ko);
        let mut facts: Vec<String> = Vec::new();
        for passage in passages
            .iter()
            .filter(|p| p.says(part.terms) || p.source.to_lowercase().split('/').any(|key| part.terms.contains(&key)))
        {
            if facts.len() < FACTS_MAX && !facts.contains(&passage.text) {
                facts.push(passage.text.clone());
            }
        }
        if facts.is_empty() {
            missing.push(heading);
        }
        let body = if facts.is_empty() {
            gap.to_owned()
        } else {
            facts.iter().map(|f| format!("- {f}")).collect::<Vec<_>>().join("\n")
        };
        markdown.push_str(&format!("\n## {heading}\n\n{body}\n"));
        sections.push(json!({"heading": heading, "body": body}));
    }
    let summary = pick(passages, task, 2).iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join(" ");
    json!({"title": title, "document": markdown, "sections": sections, "missing": missing, "summary": summary})
}

/// A named title in the input, else its first words, else the task's.
fn title(lang: Lang, task: &str, input: &Value, passages: &[Passage]) -> String {
    const KEYS: &[&str] = &["title", "subject", "name", "topic", "제목", "공고명", "사업명"];
    let named = named(input, KEYS, 0);
    let first = passages.first().map(|p| p.text.clone());
    let text = named.or(first).unwrap_or_else(|| task.to_owned());
    let short: String = text.trim().chars().take(80).collect();
    match lang {
        Lang::En => format!("Draft: {short}"),
        Lang::Ko => format!("초안: {short}"),
    }
}

fn named(value: &Value, keys: &[&str], depth: usize) -> Option<String> {
    if depth > 16 {
        return None;
    }
    match value {
        Value::Object(members) => keys
            .iter()
            .find_map(|key| members.get(*key)?.as_str())
            .filter(|text| !text.trim().is_empty())
            .map(str::to_owned)
            .or_else(|| members.values().find_map(|member| named(member, keys, depth + 1))),
        Value::Array(items) => items.iter().find_map(|item| named(item, keys, depth + 1)),
        _ => None,
    }
}
