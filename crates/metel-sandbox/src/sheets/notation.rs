//! A1 notation: `'주간 보고'!A2:C`, `Sheet1`, `B:B`, `2:5`, `A1`.

/// A range without its sheet; zero-based, ends inclusive, `None` means open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub top: usize,
    pub left: usize,
    pub bottom: Option<usize>,
    pub right: Option<usize>,
}

impl Area {
    pub(super) const ALL: Self = Self { top: 0, left: 0, bottom: None, right: None };
}

/// One corner: column and row, at least one of them.
type Corner = (Option<usize>, Option<usize>);

/// Splits `text` into a sheet title and the rest. A title in quotes may hold anything, with
/// quotes doubled.
pub(super) fn split(text: &str) -> Option<(Option<String>, &str)> {
    if let Some(quoted) = text.strip_prefix('\'') {
        let mut title = String::new();
        let mut letters = quoted.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            if letter != '\'' {
                title.push(letter);
            } else if letters.peek().is_some_and(|(_, next)| *next == '\'') {
                letters.next();
                title.push('\'');
            } else {
                return match &quoted[at + 1..] {
                    "" => Some((Some(title), "")),
                    rest => rest.strip_prefix('!').map(|rest| (Some(title), rest)),
                };
            }
        }
        return None;
    }
    match text.rsplit_once('!') {
        Some((title, rest)) if !title.is_empty() => Some((Some(title.to_owned()), rest)),
        Some(_) => None,
        None => Some((None, text)),
    }
}

/// The area that the part after the sheet title names.
pub(super) fn area(text: &str) -> Option<Area> {
    let Some((first, last)) = text.split_once(':') else {
        let (column, row) = corner(text)?;
        let (left, top) = (column?, row?);
        return Some(Area { top, left, bottom: Some(top), right: Some(left) });
    };
    let ((c1, r1), (c2, r2)) = (corner(first)?, corner(last)?);
    if c1.is_none() && c2.is_some() || r1.is_none() && c1.is_none() {
        return None;
    }
    let ordered = |a: Option<usize>, b: Option<usize>| match (a, b) {
        (Some(a), Some(b)) => (a.min(b), Some(a.max(b))),
        (Some(a), None) | (None, Some(a)) => (a, None),
        (None, None) => (0, None),
    };
    let (left, right) = ordered(c1, c2);
    let (top, bottom) = match (r1, r2) {
        (None, Some(bottom)) => (0, Some(bottom)),
        _ => ordered(r1, r2),
    };
    Some(Area { top, left, bottom, right })
}

fn corner(text: &str) -> Option<Corner> {
    let text = text.strip_prefix('$').unwrap_or(text);
    let digits_at = text.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(text.len());
    let (letters, digits) = text.split_at(digits_at);
    let digits = digits.strip_prefix('$').unwrap_or(digits);
    if letters.len() > 3 || digits.len() > 7 || (letters.is_empty() && digits.is_empty()) {
        return None;
    }
    let column = letters
        .bytes()
        .fold(0usize, |sum, letter| sum * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1)
        .checked_sub(1);
    let row = if digits.is_empty() { None } else { Some(digits.parse::<usize>().ok()?.checked_sub(1)?) };
    Some((column, row))
}

/// `0` → `A`, `26` → `AA`.
pub(crate) fn column_name(column: usize) -> String {
    let mut letters = Vec::new();
    let mut left = column + 1;
    while left > 0 {
        let rest = u8::try_from((left - 1) % 26).unwrap_or(0);
        letters.push(char::from(b'A' + rest));
        left = (left - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// A title as it stands in a range: quoted unless it is a plain word.
pub(super) fn quoted(title: &str) -> String {
    let is_plain = title.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
        && !title.starts_with(|letter: char| letter.is_ascii_digit());
    if is_plain { title.to_owned() } else { format!("'{}'", title.replace('\'', "''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corners(text: &str) -> Option<(usize, usize, Option<usize>, Option<usize>)> {
        area(text).map(|area| (area.top, area.left, area.bottom, area.right))
    }

    #[test]
    fn reads_areas() {
        assert_eq!(corners("A1"), Some((0, 0, Some(0), Some(0))));
        assert_eq!(corners("B2:D5"), Some((1, 1, Some(4), Some(3))));
        assert_eq!(corners("D5:B2"), Some((1, 1, Some(4), Some(3))));
        assert_eq!(corners("$A$2:C"), Some((1, 0, None, Some(2))));
        assert_eq!(corners("A:C"), Some((0, 0, None, Some(2))));
        assert_eq!(corners("2:5"), Some((1, 0, Some(4), None)));
        for bad in ["", "A0", "A1:", "가1", "A1:B2:C3", "AAAA1", "1A", "A-1"] {
            assert_eq!(corners(bad), None, "{bad}");
        }
    }

    #[test]
    fn splits_titles() {
        assert_eq!(split("'주간 보고'!A1:B2"), Some((Some("주간 보고".into()), "A1:B2")));
        assert_eq!(split("'It''s'!A1"), Some((Some("It's".into()), "A1")));
        assert_eq!(split("주간!A1"), Some((Some("주간".into()), "A1")));
        assert_eq!(split("'주간 보고'"), Some((Some("주간 보고".into()), "")));
        assert_eq!(split("A1"), Some((None, "A1")));
        assert_eq!(split("'open!A1"), None);
        assert_eq!(split("!A1"), None);
    }

    #[test]
    fn names_columns_and_titles() {
        assert_eq!([0, 25, 26, 701, 702].map(column_name), ["A", "Z", "AA", "ZZ", "AAA"]);
        assert_eq!(quoted("Weekly"), "Weekly");
        assert_eq!(quoted("주간 보고"), "'주간 보고'");
        assert_eq!(quoted("It's"), "'It''s'");
    }
}
