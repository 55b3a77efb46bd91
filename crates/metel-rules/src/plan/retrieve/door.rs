//! The measuring door for retrieval: `load` takes a pool of tools, `search` ranks it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Index;

/// Tools in one pool at most.
const TOOLS_MAX: usize = 100_000;

/// One loaded pool of foreign tools.
#[derive(Debug, Default)]
pub struct Pool {
    index: Index,
}

#[derive(Deserialize)]
struct Load {
    tools: Vec<Tool>,
}

#[derive(Deserialize)]
struct Tool {
    name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    input_schema: Value,
}

#[derive(Deserialize)]
struct Search {
    query: String,
    #[serde(default = "default_k")]
    k: usize,
}

fn default_k() -> usize {
    super::TOP_K
}

impl Pool {
    /// `{"op":"load","tools":[{name, description, input_schema}]}` → `{"loaded":n}` or `{"error":…}`.
    pub fn load(&mut self, request: &Value) -> Value {
        match Load::deserialize(request) {
            Ok(load) if load.tools.len() > TOOLS_MAX => json!({"error": format!("more than {TOOLS_MAX} tools")}),
            Ok(load) => {
                let tools = load.tools.iter();
                self.index =
                    Index::of_tools(tools.map(|tool| {
                        (tool.name.as_str(), tool.description.as_deref().unwrap_or(""), &tool.input_schema)
                    }));
                json!({"loaded": self.index.len()})
            }
            Err(error) => json!({"error": error.to_string()}),
        }
    }

    /// `{"op":"search","query","k"}` → `{"tools":[name,…]}`, best first.
    pub fn search(&self, request: &Value) -> Value {
        match Search::deserialize(request) {
            Ok(search) => {
                let hits = self.index.search(&search.query, search.k.min(1_000));
                json!({"tools": hits.into_iter().map(|hit| hit.id).collect::<Vec<_>>()})
            }
            Err(error) => json!({"error": error.to_string()}),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_is_loaded_and_searched_in_korean_too() {
        let mut pool = Pool::default();
        let tools = json!({"tools": [
            {"name": "get_weather", "description": "Weather forecast for a city", "input_schema": {}},
            {"name": "send_mail", "description": "Send an email"},
        ]});
        assert_eq!(pool.load(&tools), json!({"loaded": 2}));
        assert_eq!(pool.search(&json!({"query": "will it rain? weather", "k": 1})), json!({"tools": ["get_weather"]}));
        assert_eq!(pool.search(&json!({"query": "내일 서울 날씨 알려줘", "k": 1})), json!({"tools": ["get_weather"]}));
    }

    #[test]
    fn nonsense_is_answered_with_an_error() {
        let mut pool = Pool::default();
        assert!(pool.load(&json!({"tools": 3})).get("error").is_some());
        assert!(pool.search(&json!({"k": 3})).get("error").is_some());
    }
}
