//! What a request asks for, before any tool is chosen: one seed per act, with the values its words
//! give and what it takes from other acts.

use std::collections::BTreeMap;

use super::lexicon::{Intent, Object};

/// The sorts of act that requests are made of. Which tool does it is found from the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Act {
    ReadCells,
    QueryDatabase,
    ReadUrl,
    SearchWeb,
    ReadPage,
    Summarise,
    MakePage,
    AppendRows,
    Send,
    ArchivePage,
    DeleteMessage,
    ClearCells,
    /// Anything else that a tool is named after.
    Other(Intent, Object),
}

impl Act {
    /// It only reads or rewrites: something else wants its result.
    pub fn is_source(self) -> bool {
        matches!(
            self,
            Self::ReadCells | Self::QueryDatabase | Self::ReadUrl | Self::SearchWeb | Self::ReadPage | Self::Summarise
        )
    }

    pub fn is_destructive(self) -> bool {
        matches!(self, Self::ArchivePage | Self::DeleteMessage | Self::ClearCells | Self::Other(Intent::Delete, _))
    }

    /// What the words for it mean: the intents and things a tool's name may show.
    pub fn names(self) -> (&'static [Intent], &'static [Object]) {
        use Intent as I;
        use Object as O;
        match self {
            Self::ReadCells => (&[I::Get], &[O::Cells, O::Tab, O::Spreadsheet, O::Result]),
            Self::QueryDatabase => (&[I::Get, I::Search], &[O::Database]),
            Self::ReadUrl => (&[I::Get], &[O::Web, O::Site, O::Link]),
            Self::SearchWeb => (&[I::Search], &[O::Web]),
            Self::ReadPage => (&[I::Get], &[O::Page, O::Document]),
            Self::Summarise => (&[I::Summarise], &[]),
            Self::MakePage => (&[I::Make], &[O::Page, O::Document]),
            Self::AppendRows => (&[I::Put], &[O::Row, O::Cells]),
            Self::Send => (&[I::Send], &[O::Message]),
            Self::ArchivePage => (&[I::Delete], &[O::Page, O::Document]),
            Self::DeleteMessage => (&[I::Delete], &[O::Message]),
            Self::ClearCells => (&[I::Delete], &[O::Cells, O::Tab, O::Row]),
            Self::Other(..) => (&[], &[]),
        }
    }
}

/// A place in an act that a value goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    Title,
    /// A message's text, or what is to be summarised.
    Text,
    /// The body of a page.
    Content,
    Parent,
    Channel,
    Message,
    Page,
    Database,
    Filter,
    Spreadsheet,
    Range,
    Rows,
    Url,
    Query,
    Instruction,
    Person,
    Email,
    Date,
    Number,
    Other,
}

/// What one act takes from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// The address of a page that was made.
    PageLink,
    /// The addresses of all pages that were made.
    PageLinks,
    /// The address of a message that was sent.
    MessageLink,
    /// A page that was made, as the place of another.
    PageId,
    /// Rows, values, text or a summary.
    Data,
    /// Everything that was read and that nothing else uses: `both of them`.
    AllData,
    /// Whatever came last.
    Last,
}

/// A value for a slot.
#[derive(Debug, Clone, PartialEq)]
pub enum Filling {
    Text(String),
    Rows(Vec<Vec<String>>),
    /// Text pieces and results of other seeds, in order.
    Mixed(Vec<Piece>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    Text(String),
    From { seed: usize, want: Want },
}

/// One act that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Seed {
    pub act: Act,
    /// Where in the text it is asked for: words of the request, for the plan's `reason`.
    pub span: (usize, usize),
    pub service: Option<String>,
    pub slots: BTreeMap<Slot, Filling>,
    /// What the words say it takes from others, still to be matched.
    pub wants: Vec<Want>,
    /// True where people outside read what it sends.
    pub outside: bool,
    /// `repost`: where something was before.
    pub again: bool,
    /// True where no verb asks for it: it stands only if something uses it or nothing else is asked for.
    pub weak: bool,
    /// True where its name is words without quotes.
    pub bare: bool,
}

impl Seed {
    pub fn new(act: Act, span: (usize, usize)) -> Self {
        Self {
            act,
            span,
            service: None,
            slots: BTreeMap::new(),
            wants: Vec::new(),
            outside: false,
            again: false,
            weak: false,
            bare: false,
        }
    }

    #[must_use]
    pub fn with(mut self, slot: Slot, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.trim().is_empty() {
            self.slots.insert(slot, Filling::Text(text));
        }
        self
    }

    pub fn text(&self, slot: Slot) -> Option<&str> {
        match self.slots.get(&slot) {
            Some(Filling::Text(text)) => Some(text),
            _ => None,
        }
    }
}
