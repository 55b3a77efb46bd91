//! The template language of transports: strings with `${input.x}`, `{"$cel": "…"}` for computed
//! values, `{"$mail": {…}}` for a whole mail in base64url, and members whose name ends in `?`, which
//! are left out when their value is null or absent.

use serde_json::Value;

use crate::cel::Program;

/// Deepest template.
const DEPTH_MAX: usize = 24;

/// A value with its references found once.
#[derive(Debug, Clone)]
pub enum Template {
    Literal(Value),
    /// One lone reference: keeps the value's type.
    Whole(Reference),
    Text(Vec<Piece>),
    Cel(Program),
    /// The fields of a mail (RFC 5322), written out.
    Mail(Box<Template>),
    List(Vec<Template>),
    Object(Vec<Member>),
}

#[derive(Debug, Clone)]
pub struct Member {
    pub name: String,
    pub optional: bool,
    pub value: Template,
}

#[derive(Debug, Clone)]
pub enum Piece {
    Text(String),
    Value(Reference),
}

/// A root name and the members below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    pub root: String,
    pub path: Vec<String>,
}

/// A fault and the pointer at which it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFault {
    pub pointer: String,
    pub what: String,
}

impl Template {
    /// Reads a value; reports every fault below `pointer`.
    pub fn compile(value: &Value, pointer: &str, faults: &mut Vec<TemplateFault>) -> Self {
        Self::read(value, pointer, faults, 0)
    }

    fn read(value: &Value, pointer: &str, faults: &mut Vec<TemplateFault>, depth: usize) -> Self {
        let mut fault = |what: String| faults.push(TemplateFault { pointer: pointer.to_owned(), what });
        if depth > DEPTH_MAX {
            fault("nested too deeply".to_owned());
            return Self::Literal(Value::Null);
        }
        match value {
            Value::String(text) => match Self::text(text) {
                Ok(template) => template,
                Err(what) => {
                    fault(what);
                    Self::Literal(Value::Null)
                }
            },
            Value::Array(items) => Self::List(
                items
                    .iter()
                    .enumerate()
                    .map(|(i, item)| Self::read(item, &format!("{pointer}/{i}"), faults, depth + 1))
                    .collect(),
            ),
            Value::Object(members) if members.contains_key("$mail") => match (members.get("$mail"), members.len()) {
                (Some(inner @ Value::Object(_)), 1) => Self::Mail(Box::new(Self::read(
                    inner,
                    &metel_model::json::pointer_push(pointer, "$mail"),
                    faults,
                    depth + 1,
                ))),
                _ => {
                    fault("$mail stands alone and holds the fields of a mail".to_owned());
                    Self::Literal(Value::Null)
                }
            },
            Value::Object(members) => match members.get("$cel") {
                Some(source) => match (source.as_str(), members.len()) {
                    (Some(source), 1) => match Program::compile(source) {
                        Ok(program) => Self::Cel(program),
                        Err(error) => {
                            fault(error.to_string());
                            Self::Literal(Value::Null)
                        }
                    },
                    _ => {
                        fault("$cel stands alone and holds a text".to_owned());
                        Self::Literal(Value::Null)
                    }
                },
                None => Self::Object(
                    members
                        .iter()
                        .map(|(name, value)| Member {
                            name: name.strip_suffix('?').unwrap_or(name).to_owned(),
                            optional: name.ends_with('?'),
                            value: Self::read(
                                value,
                                &metel_model::json::pointer_push(pointer, name),
                                faults,
                                depth + 1,
                            ),
                        })
                        .collect(),
                ),
            },
            other => Self::Literal(other.clone()),
        }
    }

    /// Reads one string; `$${` stands for a literal `${`.
    pub fn text(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            if rest[..at].ends_with('$') {
                literal.push_str(&rest[..at - 1]);
                literal.push_str("${");
                rest = &rest[at + 2..];
                continue;
            }
            literal.push_str(&rest[..at]);
            let end = rest[at..].find('}').ok_or_else(|| "a closing brace is missing".to_owned())?;
            let reference = Reference::parse(&rest[at + 2..at + end])?;
            if !literal.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut literal)));
            }
            pieces.push(Piece::Value(reference));
            rest = &rest[at + end + 1..];
        }
        literal.push_str(rest);
        if pieces.is_empty() {
            return Ok(Self::Literal(Value::String(literal)));
        }
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal));
        }
        match pieces.as_slice() {
            [Piece::Value(reference)] => Ok(Self::Whole(reference.clone())),
            _ => Ok(Self::Text(pieces)),
        }
    }

    /// Every root name and, where there is one, the member right below it. Members that only an
    /// expression reads are not seen.
    pub fn visit(&self, visit: &mut dyn FnMut(&str, Option<&str>)) {
        match self {
            Self::Literal(_) => {}
            Self::Whole(reference) => visit(&reference.root, reference.path.first().map(String::as_str)),
            Self::Text(pieces) => {
                for piece in pieces {
                    if let Piece::Value(reference) = piece {
                        visit(&reference.root, reference.path.first().map(String::as_str));
                    }
                }
            }
            Self::Cel(program) => {
                for root in program.references() {
                    visit(root, None);
                }
            }
            Self::Mail(inner) => inner.visit(visit),
            Self::List(items) => items.iter().for_each(|item| item.visit(visit)),
            Self::Object(members) => members.iter().for_each(|member| member.value.visit(visit)),
        }
    }
}

impl Reference {
    fn parse(text: &str) -> Result<Self, String> {
        let bad = || format!("`{}` is not a reference such as input.title", text.chars().take(60).collect::<String>());
        let mut names = text.split('.').map(str::trim);
        let root = names.next().filter(|name| is_name(name)).ok_or_else(bad)?.to_owned();
        let path: Vec<String> =
            names.map(|name| is_name(name).then(|| name.to_owned()).ok_or_else(bad)).collect::<Result<_, _>>()?;
        if path.len() > 16 {
            return Err(bad());
        }
        Ok(Self { root, path })
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}
