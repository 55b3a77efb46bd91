//! Order in a graph: what can be reached, what comes before what, and where it turns in a circle.

/// Successors of each node, by index.
pub struct Order {
    /// Nodes in topological order; shorter than the graph when there is a cycle.
    pub sorted: Vec<usize>,
    /// Nodes that lie on or behind a cycle.
    pub cyclic: Vec<usize>,
}

/// Kahn's algorithm.
pub fn sort(count: usize, successors: &[Vec<usize>]) -> Order {
    let mut incoming = vec![0usize; count];
    for to in successors.iter().flatten() {
        incoming[*to] += 1;
    }
    let mut ready: Vec<usize> = (0..count).rev().filter(|n| incoming[*n] == 0).collect();
    let mut sorted = Vec::with_capacity(count);
    while let Some(node) = ready.pop() {
        sorted.push(node);
        for to in &successors[node] {
            incoming[*to] -= 1;
            if incoming[*to] == 0 {
                ready.push(*to);
            }
        }
    }
    let cyclic = (0..count).filter(|n| incoming[*n] > 0).collect();
    Order { sorted, cyclic }
}

/// Which nodes can be reached from `start`.
pub fn reach(start: usize, successors: &[Vec<usize>]) -> Vec<bool> {
    let mut seen = vec![false; successors.len()];
    let mut stack = vec![start];
    while let Some(node) = stack.pop() {
        if !std::mem::replace(&mut seen[node], true) {
            stack.extend(&successors[node]);
        }
    }
    seen
}

/// For each node a bit set of the nodes before it. 10,000 nodes take 12.5 MB.
pub struct Ancestors {
    words: usize,
    bits: Vec<u64>,
}

impl Ancestors {
    pub fn new(count: usize, sorted: &[usize], successors: &[Vec<usize>]) -> Self {
        let words = count.div_ceil(64);
        let mut bits = vec![0u64; words * count];
        for node in sorted {
            for to in &successors[*node] {
                let (from, target) = (node * words, to * words);
                for word in 0..words {
                    bits[target + word] |= bits[from + word];
                }
                bits[target + node / 64] |= 1 << (node % 64);
            }
        }
        Self { words, bits }
    }

    pub fn is_before(&self, earlier: usize, later: usize) -> bool {
        self.bits[later * self.words + earlier / 64] >> (earlier % 64) & 1 == 1
    }
}
