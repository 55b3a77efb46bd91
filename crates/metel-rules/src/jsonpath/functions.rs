//! The five functions of the standard (RFC 9535 §2.4.4 to §2.4.8) and the pattern dialect (RFC 9485).

use serde_json::Value;

use super::parse::Term;
use super::syntax::{Condition, Match, Operand, PatternOperand, Query};
use crate::cel::Pattern;

/// A call whose arguments have the types that the function declares; `None` otherwise.
pub(super) fn typed(name: &str, args: Vec<Term>) -> Option<Term> {
    let mut args = args.into_iter();
    let term = match name {
        "length" => Term::Value(Operand::Length(Box::new(value(args.next()?)?))),
        "count" => Term::Value(Operand::Count(nodes(args.next()?)?)),
        "value" => Term::Value(Operand::Value(nodes(args.next()?)?)),
        "match" | "search" => {
            let whole = name == "match";
            let text = value(args.next()?)?;
            let pattern = match value(args.next()?)? {
                Operand::Literal(Value::String(text)) => PatternOperand::Known(pattern(&text, whole)),
                Operand::Literal(_) => PatternOperand::Known(None),
                operand => PatternOperand::Given(operand),
            };
            Term::Truth(Condition::Match(Box::new(Match { whole, text, pattern })))
        }
        _ => return None,
    };
    args.next().is_none().then_some(term)
}

fn value(term: Term) -> Option<Operand> {
    match term {
        Term::Literal(value) => Some(Operand::Literal(value)),
        Term::Value(operand) => Some(operand),
        Term::Query(query) if query.is_singular() => Some(Operand::Singular(query)),
        Term::Query(_) | Term::Truth(_) => None,
    }
}

fn nodes(term: Term) -> Option<Query> {
    match term {
        Term::Query(query) => Some(query),
        _ => None,
    }
}

/// An I-Regexp as a pattern: its dot leaves out line feed and carriage return. `None` when invalid.
pub(super) fn pattern(text: &str, whole: bool) -> Option<Pattern> {
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(if whole { "\\A(?:" } else { "(?:" });
    let (mut escaped, mut class) = (false, false);
    for c in text.chars() {
        match c {
            _ if escaped => {
                escaped = false;
                out.push(c);
                continue;
            }
            '\\' => escaped = true,
            '[' => class = true,
            ']' => class = false,
            '.' if !class => {
                out.push_str("[^\\n\\r]");
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    // The text must be a pattern by itself, not only with what is put around it.
    Pattern::new(text).ok()?;
    out.push_str(if whole { ")\\z" } else { ")" });
    Pattern::new(&out).ok()
}
