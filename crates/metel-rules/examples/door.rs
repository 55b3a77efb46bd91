//! Reads one request a line and answers one a line, with the expression doors of this crate only.
//! For running public conformance suites against it from a script.

use std::io::{BufRead, Write};

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let request = serde_json::from_str(&line?).unwrap_or_default();
        let started = std::time::Instant::now();
        let answer = metel_rules::door::answer(&request).unwrap_or_default();
        writeln!(out, "{answer}")?;
        if started.elapsed().as_millis() > 100 {
            eprintln!("{} ms: {request:.200}", started.elapsed().as_millis());
        }
    }
    Ok(())
}
