//! The working text as a row of marks: literals, known places, services, things, verbs, breaks.
//! Earlier kinds win over later ones where they overlap; what stays unmarked is names and filler.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::lexicon::{Form, Intent, Object, expression, lexicon};
use super::literal::{Lifted, Literal, lift, slot};
use super::spelling;
use super::verb;
use crate::plan::catalogue::{Catalogue, Place};
use crate::plan::retrieve::is_hangul;

#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Index of a literal that is nothing more special.
    Literal(usize),
    /// A channel: what a tool takes, and whether people outside read it.
    Channel {
        value: String,
        outside: bool,
    },
    Cells {
        tab: Option<String>,
        cells: String,
    },
    Database(String),
    Spreadsheet(String),
    Tab(String),
    Service(String),
    Object(Object),
    Verb(Verb),
    /// A verb's noun that is not used as a verb: `검색` in `검색 결과`.
    Nominal(Intent),
    Break(Break),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verb {
    /// Absent for `부탁해`, which asks without saying what.
    pub intent: Option<Intent>,
    pub form: Form,
    /// Korean verbs end their clause, English ones begin it.
    pub korean: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// End of a sentence or line.
    Hard,
    Arrow,
    /// `and`, `그리고`.
    And,
    Comma,
    Dash,
    Colon,
    Open,
    Close,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    pub start: usize,
    pub end: usize,
    pub what: What,
}

/// A request, lifted, mended and marked.
#[derive(Debug, Clone)]
pub struct Marked {
    pub lifted: Lifted,
    pub marks: Vec<Mark>,
}

impl Marked {
    pub fn low(&self) -> &str {
        &self.lifted.low
    }

    /// Text before `at`, without trailing space.
    pub fn before(&self, at: usize) -> &str {
        self.lifted.low[..at].trim_end()
    }

    pub fn after(&self, at: usize) -> &str {
        &self.lifted.low[at..]
    }

    pub fn quote(&self, index: usize) -> Option<&str> {
        match self.lifted.literals.get(index) {
            Some(Literal::Quote(text)) => Some(text),
            _ => None,
        }
    }
}

/// Marks a request. Linear in its length but for a constant number of passes.
pub fn mark(text: &str, catalogue: &Catalogue) -> Marked {
    let mut lifted = lift(text);
    let names: BTreeSet<String> = catalogue
        .places
        .iter()
        .flat_map(|place| &place.names)
        .filter(|name| name.is_ascii())
        .flat_map(|name| name.split([' ', '-']).map(str::to_ascii_lowercase).collect::<Vec<_>>())
        .collect();
    lifted.work = spelling::mend(&lifted.work, &names);
    lifted.low = lifted.work.to_ascii_lowercase();
    let mut scan = Scan { taken: vec![false; lifted.low.len()], marks: Vec::new(), lifted: &lifted };
    scan.literals(catalogue);
    scan.places(catalogue);
    scan.services();
    scan.verbs();
    scan.objects();
    scan.breaks();
    let mut marks = scan.marks;
    marks.sort_by_key(|mark| (mark.start, mark.end));
    Marked { lifted, marks }
}

struct Scan<'a> {
    lifted: &'a Lifted,
    taken: Vec<bool>,
    marks: Vec<Mark>,
}

static PAGE_AHEAD: LazyLock<Regex> =
    LazyLock::new(|| expression(r"^\s*(?:(?:이?라는|이란)\s*)?(?:노션\s*)?(?:페이지|문서를 만|page|doc)"));

impl Scan<'_> {
    fn free(&self, start: usize, end: usize) -> bool {
        !self.taken[start..end].iter().any(|taken| *taken)
    }

    fn add(&mut self, start: usize, end: usize, what: What) {
        if start < end && self.free(start, end) {
            self.taken[start..end].fill(true);
            self.marks.push(Mark { start, end, what });
        }
    }

    fn low(&self) -> &str {
        &self.lifted.low
    }

    fn literals(&mut self, catalogue: &Catalogue) {
        let spots: Vec<(usize, usize, usize)> = self
            .lifted
            .low
            .char_indices()
            .filter_map(|(at, c)| slot(c).map(|index| (at, at + c.len_utf8(), index)))
            .collect();
        for (start, end, index) in spots {
            let Some(literal) = self.lifted.literals.get(index) else { continue };
            let what = match literal {
                Literal::Channel(name) => channel(name, catalogue),
                Literal::Cells { tab, cells } => {
                    let tab = tab.as_ref().map(|tab| match tab.chars().next().and_then(|c| self.lifted.at(c)) {
                        Some(Literal::Quote(text)) => text.clone(),
                        _ => known(catalogue, "sheets.tab", tab).unwrap_or_else(|| tab.clone()),
                    });
                    What::Cells { tab, cells: cells.clone().unwrap_or_default() }
                }
                Literal::Quote(text) => self.quoted_place(text, start, end, catalogue).unwrap_or(What::Literal(index)),
                _ => What::Literal(index),
            };
            self.add(start, end, what);
        }
    }

    /// A quoted name of a known place, unless it is used as something else's name.
    fn quoted_place(&self, text: &str, start: usize, end: usize, catalogue: &Catalogue) -> Option<What> {
        let (before, after) = (self.low()[..start].trim_end(), &self.low()[end..]);
        if PAGE_AHEAD.is_match(after) || TITLE_BEHIND.is_match(before) {
            return None;
        }
        if after.trim_start().starts_with("채널") || after.trim_start().starts_with("channel") {
            return Some(channel(text, catalogue));
        }
        for (kind, make) in PLACES {
            if let Some(name) = known(catalogue, kind, text) {
                return Some(make(name));
            }
        }
        let after = after.trim_start_matches([' ', '의', ',']);
        match () {
            () if DATABASE_AHEAD.is_match(after) => Some(What::Database(text.to_owned())),
            () if SPREADSHEET_AHEAD.is_match(after) => Some(What::Spreadsheet(text.to_owned())),
            () if TAB_AHEAD.is_match(after) => Some(What::Tab(text.to_owned())),
            () => None,
        }
    }

    fn places(&mut self, catalogue: &Catalogue) {
        // Longer names first, so that `팀 공지` is not read as `팀`.
        let mut names: Vec<(&Place, &str)> = catalogue
            .places
            .iter()
            .flat_map(|place| place.names.iter().map(move |name| (place, name.as_str())))
            .collect();
        names.sort_by_key(|(_, name)| std::cmp::Reverse(name.chars().count()));
        // A second pass takes lists: `general, team and alerts` and what stands beside a channel.
        for pass in 0..2 {
            for (place, name) in &names {
                for (start, end) in occurrences(self.low(), name) {
                    if self.free(start, end)
                        && let Some(what) = self.place(place, name, start, end, pass)
                    {
                        self.add(start, end, what);
                    }
                }
            }
        }
        self.nearly_named(catalogue);
    }

    fn place(&self, place: &Place, name: &str, start: usize, end: usize, pass: u8) -> Option<What> {
        let (before, after) = (&self.low()[..start], &self.low()[end..]);
        if PAGE_AHEAD.is_match(after) || TITLE_BEHIND.is_match(before.trim_end()) {
            return None;
        }
        // In the spelling that the place goes by: `주간보고` is `주간 보고`.
        let spelled = place.names.iter().find(|known| fold(known) == fold(name)).map_or(name, String::as_str);
        let typed = &self.lifted.work[start..end];
        let said = if typed.eq_ignore_ascii_case(spelled) { typed.to_owned() } else { spelled.to_owned() };
        match place.kind.as_str() {
            "slack.channel" => {
                let value = place.value.as_str().unwrap_or(name).to_owned();
                let outside = place.outside;
                let sure = is_channel(name, before, after) || (pass == 1 && self.beside_channel(start, end));
                sure.then_some(What::Channel { value, outside })
            }
            "notion.database" => Some(What::Database(said)),
            "sheets.spreadsheet" => Some(What::Spreadsheet(said)),
            "sheets.tab" => {
                let sheet_near = self.marks.iter().any(|m| matches!(m.what, What::Cells { .. } | What::Spreadsheet(_)));
                let named = TAB_AHEAD.is_match(after.trim_start()) || TAB_BEHIND.is_match(before.trim_end());
                let capital =
                    said.starts_with(|c: char| c.is_ascii_uppercase()) && TAB_TARGET.is_match(before.trim_end());
                let put = place.names.iter().any(|known| known == name) && TAB_PUT.is_match(after);
                (named || sheet_near || capital || put).then_some(What::Tab(said))
            }
            _ => None,
        }
    }

    /// Whether a channel stands right beside, with nothing but a list sign between.
    fn beside_channel(&self, start: usize, end: usize) -> bool {
        self.marks.iter().filter(|mark| matches!(mark.what, What::Channel { .. })).any(|mark| {
            let between = match mark.end <= start {
                true => &self.low()[mark.end..start],
                false if mark.start >= end => &self.low()[end..mark.start],
                false => return false,
            };
            LIST_SIGN.is_match(between)
        })
    }

    /// Two mistyped Latin words in a row that make a known name: `weekly reprot`. Single words were
    /// mended before.
    fn nearly_named(&mut self, catalogue: &Catalogue) {
        for place in &catalogue.places {
            for name in place.names.iter().filter(|name| name.contains(' ')) {
                let joined: String = name.split(' ').collect();
                for (start, end) in occurrences(self.low(), &joined) {
                    let what = match place.kind.as_str() {
                        "notion.database" => What::Database(name.clone()),
                        "sheets.spreadsheet" => What::Spreadsheet(name.clone()),
                        "sheets.tab" => What::Tab(name.clone()),
                        _ => continue,
                    };
                    if !PAGE_AHEAD.is_match(&self.low()[end..]) {
                        self.add(start, end, what);
                    }
                }
            }
        }
    }

    fn services(&mut self) {
        let lexicon = lexicon();
        for phrases in [&lexicon.services, &lexicon.services_latin] {
            let found: Vec<(usize, usize, String)> = phrases
                .find
                .find_iter(&self.lifted.low)
                .filter_map(|m| phrases.get(m.as_str()).map(|service| (m.start(), m.end(), service.clone())))
                .collect();
            for (start, end, service) in found {
                self.add(start, end, What::Service(service));
            }
        }
    }

    fn verbs(&mut self) {
        for found in verb::korean(&self.lifted.low, &self.taken) {
            self.add(found.start, found.end, found.what);
        }
        let quiet: Vec<(usize, usize)> = self.marks.iter().map(|mark| (mark.start, mark.end)).collect();
        for found in verb::english(&self.lifted.low, &self.taken, &quiet) {
            self.add(found.start, found.end, found.what);
        }
    }

    fn objects(&mut self) {
        let lexicon = lexicon();
        for phrases in [&lexicon.objects, &lexicon.objects_latin] {
            let found: Vec<(usize, usize, Object)> = phrases
                .find
                .find_iter(&self.lifted.low)
                .filter_map(|m| phrases.get(m.as_str()).map(|object| (m.start(), m.end(), *object)))
                .collect();
            for (start, end, object) in found {
                if is_word_alone(&self.lifted.low, start, end) {
                    self.add(start, end, What::Object(object));
                }
            }
        }
    }

    fn breaks(&mut self) {
        let found: Vec<(usize, usize, Break)> = BREAK
            .captures_iter(&self.lifted.low)
            .filter_map(|found| {
                let whole = found.get(0)?;
                let kind = BREAKS.iter().find(|(name, _)| found.name(name).is_some())?.1;
                Some((whole.start(), whole.end(), kind))
            })
            .collect();
        for (start, end, kind) in found {
            self.add(start, end, What::Break(kind));
        }
    }
}

/// Short Korean words are parts of other words: `글` of `글로벌`, `줄` of `줄여`, `방` of `방문`.
fn is_word_alone(text: &str, start: usize, end: usize) -> bool {
    let word = &text[start..end];
    if !word.chars().all(is_hangul) || word.chars().count() > 1 {
        return true;
    }
    let before = text[..start].chars().next_back();
    let after: String = text[end..].chars().take_while(|c| is_hangul(*c)).take(4).collect();
    let particle = after.is_empty() || SHORT_TAIL.is_match(&after);
    before.is_none_or(|c| !is_hangul(c)) && particle
}

static SHORT_TAIL: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^(?:을|를|이|가|은|는|에|에다|에다가|에도|로|으로|만|도|하나|하나만|하나를|좀|의|이랑|들|들을|들만)(?:$|[^가-힣])",
    )
});

type MakePlace = fn(String) -> What;
const PLACES: [(&str, MakePlace); 3] =
    [("notion.database", What::Database), ("sheets.spreadsheet", What::Spreadsheet), ("sheets.tab", What::Tab)];

static TITLE_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:titled|entitled|called|named|name it|call it|title|제목은|제목이|제목|이름은|이름이|이름|search for|search|google|look up)\s*[:：]?\s*(?:the\s*)?$",
    )
});
static DATABASE_AHEAD: LazyLock<Regex> = LazyLock::new(|| expression(r"^(?:데이터베이스|디비|database|db)"));
static SPREADSHEET_AHEAD: LazyLock<Regex> =
    LazyLock::new(|| expression(r"^(?:스프레드\s?시트|스프레드|구글\s?시트|엑셀|spreadsheet|workbook|google sheet)"));
static TAB_AHEAD: LazyLock<Regex> = LazyLock::new(|| expression(r"^(?:시트|탭|sheet|tab|worksheet)"));
static TAB_TARGET: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?:append|add|put|record|log|row|write|save|insert)[^.;]*(?:to|into|in|on)(?:\sthe)?$")
});
static TAB_PUT: LazyLock<Regex> = LazyLock::new(|| expression(r"^에다?가?\s.{0,60}(?:한\s?줄|행|추가|기록|적어|넣어)"));
static TAB_BEHIND: LazyLock<Regex> = LazyLock::new(|| expression(r"(?:sheet|tab|시트|탭)(?:\s(?:called|named))?$"));
static LIST_SIGN: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^\s*(?:채널|방|channels?)?\s*(?:,|、|/|&|\+|·|and|or|,\s*and|와|과|이랑|랑|하고|및|그리고|도|에도|에|에다|이나|하고도)\s*(?:in|to|on|the|in the|to the|both)?\s*$",
    )
});

/// Whether a known channel's bare name is used as one here.
fn is_channel(name: &str, before: &str, after: &str) -> bool {
    let next = after.trim_start();
    let prev = before.trim_end();
    if CHANNEL_AHEAD.is_match(next) || CHANNEL_BEHIND.is_match(prev) {
        return true;
    }
    // A one-syllable or everyday word needs the word `channel` beside it.
    let first = name.chars().next();
    let latin = first.is_some_and(|c| c.is_ascii_alphabetic());
    let ends = CHANNEL_ENDS.is_match(after);
    if !latin {
        // `팀-공지` is a name like any Latin one; `마케팅` alone is an everyday word.
        let sure = PLACE_PARTICLE.is_match(after)
            || ends && (SINK_BEHIND.is_match(prev) || ARROW_BEHIND.is_match(prev))
            || SINK_VERB_BEHIND.is_match(prev);
        return name.chars().count() > 2 && name.contains("공지") && sure;
    }
    PLACE_PARTICLE.is_match(after)
        || ARROW_BEHIND.is_match(prev) && ends
        || SINK_BEHIND.is_match(prev) && ends
        || SINK_VERB_BEHIND.is_match(prev)
        || (prev.is_empty() || prev.ends_with(['.', '!', '?', '\n', ';'])) && SUBJECT_AHEAD.is_match(next)
}

static CHANNEL_AHEAD: LazyLock<Regex> =
    LazyLock::new(|| expression(r"^(?:슬랙\s?)?(?:채널|방에|방으로|단톡방|slack channel|channel)"));
static CHANNEL_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?:(?-u:\b)channels?|채널인|채널:|채널은|slack channel|#)(?:\s(?:called|named))?\s*$")
});
static PLACE_PARTICLE: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^\s?(?:에다가?|에도|에만|에게|에는|에요|에$|에[\s,.!?~'’”\x{E000}-\x{F8FF}]|에[가-힣]|으로|로는|로만|로도|로$|로[\s,.!?~]|쪽|방)",
    )
});
static CHANNEL_ENDS: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^\s*(?:$|[.,!?;:)\n→~·+/&(\x{E000}-\x{F8FF}-]|—|–|and(?-u:\b)|then(?-u:\b)|too(?-u:\b)|as well|please|pls|plz|thanks|thx|with(?-u:\b)|saying|that(?-u:\b)|so(?-u:\b)|about(?-u:\b)|the(?-u:\b)|a(?-u:\b)|once|when|after|for me|but(?-u:\b)|also|know(?-u:\b)|at(?-u:\b)|because|its(?-u:\b)|what|where|who|how|now|today|instead|only|right|asap|we(?-u:\b)|i(?-u:\b)|everyone|a link|[가-힣])",
    )
});
static ARROW_BEHIND: LazyLock<Regex> = LazyLock::new(|| expression(r"(?:→|->|=>|⇒|▶|>>|to:|in:)$"));
static SINK_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:^|[^a-z])(?:in|to|on|into|onto|at|with|over to|tell|inform|notify|ping|msg|message|alert|remind|let|give|send|point|show|update|everyone in|everybody in|folks in|people in|post|for|hits|via)(?:\s(?:the|our|both|both the|slack|slack's|everyone in|all of))?$",
    )
});
static SINK_VERB_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?:^|[^a-z])(?:tell|inform|notify|ping|msg|let|point|remind|give)(?:\s(?:the|our|everyone in))?$")
});
static SUBJECT_AHEAD: LazyLock<Regex> =
    LazyLock::new(|| expression(r"^(?:needs?|should|has to|must|wants?|gets?|:|채널|메시지)"));

static BREAK: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?x)
        (?P<arrow>→|⇒|▶|➜|➡|=>|--?>|>>|\s/\s|\s·\s|·\s|\s\+\s|\s>\s)
        |(?P<hard>[.!?。？！]+(?:\s|$)|[;；\n]+|~+\s|…\s)
        |(?P<dash>\s[-–—]\s|—)
        |(?P<open>[(（\[])
        |(?P<close>[)）\]])
        |(?P<comma>[,、，])
        |(?P<colon>[:：])
        |(?P<and>(?-u:\b)(?:and\s+then|and\s+also|after\s+that|and|then|n|plus|also|afterwards|next|finally|but|oh\s+and|while|so)(?-u:\b)|&|그리고\s?나서|그리고|그런\s?다음에?|그\s?다음에?|그담에?|다음으로|이어서|그\s?뒤에?|그\s?후에?|또한|추가로|동시에)
        ",
    )
});

const BREAKS: [(&str, Break); 8] = [
    ("arrow", Break::Arrow),
    ("hard", Break::Hard),
    ("dash", Break::Dash),
    ("open", Break::Open),
    ("close", Break::Close),
    ("comma", Break::Comma),
    ("colon", Break::Colon),
    ("and", Break::And),
];

/// Where a name stands in the text: Latin names as whole words, spaces in it optional in Hangul.
fn occurrences(low: &str, name: &str) -> Vec<(usize, usize)> {
    let name = name.to_ascii_lowercase();
    if name.is_empty() {
        return Vec::new();
    }
    let ascii = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let mut out = Vec::new();
    let mut from = 0;
    while let Some(at) = low[from..].find(&name) {
        let (start, end) = (from + at, from + at + name.len());
        let (before, after) = (low[..start].chars().next_back(), low[end..].chars().next());
        let head = name.chars().next();
        let inside_latin = ascii(head) && ascii(before) || ascii(name.chars().next_back()) && ascii(after);
        let inside_hangul = head.is_some_and(is_hangul) && before.is_some_and(is_hangul) && name.chars().count() < 3;
        if !inside_latin && !inside_hangul {
            out.push((start, end));
        }
        from = end;
    }
    out
}

/// The canonical spelling, among a known place's names, of what was written.
fn known(catalogue: &Catalogue, kind: &str, text: &str) -> Option<String> {
    let wanted = fold(text);
    let names: Vec<&String> = catalogue.places_of(kind).flat_map(|place| &place.names).collect();
    names.iter().find(|name| fold(name) == wanted).map(|name| (**name).clone()).or_else(|| {
        names
            .iter()
            .find(|name| name.is_ascii() && spelling::is_slip(&wanted, &fold(name)))
            .map(|name| (**name).clone())
    })
}

/// A channel as a tool takes it, from what was written after `#`.
fn channel(name: &str, catalogue: &Catalogue) -> What {
    let wanted = fold(name);
    let find = |test: &dyn Fn(&str) -> bool| {
        catalogue.places_of("slack.channel").find(|place| place.names.iter().any(|known| test(&fold(known))))
    };
    let place = find(&|known| known == wanted)
        .or_else(|| find(&|known| known.is_ascii() && spelling::is_slip(&wanted, known)))
        .or_else(|| find(&|known| !known.is_ascii() && wanted.starts_with(known) && known.chars().count() > 1));
    match place {
        Some(place) => What::Channel { value: place.value.as_str().unwrap_or(name).to_owned(), outside: place.outside },
        None => What::Channel { value: format!("#{name}"), outside: false },
    }
}

/// Names compared: without spaces, hyphens and case.
fn fold(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect::<String>().to_ascii_lowercase()
}
