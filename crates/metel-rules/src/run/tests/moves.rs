//! What might be asked of a run next: mostly what its steps wait for, sometimes anything at all.

use super::*;

/// One random move: which step, what, how much later, with how much room.
pub type Move = (u8, u8, u8, u16);

/// Lets time pass, perhaps changes the surroundings, and sends one command.
pub fn make(w: &mut World, (which, what, more, later): Move) {
    w.now = w.now.plus_millis(u64::from(later) * 10);
    w.starts = if more.is_multiple_of(8) { u32::from(which) % 3 } else { u32::MAX };
    if what == 255 {
        change_facts(w, more);
    }
    let command = next(w, usize::from(which), what, more);
    if let Ok(events) = w.send(command) {
        for effect in react(&w.run, &events) {
            assert_eq!(effect.key, key_of(w.run.id, &effect.step, w.run.steps[&effect.step].group));
        }
    }
}

fn change_facts(w: &mut World, more: u8) {
    match more % 4 {
        0 => w.facts.model = !w.facts.model,
        1 => w.facts.disabled = if w.facts.disabled.is_empty() { vec!["s.blind".into()] } else { Vec::new() },
        2 => w.facts.approvers = 1 + u32::from(more / 4 % 2),
        _ => {
            let state = [ConnectionState::Ready, ConnectionState::Expired][usize::from(more / 4 % 2)];
            w.facts.connections.get_mut("s").unwrap().state = state;
        }
    }
}

fn next(w: &World, which: usize, what: u8, more: u8) -> Command {
    let by = || "user:2".to_owned();
    if w.run.status.is_final() {
        return if what.is_multiple_of(4) { wild(w, which, what, more) } else { Command::Retry { by: by() } };
    }
    match what {
        0..=5 => return Command::Cancel { by: by(), reason: None },
        6..=40 => return wild(w, which, what, more),
        _ => {}
    }
    if w.run.paused.is_some() && what.is_multiple_of(3) {
        return Command::Resume { by: by() };
    }
    if matches!(what, 41..=44) {
        return Command::Pause { by: by(), reason: None };
    }
    let waits = |s: &Step| matches!(s.waiting, Some(WaitingFor::Input | WaitingFor::Message));
    let moving = |s: &Step| s.is_active() || matches!(s.status, StepStatus::InDoubt) || waits(s);
    let open: Vec<(&String, &Step)> = w.run.steps.iter().filter(|(id, s)| moving(s) && *id != DEADLINE_STEP).collect();
    let Some((id, step)) = open.get(which % open.len().max(1)) else { return Command::Retry { by: by() } };
    fitting(w, id, step, what, more)
}

/// What this step waits for.
fn fitting(w: &World, id: &str, step: &Step, what: u8, more: u8) -> Command {
    let (id, by) = (id.to_owned(), "user:2".to_owned());
    match (step.status, step.waiting) {
        (StepStatus::Running, _) if what.is_multiple_of(16) => Command::Rescue { step: id, intent: step.intent },
        (StepStatus::Running, _) if what % 16 == 1 => Command::Withdraw { step: id, intent: step.intent },
        (StepStatus::Running, _) => {
            let outcome = Box::new(outcome(w, step, more));
            Command::Observe { step: id, intent: step.intent, outcome }
        }
        (StepStatus::InDoubt, _) => {
            let happened = more.is_multiple_of(2);
            Command::Resolve { step: id, intent: None, happened, output: happened.then(|| json!({"url": "r"})), by }
        }
        (StepStatus::Waiting, Some(WaitingFor::Approval)) if !what.is_multiple_of(16) => match &step.approval {
            Some(shown) => decide_on(shown, decision(more)),
            None => Command::Wake { step: id },
        },
        (StepStatus::Waiting, Some(WaitingFor::Message)) if more.is_multiple_of(2) => {
            messages::message(u128::from(what), "x", "", json!({"n": more}), more.is_multiple_of(4))
        }
        (StepStatus::Waiting, Some(WaitingFor::Input)) if step.task.is_some() && more.is_multiple_of(3) => {
            Command::Wake { step: id }
        }
        (StepStatus::Waiting, Some(WaitingFor::Input)) if step.task.is_some() => {
            people::submit(&id, if more.is_multiple_of(2) { json!({"n": 1}) } else { json!(3) })
        }
        (StepStatus::Waiting, Some(WaitingFor::Input)) => {
            let values = step.missing.iter().map(|field| (field.key(), json!("#team"))).collect();
            Command::Input { values, by }
        }
        (StepStatus::Waiting, Some(WaitingFor::Child)) => {
            let error = (more.is_multiple_of(3)).then(|| Fault::new(Code::StepFailed));
            let output = Stored::inline(json!({"child": more}));
            Command::ChildDone {
                step: id,
                run: step.child.unwrap_or(w.run.id),
                output,
                untrusted: what.is_multiple_of(2),
                error,
            }
        }
        _ => Command::Wake { step: id },
    }
}

fn decision(more: u8) -> Decision {
    match more % 8 {
        0 => Decision::Reject { reason: Some("아니요".into()) },
        1 => Decision::Edit { payload: json!({"text": "고침", "to": "team"}) },
        2 => Decision::Edit { payload: json!({"text": "MISSING"}) },
        3 => Decision::Mask {},
        4 => Decision::Approve { all_like_this: true },
        _ => Decision::Approve { all_like_this: false },
    }
}

fn outcome(w: &World, step: &Step, more: u8) -> Outcome {
    let status = |status: u16| Outcome { status: Some(status), ..Outcome::answer(json!({"found": null}), 1) };
    let good = |value: Value| Outcome { status: Some(200), ..Outcome::answer(value, 1) };
    let fault = |code: Code, certainty: Certainty| Outcome::fault(Fault::new(code), certainty, 1);
    match (more % 16, step.effect) {
        // Whoever asks judges the answer: a bad one comes back as a fault.
        (0..=6, Some(EffectKind::Reconcile)) => fault(Code::ToolFailed, Certainty::Certain),
        (0 | 1, _) => status(500),
        (2 | 3, _) => fault(Code::ToolTimeout, Certainty::Ambiguous),
        (4, _) => fault(Code::NetworkFailed, Certainty::Certain),
        (5, _) => status(404),
        (6, _) => Outcome { retry_after_ms: Some(500), ..status(429) },
        (7, Some(EffectKind::Tool)) => good(json!([1])),
        (8, Some(EffectKind::Reconcile)) => good(json!({"found": "cannot tell"})),
        (9..=11, Some(EffectKind::Reconcile)) => good(json!({"found": null})),
        (_, Some(EffectKind::Reconcile)) => good(json!({"found": {"url": "https://f"}})),
        (_, Some(EffectKind::Agent)) if !(more / 16).is_multiple_of(4) => {
            let tools = ["s.read", "s.web", "s.find", "s.blind", "s.delete", "s.mail", "s.pay"];
            let call = |n: u8| {
                let args = match n % 5 {
                    0 => json!({"text": "MISSING"}),
                    1 => json!({"to": "a@b.kr"}),
                    n => json!({"text": format!("{n}"), "to": "a@b.kr"}),
                };
                json!({"tool": tools[usize::from(n) % tools.len()], "args": args})
            };
            good(
                json!({"text": "", "calls": (0..1 + more % 3).map(|n| call((more / 16).wrapping_add(n.wrapping_mul(more)))).collect::<Vec<_>>()}),
            )
        }
        (_, Some(EffectKind::Agent)) => good(json!({"answer": "끝"})),
        (_, Some(EffectKind::Plan)) => {
            let done: Vec<String> = w
                .run
                .steps
                .iter()
                .filter(|(id, s)| s.status == StepStatus::Succeeded && id.starts_with(['a', 'b', 'n']))
                .map(|(id, _)| id.clone())
                .collect();
            good(json!({"plan": shapes::proposal(more / 16 + more % 3, &done)}))
        }
        (_, Some(EffectKind::Author)) => good(json!({"text": "쓴 글"})),
        _ => good(json!({"url": format!("https://n/{more}")})),
    }
}

/// Anything, to anything: late, early, forged, repeated.
fn wild(w: &World, which: usize, what: u8, more: u8) -> Command {
    let steps: Vec<&String> = w.run.steps.keys().collect();
    let id = steps.get(which % steps.len().max(1)).map_or("nowhere".to_owned(), |s| (*s).clone());
    let step = w.run.steps.get(&id).cloned().unwrap_or_default();
    let shown = step.approval.clone().unwrap_or(PendingApproval {
        id: ApprovalId(Uuid::from_u128(u128::from(more))),
        digest: Digest::ZERO,
        expires_at: Micros(0),
    });
    let stale = step.intent.wrapping_sub(u32::from(more % 2));
    let by = "user:1".to_owned();
    match what % 10 {
        0 => Command::Observe { step: id, intent: stale, outcome: Box::new(outcome(w, &step, more)) },
        1 => Command::Rescue { step: id, intent: stale },
        2 => Command::Withdraw { step: id, intent: stale },
        3 => decide_on(&PendingApproval { digest: Digest::of(&[more]), ..shown }, decision(more)),
        4 => decide_on(&PendingApproval { id: ApprovalId(Uuid::nil()), ..shown }, decision(more)),
        5 => Command::Resolve {
            step: id,
            intent: None,
            happened: more.is_multiple_of(2),
            output: Some(json!({"url": "r"})),
            by,
        },
        6 => Command::ChildDone { step: id, run: w.run.id, output: Stored::null(), untrusted: false, error: None },
        7 => Command::Input { values: [(format!("{id}.to"), json!("x"))].into(), by },
        8 => Command::Wake { step: id },
        _ => Command::Retry { by },
    }
}
