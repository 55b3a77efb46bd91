//! Verbs in the working text and the form they stand in. A Korean verb noun counts as a verb only
//! where 하다 or the end of a clause follows; an English word only where a verb can stand.

use std::sync::LazyLock;

use regex::Regex;

use super::lexicon::{Form, Intent, expression, lexicon};
use super::mark::{Mark, Verb, What};
use crate::plan::retrieve::is_hangul;

/// Korean verbs, verb nouns and light verbs. `taken` are the bytes that carry a mark already.
pub fn korean(low: &str, taken: &[bool]) -> Vec<Mark> {
    let mut out = Vec::new();
    let lexicon = lexicon();
    let mut at = 0;
    while at < low.len() {
        let Some(found) = lexicon.korean.find.find_at(low, at) else { break };
        let next = low[found.start()..].chars().next().map_or(1, char::len_utf8);
        at = found.start() + next;
        if taken[found.start()..found.end()].iter().any(|taken| *taken) {
            continue;
        }
        let Some(surface) = lexicon.korean.get(found.as_str()) else { continue };
        let after = &low[found.end()..];
        let before = &low[..found.start()];
        // `쭉 보고 적어줘`: looked at. `팀에 보고`: reported.
        if found.as_str() == "보고"
            && (SEEN_BEHIND.is_match(before) || is_taken_before(before, taken))
            && SEEN_AHEAD.is_match(after)
        {
            out.push(Mark { start: found.start(), end: found.end(), what: verb(Intent::Get, Form::Act) });
            at = found.end();
            continue;
        }
        // `짧게 정리해줘`: summed up.
        let intent = match surface.intent {
            // `마감이 오늘인 것만 추려`: chosen.
            Intent::Summarise if found.as_str().starts_with('추') && CHOSEN.is_match(before) => Intent::Get,
            Intent::Put if found.as_str() == "정리" && BRIEFLY.is_match(before) => Intent::Summarise,
            other => other,
        };
        // `빼고` leaves out, unless it is put somewhere.
        if found.as_str() == "빼" && !before.trim_end().ends_with('로') {
            continue;
        }
        let what = match surface.noun {
            true => noun_form(after, before).map(|form| verb(intent, form)).or(Some(What::Nominal(intent))),
            false => stem_form(found.as_str(), surface.form, before, after).map(|form| verb(intent, form)),
        };
        let Some(what) = what else { continue };
        let end = match &what {
            What::Verb(_) => found.end() + ending(after, surface.noun, &taken[found.end()..]),
            _ => found.end(),
        };
        at = end;
        out.push(Mark { start: found.start(), end, what });
    }
    for found in LIGHT.find_iter(low) {
        out.push(Mark {
            start: found.start(),
            end: found.end(),
            what: What::Verb(Verb { intent: None, form: Form::Act, korean: true }),
        });
    }
    for found in GIVE.captures_iter(low) {
        if let Some(give) = found.get(1) {
            let end = give.end() + ending(&low[give.end()..], false, &taken[give.end()..]);
            out.push(Mark { start: give.start(), end, what: verb(Intent::Send, Form::Act) });
        }
    }
    out
}

/// Whether a mark stands right before.
fn is_taken_before(before: &str, taken: &[bool]) -> bool {
    let end = before.trim_end().len();
    end > 0 && taken.get(end - 1).copied().unwrap_or_default()
}

static CHOSEN: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?:것|거|건|항목|업무|사람|행)(?:들)?(?:을|를|만|들만)?\s?$"));
static BRIEFLY: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?:짧게|간단히|간단하게|간략히|간략하게|핵심만|요점만|줄로|문단으로|문장으로)\s?$"));
static SEEN_BEHIND: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?:좀|를|을|나|지|번|서|거|것|[\x{E000}-\x{F8FF}])\s?$"));
static SEEN_AHEAD: LazyLock<Regex> = LazyLock::new(|| expression(r"^\s(?:[^해하드바요부올]|하나)|^\s?나서|^,"));

fn verb(intent: Intent, form: Form) -> What {
    What::Verb(Verb { intent: Some(intent), form, korean: true })
}

static LIGHT: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:부탁(?:해|드|합|할|요)[가-힣]*(?:\s(?:주세요|줘|요))?|부탁$|(?:으로|로)\s?(?:하고|해서|하여)|(?:라고|이라고|고)\s?(?:좀\s)?(?:해\s?줘[가-힣]*|해\s?주[가-힣]*|해라|해$)|ㄱㄱ|고고|궈궈|오케이\?|어때\??)",
    )
});
static GIVE: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:링크|주소|url|요약|결과|내용|메시지|글)(?:를|을|도|만|좀)?\s*(줘|주고|주세요|주라|줘요|줄래|주시고|주십시오|주면|건네|넘겨|쏴)",
    )
});

static NOUN_ACT: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^(?:\s*(?:을|를)?\s*(?:좀\s*)?(?:한\s?번\s*)?(?:돌려|돌리고|돌린|때려|갈겨)|\s*(?:을|를)?\s*(?:좀\s*)?(?:해|하|합|했으면|하여|햇|햐|부탁|바람|바랍|바래|요망|요청|드려|드리|드립|드렸으면|진행|시작|시켜|ㄱㄱ|고고|ㄱ)|\s*(?:좀\s*)?(?:줘|주|죠|쥬|줄래|조\b)|\s*(?:후|뒤|및|이후|다음|한\s?다음)|\s*$|\s*[→·,.!?~/;)\n(+&\-—>]|\s*(?:그\s?다음|그담|그리고|그\s?뒤)|\s[\x{E000}-\x{F8FF}])",
    )
});
/// `투표하라고`, `중단하니까`: why, or what others are told.
static NOUN_REASON: LazyLock<Regex> =
    LazyLock::new(|| expression(r"^\s*하(?:니까|니깐|길래|느라|라고\s|기\s?때문|므로|였으므로)|^\s*했으니"));
/// `페이지의 생성과 링크의 공유를 부탁드립니다`.
static NOUN_LISTED: LazyLock<Regex> =
    LazyLock::new(|| expression(r"^(?:과|와|\s?및)\s[^.!?\n]{0,80}(?:을|를)?\s?(?:부탁|요청|바랍|바라)"));
static NOUN_NEGATED: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"^\s*(?:은|는|을|를)?\s*(?:하지|할\s?필요|하진|하실\s?필요|말고|없이|안\s?해|안\s?하|하면\s?안|금지)")
});
static NOUN_AFTER: LazyLock<Regex> =
    LazyLock::new(|| expression(r"^\s*(?:한|하신|하고\s?난|하는)\s*(?:다음|담|뒤|후|즉시|대로)"));
static NOUN_PAST: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"^\s*(?:한|했던|했|했었|된|되어|돼|하던|하는|되는|됐|하신|해\s?둔|해\s?놓은|하셨|해놨|해둔)(?:$|[^으])")
});
static NOUN_FUTURE: LazyLock<Regex> = LazyLock::new(|| expression(r"^\s*(?:할|하려|하실|해\s?드릴|해\s?줄게|할게)"));
static NOUN_WISH: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"^\s*(?:할\s?것(?:$|[.!,)]|\s?[(\n])|할\s?수\s?있(?:을까|나|어\?|니|겠)|해\s?줄\s?수|해\s?주실|할래)")
});

fn noun_form(after: &str, before: &str) -> Option<Form> {
    let head = cut(after, 40);
    match () {
        () if NOUN_REASON.is_match(head) => Some(Form::Future),
        () if NOUN_NEGATED.is_match(head) => Some(Form::Negated),
        () if NOUN_AFTER.is_match(head) || NOUN_WISH.is_match(head) => Some(Form::Act),
        () if NOUN_PAST.is_match(head) => Some(Form::Past),
        () if NOUN_FUTURE.is_match(head) => Some(Form::Future),
        () if NOUN_ACT.is_match(head) => {
            // `월간 보고, …`: a noun of a list behind another noun is left to the clause.
            let _ = before;
            Some(Form::Act)
        }
        () if NOUN_LISTED.is_match(after) => Some(Form::Act),
        () => None,
    }
}

static STEM_NEGATED: LazyLock<Regex> =
    LazyLock::new(|| expression(r"^(?:지|진|지는|질)\s*(?:좀\s*)?(?:말|마|않|못)|^(?:면|으면)\s?안"));
/// Why, or what others are told to do: `쓰니까`, `보라고`.
static STEM_REASON: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^(?:어|아|여)?(?:으?니까|으?니깐|길래|거든|느라|으?라고(?:\s?(?:해|하|말|전|알|안|공지|부탁|[가-힣]{1,8}\s))|으?므로|기\s?때문)",
    )
});
static STEM_AFTER: LazyLock<Regex> = LazyLock::new(|| expression(r"^(?:신|은|ㄴ)?\s*(?:다음|담에|뒤|후|즉시)"));
static STEM_PROMISE: LazyLock<Regex> =
    LazyLock::new(|| expression(r"^(?:게|께|줄게|\s줄게|줄께|거야|\s거야|거니까|\s거니까|\s거라|지도|까\s?말까)"));
static STEM_ENDING: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^(?:고|구|거나|기|면|으면|자|든|도록|려|러|으려|어|아|여|다|지|시|신|셔|십|세|습|실|게\s|며|으며|니|냐|는데|는\s?것|봐|래|$)",
    )
});
static WISH: LazyLock<Regex> =
    LazyLock::new(|| expression(r"^\s?것(?:$|[.!,)]|\s?[(\n])|^\s?수\s?(?:있|잇)(?:을까|나|어|니|겠|는지|을지|으면)"));

/// The form of a conjugated stem, or nothing where it is part of another word.
fn stem_form(surface: &str, form: Form, before: &str, after: &str) -> Option<Form> {
    // Syllables that stand in no noun are verbs wherever they are: `뉴스찾아서요약하고`.
    let plain = surface.starts_with(['찾', '읽', '긁', '뽑', '훑']);
    let short = surface.chars().count() == 1 && !plain;
    let prev = before.chars().next_back();
    if short
        && prev.is_some_and(|c| {
            is_hangul(c)
                && !matches!(
                    c,
                    '을' | '를'
                        | '에'
                        | '로'
                        | '다'
                        | '도'
                        | '만'
                        | '좀'
                        | '게'
                        | '나'
                        | '거'
                        | '고'
                        | '이'
                        | '져'
                        | '서'
                )
        })
    {
        return None;
    }
    let head = cut(after, 40);
    if STEM_REASON.is_match(head) {
        return Some(Form::Future);
    }
    if STEM_NEGATED.is_match(head) {
        return Some(Form::Negated);
    }
    let last = surface.chars().last()?;
    let coda = (last as u32).wrapping_sub(0xAC00) % 28;
    match form {
        Form::Past if STEM_AFTER.is_match(head) => Some(Form::Act),
        Form::Past if coda == 20 => match head.starts_with("으면") {
            true => Some(Form::Act),
            false => Some(Form::Past),
        },
        Form::Past => {
            // An adnominal stands before a noun: at the end of a word.
            let alone = head.chars().next().is_none_or(|c| !is_hangul(c))
                || ["거", "걸", "것", "게"].iter().any(|tail| head.starts_with(tail));
            alone.then_some(Form::Past)
        }
        Form::Future if WISH.is_match(head) && !head.contains("게") => Some(Form::Act),
        Form::Future => {
            let asks = head.starts_with('래') || head.starts_with("까요") || head.starts_with("까?");
            match asks {
                true => Some(Form::Act),
                false => {
                    let alone = head.chars().next().is_none_or(|c| !is_hangul(c)) || STEM_PROMISE.is_match(head);
                    alone.then_some(Form::Future)
                }
            }
        }
        _ => {
            let infinitive = is_infinitive(surface, coda);
            let promised = infinitive && expression_promise(head);
            if promised {
                return Some(Form::Future);
            }
            if infinitive {
                let next = head.chars().next();
                let fits = !short
                    || next.is_none_or(|c| !is_hangul(c))
                    || "고서줘줄주놔놓둬두봐달라야도요죠조쥬준다".contains(next.unwrap_or(' '));
                if head.starts_with("준")
                    || head.starts_with("둔")
                    || head.starts_with("놓은")
                    || head.starts_with("뒀")
                    || head.starts_with("놨")
                {
                    return Some(Form::Past);
                }
                return fits.then_some(Form::Act);
            }
            if head.starts_with("는") && !head.starts_with("는데") {
                return Some(Form::Past);
            }
            if head.starts_with("신") || head.starts_with("시는") {
                let tail = head.trim_start_matches("신").trim_start_matches("시는").trim_start();
                let then = ["다음", "뒤", "후", "담"].iter().any(|word| tail.starts_with(word));
                return Some(if then { Form::Act } else { Form::Past });
            }
            let formal = coda == 17;
            (formal || STEM_ENDING.is_match(head) && !head.is_empty() || head.is_empty() && surface.chars().count() > 2)
                .then_some(Form::Act)
        }
    }
}

fn expression_promise(head: &str) -> bool {
    ["줄게", " 줄게", "줄께", " 줄께", "놓을게", "둘게", "드릴게", " 드릴게"].iter().any(|tail| head.starts_with(tail))
}

/// Ends in a vowel that an infinitive has: ㅏ ㅓ ㅐ ㅔ ㅕ ㅘ ㅝ without a final consonant.
fn is_infinitive(surface: &str, coda: u32) -> bool {
    let Some(last) = surface.chars().last() else { return false };
    let vowel = (last as u32).wrapping_sub(0xAC00) % 588 / 28;
    coda == 0 && matches!(vowel, 0 | 1 | 4 | 5 | 6 | 9 | 14)
}

static NOUN_ENDING: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^(?:\s?(?:을|를))?\s?(?:좀\s?)?(?:한\s?번\s?)?(?:ㄱㄱ|고고|돌려서|돌려|돌리고|돌린\s?(?:다음에?|뒤에?|후에?)|때려서|때려|갈겨|부탁[가-힣]*(?:\s?(?:드려요|드립니다|해요|합니다))?|바랍니다|바람|요망|요청|하신|하시고|하시면|하시|하고\s?나서|하고|해서|하여|해다가|하면서|하며|하면|해라|해봐|해\s?보[가-힣]*|하자|합시다|합니다|했으면|한\s?(?:다음에?|담에?|뒤에?|후에?)|하는\s?대로|하기|해놔[가-힣]*|해\s?놓[가-힣]*|해\s?둬[가-힣]*|해\s?두[가-힣]*|해\s?드려[가-힣]*|해|하|드려[가-힣]*|드리고|드립니다|좀)?(?:\s?(?:주시겠(?:어요|습니까)|주실\s?수\s?있(?:을까요|나요|어요)?|주시기\s?바랍니다|주시길\s?바랍니다|주시면\s?(?:감사하겠습니다|감사드리겠습니다|고맙겠습니다|좋겠습니다|되겠습니다|되겠어요|됩니다|돼요)|주십시오|주세요|주새요|주세용|주세여|주라|줄래요?|줄레|주길|주시고|주고|줘요|줘여|줘라|줘봐|줘|죠|조|쥬|쥐|줄\s?수\s?있(?:어|나|니|을까)?|달라|다오))?(?:\s?(?:후에?|뒤에?|다음에?|담에?|이후에?))?",
    )
});
static STEM_TAIL: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^(?:어|아|여|으)?(?:놓고|놔두고|두고|다가|다\s|신\s?(?:다음에?|뒤에?|후에?)|시고|시면|서|고\s?나서|고서|고|구|기|면서|면|며|자|라|요|봐|보고|볼래|보자|\s?(?:다음에?|담에?|뒤에?|후에?)|\s?놔[가-힣]*|\s?놓[가-힣]*|\s?둬[가-힣]*|\s?두[가-힣]*)?(?:\s?(?:주시겠(?:어요|습니까)|주실\s?수\s?있(?:을까요|나요|어요)?|주시기\s?바랍니다|주시길\s?바랍니다|주시면\s?(?:감사하겠습니다|감사드리겠습니다|고맙겠습니다|좋겠습니다|되겠습니다|되겠어요|됩니다|돼요)|주십시오|주세요|주새요|주세용|주세여|주라|줄래요?|줄레|주길|주시고|주고|줘요|줘여|줘라|줘봐|줘|죠|조|쥬|쥐|줄\s?수\s?있(?:어|나|니|을까)?|달라|다오|줬으면|드려|드리|봐\s?줘|봐요|봐))?",
    )
});

/// How many bytes of verb ending follow, up to the next mark.
fn ending(after: &str, noun: bool, taken: &[bool]) -> usize {
    let expression = if noun { &*NOUN_ENDING } else { &*STEM_TAIL };
    let size = expression.find(cut(after, 120)).map_or(0, |found| found.as_str().trim_end().len());
    taken.iter().take(size).position(|taken| *taken).unwrap_or(size)
}

/// The first `size` bytes at most, at a character's border.
fn cut(text: &str, size: usize) -> &str {
    let mut end = size.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

static GOOD_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:^|[.!?;:,()\n→>+/&\-–—·~*\x{E000}-\x{F8FF}]|(?:^|[^a-z])(?:and|then|to|please|pls|plz|kindly|just|also|you|could|can|would|would you|lets|let's|go|oh|now|so|first|finally|next|after that|n|i|we|or|but|yo|hey|ok|okay|quickly|simply|now|again|later|afterwards|plus|both|finally|lastly|secondly|thirdly|hi|hello|gonna|wanna|gotta|must|should|not|don't|dont|never|help me|me|immediately|there|it|them|kindly,|already|too|separately))$",
    )
});
static BAD_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:^|[^a-z])(?:a|an|the|this|that|these|those|my|our|your|their|his|her|its|no|any|some|of|in|on|for|with|from|new|each|every|last|latest|recent|by|whose|which|short|quick|brief|one|two|first|same|s|about|at|last|daily|weekly|monthly|old|open|child|named|called|titled|under|sub|into|team|page|sheet|notion|slack|as|is the|full|final|public|direct|following|who|own)$",
    )
});
static PURPOSE: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:so|so that|because|since|if|in case|whether)\s(?:she|he|they|we|people|everyone|everybody|it|i|you|the team|folks|others|that)\s(?:can|could|will|would|may|should|has to|have to|needs to|need to|want to|wants to)?$|(?:i|we)(?:'ll|’ll| will| can| could| may| might| should)(?: probably| then| just)?$",
    )
});
/// `get people to vote`: what others are to do.
static TOLD: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:^|[^a-z])(?:get|ask|tell|remind|invite|have|encourage|urge)\s(?:the\s|our\s)?(?:[\x{E000}-\x{F8FF}]|everyone|everybody|people|folks|them|[a-z]+(?:\schannel|\steam)?)\sto$",
    )
});
/// `what does the sheet say`: a question about a thing.
static ASKED_OF: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?:^|[^a-z])what(?:ever)?\s(?:do|does|did)\s[^.?!;]*$"));
/// `do a web search`, `run a query`.
static LIGHT_ENGLISH: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:^|[^a-z])(?:do|run|perform|conduct|carry out)(?:\sme)?\s(?:a|an|some|another|one)(?:\s(?:quick|short|brief|web|little))*$",
    )
});
/// `should be cleared`: asked for, from the other side.
static PASSIVE: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?:^|[^a-z])(?:should|must|could|can|shall|to|please)\sbe(?:\s(?:then|also|first))?$")
});
static TO_DO: LazyLock<Regex> = LazyLock::new(|| expression(r"^\S+(?:\schannel|\steam)?\sto\s[a-z]"));
static WANT: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?:^|[^a-z])(?:like|want|wants|need|needs|have|get|prefer|wish)(?-u:\b)"));
static DONE_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    expression(r"(?:once|after|when|as soon as)\s(?:you(?:'ve|’ve|\shave)?|that's|they're|i(?:'ve)?)?\s?$")
});
static DONE_AHEAD: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^\s*(?:$|[.,!?;)]|(?:in|to|on|into|from|and|then|please|with|by|for|as|at|out|up|before|after)(?-u:\b))",
    )
});
static GERUND_OK: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?:^|[.!?;:,\n]|(?:^|[^a-z])(?:after|before|by|start|and|mind|upon|on|first|once|when|start by|begin by))$",
    )
});

/// English verbs where they stand as such.
pub fn english(low: &str, taken: &[bool], _quiet: &[(usize, usize)]) -> Vec<Mark> {
    let mut out: Vec<Mark> = Vec::new();
    let lexicon = lexicon();
    for found in lexicon.english.find.captures_iter(low) {
        let (Some(whole), Some(base)) = (found.get(0), found.get(1)) else { continue };
        if taken[whole.start()..whole.end()].iter().any(|taken| *taken) {
            continue;
        }
        let Some(meaning) = lexicon.english.get(base.as_str()) else { continue };
        let before = low[..whole.start()].trim_end();
        let after = &low[whole.end()..];
        if is_part_of_word(before, &low[..whole.start()], after) || NOT_A_VERB.is_match(&low[whole.start()..]) {
            continue;
        }
        // `move it to trash`: a place, not an act.
        if matches!(base.as_str(), "trash" | "bin") && before.ends_with(" to") {
            continue;
        }
        // In a Korean sentence an English word is a verb where 하다 follows.
        let korean = noun_form(after, before).filter(|_| after.trim_start().chars().next().is_some_and(is_hangul));
        // `get #marketing to vote`: they are told.
        if matches!(base.as_str(), "get" | "have" | "ask" | "invite" | "remind")
            && found.get(2).or(found.get(3)).is_none()
        {
            let gap = after.len() - after.trim_start().trim_start_matches("the ").trim_start_matches("our ").len();
            let at = whole.end() + gap;
            if taken.get(at).copied().unwrap_or_default() && TO_DO.is_match(&low[at..]) {
                let what = What::Verb(Verb { intent: Some(Intent::Send), form: Form::Act, korean: false });
                out.push(Mark { start: whole.start(), end: whole.end(), what });
                continue;
            }
        }
        let ending = found.get(2).or(found.get(3)).map(|m| m.as_str());
        let form = match ending {
            _ if korean.is_none() && TOLD.is_match(before) => Some(Form::Future),
            None if korean.is_none() && ASKED_OF.is_match(before) && !meaning.weak => None,
            None if korean.is_none() && LIGHT_ENGLISH.is_match(before) => Some(Form::Act),
            _ if korean.is_some() => korean,
            Some("ed" | "d") if DONE_FIRST.is_match(before) || PASSIVE.is_match(before) => Some(Form::Act),
            Some("ed" | "d") => {
                let sentence = before.rsplit(['.', '!', '?', ';', '\n', ',']).next().unwrap_or(before);
                let wanted = WANT.is_match(sentence) && !sentence.ends_with(" i") && DONE_AHEAD.is_match(after);
                Some(if wanted && !matches!(meaning.intent, Intent::Unsupported(_)) { Form::Act } else { Form::Past })
            }
            Some("ing") => GERUND_OK.is_match(before).then_some(Form::Act).or(Some(Form::Gerund)),
            Some(_) => None,
            None if !lexicon.is_base(base.as_str()) => None,
            None if PURPOSE.is_match(before) => Some(Form::Future),
            None if GOOD_BEFORE.is_match(before) => Some(Form::Act),
            None if meaning.weak || BAD_BEFORE.is_match(before) => None,
            None => Some(Form::Act),
        };
        let Some(form) = form else { continue };
        let end = match korean {
            Some(_) => whole.end() + self::ending(after, true, &taken[whole.end()..]),
            None => whole.end(),
        };
        let what = What::Verb(Verb { intent: Some(meaning.intent), form, korean: korean.is_some() });
        out.push(Mark { start: whole.start(), end, what });
    }
    out
}

/// Phrases that hold a verb's word and mean something else.
static NOT_A_VERB: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"^(?:call (?:it|the|this|that page|them)|let's|lets (?:see|go)|name it|see (?:it|this|that|them)(?-u:\b)|find out (?:when|if)|write-up|say(?:s)?\s?\?|start(?:s|ing)? (?:at|on)|copy (?:of|that says)|point(?:s|er)? of|let me|share of|post-|take-?aways?|put another|see you|open (?:items?|tasks?|issues?|tickets?)|closed? (?:items?|tasks?)|note that|mark(?:et|ing))",
    )
});

fn is_part_of_word(before: &str, raw: &str, after: &str) -> bool {
    let glued = raw.len() == before.len();
    glued && before.ends_with(['-', '_', '\'', '’', '/', '#', '@', '!'])
        || after.starts_with(['-', '_', '!']) && !after.starts_with("->") && !after.starts_with("--")
        || after.starts_with("'s ")
}
