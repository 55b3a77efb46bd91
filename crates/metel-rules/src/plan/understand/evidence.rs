//! Which tools the words of a request ask for, for judging plans that somebody else made.

use std::collections::BTreeSet;

use metel_model::contract::Contract;
use metel_model::plan::{MISSING, Request};
use metel_model::status::Risk;
use serde_json::{Map, Value};

use super::clause::{asks, clauses};
use super::lexicon::{Intent, Object, lexicon};
use super::literal::Literal;
use super::mark::{What, mark};
use crate::plan::catalogue::Catalogue;

/// What a request speaks of, with everything negated left out.
#[derive(Debug, Default)]
pub struct Evidence {
    intents: BTreeSet<Intent>,
    objects: BTreeSet<Object>,
    services: BTreeSet<String>,
    channels: BTreeSet<String>,
    quotes: usize,
    urls: usize,
    tables: bool,
    databases: bool,
    pages: bool,
}

impl Evidence {
    pub fn of(request: &Request, catalogue: &Catalogue) -> Self {
        let marked = mark(&request.text, catalogue);
        let mut out = Self::default();
        for mark in clauses(&marked).into_iter().flat_map(|clause| clause.marks) {
            match mark.what {
                What::Verb(verb) if asks(&verb) => out.intents.extend(verb.intent),
                What::Nominal(intent) => {
                    out.intents.insert(intent);
                }
                What::Object(Object::Summary) => {
                    out.intents.insert(Intent::Summarise);
                }
                What::Object(object) => {
                    out.objects.insert(object);
                }
                What::Service(service) => {
                    out.services.insert(service);
                }
                What::Channel { value, .. } => {
                    out.channels.insert(fold(&value));
                }
                What::Cells { .. } | What::Tab(_) | What::Spreadsheet(_) => out.tables = true,
                What::Database(_) => out.databases = true,
                What::Literal(at) => match marked.lifted.literals.get(at) {
                    Some(Literal::Quote(_)) => out.quotes += 1,
                    Some(Literal::Url(url)) => {
                        out.urls += 1;
                        out.services.extend(lexicon().host_of(url).map(str::to_owned));
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        out.pages = out.objects.contains(&Object::Page)
            || out.objects.contains(&Object::Document)
            || out.services.contains("notion");
        out
    }

    /// Whether words of the request ask for this call.
    pub fn asks_for(&self, contract: &Contract, args: &Map<String, Value>, _catalogue: &Catalogue) -> bool {
        let (intent, objects) = meaning(&contract.id);
        if contract.has_risk(Risk::Destructive) {
            return self.intents.contains(&Intent::Delete);
        }
        if contract.has_risk(Risk::Financial) {
            return self.intents.iter().any(|intent| matches!(intent, Intent::Unsupported(_)));
        }
        let service = self.services.contains(contract.service());
        let object = objects.iter().any(|object| self.objects.contains(object));
        match intent {
            Some(Intent::Summarise) => self.intents.contains(&Intent::Summarise),
            Some(Intent::Send) => self.sends(args, service),
            Some(Intent::Make) => {
                let verb = [Intent::Make, Intent::Put, Intent::Send].iter().any(|intent| self.intents.contains(intent));
                (self.pages || object || service) && (verb || self.quotes > 0) || verb && self.quotes > 0
            }
            Some(Intent::Put) => (self.tables || object || service) && !self.intents.is_empty(),
            Some(Intent::Search) => {
                self.intents.contains(&Intent::Search) || service || self.objects.contains(&Object::Web)
            }
            Some(Intent::Get) | None => {
                service
                    || object
                    || self.databases && objects.contains(&Object::Database)
                    || self.tables
                        && objects
                            .iter()
                            .any(|object| matches!(object, Object::Cells | Object::Tab | Object::Spreadsheet))
                    || self.urls > 0
                        && args.values().any(|value| value.as_str().is_some_and(|text| text.starts_with("http")))
                    || self.intents.contains(&Intent::Get)
            }
            _ => service || object,
        }
    }

    /// A message to a channel that the request does not name answers to nothing.
    fn sends(&self, args: &Map<String, Value>, service: bool) -> bool {
        let named = args
            .get("channel")
            .and_then(Value::as_str)
            .filter(|channel| *channel != MISSING && !channel.contains("${"));
        match named {
            Some(channel) if !self.channels.is_empty() => self.channels.contains(&fold(channel)) || is_id(channel),
            _ => service || !self.channels.is_empty() || self.intents.contains(&Intent::Send),
        }
    }
}

/// A service's own id rather than a name.
fn is_id(channel: &str) -> bool {
    channel.len() >= 9
        && channel.starts_with(['C', 'G', 'D'])
        && channel.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

fn fold(channel: &str) -> String {
    channel
        .trim_start_matches('#')
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .collect::<String>()
        .to_lowercase()
}

/// What a tool's id says: its verb's intent and the things it names.
pub fn meaning(id: &str) -> (Option<Intent>, Vec<Object>) {
    let lexicon = lexicon();
    let tail = id.split_once('.').map_or(id, |(_, tail)| tail);
    let words: Vec<&str> = tail.split(['_', '.', '-']).filter(|word| !word.is_empty()).collect();
    let intent = words.iter().find_map(|word| lexicon.verb(word));
    (intent, words.iter().filter_map(|word| lexicon.object(word)).collect())
}
