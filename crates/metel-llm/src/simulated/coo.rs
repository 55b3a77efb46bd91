//! COO: what is not well in operation, the cause that the observations point to, and steps to
//! recover, each with a check and a way back. Reads statuses, error texts and expiry figures.

use metel_model::Lang;
use serde_json::{Value, json};

use super::reading::Passage;

struct Cause {
    name: &'static str,
    terms: &'static [&'static str],
    en: &'static str,
    ko: &'static str,
    /// Steps: (what, check, way back), English then Korean.
    steps: &'static [([&'static str; 3], [&'static str; 3])],
}

/// The first that the observations speak for most is taken; earlier ones win ties.
const CAUSES: &[Cause] = &[
    Cause {
        name: "key_expiring",
        terms: &[
            "expir",
            "만료",
            "days_left",
            "expires_at",
            "rotate",
            "key_status",
            "token_expired",
            "invalid_auth",
            "401",
        ],
        en: "The key or token is running out or has run out",
        ko: "키나 토큰이 만료됐거나 곧 만료돼요",
        steps: &[
            (
                [
                    "Obtain a new key from the service",
                    "the service accepts it in a test call",
                    "the old key stays valid until then",
                ],
                ["서비스에서 새 키를 발급받아요", "시험 호출을 서비스가 받아들여요", "그때까지 옛 키를 그대로 둬요"],
            ),
            (
                [
                    "Put the new key in the vault under the same name",
                    "the connection's test passes",
                    "put the previous version back",
                ],
                ["새 키를 같은 이름으로 금고에 넣어요", "연결 시험이 통과해요", "이전 버전으로 되돌려요"],
            ),
            (
                ["Revoke the old key", "calls go on without errors", "issue another key"],
                ["옛 키를 폐기해요", "호출이 오류 없이 이어져요", "키를 다시 발급받아요"],
            ),
        ],
    },
    Cause {
        name: "rate_limited",
        terms: &["rate limit", "too many requests", "429", "quota", "한도 초과", "요청 한도", "할당량"],
        en: "The service refuses calls because there are too many",
        ko: "호출이 많아서 서비스가 거절해요",
        steps: &[(
            [
                "Slow the calls down and wait for the time the service names",
                "no call is refused for ten minutes",
                "set the previous pace",
            ],
            ["호출을 늦추고 서비스가 알려 준 시간을 기다려요", "10분 동안 거절된 호출이 없어요", "이전 속도로 돌려요"],
        )],
    },
    Cause {
        name: "disk_full",
        terms: &["disk full", "no space", "enospc", "디스크", "용량 부족"],
        en: "Storage is full",
        ko: "저장 공간이 가득 찼어요",
        steps: &[(
            ["Free space by moving old files away", "writes succeed again", "bring the files back"],
            ["오래된 파일을 옮겨 공간을 비워요", "쓰기가 다시 돼요", "파일을 되돌려 놓아요"],
        )],
    },
    Cause {
        name: "service_down",
        terms: &[
            "unreachable",
            "timeout",
            "timed out",
            "connection refused",
            "502",
            "503",
            "down",
            "응답 없음",
            "연결 실패",
            "장애",
            "중단",
        ],
        en: "The service does not answer",
        ko: "서비스가 응답하지 않아요",
        steps: &[(
            [
                "Hold the work that needs the service and probe it",
                "the probe answers three times in a row",
                "let the work wait",
            ],
            ["이 서비스가 필요한 일을 멈추고 상태를 살펴요", "확인 호출이 세 번 이어서 성공해요", "일을 기다리게 둬요"],
        )],
    },
    Cause {
        name: "errors",
        terms: &["error", "fail", "exception", "오류", "실패", "에러"],
        en: "Calls fail",
        ko: "호출이 실패해요",
        steps: &[(
            ["Repeat the failing call once by hand and read its error", "the error names a cause", "change nothing"],
            ["실패한 호출을 한 번 직접 해 보고 오류를 읽어요", "오류가 원인을 말해 줘요", "아무것도 바꾸지 않아요"],
        )],
    },
];

/// Most observations that are quoted.
const OBSERVATIONS_MAX: usize = 8;

pub(super) fn operate(lang: Lang, task: &str, input: &Value, passages: &[Passage]) -> Value {
    let hits = |cause: &Cause| passages.iter().filter(|passage| speaks(passage, cause)).count();
    let mut best: Option<(&Cause, usize)> = None;
    for cause in CAUSES {
        let count = hits(cause);
        if count > 0 && best.is_none_or(|(_, most)| count > most) {
            best = Some((cause, count));
        }
    }
    let Some((cause, count)) = best else {
        let summary = match passages.is_empty() {
            true => super::findings::nothing(lang),
            false => lang
                .pick(
                    "Nothing in what was observed points to a fault.",
                    "살펴본 것 가운데 이상을 가리키는 것이 없어요.",
                )
                .to_owned(),
        };
        return json!({"summary": summary, "diagnosis": summary, "cause": "none", "confidence": 0, "healthy": !passages.is_empty(), "observations": [], "plan": [], "steps": []});
    };
    let observations: Vec<Value> = passages
        .iter()
        .filter(|passage| speaks(passage, cause))
        .take(OBSERVATIONS_MAX)
        .map(|passage| json!({"quote": passage.text, "source": passage.source}))
        .collect();
    let subject = subject(input, 0).unwrap_or_default();
    let diagnosis = match subject.is_empty() {
        true => format!("{}.", lang.pick(cause.en, cause.ko)),
        false => format!("{subject}: {}.", lang.pick(cause.en, cause.ko)),
    };
    let steps: Vec<Value> = cause
        .steps
        .iter()
        .enumerate()
        .map(|(at, (en, ko))| {
            let [what, check, back] = if lang == Lang::Ko { ko } else { en };
            json!({"step": at + 1, "what": what, "check": check, "back": back})
        })
        .collect();
    let plan: Vec<&str> = cause.steps.iter().map(|(en, ko)| lang.pick(en[0], ko[0])).collect();
    let wants_plan = ["plan", "recover", "계획", "복구"].iter().any(|word| task.to_lowercase().contains(word));
    let summary = match wants_plan {
        true => format!("{diagnosis} {}", plan.join(lang.pick("; then ", " → "))),
        false => diagnosis.clone(),
    };
    json!({
        "summary": summary,
        "diagnosis": diagnosis,
        "cause": cause.name,
        "confidence": (40 + 15 * count as i64).min(90),
        "healthy": false,
        "observations": observations,
        "plan": plan,
        "steps": steps,
    })
}

fn speaks(passage: &Passage, cause: &Cause) -> bool {
    let key = passage.source.rsplit('/').next().unwrap_or_default().to_lowercase();
    passage.says(cause.terms) || cause.terms.iter().any(|term| term.len() > 4 && key.contains(term))
}

/// What the input is about: the service or key that it names.
fn subject(value: &Value, depth: usize) -> Option<String> {
    const KEYS: &[&str] = &["service", "connection", "key_name", "key", "name", "component"];
    if depth > 16 {
        return None;
    }
    match value {
        Value::Object(members) => KEYS
            .iter()
            .find_map(|key| members.get(*key)?.as_str())
            .filter(|name| !name.is_empty() && name.chars().count() <= 60)
            .map(str::to_owned)
            .or_else(|| members.values().find_map(|member| subject(member, depth + 1))),
        Value::Array(items) => items.iter().find_map(|item| subject(item, depth + 1)),
        _ => None,
    }
}
