//! The definitions of one description: converted when first needed, named once, and put beside the
//! schemas that refer to them, as many as fit.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::{Map, Value};

use super::convert::{Part, Target, convert};
use super::{Unfit, cut};
use crate::openapi::document::{Document, Followed};
use crate::openapi::node::Node;

/// Most bytes of converted definitions that are kept for later operations.
const KEPT_BYTES_MAX: usize = 24 * 1024 * 1024;

/// A schema that stands alone.
pub(in crate::openapi) struct Assembled {
    pub schema: Value,
    /// Something of it is described in less detail than in the description.
    pub shortened: bool,
    /// Bytes of it as JSON, about.
    pub bytes: usize,
}

/// A converted definition, as text: a tree would take many times as much.
struct Kept {
    text: Box<str>,
    refers: Vec<Target>,
    same: Vec<Target>,
    shortened: bool,
}

pub(in crate::openapi) struct Library<'d> {
    document: &'d Document,
    followed: Followed<'d>,
    names: HashMap<Target, String>,
    taken: HashSet<String>,
    kept: HashMap<Target, Kept>,
    kept_bytes: usize,
}

impl<'d> Library<'d> {
    pub fn new(document: &'d Document) -> Self {
        Self {
            document,
            followed: Followed::default(),
            names: HashMap::new(),
            taken: HashSet::new(),
            kept: HashMap::new(),
            kept_bytes: 0,
        }
    }

    /// Converts a schema that stands in an operation.
    pub fn part(&mut self, node: &'d Node) -> Result<Part, Unfit> {
        self.convert(node, false)
    }

    fn convert(&mut self, node: &'d Node, bare: bool) -> Result<Part, Unfit> {
        let (names, taken) = (&mut self.names, &mut self.taken);
        let mut name = |target: &Target| match names.get(target) {
            Some(known) => known.clone(),
            None => {
                let name = free_name(target, taken);
                names.insert(target.clone(), name.clone());
                name
            }
        };
        convert(self.document, &self.followed, node, bare, &mut name)
    }

    /// Adds to `root` the definitions that it reaches, nearest first, within `most` bytes in all.
    pub fn assemble(&mut self, root: Value, parts: Vec<Part>, most: usize) -> Result<Assembled, Unfit> {
        let mut shortened = parts.iter().any(|part| part.shortened);
        let mut open: VecDeque<Target> = VecDeque::new();
        let mut seen: HashSet<Target> = HashSet::new();
        let mut same: HashMap<Target, Vec<Target>> = HashMap::new();
        for target in parts.iter().flat_map(|part| &part.refers) {
            if seen.insert(target.clone()) {
                open.push_back(target.clone());
            }
        }
        let (root, was_cut) = cut::to_size(root, most.saturating_mul(3) / 4);
        shortened |= was_cut;
        let mut bytes = cut::size(&root);
        let mut definitions = Map::new();
        while let Some(target) = open.pop_front() {
            let name = self.names.get(&target).cloned().unwrap_or_default();
            let node = self.node(&target)?;
            if bytes >= most {
                shortened = true;
                bytes += name.len() + 60;
                definitions.insert(name, cut::outline_of(node));
                continue;
            }
            let kept = self.keep(&target, node)?;
            let fits = bytes + kept.text.len() <= most;
            let schema: Value = match fits {
                true => serde_json::from_str(&kept.text).unwrap_or_default(),
                false => cut::outline_of(node),
            };
            shortened |= !fits || kept.shortened;
            bytes += name.len() + 6 + if fits { kept.text.len() } else { 60 };
            if fits {
                for next in &kept.refers {
                    if seen.insert(next.clone()) {
                        open.push_back(next.clone());
                    }
                }
                same.insert(target, kept.same.clone());
            }
            definitions.insert(name, schema);
        }
        if has_cycle(same) {
            return Err(Unfit::Endless);
        }
        let mut schema = root;
        if was_cut {
            retain_reached(&schema, &mut definitions);
        }
        if !definitions.is_empty() {
            schema["$defs"] = Value::Object(definitions);
        }
        Ok(Assembled { schema, shortened, bytes })
    }

    fn node(&self, target: &Target) -> Result<&'d Node, Unfit> {
        Ok(self.document.follow(&target.pointer)?)
    }

    fn keep(&mut self, target: &Target, node: &'d Node) -> Result<&Kept, Unfit> {
        if !self.kept.contains_key(target) {
            if self.kept_bytes > KEPT_BYTES_MAX {
                self.kept.clear();
                self.kept_bytes = 0;
            }
            let part = self.convert(node, target.bare)?;
            let kept = Kept {
                text: part.schema.to_string().into_boxed_str(),
                refers: part.refers,
                same: part.same,
                shortened: part.shortened,
            };
            self.kept_bytes += kept.text.len();
            self.kept.insert(target.clone(), kept);
        }
        self.kept.get(target).ok_or(Unfit::Endless)
    }
}

/// Takes out definitions that a shortened schema does not reach any more.
fn retain_reached(root: &Value, definitions: &mut Map<String, Value>) {
    let mut reached = HashSet::new();
    let mut open = Vec::new();
    references(root, &mut open);
    while let Some(name) = open.pop() {
        if let Some(schema) = definitions.get(&name)
            && reached.insert(name)
        {
            references(schema, &mut open);
        }
    }
    definitions.retain(|name, _| reached.contains(name));
}

fn references(schema: &Value, out: &mut Vec<String>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| references(item, out)),
        Value::Object(members) => {
            for (name, value) in members {
                match (name.as_str(), value) {
                    ("$ref", Value::String(target)) => out.extend(target.strip_prefix("#/$defs/").map(str::to_owned)),
                    _ => references(value, out),
                }
            }
        }
        _ => {}
    }
}

/// Whether definitions apply one another to the same value round and round.
fn has_cycle(same: HashMap<Target, Vec<Target>>) -> bool {
    let mut left = same;
    let known: HashSet<Target> = left.keys().cloned().collect();
    left.values_mut().for_each(|targets| targets.retain(|target| known.contains(target)));
    loop {
        let ended: HashSet<Target> =
            left.iter().filter(|(_, targets)| targets.is_empty()).map(|(target, _)| target.clone()).collect();
        if ended.is_empty() {
            return !left.is_empty();
        }
        left.retain(|target, _| !ended.contains(target));
        left.values_mut().for_each(|targets| targets.retain(|target| !ended.contains(target)));
    }
}

/// A name for a definition: the last part of its pointer, made plain, and told apart from others.
fn free_name(target: &Target, taken: &mut HashSet<String>) -> String {
    let last = target.pointer.rsplit('/').next().unwrap_or_default();
    let mut name: String =
        last.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).take(48).collect();
    if name.trim_matches('_').is_empty() {
        name = "Schema".to_owned();
    }
    if target.bare {
        name.push_str("_own");
    }
    let mut free = name.clone();
    let mut n = 2;
    while !taken.insert(free.clone()) {
        free = format!("{name}_{n}");
        n += 1;
    }
    free
}
