//! Joins that can never complete: branches choose one way each, so that some edges into a join never
//! come together.
//!
//! What is told here is proven; a definition too large to be looked at in time is let pass and the
//! join fails in the run that meets it.

use metel_model::workflow::{JoinMode, OnError};

use super::program::{Kind, PNode, Program};

/// Steps over edges that one definition may cost.
const WORK_MAX: usize = 20_000_000;
/// Most incoming edges of a join that is looked at.
const EDGES_MAX: usize = 256;

/// An edge into a join.
struct Incoming {
    from: usize,
    /// Its position among the outgoing edges of `from`.
    out: usize,
}

/// Joins that wait for more edges than can ever be taken in one run, with the most that can.
pub(super) fn starved(program: &Program) -> Vec<(usize, u32)> {
    let wanted = |node: &PNode| match node.kind {
        Kind::Join(JoinMode::AtLeast(n)) if n >= 2 && n <= node.ins && node.ins as usize <= EDGES_MAX => Some(n),
        _ => None,
    };
    let joins: Vec<(usize, u32)> =
        program.nodes.iter().enumerate().filter_map(|(i, node)| Some((i, wanted(node)?))).collect();
    if joins.is_empty() {
        return Vec::new();
    }
    let mut work = WORK_MAX;
    let mut found = Vec::new();
    for (join, wants) in joins {
        let Some(most) = most_together(program, join, &mut work) else { break };
        if most < wants {
            found.push((join, most));
        }
    }
    found
}

/// An upper bound of the edges into a join that one run can take; `None` when there is no work left.
fn most_together(program: &Program, join: usize, work: &mut usize) -> Option<u32> {
    let parent = program.nodes[join].parent;
    let region = program.region(parent);
    let entry = parent.and_then(|at| program.nodes[at].kind.body()).map_or(program.entry, |(entry, _)| entry);
    let mut edges = Vec::new();
    for from in region {
        for (out, edge) in program.nodes[*from].outs.iter().enumerate() {
            if edge.to == join {
                edges.push(Incoming { from: *from, out });
            }
        }
    }
    let mut apart = vec![vec![false; edges.len()]; edges.len()];
    let size: usize = region.iter().map(|i| 1 + program.nodes[*i].outs.len()).sum();
    for chooser in region.iter().filter(|i| ways(&program.nodes[**i]) > 1) {
        let ways = ways(&program.nodes[*chooser]).min(64);
        *work = work.checked_sub((ways + 1) * size + edges.len() * edges.len())?;
        let masks = masks(program, entry, *chooser, &edges);
        for (i, a) in masks.iter().enumerate() {
            for (j, b) in masks.iter().enumerate() {
                apart[i][j] |= matches!((a, b), (Some(a), Some(b)) if a & b == 0);
            }
        }
    }
    // Groups of edges of which at most one is taken: as many edges as groups, and no more.
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (edge, apart) in apart.iter().enumerate() {
        match groups.iter_mut().find(|group| group.iter().all(|other| apart[*other])) {
            Some(group) => group.push(edge),
            None => groups.push(vec![edge]),
        }
    }
    Some(groups.len() as u32)
}

/// How many ways a step may take of which it takes one.
fn ways(node: &PNode) -> usize {
    let errors = usize::from(node.on_error == OnError::Branch);
    match node.kind {
        Kind::Branch => node.outs.iter().filter(|out| !out.on_error).count() + errors,
        _ => 1 + errors,
    }
}

/// The way that an outgoing edge belongs to.
fn way(node: &PNode, out: usize) -> u32 {
    match (node.outs[out].on_error, &node.kind) {
        (true, _) => 63,
        (false, Kind::Branch) => out.min(62) as u32,
        (false, _) => 0,
    }
}

/// For each edge the ways of `chooser` that lead to it; `None` where it can be reached around it.
fn masks(program: &Program, entry: usize, chooser: usize, edges: &[Incoming]) -> Vec<Option<u64>> {
    let node = &program.nodes[chooser];
    let around = reach(program, (entry != chooser).then_some(entry), chooser);
    let mut ways: Vec<u32> = (0..node.outs.len()).map(|out| way(node, out)).collect();
    ways.sort_unstable();
    ways.dedup();
    let behind: Vec<(u32, Vec<bool>)> = ways
        .into_iter()
        .map(|taken| {
            let starts = (0..node.outs.len()).filter(|out| way(node, *out) == taken).map(|out| node.outs[out].to);
            (taken, reach(program, starts, chooser))
        })
        .collect();
    edges
        .iter()
        .map(|edge| {
            if edge.from != chooser && around[edge.from] {
                return None;
            }
            Some(match edge.from == chooser {
                true => 1 << way(node, edge.out),
                false => behind.iter().filter(|(_, seen)| seen[edge.from]).fold(0, |mask, (way, _)| mask | 1 << way),
            })
        })
        .collect()
}

/// Nodes that can be reached without passing `wall`.
fn reach(program: &Program, starts: impl IntoIterator<Item = usize>, wall: usize) -> Vec<bool> {
    let mut seen = vec![false; program.nodes.len()];
    let mut stack: Vec<usize> = starts.into_iter().filter(|start| *start != wall).collect();
    while let Some(node) = stack.pop() {
        if !std::mem::replace(&mut seen[node], true) {
            stack.extend(program.nodes[node].outs.iter().map(|out| out.to).filter(|to| *to != wall));
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::graph::read_pipeline;
    use serde_json::{Value, json};

    fn most(edges: Value, wants: u32) -> Vec<u32> {
        let ids: std::collections::BTreeSet<String> = edges
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|e| [e["from"].as_str().unwrap().to_owned(), e["to"].as_str().unwrap().to_owned()])
            .collect();
        let nodes: Vec<Value> = ids
            .iter()
            .map(|id| match id.as_str() {
                "j" => json!({"id": id, "type": "join", "mode": {"at_least": wants}}),
                id if id.starts_with('b') => json!({"id": id, "type": "branch"}),
                id if id.starts_with('e') => {
                    json!({"id": id, "type": "tool", "tool": "s.x", "on_error": "branch"})
                }
                _ => json!({"id": id, "type": "parallel"}),
            })
            .collect();
        let entry = edges[0]["from"].clone();
        let workflow = read_pipeline("t", &json!({"nodes": nodes, "edges": edges, "entry_point": entry})).unwrap();
        let program = Program::compile(workflow).map_err(|f| format!("{f:?}")).unwrap();
        starved(&program).into_iter().map(|(_, most)| most).collect()
    }

    fn edge(from: &str, to: &str) -> Value {
        json!({"from": from, "to": to})
    }

    #[test]
    fn ways_of_one_branch_never_come_together() {
        let exclusive = json!([edge("b", "x"), edge("b", "y"), edge("x", "j"), edge("y", "j")]);
        assert_eq!(most(exclusive, 2), [1]);
        let beside = json!([
            edge("p", "b"),
            edge("p", "z"),
            edge("b", "x"),
            edge("b", "y"),
            edge("x", "j"),
            edge("y", "j"),
            edge("z", "j")
        ]);
        assert_eq!(most(beside.clone(), 2), Vec::<u32>::new(), "one of the branch and the one beside it");
        assert_eq!(most(beside, 3), [2]);
        let nested = json!([
            edge("b", "x"),
            edge("b", "b2"),
            edge("b2", "y"),
            edge("b2", "z"),
            edge("x", "j"),
            edge("y", "j"),
            edge("z", "j")
        ]);
        assert_eq!(most(nested, 2), [1]);
    }

    #[test]
    fn failure_and_success_never_come_together() {
        let both = json!([edge("e", "x"), {"from": "e", "to": "y", "on": "error"}, edge("x", "j"), edge("y", "j")]);
        assert_eq!(most(both, 2), [1]);
    }

    #[test]
    fn what_may_come_together_is_let_pass() {
        let parallel = json!([edge("p", "x"), edge("p", "y"), edge("x", "j"), edge("y", "j")]);
        assert_eq!(most(parallel, 2), Vec::<u32>::new());
        // `y` comes from either way.
        let merged = json!([edge("b", "x"), edge("b", "y"), edge("x", "y"), edge("x", "j"), edge("y", "j")]);
        assert_eq!(most(merged, 2), Vec::<u32>::new());
        let twice = json!([
            edge("p", "b"),
            edge("p", "b2"),
            edge("b", "x"),
            edge("b", "q"),
            edge("b2", "y"),
            edge("b2", "r"),
            edge("x", "j"),
            edge("y", "j")
        ]);
        assert_eq!(most(twice, 2), Vec::<u32>::new(), "two branches choose each for itself");
    }
}
