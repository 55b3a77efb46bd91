//! The one list of error codes. Each has a number, a kind (`noun.reason`), an HTTP status, an exit
//! code, and a title and a hint in both languages. A problem's `type` is `/help/METEL-NNNN`, a page
//! that every server has; `docs/errors/README.md` lists them all and is held to this list by a test.
//!
//! Ranges: 0… command line, 1… definitions and data, 2… policy and connections, 3… storage,
//! 4… models, 5… tools and network, 6… engine, 7… interface.

use serde::{Deserialize, Serialize};

use crate::lang::Lang;

macro_rules! codes {
    ($($variant:ident = $number:literal, $kind:literal, $http:literal, $exit:literal, $en:literal, $ko:literal, $hint_en:literal, $hint_ko:literal;)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($variant,)* }

        impl Code {
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            pub fn number(self) -> u16 { match self { $(Code::$variant => $number,)* } }
            /// `noun.reason`, stable.
            pub fn kind(self) -> &'static str { match self { $(Code::$variant => $kind,)* } }
            pub fn http(self) -> u16 { match self { $(Code::$variant => $http,)* } }
            pub fn exit(self) -> u8 { match self { $(Code::$variant => $exit,)* } }
            pub fn title(self, lang: Lang) -> &'static str { match self { $(Code::$variant => lang.pick($en, $ko),)* } }
            pub fn hint(self, lang: Lang) -> &'static str { match self { $(Code::$variant => lang.pick($hint_en, $hint_ko),)* } }
            pub fn from_number(number: u16) -> Option<Self> { match number { $($number => Some(Code::$variant),)* _ => None } }
        }
    };
}

codes! {
    Usage = 1, "command.usage", 400, 2, "The command was not understood", "명령을 알아듣지 못했어요", "See `metel --help`.", "`metel --help`를 보세요.";
    UnknownCommand = 2, "command.unknown", 400, 2, "There is no such command", "그런 명령은 없어요", "See `metel --help`.", "`metel --help`를 보세요.";
    ServerUnreachable = 3, "server.unreachable", 503, 3, "metel is not answering", "metel이 대답하지 않아요", "Start it with `metel up`, or check --server.", "`metel up`으로 켜거나 --server 주소를 확인하세요.";
    ConfigInvalid = 10, "config.invalid", 500, 3, "The configuration is not valid", "설정이 올바르지 않아요", "Correct the named entry.", "짚어 드린 항목을 고쳐 주세요.";
    DataFolderLocked = 11, "data.locked", 500, 3, "Another metel is using this data folder", "다른 metel이 이 데이터 폴더를 쓰고 있어요", "Stop the other one, or choose another folder with METEL_HOME.", "그쪽을 끄거나 METEL_HOME으로 다른 폴더를 고르세요.";
    PortTaken = 12, "port.taken", 500, 3, "The port is taken", "포트를 다른 프로그램이 쓰고 있어요", "Choose another with --port.", "--port로 다른 포트를 고르세요.";

    JsonMalformed = 1001, "json.malformed", 400, 2, "The text is not valid JSON", "올바른 JSON이 아니에요", "Correct the text at the place named.", "짚어 드린 자리를 고쳐 주세요.";
    FieldInvalid = 1002, "field.invalid", 422, 2, "A field has the wrong shape", "값의 모양이 맞지 않아요", "Correct the fields listed.", "적힌 항목을 고쳐 주세요.";
    TooLarge = 1003, "body.too_large", 413, 2, "The input is too large", "입력이 너무 커요", "Send less, or upload it as a file.", "줄이거나 파일로 올려 주세요.";
    TooDeep = 1004, "json.too_deep", 400, 2, "The input is nested too deeply", "입력이 너무 깊게 겹쳐 있어요", "Flatten it to 64 levels or less.", "64단계 안으로 펴 주세요.";
    IdInvalid = 1005, "id.invalid", 400, 2, "That is not an id of this kind", "이 종류의 id가 아니에요", "Copy the id from a list.", "목록에서 id를 복사해 주세요.";
    DefinitionInvalid = 1200, "workflow.invalid", 422, 2, "The definition has faults", "정의에 잘못된 곳이 있어요", "Correct every place listed; nothing was saved.", "적힌 곳을 모두 고쳐 주세요. 저장한 것은 없어요.";
    NodeTypeUnknown = 1203, "workflow.node_type", 422, 2, "There is no such node type", "그런 단계 종류는 없어요", "Use one of the node types in the documentation.", "문서에 있는 단계 종류를 쓰세요.";
    ExpressionInvalid = 1210, "expression.invalid", 422, 2, "The expression is not valid", "식이 올바르지 않아요", "Correct the expression at the place named.", "짚어 드린 식을 고쳐 주세요.";
    ExpressionFailed = 1211, "expression.failed", 422, 1, "The expression could not be computed", "식을 계산할 수 없었어요", "Check the values that it reads.", "식이 읽는 값을 확인하세요.";
    ReferenceMissing = 1212, "reference.missing", 422, 1, "A reference points to nothing", "가리키는 값이 없어요", "Check the step and key that it names.", "가리키는 단계와 키를 확인하세요.";
    ContractInvalid = 1300, "contract.invalid", 422, 2, "The tool contract has faults", "도구 계약에 잘못된 곳이 있어요", "Correct every place listed.", "적힌 곳을 모두 고쳐 주세요.";
    ContractChanged = 1301, "contract.changed", 409, 6, "This version of the contract already exists with other content", "같은 버전의 다른 계약이 이미 있어요", "Give the changed contract a new version.", "바뀐 계약에 새 버전을 붙이세요.";
    DescriptionInvalid = 1310, "description.invalid", 422, 2, "The interface description cannot be read", "인터페이스 설명을 읽을 수 없어요", "Give an OpenAPI 3 or Swagger 2.0 description in JSON or YAML.", "OpenAPI 3이나 Swagger 2.0 설명을 JSON이나 YAML로 주세요.";
    TemplateInvalid = 1400, "template.invalid", 422, 2, "The template has faults", "템플릿에 잘못된 곳이 있어요", "Correct every place listed.", "적힌 곳을 모두 고쳐 주세요.";
    LimitExceeded = 1500, "limit.exceeded", 422, 2, "A limit of metel would be exceeded", "metel의 한도를 넘어요", "See docs/limits.md.", "docs/limits.md를 보세요.";

    Denied = 2001, "policy.denied", 403, 9, "The workspace's policy does not allow this", "워크스페이스 정책이 허용하지 않아요", "Ask whoever keeps the policy.", "정책 담당자에게 물어보세요.";
    ConnectionMissing = 2101, "connection.missing", 409, 3, "The service is not connected", "서비스가 연결되어 있지 않아요", "Connect it: `metel connect SERVICE`.", "연결하세요: `metel connect 서비스`.";
    ConnectionExpired = 2102, "connection.expired", 409, 3, "The connection has expired", "연결이 만료되었어요", "Renew it: `metel connect SERVICE --renew`.", "다시 연결하세요: `metel connect 서비스 --renew`.";
    ScopeMissing = 2104, "connection.scope", 403, 4, "The connection lacks a permission", "연결에 권한이 모자라요", "Add it: `metel connect SERVICE --add-scope SCOPE`.", "권한을 더하세요: `metel connect 서비스 --add-scope 권한`.";
    ConnectionBroken = 2103, "connection.broken", 409, 3, "The service no longer renews this connection", "서비스가 이 연결을 더는 갱신해 주지 않아요", "Connect it again: `metel connect SERVICE --renew`.", "다시 연결하세요: `metel connect 서비스 --renew`.";
    OAuthUnsupported = 2105, "oauth.unsupported", 409, 2, "This service is not connected by OAuth here", "이 서비스는 OAuth로 연결하지 않아요", "Connect it with a key: `metel connect SERVICE`.", "키로 연결하세요: `metel connect 서비스`.";
    OAuthClientMissing = 2106, "oauth.client", 409, 3, "metel is not registered with this service yet", "이 서비스에 metel을 등록하지 않았어요", "Register an application there and give its id: `metel connect SERVICE --oauth --client-id ID`.", "그 서비스에 앱을 등록하고 id를 주세요: `metel connect 서비스 --oauth --client-id ID`.";
    OAuthRefused = 2107, "oauth.refused", 403, 4, "The access was not granted", "접근 권한을 받지 못했어요", "Begin again: `metel connect SERVICE --oauth`.", "처음부터 다시 하세요: `metel connect 서비스 --oauth`.";
    OAuthState = 2108, "oauth.state", 409, 4, "This answer belongs to no request that is under way", "진행 중인 요청의 답이 아니에요", "Begin again, and use the newest link within 10 minutes.", "다시 시작해서 새 링크를 10분 안에 쓰세요.";
    OAuthIssuer = 2109, "oauth.issuer", 403, 4, "Somebody else answered than was asked", "물어본 곳이 아닌 데서 답이 왔어요", "Begin again; if it stays, do not go on and tell whoever keeps the service.", "다시 시작해 보고, 계속되면 멈추고 서비스 담당자에게 알리세요.";
    ApprovalGone = 2201, "approval.decided", 409, 6, "This approval has already been decided or is void", "이미 처리되었거나 무효가 된 승인이에요", "Look at it: `metel approve show ID`.", "`metel approve show ID`로 확인하세요.";
    ApprovalStale = 2202, "approval.stale", 409, 6, "The payload is not the one that was shown", "보여 드린 내용과 달라졌어요", "Read it again and decide on what it says now.", "다시 읽고 지금 내용으로 결정하세요.";
    ApprovalForbidden = 2203, "approval.forbidden", 403, 4, "You may not decide this approval", "이 승인은 결정할 수 없어요", "Somebody else has to decide it.", "다른 사람이 결정해야 해요.";
    ApprovalRejected = 2204, "approval.rejected", 409, 9, "A person rejected the action", "사람이 거절했어요", "Change the request, or leave it.", "요청을 바꾸거나 그대로 두세요.";
    ApprovalExpired = 2205, "approval.expired", 409, 9, "Nobody decided in time", "제때 결정한 사람이 없었어요", "Start again when somebody can decide.", "결정할 사람이 있을 때 다시 시작하세요.";
    ApprovalCounted = 2206, "approval.counted", 409, 6, "You have already approved this", "이미 승인한 건이에요", "Another person has to approve it too.", "다른 사람도 승인해야 해요.";
    LinkOver = 2207, "approval.link", 410, 6, "This link was used, is too old, or is unknown", "이미 썼거나 오래되었거나 모르는 링크예요", "Ask for another link, or sign in.", "새 링크를 받거나 로그인하세요.";
    VaultUnreadable = 2301, "vault.unreadable", 500, 3, "The vault's master key does not open this store", "금고의 마스터 키가 이 저장소와 맞지 않아요", "Bring back the key file or METEL_MASTER_KEY that wrote it.", "이 저장소를 쓴 키 파일이나 METEL_MASTER_KEY를 되돌리세요.";

    StoreUnavailable = 3001, "store.unavailable", 503, 3, "The database cannot be reached", "데이터베이스에 닿을 수 없어요", "It is tried again by itself; check the database.", "저절로 다시 시도해요. 데이터베이스를 확인하세요.";
    StoreFull = 3002, "store.full", 503, 3, "The disk is full", "디스크가 가득 찼어요", "Free some space; metel goes on by itself.", "공간을 비우면 저절로 이어서 해요.";
    StoreNewer = 3003, "store.newer", 500, 3, "The database was written by a newer metel", "더 새로운 metel이 쓴 데이터베이스예요", "Use that version or a later one.", "그 버전이나 더 새 버전을 쓰세요.";
    StoreCorrupt = 3004, "store.corrupt", 500, 3, "Stored data is damaged", "저장된 데이터가 망가졌어요", "Run `metel doctor` and restore a backup.", "`metel doctor`를 돌리고 백업을 되살리세요.";
    AuditBroken = 3101, "audit.broken", 409, 1, "The record has been altered", "기록이 바뀌었어요", "The first altered event is named.", "처음 바뀐 이벤트를 적어 두었어요.";
    ReplayDiverged = 3102, "replay.diverged", 409, 1, "The replay does not match the record", "재생 결과가 기록과 달라요", "The first differing event is named.", "처음 달라진 이벤트를 적어 두었어요.";

    ModelUnreachable = 4001, "model.unreachable", 502, 1, "The model cannot be reached", "모델에 닿을 수 없어요", "Check its address and key: `metel doctor`.", "주소와 키를 확인하세요: `metel doctor`.";
    ModelRefused = 4002, "model.refused", 502, 1, "The model refused the call", "모델이 요청을 거절했어요", "Check the key, the model's name and its limits.", "키, 모델 이름, 한도를 확인하세요.";
    ModelBadAnswer = 4003, "model.bad_answer", 502, 1, "The model's answer does not fit", "모델의 답이 형식에 맞지 않아요", "It is tried again; a larger model may do better.", "다시 시도해요. 더 큰 모델이 나을 수 있어요.";
    BudgetSpent = 4051, "budget.spent", 429, 9, "The budget does not allow this call", "예산이 모자라서 이 요청을 할 수 없어요", "Raise the budget or add credits: `metel model budget`.", "예산을 늘리거나 크레딧을 더하세요: `metel model budget`.";
    PlanRefused = 4101, "plan.refused", 422, 1, "No plan can be made from the tools at hand", "지금 있는 도구로는 계획을 세울 수 없어요", "Say it differently, or connect the service that is needed.", "다르게 말하거나 필요한 서비스를 연결하세요.";
    PlanInvalid = 4102, "plan.invalid", 422, 1, "The plan does not hold", "계획이 올바르지 않아요", "The faults are listed.", "잘못된 곳을 적어 두었어요.";

    ToolUnknown = 5001, "tool.unknown", 404, 5, "There is no such tool", "그런 도구는 없어요", "See `metel tool list`.", "`metel tool list`를 보세요.";
    ToolDisabled = 5002, "tool.disabled", 409, 9, "The tool is switched off", "꺼져 있는 도구예요", "Switch it on, or choose another.", "켜거나 다른 도구를 고르세요.";
    PayloadInvalid = 5003, "tool.payload", 422, 2, "The payload does not fit the tool's schema", "도구가 받는 모양과 달라요", "Correct the fields listed.", "적힌 항목을 고쳐 주세요.";
    ToolFailed = 5004, "tool.failed", 502, 1, "The service answered with an error", "서비스가 오류를 돌려줬어요", "See the service's own message.", "서비스의 메시지를 보세요.";
    ToolBadAnswer = 5005, "tool.bad_answer", 502, 1, "The service's answer does not fit the contract", "서비스의 답이 계약과 달라요", "The service may have changed; check the contract.", "서비스가 바뀌었을 수 있어요. 계약을 확인하세요.";
    ToolTimeout = 5006, "tool.timeout", 504, 1, "The service did not answer in time", "서비스가 제때 답하지 않았어요", "It is tried again where that is safe.", "안전하면 다시 시도해요.";
    EgressRefused = 5101, "egress.refused", 403, 9, "metel does not call this address", "metel이 부르지 않는 주소예요", "Allow the host in the contract or the workspace's egress rules.", "계약이나 워크스페이스의 바깥 연결 규칙에서 허용하세요.";
    NetworkFailed = 5102, "network.failed", 502, 1, "The network call failed", "네트워크 호출이 실패했어요", "It is tried again where that is safe.", "안전하면 다시 시도해요.";
    AnswerTooLarge = 5103, "network.too_large", 502, 1, "The answer is larger than allowed", "답이 허용한 크기보다 커요", "Ask for less, or raise the contract's limit.", "덜 요청하거나 계약의 한도를 올리세요.";

    RunNotFound = 6001, "run.not_found", 404, 5, "There is no such run", "그런 실행은 없어요", "See `metel run list`.", "`metel run list`를 보세요.";
    RunFinal = 6002, "run.final", 409, 6, "The run has already ended", "이미 끝난 실행이에요", "Start it again with `metel run retry`.", "`metel run retry`로 다시 시작하세요.";
    RunStale = 6003, "run.stale", 409, 6, "The run has moved on", "실행이 그새 바뀌었어요", "Look again and repeat if it still applies.", "다시 보고 필요하면 되풀이하세요.";
    StepUnknown = 6004, "step.unknown", 404, 5, "The run has no such step", "그런 단계가 없어요", "See `metel run show ID`.", "`metel run show ID`를 보세요.";
    StepFailed = 6005, "step.failed", 409, 1, "A step failed", "단계가 실패했어요", "See the step's own error.", "단계의 오류를 보세요.";
    InputUnexpected = 6006, "input.unexpected", 409, 6, "The run is not waiting for this", "실행이 이 값을 기다리고 있지 않아요", "See what it waits for: `metel run show ID`.", "무엇을 기다리는지 보세요: `metel run show ID`.";
    RunTimeout = 6007, "run.timeout", 504, 8, "The run passed its deadline", "실행이 마감을 넘겼어요", "Give it more time and start it again.", "시간을 더 주고 다시 시작하세요.";
    WaitTimeout = 6008, "step.timeout", 504, 8, "What the step waited for did not come in time", "단계가 기다리던 것이 제때 오지 않았어요", "See what it waited for, and start it again when that can come.", "무엇을 기다렸는지 보고, 올 수 있을 때 다시 시작하세요.";
    ForkUnfit = 6009, "run.fork", 409, 6, "The run cannot be forked there", "이 자리에서는 갈라낼 수 없어요", "Choose an event before or after it: `metel run events ID`.", "앞이나 뒤의 이벤트를 고르세요: `metel run events ID`.";
    MigrationBlocked = 6010, "run.migration", 409, 6, "The run cannot go on with that version", "그 판으로는 이어갈 수 없어요", "The steps that stand in the way are listed.", "걸리는 단계를 적어 두었어요.";
    Overloaded = 6101, "engine.overloaded", 429, 1, "metel is busy", "일이 밀려 있어요", "Try again after the time given.", "알려 드린 시간 뒤에 다시 해 주세요.";
    ReplansExhausted = 6201, "plan.exhausted", 409, 1, "Planning again did not help", "다시 계획해도 풀리지 않았어요", "See what each plan ran into.", "계획마다 무엇에 막혔는지 보세요.";
    SubjectErased = 6301, "subject.erased", 410, 6, "The person whom this run is about was erased", "이 실행이 다루던 사람의 정보를 지웠어요", "Nobody can read or go on with it; the record's proofs still hold.", "아무도 읽거나 이어갈 수 없어요. 기록의 증명은 그대로예요.";
    SubjectBusy = 6302, "subject.busy", 409, 6, "Runs about this person are under way", "이 사람을 다루는 실행이 아직 끝나지 않았어요", "Let the runs named end, or cancel them, and erase again.", "적힌 실행이 끝나게 두거나 취소한 뒤 다시 지우세요.";

    NotSignedIn = 7001, "auth.missing", 401, 4, "You are not signed in", "로그인하지 않았어요", "Send `Authorization: Bearer TOKEN`; make one with `metel token new`.", "`Authorization: Bearer 토큰`을 보내세요. `metel token new`로 만들어요.";
    NotAllowed = 7002, "auth.forbidden", 403, 4, "You may not do this", "이 일을 할 권한이 없어요", "Ask an owner of the workspace.", "워크스페이스 주인에게 요청하세요.";
    RouteNotFound = 7003, "route.not_found", 404, 5, "There is nothing at this address", "이 주소에는 아무것도 없어요", "See /docs.", "/docs를 보세요.";
    MethodNotAllowed = 7004, "route.method", 405, 2, "This address does not take that method", "이 주소는 그 메서드를 받지 않아요", "See /docs.", "/docs를 보세요.";
    KeyReused = 7005, "idempotency.reused", 422, 6, "This Idempotency-Key came before with another body", "같은 Idempotency-Key로 다른 내용이 왔어요", "Use a new key for a new request.", "새 요청에는 새 키를 쓰세요.";
    OriginRefused = 7006, "origin.refused", 403, 4, "The page that asks is not metel's own", "metel의 페이지에서 온 요청이 아니에요", "Open the dashboard at its own address.", "대시보드를 제 주소로 여세요.";
    NotFound = 7007, "resource.not_found", 404, 5, "There is no such thing here", "여기에는 없어요", "Check the id.", "id를 확인하세요.";
    MediaType = 7008, "body.media_type", 415, 2, "The body must be JSON", "본문은 JSON이어야 해요", "Send `Content-Type: application/json`.", "`Content-Type: application/json`으로 보내세요.";
    Internal = 7900, "internal", 500, 1, "Something in metel went wrong", "metel 안에서 문제가 생겼어요", "Try again; if it stays, send the request id with a report.", "다시 해 보고, 계속되면 요청 id와 함께 알려 주세요.";
}

impl Code {
    /// `METEL-0042`.
    pub fn name(self) -> String {
        format!("METEL-{:04}", self.number())
    }

    pub fn from_name(name: &str) -> Option<Self> {
        name.strip_prefix("METEL-")?.parse().ok().and_then(Self::from_number)
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.name())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(from)?;
        Code::from_name(&name).ok_or_else(|| serde::de::Error::custom("unknown error code"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_kinds_are_unique() {
        let mut numbers: Vec<_> = Code::ALL.iter().map(|c| c.number()).collect();
        let mut kinds: Vec<_> = Code::ALL.iter().map(|c| c.kind()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!((numbers.len(), kinds.len()), (Code::ALL.len(), Code::ALL.len()));
    }
}
