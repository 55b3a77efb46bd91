//! Tokens to a tree, by precedence. The work is linear in the text; nesting and depth are bounded
//! while parsing, so that no later walk can run out of stack. Message construction (`Name{…}`) is
//! refused: values here are JSON-shaped.

use std::sync::Arc;

use super::ast::{Expr, Operator};
use super::error::CelError;
use super::lex::{self, Token};
use super::limits::{MAX_DEPTH, MAX_NESTING, MAX_SOURCE};
use super::macros;
use super::value::CelValue;

/// An expression and the depth of its tree.
pub(super) struct Node {
    pub expr: Expr,
    pub depth: usize,
}

const RESERVED: [&str; 17] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// Parses a whole expression.
pub(super) fn parse(source: &str) -> Result<Expr, CelError> {
    if source.len() > MAX_SOURCE {
        return Err(CelError::TooLarge("its text is too long"));
    }
    let mut parser = Parser { tokens: lex::tokens(source)?, at: 0, nesting: 0 };
    let node = parser.expression()?;
    match parser.peek() {
        Token::End => Ok(node.expr),
        _ => Err(parser.unexpected()),
    }
}

pub(super) struct Parser {
    tokens: Vec<(Token, usize)>,
    at: usize,
    nesting: usize,
}

/// A tree over children of the given depths.
pub(super) fn node(expr: Expr, children: usize) -> Result<Node, CelError> {
    let depth = children + 1;
    if depth > MAX_DEPTH {
        return Err(CelError::TooLarge("it is nested too deeply"));
    }
    Ok(Node { expr, depth })
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |t| &t.0)
    }

    fn offset(&self) -> usize {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(0, |t| t.1)
    }

    fn next(&mut self) -> Token {
        let token = self.tokens.get_mut(self.at);
        let token = token.map_or(Token::End, |t| std::mem::replace(&mut t.0, Token::End));
        self.at += 1;
        token
    }

    fn eat(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Token::Symbol(s) if *s == symbol);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), CelError> {
        if self.eat(symbol) {
            return Ok(());
        }
        Err(CelError::syntax(self.offset(), format!("expected {symbol}")))
    }

    fn unexpected(&self) -> CelError {
        let what = match self.peek() {
            Token::End => "unexpected end",
            _ => "unexpected token",
        };
        CelError::syntax(self.offset(), what)
    }

    fn expression(&mut self) -> Result<Node, CelError> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(CelError::TooLarge("it is nested too deeply"));
        }
        let condition = self.any("||")?;
        let out = if self.eat("?") {
            let yes = self.any("||")?;
            self.expect(":")?;
            let no = self.expression()?;
            let depth = condition.depth.max(yes.depth).max(no.depth);
            let arms = Box::new([condition.expr, yes.expr, no.expr]);
            node(Expr::Conditional(arms), depth)?
        } else {
            condition
        };
        self.nesting -= 1;
        Ok(out)
    }

    /// `a || b || c` or `a && b && c` as one node, however long.
    fn any(&mut self, symbol: &str) -> Result<Node, CelError> {
        let or = symbol == "||";
        let operand = |parser: &mut Self| if or { parser.any("&&") } else { parser.binary(0) };
        let first = operand(self)?;
        let mut depth = first.depth;
        let mut terms = vec![first.expr];
        while self.eat(symbol) {
            let term = operand(self)?;
            depth = depth.max(term.depth);
            terms.push(term.expr);
        }
        match terms.len() {
            1 => Ok(Node { expr: terms.remove(0), depth }),
            _ if or => node(Expr::Or(terms), depth),
            _ => node(Expr::And(terms), depth),
        }
    }

    fn operator(&self) -> Option<(Operator, u8)> {
        Some(match self.peek() {
            Token::Symbol("==") => (Operator::Equal, 0),
            Token::Symbol("!=") => (Operator::NotEqual, 0),
            Token::Symbol("<") => (Operator::Less, 0),
            Token::Symbol("<=") => (Operator::LessEqual, 0),
            Token::Symbol(">") => (Operator::Greater, 0),
            Token::Symbol(">=") => (Operator::GreaterEqual, 0),
            Token::Ident(name) if name == "in" => (Operator::In, 0),
            Token::Symbol("+") => (Operator::Add, 1),
            Token::Symbol("-") => (Operator::Subtract, 1),
            Token::Symbol("*") => (Operator::Multiply, 2),
            Token::Symbol("/") => (Operator::Divide, 2),
            Token::Symbol("%") => (Operator::Remainder, 2),
            _ => return None,
        })
    }

    fn binary(&mut self, least: u8) -> Result<Node, CelError> {
        let mut left = self.unary()?;
        while let Some((operator, rank)) = self.operator().filter(|(_, rank)| *rank >= least) {
            self.at += 1;
            let right = self.binary(rank + 1)?;
            let depth = left.depth.max(right.depth);
            left = node(Expr::Binary(operator, Box::new([left.expr, right.expr])), depth)?;
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Node, CelError> {
        let mut odd = false;
        if self.eat("!") {
            odd = !odd;
            while self.eat("!") {
                odd = !odd;
            }
            let operand = self.member(false)?;
            return if odd { node(Expr::Not(Box::new(operand.expr)), operand.depth) } else { Ok(operand) };
        }
        let mut negative = false;
        while self.eat("-") {
            // The last minus before a number belongs to the number.
            if matches!(self.peek(), Token::Int(_) | Token::Double(_)) {
                negative = true;
            } else {
                odd = !odd;
            }
        }
        let operand = self.member(negative)?;
        if odd { node(Expr::Negate(Box::new(operand.expr)), operand.depth) } else { Ok(operand) }
    }

    fn member(&mut self, negative: bool) -> Result<Node, CelError> {
        let mut out = self.primary(negative)?;
        loop {
            let offset = self.offset();
            if self.eat(".") {
                let optional = self.eat("?");
                let (field, quoted) = match self.next() {
                    Token::Ident(name) if !matches!(name.as_str(), "true" | "false" | "null" | "in") => (name, false),
                    Token::Quoted(name) => (name, true),
                    _ => return Err(CelError::syntax(offset, "expected a field name")),
                };
                if !quoted && !optional && self.eat("(") {
                    let (args, deepest) = self.arguments(")")?;
                    let depth = deepest.max(out.depth);
                    out = macros::member(out.expr, &field, args, depth, offset)?;
                } else {
                    let depth = out.depth;
                    let select =
                        Expr::Select { operand: Box::new(out.expr), field: field.into(), dotted: None, optional };
                    out = node(select, depth)?;
                }
            } else if self.eat("[") {
                let optional = self.eat("?");
                let index = self.expression()?;
                self.expect("]")?;
                let depth = out.depth.max(index.depth);
                let expr = Expr::Index { operand: Box::new(out.expr), index: Box::new(index.expr), optional };
                out = node(expr, depth)?;
            } else if matches!(self.peek(), Token::Symbol("{"))
                && matches!(out.expr, Expr::Ident { .. } | Expr::Select { .. })
            {
                return Err(CelError::syntax(offset, "messages cannot be constructed here"));
            } else {
                return Ok(out);
            }
        }
    }

    /// Comma-separated expressions up to `close`, and the greatest depth among them.
    fn arguments(&mut self, close: &str) -> Result<(Vec<Expr>, usize), CelError> {
        let (mut args, mut depth) = (Vec::new(), 0);
        while !self.eat(close) {
            if !args.is_empty() {
                self.expect(",")?;
            }
            let arg = self.expression()?;
            depth = depth.max(arg.depth);
            args.push(arg.expr);
        }
        Ok((args, depth))
    }

    fn primary(&mut self, negative: bool) -> Result<Node, CelError> {
        let offset = self.offset();
        let constant = |value| node(Expr::Constant(value), 0);
        match self.next() {
            Token::Int(n) => {
                let n = if negative { -i128::from(n) } else { i128::from(n) };
                let n = i64::try_from(n);
                constant(CelValue::Int(n.map_err(|_| CelError::syntax(offset, "a whole number out of range"))?))
            }
            Token::Double(n) => constant(CelValue::Double(if negative { -n } else { n })),
            Token::Uint(n) => constant(CelValue::Uint(n)),
            Token::String(text) => constant(CelValue::string(text)),
            Token::Bytes(bytes) => constant(CelValue::Bytes(bytes.into())),
            Token::Symbol("(") => {
                let inner = self.expression()?;
                self.expect(")")?;
                Ok(inner)
            }
            Token::Symbol("[") => self.list(),
            Token::Symbol("{") => self.map(),
            Token::Symbol(".") => match self.next() {
                Token::Ident(name) => self.name(name, true, offset),
                _ => Err(CelError::syntax(offset, "expected a name")),
            },
            Token::Ident(name) => match name.as_str() {
                "true" => constant(CelValue::Bool(true)),
                "false" => constant(CelValue::Bool(false)),
                "null" => constant(CelValue::Null),
                _ => self.name(name, false, offset),
            },
            _ => {
                self.at -= 1;
                Err(CelError::syntax(offset, "expected an expression"))
            }
        }
    }

    fn name(&mut self, name: String, absolute: bool, offset: usize) -> Result<Node, CelError> {
        if RESERVED.contains(&name.as_str()) || matches!(name.as_str(), "in" | "true" | "false" | "null") {
            return Err(CelError::syntax(offset, format!("{name} is a reserved word")));
        }
        let name: Arc<str> = name.into();
        if self.eat("(") {
            let (args, depth) = self.arguments(")")?;
            return macros::global(&name, args, depth, offset);
        }
        node(Expr::Ident { name, absolute }, 0)
    }

    fn list(&mut self) -> Result<Node, CelError> {
        let (mut items, mut depth) = (Vec::new(), 0);
        while !self.eat("]") {
            if !items.is_empty() {
                self.expect(",")?;
                if self.eat("]") {
                    break;
                }
            }
            let optional = self.eat("?");
            let item = self.expression()?;
            depth = depth.max(item.depth);
            items.push((item.expr, optional));
        }
        node(Expr::List(items), depth)
    }

    fn map(&mut self) -> Result<Node, CelError> {
        let (mut entries, mut depth) = (Vec::new(), 0);
        while !self.eat("}") {
            if !entries.is_empty() {
                self.expect(",")?;
                if self.eat("}") {
                    break;
                }
            }
            let optional = self.eat("?");
            let key = self.expression()?;
            self.expect(":")?;
            let value = self.expression()?;
            depth = depth.max(key.depth).max(value.depth);
            entries.push((key.expr, value.expr, optional));
        }
        node(Expr::Map(entries), depth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_ordinary_conditions() {
        for source in [
            "input.amount > 1000 && input.currency == 'KRW'",
            "a ? b : c ? d : e",
            "--1 + -x * !!y",
            "[1, 2,].map(x, x + 1)[0]",
            "{'가': 1, 2u: b'x',}.`content-type`",
            "a.?b[?0].c",
            "a.while.b",
            ".x(1)",
            "-9223372036854775808",
        ] {
            assert!(parse(source).is_ok(), "{source}");
        }
    }

    #[test]
    fn refuses_what_is_not_an_expression() {
        for source in [
            "",
            "1 +",
            "a b",
            "(1",
            "[,]",
            "f(1,)",
            "a.",
            "a.in",
            "if",
            "{1}",
            "T{a: 1}",
            "9223372036854775808",
            "1 ? 2",
            "!-1",
            "a.?b()",
            "in",
        ] {
            assert!(parse(source).is_err(), "{source}");
        }
    }

    #[test]
    fn bounds_length_and_nesting() {
        for (source, ok) in [
            ("(".repeat(60) + "1" + &")".repeat(60), true),
            ("(".repeat(65) + "1" + &")".repeat(65), false),
            ("[".repeat(16000), false),
            ("a".to_owned() + &".b".repeat(1000), false),
            ("1".to_owned() + &"+1".repeat(1000), false),
            ("a".to_owned() + &"&&a".repeat(3000), true),
            ("!".repeat(9000) + "a", true),
            ("-".repeat(9000) + "a", true),
            ("a?b:".repeat(3000) + "c", false),
            ("1".to_owned() + &" ".repeat(MAX_SOURCE), false),
        ] {
            assert_eq!(parse(&source).is_ok(), ok, "{}…", &source[..20]);
        }
    }
}
