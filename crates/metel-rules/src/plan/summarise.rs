//! Shortening without a model: the sentences that carry most of a text's own words, in their order,
//! and tables as readable lines. Nothing is said that the text does not say.

use std::collections::HashMap;
use std::sync::LazyLock;

use metel_model::lang::Lang;
use regex::Regex;
use serde_json::Value;

use super::retrieve::terms;
use super::understand::lexicon::expression;

/// Longest summary, in characters.
pub const CHARS_MAX: usize = 1_200;
/// What is read of a text, in characters.
const READ_MAX: usize = 200_000;
/// Sentences that are weighed.
const SENTENCES_MAX: usize = 2_000;
/// Rows of a table that are written out.
const ROWS_MAX: usize = 50;

/// A summary of a text, a table or anything else, in as many points as the instruction asks (three
/// where it does not say).
pub fn summarise(value: &Value, instruction: &str, lang: Lang) -> String {
    match value {
        Value::String(text) => match table_inside(text) {
            Some(table) => of_table(&table, lang),
            None => of_text(text, points(instruction)),
        },
        Value::Array(_) => of_table(value, lang),
        Value::Object(members) => {
            match members.get("rows").or_else(|| members.get("values")).or_else(|| members.get("results")) {
                Some(rows @ Value::Array(_)) => of_table(rows, lang),
                _ => lines(value).join("\n"),
            }
        }
        other => other.to_string(),
    }
}

/// A value as readable text: text as it is, tables as lines with cells between ` · `.
pub fn readable(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => lines(other).join("\n"),
    }
}

static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)(\d{1,2})\s?(?:줄|문장|가지|개|lines?|sentences?|points?|bullets?)|(한|두|세|네|다섯|one|two|three|four|five)\s?(?:줄|문장|가지|개|lines?|sentences?|points?|bullets?)",
    )
});

/// How many points an instruction asks for.
fn points(instruction: &str) -> usize {
    let Some(found) = NUMBER.captures(instruction) else { return 3 };
    let n = match (found.get(1), found.get(2)) {
        (Some(digits), _) => digits.as_str().parse().unwrap_or(3),
        (_, Some(word)) => match word.as_str().to_lowercase().as_str() {
            "한" | "one" => 1,
            "두" | "two" => 2,
            "네" | "four" => 4,
            "다섯" | "five" => 5,
            _ => 3,
        },
        _ => 3,
    };
    n.clamp(1, 10)
}

/// JSON rows given as text.
fn table_inside(text: &str) -> Option<Value> {
    let trimmed = text.trim();
    let rows: Value =
        (trimmed.starts_with('[') && trimmed.len() < READ_MAX).then(|| serde_json::from_str(trimmed).ok())??;
    rows.as_array().is_some_and(|rows| rows.iter().all(|row| row.is_array() || row.is_object())).then_some(rows)
}

fn of_text(text: &str, count: usize) -> String {
    let read: String = text.chars().take(READ_MAX).collect();
    let sentences = sentences(&read);
    if sentences.len() <= count {
        return sentences.iter().map(|sentence| shorten(sentence, 300)).collect::<Vec<_>>().join("\n");
    }
    let words: Vec<Vec<String>> = sentences.iter().map(|sentence| words(sentence)).collect();
    let mut weight: HashMap<&str, f64> = HashMap::new();
    for word in words.iter().flatten() {
        *weight.entry(word).or_default() += 1.0;
    }
    let total = sentences.len() as f64;
    let score = |at: usize| -> f64 {
        let own = &words[at];
        if own.is_empty() {
            return 0.0;
        }
        let sum: f64 = own.iter().filter_map(|word| weight.get(word.as_str())).map(|count| count.ln_1p()).sum();
        // Long sentences gain less than they add; beginnings say what a text is about.
        sum / (own.len() as f64).powf(0.6) * (1.0 + 0.25 * (1.0 - at as f64 / total)) + if at == 0 { 0.3 } else { 0.0 }
    };
    let mut order: Vec<usize> = (0..sentences.len()).collect();
    let scores: Vec<f64> = order.iter().map(|at| score(*at)).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
    let mut chosen: Vec<usize> = Vec::new();
    for at in order {
        if chosen.len() == count {
            break;
        }
        if !chosen.iter().any(|other| alike(&words[at], &words[*other])) {
            chosen.push(at);
        }
    }
    chosen.sort_unstable();
    let lines: Vec<String> =
        chosen.into_iter().map(|at| format!("- {}", shorten(&sentences[at], CHARS_MAX / count.max(1)))).collect();
    shorten(&lines.join("\n"), CHARS_MAX)
}

fn words(sentence: &str) -> Vec<String> {
    let mut out = Vec::new();
    terms(sentence, |term| out.push(term.to_owned()));
    out
}

/// Two sentences that say nearly the same.
fn alike(a: &[String], b: &[String]) -> bool {
    let shared = a.iter().filter(|word| b.contains(word)).count();
    let shorter = a.len().min(b.len());
    shorter > 0 && shared * 10 > shorter * 7
}

static MARKUP: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"!\[[^\]]*\]\([^)]*\)|\[([^\]]*)\]\([^)]*\)|(?m)^\s*(?:#{1,6}|[-*+]|\d+\.|>|\|)\s+|[*_`]{1,3}|<[^>]{1,200}>",
    )
});

/// Sentences of a text without its markup: at ends of sentences in both languages, and at line ends.
fn sentences(text: &str) -> Vec<String> {
    let plain = MARKUP.replace_all(text, "$1");
    let mut out: Vec<String> = Vec::new();
    for line in plain.lines() {
        let chars: Vec<char> = line.trim().chars().collect();
        let mut start = 0;
        for at in 0..chars.len() {
            let ends = matches!(chars[at], '.' | '!' | '?' | '。' | '！' | '？')
                && chars.get(at + 1).is_none_or(|next| next.is_whitespace() || *next == '"' || *next == '”');
            // `3. `, `a.m. `: no sentence is that short.
            if ends && at - start > 6 {
                push(&mut out, &chars[start..=at]);
                start = at + 1;
            }
        }
        push(&mut out, &chars[start.min(chars.len())..]);
        if out.len() >= SENTENCES_MAX {
            break;
        }
    }
    out
}

fn push(out: &mut Vec<String>, chars: &[char]) {
    let sentence: String = chars.iter().collect::<String>().trim().to_owned();
    if sentence.chars().any(char::is_alphanumeric) && sentence.chars().count() > 3 {
        out.push(sentence);
    }
}

fn shorten(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let cut: String = text.chars().take(max.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

/// Rows, how many there are, and the sums of columns that are numbers.
fn of_table(rows: &Value, lang: Lang) -> String {
    let Some(items) = rows.as_array() else { return readable(rows) };
    if items.is_empty() {
        return lang.pick("The table is empty.", "표가 비어 있어요.").to_owned();
    }
    let (header, body) = split_header(items);
    let mut out = vec![match lang {
        Lang::En => format!("{} rows", body.len()),
        Lang::Ko => format!("{}행", body.len()),
    }];
    for (name, values) in columns(&header, body) {
        let numbers: Vec<f64> = values.iter().filter_map(|value| number(value)).collect();
        if numbers.len() < 2 || numbers.len() * 2 < values.len() {
            continue;
        }
        let sum: f64 = numbers.iter().sum();
        let (least, most) =
            numbers.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), n| (low.min(*n), high.max(*n)));
        out.push(match lang {
            Lang::En => format!("- {name}: total {}, from {} to {}", plain(sum), plain(least), plain(most)),
            Lang::Ko => format!("- {name}: 합계 {}, 최소 {}, 최대 {}", plain(sum), plain(least), plain(most)),
        });
    }
    for row in body.iter().take(5) {
        out.push(format!("- {}", shorten(&cells(row).join(" · "), 160)));
    }
    if body.len() > 5 {
        out.push(match lang {
            Lang::En => format!("… {} more", body.len() - 5),
            Lang::Ko => format!("… 그 밖에 {}행", body.len() - 5),
        });
    }
    shorten(&out.join("\n"), CHARS_MAX)
}

/// The first row of a sheet is its header when it holds only words and the rest does not.
fn split_header(items: &[Value]) -> (Vec<String>, &[Value]) {
    if let Some(Value::Object(members)) = items.first() {
        return (members.keys().cloned().collect(), items);
    }
    let words = |row: &Value| row.as_array().is_some_and(|cells| cells.iter().all(|cell| number(cell).is_none()));
    let numbers = items
        .iter()
        .skip(1)
        .any(|row| row.as_array().is_some_and(|cells| cells.iter().any(|cell| number(cell).is_some())));
    match items.first() {
        Some(first) if items.len() > 1 && words(first) && numbers => (cells(first), &items[1..]),
        _ => (Vec::new(), items),
    }
}

fn columns<'a>(header: &[String], body: &'a [Value]) -> Vec<(String, Vec<&'a Value>)> {
    let width = body.iter().map(|row| row.as_array().map_or(0, Vec::len)).max().unwrap_or(0).min(30);
    if body.first().is_some_and(Value::is_object) {
        return header
            .iter()
            .take(30)
            .map(|name| (name.clone(), body.iter().filter_map(|row| row.get(name)).collect()))
            .collect();
    }
    (0..width)
        .map(|at| {
            let name = header.get(at).cloned().unwrap_or_else(|| format!("#{}", at + 1));
            (name, body.iter().filter_map(|row| row.get(at)).collect())
        })
        .collect()
}

/// A cell's number, thousands separators and units left aside.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => {
            let plain: String = text
                .trim()
                .trim_end_matches(['원', '%', '개', '명', '건'])
                .trim_start_matches(['₩', '$', '€'])
                .replace(',', "");
            plain.trim().parse().ok().filter(|n: &f64| n.is_finite())
        }
        _ => None,
    }
}

/// A number with thousands separators and at most two decimals.
fn plain(n: f64) -> String {
    let text = format!("{:.2}", n.abs());
    let (whole, rest) = text.split_once('.').unwrap_or((text.as_str(), ""));
    let mut grouped = String::new();
    for (at, c) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(c);
    }
    let rest = rest.trim_end_matches('0');
    let sign = if n < 0.0 { "-" } else { "" };
    if rest.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{rest}") }
}

fn cells(row: &Value) -> Vec<String> {
    let cell = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    match row {
        Value::Array(items) => items.iter().map(cell).collect(),
        Value::Object(members) => members
            .iter()
            .filter(|(_, value)| **value != Value::Null && **value != "")
            .map(|(name, value)| format!("{name}: {}", cell(value)))
            .collect(),
        other => vec![cell(other)],
    }
}

fn lines(value: &Value) -> Vec<String> {
    match value {
        Value::Array(rows) => {
            let mut out: Vec<String> =
                rows.iter().take(ROWS_MAX).map(|row| format!("- {}", cells(row).join(" · "))).collect();
            if rows.len() > ROWS_MAX {
                out.push(format!("… +{}", rows.len() - ROWS_MAX));
            }
            out
        }
        other => cells(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_text_is_cut_to_its_weightiest_sentences_in_order() {
        let text = "# 회의\n신제품 출시는 9월로 확정했다. 점심은 김밥이었다. 신제품 출시 예산은 12% 줄인다. 날씨가 좋았다. 마케팅 팀이 신제품 출시 자료를 금요일까지 만든다. 박수로 마쳤다.";
        let summary = summarise(&json!(text), "세 줄로", Lang::Ko);
        assert_eq!(summary.lines().count(), 3);
        assert!(summary.contains("9월로 확정") && summary.contains("예산은 12%") && !summary.contains("김밥"));
        assert!(summary.find("9월").unwrap() < summary.find("12%").unwrap());
        let english = "Revenue grew by a fifth. The revenue growth came from new customers. It rained. New customers signed in May. Lunch was late.";
        assert_eq!(summarise(&json!(english), "in one sentence", Lang::En).lines().count(), 1);
        assert_eq!(summarise(&json!("Just this."), "", Lang::En), "Just this.");
    }

    #[test]
    fn a_table_is_counted_summed_and_shown() {
        let rows = json!([["Region", "Sales"], ["Seoul", "1,200"], ["Busan", "800"]]);
        assert_eq!(
            summarise(&rows, "", Lang::En),
            "2 rows\n- Sales: total 2,000, from 800 to 1,200\n- Seoul · 1,200\n- Busan · 800"
        );
        let objects = json!([{"이름": "가", "값": 3}, {"이름": "나", "값": 4}]);
        let text = summarise(&objects, "", Lang::Ko);
        assert!(text.starts_with("2행\n- 값: 합계 7, 최소 3, 최대 4"), "{text}");
        assert_eq!(summarise(&json!([]), "", Lang::Ko), "표가 비어 있어요.");
        assert_eq!(readable(&json!([["a", 1], ["b", 2]])), "- a · 1\n- b · 2");
    }

    #[test]
    fn it_is_bounded_and_always_the_same() {
        let long = json!("가나다라 마바사. ".repeat(30_000));
        let start = std::time::Instant::now();
        let once = summarise(&long, "", Lang::Ko);
        assert!(once.chars().count() <= CHARS_MAX && start.elapsed().as_secs() < u64::from(crate::SLACK));
        assert_eq!(once, summarise(&long, "", Lang::Ko));
        let wide = json!(vec![vec!["x".repeat(500); 40]; 2_000]);
        assert!(summarise(&wide, "", Lang::En).chars().count() <= CHARS_MAX);
    }
}
