//! Words that speak for something or against it, in both languages, and what they stand for.

use metel_model::Text;

pub(super) struct Sign {
    pub terms: &'static [&'static str],
    pub en: &'static str,
    pub ko: &'static str,
    /// How much it weighs, 1 to 3.
    pub weight: i64,
}

impl Sign {
    pub fn text(&self) -> Text {
        Text::new(self.en, self.ko)
    }
}

const fn sign(terms: &'static [&'static str], en: &'static str, ko: &'static str, weight: i64) -> Sign {
    Sign { terms, en, ko, weight }
}

pub(super) const OPPORTUNITIES: &[Sign] = &[
    sign(
        &["budget", "funding", "grant of", "예산", "사업비", "지원금", "배정금액", "추정가격", "계약금액"],
        "There is money for it",
        "재원이 잡혀 있어요",
        3,
    ),
    sign(
        &["ai ", "인공지능", "machine learning", "llm", "ai 솔루션", "머신러닝", "데이터 분석"],
        "It asks for what an AI solution gives",
        "AI 솔루션이 맞는 과제예요",
        3,
    ),
    sign(
        &["preferred", "preference", "bonus point", "우대", "가점", "우선"],
        "Some bidders are preferred",
        "우대나 가점 조건이 있어요",
        2,
    ),
    sign(
        &[
            "no experience",
            "open to all",
            "누구나",
            "제한 없음",
            "제한없음",
            "신생",
            "startup",
            "스타트업",
            "중소기업",
            "sme",
        ],
        "The circle of bidders is open",
        "참여 문턱이 낮아요",
        2,
    ),
    sign(
        &["multi-year", "renewal", "extend", "follow-up", "다년", "연장", "후속", "장기계약"],
        "It may go on beyond the first term",
        "이어질 가능성이 있어요",
        2,
    ),
    sign(&["growth", "increase", "expand", "성장", "증가", "확대", "늘어"], "The field grows", "커지는 분야예요", 1),
    sign(
        &["partner", "consortium", "협력", "컨소시엄", "공동수급 허용", "공동수급 가능"],
        "Partners may join",
        "함께할 수 있어요",
        1,
    ),
    sign(
        &["online submission", "electronic", "전자입찰", "온라인 제출", "나라장터"],
        "It can be submitted online",
        "온라인으로 낼 수 있어요",
        1,
    ),
    sign(
        &["automatic", "backup", "rollback", "standby", "자동", "백업", "복구 가능", "예비"],
        "There is a way back or a spare",
        "되돌리거나 대신할 길이 있어요",
        1,
    ),
];

pub(super) const RISKS: &[Sign] = &[
    sign(
        &["penalty", "liquidated damages", "위약", "지체상금", "벌칙", "제재"],
        "A penalty is set",
        "위약 조건이 있어요",
        3,
    ),
    sign(
        &["must have", "required", "requirement", "qualification", "eligib", "필수", "자격", "요건", "갖춘", "보유한"],
        "Conditions must be met",
        "갖춰야 할 조건이 있어요",
        3,
    ),
    sign(
        &["deadline", "due", "closes", "closing date", "마감", "기한", "까지 제출", "제출기한", "접수기간"],
        "Time is limited",
        "시간이 정해져 있어요",
        2,
    ),
    sign(
        &["track record", "references", "years of experience", "실적", "경력"],
        "A record of past work is asked for",
        "실적을 요구해요",
        2,
    ),
    sign(
        &["deposit", "guarantee", "bond", "보증금", "보증서", "이행보증"],
        "A deposit or guarantee is asked for",
        "보증금이나 보증서가 필요해요",
        2,
    ),
    sign(
        &["security", "certif", "isms", "csap", "보안", "인증"],
        "Certificates or security reviews are asked for",
        "보안이나 인증 조건이 있어요",
        2,
    ),
    sign(&["personal data", "privacy", "개인정보"], "Personal data is involved", "개인정보가 얽혀 있어요", 2),
    sign(
        &["expire", "expiring", "revoked", "invalid key", "만료", "폐기", "유효하지 않"],
        "A credential runs out or is void",
        "키가 만료되거나 무효예요",
        3,
    ),
    sign(
        &["delete", "irreversible", "drop ", "삭제", "되돌릴 수 없", "영구"],
        "Something cannot be undone",
        "되돌릴 수 없는 일이 있어요",
        3,
    ),
    sign(
        &["downtime", "outage", "interrupt", "restart", "중단", "장애", "재시작"],
        "Service may be interrupted",
        "서비스가 끊길 수 있어요",
        2,
    ),
    sign(&["fail", "error", "timeout", "실패", "오류", "에러"], "Something already fails", "이미 실패가 있어요", 2),
    sign(
        &["unknown", "unclear", "tbd", "to be announced", "미정", "추후", "불분명"],
        "Something is not settled",
        "정해지지 않은 것이 있어요",
        1,
    ),
    sign(
        &["no joint", "공동수급 불가", "공동수급 불허", "하도급 금지", "subcontracting is not"],
        "Partners are not allowed",
        "함께 들어갈 수 없어요",
        2,
    ),
];
