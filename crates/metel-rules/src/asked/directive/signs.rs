//! The signs by which a text shows that it speaks to whoever works for the user. A plain sign is enough by
//! itself. The others stand in everyday texts as well ("the user has approved the draft", "System: the
//! build is green") and count only where an order goes with them.

use std::sync::LazyLock;

use regex::Regex;

/// What a sign needs beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    Nothing,
    /// An order in the same sentence, or in so many after it.
    Order(usize),
}

use Needs::{Nothing, Order};

pub struct Pattern {
    pub why: &'static str,
    pub needs: Needs,
    pub regex: Regex,
}

const PATTERNS: &[(&str, Needs, &str)] = &[
    (
        "override",
        Nothing,
        r"\b(ignor(e|es|ing)|disregard(ing)?|forget|overrid(e|es|ing)|overrule|bypass|neglect|supersed\w+)\b.{0,40}\b(previous|prior|above|earlier|preceding|original|initial|existing|current|all|any|other|my|your|user'?s?)\b.{0,30}\b(instructions?|prompts?|guidelines|directives|constraints|safeguards|programming)\b",
    ),
    (
        "override",
        Order(1),
        r"\b(ignor(e|ing)|disregard|forget|overrid(e|es)|overrule|bypass|skip|neglect|supersed\w+|cancel)\b.{0,40}\b(previous|prior|above|earlier|preceding|original|initial|existing|current|all|any|other|my|your|the|user'?s?)\b.{0,30}\b(instructions?|prompts?|messages|directions?|rules?|guidelines?|tasks?|requests?|orders?|context|commands?|constraints?|told|said)\b",
    ),
    (
        "new_task",
        Order(2),
        r"\b(new|updated|revised|real|actual|true|additional|special|urgent|important|following|hidden|secret) (system |user |admin |developer )?(instructions?|orders|directives?|objective|mission|task for (you|the))\b",
    ),
    (
        "system_voice",
        Nothing,
        r"(<\|?/?|\[/?) ?(system|sys|inst|assistant|im_start|im_end)([ _]?(message|prompt|note|override|instructions?))?\|? ?>|\[/?inst\]|<\|?im_(start|end)|<<sys>>",
    ),
    (
        "system_voice",
        Order(2),
        r"</? ?(system|sys|assistant|developer|admin|inst|instructions?|information|important|user|tool|prompt)[ _]?(message|prompt|note|override|alert|instructions?|directive|notice|text)?\b|[\[{]/? ?(system|sys|assistant|developer|inst|prompt)[ _]?(message|prompt|note|override|alert|instructions?|directive|notice)?\b",
    ),
    (
        "system_voice",
        Order(2),
        r"(#{2,} ?|={3,} ?|-{3,} ?|\*{2,} ?)(system|sys|assistant|developer|prompt|end of (the )?(document|page|prompt|context|instructions|data|content|email|mail))\b",
    ),
    (
        "system_voice",
        Order(2),
        r"\b(system|developer|admin(istrator)?|root|operator) ?(message|prompt|override|notice|instructions?|directive|alert|command|update|note)?\b ?[:>\])]",
    ),
    (
        "addressed",
        Order(0),
        r"\b(dear|attention|note (to|for)|message (to|for)|instructions? (to|for)|hey|hello|hi|to|for|as|notice to|reminder (to|for)|you are|you're|reading this|any|every|all|the|an?|your) (the |an? |any |all |this |your |my |our )?((helpful|personal|virtual|automated|digital|intelligent|language|large language|email|office|travel|banking|smart) )*(ai|a\.i\.|llms?|gpt(-?\d\w*)?|chatgpt|claude|gemini|copilot|chatbots?|assistants?|language models?|ai (agents?|assistants?|models?|systems?)|automated (agents?|systems?|assistants?)|autonomous agents?|virtual assistants?|bots?)\b[^.?!\n]{0,60}(must|should|shall|please|need|have to|:|,|are (required|instructed|asked|requested|expected)|will|do |you )",
    ),
    (
        "addressed",
        Order(0),
        r"\b(ai|llm|gpt(-?\d\w*)?|chatgpt|claude|gemini|copilot|language model|chatbot|(ai|virtual|digital|automated) (assistant|agent|system))\b ?[,:!-]",
    ),
    (
        "addressed",
        Nothing,
        r"\b(to|for) you,? (the |my |an? )?(ai|assistant|gpt(-?\d\w*)?|chatgpt|claude|gemini|llm|language model|chatbot)\b",
    ),
    (
        "before",
        Nothing,
        r"\bbefore (you )?(can |may )?(solv\w+|complet\w+|continu\w+( with)?|answer\w*|respond\w*( to)?) (the|this|that) (task|prompt|query|question|user)\b",
    ),
    (
        "before",
        Order(2),
        r"\b(before|prior to|in order to) (you )?(can |may |will |be able to )?(solv\w+|complet\w+ (the|this|your|my) (task|request)|continu\w+|proceed\w*|answer\w*|respond\w*|summari\w+|carry\w* out)\b.{0,80}\b(you|please|must|first|need|do|have to|required|make sure|kindly|send|create|delete|transfer)\b",
    ),
    (
        "first",
        Order(1),
        r"\b(do|perform|execute|complete|carry out|follow|run|take|process|fulfil\w*|handle|obey|call|invoke) (all )?(of )?(the|these|this|my|those) (following|below|next|steps?|instructions?|actions?|tasks?|commands?|tools?|functions?|directives?)\b",
    ),
    (
        "authority",
        Nothing,
        r"\bthe (account )?(user|owner|account holder|customer) (has |have |already |now |explicitly |also |just )*(authori[sz]ed|approved|agreed to|consented to|granted|permits|allows) (this|the following|these|it|all|any|you)\b",
    ),
    (
        "authority",
        Order(1),
        r"\bthe (account )?(user|owner|account holder) (has |have |already |now |really |explicitly |also |just )*((wants|asked|asks|requests?|requested|needs|require[ds]?|instruct\w*|would like|expects) (you|the (ai|assistant|agent|model))|authori[sz]e[ds]|approve[ds]|agreed|consent\w*|gave (his|her|their|you)|granted|permit\w*)\b",
    ),
    (
        "authority",
        Order(1),
        r"\b(pre-?approved|pre-?authori[sz]ed|no (confirmation|approval|permission|further confirmation|need to (ask|confirm|check)) (is |are )?(needed|required|necessary)?)\b",
    ),
    (
        "secrecy",
        Nothing,
        r"\b(do not|don't|never|without) (tell|inform|notify|alert|show|ask|mention (this|it|that|anything) to|reveal (this|it) to|telling|informing|notifying|alerting|asking|showing)\w* (this |it )?(to )?(the |your )?(user|owner|human|account holder)\b",
    ),
    (
        "secrecy",
        Order(1),
        r"\b(do not|don't|never|without) (tell|inform|mention|notify|reveal|alert|telling|informing|mentioning|notifying|asking|ask|disclos\w+|confirm\w*|show|warn)\w*.{0,30}\b(user|this|anyone|anybody|them|permission|it|owner)\b",
    ),
    (
        "tool_talk",
        Nothing,
        r"\b(call|use|invoke|using|calling|execute|trigger|run) (the |your |a )?([`'\x22]\w+[`'\x22]|[a-z]+_\w+) (tool|function|api|plugin|command)\b|<(function_?calls?|invoke|antml)|\x22tool_name\x22 ?:",
    ),
    (
        "tool_talk",
        Order(0),
        r"\b(call|use|invoke|using|calling|execute|trigger|with) (the |your |a )?\w+ (tool|function|api|plugin) (in order )?to\b|tool_?call|function_?call|\x22(arguments|parameters|function)\x22 ?: ?\{|<(tool|function)[_:a-z]*",
    ),
    ("emphasis", Order(1), r"\b(important|urgent|attention|warning|critical|mandatory|required)\b ?!{2,}"),
    (
        "emphasis",
        Order(1),
        r"\b(this is|it is|it's) (an? |very |extremely |absolutely |super |of utmost )*(important|urgent|critical|mandatory|emergency)\b.{0,60}\b(message|instruction|request|that you|from me|to you|task)\b",
    ),
    (
        "to_you",
        Order(2),
        r"\b(important message|message) from (me|the user|your (user|owner|operator|developer)|openai|anthropic|google|the (admin|developer|system)\w*)\b",
    ),
    (
        "to_you",
        Order(1),
        r"\byour (new |next |real |only |first )?(task|goal|mission|objective|assignment|instructions?|step|action) ?(is|are|now|will be|has (changed|been)|should be|must be|:)",
    ),
    (
        "to_you",
        Order(1),
        r"\bafter (you('ve| have)? )?(do|done|did|doing|finish\w*|complet\w*) (that|this|it|so|these|the above),? (you can|you may|continue|proceed|go (on|back)|solve|resume|return)\b",
    ),
    (
        "todo",
        Order(1),
        r"(^|[\n.;!] ?)(todo|to-do|action required|required action)( for (you|ai|the (assistant|agent|model)))? ?[:!-]",
    ),
    (
        "other",
        Nothing,
        r"(ignora|olvida|descarta) (todas? )?(las |tus )?(instrucciones|ordenes|indicaciones)|ignorier\w* .{0,24}(anweisung|instruktion|befehl|vorgabe)|(ignorez?|oubliez?) (toutes |les ).{0,16}(instructions|consignes|ordres)|忽略.{0,12}(指令|指示|命令)|無視.{0,8}(指示|命令)|(指示|命令).{0,8}無視|игнорируй|ignora (tutte )?le istruzioni|ignore (todas )?as instru",
    ),
    (
        "korean",
        Nothing,
        r"(이전|위의?|앞의?|앞선|기존|지금까지의?|모든|다른|원래).{0,14}(지시|명령|프롬프트|지침|규칙).{0,10}(무시|잊|따르지|취소|중단|건너|멈추)",
    ),
    (
        "korean",
        Order(1),
        r"(이전|위의?|앞의?|앞선|기존|지금까지의?|모든|다른|원래).{0,14}(요청|안내|메시지|작업|내용).{0,10}(무시|잊|따르지|취소|중단|건너|멈추)",
    ),
    (
        "korean",
        Order(2),
        r"(시스템|관리자|개발자|운영자) ?(메시지|프롬프트|지시|알림|명령|공지|안내) ?[:\])>]|<\s*(시스템|중요|정보|안내|지시)",
    ),
    (
        "korean",
        Order(0),
        r"(\bai|인공 ?지능|어시스턴트|에이전트|챗봇|언어 ?모델)( ?비서| ?모델| ?에이전트| ?어시스턴트)?(야|아|님|에게|는|은|가|이|께|,|:|!| 여러분)",
    ),
    (
        "korean",
        Order(1),
        r"(다음|아래|이하)의?.{0,10}(작업|지시|명령|절차)(을|를|에|대로).{0,16}(수행|실행|따르|따라|이행|하세요)",
    ),
    (
        "korean",
        Nothing,
        r"사용자(에게|한테|께)는? ?.{0,12}(알리지|말하지|묻지|보이지) ?(말|마|않)|사용자(가|는|도) ?(이미 |모두 |벌써 )?(승인|허락|동의|허가)(을 |를 )?(했|하였|해 주었)",
    ),
    (
        "korean",
        Order(1),
        r"(사용자|주인|소유자).{0,12}(몰래|허락 없이|확인 없이|동의 없이|(이미|모두) (승인|허락|동의))|(도구|함수|툴)(을|를).{0,12}(호출|실행)|당신의 (임무|과제|목표|작업|역할)|할 ?일 ?:",
    ),
    (
        "korean",
        Order(1),
        r"(답|요약|작업|과제|요청|질문).{0,10}(하기|처리하기|해결하기|계속하기|진행하기|수행하기).{0,4}(전에|앞서)",
    ),
];

/// Compiled once. Letters were folded before, so ASCII classes see all that there is to see, and a text in
/// Hangul is read as fast as one in English.
pub static SIGNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let compiled = |(why, needs, pattern): &(&'static str, Needs, &str)| {
        let ascii = pattern.replace(r"\b", r"(?-u:\b)").replace(r"\w", "[0-9a-z_]").replace(r"\d", "[0-9]");
        Some(Pattern { why, needs: *needs, regex: Regex::new(&format!("(?s){ascii}")).ok()? })
    };
    PATTERNS.iter().filter_map(compiled).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(SIGNS.len(), PATTERNS.len());
    }
}
