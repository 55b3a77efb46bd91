//! The words that say what a number beside them is, Korean and English.

use super::context::Class;

#[rustfmt::skip]
pub(super) const WORDS: &[(Class, &[&str])] = &[
    (Class::Phone, &[
        "전화", "연락처", "휴대폰", "핸드폰", "폰번호", "휴대전화", "내 번호", "제 번호", "문자", "통화",
        "팩스", "주문자", "수령인", "받는분", "받는 분", "수취인", "신청인", "담당자", "보호자", "대표번호", "고객센터", "콜센터", "상담센터", "폰은", "폰:", "모바일", "phone", "telephone",
        "mobile", "cell", "cellphone", "tel", "fax", "call", "text", "sms", "whatsapp", "hotline", "dial",
        "contact number", "my number", "number is", "h.p", "hp",
    ]),
    (Class::Resident, &[
        "주민등록번호", "주민번호", "주민등록", "주민 번호", "주민", "rrn", "resident registration",
        "resident number", "resident no", "resident id", "ssn", "national id",
    ]),
    (Class::Foreigner, &[
        "외국인등록번호", "외국인등록", "외국인 등록", "외국인번호", "외국인", "외등번호", "국내거소",
        "거소신고", "alien registration", "foreigner", "arc", "foreign registration",
    ]),
    (Class::Business, &[
        "사업자등록번호", "사업자번호", "사업자등록", "사업자", "사업자 번호", "brn", "business registration",
        "business number", "business no", "biz no", "business reg", "tax id",
    ]),
    (Class::Passport, &[
        "여권", "passport",
    ]),
    (Class::PassportNumber, &[
        "여권번호", "여권 번호", "passport number", "passport no", "passport num", "passport #",
    ]),
    (Class::Licence, &[
        "운전면허", "면허번호", "면허증", "면허 번호", "driver's license", "drivers license",
        "driver license", "driver's licence", "driving licence", "driving license", "drivers licence",
        "license number", "licence number", "license no", "licence no", "dl no",
    ]),
    (Class::Card, &[
        "카드번호", "카드 번호", "신용카드", "체크카드", "법인카드", "카드", "결제", "card", "visa",
        "mastercard", "amex", "credit", "debit", "unionpay", "jcb", "american express", "pan",
    ]),
    (Class::Account, &[
        "계좌번호", "계좌", "입금", "송금", "이체", "통장", "bank account", "account number", "account no",
        "account:", "acct", "a/c", "acc no", "wire", "bank transfer", "deposit", "account",
    ]),
    (Class::Bank, &[
        "국민은행", "신한은행", "우리은행", "하나은행", "농협은행", "기업은행", "산업은행", "수협은행",
        "대구은행", "부산은행", "경남은행", "광주은행", "전북은행", "제주은행", "아이엠뱅크", "카카오뱅크",
        "카뱅", "케이뱅크", "토스뱅크", "농협", "수협", "신협", "새마을금고", "우체국", "씨티은행",
        "제일은행", "sc제일", "은행", "축협", "저축은행", "kb국민", "kb kookmin", "kookmin", "shinhan",
        "woori", "hana bank", "kakaobank", "kakao bank", "toss bank", "k bank", "kbank", "nonghyup",
        "nh bank", "ibk", "kdb", "bank", "citibank", "hsbc",
    ]),
    (Class::ShortBank, &[
        "국민", "신한", "우리", "하나", "기업", "토스", "kb", "nh", "hana", "toss", "산업", "대구", "부산",
        "경남", "광주", "전북",
    ]),
    (Class::Ip, &[
        "ip", "아이피", "서버", "접속", "로그인", "차단", "호스트", "dns", "server", "host", "client", "ping",
        "ssh", "login", "logged in", "from", "address", "gateway", "게이트웨이", "subnet", "ipv4", "ipv6",
    ]),
    (Class::Secret, &[
        "api key", "api_key", "apikey", "api-key", "api 키", "api키", "비밀키", "비밀 키", "시크릿",
        "액세스 키", "액세스키", "인증키", "인증 키", "서비스키", "액세스 토큰", "access token",
        "access_token", "auth token", "auth_token", "secret key", "secret_key", "secret", "client_secret",
        "client secret", "access key", "access_key", "secret_access_key", "service key", "api token",
        "api_token", "bot token", "토큰", "token", "password", "passwd", "비밀번호", "bearer",
    ]),
    (Class::Mail, &[
        "이메일", "메일", "email", "e-mail", "mail",
    ]),
    (Class::Version, &[
        "버전", "버젼", "펌웨어", "릴리스", "릴리즈", "빌드", "패치", "업데이트", "version", "ver", "v",
        "firmware", "release", "build", "revision", "rev", "sdk", "driver", "section", "chapter",
        "§", "조항", "upgrade", "chrome", "safari", "firefox", "edge", "clause", "figure", "목차",
    ]),
    (Class::Thing, &[
        "주문번호", "주문 번호", "주문", "운송장", "송장", "배송번호", "택배", "발주", "접수번호", "접수",
        "예약번호", "예약 번호", "품번", "모델", "모델명", "바코드", "계약번호", "일련번호", "시리얼", "학번",
        "사번", "등기", "등기우편", "잔고", "잔액", "총액", "금액", "합계", "balance", "amount", "total", "budget",
        "티켓", "문서번호", "관리번호", "승인번호", "거래번호", "상품번호", "상품코드", "등기번호",
        "고객번호", "회원번호", "공고번호", "청구번호", "법인등록번호", "법인번호", "전표", "견적", "isbn",
        "issn", "order", "tracking", "invoice", "shipment", "serial", "part number", "part no", "model",
        "sku", "barcode", "ean", "upc", "ticket", "case", "commit", "timestamp", "타임스탬프", "epoch",
        "reference", "ref", "transaction id", "receipt", "booking", "reservation", "ts", "message id",
        "student id", "employee id", "customer id", "order_id", "waybill", "parcel", "po",
    ]),
];
