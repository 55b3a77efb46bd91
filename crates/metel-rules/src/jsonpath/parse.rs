//! Text to a selector. Refuses everything outside the grammar, ill-typed comparisons and calls of
//! unknown functions (RFC 9535 §2.4.3).

use serde_json::Value;

use super::functions;
use super::limits::MAX_NESTING;
use super::path::PathError;
use super::read::Reader;
use super::syntax::{Comparison, Condition, Operand, Query, Segment, Selector};

/// Parses a whole selector.
pub(super) fn selector(text: &str) -> Result<Query, PathError> {
    let mut parser = Parser { reader: Reader { text, at: 0 }, nesting: 0 };
    parser.reader.expect("$", "a selector begins with $")?;
    let query = parser.segments(true)?;
    if parser.reader.rest().is_empty() { Ok(query) } else { parser.reader.fail("unexpected text") }
}

pub(super) struct Parser<'s> {
    pub reader: Reader<'s>,
    nesting: usize,
}

/// A part of a condition before it is known whether it is compared or tested.
pub(super) enum Term {
    Literal(Value),
    Query(Query),
    /// A function that yields a value.
    Value(Operand),
    /// A function that yields truth.
    Truth(Condition),
}

impl Parser<'_> {
    fn segments(&mut self, absolute: bool) -> Result<Query, PathError> {
        let mut segments = Vec::new();
        loop {
            let start = self.reader.at;
            self.reader.blanks();
            let segment = if self.reader.eat("..") {
                self.segment(true)?
            } else if self.reader.eat(".") {
                self.segment(false)?
            } else if self.reader.eat("[") {
                let selectors = self.bracket()?;
                Segment { descendant: false, selectors }
            } else {
                self.reader.at = start;
                return Ok(Query { absolute, segments });
            };
            segments.push(segment);
        }
    }

    /// After a dot or two.
    fn segment(&mut self, descendant: bool) -> Result<Segment, PathError> {
        let selectors = if self.reader.eat("*") {
            vec![Selector::Wildcard]
        } else if descendant && self.reader.eat("[") {
            self.bracket()?
        } else if let Some(name) = self.reader.name() {
            vec![Selector::Name(name)]
        } else {
            return self.reader.fail("a name or * must follow the dot");
        };
        Ok(Segment { descendant, selectors })
    }

    fn bracket(&mut self) -> Result<Vec<Selector>, PathError> {
        let mut selectors = Vec::new();
        loop {
            self.reader.blanks();
            selectors.push(self.bracketed()?);
            self.reader.blanks();
            if self.reader.eat("]") {
                return Ok(selectors);
            }
            self.reader.expect(",", "expected , or ]")?;
        }
    }

    fn bracketed(&mut self) -> Result<Selector, PathError> {
        if let Some(name) = self.reader.string()? {
            return Ok(Selector::Name(name));
        }
        if self.reader.eat("*") {
            return Ok(Selector::Wildcard);
        }
        if self.reader.eat("?") {
            self.reader.blanks();
            return self.condition().map(Selector::Filter);
        }
        let start = self.reader.integer()?;
        let after = self.reader.at;
        self.reader.blanks();
        if !self.reader.eat(":") {
            self.reader.at = after;
            return match start {
                Some(index) => Ok(Selector::Index(index)),
                None => self.reader.fail("expected a selector"),
            };
        }
        self.reader.blanks();
        let end = self.reader.integer()?;
        let mut step = None;
        let after = self.reader.at;
        self.reader.blanks();
        if self.reader.eat(":") {
            let after = self.reader.at;
            self.reader.blanks();
            step = self.reader.integer()?;
            if step.is_none() {
                self.reader.at = after;
            }
        } else {
            self.reader.at = after;
        }
        Ok(Selector::Slice(start, end, step.unwrap_or(1)))
    }

    fn condition(&mut self) -> Result<Condition, PathError> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(PathError::TooLarge);
        }
        let mut any = vec![self.all()?];
        while self.joined("||") {
            any.push(self.all()?);
        }
        self.nesting -= 1;
        Ok(match any.len() {
            1 => any.remove(0),
            _ => Condition::Or(any),
        })
    }

    fn all(&mut self) -> Result<Condition, PathError> {
        let mut all = vec![self.basic()?];
        while self.joined("&&") {
            all.push(self.basic()?);
        }
        Ok(match all.len() {
            1 => all.remove(0),
            _ => Condition::And(all),
        })
    }

    fn joined(&mut self, token: &str) -> bool {
        let start = self.reader.at;
        self.reader.blanks();
        let found = self.reader.eat(token);
        if found {
            self.reader.blanks();
        } else {
            self.reader.at = start;
        }
        found
    }

    fn basic(&mut self) -> Result<Condition, PathError> {
        let negated = self.reader.eat("!");
        if negated {
            self.reader.blanks();
        }
        let condition = if self.reader.eat("(") {
            self.reader.blanks();
            let inner = self.condition()?;
            self.reader.blanks();
            self.reader.expect(")", "expected )")?;
            inner
        } else {
            let term = self.term()?;
            let after = self.reader.at;
            self.reader.blanks();
            match self.comparison().filter(|_| !negated) {
                Some(comparison) => {
                    let left = self.comparable(term)?;
                    self.reader.blanks();
                    let right = self.term()?;
                    let right = self.comparable(right)?;
                    Condition::Compare(comparison, left, right)
                }
                None => {
                    self.reader.at = after;
                    match term {
                        Term::Query(query) => Condition::Exists(query),
                        Term::Truth(condition) => condition,
                        Term::Literal(_) | Term::Value(_) => {
                            return self.reader.fail("a value must be compared");
                        }
                    }
                }
            }
        };
        Ok(if negated { Condition::Not(Box::new(condition)) } else { condition })
    }

    fn comparison(&mut self) -> Option<Comparison> {
        let all = [
            ("==", Comparison::Equal),
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::LessEqual),
            (">=", Comparison::GreaterEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        all.into_iter().find(|(token, _)| self.reader.eat(token)).map(|(_, comparison)| comparison)
    }

    fn comparable(&self, term: Term) -> Result<Operand, PathError> {
        match term {
            Term::Literal(value) => Ok(Operand::Literal(value)),
            Term::Value(operand) => Ok(operand),
            Term::Query(query) if query.is_singular() => Ok(Operand::Singular(query)),
            Term::Query(_) => self.reader.fail("a query that may choose many cannot be compared"),
            Term::Truth(_) => self.reader.fail("a truth cannot be compared"),
        }
    }

    fn term(&mut self) -> Result<Term, PathError> {
        if self.reader.eat("$") {
            return self.segments(true).map(Term::Query);
        }
        if self.reader.eat("@") {
            return self.segments(false).map(Term::Query);
        }
        if let Some(text) = self.reader.string()? {
            return Ok(Term::Literal(Value::String(text)));
        }
        if let Some(name) = self.reader.function() {
            return self.call(name);
        }
        for (word, value) in [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)] {
            if self.reader.eat(word) {
                return Ok(Term::Literal(value));
            }
        }
        self.reader.number().map(Term::Literal)
    }

    fn call(&mut self, name: &str) -> Result<Term, PathError> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(PathError::TooLarge);
        }
        let mut args = Vec::new();
        self.reader.blanks();
        while !self.reader.eat(")") {
            if !args.is_empty() {
                self.reader.expect(",", "expected , or )")?;
                self.reader.blanks();
            }
            args.push(self.term()?);
            self.reader.blanks();
        }
        self.nesting -= 1;
        match functions::typed(name, args) {
            Some(term) => Ok(term),
            None => self.reader.fail("an unknown function, or arguments that do not fit"),
        }
    }
}
