//! The words around a number that say what it is: 계좌, phone, 주문번호, version.
//!
//! Context decides where shape alone cannot: it lifts weak shapes and turns away
//! look-alikes. Only words near by count, nearest first.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

/// What a word says about the number beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Class {
    Phone,
    Resident,
    Foreigner,
    Business,
    Passport,
    PassportNumber,
    Licence,
    Card,
    Account,
    Bank,
    /// A bank's short name that is also an everyday word; counts only right before the number.
    ShortBank,
    Ip,
    Secret,
    Mail,
    Version,
    /// Numbers that belong to things, not people.
    Thing,
}

const WORDS: &[(Class, &[&str])] = &[
    (
        Class::Phone,
        &[
            "전화",
            "연락처",
            "휴대폰",
            "핸드폰",
            "폰번호",
            "휴대전화",
            "내 번호",
            "제 번호",
            "문자",
            "통화",
            "팩스",
            "대표번호",
            "고객센터",
            "콜센터",
            "상담센터",
            "폰은",
            "폰:",
            "모바일",
            "phone",
            "telephone",
            "mobile",
            "cell",
            "cellphone",
            "tel",
            "fax",
            "call",
            "text",
            "sms",
            "whatsapp",
            "hotline",
            "dial",
            "contact number",
            "h.p",
            "hp",
        ],
    ),
    (
        Class::Resident,
        &[
            "주민등록번호",
            "주민번호",
            "주민등록",
            "주민 번호",
            "주민",
            "rrn",
            "resident registration",
            "resident number",
            "resident no",
            "resident id",
            "ssn",
            "national id",
        ],
    ),
    (
        Class::Foreigner,
        &[
            "외국인등록번호",
            "외국인등록",
            "외국인 등록",
            "외국인번호",
            "외국인",
            "외등번호",
            "국내거소",
            "거소신고",
            "alien registration",
            "foreigner",
            "arc",
            "foreign registration",
        ],
    ),
    (
        Class::Business,
        &[
            "사업자등록번호",
            "사업자번호",
            "사업자등록",
            "사업자",
            "사업자 번호",
            "brn",
            "business registration",
            "business number",
            "business no",
            "biz no",
            "business reg",
            "tax id",
        ],
    ),
    (Class::Passport, &["여권", "passport"]),
    (
        Class::PassportNumber,
        &[
            "여권번호",
            "여권 번호",
            "passport number",
            "passport no",
            "passport num",
            "passport #",
        ],
    ),
    (
        Class::Licence,
        &[
            "운전면허",
            "면허번호",
            "면허증",
            "면허 번호",
            "driver's license",
            "drivers license",
            "driver license",
            "driver's licence",
            "driving licence",
            "driving license",
            "drivers licence",
            "license number",
            "licence number",
            "license no",
            "licence no",
            "dl no",
        ],
    ),
    (
        Class::Card,
        &[
            "카드번호",
            "카드 번호",
            "신용카드",
            "체크카드",
            "법인카드",
            "카드",
            "결제",
            "card",
            "visa",
            "mastercard",
            "amex",
            "credit",
            "debit",
            "unionpay",
            "jcb",
            "american express",
            "pan",
        ],
    ),
    (
        Class::Account,
        &[
            "계좌번호",
            "계좌",
            "입금",
            "송금",
            "이체",
            "통장",
            "bank account",
            "account number",
            "account no",
            "account:",
            "acct",
            "a/c",
            "acc no",
            "wire",
            "bank transfer",
            "deposit",
            "account",
        ],
    ),
    (
        Class::Bank,
        &[
            "국민은행",
            "신한은행",
            "우리은행",
            "하나은행",
            "농협은행",
            "기업은행",
            "산업은행",
            "수협은행",
            "대구은행",
            "부산은행",
            "경남은행",
            "광주은행",
            "전북은행",
            "제주은행",
            "아이엠뱅크",
            "카카오뱅크",
            "카뱅",
            "케이뱅크",
            "토스뱅크",
            "농협",
            "수협",
            "신협",
            "새마을금고",
            "우체국",
            "씨티은행",
            "제일은행",
            "sc제일",
            "은행",
            "축협",
            "저축은행",
            "kb국민",
            "kb kookmin",
            "kookmin",
            "shinhan",
            "woori",
            "hana bank",
            "kakaobank",
            "kakao bank",
            "toss bank",
            "k bank",
            "kbank",
            "nonghyup",
            "nh bank",
            "ibk",
            "kdb",
            "bank",
            "citibank",
            "hsbc",
        ],
    ),
    (
        Class::ShortBank,
        &[
            "국민", "신한", "우리", "하나", "기업", "토스", "kb", "nh", "hana", "toss", "산업",
            "대구", "부산", "경남", "광주", "전북",
        ],
    ),
    (
        Class::Ip,
        &[
            "ip",
            "아이피",
            "서버",
            "접속",
            "로그인",
            "차단",
            "호스트",
            "dns",
            "server",
            "host",
            "client",
            "ping",
            "ssh",
            "login",
            "logged in",
            "from",
            "address",
            "gateway",
            "게이트웨이",
            "subnet",
            "ipv4",
            "ipv6",
        ],
    ),
    (
        Class::Secret,
        &[
            "api key",
            "api_key",
            "apikey",
            "api-key",
            "api 키",
            "api키",
            "비밀키",
            "비밀 키",
            "시크릿",
            "액세스 키",
            "액세스키",
            "인증키",
            "인증 키",
            "서비스키",
            "액세스 토큰",
            "access token",
            "access_token",
            "auth token",
            "auth_token",
            "secret key",
            "secret_key",
            "secret",
            "client_secret",
            "client secret",
            "access key",
            "access_key",
            "secret_access_key",
            "service key",
            "api token",
            "api_token",
            "bot token",
            "토큰",
            "token",
            "password",
            "passwd",
            "비밀번호",
            "bearer",
        ],
    ),
    (Class::Mail, &["이메일", "메일", "email", "e-mail", "mail"]),
    (
        Class::Version,
        &[
            "버전",
            "버젼",
            "펌웨어",
            "릴리스",
            "릴리즈",
            "빌드",
            "패치",
            "업데이트",
            "version",
            "ver",
            "v",
            "firmware",
            "release",
            "build",
            "revision",
            "rev",
            "sdk",
            "driver",
            "section",
            "chapter",
            "절",
            "제",
            "§",
            "조항",
            "upgrade",
            "chrome",
            "safari",
            "firefox",
            "edge",
            "clause",
            "figure",
            "목차",
        ],
    ),
    (
        Class::Thing,
        &[
            "주문번호",
            "주문 번호",
            "주문",
            "운송장",
            "송장",
            "배송번호",
            "택배",
            "발주",
            "접수번호",
            "접수",
            "예약번호",
            "예약 번호",
            "품번",
            "모델",
            "모델명",
            "바코드",
            "계약번호",
            "일련번호",
            "시리얼",
            "학번",
            "사번",
            "티켓",
            "문서번호",
            "관리번호",
            "승인번호",
            "거래번호",
            "상품번호",
            "상품코드",
            "등기번호",
            "고객번호",
            "회원번호",
            "공고번호",
            "청구번호",
            "법인등록번호",
            "법인번호",
            "전표",
            "견적",
            "isbn",
            "issn",
            "order",
            "tracking",
            "invoice",
            "shipment",
            "serial",
            "part number",
            "part no",
            "model",
            "sku",
            "barcode",
            "ean",
            "upc",
            "ticket",
            "case",
            "commit",
            "timestamp",
            "타임스탬프",
            "epoch",
            "reference",
            "ref",
            "transaction id",
            "receipt",
            "booking",
            "reservation",
            "ts",
            "message id",
            "student id",
            "employee id",
            "customer id",
            "order_id",
            "waybill",
            "parcel",
            "po",
        ],
    ),
];

static INDEX: LazyLock<Option<(AhoCorasick, Vec<Class>)>> = LazyLock::new(|| {
    let mut words = Vec::new();
    let mut classes = Vec::new();
    for (class, list) in WORDS {
        for word in *list {
            words.push(*word);
            classes.push(*class);
        }
    }
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .ascii_case_insensitive(true)
        .build(words)
        .ok()
        .map(|automaton| (automaton, classes))
});

struct Hit {
    class: Class,
    start: usize,
    end: usize,
}

/// Bytes looked at before a number.
const BEFORE: usize = 72;
/// Bytes looked at after a number.
const AFTER: usize = 24;

/// The context words of one text, and those its surroundings (object keys) add.
pub(super) struct Context<'a> {
    text: &'a str,
    hits: Vec<Hit>,
    around: &'a [Class],
}

impl<'a> Context<'a> {
    pub fn new(text: &'a str, around: &'a [Class]) -> Self {
        let mut hits = Vec::new();
        if let Some((automaton, classes)) = INDEX.as_ref() {
            for found in automaton.find_iter(text) {
                if whole_word(text, found.range()) {
                    hits.push(Hit {
                        class: classes[found.pattern().as_usize()],
                        start: found.start(),
                        end: found.end(),
                    });
                }
            }
        }
        Self { text, hits, around }
    }

    /// A word of `class` shortly before or right after `range`, or around the text.
    pub fn has(&self, class: Class, range: &Range<usize>) -> bool {
        self.around.contains(&class)
            || self.before(class, range.start, BEFORE)
            || self.after(class, range.end)
    }

    /// The text's surroundings (its object keys) speak of `class`.
    pub fn around_has(&self, class: Class) -> bool {
        self.around.contains(&class)
    }

    /// A word of `class` that ends within `reach` bytes before `at`.
    pub fn before(&self, class: Class, at: usize, reach: usize) -> bool {
        self.preceding(at)
            .take_while(|hit| at - hit.end <= reach)
            .any(|hit| hit.class == class)
    }

    /// A word of `class` that begins within a few bytes after `at`, on the same line.
    pub fn after(&self, class: Class, at: usize) -> bool {
        let first = self.hits.partition_point(|hit| hit.start < at);
        self.hits[first..]
            .iter()
            .take_while(|hit| hit.start - at <= AFTER)
            .any(|hit| hit.class == class && !self.text[at..hit.start].contains('\n'))
    }

    /// The class of the nearest word before `at` that names a kind of number.
    pub fn label(&self, at: usize) -> Option<Class> {
        self.preceding(at)
            .take_while(|hit| at - hit.end <= BEFORE)
            .map(|hit| hit.class)
            .find(|class| {
                !matches!(
                    class,
                    Class::ShortBank | Class::Ip | Class::Version | Class::Secret
                )
            })
            .or_else(|| self.around.first().copied())
    }

    /// Another number stands between the nearest word and `at`.
    pub fn spent(&self, at: usize) -> bool {
        self.preceding(at)
            .find(|hit| {
                !matches!(
                    hit.class,
                    Class::ShortBank | Class::Ip | Class::Version | Class::Secret
                )
            })
            .is_some_and(|hit| {
                self.text[hit.end.min(at)..at]
                    .bytes()
                    .filter(u8::is_ascii_digit)
                    .count()
                    >= 6
            })
    }

    /// The nearest word before `at` names a thing (an order, a parcel), not a person's number.
    pub fn thing(&self, at: usize) -> bool {
        self.label(at) == Some(Class::Thing)
    }

    /// The end of the nearest word of `class` that ends within `reach` bytes before `at`.
    pub fn nearest(&self, class: Class, at: usize, reach: usize) -> Option<usize> {
        self.preceding(at)
            .take_while(|hit| at - hit.end <= reach)
            .find(|hit| hit.class == class)
            .map(|hit| hit.end)
    }

    /// Ends of all words of `class`.
    pub fn ends(&self, class: Class) -> impl Iterator<Item = usize> + '_ {
        self.hits
            .iter()
            .filter(move |hit| hit.class == class)
            .map(|hit| hit.end)
    }

    fn preceding(&self, at: usize) -> impl Iterator<Item = &Hit> {
        let end = self.hits.partition_point(|hit| hit.end <= at);
        self.hits[..end].iter().rev()
    }
}

/// The classes an object key speaks for: `phoneNumber`, `주민번호`, `bank_account`.
pub(super) fn of_key(key: &str) -> Vec<Class> {
    let mut spaced = String::with_capacity(key.len() + 8);
    let mut lower_before = false;
    for c in key.chars().take(256) {
        if c.is_ascii_uppercase() && lower_before {
            spaced.push(' ');
        }
        lower_before = c.is_ascii_lowercase() || c.is_ascii_digit();
        spaced.push(if matches!(c, '_' | '-' | '.') { ' ' } else { c });
    }
    let context = Context::new(&spaced, &[]);
    let mut classes = Vec::new();
    for hit in context.hits.iter().rev() {
        if !classes.contains(&hit.class) {
            classes.push(hit.class);
        }
    }
    classes
}

fn whole_word(text: &str, range: Range<usize>) -> bool {
    let word = &text.as_bytes()[range.clone()];
    let before = range.start.checked_sub(1).map(|i| text.as_bytes()[i]);
    let left = !word[0].is_ascii_alphanumeric() || !before.is_some_and(|b| b.is_ascii_alphabetic());
    let rest = &text.as_bytes()[range.end..];
    let last = word[word.len() - 1];
    let right = !last.is_ascii_alphabetic()
        || match rest.first() {
            Some(b's') => !rest.get(1).is_some_and(u8::is_ascii_alphabetic),
            Some(b) => !b.is_ascii_alphabetic(),
            None => true,
        };
    left && right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_count_whole_and_near() {
        let text = "automobile 010 phone: 02";
        let context = Context::new(text, &[]);
        assert!(!context.before(Class::Phone, 11, 40));
        assert_eq!(context.label(22), Some(Class::Phone));
    }

    #[test]
    fn korean_words_need_no_spaces() {
        let text = "연락처는010";
        let context = Context::new(text, &[]);
        assert_eq!(context.label(12), Some(Class::Phone));
    }

    #[test]
    fn keys_are_split_into_words() {
        assert_eq!(of_key("customerPhoneNumber"), vec![Class::Phone]);
        assert_eq!(of_key("bank_account"), vec![Class::Account]);
        assert!(of_key("주민번호").contains(&Class::Resident));
    }
}
