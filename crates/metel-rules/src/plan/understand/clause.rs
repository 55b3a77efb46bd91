//! The marked text cut into clauses, each with one verb at most. Korean verbs end their clause,
//! English ones begin it; what has no verb joins a neighbour or stands alone when it says enough.
//! What is negated is taken out here, so that nothing later can see it.

use std::sync::LazyLock;

use regex::Regex;

use super::lexicon::{Form, Intent, Object, expression};
use super::literal::Literal;
use super::mark::{Break, Mark, Marked, Verb, What};

/// One clause: a stretch of the text, its marks in order, its verb.
#[derive(Debug, Clone)]
pub struct Clause {
    pub start: usize,
    pub end: usize,
    pub marks: Vec<Mark>,
    pub verb: Option<(usize, Verb)>,
    /// It follows an arrow or a slash: its thing is made from the one before.
    pub arrow: bool,
    /// Parts of the text that were negated and say nothing here.
    pub dead: Vec<(usize, usize)>,
}

impl Clause {
    pub fn intent(&self) -> Option<Intent> {
        self.verb.as_ref().and_then(|(_, verb)| verb.intent)
    }

    pub fn has(&self, object: Object) -> bool {
        self.marks.iter().any(|mark| mark.what == What::Object(object))
    }

    pub fn service(&self, name: &str) -> bool {
        self.marks.iter().any(|mark| matches!(&mark.what, What::Service(service) if service == name))
    }
}

/// How two neighbouring segments are parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Hard,
    Arrow,
    Soft,
    /// Right behind a Korean verb.
    Behind,
    /// Right before an English verb.
    Before,
}

/// Cuts a marked request into clauses.
pub fn clauses(marked: &Marked) -> Vec<Clause> {
    let (marks, dead) = without_negated(marked);
    let marks = without_asides(marks);
    let mut cuts: Vec<(usize, usize, Cut)> = Vec::new();
    for (i, mark) in marks.iter().enumerate() {
        match &mark.what {
            What::Break(kind) => {
                if in_channel_list(&marks, i, marked) || in_place(&marks, i, marked) {
                    continue;
                }
                let cut = match kind {
                    Break::Hard => Cut::Hard,
                    Break::Arrow => Cut::Arrow,
                    Break::And | Break::Comma | Break::Dash | Break::Colon => Cut::Soft,
                    Break::Open | Break::Close => continue,
                };
                cuts.push((mark.start, mark.end, cut));
            }
            What::Verb(verb) if asks(verb) => match verb.korean {
                true => cuts.push((mark.end, mark.end, Cut::Behind)),
                false if !follows_verb(&marks, i, marked) => cuts.push((mark.start, mark.start, Cut::Before)),
                false => {}
            },
            _ => {}
        }
    }
    cuts.sort_by_key(|cut| (cut.0, cut.1));
    let mut segments: Vec<(usize, usize, Cut)> = Vec::new();
    let (mut from, mut kind) = (0, Cut::Hard);
    for (start, end, cut) in cuts {
        if start > from || cut == Cut::Arrow {
            segments.push((from, start.max(from), kind));
            kind = cut;
        } else if rank(cut) > rank(kind) {
            kind = cut;
        }
        from = end.max(from);
    }
    segments.push((from, marked.low().len(), kind));
    let clauses: Vec<(Clause, Cut)> = segments
        .into_iter()
        .map(|(start, end, cut)| {
            let marks: Vec<Mark> = marks
                .iter()
                .filter(|mark| mark.start >= start && mark.end <= end && !matches!(mark.what, What::Break(_)))
                .cloned()
                .collect();
            let verb = marks.iter().enumerate().find_map(|(i, mark)| match &mark.what {
                What::Verb(verb) if asks(verb) => Some((i, *verb)),
                _ => None,
            });
            (Clause { start, end, marks, verb, arrow: cut == Cut::Arrow, dead: dead.clone() }, cut)
        })
        .collect();
    in_time(merge(clauses, marked), marked)
}

static AFTER: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?:^|[^a-z])(?:after|once|as soon as|when)(?:\s(?:you(?:'ve|’ve|\shave)?|that's|i))?$")
});
static BEFORE: LazyLock<Regex> = LazyLock::new(|| expression(r"(?:^|[^a-z])before(?:\syou)?$"));
static BEFORE_KOREAN: LazyLock<Regex> = LazyLock::new(|| expression(r"^기?\s?전에"));

/// `B after doing A` and `before doing B, A` both mean A, then B.
fn in_time(mut clauses: Vec<Clause>, marked: &Marked) -> Vec<Clause> {
    let low = marked.low();
    let mut at = 0;
    while at < clauses.len() {
        let Some((verb, what)) =
            clauses[at].verb.and_then(|(i, verb)| clauses[at].marks.get(i).map(|mark| (mark.clone(), verb)))
        else {
            at += 1;
            continue;
        };
        let before = low[..verb.start].trim_end();
        let first = before.rfind(['.', '!', '?', ';', '\n']).map_or(0, |i| i + 1);
        let opens = before[first..].split_whitespace().count() <= 2;
        if !what.korean && AFTER.is_match(before) && !opens && at > 0 {
            clauses.swap(at - 1, at);
        } else if (!what.korean && BEFORE.is_match(before) && opens
            || what.korean && BEFORE_KOREAN.is_match(&low[verb.end..]))
            && at + 1 < clauses.len()
        {
            clauses.swap(at, at + 1);
            at += 1;
        }
        at += 1;
    }
    clauses
}

/// `in alerts and in standup`: one list, one message.
fn in_channel_list(marks: &[Mark], at: usize, marked: &Marked) -> bool {
    let channel = |mark: Option<&Mark>| mark.is_some_and(|mark| matches!(mark.what, What::Channel { .. }));
    if at == 0 || !channel(marks.get(at - 1)) || !channel(marks.get(at + 1)) {
        return false;
    }
    let (before, after) = (&marks[at - 1], &marks[at + 1]);
    LIST.is_match(&marked.low()[before.end..after.start])
}

/// `Weekly report / Metrics`: a file and its sheet, one place.
fn in_place(marks: &[Mark], at: usize, marked: &Marked) -> bool {
    let place = |mark: Option<&Mark>| {
        mark.is_some_and(|mark| matches!(mark.what, What::Spreadsheet(_) | What::Tab(_) | What::Cells { .. }))
    };
    if at == 0 || !place(marks.get(at - 1)) || !place(marks.get(at + 1)) {
        return false;
    }
    matches!(marked.low()[marks[at - 1].end..marks[at + 1].start].trim(), "/" | "," | ">" | "-" | ":" | "·")
        && matches!(marks[at - 1].what, What::Spreadsheet(_)) != matches!(marks[at + 1].what, What::Spreadsheet(_))
}

static LIST: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^\s*(?:channels?|채널)?\s*(?:에도|에|과|와|이랑|랑|도)?\s*(?:,\s*and|,|and|as well as|&|/|\+|·|및|그리고|plus)\s*(?:(?:also\s)?(?:in|to|on)\s)?(?:the\s)?$",
    )
});

fn rank(cut: Cut) -> u8 {
    match cut {
        Cut::Before | Cut::Behind => 0,
        Cut::Soft => 1,
        Cut::Hard => 2,
        Cut::Arrow => 3,
    }
}

/// Whether a verb asks for an act here. What was looked up or summarised is asked for by its name:
/// `요약한 거`.
pub fn asks(verb: &Verb) -> bool {
    match verb.form {
        Form::Act => true,
        Form::Past => verb.korean && matches!(verb.intent, Some(Intent::Get | Intent::Search | Intent::Summarise)),
        Form::Future | Form::Negated | Form::Gerund => false,
    }
}

/// `look up and list`, `search, find`: the second of two English verbs side by side is its helper.
fn follows_verb(marks: &[Mark], at: usize, marked: &Marked) -> bool {
    at > 0
        && matches!(&marks[at - 1].what, What::Verb(verb) if asks(verb) && !verb.korean)
        && marked.low()[marks[at - 1].end..marks[at].start].trim().is_empty()
}

fn merge(clauses: Vec<(Clause, Cut)>, marked: &Marked) -> Vec<Clause> {
    let mut out: Vec<(Clause, Cut)> = Vec::new();
    let mut pending: Option<(Clause, Cut)> = None;
    let total = clauses.len();
    let mut iter = clauses.into_iter().enumerate().peekable();
    while let Some((_, (mut clause, mut cut))) = iter.next() {
        if let Some((held, held_cut)) = pending.take() {
            clause = join(held, clause);
            cut = held_cut;
        }
        let next = iter.peek().map(|(_, (next, next_cut))| {
            (next.verb.as_ref().map(|(_, verb)| verb.korean), *next_cut, next.marks.is_empty())
        });
        let blank = clause.marks.is_empty() && is_blank(marked, &clause);
        // `archive the page 'A' and the page 'B'`: one list.
        let listed = cut == Cut::Soft && continues_list(&clause, out.last().map(|(previous, _)| previous));
        if clause.verb.is_some() || (!blank && !listed && stands_alone(&clause, marked)) {
            out.push((clause, cut));
            continue;
        }
        let previous_english =
            out.last().is_some_and(|(previous, _)| previous.verb.as_ref().is_some_and(|(_, verb)| !verb.korean));
        // `링크 → 'X' 페이지`: what stands before an arrow goes where it points.
        let carried = clause.has(Object::Link)
            && !clause.marks.iter().any(|mark| matches!(mark.what, What::Channel { .. } | What::Literal(_)));
        let forward = match next {
            Some((_, Cut::Arrow, _)) if carried && !blank => true,
            Some((_, Cut::Hard | Cut::Arrow, _)) | None => false,
            Some((Some(_), Cut::Before, _)) => !blank,
            Some((Some(true), Cut::Soft | Cut::Behind, _)) => true,
            Some((Some(false), Cut::Soft, _)) => !previous_english || cut == Cut::Hard,
            Some((None, Cut::Soft | Cut::Behind | Cut::Before, _)) => !previous_english || cut == Cut::Hard,
            Some((Some(false), Cut::Behind, _)) => false,
        };
        if forward {
            pending = Some((clause, cut));
            continue;
        }
        match out.last_mut() {
            Some((previous, _)) if blank || matches!(cut, Cut::Soft | Cut::Behind | Cut::Before) && !clause.arrow => {
                let joined = join(previous.clone(), clause);
                *previous = joined;
            }
            _ if blank && total > 1 => {}
            _ => out.push((clause, cut)),
        }
    }
    if let Some(held) = pending {
        out.push(held);
    }
    out.into_iter().map(|(clause, _)| clause).collect()
}

/// More of the same things for the English verb before.
fn continues_list(clause: &Clause, previous: Option<&Clause>) -> bool {
    let channel = clause.marks.iter().any(|mark| matches!(mark.what, What::Channel { .. }));
    let verb = previous.and_then(|previous| previous.verb);
    !channel && verb.is_some_and(|(_, verb)| !verb.korean && matches!(verb.intent, Some(Intent::Delete | Intent::Make)))
}

fn join(first: Clause, second: Clause) -> Clause {
    let shift = first.marks.len();
    let verb = first.verb.or(second.verb.map(|(at, verb)| (at + shift, verb)));
    Clause {
        start: first.start,
        end: second.end,
        arrow: first.arrow,
        marks: first.marks.into_iter().chain(second.marks).collect(),
        verb,
        dead: first.dead,
    }
}

static FILLER: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^(?:[\s\pP]|please|pls|thanks|thank you|thx|then|and|so|oh|hey|hi|ok|okay|now|yo|야|음|저기|혹시|좀|일단|먼저|그럼|그다음|끝|고마워|감사합니다|감사해요|알겠지|부탁|예요|이에요|요|ㅎ+|ㅋ+|also|too|after|before|once|when|could|you|can|would|kindly|i|want|to|need|just|for me|me)*$",
    )
});

fn is_blank(marked: &Marked, clause: &Clause) -> bool {
    FILLER.is_match(marked.low()[clause.start..clause.end].trim())
}

static NEEDS: LazyLock<Regex> = LazyLock::new(|| expression(r"needs?|should|has to|must|wants?|봐야|알아야"));

/// Whether a stretch without a verb says by itself what is wanted.
fn stands_alone(clause: &Clause, marked: &Marked) -> bool {
    let channel = clause.marks.iter().any(|mark| matches!(mark.what, What::Channel { .. }));
    let literal = clause.marks.iter().any(|mark| match &mark.what {
        What::Literal(at) => {
            matches!(marked.lifted.literals.get(*at), Some(Literal::Quote(_) | Literal::Block(_) | Literal::Url(_)))
        }
        _ => false,
    });
    let quote = clause.marks.iter().any(|mark| matches!(&mark.what, What::Literal(at) if marked.quote(*at).is_some()));
    let link = clause.has(Object::Link);
    let said = link || clause.has(Object::Result) || clause.has(Object::Summary) || clause.has(Object::Message);
    let text = &marked.low()[clause.start..clause.end];
    channel && (literal || said || clause.arrow || NEEDS.is_match(text))
        || quote && (clause.arrow || clause.has(Object::Page) && !ATTRIBUTE.is_match(text))
        || clause.arrow && !clause.marks.is_empty()
}

static ATTRIBUTE: LazyLock<Regex> =
    LazyLock::new(|| expression(r"title|제목|이름은|named|called|밑에|under|child|하위"));

static NOT: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?-u:\b)(?:do not|don't|dont|don’t|not|never|no (?:summary|recap|sharing|posting|message|link)|without|except(?:\sfor)?|instead of|rather than|no need to|isn't|leave out|skip)(?-u:\b)[^.!?;\n,)—–]*?(?:(?:\s(?:but|just|and then|only|then)(?-u:\b))|[.!?;\n,)—–]|$)",
    )
});
static ALONE: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?-u:\b)(?:leave|let) [^.,;!?\n]{1,40}? (?:alone|be|untouched|as (?:it|they) (?:is|are))(?-u:\b)")
});
static SAID: LazyLock<Regex> = LazyLock::new(|| expression(r"[가-힣](?:고|며|는데|지만|니까|이야|이고)[\s,]"));
static OTHER_THAN: LazyLock<Regex> = LazyLock::new(|| expression(r"말고|빼고|제외하고|제외한|아니고|아니라"));
static CHOSEN_FROM: LazyLock<Regex> = LazyLock::new(|| expression(r"^\s*(?:채널\s?)?(?:중에서|중에|중)(?:[\s,]|$)"));

/// The marks without what is negated, and the stretches that were.
fn without_negated(marked: &Marked) -> (Vec<Mark>, Vec<(usize, usize)>) {
    let low = marked.low();
    let mut dead: Vec<(usize, usize)> = Vec::new();
    for found in NOT.find_iter(low) {
        let body = found.as_str();
        let end =
            found.end() - body.len() + body.trim_end_matches([',', '.', ')', ';', '!', '?', '\n', '—', '–']).len();
        let end = ["but", "just", "and then", "only", "then"].iter().fold(end, |end, word| {
            match low[found.start()..end].strip_suffix(word) {
                Some(rest) => found.start() + rest.len(),
                None => end,
            }
        });
        let paren = low[..found.start()].trim_end().ends_with('(');
        let worth = paren
            || marked.marks.iter().filter(|mark| mark.start >= found.start() && mark.end <= end).any(|mark| {
                matches!(&mark.what, What::Channel { .. } | What::Cells { .. })
                    || matches!(&mark.what, What::Verb(verb) if verb.form != Form::Past)
                    || mark.what == What::Object(Object::Summary)
                    || matches!(&mark.what, What::Literal(at) if marked.quote(*at).is_some())
            });
        if worth {
            dead.push((found.start(), end));
        }
    }
    dead.extend(ALONE.find_iter(low).map(|found| (found.start(), found.end())));
    for (i, mark) in marked.marks.iter().enumerate() {
        let What::Verb(Verb { form: Form::Negated, korean: true, .. }) = mark.what else { continue };
        // From the last break or other act to the end of the negation: `시트 비우지 말고`.
        let from = marked.marks[..i]
            .iter()
            .rev()
            .find_map(|earlier| match &earlier.what {
                What::Break(_) => Some(earlier.end),
                What::Verb(verb) if asks(verb) => Some(earlier.end),
                _ => None,
            })
            .unwrap_or(0);
        // What stands before a connective was said for itself: `주간 보고 파일이고 요약은 하지 마`.
        let from = SAID.find_iter(&low[from..mark.start]).last().map_or(from, |found| from + found.end());
        let tail = &low[mark.end..];
        let until = ["말고", "마시고", "말아", "마세요", "마", "않고", "않아", "않게", "않도록", "없이", "하지"]
            .iter()
            .filter_map(|word| tail.find(word).filter(|at| *at < 30).map(|at| at + word.len()))
            .min()
            .unwrap_or(0);
        dead.push((from, mark.end + until));
    }
    for found in OTHER_THAN.find_iter(low) {
        if dead.iter().any(|(from, to)| found.start() >= *from && found.end() <= *to) {
            continue;
        }
        let Some((i, mark)) = marked.marks.iter().enumerate().rev().find(|(_, mark)| mark.end <= found.start()) else {
            continue;
        };
        if found.as_str() == "빼고" && low[..found.start()].trim_end().ends_with('로') {
            continue;
        }
        if low[mark.end..found.start()].chars().count() > 8 || matches!(mark.what, What::Break(_)) {
            continue;
        }
        // `random 채널 말고`: the name before the word goes too.
        let noun = matches!(mark.what, What::Object(_) | What::Nominal(_));
        let from = match noun && i > 0 && !matches!(marked.marks[i - 1].what, What::Break(_) | What::Verb(_)) {
            true => marked.marks[i - 1].start,
            false => mark.start,
        };
        dead.push((from, found.end()));
    }
    let channels: Vec<&Mark> = marked.marks.iter().filter(|mark| matches!(mark.what, What::Channel { .. })).collect();
    if let Some(last) = channels.iter().position(|mark| CHOSEN_FROM.is_match(&low[mark.end..]))
        && last + 1 < channels.len()
    {
        dead.push((channels[0].start, channels[last].end));
    }
    let inside = |mark: &Mark| {
        dead.iter()
            .any(|(from, to)| mark.start >= *from && mark.end <= *to && !matches!(mark.what, What::Break(Break::Hard)))
    };
    let marks = marked.marks.iter().filter(|mark| !inside(mark)).cloned().collect();
    (marks, dead)
}

/// Verbs in brackets only explain; the other marks in brackets count.
fn without_asides(marks: Vec<Mark>) -> Vec<Mark> {
    let mut depth = 0usize;
    let mut out = Vec::with_capacity(marks.len());
    let last_close = marks.iter().rposition(|mark| mark.what == What::Break(Break::Close));
    for (at, mark) in marks.into_iter().enumerate() {
        match &mark.what {
            // A bracket that is never closed is no bracket.
            What::Break(Break::Open) if last_close.is_some_and(|close| close > at) => depth += 1,
            What::Break(Break::Open) => {}
            What::Break(Break::Close) => depth = depth.saturating_sub(1),
            What::Verb(_) | What::Break(_) if depth > 0 => {}
            _ => out.push(mark),
        }
    }
    out
}
