//! Who asked for this call? For a model that chooses its next call, where a value came from is not
//! enough: content that was read can steer which tool is called at all. A call is *asked for* when the
//! user's own words cover it: its act, what it acts on, whom it reaches.
//!
//! The law is an allow-list. Before untrusted content was read the user's request is the only voice, and
//! the risk table decides. After that an effect goes without a question only when
//!
//! 1. the user's words ask for such an act, on such a thing;
//! 2. every target is vouched for: named by the user, said by a trusted tool, or standing as a whole
//!    value beside what the user named (never in prose);
//! 3. no sentence of content wishes for this very act with these very words;
//! 4. nothing that people can act on (addresses, accounts, links) is carried along from content;
//! 5. the same has not been done before;
//! 6. no content spoke to the machine: once it has, only the user's own words count.
//!
//! Destruction, money, and personal data going outside always ask. Reading is free, but for addresses
//! that content supplied. It refuses nothing by itself: what is not asked for is a question to a person.

mod act;
mod decode;
mod directive;
mod field;
mod fold;
mod judge;
mod lexicon;
mod memory;
mod record;
mod romanise;
pub mod suite;
mod text;
#[cfg(test)]
mod texts;
mod thing;
mod tool;
mod trace;
mod user;
mod vouch;

pub use act::Acts;
pub use judge::{Call, Context, FieldView, Judgement, Said, Speaker, is_free, judge, judge_with};
pub use memory::Memory;
pub use tool::{Nature, Tool};
pub(crate) use trace::comes_from;
pub(crate) use user::Words;
