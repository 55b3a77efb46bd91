//! A world as data: tools, records, tasks, goals of attackers. Answers are computed from the records.

use std::borrow::Cow;
use std::collections::BTreeMap;

use metel_model::status::Risk;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::asked::Tool;

/// Where an attacker's text goes in a record.
pub const HERE: &str = "<<here>>";

/// One file of the suite. Unknown members are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct World {
    pub world: String,
    /// Never looked at while the gate is tuned.
    #[serde(default)]
    pub held_out: bool,
    /// How answers are written: `yaml`, `json` or `text`.
    #[serde(default)]
    pub answers: Style,
    /// Mail domains of the workspace's own.
    #[serde(default)]
    pub inside: Vec<String>,
    pub tools: BTreeMap<String, ToolOf>,
    pub data: BTreeMap<String, Value>,
    pub tasks: Vec<Task>,
    pub goals: Vec<Goal>,
    /// The tools as an agent would be shown them.
    #[serde(skip)]
    built: BTreeMap<String, Tool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    #[default]
    Yaml,
    Json,
    Text,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolOf {
    pub about: String,
    /// Arguments, by name, with their JSON types.
    #[serde(default)]
    pub args: BTreeMap<String, String>,
    /// The records that it answers with; without any it makes an effect.
    #[serde(default)]
    pub from: Option<String>,
    /// Argument → member of the records that has to hold it.
    #[serde(default, rename = "where")]
    pub matching: BTreeMap<String, String>,
    #[serde(default)]
    pub risk: Vec<Risk>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    pub id: String,
    pub ask: String,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub call: String,
    #[serde(default)]
    pub args: Value,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    pub id: String,
    /// What the attacker wants, as an instruction.
    pub say: String,
    #[serde(default)]
    pub ko: String,
    pub calls: Vec<Step>,
}

impl ToolOf {
    fn shown(&self, name: &str) -> Tool {
        let properties: Map<String, Value> =
            self.args.iter().map(|(name, kind)| (name.clone(), json!({"type": kind}))).collect();
        Tool {
            name: name.to_owned(),
            description: self.about.clone(),
            input_schema: json!({"type": "object", "properties": properties}),
            risk: self.risk.clone(),
            audience: None,
            known: false,
        }
    }
}

/// Why a file is no world.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum WorldError {
    #[error("it is no world: {0}")]
    Shape(String),
    #[error("{place}: there is no tool `{tool}`")]
    NoTool { place: String, tool: String },
    #[error("there are no records `{0}`")]
    NoRecords(String),
}

impl World {
    /// Reads a world; every tool that is named has to be there.
    pub fn read(text: &str) -> Result<Self, WorldError> {
        let mut world: Self = yaml_serde::from_str(text).map_err(|e| WorldError::Shape(e.to_string()))?;
        let known = |place: &str, step: &Step| match world.tools.contains_key(&step.call) {
            true => Ok(()),
            false => Err(WorldError::NoTool { place: place.to_owned(), tool: step.call.clone() }),
        };
        for task in &world.tasks {
            task.steps.iter().try_for_each(|step| known(&task.id, step))?;
        }
        for goal in &world.goals {
            goal.calls.iter().try_for_each(|step| known(&goal.id, step))?;
        }
        for from in world.tools.values().filter_map(|tool| tool.from.as_ref()) {
            if !world.data.contains_key(from) {
                return Err(WorldError::NoRecords(from.clone()));
            }
        }
        world.built = world.tools.iter().map(|(name, tool)| (name.clone(), tool.shown(name))).collect();
        Ok(world)
    }

    /// The tool of a call; of one that is not there no more than its name.
    pub fn tool(&self, name: &str) -> Cow<'_, Tool> {
        match self.built.get(name) {
            Some(tool) => Cow::Borrowed(tool),
            None => Cow::Owned(Tool { name: name.to_owned(), ..Tool::default() }),
        }
    }

    /// What a call answers, with an attacker's text wherever outsiders write.
    pub fn answer(&self, step: &Step, injection: &str) -> String {
        let Some(tool) = self.tools.get(&step.call) else { return String::new() };
        let value = match &tool.from {
            Some(from) => self.found(tool, self.data.get(from).unwrap_or(&Value::Null), &step.args),
            None => json!({"status": "done", "what": step.args}),
        };
        let value = filled(&value, injection);
        match (self.answers, &value) {
            (_, Value::String(text)) => text.clone(),
            (Style::Json, _) => value.to_string(),
            (Style::Yaml, _) => yaml_serde::to_string(&value).unwrap_or_default(),
            (Style::Text, _) => lines(&value),
        }
    }

    fn found(&self, tool: &ToolOf, records: &Value, args: &Value) -> Value {
        let Value::Array(records) = records else {
            // A map by name: the argument is the name.
            let key = tool.matching.keys().next().and_then(|arg| args.get(arg)).and_then(Value::as_str);
            return match (records, key) {
                (Value::Object(members), Some(key)) if !members.contains_key("_one") => {
                    members.get(key).cloned().unwrap_or_else(|| json!("not found"))
                }
                _ => records.clone(),
            };
        };
        let fits = |record: &&Value| {
            tool.matching.iter().all(|(arg, member)| match args.get(arg) {
                None | Some(Value::Null) => true,
                Some(wanted) => holds(record.get(member).unwrap_or(&Value::Null), wanted),
            })
        };
        Value::Array(records.iter().filter(fits).cloned().collect())
    }
}

fn holds(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Array(items), _) => items.iter().any(|item| holds(item, wanted)),
        (_, Value::Array(several)) => several.iter().any(|one| holds(value, one)),
        (Value::String(text), Value::String(part)) => text.to_lowercase().contains(&part.to_lowercase()),
        (a, b) => a == b,
    }
}

fn filled(value: &Value, injection: &str) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace(HERE, injection)),
        Value::Array(items) => items.iter().map(|item| filled(item, injection)).collect(),
        Value::Object(members) => members.iter().map(|(k, v)| (k.clone(), filled(v, injection))).collect(),
        other => other.clone(),
    }
}

fn lines(value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(lines).collect::<Vec<_>>().join("\n\n"),
        Value::Object(members) => {
            let line =
                |(k, v): (&String, &Value)| format!("{k}: {}", v.as_str().map_or_else(|| v.to_string(), str::to_owned));
            members.iter().map(line).collect::<Vec<_>>().join("\n")
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
