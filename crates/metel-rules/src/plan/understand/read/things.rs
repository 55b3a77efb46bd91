//! Everything that one clause names, gathered from its marks before any act is looked for.

use super::View;
use super::role::Role;
use crate::plan::understand::lexicon::{Intent, Object};
use crate::plan::understand::literal::Literal;
use crate::plan::understand::mark::{Mark, What};
use crate::plan::understand::residue;

/// Things of one clause, gathered.
#[derive(Default)]
pub(super) struct Things {
    pub(super) channels: Vec<(String, bool)>,
    pub(super) cells: Vec<(usize, Option<String>, String)>,
    pub(super) databases: Vec<Mark>,
    pub(super) urls: Vec<(Mark, String)>,
    pub(super) emails: Vec<String>,
    pub(super) stamps: Vec<String>,
    pub(super) quotes: Vec<(Mark, String, Role)>,
    pub(super) blocks: Vec<String>,
    pub(super) spreadsheets: Vec<String>,
    pub(super) tabs: Vec<(usize, String)>,
}

impl View<'_> {
    /// Every thing of the clause, each name by the noun beside it.
    pub(super) fn things(&self) -> Things {
        let mut things = Things::default();
        for mark in &self.clause.marks {
            match &mark.what {
                What::Channel { value, .. } if things.channels.iter().any(|(known, _)| known == value) => {}
                What::Channel { value, outside } => things.channels.push((value.clone(), *outside)),
                What::Cells { tab, cells } => things.cells.push((mark.start, tab.clone(), cells.clone())),
                What::Database(name) => {
                    // `tasks from the Tasks database`: the name and the everyday word.
                    let same = things.databases.iter().position(
                        |known| matches!(&known.what, What::Database(other) if other.eq_ignore_ascii_case(name)),
                    );
                    match same {
                        Some(at) if name.starts_with(|c: char| c.is_uppercase()) => things.databases[at] = mark.clone(),
                        Some(_) => {}
                        None => things.databases.push(mark.clone()),
                    }
                }
                What::Spreadsheet(name) => things.spreadsheets.push(name.clone()),
                What::Tab(name) => things.tabs.push((mark.start, name.clone())),
                What::Object(Object::Tab) if things.tabs.is_empty() => {
                    if let Some(name) = residue::tab_name(self.marked, self.clause, mark) {
                        things.tabs.push((mark.start, name));
                    }
                }
                What::Object(Object::Spreadsheet) if things.spreadsheets.is_empty() => {
                    if let Some(name) = residue::name_before(self.marked, self.clause, mark) {
                        things.spreadsheets.push(name);
                    }
                }
                What::Object(Object::Database)
                    if things.databases.is_empty() && self.clause.intent() != Some(Intent::Search) =>
                {
                    if let Some(name) = residue::name_before(self.marked, self.clause, mark) {
                        things.databases.push(Mark { start: mark.start, end: mark.end, what: What::Database(name) });
                    }
                }
                What::Object(Object::Channel) if things.channels.is_empty() => {
                    if let Some(name) = residue::name_before(self.marked, self.clause, mark)
                        .filter(|name| !residue::is_pronoun(name) && !name.contains(' '))
                    {
                        things.channels.push((format!("#{name}"), false));
                    }
                }
                What::Literal(at) => match self.marked.lifted.literals.get(*at) {
                    Some(Literal::Quote(text)) => things.quotes.push((mark.clone(), text.clone(), self.role(mark))),
                    Some(Literal::Block(text)) => things.blocks.push(text.clone()),
                    Some(Literal::Url(url)) => things.urls.push((mark.clone(), url.clone())),
                    Some(Literal::Email(mail)) => things.emails.push(mail.clone()),
                    Some(Literal::Stamp(stamp)) => things.stamps.push(stamp.clone()),
                    _ => {}
                },
                _ => {}
            }
        }
        if things.cells.is_empty() && (!things.tabs.is_empty() || self.clause.has(Object::Cells)) {
            things
                .cells
                .extend(residue::lone_cells(self.marked, self.clause).into_iter().map(|(at, cell)| (at, None, cell)));
        }
        things
    }
}
