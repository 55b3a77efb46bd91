//! What a request quotes or spells out: quoted strings, blocks of text, addresses, cells, channel
//! names. They are lifted out first, so that words inside them are never taken for instructions.

use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;

use super::lexicon::expression;

/// Instructions are read up to here; what lies beyond is not.
pub const WORK_MAX: usize = 6_000;

/// Literals of one request at most.
const LITERALS_MAX: usize = 300;

/// First of the private-use characters that stand for literals in the working text.
const FIRST: u32 = 0xE000;

#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    Quote(String),
    /// Several lines given as content.
    Block(String),
    Url(String),
    Email(String),
    /// `#name` as written, without the sign.
    Channel(String),
    /// `@name` as written, without the sign.
    Person(String),
    /// Tab, where one was written with `!`, and cells.
    Cells {
        tab: Option<String>,
        cells: Option<String>,
    },
    /// A message's own timestamp, as Slack writes it.
    Stamp(String),
}

/// A request with its literals lifted out. In `work` one private-use character stands for each;
/// `low` is the same in ASCII lower case, byte for byte.
#[derive(Debug, Clone)]
pub struct Lifted {
    pub work: String,
    pub low: String,
    pub literals: Vec<Literal>,
}

impl Lifted {
    /// The literal that a character stands for.
    pub fn at(&self, c: char) -> Option<&Literal> {
        slot(c).and_then(|at| self.literals.get(at))
    }
}

/// The number of the literal that a character stands for.
pub fn slot(c: char) -> Option<usize> {
    let code = c as u32;
    (FIRST..FIRST + LITERALS_MAX as u32).contains(&code).then(|| (code - FIRST) as usize)
}

/// Lifts the literals out of a request.
pub fn lift(text: &str) -> Lifted {
    let clean: String = text
        .chars()
        .filter(
            |c| !matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}'),
        )
        .map(|c| if ('\u{E000}'..='\u{F8FF}').contains(&c) { ' ' } else { c })
        .nfc()
        .collect();
    let mut lifter = Lifter { literals: Vec::new() };
    let text = lifter.blocks(&clean.replace("\r\n", "\n"));
    let mut text = lifter.quotes(&text);
    if text.len() > WORK_MAX {
        let mut end = WORK_MAX;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
    let work = lifter.addresses(&text);
    Lifted { low: work.to_ascii_lowercase(), work, literals: lifter.literals }
}

struct Lifter {
    literals: Vec<Literal>,
}

static HEAD_CUE: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?i)아래|다음|이 내용|이거|이걸|이 글|below|following|\bthis\b|as written|그대로|\bthese\b|notes:")
});
static TAIL_CUE: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?i)위의|위 |윗|위에|이상|above|이 내용|이걸|이거|\bthis\b|\bthat\b"));

impl Lifter {
    fn put(&mut self, literal: Literal) -> Option<char> {
        if self.literals.len() >= LITERALS_MAX {
            return None;
        }
        self.literals.push(literal);
        char::from_u32(FIRST + self.literals.len() as u32 - 1)
    }

    /// Fenced text, and the paragraphs that a first (or last) line points at.
    fn blocks(&mut self, text: &str) -> String {
        for fence in ["\"\"\"", "'''", "```"] {
            if let Some(start) = text.find(fence)
                && let Some(size) = text[start + 3..].find(fence)
            {
                let body = text[start + 3..start + 3 + size].trim_matches(['\n', ' ']).to_owned();
                let after = &text[start + 6 + size..];
                if let Some(mark) = self.put(Literal::Block(body)) {
                    return format!("{}\n{mark}\n{}", &text[..start], after.trim_start_matches('\n'));
                }
            }
        }
        let text = text.trim();
        if let Some((head, tail)) = text.split_once("\n\n") {
            let last = tail.rsplit("\n\n").next().unwrap_or(tail);
            if !HEAD_CUE.is_match(head)
                && !head.trim_end().ends_with([':', '：'])
                && last.len() < tail.len() + head.len()
            {
                let before = text[..text.len() - last.len()].trim_end();
                if TAIL_CUE.is_match(last) && !before.is_empty() && last.lines().count() == 1 {
                    return match self.put(Literal::Block(before.to_owned())) {
                        Some(mark) => format!("{mark}\n{last}"),
                        None => text.to_owned(),
                    };
                }
            }
            return self.head_and_block(head, tail);
        }
        if let Some((head, tail)) = text.split_once('\n')
            && (head.trim_end().ends_with([':', '：']) || HEAD_CUE.is_match(head))
        {
            return self.head_and_block(head, tail);
        }
        text.to_owned()
    }

    fn head_and_block(&mut self, head: &str, tail: &str) -> String {
        match self.put(Literal::Block(tail.trim().to_owned())) {
            Some(mark) => format!("{}\n{mark}", head.trim_end().trim_end_matches([':', '：'])),
            None => head.to_owned(),
        }
    }

    fn quotes(&mut self, text: &str) -> String {
        let chars: Vec<char> = text.chars().collect();
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        let ascii_word = |c: Option<&char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        // Once no closing sign was found there is none further on either.
        let mut unclosed: Vec<char> = Vec::new();
        while at < chars.len() {
            let c = chars[at];
            let close: &[char] = match c {
                '“' | '„' => &['”', '“', '"'],
                '‘' | '‚' => &['’', '\''],
                '"' => &['"', '”'],
                '「' => &['」'],
                '『' => &['』'],
                '《' => &['》'],
                '〈' => &['〉'],
                '«' => &['»'],
                '`' => &['`'],
                '\'' if !ascii_word(at.checked_sub(1).and_then(|i| chars.get(i))) => &['\'', '’'],
                _ => &[],
            };
            let spaced = matches!(c, '\'' | '`') && chars.get(at + 1).is_none_or(|next| next.is_whitespace());
            if close.is_empty() || spaced || unclosed.contains(&c) {
                out.push(c);
                at += 1;
                continue;
            }
            let apostrophe = matches!(c, '\'' | '‘');
            let end = (at + 1..chars.len()).find(|i| {
                close.contains(&chars[*i])
                    && !(apostrophe && ascii_word(chars.get(i + 1)) && ascii_word(chars.get(i - 1)))
            });
            let literal = end.filter(|end| *end > at + 1).and_then(|end| {
                let inner: String = chars[at + 1..end].iter().collect();
                self.put(Literal::Quote(inner.trim().to_owned())).map(|mark| (end, mark))
            });
            match literal {
                Some((end, mark)) => {
                    out.push(mark);
                    at = end + 1;
                }
                None => {
                    unclosed.push(c);
                    out.push(c);
                    at += 1;
                }
            }
        }
        out
    }

    fn addresses(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for found in ADDRESS.captures_iter(text) {
            let Some(whole) = found.get(0) else { continue };
            if whole.start() < at {
                continue;
            }
            let before = text[..whole.start()].chars().next_back();
            let Some((literal, length)) = read(&found, before) else { continue };
            if let Some(mark) = self.put(literal) {
                out.push_str(&text[at..whole.start()]);
                out.push(mark);
                at = whole.start() + length;
            }
        }
        out.push_str(&text[at..]);
        out
    }
}

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r##"(?x)
        (?P<url>https?://[^\s<>"'’”」』)\]\x{E000}-\x{F8FF}가-힣ㄱ-ㅎ]+|www\.[A-Za-z0-9-]+\.[^\s<>"'’”)\]가-힣]+)
        |(?P<email>[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)
        |(?P<host>\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|io|kr|dev|edu|gov|co|ai|eu)(?-u:\b)(?:/[^\s<>"'’”)\]가-힣]*)?)
        |(?P<stamp>\d{10}\.\d{6})
        |(?P<tab>[\p{L}\p{N}_\-]+)!(?P<cells>\$?[A-Za-z]{1,3}\$?\d{0,7}(?:\s?[:~∼–]\s?\$?[A-Za-z]{1,3}\$?\d{0,7})?)(?-u:\b)
        |(?P<quoted>[\x{E000}-\x{E12B}])!(?P<qcells>[A-Za-z]{1,3}\d{0,7}(?::[A-Za-z]{1,3}\d{0,7})?)
        |(?P<area>(?-u:\b)[A-Z]{1,3}\d{1,7}\s?[:~∼–-]\s?[A-Z]{1,3}\d{1,7}(?-u:\b)|(?-u:\b)[a-z]{1,2}\d{1,5}:[a-z]{1,2}\d{1,5}(?-u:\b)|(?-u:\b)[A-Z]{1,2}:[A-Z]{1,2}(?-u:\b))
        |(?P<spoken>(?-u:\b)[A-Z]{1,3}\d{1,7}\s?(?:부터|에서|through|thru|to)\s?[A-Z]{1,3}\d{1,7}(?-u:\b)(?:\s?까지)?)
        |(?P<kcol>(?-u:\b)(?P<kc1>[A-Z]{1,2})\s?열\s?(?P<kr1>\d{1,6})\s?행?\s?(?:부터|에서|~|-)\s?(?:(?P<kc2>[A-Z]{1,2})\s?열\s?)?(?P<kr2>\d{1,6})\s?행?(?:\s?까지)?)
        |(?P<kcols>(?-u:\b)(?P<kd1>[A-Z]{1,2})\s?열?\s?(?:부터|에서|~|-)\s?(?P<kd2>[A-Z]{1,2})\s?열(?:\s?까지)?)
        |(?P<kone>(?-u:\b)(?P<ke>[A-Z]{1,2})\s?열)
        |(?P<ecol>(?i:(?-u:\b)columns?\s(?P<ec1>[A-Z]{1,2})(?:\s?(?:to|through|-|–)\s?(?P<ec2>[A-Z]{1,2}))?(?-u:\b)(?:,?\s(?:from\s)?rows?\s(?P<er1>\d{1,6})\s?(?:to|through|-|–)\s?(?P<er2>\d{1,6}))?))
        |(?P<erow>(?i:(?-u:\b)rows?\s(?P<fr1>\d{1,6})\s?(?:to|through|-|–)\s?(?P<fr2>\d{1,6})\s(?:of|in)\scolumn\s(?P<fc>[A-Z]{1,2})(?-u:\b)))
        |(?P<channel>\#[\p{L}\p{N}][\p{L}\p{N}_\-]*)
        |(?P<person>@[\p{L}\p{N}][\p{L}\p{N}._\-]*)
        "##,
    )
});

/// Turns one match into its literal and the number of bytes it takes.
fn read(found: &regex::Captures<'_>, before: Option<char>) -> Option<(Literal, usize)> {
    let group = |name: &str| found.name(name).map(|m| m.as_str());
    let size = found.get(0)?.len();
    if let Some(url) = group("url").or(group("host")) {
        if group("host").is_some() && before.is_some_and(|c| c == '@' || c == '.' || c.is_ascii_alphanumeric()) {
            return None;
        }
        let trimmed = url.trim_end_matches(['.', ',', ';', ':', '!', '?', '…', '、', '。', '·', '→', '’', '\'']);
        let full = if trimmed.starts_with("http") { trimmed.to_owned() } else { format!("https://{trimmed}") };
        return Some((Literal::Url(full), trimmed.len()));
    }
    if let Some(mail) = group("email") {
        return Some((Literal::Email(mail.to_owned()), size));
    }
    if let Some(stamp) = group("stamp") {
        return Some((Literal::Stamp(stamp.to_owned()), size));
    }
    let cells = |tab: Option<&str>, cells: String| {
        Some((Literal::Cells { tab: tab.map(str::to_owned), cells: Some(cells.to_ascii_uppercase()) }, size))
    };
    let tidy = |text: &str| text.replace([' ', '$'], "").replace(['~', '∼', '–', '-'], ":");
    if let Some(area) = group("cells") {
        let area = tidy(area);
        if !area.contains(':') && !area.ends_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        return cells(group("tab"), area);
    }
    if group("qcells").is_some() {
        // A quoted tab name before `!` stays a quote of its own; the cells follow it.
        let area = tidy(group("qcells")?);
        let mark = group("quoted")?;
        return cells(Some(mark), area);
    }
    if let Some(area) = group("area") {
        return cells(None, tidy(area));
    }
    if let Some(area) = group("spoken") {
        let ends: Vec<&str> = area
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|s| s.chars().any(|c| c.is_ascii_digit()))
            .collect();
        return cells(None, ends.join(":"));
    }
    if group("kcol").is_some() {
        let (c1, r1, r2) = (group("kc1")?, group("kr1")?, group("kr2")?);
        return cells(None, format!("{c1}{r1}:{}{r2}", group("kc2").unwrap_or(c1)));
    }
    if group("kcols").is_some() {
        return cells(None, format!("{}:{}", group("kd1")?, group("kd2")?));
    }
    if group("kone").is_some() {
        return cells(None, format!("{0}:{0}", group("ke")?));
    }
    if group("ecol").is_some() {
        let c1 = group("ec1")?;
        let c2 = group("ec2").unwrap_or(c1);
        let (r1, r2) = (group("er1").unwrap_or_default(), group("er2").unwrap_or_default());
        return cells(None, format!("{c1}{r1}:{c2}{r2}"));
    }
    if group("erow").is_some() {
        let (c, r1, r2) = (group("fc")?, group("fr1")?, group("fr2")?);
        return cells(None, format!("{c}{r1}:{c}{r2}"));
    }
    if let Some(channel) = group("channel") {
        let (name, length) = channel_name(&channel[1..]);
        return Some((Literal::Channel(name.to_owned()), 1 + length));
    }
    group("person").map(|person| (Literal::Person(person[1..].to_owned()), size))
}

/// A channel's name without the particle behind it: a Latin name ends where Hangul begins, a Hangul
/// one loses the commonest particles. Known names are preferred later on.
fn channel_name(text: &str) -> (&str, usize) {
    let latin = text.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
    if latin {
        let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).unwrap_or(text.len());
        return (text[..end].trim_end_matches(['-', '_']), end);
    }
    for tail in [
        "채널에다가",
        "채널에다",
        "채널에도",
        "채널에만",
        "채널에",
        "채널로",
        "채널",
        "에다가",
        "에다",
        "에도",
        "에만",
        "에서",
        "에게",
        "에",
        "으로",
        "로",
        "방에",
        "을",
        "를",
    ] {
        if let Some(name) = text.strip_suffix(tail).filter(|name| !name.is_empty()) {
            return (name, name.len());
        }
    }
    (text, text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literals(text: &str) -> Vec<Literal> {
        lift(text).literals
    }

    fn quote(text: &str) -> Literal {
        Literal::Quote(text.into())
    }

    fn cells(tab: Option<&str>, cells: &str) -> Literal {
        Literal::Cells { tab: tab.map(str::to_owned), cells: Some(cells.into()) }
    }

    #[test]
    fn every_form_of_quote_is_read_and_apostrophes_are_not() {
        assert_eq!(literals("‘가’ “나” '다' \"라\" 「마」 『바』 《사》 `아`").len(), 8);
        assert_eq!(literals("standup's in ten, don't say 'I'm late'"), [quote("I'm late")]);
        assert_eq!(literals("제목'보안교육6월'로하고"), [quote("보안교육6월")]);
        assert_eq!(literals("say \"unclosed"), []);
        assert_eq!(literals("Acme’s page ‘Board’s view’"), [quote("Board’s view")]);
    }

    #[test]
    fn addresses_and_cells_are_read() {
        assert_eq!(literals("https://example.com/a를 읽어줘."), [Literal::Url("https://example.com/a".into())]);
        assert_eq!(literals("see https://example.com/a."), [Literal::Url("https://example.com/a".into())]);
        assert_eq!(literals("mail a.b@acme.co.kr"), [Literal::Email("a.b@acme.co.kr".into())]);
        assert_eq!(literals("매출!A1:C5"), [cells(Some("매출"), "A1:C5")]);
        assert_eq!(literals("A1부터 C5까지"), [cells(None, "A1:C5")]);
        assert_eq!(literals("C열 2행부터 30행까지 비워줘"), [cells(None, "C2:C30")]);
        assert_eq!(literals("B열부터 D열까지"), [cells(None, "B:D")]);
        assert_eq!(literals("rows 2 to 30 of column C"), [cells(None, "C2:C30")]);
        assert_eq!(literals("sales!b2:b9"), [cells(Some("sales"), "B2:B9")]);
        assert_eq!(literals("delete 1718600000.000700"), [Literal::Stamp("1718600000.000700".into())]);
    }

    #[test]
    fn channels_lose_their_particles() {
        for (text, name) in
            [("#team에", "team"), ("#팀-공지에", "팀-공지"), ("#general 에", "general"), ("#마케팅채널에", "마케팅")]
        {
            assert_eq!(literals(text), [Literal::Channel(name.into())], "{text}");
        }
    }

    #[test]
    fn blocks_are_what_the_first_line_points_at() {
        let lifted = lift("아래 내용을 요약해줘\n\n1. 가\n2. 나");
        assert_eq!(lifted.literals, [Literal::Block("1. 가\n2. 나".into())]);
        let lifted = lift("Summarise this:\n\"\"\"\nA\nB\n\"\"\"\nand post it to #team");
        assert_eq!(lifted.literals[0], Literal::Block("A\nB".into()));
        assert_eq!(lifted.literals.len(), 2);
        let lifted = lift("회의 내용\n- 가\n\n위 내용을 요약해줘");
        assert_eq!(lifted.literals, [Literal::Block("회의 내용\n- 가".into())]);
    }

    #[test]
    fn long_and_odd_text_is_bounded() {
        let start = std::time::Instant::now();
        let lifted = lift(&"'가 \u{E000}\"".repeat(20_000));
        assert!(lifted.work.len() <= WORK_MAX + 4);
        assert!(start.elapsed().as_secs() < u64::from(crate::SLACK));
    }
}
