//! `users.*`: a few people and the bot.

use serde_json::{Value, json};

use super::answer::{Outcome, refuse};
use super::arguments::Arguments;
use super::conversations::cut;
use super::state::{BOT_NAME, BOT_USER, TEAM};

const PEOPLE: [(&str, &str, &str, &str, bool); 5] = [
    ("U0HANEUL001", "haneul", "김하늘", "haneul@metel.example", false),
    ("U0JUNHO0001", "junho", "이준호", "junho@metel.example", false),
    ("U0ALEX00001", "alex", "Alex Morgan", "alex@metel.example", false),
    ("U0SEOYEON01", "seoyeon", "박서연", "seoyeon@metel.example", false),
    (BOT_USER, BOT_NAME, "metel", "", true),
];

fn everybody() -> Vec<Value> {
    PEOPLE
        .iter()
        .map(|(id, name, real_name, email, is_bot)| {
            json!({
                "id": id,
                "team_id": TEAM,
                "name": name,
                "deleted": false,
                "real_name": real_name,
                "tz": "Asia/Seoul",
                "tz_label": "Korea Standard Time",
                "tz_offset": 32_400,
                "profile": {
                    "real_name": real_name,
                    "real_name_normalized": real_name,
                    "display_name": name,
                    "email": email,
                    "team": TEAM,
                },
                "is_admin": *id == "U0HANEUL001",
                "is_owner": *id == "U0HANEUL001",
                "is_bot": is_bot,
                "is_app_user": false,
                "updated": 1_767_571_200,
            })
        })
        .collect()
}

pub(super) fn list(arguments: &Arguments) -> Outcome {
    let (members, next) = cut(everybody(), arguments, 1_000)?;
    Ok(json!({
        "members": members,
        "cache_ts": 1_767_571_200,
        "response_metadata": {"next_cursor": next},
    }))
}

pub(super) fn info(arguments: &Arguments) -> Outcome {
    let wanted = arguments.text("user").ok_or_else(|| refuse("user_not_found"))?;
    let found = everybody().into_iter().find(|user| user["id"] == wanted);
    found.map(|user| json!({"user": user})).ok_or_else(|| refuse("user_not_found"))
}
