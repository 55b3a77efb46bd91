//! The table of functions. A function is found once, when the expression is compiled; it checks its
//! own arguments and pays for what it looks at and makes.

use super::error::CelError;
use super::meter::Meter;
use super::value::CelValue;
use super::{calendar, convert, format, math, network_calls, optional, text};

/// The shape of every function: a member's target is its first argument.
pub(super) type Native = fn(&mut Meter, &[CelValue]) -> Result<CelValue, CelError>;

/// A known function.
#[derive(Clone, Copy, Debug)]
pub(super) struct Function {
    pub call: Native,
}

/// Finds `name(…)`, or `target.name(…)` when `member`.
pub(super) fn find(name: &str, member: bool) -> Option<Function> {
    let call = if member {
        convert::member(name)
            .or_else(|| text::member(name))
            .or_else(|| format::member(name))
            .or_else(|| calendar::member(name))
            .or_else(|| optional::member(name))
            .or_else(|| network_calls::member(name))
    } else {
        convert::global(name)
            .or_else(|| text::global(name))
            .or_else(|| format::global(name))
            .or_else(|| math::global(name))
            .or_else(|| optional::global(name))
            .or_else(|| network_calls::global(name))
    };
    call.map(|call| Function { call })
}
