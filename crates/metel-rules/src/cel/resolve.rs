//! Settles every name of a tree: macro variables to their places, calls to their functions, dotted
//! names to whole names; and notes which variables and unknown functions are left.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::ast::Expr;
use super::function;
use super::pattern::Pattern;
use super::value::CelValue;

/// Longest dotted variable name, in parts.
const MAX_PARTS: usize = 8;

/// What the walk found.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub variables: BTreeSet<Arc<str>>,
    pub unknown_functions: BTreeSet<Arc<str>>,
    scope: Vec<Arc<str>>,
}

impl Names {
    fn local(&self, name: &str) -> Option<usize> {
        self.scope.iter().rposition(|n| n.as_ref() == name)
    }

    fn within(&mut self, names: &[Arc<str>], body: impl FnOnce(&mut Self)) {
        let height = self.scope.len();
        self.scope.extend_from_slice(names);
        body(self);
        self.scope.truncate(height);
    }

    /// Resolves a tree in place.
    pub fn walk(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Constant(_) | Expr::Local(_) => {}
            Expr::Ident { name, absolute } => match self.local(name).filter(|_| !*absolute) {
                Some(place) => *expr = Expr::Local(place),
                None if type_named(name).is_some() => {}
                None => {
                    self.variables.insert(name.clone());
                }
            },
            Expr::Select { .. } => self.select(expr),
            Expr::Has { operand, .. } => self.walk(operand),
            Expr::Index { operand, index, .. } => {
                self.walk(operand);
                self.walk(index);
            }
            Expr::List(items) => items.iter_mut().for_each(|(item, _)| self.walk(item)),
            Expr::Map(entries) => {
                for (key, value, _) in entries {
                    self.walk(key);
                    self.walk(value);
                }
            }
            Expr::And(terms) | Expr::Or(terms) => terms.iter_mut().for_each(|t| self.walk(t)),
            Expr::Conditional(arms) => arms.iter_mut().for_each(|arm| self.walk(arm)),
            Expr::Not(operand) | Expr::Negate(operand) => self.walk(operand),
            Expr::Binary(_, sides) => sides.iter_mut().for_each(|side| self.walk(side)),
            Expr::Call { .. } => self.call(expr),
            Expr::Apply { args, .. } => args.iter_mut().for_each(|arg| self.walk(arg)),
            Expr::Matches { subject, .. } => self.walk(subject),
            Expr::Comprehension(parts) => {
                let parts = parts.as_mut();
                self.walk(&mut parts.range);
                self.within(&parts.names, |names| {
                    if let Some(filter) = &mut parts.filter {
                        names.walk(filter);
                    }
                    names.walk(&mut parts.body);
                });
            }
            Expr::Bind(bind) | Expr::OptionalMap { bind, .. } => {
                let bind = bind.as_mut();
                self.walk(&mut bind.value);
                let name = std::slice::from_ref(&bind.name);
                self.within(name, |names| names.walk(&mut bind.body));
            }
        }
    }

    fn select(&mut self, expr: &mut Expr) {
        let whole = self.free_path(expr);
        let named = whole.as_deref().is_some_and(|name| type_named(name).is_some());
        if let Expr::Select { operand, dotted, .. } = expr {
            *dotted = whole.map(Arc::from);
            if !named {
                self.walk(operand);
            }
        }
    }

    /// `a.b.c` when it is made of names only and `a` is not a macro variable.
    fn free_path(&self, expr: &Expr) -> Option<String> {
        let mut parts = Vec::new();
        let mut at = expr;
        loop {
            match at {
                Expr::Select { operand, field, optional: false, .. } if parts.len() < MAX_PARTS => {
                    parts.push(field.as_ref());
                    at = operand.as_ref();
                }
                Expr::Ident { name, absolute } => {
                    if !absolute && self.local(name).is_some() {
                        return None;
                    }
                    parts.push(name.as_ref());
                    parts.reverse();
                    return Some(parts.join("."));
                }
                _ => return None,
            }
        }
    }

    fn call(&mut self, expr: &mut Expr) {
        let Expr::Call { name, member, args } = expr else {
            return;
        };
        let mut args = std::mem::take(args);
        let mut found = None;
        if *member {
            let path = args.first().and_then(|target| self.free_path(target));
            found = path.and_then(|path| function::find(&format!("{path}.{name}"), false));
            if found.is_some() {
                args.remove(0);
            } else {
                found = function::find(name, true);
            }
        } else {
            found = found.or_else(|| function::find(name, false));
        }
        args.iter_mut().for_each(|arg| self.walk(arg));
        if name.as_ref() == "matches"
            && let [_, Expr::Constant(CelValue::String(pattern))] = args.as_slice()
            && let Ok(pattern) = Pattern::new(pattern)
        {
            let subject = Box::new(args.swap_remove(0));
            *expr = Expr::Matches { subject, pattern };
            return;
        }
        match found {
            Some(function) => *expr = Expr::Apply { function, args },
            None => {
                self.unknown_functions.insert(name.clone());
                *expr = Expr::Call { name: name.clone(), member: *member, args };
            }
        }
    }
}

/// The type that a name stands for.
pub(super) fn type_named(name: &str) -> Option<&'static str> {
    const TYPES: [&str; 15] = [
        "bool",
        "int",
        "uint",
        "double",
        "string",
        "bytes",
        "list",
        "map",
        "null_type",
        "type",
        "optional_type",
        "google.protobuf.Timestamp",
        "google.protobuf.Duration",
        "net.IP",
        "net.CIDR",
    ];
    TYPES.iter().find(|t| **t == name).copied()
}
