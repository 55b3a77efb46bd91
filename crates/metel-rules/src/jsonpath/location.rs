//! Places of nodes as a tree of steps, written out only when asked for.

/// One step down: a member's name or an element's index.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'v> {
    Root,
    Name(&'v str),
    Index(usize),
}

/// All places seen so far; a place is its number.
#[derive(Debug)]
pub(super) struct Places<'v> {
    steps: Vec<(usize, Step<'v>)>,
    kept: bool,
}

impl<'v> Places<'v> {
    /// `kept` false makes every place the root and costs nothing.
    pub fn new(kept: bool) -> Self {
        Places { steps: vec![(0, Step::Root)], kept }
    }

    pub fn below(&mut self, parent: usize, step: Step<'v>) -> usize {
        if !self.kept {
            return 0;
        }
        self.steps.push((parent, step));
        self.steps.len() - 1
    }

    /// The steps from the root down to a place.
    pub fn steps(&self, place: usize) -> Vec<Step<'v>> {
        let mut steps = Vec::new();
        let mut at = place;
        while let Some((parent, step)) = self.steps.get(at) {
            if matches!(step, Step::Root) {
                break;
            }
            steps.push(*step);
            at = *parent;
        }
        steps.reverse();
        steps
    }
}

impl Step<'_> {
    /// Bytes of the step's name.
    pub fn len(&self) -> usize {
        match self {
            Step::Name(name) => name.len(),
            Step::Root | Step::Index(_) => 0,
        }
    }
}

/// The normalized path (RFC 9535 §2.7) and the JSON Pointer (RFC 6901) of a place.
pub(super) fn write(steps: &[Step]) -> (String, String) {
    let (mut path, mut pointer) = ("$".to_owned(), String::new());
    for step in steps {
        match step {
            Step::Root => {}
            Step::Index(n) => {
                path.push_str(&format!("[{n}]"));
                pointer.push_str(&format!("/{n}"));
            }
            Step::Name(name) => {
                path.push_str("['");
                name.chars().for_each(|c| normal(c, &mut path));
                path.push_str("']");
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
            }
        }
    }
    (path, pointer)
}

fn normal(c: char, out: &mut String) {
    match c {
        '\u{8}' => out.push_str("\\b"),
        '\t' => out.push_str("\\t"),
        '\n' => out.push_str("\\n"),
        '\u{c}' => out.push_str("\\f"),
        '\r' => out.push_str("\\r"),
        '\'' => out.push_str("\\'"),
        '\\' => out.push_str("\\\\"),
        c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
        c => out.push(c),
    }
}
