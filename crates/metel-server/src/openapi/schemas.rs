//! The schemas that several operations share. Lists of words come from the model, so they cannot
//! drift; that answers fit is held by a test over real ones.

use metel_model::plan::PlannerKind;
use metel_model::provenance::Origin;
use metel_model::status::{ApprovalStatus, Risk, RunStatus, StepStatus, WaitingFor};
use serde_json::{Map, Value, json};

use super::shape::{any, digest, effect, flag, id, integer, lang, list, map, maybe, object, of, text, time, words};
use crate::permission::Role;

/// The contract's own schema, which files are checked with too.
const CONTRACT: &str = include_str!("../../../../docs/schemas/tool-contract.schema.json");

pub fn all() -> Value {
    let mut all = Map::new();
    for part in [basics(), runs(), plans(), approvals(), surroundings(), people(), contracts(), models(), money_of()] {
        all.extend(part.as_object().cloned().unwrap_or_default());
    }
    Value::Object(all)
}

fn keys<T: Copy>(all: &[T], key: fn(T) -> &'static str) -> Value {
    words(&all.iter().map(|one| key(*one)).collect::<Vec<_>>())
}

fn risks() -> Value {
    list(keys(Risk::ALL, Risk::key))
}

fn count() -> Value {
    integer(0, None)
}

/// Microseconds since 1970, UTC, exactly as signed.
fn micros() -> Value {
    json!({"type": "integer", "description": "Microseconds since 1970, UTC."})
}

fn number() -> Value {
    json!({"type": "number"})
}

/// A time of day.
fn hour() -> Value {
    json!({"type": "string", "pattern": "^([01]?[0-9]|2[0-4]):[0-5][0-9]$"})
}

fn hex(bytes: usize) -> Value {
    json!({"type": "string", "pattern": format!("^[0-9a-f]{{{}}}$", 2 * bytes)})
}

/// Micro-credits.
fn money() -> Value {
    json!({"type": "integer", "description": "Micro-credits."})
}

/// A value kept by its content hash stands as `{"$blob", "bytes"}`.
fn value() -> Value {
    json!({"description": "Any value; a large one stands as {\"$blob\": digest, \"bytes\": n}, see /v1/blobs/{digest}."})
}

/// Models of a workspace.
fn models() -> Value {
    json!({
        "ModelSettings": super::shape::body(json!({
            "models": map(super::shape::body(json!({
                "base_url": text(), "model": text(), "protocol": maybe(&text()), "secret": maybe(&text()),
                "price": maybe(&of("ModelPrice")),
                "limits": super::shape::body(json!({
                    "concurrent_max": integer(0, Some(10_000)), "waiting_max": integer(0, Some(1_000_000)),
                    "requests_per_minute": maybe(&count()), "tokens_per_minute": maybe(&count()),
                }), &[]),
            }), &["base_url", "model"])),
            "aliases": map(list(text())),
        }), &[]),
        "ModelPrice": super::shape::body(json!({
            "input": integer(0, None), "output": integer(0, None), "cached": maybe(&integer(0, None)),
            "cache_written": maybe(&integer(0, None)),
        }), &["input", "output"]),
        "Prompt": object(json!({
            "name": text(), "tokens": count(),
            "sections": list(object(json!({"name": text(), "tokens": count(), "text": text()}), &[])),
        }), &[]),
        "ModelTrial": object(json!({
            "ok": flag(), "model": text(), "ms": count(), "answer": maybe(&text()), "usage": maybe(&any()), "fault": maybe(&text()),
        }), &[]),
        "ModelUse": object(json!({
            "model": text(), "purpose": text(), "calls": count(), "input_tokens": count(), "output_tokens": count(),
            "cached_tokens": count(), "reasoning_tokens": count(), "cost": {"type": "integer"}, "calls_without_cost": count(),
        }), &[]),
    })
}

/// Credits and budgets.
fn money_of() -> Value {
    json!({
        "Credits": object(json!({
            "available": {"type": "integer"}, "held": {"type": "integer"}, "spent": {"type": "integer"}, "granted": {"type": "integer"},
        }), &[]),
        "CreditEntry": object(json!({
            "number": count(), "transfer": text(), "account": text(), "amount": {"type": "integer"}, "kind": text(),
            "note": text(), "at": time(),
        }), &[]),
        "Budget": object(json!({
            "scope": text(), "cap": maybe(&json!({"type": "integer"})), "held": {"type": "integer"}, "spent": {"type": "integer"},
        }), &[]),
    })
}

fn basics() -> Value {
    let field = object(
        json!({"pointer": {"type": "string", "description": "JSON pointer (RFC 6901), or the name of a header or query value."}, "message": text()}),
        &[],
    );
    json!({
        "Text": object(json!({"en": text(), "ko": text()}), &[]),
        "Problem": {
            "type": "object",
            "required": ["type", "title", "status", "code", "kind", "hint"],
            "properties": {
                "type": {"type": "string", "pattern": "^/help/METEL-[0-9]{4}$"},
                "title": text(),
                "status": integer(400, Some(599)),
                "code": {"type": "string", "pattern": "^METEL-[0-9]{4}$"},
                "kind": {"type": "string", "pattern": "^[a-z_]+(\\.[a-z_]+)?$"},
                "detail": text(), "instance": text(), "where": text(), "hint": text(), "request_id": text(),
                "errors": list(field),
                "retry_after_ms": count(),
            }
        },
    })
}

fn summary() -> Value {
    json!({
        "id": id("run"), "short": text(), "name": text(), "title": text(),
        "status": keys(RunStatus::ALL, RunStatus::key),
        "waiting": maybe(&keys(WaitingFor::ALL, WaitingFor::key)),
        "display": text(), "request": maybe(&text()), "steps_done": count(), "steps_total": count(), "cost": money(),
        "tokens": count(), "created_at": time(), "updated_at": time(), "by": text(),
        "parent": maybe(&object(json!({"run": id("run"), "step": text()}), &[])),
        "error": maybe(&of("Problem")),
    })
}

fn runs() -> Value {
    let mut run = summary();
    let link = object(json!({"title": text(), "url": text()}), &[]);
    let rest = json!({
        "workflow": maybe(&digest()), "plan": maybe(&of("Plan")), "plan_version": count(), "input": value(),
        "subject": maybe(&object(json!({"id": text(), "erased_at": maybe(&time())}), &[])),
        "output": value(), "answer": maybe(&object(json!({"text": text(), "links": list(link), "worded": flag()}), &[])),
        "session": maybe(&id("sess")), "simulated": flag(), "paused": maybe(&text()), "undoing": flag(),
        "priority": integer(-100, Some(100)), "deadline": maybe(&time()), "seq": count(), "version": count(), "head": digest(),
        "steps": list(of("Step")), "missing": list(of("MissingField")), "approvals": list(of("Approval")),
    });
    if let (Some(run), Value::Object(rest)) = (run.as_object_mut(), rest) {
        run.extend(rest);
    }
    let first = object(json!({"seq": count(), "what": text()}), &[]);
    json!({
        "RunSummary": object(summary(), &[]),
        "Run": object(run, &[]),
        "Step": object(json!({
            "id": text(), "label": of("Text"), "type": text(), "tool": maybe(&text()), "agent": maybe(&text()),
            "status": keys(StepStatus::ALL, StepStatus::key), "waiting": maybe(&keys(WaitingFor::ALL, WaitingFor::key)),
            "attempt": count(), "intent": count(), "parent": maybe(&text()), "started_at": maybe(&time()), "ended_at": maybe(&time()),
            "ms": maybe(&count()), "payload": value(), "output": value(), "products": map(any()), "untrusted": flag(),
            "error": maybe(&of("Problem")), "wake_at": maybe(&time()), "approval": maybe(&id("appr")),
            "message": maybe(&object(json!({"name": text(), "correlation": text()}), &[])),
            "task": maybe(&object(
                json!({"title": of("Text"), "form": value(), "assignee": maybe(&text()), "due": maybe(&time())}), &[])),
            "child": maybe(&id("run")), "after": list(text()), "risk": risks(),
        }), &[]),
        "Message": object(json!({
            "id": id("msg"), "name": text(), "correlation": text(), "payload": value(), "untrusted": flag(), "by": text(),
            "at": time(), "expires": time(), "state": words(&["new", "kept", "given", "taken"]),
        }), &[]),
        "Migration": object(json!({
            "workflow": text(), "version": integer(1, None), "to": digest(), "dry_run": flag(), "moved": count(),
            "runs": list(object(json!({
                "run": id("run"), "from": digest(),
                "blockers": list(object(json!({"step": text(), "message": text()}), &[])),
            }), &[])),
        }), &[]),
        "Event": object(json!({
            "seq": integer(1, None), "type": text(), "at": time(), "actor": text(), "step": maybe(&text()),
            "summary": of("Text"), "hash": maybe(&digest()), "data": any(),
        }), &[]),
        "Replay": object(json!({
            "events": count(), "differences": count(), "outside_calls": count(), "erased": count(), "state_hash": digest(),
            "first_difference": maybe(&first), "ms": count(),
        }), &[]),
    })
}

fn plans() -> Value {
    let approval = object(json!({"rule": text(), "reason": of("Text")}), &[]);
    json!({
        "MissingField": object(json!({"key": text(), "title": of("Text"), "schema": any(), "candidates": list(any())}), &[]),
        "PlanAction": object(json!({
            "id": text(), "tool": text(), "title": of("Text"), "sentence": of("Text"), "args": map(any()), "risk": risks(),
            "requires": list(text()), "produces": list(text()), "approval": maybe(&approval),
        }), &[]),
        "Plan": object(json!({
            "id": maybe(&id("plan")), "goal": text(),
            "planner": {"type": "string", "enum": [PlannerKind::Template, PlannerKind::Model, PlannerKind::Person]},
            "template": maybe(&text()), "actions": list(of("PlanAction")), "missing": list(of("MissingField")),
            "assumptions": list(of("Text")), "tools_considered": list(text()), "needs_approval": flag(),
            "model": maybe(&text()), "ms": count(),
        }), &[]),
    })
}

fn approvals() -> Value {
    let mark = object(json!({"pointer": text(), "kind": text(), "masked": text()}), &[]);
    let verdict = object(
        json!({
            "effect": effect(), "rule": text(), "reasons": list(of("Text")), "pii": list(mark), "untrusted": list(text()), "outside": flag(),
            "driven": flag(),
            "origins": map(keys(&Origin::ALL, Origin::key)),
        }),
        &[],
    );
    let channel = words(&["web", "cli", "api", "system", "link", "slack", "telegram"]);
    let vote = object(json!({"by": text(), "channel": channel, "at": time()}), &[]);
    let need = object(
        json!({
            "rule": text(), "approvers": list(text()), "quorum": count(), "separation": flag(), "have": count(),
            "escalation": maybe(&object(json!({"to": list(text()), "at": time(), "done": flag()}), &[])),
        }),
        &[],
    );
    let handover = object(json!({"from": text(), "to": text(), "reason": maybe(&text()), "at": time()}), &[]);
    let reply = object(json!({"by": text(), "text": text(), "at": time()}), &[]);
    let question = object(json!({"by": text(), "text": text(), "at": time(), "answer": maybe(&reply)}), &[]);
    let decided = object(
        json!({
            "by": text(), "channel": channel, "at": time(), "reason": maybe(&text()),
        }),
        &[],
    );
    json!({
        "Standing": object(json!({
            "id": id("stand"), "tool": text(), "receivers": list(text()), "amount_micros": maybe(&money()),
            "until": time(), "uses": count(), "used": count(), "stands": flag(), "approval": id("appr"), "by": text(),
            "created_at": time(), "revoked_at": maybe(&time()),
        }), &[]),
        "Approval": object(json!({
            "id": id("appr"), "short": text(), "run": id("run"), "step": text(),
            "status": keys(ApprovalStatus::ALL, ApprovalStatus::key), "title": of("Text"), "tool": maybe(&text()),
            "version": maybe(&text()), "digest": digest(), "payload": value(), "preview": of("Text"), "risk": risks(),
            "verdict": verdict, "names": map(text()), "undo": maybe(&of("Text")), "request": maybe(&text()), "created_at": time(),
            "expires_at": time(), "decided": maybe(&decided), "needs": list(need), "votes": list(vote),
            "delegations": list(handover), "questions": list(question),
        }), &[]),
    })
}

fn surroundings() -> Value {
    let workflow = json!({
        "name": text(), "version": integer(1, None), "title": of("Text"), "description": maybe(&of("Text")),
        "input_schema": any(), "front": text(), "digest": digest(), "nodes": count(), "created_at": time(),
    });
    let mut whole = workflow.clone();
    whole["definition"] = json!({"type": "object", "required": ["name", "nodes", "edges", "entry_point"]});
    let fault = object(
        json!({"run": maybe(&text()), "seq": maybe(&count()), "checkpoint": maybe(&count()), "what": text()}),
        &[],
    );
    let checkpoint = json!({
        "workspace": id("ws"), "number": count(), "at": micros(), "previous": digest(), "leaves": count(),
        "root": digest(), "chains": count(), "events": count(), "key": hex(32), "signature": hex(64),
    });
    let mut named = checkpoint.clone();
    // The workspace's journal stands among the runs under the workspace's own number.
    named["named"] = list(object(json!({"run": id("run"), "seq": count(), "head": digest()}), &[]));
    let sandbox = object(json!({"url": text(), "services": list(text())}), &[]);
    let rule_when = json!({
        "tool": maybe(&text()), "service": maybe(&text()), "risk": risks(), "agent": maybe(&text()), "condition": maybe(&text()),
        "amount": maybe(&super::shape::body(json!({"over": maybe(&number()), "under": maybe(&number())}), &[])),
        "domains": list(text()),
        "hours": maybe(&super::shape::body(
            json!({"from": hour(), "to": hour(), "zone": text(), "days": list(words(&["mon", "tue", "wed", "thu", "fri", "sat", "sun"]))}),
            &["from", "to"],
        )),
        "origins": list(keys(&Origin::ALL, Origin::key)),
    });
    let either = json!({"anyOf": [text(), super::shape::body(json!({"en": text(), "ko": text()}), &["en", "ko"])]});
    let rule = super::shape::body(
        json!({
            "id": text(), "when": super::shape::body(rule_when, &[]), "effect": effect(), "reason": either,
            "approvers": list(text()), "quorum": maybe(&integer(1, Some(20))), "separation": flag(),
            "escalation": maybe(&super::shape::body(json!({"after_ms": count(), "to": list(text())}), &["after_ms", "to"])),
        }),
        &["id", "effect"],
    );
    let inside = super::shape::body(json!({"domains": list(text()), "shared_channels": list(text())}), &[]);
    json!({
        "Tool": object(json!({
            "id": text(), "version": text(), "title": of("Text"), "description": of("Text"), "risk": risks(),
            "scopes": list(text()), "service": text(), "connected": flag(), "trust": text(), "idempotency": map(any()),
            "input_schema": any(), "produces": map(any()), "digest": digest(), "enabled": flag(),
        }), &[]),
        "Connection": object(json!({
            "id": id("conn"), "service": text(), "title": of("Text"), "state": words(&["ready", "expired", "revoked"]),
            "scopes": list(text()), "sandbox": flag(), "base_url": maybe(&text()), "created_at": time(),
            "kind": words(&["oauth", "service_account", "key", "none"]), "expires_at": maybe(&time()),
            "trouble": maybe(&of("Text")),
        }), &[]),
        "Authorization": object(json!({
            "id": id("auth"), "url": maybe(&text()), "service": maybe(&text()), "expires_at": time(),
            "status": words(&["waiting", "taken", "done", "failed", "expired"]),
            "connection": maybe(&id("conn")), "scopes": maybe(&list(text())), "missing": maybe(&list(text())),
            "fault": maybe(&of("Problem")),
        }), &[]),
        "ConnectionTest": object(json!({
            "ok": flag(), "status": maybe(&integer(100, Some(599))), "ms": count(), "fault": maybe(&of("Problem")),
        }), &[]),
        "Vault": object(json!({
            "master": text(), "earlier": list(text()), "kept": words(&["file", "environment", "memory"]), "behind": count(),
        }), &[]),
        "VaultRotation": object(json!({
            "master": text(), "earlier": list(text()), "kept": words(&["file", "environment", "memory"]), "behind": count(),
            "rewrapped": count(), "shut": count(), "resealed": count(),
        }), &[]),
        "Secret": object(json!({
            "name": text(), "last4": maybe(&text()), "version": integer(1, None), "updated_at": time(),
        }), &[]),
        "Workflow": object(workflow, &[]),
        "WholeWorkflow": object(whole, &[]),
        "Template": object(json!({
            "skill": text(), "title": of("Text"), "description": of("Text"), "examples": list(text()), "params": map(any()),
        }), &[]),
        "Agent": object(json!({
            "name": text(), "title": of("Text"), "persona": text(), "model": maybe(&text()), "cost_per_run": money(),
            "parameters": object(json!({"temperature": {"type": "number"}, "max_tokens": count()}), &[]),
        }), &["model"]),
        "Policy": super::shape::body(json!({
            "name": text(), "rules": list(rule), "inside": inside, "approval_expires_ms": maybe(&count()),
        }), &[]),
        "Audit": object(json!({
            "ok": flag(), "runs": count(), "events": count(), "signed_events": count(), "checkpoints": count(),
            "newest_checkpoint": maybe(&time()), "first_fault": maybe(&fault), "ms": count(),
        }), &[]),
        "Subject": object(json!({
            "id": text(), "runs": count(), "newest_runs": list(id("run")), "erased_at": maybe(&time()),
        }), &[]),
        "Checkpoint": object(checkpoint, &[]),
        "NamedCheckpoint": object(named, &[]),
        "NotaryKey": object(json!({
            "number": count(), "public": hex(32), "at": micros(), "previous": hex(32), "signature": hex(64),
        }), &["previous", "signature"]),
        "Status": object(json!({
            "version": text(), "store": words(&["sqlite", "postgres"]), "runs": map(count()), "pending_tasks": count(),
            "approvals_pending": count(), "model": maybe(&text()), "simulated": flag(), "sandbox": maybe(&sandbox),
            "uptime_s": count(),
        }), &[]),
        "Health": object(json!({"status": words(&["ok", "unavailable"]), "version": text()}), &["version"]),
    })
}

fn people() -> Value {
    let token = json!({
        "id": id("tok"), "name": text(), "role": text(), "owner": id("user"), "created_at": time(),
        "expires_at": maybe(&time()), "used_at": maybe(&time()), "revoked_at": maybe(&time()),
    });
    let mut fresh = token.clone();
    fresh["token"] = json!({"type": "string", "description": "Shown this once."});
    json!({
        "Me": object(json!({"user": text(), "workspace": text(), "role": maybe(&keys(&Role::ALL, Role::name)), "lang": lang()}), &[]),
        "Token": object(token, &[]),
        "NewToken": object(fresh, &[]),
        "User": object(json!({
            "name": text(), "role": text(), "active": flag(), "groups": list(text()), "created_at": time(),
        }), &[]),
        "Group": object(json!({
            "name": text(),
            "members": list(object(json!({"name": text(), "active": flag()}), &[])),
            "created_at": time(),
        }), &[]),
    })
}

/// Members of a contract that may be sent as null, which is the same as leaving them out.
const NULLABLE: &[&str] = &["output_schema", "success", "error", "rate_limit", "audience", "preview", "undo"];

/// The contract's schema with its parts as schemas of this document.
fn contracts() -> Value {
    let mut contract: Value = serde_json::from_str(CONTRACT).unwrap_or_default();
    let parts = contract["$defs"].take();
    if let Some(members) = contract.as_object_mut() {
        ["$schema", "$id", "$defs"].iter().for_each(|name| drop(members.remove(*name)));
    }
    for name in NULLABLE {
        let schema = contract["properties"][*name].take();
        contract["properties"][*name] = json!({"anyOf": [schema, {"type": "null"}]});
    }
    let mut out = Map::new();
    for (name, part) in parts.as_object().into_iter().flatten() {
        out.insert(format!("Contract_{name}"), moved(part));
    }
    let mut shown = contract.clone();
    for (name, schema) in [("digest", digest()), ("service", text()), ("connected", flag()), ("enabled", flag())] {
        shown["properties"][name] = schema;
        if let Some(required) = shown["required"].as_array_mut() {
            required.push(json!(name));
        }
    }
    shown["title"] = json!("A contract as it is kept");
    out.insert("Contract".to_owned(), moved(&contract));
    out.insert("KeptContract".to_owned(), moved(&shown));
    Value::Object(out)
}

/// References into the file become references into this document.
fn moved(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| match (name.as_str(), value.as_str().and_then(|v| v.strip_prefix("#/$defs/"))) {
                ("$ref", Some(part)) => (name.clone(), json!(format!("#/components/schemas/Contract_{part}"))),
                _ => (name.clone(), moved(value)),
            })
            .collect(),
        Value::Array(items) => items.iter().map(moved).collect(),
        other => other.clone(),
    }
}
