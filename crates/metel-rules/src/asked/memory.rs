//! What was read once is not read again. A judgement is the same with a memory and without one.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::record::Doc;
use super::text::Text;
use super::tool::{Nature, Tool};
use super::user::Words;

/// Bytes of text from which on a memory begins anew.
const BYTES_MAX: usize = 8 * 1024 * 1024;

/// Most tools whose nature is kept.
const TOOLS_MAX: usize = 1_000;

/// Answers and their texts, as they were taken apart, the user's words, tools. Whoever judges the calls of one run keeps one.
#[derive(Debug, Default)]
pub struct Memory {
    texts: HashMap<String, Arc<Text>>,
    docs: HashMap<String, Arc<Doc>>,
    bytes: usize,
    words: Option<(String, Arc<Words>)>,
    tools: HashMap<String, (Tool, Arc<Nature>)>,
}

impl Memory {
    pub(super) fn doc(&mut self, content: &Value) -> Arc<Doc> {
        // No text begins so: what is no text is kept apart.
        let key = match content {
            Value::String(text) => Cow::Borrowed(text.as_str()),
            other => Cow::Owned(format!("\0{other}")),
        };
        if let Some(known) = self.docs.get(&*key) {
            return Arc::clone(known);
        }
        if self.bytes > BYTES_MAX {
            *self = Self::default();
        }
        let doc = Arc::new(Doc::read(content, self));
        self.bytes += key.len();
        self.docs.insert(key.into_owned(), Arc::clone(&doc));
        doc
    }

    /// What the user said last is asked about again and again.
    pub(super) fn words<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) -> Arc<Words> {
        let joined = texts.into_iter().collect::<Vec<_>>().join("\n");
        if let Some((known, words)) = &self.words
            && *known == joined
        {
            return Arc::clone(words);
        }
        let words = Arc::new(Words::of([joined.as_str()]));
        self.words = Some((joined, Arc::clone(&words)));
        words
    }

    pub(super) fn nature(&mut self, tool: &Tool) -> Arc<Nature> {
        if let Some((known, nature)) = self.tools.get(&tool.name)
            && known == tool
        {
            return Arc::clone(nature);
        }
        if self.tools.len() >= TOOLS_MAX {
            self.tools.clear();
        }
        let nature = Arc::new(tool.nature());
        self.tools.insert(tool.name.clone(), (tool.clone(), Arc::clone(&nature)));
        nature
    }

    pub(super) fn text(&mut self, text: &str) -> Arc<Text> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        let read = Arc::new(Text::of(text));
        self.bytes += text.len();
        self.texts.insert(text.to_owned(), Arc::clone(&read));
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_read_is_kept_and_a_value_is_no_text() {
        let mut memory = Memory::default();
        let first = memory.doc(&json!("[1, 2]"));
        assert!(Arc::ptr_eq(&first, &memory.doc(&json!("[1, 2]"))));
        assert!(!Arc::ptr_eq(&first, &memory.doc(&json!([1, 2]))));
        assert!(Arc::ptr_eq(&memory.text("x"), &memory.text("x")));
        assert!(!Arc::ptr_eq(&memory.words(["send it"]), &memory.words(["keep it"])));
        let tool = |about: &str| Tool { name: "fix".into(), description: about.into(), ..Tool::default() };
        let (deletes, reads) = (memory.nature(&tool("Deletes a file.")), memory.nature(&tool("Returns a file.")));
        assert!(deletes.is_consequential() && *reads == tool("Returns a file.").nature());
    }

    #[test]
    fn a_full_memory_begins_anew() {
        let mut memory = Memory::default();
        let long = "x".repeat(BYTES_MAX / 2);
        for i in 0..6 {
            memory.doc(&json!(format!("{i}{long}")));
        }
        assert!(memory.bytes <= 3 * BYTES_MAX && memory.docs.len() < 6);
    }
}
