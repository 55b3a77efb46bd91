//! The difference between two texts as a unified diff, by longest common subsequence over lines. Texts
//! with too many lines are told as replaced whole.

/// Most lines on either side that are compared one by one.
const LINES_MAX: usize = 1_500;
/// Unchanged lines around a change.
const CONTEXT: usize = 3;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Same,
    Gone,
    New,
}

/// A unified diff of one file; empty where nothing differs.
pub(super) fn unified(path: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let (a, b): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let head = format!("--- {path}\n+++ {path}\n");
    if a.len() > LINES_MAX || b.len() > LINES_MAX {
        return format!("{head}@@ -1,{} +1,{} @@ too long to show\n", a.len(), b.len());
    }
    let steps = steps(&a, &b);
    let changed: Vec<usize> = (0..steps.len()).filter(|at| steps[*at].0 != Kind::Same).collect();
    let mut out = head;
    let mut at = 0;
    while at < changed.len() {
        let mut end = at;
        while end + 1 < changed.len() && changed[end + 1] - changed[end] <= CONTEXT * 2 {
            end += 1;
        }
        let (from, to) = (changed[at].saturating_sub(CONTEXT), (changed[end] + CONTEXT + 1).min(steps.len()));
        let before = |kind: Kind| steps[..from].iter().filter(|step| step.0 != kind).count();
        let within = |kind: Kind| steps[from..to].iter().filter(|step| step.0 != kind).count();
        out.push_str(&format!(
            "@@ -{},{} +{},{} @@\n",
            before(Kind::New) + 1,
            within(Kind::New),
            before(Kind::Gone) + 1,
            within(Kind::Gone)
        ));
        for (kind, line) in &steps[from..to] {
            let mark = match kind {
                Kind::Same => ' ',
                Kind::Gone => '-',
                Kind::New => '+',
            };
            out.push_str(&format!("{mark}{line}\n"));
        }
        at = end + 1;
    }
    out
}

fn steps<'t>(a: &[&'t str], b: &[&'t str]) -> Vec<(Kind, &'t str)> {
    // lengths[i][j]: longest common part of a[i..] and b[j..].
    let width = b.len() + 1;
    let mut lengths = vec![0u16; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            lengths[i * width + j] = match a[i] == b[j] {
                true => lengths[(i + 1) * width + j + 1] + 1,
                false => lengths[(i + 1) * width + j].max(lengths[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, Vec::with_capacity(a.len() + b.len()));
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            out.push((Kind::Same, a[i]));
            i += 1;
            j += 1;
        } else if i < a.len() && (j == b.len() || lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) {
            out.push((Kind::Gone, a[i]));
            i += 1;
        } else {
            out.push((Kind::New, b[j]));
            j += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_stand_with_their_surroundings() {
        let old: String = (1..=20).map(|n| format!("줄 {n}\n")).collect();
        let new = old.replace("줄 10\n", "바뀐 줄\n더한 줄\n");
        let diff = unified("a.txt", &old, &new);
        assert_eq!(
            diff,
            "--- a.txt\n+++ a.txt\n@@ -7,7 +7,8 @@\n 줄 7\n 줄 8\n 줄 9\n-줄 10\n+바뀐 줄\n+더한 줄\n 줄 11\n 줄 12\n 줄 13\n"
        );
        assert_eq!(unified("a", "x\n", "x\n"), "");
        assert!(unified("a", "", "새 글\n").ends_with("@@ -1,0 +1,1 @@\n+새 글\n"));
        let long = "x\n".repeat(2_000);
        assert!(unified("a", &long, "y\n").contains("too long"));
    }
}
