//! Pages, databases and blocks as the API answers them, by version.

use serde_json::{Map, Value, json};

use super::gate::Version;
use super::rich_text;
use super::state::{Block, Database, Notion, Page, Parent};
use crate::clock::rfc3339_millis;
use crate::identifier::uuid_from;

/// The bot user behind the sandbox's token.
pub(super) fn bot_id() -> String {
    uuid_from("notion user", "bot")
}

fn partial_user() -> Value {
    json!({"object": "user", "id": bot_id()})
}

fn trash(archived: bool, version: Version, out: &mut Value) {
    out["in_trash"] = json!(archived);
    if version < Version::InTrash {
        out["archived"] = json!(archived);
    }
}

impl Notion {
    fn render_parent(&self, parent: &Parent, version: Version) -> Value {
        match parent {
            Parent::Workspace => json!({"type": "workspace", "workspace": true}),
            Parent::Page(id) => json!({"type": "page_id", "page_id": id}),
            Parent::Block(id) => json!({"type": "block_id", "block_id": id}),
            Parent::Database(id) if version >= Version::DataSources => {
                let source = self.databases.get(id).map(|found| found.source.clone());
                json!({"type": "data_source_id", "data_source_id": source, "database_id": id})
            }
            Parent::Database(id) => json!({"type": "database_id", "database_id": id}),
        }
    }

    pub(super) fn render_page(&self, page: &Page, base: &str, version: Version) -> Value {
        let mut out = json!({
            "object": "page",
            "id": page.id,
            "created_time": rfc3339_millis(page.created),
            "last_edited_time": rfc3339_millis(page.edited),
            "created_by": partial_user(),
            "last_edited_by": partial_user(),
            "cover": page.cover,
            "icon": page.icon,
            "parent": self.render_parent(&page.parent, version),
            "properties": page.properties,
            "url": page_url(base, &page.id),
            "public_url": null,
        });
        trash(page.archived, version, &mut out);
        out
    }

    pub(super) fn render_database(&self, found: &Database, base: &str, version: Version) -> Value {
        let mut out = json!({
            "object": "database",
            "id": found.id,
            "title": rich_text::text(&found.title),
            "description": [],
            "icon": null,
            "cover": null,
            "is_inline": false,
            "created_time": rfc3339_millis(found.created),
            "last_edited_time": rfc3339_millis(found.created),
            "parent": self.render_parent(&found.parent, version),
            "url": page_url(base, &found.id),
            "public_url": null,
        });
        if version >= Version::DataSources {
            out["data_sources"] = json!([{"id": found.source, "name": found.title}]);
        } else {
            out["properties"] = json!(found.schema);
            out["created_by"] = partial_user();
            out["last_edited_by"] = partial_user();
        }
        trash(false, version, &mut out);
        out
    }

    pub(super) fn render_source(&self, found: &Database, base: &str, version: Version) -> Value {
        let mut out = json!({
            "object": "data_source",
            "id": found.source,
            "title": rich_text::text(&found.title),
            "description": [],
            "icon": null,
            "cover": null,
            "is_inline": false,
            "created_time": rfc3339_millis(found.created),
            "last_edited_time": rfc3339_millis(found.created),
            "created_by": partial_user(),
            "last_edited_by": partial_user(),
            "parent": {"type": "database_id", "database_id": found.id},
            "database_parent": self.render_parent(&found.parent, version),
            "properties": found.schema,
            "url": page_url(base, &found.id),
            "public_url": null,
        });
        trash(false, version, &mut out);
        out
    }

    pub(super) fn render_block(&self, block: &Block, version: Version) -> Value {
        let kind = block.kind.as_str();
        let mut out = json!({
            "object": "block",
            "id": block.id,
            "parent": self.render_parent(&block.holder, version),
            "created_time": rfc3339_millis(block.created),
            "last_edited_time": rfc3339_millis(block.edited),
            "created_by": partial_user(),
            "last_edited_by": partial_user(),
            "has_children": !block.children.is_empty(),
            "type": kind,
            kind: block.content,
        });
        trash(block.archived, version, &mut out);
        out
    }

    /// A block, child page or child database by id.
    pub(super) fn render_child(&self, id: &str, version: Version) -> Option<(Value, bool)> {
        if let Some(block) = self.blocks.get(id) {
            return Some((self.render_block(block, version), block.archived));
        }
        let (kind, title, holder, created, edited, archived, full) = match (self.pages.get(id), self.databases.get(id))
        {
            (Some(page), _) => {
                let full = !page.children.is_empty();
                ("child_page", page.title(), &page.parent, page.created, page.edited, page.archived, full)
            }
            (_, Some(found)) => {
                let title = found.title.clone();
                ("child_database", title, &found.parent, found.created, found.created, false, false)
            }
            _ => return None,
        };
        let mut content = Map::new();
        content.insert("title".to_owned(), json!(title));
        let mut out = json!({
            "object": "block",
            "id": id,
            "parent": self.render_parent(holder, version),
            "created_time": rfc3339_millis(created),
            "last_edited_time": rfc3339_millis(edited),
            "created_by": partial_user(),
            "last_edited_by": partial_user(),
            "has_children": full,
            "type": kind,
            kind: content,
        });
        trash(archived, version, &mut out);
        Some((out, archived))
    }
}

/// The sandbox's own page for a Notion page.
pub(crate) fn page_url(base: &str, id: &str) -> String {
    format!("{base}/ui/notion/{}", id.replace('-', ""))
}
