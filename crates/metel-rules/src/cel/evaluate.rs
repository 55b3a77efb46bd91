//! Walks a tree with a meter in hand. `&&`, `||`, `all` and `exists` absorb errors of one side when
//! the other decides; being cut off is never absorbed.

use std::borrow::Cow;

use serde_json::Value;

use super::ast::{Bind, Comprehension, Expr, Fold, Operator};
use super::error::CelError;
use super::limits::MAX_VALUE_DEPTH;
use super::meter::Meter;
use super::resolve::type_named;
use super::value::{CelMap, CelValue, Key};
use super::variables::Resolve;
use super::{arithmetic, compare};

/// A value, or JSON left where it lies until somebody needs it as a value.
#[derive(Clone, Debug)]
pub(super) enum View<'a> {
    Json(&'a Value),
    Value(CelValue),
}

pub(super) struct Evaluation<'a> {
    pub variables: &'a dyn Resolve,
    pub meter: Meter,
    pub locals: Vec<View<'a>>,
}

impl<'a> Evaluation<'a> {
    /// The value of a tree.
    pub fn value(&mut self, expr: &Expr) -> Result<CelValue, CelError> {
        let view = self.view(expr)?;
        self.own(view)
    }

    fn lookup(&mut self, name: &str) -> Result<Option<View<'a>>, CelError> {
        if let Some(value) = self.variables.typed(name) {
            return Ok(Some(View::Value(value)));
        }
        Ok(match self.variables.resolve(name) {
            None => None,
            Some(Cow::Borrowed(json)) => Some(View::Json(json)),
            Some(Cow::Owned(json)) => {
                let depth = MAX_VALUE_DEPTH;
                let value = CelValue::metered_from_json(&json, &mut self.meter, depth)?;
                Some(View::Value(value))
            }
        })
    }

    fn own(&mut self, view: View<'a>) -> Result<CelValue, CelError> {
        match view {
            View::Value(value) => Ok(value),
            View::Json(json) => CelValue::metered_from_json(json, &mut self.meter, MAX_VALUE_DEPTH),
        }
    }

    /// The value of a tree, left as JSON where it is a part of a variable.
    fn view(&mut self, expr: &Expr) -> Result<View<'a>, CelError> {
        self.meter.step(1)?;
        let value = match expr {
            Expr::Constant(value) => value.clone(),
            Expr::Local(place) => {
                let local = self.locals.get(*place).cloned();
                return local.ok_or_else(|| CelError::evaluation("a lost macro variable"));
            }
            Expr::Ident { name, .. } => {
                if let Some(found) = self.lookup(name)? {
                    return Ok(found);
                }
                match type_named(name) {
                    Some(name) => CelValue::Type(name),
                    None => return Err(CelError::evaluation(format!("undeclared reference: {name}"))),
                }
            }
            Expr::Select { operand, field, dotted, optional } => {
                if let Some(dotted) = dotted {
                    if let Some(found) = self.lookup(dotted)? {
                        return Ok(found);
                    }
                    if let Some(name) = type_named(dotted) {
                        return Ok(View::Value(CelValue::Type(name)));
                    }
                }
                let operand = self.view(operand)?;
                return self.select(operand, field, *optional);
            }
            Expr::Has { operand, field } => {
                let operand = self.view(operand)?;
                CelValue::Bool(self.has(&operand, field)?)
            }
            Expr::Index { operand, index, optional } => {
                let operand = self.view(operand)?;
                let index = self.value(index)?;
                return self.index(operand, &index, *optional);
            }
            Expr::List(items) => self.list(items)?,
            Expr::Map(entries) => self.map(entries)?,
            Expr::And(terms) => self.any(terms, false)?,
            Expr::Or(terms) => self.any(terms, true)?,
            Expr::Conditional(arms) => {
                let [condition, yes, no] = arms.as_ref();
                let arm = if self.truth(condition)? { yes } else { no };
                return self.view(arm);
            }
            Expr::Not(operand) => CelValue::Bool(!self.truth(operand)?),
            Expr::Negate(operand) => arithmetic::negate(&self.value(operand)?)?,
            Expr::Binary(operator, sides) => self.binary(*operator, sides)?,
            Expr::Call { name, .. } => {
                return Err(CelError::evaluation(format!("unknown function: {name}")));
            }
            Expr::Apply { function, args } => {
                let args = args.iter().map(|arg| self.value(arg)).collect::<Result<Vec<_>, _>>()?;
                (function.call)(&mut self.meter, &args)?
            }
            Expr::Matches { subject, pattern } => match self.value(subject)? {
                CelValue::String(text) => CelValue::Bool(pattern.matches(&text, &mut self.meter)?),
                _ => return Err(CelError::no_overload("matches")),
            },
            Expr::Comprehension(parts) => self.comprehension(parts)?,
            Expr::Bind(bind) => {
                let value = self.view(&bind.value)?;
                return self.with(value, &bind.body);
            }
            Expr::OptionalMap { bind, flat } => self.optional_map(bind, *flat)?,
        };
        Ok(View::Value(value))
    }

    fn with(&mut self, local: View<'a>, body: &Expr) -> Result<View<'a>, CelError> {
        self.locals.push(local);
        let out = self.view(body);
        self.locals.pop();
        out
    }

    fn optional_map(&mut self, bind: &Bind, flat: bool) -> Result<CelValue, CelError> {
        let inner = match self.value(&bind.value)? {
            CelValue::Optional(None) => return Ok(CelValue::Optional(None)),
            CelValue::Optional(Some(inner)) => inner,
            _ => return Err(CelError::no_overload("optMap")),
        };
        let out = self.with(View::Value(inner.as_ref().clone()), &bind.body)?;
        let out = self.own(out)?;
        match (flat, out) {
            (false, out) => Ok(CelValue::Optional(Some(out.into()))),
            (true, out @ CelValue::Optional(_)) => Ok(out),
            (true, _) => Err(CelError::no_overload("optFlatMap")),
        }
    }

    fn truth(&mut self, expr: &Expr) -> Result<bool, CelError> {
        match self.view(expr)? {
            View::Value(CelValue::Bool(b)) | View::Json(&Value::Bool(b)) => Ok(b),
            _ => Err(CelError::no_overload("a condition must be a bool")),
        }
    }

    /// `||` when `decisive` is true, `&&` when it is false.
    fn any(&mut self, terms: &[Expr], decisive: bool) -> Result<CelValue, CelError> {
        let mut failed = None;
        for term in terms {
            match self.truth(term) {
                Ok(b) if b == decisive => return Ok(CelValue::Bool(decisive)),
                Ok(_) => {}
                Err(error) if error.is_exhausted() => return Err(error),
                Err(error) => {
                    failed.get_or_insert(error);
                }
            }
        }
        failed.map_or(Ok(CelValue::Bool(!decisive)), Err)
    }

    fn select(&mut self, operand: View<'a>, field: &str, optional: bool) -> Result<View<'a>, CelError> {
        match operand {
            View::Json(Value::Object(entries)) => match (entries.get(field), optional) {
                (Some(json), false) => Ok(View::Json(json)),
                (found, true) => {
                    let found = found.map(|json| self.own(View::Json(json))).transpose()?;
                    Ok(View::Value(CelValue::Optional(found.map(Into::into))))
                }
                (None, false) => Err(missing(field)),
            },
            View::Value(CelValue::Map(map)) => {
                let found = map.get(&Key::String(field.into())).cloned();
                match (found, optional) {
                    (Some(value), false) => Ok(View::Value(value)),
                    (found, true) => Ok(View::Value(CelValue::Optional(found.map(Into::into)))),
                    (None, false) => Err(missing(field)),
                }
            }
            View::Value(CelValue::Optional(inner)) => match inner {
                None => Ok(View::Value(CelValue::Optional(None))),
                Some(inner) => self.select(View::Value(inner.as_ref().clone()), field, true),
            },
            _ => Err(CelError::no_overload(&format!("no field {field} here"))),
        }
    }

    fn has(&mut self, operand: &View<'a>, field: &str) -> Result<bool, CelError> {
        match operand {
            View::Json(Value::Object(entries)) => Ok(entries.contains_key(field)),
            View::Value(CelValue::Map(map)) => Ok(map.contains_key(&Key::String(field.into()))),
            View::Value(CelValue::Optional(None)) => Ok(false),
            View::Value(CelValue::Optional(Some(inner))) => self.has(&View::Value(inner.as_ref().clone()), field),
            _ => Err(CelError::no_overload("has")),
        }
    }

    fn index(&mut self, operand: View<'a>, index: &CelValue, optional: bool) -> Result<View<'a>, CelError> {
        let found = match (operand, index) {
            (View::Json(Value::Object(entries)), CelValue::String(key)) => entries.get(key.as_ref()).map(View::Json),
            (View::Json(Value::Array(items)), index) => position(index)?.and_then(|at| items.get(at)).map(View::Json),
            (View::Value(CelValue::List(items)), index) => {
                position(index)?.and_then(|at| items.get(at).cloned()).map(View::Value)
            }
            (View::Value(CelValue::Optional(inner)), index) => {
                return match inner {
                    None => Ok(View::Value(CelValue::Optional(None))),
                    Some(inner) => self.index(View::Value(inner.as_ref().clone()), index, true),
                };
            }
            (View::Value(CelValue::Map(map)), index) => {
                compare::lookup_key(index).and_then(|key| map.get(&key).cloned()).map(View::Value)
            }
            (View::Json(Value::Object(_)), _) => None,
            _ => return Err(CelError::no_overload("index")),
        };
        match (found, optional) {
            (Some(view), false) => Ok(view),
            (None, false) => Err(CelError::evaluation("no such element")),
            (found, true) => {
                let found = found.map(|view| self.own(view)).transpose()?;
                Ok(View::Value(CelValue::Optional(found.map(Into::into))))
            }
        }
    }

    fn list(&mut self, items: &[(Expr, bool)]) -> Result<CelValue, CelError> {
        self.meter.slots(items.len())?;
        let mut out = Vec::with_capacity(items.len());
        for (item, optional) in items {
            match (self.value(item)?, optional) {
                (value, false) => out.push(value),
                (CelValue::Optional(None), true) => {}
                (CelValue::Optional(Some(value)), true) => out.push(value.as_ref().clone()),
                _ => return Err(CelError::no_overload("an optional element must be an optional")),
            }
        }
        Ok(CelValue::list(out))
    }

    fn map(&mut self, entries: &[(Expr, Expr, bool)]) -> Result<CelValue, CelError> {
        self.meter.slots(entries.len())?;
        let mut out = CelMap::new();
        for (key, value, optional) in entries {
            let key = compare::key(&self.value(key)?)?;
            let value = match (self.value(value)?, optional) {
                (value, false) => value,
                (CelValue::Optional(None), true) => continue,
                (CelValue::Optional(Some(value)), true) => value.as_ref().clone(),
                _ => return Err(CelError::no_overload("an optional entry must be an optional")),
            };
            if out.insert(key, value).is_some() {
                return Err(CelError::evaluation("repeated key"));
            }
        }
        Ok(CelValue::map(out))
    }

    fn binary(&mut self, operator: Operator, sides: &[Expr; 2]) -> Result<CelValue, CelError> {
        let a = self.value(&sides[0])?;
        if operator == Operator::In {
            let range = self.view(&sides[1])?;
            return self.within(&a, range).map(CelValue::Bool);
        }
        let b = self.value(&sides[1])?;
        let meter = &mut self.meter;
        let out = match operator {
            Operator::Equal => compare::equal(&a, &b, meter)?,
            Operator::NotEqual => !compare::equal(&a, &b, meter)?,
            Operator::Less => compare::order(&a, &b, meter)?.is_some_and(|o| o.is_lt()),
            Operator::LessEqual => compare::order(&a, &b, meter)?.is_some_and(|o| o.is_le()),
            Operator::Greater => compare::order(&a, &b, meter)?.is_some_and(|o| o.is_gt()),
            Operator::GreaterEqual => compare::order(&a, &b, meter)?.is_some_and(|o| o.is_ge()),
            _ => return arithmetic::apply(operator, a, b, meter),
        };
        Ok(CelValue::Bool(out))
    }

    fn within(&mut self, wanted: &CelValue, range: View<'a>) -> Result<bool, CelError> {
        match range {
            View::Json(Value::Object(entries)) => Ok(match wanted {
                CelValue::String(key) => entries.contains_key(key.as_ref()),
                _ => false,
            }),
            View::Json(Value::Array(items)) => {
                for item in items {
                    let item = self.own(View::Json(item))?;
                    if compare::equal(wanted, &item, &mut self.meter)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            View::Value(CelValue::List(items)) => {
                for item in items.iter() {
                    if compare::equal(wanted, item, &mut self.meter)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            View::Value(CelValue::Map(map)) => {
                Ok(compare::lookup_key(wanted).is_some_and(|key| map.contains_key(&key)))
            }
            _ => Err(CelError::no_overload("in")),
        }
    }

    fn comprehension(&mut self, parts: &Comprehension) -> Result<CelValue, CelError> {
        let range = self.view(&parts.range)?;
        let mut out = Gathered::new(parts.fold);
        match range {
            View::Json(Value::Array(items)) => {
                for (i, item) in items.iter().enumerate() {
                    if self.element(parts, &mut out, Key::Int(i as i64), View::Json(item), false)? {
                        break;
                    }
                }
            }
            View::Json(Value::Object(entries)) => {
                for (key, value) in entries {
                    let key = Key::String(key.as_str().into());
                    if self.element(parts, &mut out, key, View::Json(value), true)? {
                        break;
                    }
                }
            }
            View::Value(CelValue::List(items)) => {
                for (i, item) in items.iter().enumerate() {
                    let item = View::Value(item.clone());
                    if self.element(parts, &mut out, Key::Int(i as i64), item, false)? {
                        break;
                    }
                }
            }
            View::Value(CelValue::Map(map)) => {
                for (key, value) in map.iter() {
                    let value = View::Value(value.clone());
                    if self.element(parts, &mut out, key.clone(), value, true)? {
                        break;
                    }
                }
            }
            _ => return Err(CelError::no_overload("a macro needs a list or a map")),
        }
        out.finish()
    }

    /// One round of a macro; true when the rest can no longer matter.
    fn element(
        &mut self,
        parts: &Comprehension,
        out: &mut Gathered,
        key: Key,
        value: View<'a>,
        of_map: bool,
    ) -> Result<bool, CelError> {
        self.meter.step(1)?;
        let height = self.locals.len();
        match (parts.names.len(), of_map) {
            (1, false) => self.locals.push(value),
            (1, true) => self.locals.push(View::Value(key.value())),
            _ => {
                self.locals.push(View::Value(key.value()));
                self.locals.push(value);
            }
        }
        let done = self.round(parts, out, key);
        self.locals.truncate(height);
        done
    }

    fn round(&mut self, parts: &Comprehension, out: &mut Gathered, key: Key) -> Result<bool, CelError> {
        if let Some(filter) = &parts.filter
            && !self.truth(filter)?
        {
            return Ok(false);
        }
        match parts.fold {
            Fold::All | Fold::Exists => {
                let decisive = parts.fold == Fold::Exists;
                match self.truth(&parts.body) {
                    Ok(b) if b == decisive => {
                        out.decided = true;
                        return Ok(true);
                    }
                    Ok(_) => {}
                    Err(error) if error.is_exhausted() => return Err(error),
                    Err(error) => {
                        out.failed.get_or_insert(error);
                    }
                }
            }
            Fold::ExistsOne => out.count += usize::from(self.truth(&parts.body)?),
            Fold::List => {
                let value = self.value(&parts.body)?;
                self.meter.slots(1)?;
                out.list.push(value);
            }
            Fold::Values => {
                let value = self.value(&parts.body)?;
                self.meter.slots(1)?;
                out.map.insert(key, value);
            }
            Fold::Entries => {
                let CelValue::Map(entries) = self.value(&parts.body)? else {
                    return Err(CelError::no_overload("transformMapEntry needs a map"));
                };
                self.meter.slots(entries.len())?;
                for (key, value) in entries.iter() {
                    if out.map.insert(key.clone(), value.clone()).is_some() {
                        return Err(CelError::evaluation("repeated key"));
                    }
                }
            }
        }
        Ok(false)
    }
}

/// What a macro has so far.
struct Gathered {
    fold: Fold,
    decided: bool,
    failed: Option<CelError>,
    count: usize,
    list: Vec<CelValue>,
    map: CelMap,
}

impl Gathered {
    fn new(fold: Fold) -> Self {
        Gathered { fold, decided: false, failed: None, count: 0, list: Vec::new(), map: CelMap::new() }
    }

    fn finish(self) -> Result<CelValue, CelError> {
        let decisive = self.fold == Fold::Exists;
        match self.fold {
            Fold::All | Fold::Exists if self.decided => Ok(CelValue::Bool(decisive)),
            Fold::All | Fold::Exists => self.failed.map_or(Ok(CelValue::Bool(!decisive)), Err),
            Fold::ExistsOne => Ok(CelValue::Bool(self.count == 1)),
            Fold::List => Ok(CelValue::list(self.list)),
            Fold::Values | Fold::Entries => Ok(CelValue::map(self.map)),
        }
    }
}

fn missing(field: &str) -> CelError {
    CelError::evaluation(format!("no such key: {field}"))
}

/// The place that an index value names; whole doubles and uints count.
fn position(index: &CelValue) -> Result<Option<usize>, CelError> {
    match index {
        CelValue::Int(n) => Ok(usize::try_from(*n).ok()),
        CelValue::Uint(n) => Ok(usize::try_from(*n).ok()),
        CelValue::Double(n) if n.fract() == 0.0 && *n >= 0.0 && *n < 9e15 => Ok(Some(*n as usize)),
        _ => Err(CelError::no_overload("a list index must be a whole number")),
    }
}
