//! What a word asks to be done: verbs of English and Korean by what they do to the world.

use super::fold::stem;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

/// A set of acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Acts(pub u16);

impl Acts {
    pub const NONE: Self = Self(0);
    pub const READ: Self = Self(1);
    /// To somebody: a message, a mail, a copy.
    pub const SEND: Self = Self(1 << 1);
    /// For everybody who looks.
    pub const POST: Self = Self(1 << 2);
    pub const CREATE: Self = Self(1 << 3);
    pub const UPDATE: Self = Self(1 << 4);
    pub const DELETE: Self = Self(1 << 5);
    pub const PAY: Self = Self(1 << 6);
    pub const RESERVE: Self = Self(1 << 7);
    /// Somebody gets in, or gets to see.
    pub const INVITE: Self = Self(1 << 8);
    /// Something runs.
    pub const RUN: Self = Self(1 << 9);

    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The names, for people.
    pub fn names(self) -> Vec<&'static str> {
        const ALL: &[(Acts, &str)] = &[
            (Acts::READ, "read"),
            (Acts::SEND, "send"),
            (Acts::POST, "post"),
            (Acts::CREATE, "create"),
            (Acts::UPDATE, "update"),
            (Acts::DELETE, "delete"),
            (Acts::PAY, "pay"),
            (Acts::RESERVE, "reserve"),
            (Acts::INVITE, "invite"),
            (Acts::RUN, "run"),
        ];
        ALL.iter().filter(|(act, _)| self.has(*act)).map(|(_, name)| *name).collect()
    }
}

const ENGLISH: &[(Acts, &str)] = &[
    (
        Acts::READ,
        "get list search read find fetch view show count lookup look describe query check calculate compute \
         retrieve return browse see summarize summarise translate compare inspect is has are whoami estimate \
         convert visit browse navigate open load analyze analyse validate verify preview explain detect download filter sort parse \
         extract measure scan monitor track display locate lists gets",
    ),
    (
        Acts::SEND,
        "send email mail message dm text tell notify reply respond forward share write inform ping greet \
         remind ask let answer deliver transmit contact alert pass say thank congratulate fax sms submit apologize \
         broadcast confirm relay chat call",
    ),
    (
        Acts::POST,
        "post publish announce upload tweet put share blog comment broadcast submit release advertise push react \
         repost review",
    ),
    (
        Acts::CREATE,
        "create add make new set schedule book put write save draft plan organize organise record log register \
         generate insert append note store compose arrange block open start build prepare document enter host \
         duplicate copy clone upload import fork file remind pin",
    ),
    (
        Acts::UPDATE,
        "update change edit modify set rename reschedule move append mark assign fix correct adjust extend add \
         increase decrease shift push postpone replace toggle enable disable pause resume configure patch put write \
         complete close reopen archive star label tag turn snooze switch convert raise lower shorten restore merge \
         approve reject accept decline upgrade lock unlock mute unmute subscribe connect sign sync bring",
    ),
    (
        Acts::DELETE,
        "delete remove cancel clear erase drop discard trash revoke kick unsubscribe purge wipe destroy terminate \
         uninstall ban reset expire unshare evict dismiss disconnect deactivate void close flush truncate overwrite \
         uninvite unassign unlink empty prune block",
    ),
    (
        Acts::PAY,
        "pay transfer refund wire buy purchase order donate tip settle reimburse invest withdraw charge subscribe \
         sell trade deposit checkout bet stake repay remit spend topup bid redeem",
    ),
    (Acts::RESERVE, "book reserve rent order hire secure"),
    (
        Acts::INVITE,
        "invite add share include grant give join allow permit authorize authorise enroll onboard admit loop bring",
    ),
    (
        Acts::RUN,
        "run execute deploy install restart reboot launch trigger start stop invoke eval call apply kill exec shutdown build rollback",
    ),
];

/// Stems of Korean verbs, and nouns that are verbs with "하다". They are looked for in letters and not in
/// syllables, so that 올리 is found in 올릴 and in 올림.
const KOREAN: &[(Acts, &str)] = &[
    (Acts::READ, "찾 검색 조회 읽 보여 알려줘 요약 확인 살펴 살피 계산 비교 번역 목록"),
    (
        Acts::SEND,
        "보내 전송 알려 알리 알렸 전달 답장 회신 공유 연락 통보 남겨 남기 말해 말하 전해 전하 발송 송부 답해 답하",
    ),
    (Acts::POST, "게시 올려 올리 발행 공지 업로드 포스팅 등록 공개 띄워 띄우"),
    (
        Acts::CREATE,
        "만드 만들 추가 생성 작성 등록 잡아 잡고 예약 저장 기록 넣어 넣으 적어 적으 써줘 써 줘 쓰세 남겨 남기 정리 세워 개설 복사",
    ),
    (
        Acts::UPDATE,
        "변경 수정 바꿔 바꾸 옮겨 옮기 업데이트 표시 미뤄 미루 당겨 늦춰 고쳐 고치 갱신 편집 조정 설정 추가 연장 덧붙 이름을 \
         올려 올리 인상 인하 높여 높이 낮춰 낮추 늘려 늘리 줄여 줄이 닫아 닫으 맞춰 맞추",
    ),
    (Acts::DELETE, "삭제 지워 지우 취소 제거 없애 빼줘 빼 줘 내보내 해지 폐기 비워 비우 강퇴 탈퇴 철회"),
    (Acts::PAY, "송금 이체 결제 환불 지불 구매 입금 납부 보내줘 주문 기부 충전 출금 갚아 갚으 사줘 매수 매도"),
    (Acts::RESERVE, "예약 빌려 빌리 렌트 잡아 예매 대여"),
    (Acts::INVITE, "초대 추가 공유 권한 참석 참가 합류 부여 넣어"),
    (Acts::RUN, "실행 배포 설치 재시작 돌려 돌리 구동 중지 종료 병합"),
];

/// Things that are sent: a verb only where somebody gives or writes them.
const SENT: &str = "메일 이메일 메시지 문자 쪽지 디엠 알림 답신";

static LETTERS: LazyLock<Vec<(Acts, Vec<String>)>> = LazyLock::new(|| {
    let letters = |words: &str| words.split_whitespace().map(|word| word.nfd().collect()).collect();
    // "써 줘" and "빼 줘" are two words.
    KOREAN.iter().map(|(act, words)| (*act, letters(&words.replace(" 줘", "줘")))).collect()
});

static BY_STEM: LazyLock<HashMap<String, Acts>> = LazyLock::new(|| {
    let mut map: HashMap<String, Acts> = HashMap::new();
    for (act, words) in ENGLISH {
        for word in words.split_whitespace() {
            let entry = map.entry(stem(word).into_owned()).or_default();
            *entry = entry.or(*act);
        }
    }
    for (word, act) in [
        ("sent", Acts::SEND),
        ("wrote", Acts::SEND),
        ("written", Acts::CREATE),
        ("told", Acts::SEND),
        ("paid", Acts::PAY),
        ("bought", Acts::PAY),
        ("sold", Acts::PAY),
        ("made", Acts::CREATE),
        ("gave", Acts::INVITE),
        ("found", Acts::READ),
        ("reservation", Acts::RESERVE),
        ("payment", Acts::PAY),
        ("transaction", Acts::PAY),
        ("donation", Acts::PAY),
        ("invitation", Acts::INVITE),
        ("deletion", Acts::DELETE),
        ("removal", Acts::DELETE),
        ("cancellation", Acts::DELETE),
        ("publication", Acts::POST),
    ] {
        map.insert(stem(word).into_owned(), act);
    }
    map
});

/// The acts that an English word may ask for, in any of its forms.
pub fn of_word(word: &str) -> Acts {
    BY_STEM.get(&*stem(word)).copied().unwrap_or_default()
}

/// The acts that a Korean text speaks of.
pub fn of_korean(text: &str) -> Acts {
    if !text.chars().any(|c| ('가'..='힣').contains(&c)) {
        return Acts::NONE;
    }
    let letters: String = text.replace(" 줘", "줘").nfd().collect();
    let spoken = LETTERS.iter().filter(|(_, words)| words.iter().any(|word| letters.contains(word.as_str())));
    let acts = spoken.fold(Acts::NONE, |acts, (act, _)| acts.or(*act));
    if gives(text) { acts.or(Acts::SEND) } else { acts }
}

/// The English verbs as they are listed.
pub fn english() -> impl Iterator<Item = &'static str> {
    ENGLISH.iter().flat_map(|(_, words)| words.split_whitespace())
}

/// Stems of the Korean verbs that make an effect.
pub fn korean_effects() -> impl Iterator<Item = &'static str> {
    KOREAN.iter().filter(|(act, _)| *act != Acts::READ).flat_map(|(_, words)| words.split_whitespace())
}

/// "메일 주세요", "문자 한 통 써 줘": a thing that is sent, and right behind it somebody who gives it.
fn gives(text: &str) -> bool {
    SENT.split(' ').any(|noun| {
        text.match_indices(noun).any(|(at, _)| {
            let behind: String = text[at + noun.len()..].chars().take(8).collect();
            let behind = behind.trim_start_matches(['을', '를', '로', '좀', '도', ' ', '한', '통', '하', '나']);
            ["주", "줘", "드려", "드리", "써", "쓰", "해", "넣"].iter().any(|verb| behind.starts_with(verb))
        })
    })
}

/// Verbs that are nouns as well.
const NOUNS: &str = "email mail message text file note book event record plan document comment review order list call pin \
    host copy draft post label tag star tip rent answer log dm chat transfer schedule share query report \
    set block update change edit move purchase invest trade payment transaction reservation invitation \
    donation run start launch build deposit charge refund";
/// What makes the next word a noun.
const BEFORE: &str = "the a an my your his her our their its this that these those of in from by with on unread new newest \
    last latest any no each every all s recent first next some most about for which what calendar phone \
    scheduled past other open direct";

static NOUN_STEMS: LazyLock<HashSet<String>> =
    LazyLock::new(|| NOUNS.split_whitespace().map(|noun| stem(noun).into_owned()).collect());
static BEFORE_SET: LazyLock<HashSet<&'static str>> = LazyLock::new(|| BEFORE.split_whitespace().collect());

/// The acts that a person's words ask for. "My unread mail" asks for none: such a word is a verb only
/// where nothing before it makes it a noun.
pub fn of_request(folded: &str) -> Acts {
    let all: Vec<&str> = super::fold::words(folded).collect();
    all.iter().enumerate().fold(of_korean(folded), |acts, (i, word)| {
        let plain = stem(word);
        let noun = i > 0 && BEFORE_SET.contains(all[i - 1]) && NOUN_STEMS.contains(&*plain);
        // "Make a reservation": the noun says which act the verb means.
        let made = matches!(&*plain, "reservation" | "payment" | "transaction" | "donation" | "invitation")
            && all[..i]
                .iter()
                .rev()
                .take(4)
                .any(|before| matches!(*before, "make" | "send" | "place" | "schedule" | "create" | "set"));
        if noun && !made { acts } else { acts.or(of_word(word)) }
    })
}

/// The words by which a person may ask for an act: whoever asks to share asks to send.
pub fn covering(act: Acts) -> Acts {
    const COVERED: &[(Acts, Acts)] = &[
        (Acts::SEND, Acts::SEND.or(Acts::POST)),
        (Acts::POST, Acts::POST.or(Acts::SEND).or(Acts::CREATE)),
        (Acts::CREATE, Acts::CREATE.or(Acts::RESERVE).or(Acts::POST)),
        (Acts::UPDATE, Acts::UPDATE.or(Acts::CREATE).or(Acts::INVITE)),
        (Acts::DELETE, Acts::DELETE),
        (Acts::PAY, Acts::PAY.or(Acts::RESERVE)),
        (Acts::RESERVE, Acts::RESERVE),
        (Acts::INVITE, Acts::INVITE),
        (Acts::RUN, Acts::RUN),
    ];
    COVERED.iter().filter(|(one, _)| act.has(*one)).fold(Acts::NONE, |all, (_, by)| all.or(*by))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_languages() {
        assert!(of_word("sending").has(Acts::SEND));
        assert!(of_word("paid").has(Acts::PAY));
        assert!(of_request("정리해서 슬랙에 공유해 줘").has(Acts::SEND));
        assert!(of_word("banana").is_none());
        assert!(!of_request("what is on my calendar?").has(Acts::DELETE));
        assert!(of_korean("한도를 올릴 것").has(Acts::UPDATE) && of_korean("메일 주세요").has(Acts::SEND));
        assert!(of_korean("앞의 메시지는 잘못 갔네요").is_none());
    }
}
