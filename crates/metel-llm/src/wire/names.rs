//! Names of tools as providers take them: letters, digits, `_` and `-`, at most 64. Others are spelled
//! anew for the wire and come back as they were.

use crate::model::Tool;

const CHARS_MAX: usize = 64;

/// Own names and wire names, in the order of the tools.
#[derive(Debug, Default)]
pub(crate) struct Names(Vec<(String, String)>);

impl Names {
    pub(crate) fn of(tools: &[Tool]) -> Self {
        let mut names: Vec<(String, String)> = Vec::with_capacity(tools.len());
        for tool in tools {
            let mut wire = spelled(&tool.name);
            let mut n = 2;
            while names.iter().any(|(own, taken)| *taken == wire && *own != tool.name) {
                let tail = format!("_{n}");
                wire = spelled(&tool.name).chars().take(CHARS_MAX - tail.len()).collect::<String>() + &tail;
                n += 1;
            }
            names.push((tool.name.clone(), wire));
        }
        Self(names)
    }

    /// As the provider sees it. A name of no present tool (an earlier turn's) is spelled alike.
    pub(crate) fn wire(&self, own: &str) -> String {
        self.0.iter().find(|(name, _)| name == own).map_or_else(|| spelled(own), |(_, wire)| wire.clone())
    }

    /// As metel knows it; none where the call had no such tool. Without any tool nothing is judged here.
    pub(crate) fn own(&self, wire: &str) -> Option<String> {
        if self.0.is_empty() {
            return Some(wire.to_owned());
        }
        self.0.iter().find(|(_, name)| name == wire).map(|(own, _)| own.clone())
    }
}

fn spelled(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' };
    let out: String = name.chars().map(plain).take(CHARS_MAX).collect();
    if out.is_empty() { "tool".to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_go_out_plain_and_come_back() {
        let tools: Vec<Tool> = ["slack.post", "slack_post", "회의", &"x".repeat(90)]
            .iter()
            .map(|name| Tool {
                name: (*name).to_string(),
                description: String::new(),
                schema: json!({}),
                is_strict: false,
            })
            .collect();
        let names = Names::of(&tools);
        let wires: Vec<String> = tools.iter().map(|tool| names.wire(&tool.name)).collect();
        assert_eq!(&wires[..3], ["slack_post", "slack_post_2", "__"]);
        for (tool, wire) in tools.iter().zip(&wires) {
            assert!(wire.len() <= CHARS_MAX);
            assert_eq!(names.own(wire).as_ref(), Some(&tool.name));
        }
        assert_eq!(names.own("shell.run"), None);
        assert_eq!(Names::default().own("x.y").as_deref(), Some("x.y"));
    }
}
