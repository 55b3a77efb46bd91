//! The words of requests, read once from data, with the Korean conjugations derived.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use metel_model::lang::Text;
use regex::Regex;
use serde::Deserialize;

/// What a verb asks for. Which tool it means depends on the things beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    Get,
    Search,
    Summarise,
    Make,
    Put,
    Send,
    Delete,
    /// Index into the list of things that need a tool of their own.
    #[serde(skip)]
    Unsupported(usize),
}

/// A sort of thing that requests speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Object {
    Page,
    Document,
    Database,
    Tab,
    Spreadsheet,
    Channel,
    Message,
    Link,
    Row,
    Cells,
    Web,
    Site,
    Summary,
    Result,
    Issue,
    Event,
    Release,
    Comment,
    Label,
    File,
    Draft,
    Image,
    Person,
    News,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// It asks for the act.
    Act,
    /// It only describes: `올린`, `posted`.
    Past,
    /// It will or could be: `올릴`.
    Future,
    /// `지우지 말고`.
    Negated,
    /// English `-ing`.
    Gerund,
}

#[derive(Deserialize)]
struct Raw {
    verbs: Vec<RawVerb>,
    unsupported: Vec<RawUnsupported>,
    services: BTreeMap<String, RawService>,
    objects: BTreeMap<Object, RawWords>,
    #[serde(default)]
    typos: BTreeMap<String, String>,
    /// Channel name → what it is called in the other language.
    #[serde(default)]
    channels: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct RawVerb {
    intent: Intent,
    #[serde(default)]
    en: Vec<String>,
    #[serde(default)]
    weak: Vec<String>,
    ko: RawKorean,
}

#[derive(Deserialize)]
struct RawUnsupported {
    title: Text,
    en: Vec<String>,
    ko: RawKorean,
}

#[derive(Deserialize)]
struct RawKorean {
    #[serde(default)]
    noun: Vec<String>,
    #[serde(default)]
    stem: Vec<String>,
}

#[derive(Deserialize)]
struct RawWords {
    ko: Vec<String>,
    en: Vec<String>,
}

#[derive(Deserialize)]
struct RawService {
    ko: Vec<String>,
    en: Vec<String>,
    #[serde(default)]
    hosts: Vec<String>,
}

/// One conjugated Korean surface.
#[derive(Debug, Clone, Copy)]
pub struct Surface {
    pub intent: Intent,
    /// The form that the surface itself decides; what follows may decide otherwise.
    pub form: Form,
    /// True for nouns that need 하다 or a clause end behind them.
    pub noun: bool,
}

/// One English base form.
#[derive(Debug, Clone, Copy)]
pub struct Base {
    pub intent: Intent,
    pub weak: bool,
}

/// A set of phrases with a meaning each, found in text by one expression, the longest first.
#[derive(Debug)]
pub struct Phrases<T> {
    pub find: Regex,
    pub meaning: BTreeMap<String, Vec<T>>,
}

/// A phrase as an expression: spaces of any width, and a pronoun before the particle of a verb.
fn phrase(word: &str) -> String {
    let particle = ["up", "down", "out", "off", "over"]
        .iter()
        .any(|particle| word.split_once(' ').is_some_and(|(_, last)| last == *particle));
    let space = if particle { r"\s+(?:(?:it|this|that|them|these|those|everything)\s+)?" } else { r"\s+" };
    regex::escape(word).replace(' ', space)
}

impl<T: Clone> Phrases<T> {
    fn build(words: Vec<(String, T)>, wrap: impl Fn(&str) -> String) -> Self {
        let mut meaning: BTreeMap<String, Vec<T>> = BTreeMap::new();
        for (word, what) in words {
            meaning.entry(word).or_default().push(what);
        }
        let mut order: Vec<&String> = meaning.keys().collect();
        order.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
        let body: Vec<String> = order.iter().map(|word| phrase(word)).collect();
        let find = expression(&wrap(&body.join("|")));
        Self { find, meaning }
    }

    pub fn get(&self, found: &str) -> Option<&T> {
        let folded = found.split_whitespace().collect::<Vec<_>>().join(" ");
        let exact = self.meaning.get(&folded).and_then(|all| all.first());
        // `boil it down` is `boil down`.
        exact.or_else(|| match folded.split(' ').collect::<Vec<_>>().as_slice() {
            [verb, _, particle] => self.meaning.get(&format!("{verb} {particle}")).and_then(|all| all.first()),
            _ => None,
        })
    }
}

/// The compiled lexicon.
#[derive(Debug)]
pub struct Lexicon {
    pub korean: Phrases<Surface>,
    pub english: Phrases<Base>,
    pub objects: Phrases<Object>,
    pub objects_latin: Phrases<Object>,
    pub services: Phrases<String>,
    pub services_latin: Phrases<String>,
    pub hosts: Vec<(String, String)>,
    pub unsupported: Vec<Text>,
    service_words: BTreeMap<String, String>,
    verb_words: BTreeMap<String, Intent>,
    object_words: BTreeMap<String, Object>,
    typos: BTreeMap<String, String>,
    plain_bases: BTreeSet<String>,
    channels: BTreeMap<String, Vec<String>>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::read);

pub fn lexicon() -> &'static Lexicon {
    &LEXICON
}

/// An expression from our own data; one that does not compile finds nothing.
pub fn expression(text: &str) -> Regex {
    Regex::new(text).unwrap_or_else(|_| nothing())
}

#[expect(clippy::expect_used, reason = "a constant expression")]
fn nothing() -> Regex {
    Regex::new("[a&&b]").expect("an empty class is valid")
}

impl Lexicon {
    fn read() -> Self {
        let raw: Raw = yaml_serde::from_str(include_str!("lexicon.yaml")).unwrap_or(Raw {
            verbs: Vec::new(),
            unsupported: Vec::new(),
            services: BTreeMap::new(),
            objects: BTreeMap::new(),
            typos: BTreeMap::new(),
            channels: BTreeMap::new(),
        });
        let mut korean = Vec::new();
        let mut english = Vec::new();
        let mut verb_words = BTreeMap::new();
        for verb in &raw.verbs {
            add_korean(&verb.ko, verb.intent, &mut korean);
            for (words, weak) in [(&verb.en, false), (&verb.weak, true)] {
                for word in words {
                    verb_words.entry(word.clone()).or_insert(verb.intent);
                    english.push((word.clone(), Base { intent: verb.intent, weak }));
                }
            }
        }
        let mut unsupported = Vec::new();
        for (at, other) in raw.unsupported.iter().enumerate() {
            add_korean(&other.ko, Intent::Unsupported(at), &mut korean);
            english.extend(
                other.en.iter().map(|word| (word.clone(), Base { intent: Intent::Unsupported(at), weak: true })),
            );
            unsupported.push(other.title.clone());
        }
        let mut korean_objects = Vec::new();
        let mut latin_objects = Vec::new();
        let mut object_words = BTreeMap::new();
        for (object, words) in &raw.objects {
            for word in &words.ko {
                match word.is_ascii() {
                    true => latin_objects.push((word.to_ascii_lowercase(), *object)),
                    false => korean_objects.push((word.clone(), *object)),
                }
            }
            for word in &words.en {
                object_words.entry(word.clone()).or_insert(*object);
                latin_objects.push((word.clone(), *object));
            }
        }
        let mut korean_services = Vec::new();
        let mut latin_services = Vec::new();
        let mut hosts = Vec::new();
        let mut service_words = BTreeMap::new();
        for (service, words) in &raw.services {
            korean_services.extend(words.ko.iter().map(|word| (word.clone(), service.clone())));
            latin_services.extend(words.en.iter().map(|word| (word.clone(), service.clone())));
            hosts.extend(words.hosts.iter().map(|host| (host.clone(), service.clone())));
            if let Some(word) = words.ko.first() {
                service_words.insert(service.clone(), word.clone());
            }
        }
        let plain_bases = english.iter().map(|(word, _)| word.clone()).collect();
        let plain = |body: &str| format!("(?:{body})");
        let word = |body: &str| format!(r"(?-u:\b)(?:{body})(?-u:\b)");
        let inflected = |body: &str| format!(r"(?-u:\b)({body})(?:(?:p|t|g|n)?(ed|ing)|(d|es|s))?(?-u:\b)");
        Self {
            korean: Phrases::build(korean, plain),
            english: Phrases::build(with_dropped_e(english), inflected),
            objects: Phrases::build(korean_objects, plain),
            objects_latin: Phrases::build(latin_objects, word),
            services: Phrases::build(korean_services, plain),
            services_latin: Phrases::build(latin_services, word),
            hosts,
            unsupported,
            service_words,
            verb_words,
            object_words,
            typos: raw.typos,
            plain_bases,
            channels: raw.channels,
        }
    }

    /// What people call a service, in Korean.
    pub fn service_ko<'a>(&'a self, service: &'a str) -> &'a str {
        self.service_words.get(service).map_or(service, String::as_str)
    }

    /// The intent of a verb in a tool id: `create`, `post`.
    pub fn verb(&self, word: &str) -> Option<Intent> {
        self.verb_words.get(word).copied()
    }

    /// The sort of thing that a word in a tool id names: `page`, `rows`.
    pub fn object(&self, word: &str) -> Option<Object> {
        self.object_words.get(word).copied()
    }

    /// What a channel of this name is called when it is spoken of in the other language.
    pub fn spoken(&self, name: &str) -> impl Iterator<Item = &str> {
        self.channels.get(&name.to_ascii_lowercase()).into_iter().flatten().map(String::as_str)
    }

    /// The right spelling of a well-known slip.
    pub fn typo(&self, word: &str) -> Option<&str> {
        self.typos.get(word).map(String::as_str)
    }

    /// Well-known slips in Hangul.
    pub fn typos_hangul(&self) -> impl Iterator<Item = (&str, &str)> {
        self.typos.iter().filter(|(wrong, _)| !wrong.is_ascii()).map(|(wrong, right)| (wrong.as_str(), right.as_str()))
    }

    /// Whether a base form is one as it stands, and not cut for its endings.
    pub fn is_base(&self, word: &str) -> bool {
        let folded = word.split_whitespace().collect::<Vec<_>>().join(" ");
        let known = |word: &str| self.verb_words.contains_key(word) || self.plain_bases.contains(word);
        known(&folded)
            || match folded.split(' ').collect::<Vec<_>>().as_slice() {
                [verb, _, particle] => known(&format!("{verb} {particle}")),
                _ => false,
            }
    }

    /// Whether a lower-case English word is in the lexicon, in any of its forms.
    pub fn is_word(&self, word: &str) -> bool {
        let whole = |find: &Regex| find.find(word).is_some_and(|m| m.start() == 0 && m.end() == word.len());
        // `delet` stands in the list for `deleting` only.
        let cut = self.english.meaning.contains_key(word) && !self.is_base(word);
        !cut && whole(&self.english.find) || whole(&self.objects_latin.find) || whole(&self.services_latin.find)
    }

    /// The service whose link this is.
    pub fn host_of(&self, url: &str) -> Option<&str> {
        let rest = url.split("://").nth(1).unwrap_or(url);
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        self.hosts
            .iter()
            .find(|(name, _)| match name.contains('/') {
                true => rest.starts_with(name.as_str()),
                false => host == name || host.ends_with(&format!(".{name}")),
            })
            .map(|(_, service)| service.as_str())
    }
}

/// `create` also as `creat`, so that `creating` is found by its ending.
fn with_dropped_e(words: Vec<(String, Base)>) -> Vec<(String, Base)> {
    let dropped: Vec<(String, Base)> = words
        .iter()
        .filter(|(word, _)| word.ends_with('e') && word.len() > 3 && !word.contains(' '))
        .map(|(word, base)| (word[..word.len() - 1].to_owned(), *base))
        .filter(|(word, _)| !words.iter().any(|(known, _)| known == word))
        .collect();
    words.into_iter().chain(dropped).collect()
}

fn add_korean(raw: &RawKorean, intent: Intent, out: &mut Vec<(String, Surface)>) {
    for noun in &raw.noun {
        out.push((noun.clone(), Surface { intent, form: Form::Act, noun: true }));
    }
    for stem in &raw.stem {
        for (surface, form) in conjugate(stem) {
            out.push((surface, Surface { intent, form, noun: false }));
        }
    }
}

const BASE: u32 = 0xAC00;

/// The surfaces of a dictionary stem that everything else is built on: the stem, its infinitive,
/// past and future adnominal, past tense and formal ending.
fn conjugate(stem: &str) -> Vec<(String, Form)> {
    let mut out = vec![(stem.to_owned(), Form::Act)];
    let Some(last) = stem.chars().last().filter(|c| super::super::retrieve::is_hangul(*c)) else { return out };
    let head = &stem[..stem.len() - last.len_utf8()];
    let code = last as u32 - BASE;
    let (onset, vowel, coda) = (code / 588, code % 588 / 28, code % 28);
    let syllable = |vowel: u32, coda: u32| char::from_u32(BASE + onset * 588 + vowel * 28 + coda).unwrap_or(last);
    if last == '하' {
        // 하다 is a verb of its own kind.
        let irregular =
            [("해", Form::Act), ("했", Form::Past), ("한", Form::Past), ("할", Form::Future), ("합", Form::Act)];
        out.extend(irregular.map(|(tail, form)| (format!("{head}{tail}"), form)));
        return out;
    }
    let mut add = |c: char, tail: &str, form: Form| out.push((format!("{head}{c}{tail}"), form));
    match coda {
        // No final consonant: the infinitive merges, the adnominals add ㄴ and ㄹ.
        0 => {
            let merged = match vowel {
                20 => 6,
                13 => 14,
                8 => 9,
                18 => 4,
                other => other,
            };
            if merged != vowel {
                add(syllable(merged, 0), "", Form::Act);
            }
            if vowel == 18 {
                add(syllable(0, 0), "", Form::Act);
            }
            add(syllable(merged, 20), "", Form::Past);
            add(syllable(vowel, 4), "", Form::Past);
            add(syllable(vowel, 8), "", Form::Future);
            add(syllable(vowel, 17), "", Form::Act);
        }
        // Final ㄹ falls before ㄴ and ㅂ.
        8 => {
            add(syllable(vowel, 4), "", Form::Past);
            add(syllable(vowel, 17), "", Form::Act);
        }
        _ => {
            add(last, "은", Form::Past);
            add(last, "을", Form::Future);
            add(last, "었", Form::Past);
            add(last, "았", Form::Past);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lexicon_is_read_and_conjugated() {
        let lexicon = lexicon();
        for (surface, intent, form) in [
            ("올려", Intent::Send, Form::Act),
            ("올린", Intent::Send, Form::Past),
            ("올릴", Intent::Send, Form::Future),
            ("올렸", Intent::Send, Form::Past),
            ("만든", Intent::Make, Form::Past),
            ("지워", Intent::Delete, Form::Act),
            ("읽은", Intent::Get, Form::Past),
            ("모아", Intent::Get, Form::Act),
            ("가져와", Intent::Get, Form::Act),
        ] {
            let found = lexicon.korean.get(surface).unwrap_or_else(|| panic!("{surface}"));
            assert_eq!((found.intent, found.form), (intent, form), "{surface}");
        }
        assert_eq!(lexicon.verb("create"), Some(Intent::Make));
        assert_eq!(lexicon.object("page"), Some(Object::Page));
        assert_eq!(lexicon.host_of("https://www.notion.so/x-1"), Some("notion"));
        assert_eq!(lexicon.host_of("https://notion.so.evil.example/x"), None);
    }
}
