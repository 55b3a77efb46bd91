//! Channels and messages of the simulated Slack team, and how effects change them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::effect::Effect;
use crate::identifier::letters_from;
use crate::world::{needed, target};

pub(super) const TEAM: &str = "T0METEL0001";
pub(super) const TEAM_NAME: &str = "metel 연습장";
/// The team on the other side of the shared channel.
pub(super) const PARTNER_TEAM: &str = "T0PARTNER01";
pub(super) const BOT_USER: &str = "U0METELBOT1";
pub(super) const BOT_ID: &str = "B0METELBOT1";
pub(super) const BOT_NAME: &str = "metel";
pub(super) const APP_ID: &str = "A0METELAPP1";

/// 2026-01-05T00:00:00Z in seconds.
const MADE: i64 = 1_767_571_200;

/// A channel.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    pub id: String,
    pub name: String,
    pub topic: String,
    pub purpose: String,
    pub is_ext_shared: bool,
    pub is_archived: bool,
    /// Whether the bot is a member.
    pub is_member: bool,
    pub members: u32,
    pub created: i64,
    pub messages: Vec<Message>,
}

/// A message; `ts` is its id inside the channel.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub ts: String,
    pub thread_ts: Option<String>,
    /// Microseconds UTC.
    pub at: i64,
    /// The request's arguments as kept: text, blocks, attachments, metadata.
    pub content: Value,
    pub edited: Option<i64>,
}

/// The team.
#[derive(Clone, Debug)]
pub(crate) struct Slack {
    pub channels: Vec<Channel>,
    last: BTreeMap<String, i64>,
}

impl Slack {
    pub(crate) fn seeded() -> Self {
        let seeds: [(&str, &str, &str, bool, bool); 9] = [
            ("general", "전사 공지와 잡담 Company-wide", "모두가 보는 곳", true, false),
            ("team", "팀 업무 Team work", "우리 팀의 일", true, false),
            ("standup", "매일 아침 스탠드업", "Daily standup", true, false),
            ("random", "아무 이야기 Anything", "잡담", true, false),
            ("marketing", "캠페인과 소식지 Campaigns", "마케팅", true, false),
            ("alerts", "서비스 경보 Service alerts", "경보", true, false),
            ("팀-공지", "팀 공지 사항", "읽기 위주의 공지", true, false),
            ("partners", "협력사와 공유 Shared with partners", "밖의 사람도 봅니다", true, true),
            ("archive-2024", "지난 프로젝트", "보관됨", true, false),
        ];
        let channels = seeds.iter().map(|(name, topic, purpose, is_member, is_ext_shared)| Channel {
            id: format!("C0{}", letters_from("slack channel", name, 9)),
            name: (*name).to_owned(),
            topic: (*topic).to_owned(),
            purpose: (*purpose).to_owned(),
            is_ext_shared: *is_ext_shared,
            is_archived: name.starts_with("archive"),
            is_member: *is_member,
            members: if *is_ext_shared { 9 } else { 5 },
            created: MADE,
            messages: Vec::new(),
        });
        Self { channels: channels.collect(), last: BTreeMap::new() }
    }

    /// A channel by id, `#name` or name.
    pub(crate) fn channel(&self, given: &str) -> Option<&Channel> {
        let name = given.strip_prefix('#').unwrap_or(given);
        self.channels.iter().find(|channel| channel.id == given || channel.name == name)
    }

    fn channel_mut(&mut self, id: &str) -> Result<&mut Channel, String> {
        self.channels.iter_mut().find(|channel| channel.id == id).ok_or_else(|| format!("slack has no channel {id}"))
    }

    /// A file that was shared into a channel stands there as a message.
    pub(crate) fn share(&mut self, effect: &Effect) -> Result<(), String> {
        let file = needed(effect, "thing")?;
        let Some(id) = file["channel"].as_str().filter(|_| effect.op == "files.completeUploadExternal") else {
            return Ok(());
        };
        let shown = json!({
            "id": file["id"], "name": file["name"], "title": file["title"], "mimetype": file["mimetype"], "size": file["length"],
        });
        let content = json!({"text": file["initial_comment"].as_str().unwrap_or_default(), "files": [shown]});
        self.say(id, effect.at, file["thread_ts"].as_str(), content)
    }

    fn say(&mut self, id: &str, at: i64, thread_ts: Option<&str>, content: Value) -> Result<(), String> {
        let previous = self.last.get(id).copied().unwrap_or(0);
        let at = at.max(previous + 1);
        let message = Message {
            ts: format!("{}.{:06}", at.div_euclid(1_000_000), at.rem_euclid(1_000_000)),
            thread_ts: thread_ts.map(str::to_owned),
            at,
            content,
            edited: None,
        };
        self.channel_mut(id)?.messages.push(message);
        self.last.insert(id.to_owned(), at);
        Ok(())
    }

    pub(crate) fn apply(&mut self, effect: &Effect) -> Result<(), String> {
        let id = target(effect)?;
        match effect.op.as_str() {
            "chat.postMessage" => {
                let thread_ts = effect.body.get("thread_ts").and_then(Value::as_str);
                self.say(id, effect.at, thread_ts, effect.body.clone())
            }
            "chat.update" => {
                let ts = needed(effect, "ts")?.as_str().unwrap_or_default();
                let message = self.channel_mut(id)?.messages.iter_mut().find(|message| message.ts == ts);
                let message = message.ok_or_else(|| format!("no message {ts}"))?;
                if let (Value::Object(content), Value::Object(given)) = (&mut message.content, &effect.body) {
                    let changes = given.iter().filter(|(name, _)| *name != "ts");
                    content.extend(changes.map(|(name, value)| (name.clone(), value.clone())));
                }
                message.edited = Some(effect.at);
                Ok(())
            }
            "chat.delete" => {
                let ts = needed(effect, "ts")?.as_str().unwrap_or_default();
                self.channel_mut(id)?.messages.retain(|message| message.ts != ts);
                Ok(())
            }
            other => Err(format!("slack has no operation {other}")),
        }
    }
}

impl Channel {
    /// The channel object of `conversations.*`.
    pub(super) fn render(&self, with_members: bool) -> Value {
        let note = |text: &str| json!({"value": text, "creator": "U0HANEUL001", "last_set": self.created});
        let connected = if self.is_ext_shared { json!([PARTNER_TEAM]) } else { json!([]) };
        let mut out = json!({
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": true,
            "is_group": false,
            "is_im": false,
            "is_mpim": false,
            "is_private": false,
            "created": self.created,
            "creator": "U0HANEUL001",
            "is_archived": self.is_archived,
            "is_general": self.name == "general",
            "is_member": self.is_member,
            "is_shared": self.is_ext_shared,
            "is_ext_shared": self.is_ext_shared,
            "is_org_shared": false,
            "is_pending_ext_shared": false,
            "pending_shared": [],
            "context_team_id": TEAM,
            "shared_team_ids": if self.is_ext_shared { json!([TEAM, PARTNER_TEAM]) } else { json!([TEAM]) },
            "connected_team_ids": connected,
            "unlinked": 0,
            "topic": note(&self.topic),
            "purpose": note(&self.purpose),
            "previous_names": [],
        });
        if with_members {
            out["num_members"] = json!(self.members);
        }
        out
    }

    /// The message object, as in answers and histories.
    pub(super) fn render_message(&self, message: &Message) -> Value {
        let mut out = json!({
            "type": "message",
            "user": BOT_USER,
            "bot_id": BOT_ID,
            "app_id": APP_ID,
            "team": TEAM,
            "ts": message.ts,
            "text": message.content.get("text").and_then(Value::as_str).unwrap_or_default(),
            "bot_profile": {
                "id": BOT_ID, "app_id": APP_ID, "name": BOT_NAME, "deleted": false,
                "updated": MADE, "team_id": TEAM, "icons": {},
            },
        });
        for field in ["blocks", "attachments", "metadata", "files"] {
            if let Some(value) = message.content.get(field) {
                out[field] = value.clone();
            }
        }
        if let Some(thread) = &message.thread_ts {
            out["thread_ts"] = json!(thread);
            out["parent_user_id"] = json!(BOT_USER);
        }
        let replies: Vec<&Message> =
            self.messages.iter().filter(|other| other.thread_ts.as_ref() == Some(&message.ts)).collect();
        if let Some(latest) = replies.last() {
            out["thread_ts"] = json!(message.ts);
            out["reply_count"] = json!(replies.len());
            out["latest_reply"] = json!(latest.ts);
        }
        if let Some(edited) = message.edited {
            out["edited"] = json!({"user": BOT_USER, "ts": format!("{}.000000", edited / 1_000_000)});
        }
        out
    }
}
