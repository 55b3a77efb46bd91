//! The final answer without a model: made from what happened only. It names what was done with links,
//! what was not done and why, the cost and the time, and that no model was used where that is so.

use metel_model::event::{Answer, Link};
use metel_model::lang::Lang;
use serde_json::Value;

/// Longest answer, in characters.
const CHARS_MAX: usize = 4_000;

/// What became of one action.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    /// The tool's title in the answer's language.
    pub title: String,
    /// What it was about, for the reader: a page's title, a channel.
    pub about: String,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// With its products: links are shown; a summary or a text is shown as the result.
    Succeeded {
        products: Vec<(String, Value)>,
    },
    Failed {
        why: String,
    },
    /// Not done, and why: rejected, left out, cancelled.
    Skipped {
        why: String,
    },
}

/// What it took.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Spent {
    /// Micro-credits; 0 where nothing was charged or the price is not known.
    pub cost: i64,
    pub ms: u64,
    /// Whether a model had a part in it.
    pub model: bool,
}

/// Words an outcome. Nothing is said that is not in `actions` and `spent`.
pub fn compose(lang: Lang, request: &str, actions: &[Done], spent: Spent) -> Answer {
    let pick = |en: &str, ko: &str| lang.pick(en, ko).to_owned();
    let mut links: Vec<Link> = Vec::new();
    let mut lines: Vec<String> = Vec::new();
    let done: Vec<&Done> =
        actions.iter().filter(|action| matches!(action.outcome, Outcome::Succeeded { .. })).collect();
    lines.push(match (done.len(), actions.len()) {
        (0, _) => pick("Nothing was done.", "한 일이 없어요."),
        (n, all) if n == all => pick("Done.", "다 했어요."),
        (n, all) => match lang {
            Lang::En => format!("{n} of {all} steps were done."),
            Lang::Ko => format!("{all}단계 가운데 {n}단계를 했어요."),
        },
    });
    let mut result: Option<&str> = None;
    for action in actions {
        let name = match action.about.is_empty() {
            true => action.title.clone(),
            false => format!("{}: {}", action.title, action.about),
        };
        match &action.outcome {
            Outcome::Succeeded { products } => {
                let mut line = format!("✓ {name}");
                for (key, value) in products {
                    let Some(text) = value.as_str() else { continue };
                    if is_link(text) && !links.iter().any(|link| link.url == text) {
                        let title = if action.about.is_empty() { &action.title } else { &action.about };
                        links.push(Link { title: title.clone(), url: text.to_owned() });
                        line.push_str(&format!(" → {text}"));
                    } else if key == "summary" || key == "text" {
                        result = Some(text);
                    }
                }
                lines.push(line);
            }
            Outcome::Failed { why } => lines.push(match lang {
                Lang::En => format!("✕ {name}: it failed. {why}"),
                Lang::Ko => format!("✕ {name}: 실패했어요. {why}"),
            }),
            Outcome::Skipped { why } => lines.push(match lang {
                Lang::En => format!("– {name}: not done. {why}"),
                Lang::Ko => format!("– {name}: 하지 않았어요. {why}"),
            }),
        }
    }
    // What was only read is the answer itself, unless it was sent on.
    let sent_on = done.last().is_some_and(|last| matches!(&last.outcome, Outcome::Succeeded { products } if products.iter().any(|(_, value)| value.as_str().is_some_and(is_link))));
    if let Some(result) = result.filter(|_| !sent_on) {
        lines.push(String::new());
        lines.push(result.chars().take(CHARS_MAX / 2).collect());
    }
    lines.push(String::new());
    let seconds = spent.ms as f64 / 1_000.0;
    let mut spent_words = vec![match spent.ms {
        0..1_000 => format!("{} ms", spent.ms),
        _ => format!("{seconds:.1}{}", lang.pick(" s", "초")),
    }];
    if spent.cost > 0 {
        let credits = spent.cost as f64 / 1_000_000.0;
        spent_words.push(format!("{credits:.4}{}", lang.pick(" credits", "크레딧")));
    }
    if !spent.model {
        spent_words.push(pick("no model was used", "모델을 쓰지 않았어요"));
    }
    lines.push(spent_words.join(" · "));
    let _ = request;
    Answer { text: lines.join("\n").chars().take(CHARS_MAX).collect(), links, worded: false }
}

fn is_link(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("http://")) && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn page() -> Done {
        Done {
            title: "페이지 만들기".into(),
            about: "주간 회의록".into(),
            outcome: Outcome::Succeeded {
                products: vec![("page_url".into(), json!("https://notion.so/p1")), ("page_id".into(), json!("p1"))],
            },
        }
    }

    #[test]
    fn what_was_done_and_what_was_not_is_said_with_links() {
        let post = Done {
            title: "메시지 보내기".into(),
            about: "#team".into(),
            outcome: Outcome::Skipped { why: "승인자가 거절했어요: 지금은 안 돼요".into() },
        };
        let answer = compose(Lang::Ko, "…", &[page(), post], Spent { cost: 0, ms: 1_240, model: false });
        assert_eq!(
            answer.text,
            "2단계 가운데 1단계를 했어요.\n✓ 페이지 만들기: 주간 회의록 → https://notion.so/p1\n– 메시지 보내기: #team: 하지 않았어요. 승인자가 거절했어요: 지금은 안 돼요\n\n1.2초 · 모델을 쓰지 않았어요"
        );
        assert_eq!(answer.links, [Link { title: "주간 회의록".into(), url: "https://notion.so/p1".into() }]);
    }

    #[test]
    fn a_summary_that_went_nowhere_is_the_answer() {
        let read = Done {
            title: "Read".into(),
            about: String::new(),
            outcome: Outcome::Succeeded { products: vec![("text".into(), json!("long text"))] },
        };
        let sum = Done {
            title: "Summarise".into(),
            about: String::new(),
            outcome: Outcome::Succeeded { products: vec![("summary".into(), json!("Short."))] },
        };
        let answer = compose(Lang::En, "…", &[read, sum], Spent { cost: 12_400, ms: 900, model: true });
        assert_eq!(answer.text, "Done.\n✓ Read\n✓ Summarise\n\nShort.\n\n900 ms · 0.0124 credits");
        let failed = Done {
            title: "Read".into(),
            about: String::new(),
            outcome: Outcome::Failed { why: "It was not there.".into() },
        };
        assert!(
            compose(Lang::En, "…", &[failed], Spent::default())
                .text
                .starts_with("Nothing was done.\n✕ Read: it failed. It was not there.")
        );
    }
}
