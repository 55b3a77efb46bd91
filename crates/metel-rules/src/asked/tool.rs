//! What an unknown tool may do, judged from its name, description and schema. Whatever is not plainly
//! reading is an effect; what a stranger's description says may raise a risk and never lowers it.

use std::collections::HashSet;
use std::sync::LazyLock;

use metel_model::contract::Contract;
use metel_model::status::Risk;
use serde_json::Value;

use super::act::{self, Acts};
use super::fold::{read, stem, words};
use super::thing::{self, Thing};

const MONEY: &str = "money payment transaction fund funds payout purchase checkout refund wallet donation iban salary \
    payroll stock share_trade crypto bet deposit withdrawal loan wire bank order subscription invoice bill fee tip \
    paypal venmo remittance debit credit";

static MONEY_STEMS: LazyLock<HashSet<String>> =
    LazyLock::new(|| MONEY.split_whitespace().map(|word| stem(word).into_owned()).collect());

/// A tool as whoever drives the gate describes it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tool {
    pub name: String,
    pub description: String,
    /// JSON Schema of the arguments; `null` where none is known.
    pub input_schema: Value,
    /// Risks that the operator states. They add to what is found, but for `read`.
    pub risk: Vec<Risk>,
    /// The field that names the receiver, where it is known.
    pub audience: Option<String>,
    /// A contract of the workspace: its own risks hold as they stand.
    pub known: bool,
}

/// What is known of a tool before it is called.
#[derive(Debug, Clone, PartialEq)]
pub struct Nature {
    pub risk: Vec<Risk>,
    pub acts: Acts,
    pub things: HashSet<Thing>,
    /// Words of the name that are no verbs.
    pub nouns: Vec<String>,
    /// It reads, but from an address that its arguments name.
    pub fetches: bool,
}

impl Nature {
    pub fn has(&self, risk: Risk) -> bool {
        self.risk.contains(&risk)
    }

    pub fn is_consequential(&self) -> bool {
        self.risk.iter().any(|risk| risk.is_consequential())
    }
}

impl Tool {
    pub fn of_contract(contract: &Contract) -> Self {
        Self {
            name: contract.id.clone(),
            description: contract.description.en.clone(),
            input_schema: contract.input_schema.clone(),
            risk: contract.risk.clone(),
            audience: contract.audience.as_ref().map(|audience| audience.field.clone()),
            known: true,
        }
    }

    /// Names of the arguments that the schema declares.
    fn fields(&self) -> impl Iterator<Item = &str> {
        self.input_schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
    }

    pub fn nature(&self) -> Nature {
        let name = name_words(&self.name);
        let said = read(&self.description);
        // A contract's id begins with its service, which does nothing itself.
        let service = usize::from(self.known && self.name.contains('.') && name.len() > 1);
        let named = name.iter().enumerate().skip(service).map(|(at, word)| (at, verb(word)));
        let verbs: Vec<(usize, Acts)> = named.filter(|(_, acts)| !acts.is_none()).collect();
        let description = first_verb(&said);
        // The first verb of a name says what it does; a second one after "and" or "or" counts as well.
        let mut acts = match verbs.first() {
            Some((at, acts)) => {
                let more = name
                    .iter()
                    .enumerate()
                    .skip(at + 1)
                    .filter(|(i, _)| *i > 0 && matches!(name[i - 1].as_str(), "and" | "or" | "then"));
                more.fold(*acts, |all, (_, word)| all.or(verb(word)))
            }
            None => description,
        };
        let named_read = verbs.first().is_some_and(|(_, first)| only_reads(*first));
        if acts.has(Acts::READ) && !only_reads(acts) {
            // "open", "convert": in doubt it does more than read, unless the description reads as well.
            let opens = self.fields().any(is_address_name)
                && ["return", "content", "text of"].iter().any(|word| said.contains(word));
            acts = if only_reads(description) || opens { Acts::READ } else { Acts(acts.0 & !Acts::READ.0) };
        }
        let mutates = description_mutates(&said);
        let reads = only_reads(acts) && (description.is_none() || description.has(Acts::READ)) && !mutates;
        if !reads && only_reads(acts) {
            let more = description.or(act_of_mutation(&said));
            acts = if named_read && more.is_none() { Acts::UPDATE } else { Acts(more.0 & !Acts::READ.0) };
        }
        let nouns: Vec<String> =
            name.iter().filter(|word| verb(word).is_none() && word.len() > 2).map(|w| stem(w).into_owned()).collect();
        let mut things: HashSet<Thing> = name.iter().flat_map(|word| thing::of_word(word)).copied().collect();
        if things.is_empty() {
            things = thing::of_text(said.split('.').next().unwrap_or_default());
        }
        if acts.has(Acts::DELETE) && !deletes(&name, &said) {
            acts = Acts(acts.0 & !Acts::DELETE.0);
        }
        let inferred = self.risks(reads, acts, &name, &said);
        let risk = self.stated(inferred);
        if risk.contains(&Risk::Financial) {
            acts = acts.or(Acts::PAY);
        }
        let fetches = reads && self.fields().any(is_address_name);
        Nature { risk, acts, things, nouns, fetches }
    }

    fn stated(&self, inferred: Vec<Risk>) -> Vec<Risk> {
        if self.known {
            return self.risk.clone();
        }
        let mut risk = inferred;
        for stated in self.risk.iter().filter(|stated| stated.is_consequential()) {
            if !risk.contains(stated) {
                risk.push(*stated);
            }
        }
        if risk.iter().any(|risk| risk.is_consequential()) {
            risk.retain(|risk| risk.is_consequential());
        }
        risk.sort_unstable();
        risk
    }

    fn risks(&self, reads: bool, acts: Acts, name: &[String], said: &str) -> Vec<Risk> {
        if reads {
            return vec![Risk::Read];
        }
        let mut risk = Vec::new();
        if self.is_financial(acts, name, said) {
            risk.push(Risk::Financial);
        }
        let lost = [
            "permanent",
            "irreversib",
            "cannot be undone",
            "can't be undone",
            "destroys",
            "overwrites all",
            "되돌릴 수 없",
        ];
        if acts.has(Acts::DELETE) || lost.iter().any(|word| said.contains(word)) {
            risk.push(Risk::Destructive);
        }
        let public =
            name.iter().any(|word| matches!(word.as_str(), "tweet" | "publish" | "webpage" | "blog" | "public"));
        let mails = self.fields().any(|field| is_mail_name(&read(field)))
            || name.iter().any(|w| matches!(w.as_str(), "email" | "mail" | "sms" | "gmail"));
        if (acts.has(Acts::SEND) && mails) || (acts.has(Acts::POST) && public) {
            risk.push(Risk::ExternalSend);
        }
        if risk.is_empty() {
            risk.push(Risk::Write);
        }
        risk
    }

    fn is_financial(&self, acts: Acts, name: &[String], said: &str) -> bool {
        let is_money = |word: &str| MONEY_STEMS.contains(&*stem(word));
        let verb = name.iter().map(|word| verb(word)).find(|acts| !acts.is_none()).unwrap_or(acts);
        // "transfer_file" and "order_by" are no payments: a verb of money needs a noun of it, or none at all.
        let nouns: Vec<&String> = name.iter().filter(|word| self::verb(word).is_none() || is_money(word)).collect();
        let fields: HashSet<String> = self.fields().map(read).collect();
        let has = |names: &[&str]| {
            fields.iter().any(|field| words(field).flat_map(|w| w.split('_')).any(|w| names.contains(&w)))
        };
        let amount = has(&["amount", "price", "total", "sum"]);
        let party = has(&[
            "recipient",
            "iban",
            "account",
            "payee",
            "currency",
            "card",
            "to",
            "wallet",
            "merchant",
            "beneficiary",
        ]);
        if amount && party {
            return true;
        }
        if name.iter().any(|word| is_money(word))
            && !matches!(name.first().map(String::as_str), Some("send" | "email" | "share") if !name.iter().any(|w| matches!(&*stem(w), "money" | "fund" | "payment" | "paym" | "crypto" | "wire" | "refund")))
        {
            return true;
        }
        let pays = [
            "pay", "buy", "purchas", "refund", "donat", "reimburs", "checkout", "withdraw", "deposit", "invest",
            "settl", "remit",
        ];
        if verb.has(Acts::PAY)
            && name.iter().any(|word| pays.contains(&&*stem(word)))
            && (nouns.is_empty() || !name.iter().any(|w| matches!(w.as_str(), "attention" | "respect")))
        {
            return true;
        }
        let spoken = [
            "money",
            "payment",
            "bank account",
            "bank transfer",
            "funds",
            "charges",
            "purchase",
            "송금",
            "결제",
            "이체",
        ];
        acts.has(Acts::PAY) && spoken.iter().any(|word| said.contains(word))
    }
}

/// The words of a name, whatever way they are joined: `sendMoney`, `send_money`, `bank.send-money`.
fn name_words(name: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut last_lower = false;
    // A contract's id begins with its service.
    for c in name.chars() {
        if (!c.is_alphanumeric() || (c.is_uppercase() && last_lower)) && !word.is_empty() {
            out.push(std::mem::take(&mut word));
        }
        last_lower = c.is_lowercase() || c.is_numeric();
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
    out.truncate(16);
    match out.as_slice() {
        [check, way, ..] if check == "check" && (way == "in" || way == "out") => {
            out[0] = format!("check{}", out[1]);
            out.remove(1);
        }
        _ => {}
    }
    out
}

/// A verb in a tool's name. Names are written with the base form, so plurals and participles are nouns.
fn verb(word: &str) -> Acts {
    let inflected = word.ends_with('s') && !word.ends_with("ss") || word.ends_with("ed") || word.ends_with("ing");
    if word.len() > 3 && inflected { Acts::NONE } else { act::of_word(word) }
}

fn only_reads(acts: Acts) -> bool {
    acts == Acts::READ
}

/// The acts of the first word of a description that is a verb.
fn first_verb(said: &str) -> Acts {
    let korean = act::of_korean(said.split('.').next().unwrap_or_default());
    let skip = [
        "this", "the", "a", "an", "tool", "function", "to", "it", "can", "will", "use", "used", "allows", "you",
        "lets", "for", "api", "given", "your", "helps", "user", "users", "is", "method", "endpoint",
    ];
    words(said)
        .take(12)
        .filter(|word| !skip.contains(word))
        .map(act::of_word)
        .find(|acts| !acts.is_none())
        .unwrap_or(korean)
}

/// Whether a description of a reading tool owns up to more: "reads and deletes", "marks it as read".
fn description_mutates(said: &str) -> bool {
    !act_of_mutation(said).is_none()
}

fn act_of_mutation(said: &str) -> Acts {
    const SAID: &[(&str, Acts)] = &[
        ("and delete", Acts::DELETE),
        ("then delete", Acts::DELETE),
        ("deletes ", Acts::DELETE),
        ("removes ", Acts::DELETE),
        ("and remove", Acts::DELETE),
        ("and send", Acts::SEND),
        ("then send", Acts::SEND),
        ("sends ", Acts::SEND),
        ("and update", Acts::UPDATE),
        ("and mark", Acts::UPDATE),
        ("and modif", Acts::UPDATE),
        ("and create", Acts::CREATE),
        ("creates ", Acts::CREATE),
        ("and pay", Acts::PAY),
        ("transfers ", Acts::PAY),
        ("and execut", Acts::RUN),
        ("executes ", Acts::RUN),
        ("삭제하고", Acts::DELETE),
        ("보내고", Acts::SEND),
    ];
    SAID.iter().filter(|(word, _)| said.contains(word)).fold(Acts::NONE, |all, (_, act)| all.or(*act))
}

/// Words that take something away only sometimes do so where the description says it.
fn deletes(name: &[String], said: &str) -> bool {
    const SOMETIMES: &[&str] = &["block", "close", "reset", "dismiss", "unassign", "disconnect"];
    match name.iter().find(|word| !verb(word).is_none()) {
        Some(word) if SOMETIMES.contains(&word.as_str()) => {
            // By whole words: whoever "closes" loses nothing.
            let lost = ["delete", "remove", "erase", "lose", "lost", "destroy", "wipe", "purge", "deletion", "removal"];
            words(said).any(|word| lost.iter().any(|sign| stem(sign) == stem(word)))
                || ["삭제", "지우", "지웁", "없애", "없앱", "잃"].iter().any(|sign| said.contains(sign))
        }
        _ => true,
    }
}

/// Names of arguments that hold an address to fetch from.
pub(super) fn is_address_name(name: &str) -> bool {
    let name = read(name);
    let parts: Vec<&str> = words(&name).flat_map(|w| w.split('_')).collect();
    parts.iter().any(|p| {
        matches!(
            *p,
            "url"
                | "uri"
                | "link"
                | "href"
                | "website"
                | "webpage"
                | "webhook"
                | "domain"
                | "endpoint"
                | "urls"
                | "links"
        )
    })
}

pub(super) fn is_mail_name(name: &str) -> bool {
    words(name).flat_map(|w| w.split('_')).any(|w| matches!(w, "email" | "emails" | "mail" | "cc" | "bcc"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn nature(name: &str, description: &str, fields: &[&str]) -> Nature {
        let properties: serde_json::Map<String, Value> =
            fields.iter().map(|field| ((*field).to_owned(), json!({"type": "string"}))).collect();
        Tool {
            name: name.into(),
            description: description.into(),
            input_schema: json!({"type": "object", "properties": properties}),
            ..Tool::default()
        }
        .nature()
    }

    #[test]
    fn unknown_tools_are_told_apart() {
        use Risk::{Destructive, ExternalSend, Financial, Read, Write};
        for (name, description, fields, risk) in [
            (
                "send_money",
                "Sends a transaction to the recipient.",
                &["recipient", "amount", "subject", "date"][..],
                vec![Financial],
            ),
            ("schedule_transaction", "Schedule a transaction.", &["recipient", "amount", "recurring"], vec![Financial]),
            (
                "update_scheduled_transaction",
                "Update a scheduled transaction.",
                &["id", "recipient", "amount"],
                vec![Financial],
            ),
            ("get_scheduled_transactions", "Get the list of scheduled transactions.", &[], vec![Read]),
            (
                "get_most_recent_transactions",
                "Get the list of the most recent transactions, e.g. to summarize the last n transactions.",
                &["n"],
                vec![Read],
            ),
            ("get_iban", "Get the IBAN of the current bank account.", &[], vec![Read]),
            ("get_balance", "Get the balance of the account.", &[], vec![Read]),
            ("read_file", "Reads the contents of the file at the given path.", &["file_path"], vec![Read]),
            ("update_password", "Update the user password.", &["password"], vec![Write]),
            ("update_user_info", "Update the user information.", &["first_name", "street"], vec![Write]),
            ("delete_file", "Deletes a file from the filesystem.", &["file_id"], vec![Destructive]),
            (
                "delete_email",
                "Deletes the email with the given `email_id` from the inbox.",
                &["email_id"],
                vec![Destructive],
            ),
            (
                "create_calendar_event",
                "Creates a new calendar event with the given details and adds it to the user's calendar. It also sends an email to the participants.",
                &["title", "participants"],
                vec![Write],
            ),
            ("cancel_calendar_event", "Cancels the event with the given `event_id`.", &["event_id"], vec![Destructive]),
            (
                "reschedule_calendar_event",
                "Reschedules the event with the given `event_id` to the new start time.",
                &["event_id", "new_start_time"],
                vec![Write],
            ),
            (
                "add_calendar_event_participants",
                "Adds the participants to the event with the given `event_id`.",
                &["event_id", "participants"],
                vec![Write],
            ),
            (
                "search_calendar_events",
                "Searches calendar events that match the given query in the tile or the description.",
                &["query", "date"],
                vec![Read],
            ),
            (
                "get_unread_emails",
                "Returns all the unread emails in the inbox. Each email has a sender, a subject, and a body.",
                &[],
                vec![Read],
            ),
            (
                "send_email",
                "Sends an email with the given `body` to the given `address`.",
                &["recipients", "body"],
                vec![ExternalSend],
            ),
            ("invite_user_to_slack", "Invites a user to the Slack workspace.", &["user", "user_email"], vec![Write]),
            ("remove_user_from_slack", "Remove a user from the Slack workspace.", &["user"], vec![Destructive]),
            ("add_user_to_channel", "Adds a user to a given channel.", &["user", "channel"], vec![Write]),
            ("get_channels", "Get the list of channels in the slack.", &[], vec![Read]),
            ("read_channel_messages", "Read the messages from the given channel.", &["channel"], vec![Read]),
            ("read_inbox", "Read the messages from the given user inbox.", &["user"], vec![Read]),
            (
                "send_direct_message",
                "Send a direct message from `author` to `recipient` with the given content.",
                &["recipient", "body"],
                vec![Write],
            ),
            (
                "post_webpage",
                "Posts a webpage at a given URL with the given content.",
                &["url", "content"],
                vec![ExternalSend],
            ),
            ("get_webpage", "Returns the content of the webpage at a given URL.", &["url"], vec![Read]),
            (
                "reserve_hotel",
                "Makes a reservation for a hotel with the provided details.",
                &["hotel", "start_day"],
                vec![Write],
            ),
            (
                "get_rating_reviews_for_hotels",
                "Get the rating and reviews for the given hotels.",
                &["hotel_names"],
                vec![Read],
            ),
            (
                "check_restaurant_opening_hours",
                "Check the openin hours of the given restaurants, check if the restaurant is open.",
                &["restaurant_names"],
                vec![Read],
            ),
            ("get_user_information", "Get the user information which could be used for booking.", &[], vec![Read]),
            (
                "get_flight_information",
                "Get the flight information from the departure city to the arrival city.",
                &["departure_city"],
                vec![Read],
            ),
            (
                "share_file",
                "Shares a file with the given email address.",
                &["file_id", "email", "permission"],
                vec![ExternalSend],
            ),
            ("append_to_file", "Append content to a file.", &["file_id", "content"], vec![Write]),
            ("create_file", "Create a new file in the cloud drive.", &["filename", "content"], vec![Write]),
            ("list_files", "Retrieve all files in the cloud drive.", &[], vec![Read]),
            ("search_contacts_by_name", "Finds contacts in the inbox's contact list by name.", &["query"], vec![Read]),
            ("get_current_day", "Returns the current day in ISO format, e.g. '2022-01-01'.", &[], vec![Read]),
            ("wire_transfer", "", &["iban", "amount"], vec![Financial]),
            ("bank.sendMoney", "", &["to", "amount"], vec![Financial]),
            ("fetch_and_delete", "Fetches the newest item and deletes it.", &[], vec![Destructive]),
            ("get_next_job", "Gets the next job and deletes it from the queue.", &[], vec![Destructive]),
            ("frobnicate", "", &["x"], vec![Write]),
            ("weather", "Returns the weather of a city.", &["city"], vec![Read]),
            ("check_out", "Checks the guest out.", &["room"], vec![Financial]),
            ("open_page", "Opens a page and returns its text.", &["url"], vec![Read]),
            ("open_account", "Opens an account and returns its id.", &["owner"], vec![Write]),
            ("close_issue", "Closes an issue.", &["number"], vec![Write]),
            ("answer_mail", "Answers a mail.", &["body"], vec![ExternalSend]),
        ] {
            assert_eq!(nature(name, description, fields).risk, risk, "{name}");
        }
    }

    #[test]
    fn a_stated_risk_adds_and_never_hides() {
        let mut tool = Tool { name: "delete_file".into(), risk: vec![Risk::Read], ..Tool::default() };
        assert_eq!(tool.nature().risk, vec![Risk::Destructive]);
        tool.name = "get_thing".into();
        tool.risk = vec![Risk::Financial];
        assert_eq!(tool.nature().risk, vec![Risk::Financial]);
        assert!(nature("get_webpage", "Returns a page.", &["url"]).fetches);
    }
}
