//! Calls that are not calls: the standard macros, their two-variable forms, `cel.bind`, `optMap`
//! and `optFlatMap`. A macro's variable must be a plain name.

use std::sync::Arc;

use super::ast::{Bind, Comprehension, Expr, Fold};
use super::error::CelError;
use super::parse::{Node, node};

/// `name(args)`.
pub(super) fn global(name: &Arc<str>, mut args: Vec<Expr>, depth: usize, offset: usize) -> Result<Node, CelError> {
    if name.as_ref() == "has" && args.len() == 1 {
        return match args.pop() {
            Some(Expr::Select { operand, field, optional: false, .. }) => node(Expr::Has { operand, field }, depth),
            _ => Err(CelError::syntax(offset, "has() needs a field selection")),
        };
    }
    let name = name.clone();
    node(Expr::Call { name, member: false, args }, depth)
}

/// `target.name(args)`.
pub(super) fn member(target: Expr, name: &str, args: Vec<Expr>, depth: usize, offset: usize) -> Result<Node, CelError> {
    let variable = |expr: &Expr| match expr {
        Expr::Ident { name, absolute: false } => Ok(name.clone()),
        _ => Err(CelError::syntax(offset, "a macro's variable must be a plain name")),
    };
    let fold = |fold, names: &[&Expr], filter, body| {
        let names = names.iter().map(|n| variable(n)).collect::<Result<Vec<_>, _>>()?;
        if names.len() == 2 && names[0] == names[1] {
            return Err(CelError::syntax(offset, "a macro's variables must differ"));
        }
        let parts = Comprehension { fold, range: target_slot(), names, filter, body };
        Ok(parts)
    };
    let mut args = args;
    let made = match (name, args.as_mut_slice()) {
        ("all", [x, body]) => fold(Fold::All, &[x], None, take(body))?,
        ("exists", [x, body]) => fold(Fold::Exists, &[x], None, take(body))?,
        ("exists_one" | "existsOne", [x, body]) => fold(Fold::ExistsOne, &[x], None, take(body))?,
        ("filter", [x, test]) => {
            let body = Expr::Ident { name: variable(x)?, absolute: false };
            fold(Fold::List, &[x], Some(take(test)), body)?
        }
        ("map", [x, body]) => fold(Fold::List, &[x], None, take(body))?,
        ("map", [x, test, body]) => fold(Fold::List, &[x], Some(take(test)), take(body))?,
        ("all", [i, x, body]) => fold(Fold::All, &[i, x], None, take(body))?,
        ("exists", [i, x, body]) => fold(Fold::Exists, &[i, x], None, take(body))?,
        ("exists_one" | "existsOne", [i, x, body]) => fold(Fold::ExistsOne, &[i, x], None, take(body))?,
        ("transformList", [i, x, body]) => fold(Fold::List, &[i, x], None, take(body))?,
        ("transformList", [i, x, test, body]) => fold(Fold::List, &[i, x], Some(take(test)), take(body))?,
        ("transformMap", [i, x, body]) => fold(Fold::Values, &[i, x], None, take(body))?,
        ("transformMap", [i, x, test, body]) => fold(Fold::Values, &[i, x], Some(take(test)), take(body))?,
        ("transformMapEntry", [i, x, body]) => fold(Fold::Entries, &[i, x], None, take(body))?,
        ("transformMapEntry", [i, x, test, body]) => fold(Fold::Entries, &[i, x], Some(take(test)), take(body))?,
        ("bind", [x, value, body]) if is_name(&target, "cel") => {
            let bind = Bind { name: variable(x)?, value: take(value), body: take(body) };
            return node(Expr::Bind(Box::new(bind)), depth);
        }
        ("optMap" | "optFlatMap", [x, body]) => {
            let flat = name == "optFlatMap";
            let bind = Bind { name: variable(x)?, value: target, body: take(body) };
            return node(Expr::OptionalMap { bind: Box::new(bind), flat }, depth);
        }
        _ => {
            args.insert(0, target);
            return node(Expr::Call { name: name.into(), member: true, args }, depth);
        }
    };
    let made = Comprehension { range: target, ..made };
    node(Expr::Comprehension(Box::new(made)), depth)
}

fn is_name(expr: &Expr, wanted: &str) -> bool {
    matches!(expr, Expr::Ident { name, .. } if name.as_ref() == wanted)
}

fn take(expr: &mut Expr) -> Expr {
    std::mem::replace(expr, target_slot())
}

fn target_slot() -> Expr {
    Expr::Local(usize::MAX)
}
