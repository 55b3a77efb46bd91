//! The price table that comes with metel: a data file, by model and by day. What it does not know has
//! no price; that is never the same as costing nothing.

use std::sync::LazyLock;

use jiff::civil::Date;
use serde::Deserialize;

use crate::endpoint::Price;

/// One line of the table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    model: String,
    from: String,
    input: i64,
    output: i64,
    #[serde(default)]
    cached: Option<i64>,
    #[serde(default)]
    cache_written: Option<i64>,
}

static TABLE: LazyLock<Vec<(Date, Line)>> = LazyLock::new(|| {
    let lines: Vec<Line> = yaml_serde::from_str(include_str!("../../../prices/models.yaml")).unwrap_or_default();
    // A line that cannot be read is found by `the_table_is_read`.
    lines.into_iter().filter_map(|line| Some((line.from.parse().ok()?, line))).collect()
});

/// What a model costs on a day; none where that is not known. A dated snapshot costs what its model does.
pub fn price_of(model: &str, on: Date) -> Option<Price> {
    let name = bare(model);
    let lines = TABLE.iter().filter(|(from, line)| line.model == name && *from <= on);
    let (_, line) = lines.max_by_key(|(from, _)| *from)?;
    Some(Price { input: line.input, output: line.output, cached: line.cached, cache_written: line.cache_written })
}

/// The name without a snapshot's day: `-2024-07-18`, `-20250929`, or `-latest`.
fn bare(model: &str) -> &str {
    if let Some(name) = model.strip_suffix("-latest") {
        return name;
    }
    let day = |text: &str, dashes: bool| {
        text.len() == if dashes { 11 } else { 9 }
            && text.starts_with('-')
            && text[1..]
                .chars()
                .enumerate()
                .all(|(n, c)| if dashes && matches!(n, 4 | 7) { c == '-' } else { c.is_ascii_digit() })
    };
    for (length, dashes) in [(11, true), (9, false)] {
        if let Some(at) = model.len().checked_sub(length)
            && model.is_char_boundary(at)
            && at > 0
            && day(&model[at..], dashes)
        {
            return &model[..at];
        }
    }
    model
}

#[cfg(test)]
mod tests {
    use super::*;
    use metel_model::effect::Usage;

    fn on(day: &str) -> Date {
        day.parse().unwrap()
    }

    #[test]
    fn the_table_is_read() {
        let lines: Vec<Line> = yaml_serde::from_str(include_str!("../../../prices/models.yaml")).unwrap();
        assert_eq!(lines.len(), TABLE.len());
        for (from, line) in TABLE.iter() {
            assert!(line.input > 0 && line.output >= 0 && *from > on("2024-01-01"), "{line:?}");
            assert!(line.cached.is_none_or(|cached| cached < line.input), "{line:?}");
        }
    }

    #[test]
    fn the_day_and_the_snapshot_count() {
        let usage = Usage { input_tokens: 1_000, output_tokens: 100, cached_tokens: 400, ..Usage::default() };
        let cost = |model: &str, day: &str| price_of(model, on(day)).and_then(|price| price.cost(&usage));
        assert_eq!(cost("gpt-4o", "2024-06-01"), Some(6_500));
        // 600 × 2.5 + 400 × 1.25 + 100 × 10
        assert_eq!(cost("gpt-4o-2024-08-06", "2026-11-21"), Some(3_000));
        assert_eq!(cost("claude-haiku-4-5-20251001", "2026-11-21"), Some(1_140));
        assert_eq!(cost("gpt-4o", "2024-05-01"), None);
        for unknown in ["qwen2.5-coder", "gpt-4", "", "-2024-07-18", "가나다"] {
            assert_eq!(price_of(unknown, on("2026-11-21")), None, "{unknown}");
        }
    }
}
