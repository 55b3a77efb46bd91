//! What comes before what in a workflow, bodies of maps and loops included.

use metel_rules::graph::Program;

/// The node, then the map or loop around it, and so on outwards.
fn chain(program: &Program, node: usize) -> Vec<usize> {
    let mut chain = vec![node];
    while let Some(parent) = chain.last().and_then(|last| program.nodes[*last].parent) {
        chain.push(parent);
    }
    chain
}

/// Whether `a` is followed by `b`, along ways other than those of failures.
pub(super) fn precedes(program: &Program, a: usize, b: usize) -> bool {
    let around_b = chain(program, b);
    for from in chain(program, a) {
        let same = around_b.iter().find(|to| program.nodes[**to].parent == program.nodes[from].parent);
        if let Some(to) = same {
            return from != *to && reach(program, from, *to);
        }
    }
    false
}

fn reach(program: &Program, from: usize, to: usize) -> bool {
    let mut seen = vec![false; program.nodes.len()];
    let mut todo = vec![from];
    while let Some(at) = todo.pop() {
        for out in program.nodes[at].outs.iter().filter(|out| !out.on_error) {
            if out.to == to {
                return true;
            }
            if !std::mem::replace(&mut seen[out.to], true) {
                todo.push(out.to);
            }
        }
    }
    false
}

/// Whether a node is only gone to when something has failed.
pub(super) fn is_for_failures(program: &Program, node: usize) -> bool {
    let outermost = chain(program, node);
    !outermost.iter().all(|at| {
        let entry = match program.nodes[*at].parent {
            Some(parent) => program.nodes[parent].kind.body().map_or(*at, |(entry, _)| entry),
            None => program.entry,
        };
        *at == entry || reach(program, entry, *at)
    })
}
