//! One text, read once: its foldings at once, what it says to its reader and what values may come from
//! it when somebody asks.

use std::sync::OnceLock;

use super::decode::{Hidden, hidden, spelled};
use super::directive::{Speech, listen};
use super::fold::{plain, read};
use super::trace::Readings;

/// What a text says beside what it shows.
#[derive(Debug, Default)]
pub struct Layers {
    /// In encodings.
    pub hidden: Vec<Hidden>,
    /// Spelled otherwise.
    pub spelled: Vec<String>,
}

#[derive(Debug, Default)]
pub struct Text {
    pub text: String,
    pub plain: String,
    /// Sees through look-alikes; instructions are looked for in this.
    pub read: String,
    layers: OnceLock<Layers>,
    speech: OnceLock<Speech>,
    readings: OnceLock<Readings>,
}

impl Text {
    pub fn of(text: &str) -> Self {
        Self { text: text.to_owned(), plain: plain(text.trim()), read: read(text), ..Self::default() }
    }

    pub fn layers(&self) -> &Layers {
        self.layers.get_or_init(|| Layers { hidden: hidden(&self.text), spelled: spelled(&self.read) })
    }

    pub fn speech(&self) -> &Speech {
        self.speech.get_or_init(|| listen(self))
    }

    pub fn readings(&self) -> &Readings {
        self.readings.get_or_init(|| Readings::of(self))
    }
}
