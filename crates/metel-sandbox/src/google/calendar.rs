//! Google Calendar v3: events of a calendar, listed and inserted.
//! Source: <https://developers.google.com/workspace/calendar/api/v3/reference/events>.

use axum::http::Method;
use axum::response::Response;
use serde_json::{Value, json};

use super::{admit, answer, failure, internal, invalid, not_found, page, refuse};
use crate::app::Sandbox;
use crate::asked::Asked;
use crate::clock::rfc3339_millis;
use crate::shelf::Shelf;
use crate::vendors::Vendor;

pub(crate) const VENDOR: Vendor = Vendor { name: "calendar", operation, answer: call, failure, seed };

const ZONE: &str = "Asia/Seoul";
const CALENDARS: [&str; 2] = ["primary", "team@metel.example"];

fn operation(method: &Method, rest: &[&str]) -> &'static str {
    match (method.as_str(), rest) {
        ("GET", ["calendar", "v3", "calendars", _, "events"]) => "list_events",
        ("GET", ["calendar", "v3", "calendars", _, "events", _]) => "get_event",
        ("POST", ["calendar", "v3", "calendars", _, "events"]) => "create_event",
        ("GET", ["calendar", "v3", "users", "me", "calendarList"]) => "list_calendars",
        _ => "unknown",
    }
}

fn event(id: &str, title: &str, start: &str, end: &str) -> Value {
    json!({
        "kind": "calendar#event", "etag": "\"1\"", "id": id, "status": "confirmed", "summary": title,
        "htmlLink": format!("https://www.google.com/calendar/event?eid={id}"), "calendar": "primary",
        "created": "2026-01-02T00:00:00.000Z", "updated": "2026-01-02T00:00:00.000Z",
        "creator": {"email": "bot@metel.example", "self": true}, "organizer": {"email": "bot@metel.example", "self": true},
        "start": {"dateTime": start, "timeZone": ZONE}, "end": {"dateTime": end, "timeZone": ZONE},
        "iCalUID": format!("{id}@google.com"), "sequence": 0, "eventType": "default",
    })
}

fn seed() -> Shelf {
    let events = vec![
        event(
            "metelsandboxevent001",
            "주간 회의 Weekly meeting",
            "2026-01-05T10:00:00+09:00",
            "2026-01-05T11:00:00+09:00",
        ),
        event(
            "metelsandboxevent002",
            "협력사 미팅 Partner call",
            "2026-01-05T14:00:00+09:00",
            "2026-01-05T14:30:00+09:00",
        ),
        event("metelsandboxevent003", "Sprint review", "2026-01-09T16:00:00+09:00", "2026-01-09T17:00:00+09:00"),
    ];
    Shelf::default().with("event", "id", events)
}

/// An instant in microseconds, from `dateTime` with an offset or with a zone, or from a whole day.
fn instant(time: &Value) -> Option<i64> {
    let zone = time["timeZone"].as_str().unwrap_or(ZONE);
    if let Some(day) = time["date"].as_str() {
        let day: jiff::civil::Date = day.parse().ok()?;
        return Some(day.in_tz(zone).ok()?.timestamp().as_microsecond());
    }
    let text = time["dateTime"].as_str()?;
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(at.as_microsecond());
    }
    time["timeZone"].as_str()?;
    Some(text.parse::<jiff::civil::DateTime>().ok()?.in_tz(zone).ok()?.timestamp().as_microsecond())
}

fn call(sandbox: &Sandbox, asked: &Asked) -> Response {
    let scopes = [
        "https://www.googleapis.com/auth/calendar.events",
        "https://www.googleapis.com/auth/calendar",
        "https://www.googleapis.com/auth/calendar.events.readonly",
    ];
    if let Err(refusal) = admit(sandbox, asked, "calendar", &scopes) {
        return *refusal;
    }
    let (method, path) = asked.route();
    match (method, path.as_slice()) {
        ("GET", ["calendar", "v3", "users", "me", "calendarList"]) => {
            let items = CALENDARS.map(|id| json!({"kind": "calendar#calendarListEntry", "id": id, "summary": id, "timeZone": ZONE, "accessRole": "owner"}));
            answer(json!({"kind": "calendar#calendarList", "items": items}))
        }
        (_, ["calendar", "v3", "calendars", calendar, ..]) if !CALENDARS.contains(calendar) => not_found("Not Found"),
        ("GET", ["calendar", "v3", "calendars", calendar, "events"]) => list(sandbox, asked, calendar),
        ("GET", ["calendar", "v3", "calendars", _, "events", id]) => {
            match sandbox.world().shelf("calendar").one("event", id) {
                Some(event) => answer(shown(event)),
                None => not_found("Not Found"),
            }
        }
        ("POST", ["calendar", "v3", "calendars", calendar, "events"]) => create(sandbox, asked, calendar),
        _ => not_found("Not Found"),
    }
}

fn shown(event: &Value) -> Value {
    let mut out = event.clone();
    if let Value::Object(members) = &mut out {
        members.remove("calendar");
        members.retain(|_, value| !value.is_null());
    }
    out
}

fn list(sandbox: &Sandbox, asked: &Asked, calendar: &str) -> Response {
    let mut bounds = [None, None];
    for (bound, name) in bounds.iter_mut().zip(["timeMin", "timeMax"]) {
        if let Some(text) = asked.q(name) {
            let Ok(at) = text.parse::<jiff::Timestamp>() else { return invalid("Bad Request") };
            *bound = Some(at.as_microsecond());
        }
    }
    let ordered = asked.q("orderBy") == Some("startTime");
    if ordered && asked.q("singleEvents") != Some("true") {
        return invalid("The requested ordering is not available for the particular query.");
    }
    let mark = asked.q("privateExtendedProperty").map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let words = asked.q("q").map(str::to_lowercase);
    let world = sandbox.world();
    let mut found: Vec<(i64, Value)> = world
        .shelf("calendar")
        .all("event")
        .filter(|event| event["calendar"] == calendar)
        .filter_map(|event| Some((instant(&event["start"])?, instant(&event["end"])?, event)))
        .filter(|(begin, end, _)| bounds[0].is_none_or(|min| *end > min) && bounds[1].is_none_or(|max| *begin < max))
        .filter(|(_, _, event)| {
            let text = format!("{} {}", event["summary"], event["description"]).to_lowercase();
            words.as_ref().is_none_or(|words| text.contains(words))
                && mark.is_none_or(|(key, value)| event["extendedProperties"]["private"][key] == value)
        })
        .map(|(begin, _, event)| (begin, shown(event)))
        .collect();
    if ordered {
        found.sort_by_key(|(begin, _)| *begin);
    }
    match page(asked, "maxResults", 250, 2_500, found) {
        Ok((items, next)) => {
            let items: Vec<Value> = items.into_iter().map(|(_, event)| event).collect();
            let mut body = json!({
                "kind": "calendar#events", "etag": "\"1\"", "summary": calendar, "timeZone": ZONE, "accessRole": "owner",
                "updated": rfc3339_millis(sandbox.now()), "items": items,
            });
            if let Some(next) = next {
                body["nextPageToken"] = json!(next);
            }
            answer(body)
        }
        Err(refusal) => *refusal,
    }
}

fn create(sandbox: &Sandbox, asked: &Asked, calendar: &str) -> Response {
    let Some(body) = asked.json() else { return refuse(400, "parseError", "INVALID_ARGUMENT", "Parse Error") };
    for name in ["start", "end"] {
        if !body[name].is_object() {
            return refuse(400, "required", "INVALID_ARGUMENT", &format!("Missing {name} time."));
        }
    }
    let (Some(begin), Some(end)) = (instant(&body["start"]), instant(&body["end"])) else {
        return invalid("Missing time zone definition for start time.");
    };
    if end < begin {
        return refuse(400, "timeRangeEmpty", "INVALID_ARGUMENT", "The specified time range is empty.");
    }
    let mut world = sandbox.world();
    let id = body["id"].as_str().map_or_else(|| world.fresh("calendar", 26), str::to_owned);
    if !(5..=1024).contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'v').contains(&b)) {
        return invalid("Invalid resource id value.");
    }
    if world.shelf("calendar").one("event", &id).is_some() {
        return refuse(409, "duplicate", "ALREADY_EXISTS", "The requested identifier already exists.");
    }
    let now = rfc3339_millis(world.now());
    let mut thing = event(&id, body["summary"].as_str().unwrap_or_default(), "", "");
    for name in ["start", "end", "description", "location", "attendees", "extendedProperties", "reminders"] {
        thing[name] = body[name].clone();
    }
    thing["created"] = json!(now);
    thing["updated"] = json!(now);
    thing["calendar"] = json!(calendar);
    thing["htmlLink"] = json!(format!("{}/ui/shelf/calendar#{id}", sandbox.base()));
    match world.put(&asked.caller, ("calendar", "create_event"), ("event", &id), thing.clone()) {
        Ok(_) => answer(shown(&thing)),
        Err(_) => internal(),
    }
}
