//! The pages, databases and blocks of the simulated workspace, and how effects change them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::block::{self, Draft};
use super::property;
use super::refusal::Refusal;
use crate::effect::Effect;
use crate::identifier::uuid_from;
use crate::world::{needed, target};

/// Where a page or database stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Parent {
    Workspace,
    Page(String),
    Database(String),
    Block(String),
}

/// A page.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub id: String,
    pub parent: Parent,
    pub created: i64,
    pub edited: i64,
    pub archived: bool,
    pub icon: Value,
    pub cover: Value,
    pub properties: Map<String, Value>,
    /// Ids of blocks, child pages and child databases, in order.
    pub children: Vec<String>,
}

impl Page {
    /// The plain text of the title property.
    pub(crate) fn title(&self) -> String {
        self.properties
            .values()
            .find_map(|property| property.get("title"))
            .map(super::rich_text::plain)
            .unwrap_or_default()
    }
}

/// A database with its single data source.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    pub id: String,
    pub source: String,
    pub parent: Parent,
    pub title: String,
    pub created: i64,
    pub schema: Map<String, Value>,
}

/// A block.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub id: String,
    /// Page or block that holds it.
    pub holder: Parent,
    pub kind: String,
    pub content: Value,
    pub created: i64,
    pub edited: i64,
    pub archived: bool,
    pub children: Vec<String>,
}

/// A checked new page.
pub(super) struct Plan {
    parent: Parent,
    properties: Map<String, Value>,
    children: Vec<Draft>,
}

/// The workspace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notion {
    pub pages: BTreeMap<String, Page>,
    pub databases: BTreeMap<String, Database>,
    pub blocks: BTreeMap<String, Block>,
    /// Page ids in the order in which they were made.
    pub order: Vec<String>,
}

impl Notion {
    pub(crate) fn seeded() -> Self {
        super::seed::workspace()
    }

    pub(crate) fn apply(&mut self, effect: &Effect) -> Result<(), String> {
        let done = match effect.op.as_str() {
            "create_page" => self.create(&effect.id, &effect.body, effect.at),
            "update_page" | "archive_page" | "restore_page" => self.update(target(effect)?, &effect.body, effect.at),
            "append_blocks" => {
                let children = needed(effect, "children")?;
                self.append(target(effect)?, children, effect.body.get("place"), &effect.id, effect.at)
            }
            "delete_block" => self.delete(target(effect)?, effect.at),
            other => return Err(format!("notion has no operation {other}")),
        };
        done.map_err(|refusal| refusal.message)
    }

    /// Where a request's `parent` points, if it exists and is not archived.
    pub(super) fn parent(&self, given: Option<&Value>) -> Result<Parent, Refusal> {
        let Some(given) = given else {
            return Err(Refusal::body("body.parent", "defined", None));
        };
        let id = |field: &str| -> Result<Option<String>, Refusal> {
            let Some(value) = given.get(field).filter(|value| !value.is_null()) else {
                return Ok(None);
            };
            let path = format!("body.parent.{field}");
            let text = value.as_str().and_then(|text| uuid::Uuid::parse_str(text).ok());
            text.map(|id| Some(id.to_string())).ok_or_else(|| Refusal::body(&path, "a valid uuid", Some(value)))
        };
        if let Some(page) = id("page_id")? {
            return match self.pages.get(&page) {
                None => Err(Refusal::not_found("page", &page)),
                Some(found) if found.archived => Err(Refusal::archived()),
                Some(_) => Ok(Parent::Page(page)),
            };
        }
        if let Some(source) = id("data_source_id")? {
            return self
                .database_of(&source)
                .map(|found| Parent::Database(found.id.clone()))
                .ok_or_else(|| Refusal::not_found("data source", &source));
        }
        if let Some(database) = id("database_id")? {
            return if self.databases.contains_key(&database) {
                Ok(Parent::Database(database))
            } else {
                Err(Refusal::not_found("database", &database))
            };
        }
        if given.get("workspace") == Some(&Value::Bool(true)) {
            return Ok(Parent::Workspace);
        }
        Err(Refusal::body("body.parent.page_id", "defined", None))
    }

    /// The database whose data source has this id.
    pub(super) fn database_of(&self, source: &str) -> Option<&Database> {
        self.databases.values().find(|database| database.source == source)
    }

    /// Checks a new page completely without making it.
    pub(super) fn plan(&self, body: &Value) -> Result<Plan, Refusal> {
        let parent = self.parent(body.get("parent"))?;
        let given = body.get("properties");
        let properties = match (&parent, given) {
            (Parent::Database(id), _) => {
                let empty = Map::new();
                let schema = self.databases.get(id).map_or(&empty, |found| &found.schema);
                let mut row = property::complete_row(schema, given.unwrap_or(&json!({})))?;
                property::fill(schema, &mut row);
                row
            }
            (_, None) => return Err(Refusal::body("body.properties", "defined", None)),
            (_, Some(given)) => property::complete_free(given)?,
        };
        let children = match body.get("children") {
            None => Vec::new(),
            Some(children) => block::drafts(children, "body.children")?,
        };
        Ok(Plan { parent, properties, children })
    }

    pub(super) fn create(&mut self, id: &str, body: &Value, at: i64) -> Result<(), Refusal> {
        let Plan { parent, properties, children } = self.plan(body)?;
        let children = self.place(children, &Parent::Page(id.to_owned()), id, at);
        let page = Page {
            id: id.to_owned(),
            parent: parent.clone(),
            created: at,
            edited: at,
            archived: false,
            icon: body.get("icon").cloned().unwrap_or(Value::Null),
            cover: body.get("cover").cloned().unwrap_or(Value::Null),
            properties,
            children,
        };
        if let Parent::Page(above) = &parent
            && let Some(above) = self.pages.get_mut(above)
        {
            above.children.push(id.to_owned());
        }
        self.pages.insert(id.to_owned(), page);
        self.order.push(id.to_owned());
        Ok(())
    }

    /// Checks a change of a page without making it.
    pub(super) fn plan_update(&self, id: &str, body: &Value) -> Result<Map<String, Value>, Refusal> {
        let page = self.pages.get(id).ok_or_else(|| Refusal::not_found("page", id))?;
        let wanted = wants_archived(body)?;
        if page.archived && wanted != Some(false) {
            return Err(Refusal::archived());
        }
        match (body.get("properties"), &page.parent) {
            (None, _) => Ok(Map::new()),
            (Some(given), Parent::Database(database)) => {
                let empty = Map::new();
                let schema = self.databases.get(database).map_or(&empty, |found| &found.schema);
                property::complete_row(schema, given)
            }
            (Some(given), _) => property::complete_free(given),
        }
    }

    fn update(&mut self, id: &str, body: &Value, at: i64) -> Result<(), Refusal> {
        let changes = self.plan_update(id, body)?;
        let wanted = wants_archived(body)?;
        let Some(page) = self.pages.get_mut(id) else {
            return Err(Refusal::not_found("page", id));
        };
        page.properties.extend(changes);
        page.archived = wanted.unwrap_or(page.archived);
        for (field, slot) in [("icon", &mut page.icon), ("cover", &mut page.cover)] {
            if let Some(value) = body.get(field) {
                *slot = value.clone();
            }
        }
        page.edited = at;
        Ok(())
    }

    /// Checks an append without making it.
    pub(super) fn plan_append(&self, id: &str, children: &Value, place: Option<&Value>) -> Result<Vec<Draft>, Refusal> {
        let held = match (self.pages.get(id), self.blocks.get(id)) {
            (Some(page), _) if page.archived => return Err(Refusal::archived()),
            (_, Some(block)) if block.archived => return Err(Refusal::archived()),
            (Some(page), _) => &page.children,
            (_, Some(block)) => &block.children,
            _ => return Err(Refusal::not_found("block", id)),
        };
        if let Some(after) = place.and_then(|place| place.get("after")).and_then(Value::as_str)
            && !held.iter().any(|child| child == after)
        {
            return Err(Refusal::validation(format!("Block {after} is not a child of the parent block.")));
        }
        block::drafts(children, "body.children")
    }

    fn append(
        &mut self,
        id: &str,
        children: &Value,
        place: Option<&Value>,
        space: &str,
        at: i64,
    ) -> Result<(), Refusal> {
        let drafts = self.plan_append(id, children, place)?;
        let is_page = self.pages.contains_key(id);
        let holder = if is_page { Parent::Page(id.to_owned()) } else { Parent::Block(id.to_owned()) };
        let made = self.place(drafts, &holder, space, at);
        let (held, edited) = match (self.pages.get_mut(id), self.blocks.get_mut(id)) {
            (Some(page), _) => (&mut page.children, &mut page.edited),
            (_, Some(block)) => (&mut block.children, &mut block.edited),
            _ => return Err(Refusal::not_found("block", id)),
        };
        *edited = at;
        let after = place.and_then(|place| place.get("after")).and_then(Value::as_str);
        let start = place.and_then(Value::as_str) == Some("start");
        let index = match after {
            Some(after) => held.iter().position(|child| child == after).map_or(held.len(), |at| at + 1),
            None if start => 0,
            None => held.len(),
        };
        held.splice(index..index, made);
        Ok(())
    }

    fn delete(&mut self, id: &str, at: i64) -> Result<(), Refusal> {
        if let Some(block) = self.blocks.get_mut(id) {
            block.archived = true;
            block.edited = at;
            return Ok(());
        }
        match self.pages.get_mut(id) {
            Some(page) => {
                page.archived = true;
                page.edited = at;
                Ok(())
            }
            None => Err(Refusal::not_found("block", id)),
        }
    }

    /// Makes blocks of drafts; ids follow from `space` and the place in it.
    fn place(&mut self, drafts: Vec<Draft>, holder: &Parent, space: &str, at: i64) -> Vec<String> {
        let mut made = Vec::new();
        for (nth, draft) in drafts.into_iter().enumerate() {
            let id = uuid_from(space, &format!("block {nth}"));
            let children = self.place(draft.children, &Parent::Block(id.clone()), &id, at);
            let block = Block {
                id: id.clone(),
                holder: holder.clone(),
                kind: draft.kind,
                content: draft.content,
                created: at,
                edited: at,
                archived: false,
                children,
            };
            self.blocks.insert(id.clone(), block);
            made.push(id);
        }
        made
    }
}

/// Whether a change archives (`true`), restores (`false`) or leaves.
pub(super) fn wants_archived(body: &Value) -> Result<Option<bool>, Refusal> {
    for field in ["in_trash", "archived"] {
        match body.get(field) {
            None => {}
            Some(Value::Bool(wanted)) => return Ok(Some(*wanted)),
            Some(other) => {
                return Err(Refusal::body(&format!("body.{field}"), "a boolean or `undefined`", Some(other)));
            }
        }
    }
    Ok(None)
}
