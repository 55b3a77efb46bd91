//! An HTTP call described as data becomes a request. Values are put in places, never spliced into
//! syntax: percent-encoded in paths and queries, typed in bodies, without line breaks in headers.

mod body;
mod file;
mod fill;
mod form;
mod parts;
mod render;
mod style;
mod template;

pub use file::File;
pub use fill::{RenderFault, fill};
pub use render::{Request, Wire};
pub use template::{Template, TemplateFault};
