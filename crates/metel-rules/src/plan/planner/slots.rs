//! Which part of a request a tool's argument takes, by its semantic type, else by its name.

use metel_model::contract::Contract;

use crate::plan::kinds::{Field, leaf};
use crate::plan::understand::seed::{Act, Slot};

/// The slot of one argument. The same word means different things in different acts: `text` of a
/// message is its text, `content` of a page its body.
pub fn slot_of(contract: &Contract, field: &Field<'_>, act: Act) -> Slot {
    let by_name = named(field.name, act);
    let kind = leaf(field.kind);
    match by_name {
        Slot::Other if !kind.is_empty() => named(kind, act),
        // `page` or `id` of another sort of thing: the type knows better.
        Slot::Page if field.kind.ends_with("message") => Slot::Message,
        slot => {
            let _ = contract;
            slot
        }
    }
}

fn named(name: &str, act: Act) -> Slot {
    match name {
        "title" | "name" | "subject" | "summary_title" | "page_title" => Slot::Title,
        "channel" | "channel_id" | "channel_name" | "chat_id" | "chat" | "room" => Slot::Channel,
        "text" | "message_text" => Slot::Text,
        "message" | "ts" | "message_ts" | "message_id" | "timestamp" | "permalink" => match act {
            Act::Send if name == "message" => Slot::Text,
            Act::Send => Slot::Other,
            _ => Slot::Message,
        },
        "content" | "body" | "markdown" | "blocks" | "description" => match act {
            Act::Send | Act::Summarise => Slot::Text,
            _ => Slot::Content,
        },
        "parent" | "parent_id" | "parent_page" => Slot::Parent,
        "page" | "page_id" | "page_url" => match act {
            Act::MakePage => Slot::Parent,
            _ => Slot::Page,
        },
        "database" | "database_id" => Slot::Database,
        "filter" | "where" | "condition" => Slot::Filter,
        "spreadsheet" | "spreadsheet_id" | "workbook" => Slot::Spreadsheet,
        "range" | "cells" | "sheet" | "tab" => Slot::Range,
        "rows" | "values" | "table" => Slot::Rows,
        "url" | "link" | "address" => Slot::Url,
        "query" | "q" | "keyword" | "keywords" | "search" => Slot::Query,
        "instruction" | "style" => Slot::Instruction,
        "email" | "to" | "recipient" => Slot::Email,
        "person" | "user" | "assignee" => Slot::Person,
        "date" | "start" | "due" | "when" | "time" => Slot::Date,
        "amount" | "number" | "count" | "limit" | "quantity" => Slot::Number,
        _ => Slot::Other,
    }
}
