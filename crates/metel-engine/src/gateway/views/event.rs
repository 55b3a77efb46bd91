//! One event for a person: its data and a sentence in both languages.

use metel_model::approval::Decision;
use metel_model::event::Event;
use metel_model::hash::Digest;
use metel_model::lang::{Lang, Text};
use metel_model::time::Micros;
use serde_json::{Value, json};

/// How a step is called; its id where it has no label.
pub type Labels<'l> = &'l dyn Fn(&str) -> Text;

/// `hash` only for the last event of its transition.
pub fn event(seq: u64, event: &Event, at: Micros, actor: &str, hash: Option<Digest>, labels: Labels<'_>) -> Value {
    let mut data = serde_json::to_value(event).unwrap_or_default();
    if let Some(members) = data.as_object_mut() {
        members.remove("type");
    }
    let summary = summary(event, labels);
    let mut kind = event.name();
    if let Event::Sealed { was, .. } = event {
        (kind, data) = (was.as_str(), json!({"erased": true}));
    }
    json!({
        "seq": seq,
        "type": kind,
        "at": at.rfc3339(),
        "actor": actor,
        "step": event.step(),
        "summary": super::both(&summary),
        "hash": hash,
        "data": data,
    })
}

/// The sentence for one event.
pub fn summary(event: &Event, labels: Labels<'_>) -> Text {
    let about = |step: &str, en: &str, ko: &str| {
        let label = labels(step);
        Text::new(format!("{}: {en}", label.en), format!("{}: {ko}", label.ko))
    };
    let why = |step: &str, en: &str, ko: &str, fault: &metel_model::Fault| {
        let (e, k) = (fault.sentence(Lang::En), fault.sentence(Lang::Ko));
        about(step, &format!("{en}: {e}"), &format!("{ko}: {k}"))
    };
    match event {
        Event::RunStarted(started) => match &started.request {
            Some(request) => Text::new(format!("Asked: {}", request.text), format!("요청: {}", request.text)),
            None => Text::new(format!("Started: {}", started.name), format!("시작: {}", started.name)),
        },
        Event::RunForked(forked) => {
            let (run, seq) = (forked.from.short(), forked.seq);
            Text::new(
                format!("Forked from run {run} after event {seq}"),
                format!("실행 {run}의 이벤트 {seq} 뒤에서 갈라졌어요"),
            )
        }
        Event::RunMigrated { by, .. } => {
            Text::new(format!("{by} moved it to another version"), format!("다른 판으로 옮겼어요 ({by})"))
        }
        Event::FactsBound { .. } => {
            Text::new("The workspace's policy or connections changed", "워크스페이스의 정책이나 연결이 바뀌었어요")
        }
        Event::PlanAccepted { version, plan, .. } => {
            let n = plan.actions.len();
            Text::new(format!("Plan {version} with {n} actions"), format!("계획 {version}판, 할 일 {n}개"))
        }
        Event::StepReady { step } => about(step, "ready", "준비됐어요"),
        Event::StepStarted { step, items: Some(n), .. } => {
            about(step, &format!("begins over {n} items"), &format!("항목 {n}개를 시작해요"))
        }
        Event::StepStarted { step, .. } => about(step, "begins", "시작해요"),
        Event::ItemStarted { step, index } => {
            about(step, &format!("item {} begins", index + 1), &format!("{}번째 항목을 시작해요", index + 1))
        }
        Event::ItemEnded { step, index, failed: false, .. } => {
            about(step, &format!("item {} done", index + 1), &format!("{}번째 항목이 끝났어요", index + 1))
        }
        Event::ItemEnded { step, index, failed: true, .. } => {
            about(step, &format!("item {} failed", index + 1), &format!("{}번째 항목이 실패했어요", index + 1))
        }
        Event::EffectIntended { step, target, .. } => {
            about(step, &format!("about to call {target}"), &format!("{target} 호출을 적어 두었어요"))
        }
        Event::EffectWithdrawn { step, .. } => about(step, "not sent after all", "보내지 않았어요"),
        Event::EffectObserved { step, outcome, .. } => match (&outcome.fault, outcome.status) {
            (Some(fault), _) => why(step, "no good answer", "쓸 수 있는 답이 없어요", fault),
            (None, Some(status)) => {
                let ms = outcome.ms;
                about(step, &format!("answered {status} in {ms} ms"), &format!("응답 {status}, {ms}ms"))
            }
            (None, None) => about(step, &format!("answered in {} ms", outcome.ms), &format!("응답, {}ms", outcome.ms)),
        },
        Event::StepSucceeded { step, .. } => about(step, "done", "끝났어요"),
        Event::StepSkipped { step, .. } => about(step, "not needed", "건너뛰었어요"),
        Event::StepRetry { step, attempt, error, .. } => why(
            step,
            &format!("trying again (after attempt {attempt})"),
            &format!("다시 해요({attempt}번째 시도 뒤)"),
            error,
        ),
        Event::StepFailed { step, error, .. } => why(step, "failed", "실패했어요", error),
        Event::StepSleeping { step, at } => {
            about(step, &format!("sleeps until {}", at.rfc3339()), &format!("{}까지 기다려요", at.rfc3339()))
        }
        Event::StepInDoubt { step, error } => {
            why(step, "it is unknown whether it happened", "실제로 이루어졌는지 알 수 없어요", error)
        }
        Event::DoubtResolved { step, happened: true, by, .. } => {
            about(step, &format!("{by} says it happened"), &format!("이루어졌다고 확인함 ({by})"))
        }
        Event::DoubtResolved { step, by, .. } => {
            about(step, &format!("{by} says it did not happen"), &format!("이루어지지 않았다고 확인함 ({by})"))
        }
        Event::LeaseLost { step, .. } => {
            about(step, "its worker is gone; another takes over", "맡은 작업자가 사라져 다른 작업자가 이어받아요")
        }
        Event::InputRequested { step, fields } => {
            let names = fields.iter().map(|f| f.field.as_str()).collect::<Vec<_>>().join(", ");
            about(step, &format!("needs {names}"), &format!("알려 주세요: {names}"))
        }
        Event::InputGiven { step, by, .. } => {
            about(step, &format!("information given by {by}"), &format!("정보를 받았어요 ({by})"))
        }
        Event::ApprovalRequested { ask } => about(&ask.step, "waits for approval", "승인을 기다려요"),
        Event::ApprovalDecided { step, decision, by, .. } => {
            let (en, ko) = match decision {
                Decision::Approve { .. } => ("approved", "승인함"),
                Decision::Edit { .. } => ("approved with edits", "고쳐서 승인함"),
                Decision::Mask {} => ("approved with personal data masked", "개인정보를 가리고 승인함"),
                Decision::Reject { .. } => ("rejected", "거절함"),
            };
            about(step, &format!("{en} by {by}"), &format!("{ko} ({by})"))
        }
        Event::ApprovalVoted { step, by, .. } => about(
            step,
            &format!("approved by {by}; others are asked too"),
            &format!("승인함, 다른 사람도 기다려요 ({by})"),
        ),
        Event::ApprovalDelegated { step, by, to, .. } => {
            about(step, &format!("{by} handed the decision to {to}"), &format!("결정을 넘겼어요 ({by} → {to})"))
        }
        Event::ApprovalQuestioned { step, by, .. } => {
            about(step, &format!("{by} asks back"), &format!("되물었어요 ({by})"))
        }
        Event::ApprovalAnswered { step, by, .. } => about(step, &format!("{by} answers"), &format!("답했어요 ({by})")),
        Event::ApprovalEscalated { step, to, .. } => {
            let to = to.join(", ");
            about(step, &format!("nobody decided; also asked: {to}"), &format!("결정이 없어 더 물었어요: {to}"))
        }
        Event::EnvelopeSealed { envelope, by, .. } => Text::new(
            format!("{by} approved the plan: {} calls of {} tools", envelope.calls, envelope.tools.len()),
            format!("계획을 통째로 승인했어요: 도구 {}개, 호출 {}번까지 ({by})", envelope.tools.len(), envelope.calls),
        ),
        Event::EnvelopeUsed { step, .. } => about(step, "within the approved plan", "승인된 계획 안이에요"),
        Event::StandingUsed { step, rule, .. } => {
            let rule = rule.short();
            about(step, &format!("covered by standing rule {rule}"), &format!("늘 승인 규칙 {rule} 안이에요"))
        }
        Event::ApprovalExpired { step, .. } => about(step, "nobody decided in time", "제때 결정한 사람이 없었어요"),
        Event::ApprovalVoided { step, .. } => about(step, "the approval is void", "승인이 무효가 되었어요"),
        Event::ChildStarted { step, run, .. } => {
            about(step, &format!("starts run {}", run.short()), &format!("실행 {} 시작", run.short()))
        }
        Event::ChildFinished { step, run, error: None, .. } => {
            about(step, &format!("run {} is done", run.short()), &format!("실행 {} 끝", run.short()))
        }
        Event::ChildFinished { step, error: Some(error), .. } => {
            why(step, "its run failed", "하위 실행이 실패했어요", error)
        }
        Event::ReplanRequested { step, cause } => {
            about(step, &format!("another plan is needed: {cause}"), &format!("다시 계획해야 해요: {cause}"))
        }
        Event::MessageAwaited { step, name, .. } => {
            about(step, &format!("waits for the message {name}"), &format!("메시지를 기다려요: {name}"))
        }
        Event::MessageReceived { step, by, .. } => {
            about(step, &format!("a message came from {by}"), &format!("메시지가 왔어요 ({by})"))
        }
        Event::MessageEmitted { step, name, .. } => {
            about(step, &format!("publishes the message {name}"), &format!("메시지를 보내요: {name}"))
        }
        Event::TaskAsked { step, .. } => about(step, "waits for a form", "양식을 채워 주기를 기다려요"),
        Event::TaskSubmitted { step, by, .. } => {
            about(step, &format!("filled in by {by}"), &format!("양식을 채웠어요 ({by})"))
        }
        Event::CallsNamed { step, round, calls } => {
            let tools: Vec<&str> = calls.iter().map(|call| call.tool.as_str()).collect();
            let tools = tools.join(", ");
            about(step, &format!("round {round}: wants {tools}"), &format!("{round}번째: {tools} 사용"))
        }
        Event::RoundEnded { step, .. } => about(step, "read what came back", "돌아온 것을 읽었어요"),
        Event::UndoKept { step, .. } => about(step, "can be taken back", "되돌릴 수 있어요"),
        Event::RunPaused { by, .. } => Text::new(format!("Paused by {by}"), format!("잠시 멈췄어요 ({by})")),
        Event::RunResumed { by } => Text::new(format!("Resumed by {by}"), format!("다시 이어서 해요 ({by})")),
        Event::RunUndoing {} => Text::new("What was done is being taken back", "한 일을 되돌리고 있어요"),
        Event::CancelRequested { by, .. } => Text::new(format!("{by} cancels the run"), format!("취소 요청 ({by})")),
        Event::StepCancelled { step } => about(step, "cancelled", "취소되었어요"),
        Event::RunFailing { error } => Text::new(
            format!("Failing: {}", error.sentence(Lang::En)),
            format!("실패로 끝나는 중: {}", error.sentence(Lang::Ko)),
        ),
        Event::RunCompleted { .. } => Text::new("The run is completed", "실행을 마쳤어요"),
        Event::RunFailed { error, .. } => Text::new(
            format!("The run failed: {}", error.sentence(Lang::En)),
            format!("실행이 실패했어요: {}", error.sentence(Lang::Ko)),
        ),
        Event::RunCancelled { by } => {
            Text::new(format!("The run was cancelled by {by}"), format!("실행을 취소했어요 ({by})"))
        }
        Event::Sealed { step: Some(step), .. } => about(step, "erased", "지워졌어요"),
        Event::Sealed { .. } => Text::new("Erased", "지워졌어요"),
        Event::RunRetried { by, .. } => Text::new(format!("{by} starts it again"), format!("다시 시작했어요 ({by})")),
    }
}
