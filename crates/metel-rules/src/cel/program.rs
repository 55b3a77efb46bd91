//! A compiled condition: parsed once, shared freely, evaluated with a given amount of fuel.

use std::sync::Arc;

use super::ast::Expr;
use super::error::CelError;
use super::evaluate::Evaluation;
use super::limits::Fuel;
use super::meter::Meter;
use super::parse;
use super::resolve::Names;
use super::value::CelValue;
use super::variables::Resolve;

/// A compiled expression. Cheap to clone; safe to share between threads.
#[derive(Clone, Debug)]
pub struct Program(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    source: Box<str>,
    expr: Expr,
    names: Names,
}

impl Program {
    /// Parses an expression. Refuses text past [`super::MAX_SOURCE`] bytes and nesting past
    /// [`super::MAX_NESTING`]. Unknown functions and names are left to evaluation, as the language
    /// wants; see [`Program::unknown_functions`] and [`Program::references`] to refuse them early.
    pub fn compile(source: &str) -> Result<Program, CelError> {
        let mut expr = parse::parse(source)?;
        let mut names = Names::default();
        names.walk(&mut expr);
        Ok(Program(Arc::new(Compiled { source: source.into(), expr, names })))
    }

    /// The text that was compiled.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Root names that the expression reads from outside, each once, in order. Macro variables and
    /// names of types are not among them.
    pub fn references(&self) -> impl Iterator<Item = &str> {
        self.0.names.variables.iter().map(AsRef::as_ref)
    }

    /// Names of called functions that do not exist.
    pub fn unknown_functions(&self) -> impl Iterator<Item = &str> {
        self.0.names.unknown_functions.iter().map(AsRef::as_ref)
    }

    /// Evaluates. The result is small enough to be walked: its size was paid for.
    pub fn evaluate(&self, variables: &dyn Resolve, fuel: Fuel) -> Result<CelValue, CelError> {
        let mut evaluation = Evaluation { variables, meter: Meter::new(fuel), locals: Vec::new() };
        let value = evaluation.value(&self.0.expr)?;
        pay(&value, &mut evaluation.meter)?;
        Ok(value)
    }

    /// Evaluates a condition; any result but a `bool` is an error.
    pub fn truth(&self, variables: &dyn Resolve, fuel: Fuel) -> Result<bool, CelError> {
        match self.evaluate(variables, fuel)? {
            CelValue::Bool(b) => Ok(b),
            other => Err(CelError::evaluation(format!("a condition must be a bool, not {}", other.type_name()))),
        }
    }
}

/// Walks a whole value, so that what is shared inside it is counted as often as it appears.
fn pay(value: &CelValue, meter: &mut Meter) -> Result<(), CelError> {
    meter.step(1)?;
    match value {
        CelValue::String(text) => meter.produce(text.len()),
        CelValue::Bytes(bytes) => meter.produce(bytes.len()),
        CelValue::List(items) => items.iter().try_for_each(|item| pay(item, meter)),
        CelValue::Map(map) => map.iter().try_for_each(|(key, value)| {
            if let super::value::Key::String(text) = key {
                meter.produce(text.len())?;
            }
            pay(value, meter)
        }),
        CelValue::Optional(Some(inner)) => pay(inner, meter),
        _ => Ok(()),
    }
}
