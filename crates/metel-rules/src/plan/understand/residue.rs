//! Names without quotes: what is left of a clause when everything known is taken out.

use std::sync::LazyLock;

use regex::Regex;

use super::clause::Clause;
use super::lexicon::{Intent, Object, expression};
use super::literal::slot;
use super::mark::{Mark, Marked, What};

/// Longest name that is taken from bare words.
const NAME_MAX: usize = 80;

/// The text of a stretch without literals' stand-ins, in its own spelling.
fn raw(marked: &Marked, start: usize, end: usize) -> String {
    marked.lifted.work[start..end].chars().map(|c| if slot(c).is_some() { ' ' } else { c }).collect()
}

/// The text between a clause's borders with some marks put back as words and the others taken out.
fn left(marked: &Marked, clause: &Clause, start: usize, end: usize, keep: impl Fn(&What) -> bool) -> String {
    let mut out = String::new();
    let mut at = start;
    for mark in clause.marks.iter().filter(|mark| mark.end > start && mark.start < end) {
        if mark.start > at {
            out.push_str(&raw(marked, at, mark.start));
        }
        at = mark.end.max(at);
        if keep(&mark.what) {
            out.push_str(&raw(marked, mark.start.max(start), mark.end.min(end)));
        } else {
            out.push('\u{1}');
            // The particle goes with its word.
            let verb = matches!(mark.what, What::Verb(_));
            if let Some(particle) = MARK_PARTICLE.find(&marked.lifted.work[at.min(end)..end]).filter(|_| !verb) {
                at += particle.end();
            }
        }
    }
    if at < end {
        out.push_str(&raw(marked, at, end));
    }
    for (from, to) in &clause.dead {
        if *from >= start && *to <= end {
            let piece = raw(marked, *from, *to);
            out = out.replace(&piece, "\u{1}");
        }
    }
    out
}

static MARK_PARTICLE: LazyLock<Regex> =
    LazyLock::new(|| expression(r"^(?:에다가|에다|에서|에도|에만|에게|에|으로|로|을|를|은|는|과|와|도|의)"));

static EDGES: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^(?:[\s\pP\x01]|(?:을|를|에|의|은|는|도|로|으로|에서|에다가?|이라는|라는|이란|라고|이라고|와|과|만|좀|새|새로운|새로|하나|하나만|하나를|제목의|제목으로|제목|이름의|이름으로|빈|그|이|저|우리|오늘|일단|그리고|먼저|다음|the|a|an|new|my|our|some|for|of|about|on|in|to|this|that|please|one|notion|me|us|with|up|from|and|also|then|just|all|at)(?:[\s\x01]|$))+",
    )
});
static TAIL: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:[\s\pP\x01]|\s(?:좀|하나|하나만|새로|for me|please|pls|in|to|on|with|and|a|the|of|at|as|about)|(?:이라는|라는|이란|이라고|라고|을|를|하나만|하나)|(?:[가-힣]\s)(?:제목의|제목으로|이름의|이름으로|용))+$",
    )
});

/// Strips particles and filler from both ends.
pub fn trim(text: &str) -> String {
    let mut text = text.trim();
    for _ in 0..6 {
        let size = text.len();
        if let Some(head) = EDGES.find(text) {
            text = &text[head.end()..];
        }
        if let Some(tail) = TAIL.find(text).filter(|tail| tail.start() > 0) {
            text = &text[..tail.start()
                + tail
                    .as_str()
                    .chars()
                    .next()
                    .filter(|c| {
                        super::super::retrieve::is_hangul(*c)
                            && tail.as_str().contains(' ')
                            && tail.as_str().chars().nth(1) == Some(' ')
                    })
                    .map_or(0, char::len_utf8)];
        }
        text = text.trim();
        if text.len() == size {
            break;
        }
    }
    text.chars().take(NAME_MAX).collect()
}

/// The last run of plain words in a stretch.
fn last_run(text: &str) -> &str {
    text.rsplit('\u{1}').find(|run| !run.trim().is_empty()).unwrap_or_default()
}

static PRONOUNS: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^(?i:it|this|that|these|those|them|one|something|anything|stuff|thing|things|the thing|그|이|그거|이거|그것|이것|저거|아까|방금|방금 만든|만든|뭐|뭔가|거기|여기|위|해당|그 거|이 거|슬랙|노션|team|slack|a|the|우리|그걸|이걸|whole|entire|전체|모든|all|새|new|each|every|both|각|각각|same|right|it all|everything|everyone|모두|다)$",
    )
});

static POINTING: LazyLock<Regex> =
    LazyLock::new(|| expression(r"^(?i:it|this|that|them|those|these|어느|어떤|무슨|which)(?:\s|$)"));

pub fn is_pronoun(name: &str) -> bool {
    PRONOUNS.is_match(name.trim()) || POINTING.is_match(name.trim())
}

static DOCUMENT: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)(?:회의록|문서|보고서|노트|메모|위키|가이드|매뉴얼|계획서|계획|일지|목록|체크리스트|정리본|안내서|제안서|기획서|회고|아젠다|안건|템플릿|notes?|wiki|guide|report|runbook|checklist|agenda|plan|doc|memo|log|minutes|playbook|handbook|retro|faq|summary|brief|proposal|spec)$",
    )
});

/// Whether a name sounds like a document's.
pub fn is_document(name: &str) -> bool {
    DOCUMENT.is_match(name.trim())
}

static SAID_TITLE: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)(?:titled|entitled|called|named|name it|call it|call the page|title it|(?-u:\b)title(?:\sis|\sshould be)?\s?:?|제목은|제목:|이름은|이름:|제목이)\s+(?P<name>[^,;\n\x{E000}-\x{F8FF}]+)",
    )
});
static KOREAN_NAMED: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?P<name>[^\x01,]+?)\s?(?:이라는|라는|이란|이라고|라고)\s(?:제목|이름|페이지|노션|새|문서|하나)")
});
static NAME_END: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)\s(?:and(?-u:\b)|then(?-u:\b)|in notion|on notion|to notion|with(?-u:\b)|under(?-u:\b)|please|for me|body(?-u:\b)|content(?-u:\b)).*$|(?:이에요|예요|입니다|이야|이요|야|으로 해줘|로 해줘|으로 해 주세요|로 해 주세요|으로|로)\.?$",
    )
});
static LATER: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?i)나중|later|알려\s?줄|아직|미정|tbd|모르|정할|will tell|not sure"));

/// A title given in words of its own: `titled X`, `제목은 X`.
pub fn said_title(marked: &Marked, clause: &Clause) -> Option<String> {
    let text = &marked.lifted.work[clause.start..clause.end];
    let found = SAID_TITLE.captures(text)?;
    let name = found.name("name")?.as_str();
    let name = NAME_END.replace(name, "");
    let name = name.trim().trim_end_matches(['.', '!', '?', ')']).trim();
    (!name.is_empty() && !LATER.is_match(text) && !is_pronoun(name)).then(|| name.chars().take(NAME_MAX).collect())
}

static COLON_TITLE: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?i)(?:페이지|문서|page|doc|title)\s?[:：]\s*(?P<name>[^\n\x{E000}-\x{F8FF}]+)"));
static PAGE_FOR: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?i)(?:page|doc)\s(?:for|about|on)\s(?:the\s|our\s|my\s)?(?P<name>[^,;.\n\x{E000}-\x{F8FF}]+)")
});

/// The bare name of a page that is to be made.
pub fn title(marked: &Marked, clause: &Clause) -> Option<String> {
    if let Some(title) = said_title(marked, clause) {
        return Some(title);
    }
    let text = &marked.lifted.work[clause.start..clause.end];
    if let Some(found) = COLON_TITLE.captures(text).and_then(|found| found.name("name")) {
        let name = found.as_str().trim();
        if !name.is_empty() && !LATER.is_match(name) {
            return Some(name.chars().take(NAME_MAX).collect());
        }
    }
    let noun =
        clause.marks.iter().rev().find(|mark| matches!(mark.what, What::Object(Object::Page | Object::Document)));
    let end = noun.map(|mark| mark.start).or_else(|| {
        clause.verb.filter(|(_, verb)| verb.korean).and_then(|(at, _)| clause.marks.get(at)).map(|mark| mark.start)
    });
    let part_of_name = |what: &What| {
        matches!(
            what,
            What::Spreadsheet(_)
                | What::Database(_)
                | What::Tab(_)
                | What::Nominal(_)
                | What::Object(
                    Object::Summary
                        | Object::Result
                        | Object::Event
                        | Object::Message
                        | Object::Issue
                        | Object::Release
                        | Object::Person
                        | Object::Document
                        | Object::Draft
                        | Object::Image
                        | Object::File
                        | Object::Web
                )
        )
    };
    if let Some(end) = end {
        let before = left(marked, clause, clause.start, end, part_of_name);
        let name = trim(last_run(&before));
        if !name.is_empty() && !is_pronoun(&name) && !LATER.is_match(&name) && !ONLY_FILLER.is_match(&name) {
            let named = KOREAN_NAMED.captures(&name).and_then(|found| found.name("name")).map(|m| trim(m.as_str()));
            return Some(named.unwrap_or(name));
        }
    }
    // English names stand behind the verb where there is no noun: `create Release notes in Notion`.
    if noun.is_none()
        && let Some((at, verb)) = clause.verb
        && !verb.korean
        && let Some(mark) = clause.marks.get(at)
    {
        let after = left(marked, clause, mark.end, clause.end, part_of_name);
        let run = after.split('\u{1}').find(|run| !trim(run).is_empty())?;
        let name = trim(run);
        return (!is_pronoun(&name) && !ONLY_FILLER.is_match(&name)).then_some(name);
    }
    let found = PAGE_FOR.captures(text).and_then(|found| found.name("name"))?;
    let name = trim(&NAME_END.replace(found.as_str(), ""));
    (!name.is_empty() && !is_pronoun(&name) && !ONLY_FILLER.is_match(&name) && !LATER.is_match(&name)).then_some(name)
}

static ONLY_FILLER: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)^(?:(?:새로|새로운|새|빈|하나|하나만|좀|제발|혹시|그냥|일단|오늘|내일|지금|바로|각각|에|에서|을|를|이|그|다시|어서|야|hey|please|pls|a|an|the|new|empty|blank|quick|quickly|simple|notion|one|up|me|us|for|my|of|it|in|kindly|you|would|could|another|separate|two|three|somewhere|out|start|now|there|just|fresh|little|some|and|then|also|into|that|as|to)\s*)*$",
    )
});

/// The bare name of a page that exists, before the noun.
pub fn page_name(marked: &Marked, clause: &Clause) -> Option<String> {
    let noun = clause.marks.iter().find(|mark| matches!(mark.what, What::Object(Object::Page | Object::Document)))?;
    let keep = |what: &What| {
        matches!(
            what,
            What::Spreadsheet(_)
                | What::Database(_)
                | What::Tab(_)
                | What::Nominal(_)
                | What::Object(Object::Summary | Object::Result | Object::Event | Object::Message | Object::Draft)
        )
    };
    let name = trim(last_run(&left(marked, clause, clause.start, noun.start, keep)));
    if !name.is_empty() && !ONLY_FILLER.is_match(&name) {
        return Some(name);
    }
    let after = left(marked, clause, noun.end, clause.end, keep);
    let found = SAID_TITLE.captures(&after)?;
    Some(trim(found.name("name")?.as_str()))
}

/// The name right before a noun such as `database` or `채널`.
pub fn name_before(marked: &Marked, clause: &Clause, noun: &Mark) -> Option<String> {
    let before = left(marked, clause, clause.start, noun.start, |_| false);
    let run = before.rsplit('\u{1}').next()?;
    let name = trim(run);
    let word = match name.is_ascii() {
        // English: the words since the article.
        true => run.rsplit(" the ").next().map(trim)?,
        false => name.split_whitespace().next_back()?.to_owned(),
    };
    (!word.is_empty() && !is_pronoun(&word) && !ONLY_FILLER.is_match(&word) && word.split_whitespace().count() <= 3)
        .then_some(word)
}

/// A tab's name before `시트` or `sheet`, where it is not a spreadsheet already named.
pub fn tab_name(marked: &Marked, clause: &Clause, noun: &Mark) -> Option<String> {
    name_before(marked, clause, noun).filter(|name| {
        !matches!(
            name.to_ascii_lowercase().as_str(),
            "google" | "구글" | "report" | "엑셀" | "excel" | "타임" | "체크" | "치트" | "스프레드" | "time" | "cheat"
        )
    })
}

static LONE_CELL: LazyLock<Regex> = LazyLock::new(|| expression(r"(?-u:\b)[A-Z]{1,2}\d{1,5}(?-u:\b)"));

/// A single cell written bare: `E5`.
pub fn lone_cell(marked: &Marked, clause: &Clause) -> Option<(usize, String)> {
    let text = &marked.lifted.work[clause.start..clause.end];
    LONE_CELL.find(text).map(|found| (clause.start + found.start(), found.as_str().to_owned()))
}

static FILTER_HEAD: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)^(?:(?:의|에서|에|중에서|중에|중|전체|모든|모두|전부|다|항목들?|것들|것|거|목록|리스트|데이터베이스|디비|좀|를|을|은|는|이|가|만|지금|현재|나의|노션|노션의|all|the|of|from|every|everything|items?|entries|rows?|records?|tasks?|database|list|please|pls|that|are|is|which|who|with|whatever's|whatever|what's|what|to|me|for|our|us|into|them|it|on|and|a|an|so|over|notion|up|out|any|only|just|short|quick|i|you|would|like|could|can|there|then|content|contents|as|new|by|db|pick|take)(?:$|[\s,\x01]))+",
    )
});
static FILTER_TAIL: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)(?:^|[\s\x01])(?:(?:의|에서|에|중에서|중에|중|전체|모든|모두|전부|다|항목들?|거만|것만|것들|것|거|건|건만|목록|리스트|데이터베이스|디비|좀|를|을|은|는|이|만|내용|들|업무|업무들|인거|인 거|있는지|수|볼|있게|all|the|of|in|from|items?|entries|rows?|records?|tasks?|database|list|please|pls|to|me|for|our|us|into|them|it|on|and|a|an|so|over|notion|up|out|as|new|db|with|over to|pages?)(?:$|[\s,\x01]*$))+$",
    )
});

/// What narrows a database's rows: the words beside its name.
pub fn filter(marked: &Marked, clause: &Clause, database: &Mark) -> Option<String> {
    let verb = clause.verb.and_then(|(at, verb)| clause.marks.get(at).map(|mark| (mark, verb)));
    // Korean puts the condition before or behind the name and before the verb; English mostly behind.
    let end = match verb {
        Some((mark, verb)) if verb.korean && mark.start > database.end => mark.start,
        _ => clause.end,
    };
    let start = match verb {
        Some((mark, verb)) if !verb.korean && mark.end <= database.start => mark.end,
        _ => clause.start,
    };
    let keep = |what: &What| {
        matches!(what, What::Nominal(_) | What::Literal(_))
            || matches!(what, What::Verb(verb) if !super::clause::asks(verb))
            || matches!(
                what,
                What::Object(
                    Object::Event
                        | Object::Issue
                        | Object::Release
                        | Object::Draft
                        | Object::Person
                        | Object::Label
                        | Object::File
                        | Object::Result
                        | Object::Row
                )
            )
    };
    // Past a sink's own words there is nothing about the rows.
    let stop = clause
        .marks
        .iter()
        .filter(|mark| {
            mark.start >= database.end
                && matches!(
                    mark.what,
                    What::Channel { .. }
                        | What::Tab(_)
                        | What::Spreadsheet(_)
                        | What::Cells { .. }
                        | What::Service(_)
                        | What::Object(Object::Page | Object::Link)
                )
        })
        .map(|mark| mark.start)
        .min()
        .unwrap_or(end)
        .min(end);
    let head = left(marked, clause, start, database.start, keep);
    let tail = match stop > database.end {
        true => spelled(marked, clause, database.end, stop, keep),
        false => String::new(),
    };
    let head = head.rsplit('\u{1}').next().unwrap_or_default().to_owned();
    let head = if head.is_ascii() { head.trim_start_matches(|c: char| !c.is_alphanumeric()).to_owned() } else { head };
    let both = [clean(&head), clean(&tail)].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    (!both.is_empty()).then(|| both.chars().take(200).collect())
}

/// Like `left`, with quoted strings written out.
fn spelled(marked: &Marked, clause: &Clause, start: usize, end: usize, keep: impl Fn(&What) -> bool) -> String {
    let mut out = String::new();
    let mut at = start;
    for mark in clause.marks.iter().filter(|mark| mark.start >= start && mark.end <= end) {
        out.push_str(&raw(marked, at.min(mark.start), mark.start));
        match &mark.what {
            What::Literal(index) => out.push_str(marked.quote(*index).unwrap_or_default()),
            what if keep(what) => out.push_str(&raw(marked, mark.start, mark.end)),
            _ => out.push('\u{1}'),
        }
        at = mark.end;
    }
    if at < end {
        out.push_str(&raw(marked, at, end));
    }
    out
}

static PARTICLE: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?:인|이)?\s?(?:거만|것만|건만|거|것|항목만|항목|업무|들만|들|만)?(?:을|를|은|는|도|좀|들)?$")
});
static DATE_PREP: LazyLock<Regex> = LazyLock::new(|| expression(r"^(?:에서|에서의|의|에|중|중에서|'s|’s)\s*"));

fn clean(text: &str) -> String {
    let mut text = DATE_PREP.replace(text.trim(), "").replace('\u{1}', " ");
    for _ in 0..8 {
        let next = FILTER_HEAD.replace(text.trim(), "").trim().to_owned();
        let next = FILTER_TAIL.replace(&next, "").trim().to_owned();
        if next == text {
            break;
        }
        text = next;
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = PARTICLE.replace(&text, "");
    text.trim_matches(|c: char| c.is_ascii_punctuation() || c.is_whitespace() || matches!(c, '→' | '·'))
        .trim_end_matches("'s")
        .trim_end_matches("’s")
        .to_owned()
}

static QUERY_EDGE: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)^(?:[\s\pP\x01]|(?:for|the web for|online for|about|on|into|some|any|up|out|me|us|web|the|a|an|of|information|info|details|idea|what|is|are|please|with|at|좀|혹시|그냥|요즘)(?:\s|$))+|(?:[\s\pP\x01]|\s(?:for me|for us|please|pls|online|and|then|it|me|좀|한번|한 번|웹에서|인터넷에서|에 대해서?|에 대한 것?|에 대해|관련해서?|관련된 것?|관련 내용|대해|얼마인지|어떤지|뭔지|무엇인지)|(?:에 대해서|에 대해|을|를|은|는|에 관해|으로|로))+$",
    )
});

/// What a search is about.
pub fn query(marked: &Marked, clause: &Clause) -> Option<String> {
    let verb = clause.verb.and_then(|(at, verb)| clause.marks.get(at).map(|mark| (mark, verb)));
    let nominal = clause.marks.iter().find(|mark| mark.what == What::Nominal(Intent::Search));
    let (start, end) = match (verb, nominal) {
        (Some((mark, verb)), _) if verb.intent == Some(Intent::Search) && verb.korean => (clause.start, mark.start),
        (Some((mark, verb)), _) if !verb.korean && verb.intent != Some(Intent::Send) => (mark.end, clause.end),
        (_, Some(mark)) => (clause.start, mark.start),
        (Some((mark, _)), _) => (clause.start, mark.start),
        _ => (clause.start, clause.end),
    };
    let keep = |what: &What| {
        matches!(
            what,
            What::Nominal(_)
                | What::Tab(_)
                | What::Database(_)
                | What::Object(
                    Object::Issue
                        | Object::Event
                        | Object::Release
                        | Object::Draft
                        | Object::Image
                        | Object::File
                        | Object::Label
                        | Object::Person
                        | Object::Row
                        | Object::Cells
                        | Object::Message
                        | Object::Comment
                        | Object::Channel
                        | Object::Page
                        | Object::Document
                        | Object::Spreadsheet
                        | Object::Link
                        | Object::Tab
                        | Object::Database,
                )
        ) || matches!(what, What::Verb(verb) if !super::clause::asks(verb))
            || matches!(what, What::Service(service) if !matches!(service.as_str(), "slack" | "notion" | "firecrawl"))
    };
    let text = left(marked, clause, start, end, keep);
    let best = text.split('\u{1}').map(tidy_query).max_by_key(|run| run.chars().count())?;
    (best.chars().count() > 1 && !ONLY_FILLER.is_match(&best)).then_some(best)
}

fn tidy_query(text: &str) -> String {
    let mut text = text.trim().to_owned();
    for _ in 0..6 {
        let next = QUERY_EDGE.replace_all(&text, "").trim().to_owned();
        if next == text {
            break;
        }
        text = next;
    }
    text.chars().take(300).collect()
}

/// What an earlier question was about, for `search it`.
pub fn topic(marked: &Marked, clause: &Clause) -> Option<String> {
    let text = tidy_query(&left(marked, clause, clause.start, clause.end, |what| !matches!(what, What::Literal(_))));
    let text = TOPIC_EDGE.replace(&text, "").trim().trim_end_matches('?').trim().to_owned();
    (text.split_whitespace().count() > 1).then_some(text)
}

static TOPIC_EDGE: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)^(?:any idea|do you know|i wonder|wondering|curious|tell me)?\s?(?:what|how|who|why|when|where|which)?\s?(?:a|an|the|is|are|do|does|much|many)?\s?",
    )
});

static THAT: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)(?-u:\b)(?:that|know|about|saying|to say|remind everyone to|to)\s(?P<text>[^\x{E000}-\x{F8FF}]{6,})$",
    )
});
static KOREAN_THAT: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?P<text>[^\x01]{2,}?(?:다|자|냐)?)(?:는|고|이라는|라는|이라고|라고)\s?(?:것을\s|걸\s|거\s|점을\s)?(?:공지|안내|내용|소식|메시지|알림|글|말|인사|문구|사실|사항|점)?(?:을|를|와|과|도|이랑)?\s?(?:함께|같이)?\s*(?:\x01|$)",
    )
});

/// A message in indirect speech: `…있다는 공지를`, `that …`.
pub fn indirect(marked: &Marked, clause: &Clause) -> Option<String> {
    let (text, korean) = spoken(marked, clause)?;
    let found = match korean {
        true => KOREAN_THAT.captures(&text),
        false => THAT.captures(&text),
    };
    let found = found?;
    let matched = found.get(0).map(|whole| whole.as_str().to_owned()).unwrap_or_default();
    let text = found.name("text").map(|found| found.as_str().replace('\u{1}', " "))?;
    let ordered = korean && ORDER.is_match(&matched);
    let text = if korean { tidy_message(&text) } else { trim(&text) };
    let text = if ordered { format!("{text}세요") } else { text };
    (!text.is_empty() && !ONLY_FILLER.is_match(&text)).then_some(text)
}

/// `제출하라고`: an order passed on.
static ORDER: LazyLock<Regex> = LazyLock::new(|| expression(r"(?:하|으|내|오|주|두)라(?:고|는)"));

/// Like `trim`, but `오늘` and the like stay: they are part of what is said.
fn tidy_message(text: &str) -> String {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == ',' || c == '\u{1}');
    let text = MESSAGE_HEAD.replace(text, "");
    text.trim().chars().take(500).collect()
}

static MESSAGE_HEAD: LazyLock<Regex> =
    LazyLock::new(|| expression(r"^(?:(?:에다가?|에도|에|도|그리고|좀|다들|다|모두|야|혹시)(?:[\s\x01]|$))+"));

pub fn is_indirect(marked: &Marked, clause: &Clause) -> bool {
    indirect(marked, clause).is_some()
}

fn spoken(marked: &Marked, clause: &Clause) -> Option<(String, bool)> {
    let keep = |what: &What| {
        !matches!(
            what,
            What::Channel { .. } | What::Service(_) | What::Object(Object::Channel | Object::Link | Object::Message)
        ) && !matches!(what, What::Verb(verb) if super::clause::asks(verb))
    };
    let text = left(marked, clause, clause.start, clause.end, keep);
    let korean = text.chars().any(super::super::retrieve::is_hangul);
    Some((text, korean))
}

static NO_MESSAGE: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?i)^(?:[\s\pP\x01]|에|에다가?|도|만|좀|거|것|걸|그거|이거|그걸|이걸|그것|결과|결과를|그대로|바로|전부|모두|다|각각|하나|하나만|글|한마디|뭐|뭔가|관련|내용|공유|it|this|that|them|those|something|anything|a|an|the|in|on|to|with|too|also|please|pls|there|here|everyone|everybody|folks|team|channel|slack|and|then|as|well|same|for|me|us|results?|findings?|all|over|up|out|of|into|both|at|new|one|need|needs|go|goes|link|send|well|what|you|find|found|get|got|know|let|so|they|can|see|we|now|straight|away|right|quick|quickly|heads|note|message|msg|post|update|into|you'll|i|would|like|could)*$",
    )
});

/// `다들 볼 수 있게` says how, not what.
static ADVERBIAL: LazyLock<Regex> = LazyLock::new(|| expression(r"(?:있게|하게|되게|쉽게|도록|면서|다면|으면)$"));

/// A message given in plain words, without quotes.
pub fn message(marked: &Marked, clause: &Clause) -> Option<String> {
    if let Some(text) = indirect(marked, clause) {
        return Some(text);
    }
    let (text, korean) = spoken(marked, clause)?;
    let runs: Vec<String> = text.split('\u{1}').map(trim).collect();
    let best = runs.into_iter().filter(|run| !ADVERBIAL.is_match(run)).max_by_key(|run| run.chars().count())?;
    let enough = match korean {
        true => best.chars().count() >= 4,
        false => best.split_whitespace().count() >= 2,
    };
    (enough && !NO_MESSAGE.is_match(&best)).then_some(best)
}

static ROW_COLON: LazyLock<Regex> = LazyLock::new(|| expression(r"[:：]\s*(?P<cells>[^\n\x{E000}-\x{F8FF}]+)$"));

/// Cells given without quotes: `추가해줘: 강남점, 2150000, 6/14`.
pub fn cells(marked: &Marked, clause: &Clause) -> Vec<String> {
    let text = &marked.lifted.work[clause.start..clause.end];
    let Some(found) = ROW_COLON.captures(text).and_then(|found| found.name("cells")) else { return Vec::new() };
    found
        .as_str()
        .split([',', '|', '/'])
        .map(|cell| cell.trim().to_owned())
        .filter(|cell| !cell.is_empty())
        .take(50)
        .collect()
}
