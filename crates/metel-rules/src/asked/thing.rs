//! What a word speaks of: groups of nouns that stand for one kind of thing.

use super::fold::{singular, words};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// A kind of thing, by its place in the list.
pub type Thing = u8;

const GROUPS: &[(&str, &str)] = &[
    (
        "message dm text chat slack conversation thread reply greeting word note announcement notification sms",
        "메시지 쪽지 문자 채팅 답장 인사 알림 슬랙",
    ),
    ("email mail inbox gmail outlook draft reply", "메일 이메일 편지"),
    (
        "event meeting appointment calendar lunch dinner breakfast brunch call session sync standup interview slot reminder workshop seminar party hackathon invitation time schedule",
        "일정 회의 약속 미팅 캘린더 점심 저녁 식사 행사 모임 면담",
    ),
    (
        "file document doc report txt pdf drive folder list sheet spreadsheet summary notes slide presentation attachment copy",
        "파일 문서 보고서 드라이브 폴더 목록 노트",
    ),
    (
        "page webpage website site article blog wiki web url link homepage post notion",
        "페이지 웹페이지 사이트 글 게시물 기사 블로그 위키",
    ),
    (
        "user member person people colleague coworker friend teammate employee contact guest participant attendee account collaborator",
        "사용자 멤버 사람 동료 친구 직원 참석자 회원 구성원",
    ),
    ("channel room group workspace slack", "채널 방 그룹 워크스페이스"),
    (
        "address street city zip phone name profile detail info information surname lastname firstname number residence home",
        "주소 전화 이름 프로필 정보 번호",
    ),
    ("password credential passcode pin login passphrase", "비밀번호 암호 패스워드"),
    ("task todo ticket issue card bug item story pull request pr checklist", "할일 할 일 작업 티켓 이슈 과제"),
    ("hotel room accommodation stay lodging inn hostel", "호텔 숙소 방"),
    ("restaurant table dinner lunch reservation cafe", "식당 레스토랑 자리"),
    ("car vehicle rental", "차 렌터카 자동차"),
    ("flight ticket train bus seat plane trip", "비행기 항공권 표 기차 버스"),
    (
        "money payment transaction transfer fund bill invoice rent refund iban bank salary fee subscription amount",
        "돈 송금 이체 결제 청구서 요금 월세 구독",
    ),
    ("comment remark feedback review", "댓글 의견 리뷰 후기"),
    ("repository repo branch code commit release deployment", "저장소 브랜치 코드 배포"),
    ("playlist song track music", "재생목록 노래 음악"),
    ("row cell table column record entry database sheet spreadsheet", "행 칸 표 레코드 시트 데이터베이스"),
    ("permission access role right share", "권한 접근 역할"),
    ("alarm timer reminder", "알람 타이머 알림"),
    ("contact", "연락처"),
    ("filter rule label setting preference", "필터 규칙 라벨 설정"),
    ("order cart product item purchase", "주문 장바구니 상품"),
    ("newsletter subscription", "뉴스레터 구독"),
    ("photo picture image video album", "사진 그림 영상"),
    ("notice announcement board bulletin", "공지 게시판"),
    ("limit quota budget", "한도 예산"),
];

static BY_NAME: LazyLock<HashMap<String, Vec<Thing>>> = LazyLock::new(|| {
    let mut map: HashMap<String, Vec<Thing>> = HashMap::new();
    for (group, (english, _)) in GROUPS.iter().enumerate() {
        for word in english.split(' ') {
            map.entry(singular(word).into_owned()).or_default().push(group as Thing);
        }
    }
    map
});

pub fn of_word(word: &str) -> &'static [Thing] {
    BY_NAME.get(&*singular(word)).map_or(&[], Vec::as_slice)
}

/// The kinds of things that a folded text speaks of.
pub fn of_text(folded: &str) -> HashSet<Thing> {
    let mut found: HashSet<Thing> = words(folded).flat_map(of_word).copied().collect();
    if folded.chars().any(|c| ('가'..='힣').contains(&c)) {
        for (group, (_, korean)) in GROUPS.iter().enumerate() {
            if korean.split(' ').any(|word| folded.contains(word)) {
                found.insert(group as Thing);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_one_kind_meet() {
        let shared = |a: &str, b: &str| !of_text(a).is_disjoint(&of_text(b));
        assert!(shared("a dentist appointment", "calendar event"));
        assert!(shared("새 일정", "event"));
        assert!(!shared("password", "calendar"));
        // To set something is to speak of no setting.
        assert!(!shared("set my password", "change a setting") && shared("my settings", "setting"));
    }
}
